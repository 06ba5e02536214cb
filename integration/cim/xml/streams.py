"""Model files as binary streams: plain, gzip'ed or several in a zip, unpacked by a reader that knows when to stop.

lxml is never given a path: it would unpack a gzip bomb by itself.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from integration.cim.xml.refusal import XmlRefused

_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, NotImplementedError)


@dataclass
class Limits:
    """How far a set of files may expand; `total` is shared by all of them."""

    total: int = 4_000_000_000
    ratio: int = 100  # CIM files pack 10 to 30 times
    grace: int = 16_000_000  # expanded bytes before the ratio counts
    members: int = 1_000


class ModelFile(NamedTuple):
    """One XML document: its name ("set.zip/EQ.xml" for a member) and its bytes as a stream; who reads it closes it."""

    name: str
    stream: BinaryIO


class _Bounded(io.RawIOBase):
    """Counts what comes out of an unpacker and turns its complaints into refusals."""

    def __init__(self, raw: BinaryIO, name: str, packed: int | None, limits: Limits) -> None:
        self._raw, self._name, self._packed, self._limits = raw, name, packed, limits
        self._expanded = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._raw.read(size if size > 0 else 65_536)
        except _DAMAGE as error:
            raise _damaged(error, self._name) from None
        self._count(len(data))
        return data

    def _count(self, size: int) -> None:
        self._expanded += size
        self._limits.total -= size
        if self._limits.total < 0:
            raise XmlRefused("too_large", None, "the files expand to more than is allowed", self._name)
        if self._packed is None or self._expanded <= self._limits.grace:
            return
        if self._expanded > self._limits.ratio * self._packed:
            raise XmlRefused("expands_too_far", None, f"expands to more than {self._limits.ratio} times", self._name)

    def close(self) -> None:
        self._raw.close()
        super().close()


def open_model_files(
    sources: Sequence[Path | str | tuple[str, bytes]], limits: Limits | None = None
) -> list[ModelFile]:
    """One stream per XML document in the sources; what a source is decides its content, not its name.

    Args:
        sources: paths, or (name, content) pairs.
        limits: how far they may expand together.

    Raises:
        XmlRefused: for what is neither XML, gzip nor zip, for zips in zips, encrypted or damaged archives.
    """
    left = Limits(**vars(limits or Limits()))  # a copy: the total is used up
    opened: list[ModelFile] = []
    try:
        for source in sources:
            opened += _open(source, left)
    except BaseException:
        _close(opened)
        raise
    return opened


def _open(source: Path | str | tuple[str, bytes], limits: Limits) -> list[ModelFile]:
    name, raw, packed = _raw(source)
    head = raw.read(512)
    raw.seek(0)
    if head.startswith(_ZIP):
        if isinstance(source, tuple):
            return _open_zip(name, raw, limits)
        raw.close()  # given a path, the archive closes its file after its last member
        return _open_zip(name, Path(source), limits)
    if head.startswith(_GZIP):
        unpacked = cast(BinaryIO, _Gzip(raw))
        return [ModelFile(name, _bounded(unpacked, name, packed, limits))]
    try:
        _require_xml(head, name)
    except XmlRefused:
        raw.close()
        raise
    return [ModelFile(name, _bounded(raw, name, None, limits))]


def _raw(source: Path | str | tuple[str, bytes]) -> tuple[str, BinaryIO, int]:
    if isinstance(source, tuple):
        name, content = source
        return name, io.BytesIO(content), len(content)
    path = Path(source)
    try:
        return path.name, path.open("rb"), path.stat().st_size
    except OSError as error:
        raise XmlRefused("unreadable", None, error.strerror or str(error), str(path)) from None


class _Gzip(gzip.GzipFile):
    """Closes the file below, too."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._below = raw

    def close(self) -> None:
        super().close()
        self._below.close()


def _open_zip(name: str, raw: BinaryIO | Path, limits: Limits) -> list[ModelFile]:
    opened: list[ModelFile] = []
    try:
        with zipfile.ZipFile(raw) as archive:
            for member in _members(archive, name, limits):
                opened.append(_open_member(archive, member, name, limits))  # noqa: PERF401 - closed if the next one fails
    except (XmlRefused, *_DAMAGE) as error:
        _close(opened)
        raise error if isinstance(error, XmlRefused) else _damaged(error, name) from None
    return opened


def _members(archive: zipfile.ZipFile, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    members = [one for one in archive.infolist() if not one.is_dir() and not _is_of_a_desktop(one.filename)]
    if len(members) > limits.members:
        raise XmlRefused("too_large", None, f"more than {limits.members} files in one archive", name)
    return members


def _is_of_a_desktop(name: str) -> bool:
    """Whether a desktop put it into the archive, and no person."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _close(files: list[ModelFile]) -> None:
    for file in files:
        file.stream.close()


def _damaged(error: Exception, name: str) -> XmlRefused:
    if isinstance(error, EOFError | zlib.error):
        return XmlRefused("truncated_archive", None, str(error), name)
    return XmlRefused("bad_checksum" if "CRC" in str(error) else "bad_archive", None, str(error), name)


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, limits: Limits) -> ModelFile:
    full = f"{name}/{member.filename}"
    if member.flag_bits & 0x1:
        raise XmlRefused("bad_archive", None, "encrypted", full)
    if member.compress_type not in _METHODS:
        raise XmlRefused("bad_archive", None, f"packing method {member.compress_type} is not taken", full)
    with archive.open(member) as opened:
        head = opened.read(512)
    if head.startswith((_ZIP, _GZIP)):
        raise XmlRefused("nested_archive", None, "an archive inside an archive is not taken", full)
    _require_xml(head, full)
    stream = cast(BinaryIO, archive.open(member))
    return ModelFile(full, _bounded(stream, full, member.compress_size, limits))


def _require_xml(head: bytes, name: str) -> None:
    if head.startswith(_UTF16):
        raise XmlRefused("not_utf8", 1, "UTF-16 is not taken, only UTF-8", name)
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise XmlRefused("unknown_kind", None, "neither XML nor gzip nor zip", name)


def _bounded(raw: BinaryIO, name: str, packed: int | None, limits: Limits) -> BinaryIO:
    return cast(BinaryIO, _Bounded(raw, name, packed, limits))
