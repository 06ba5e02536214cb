"""The street map below the network: tiles of the PMTiles file that the utility has (setting STREET_MAP), read where they lie."""

import functools
import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from adms.core.errors import Refused
from network.domain import pmtiles
from network.domain.pmtiles import BadArchive, Directory, Header, Span

_TAGS = re.compile(r"<[^>]*>")
_MOST_WORDS = 200


class NoStreetMap(Refused):
    """There is no street map, or its file cannot be read."""

    code = "no_street_map"
    status = 404


@dataclass(frozen=True)
class StreetMap:
    """An open file. `key` is another one whenever the file is another one; `credit` says whose data it is."""

    key: str
    header: Header
    credit: str
    descriptor: int

    def __del__(self) -> None:
        """Give the file back."""
        os.close(self.descriptor)

    @property
    def is_gzipped(self) -> bool:
        """Whether its tiles are kept gzipped."""
        return self.header.tile_packing == pmtiles.GZIP

    def tile(self, zoom: int, x: int, y: int) -> bytes:
        """The bytes of a tile as they are kept; none where the file has no such tile.

        Raises:
            BadArchive: the file is broken.
        """
        inside = self.header.least <= zoom <= self.header.most and max(x, y) < 1 << zoom
        span = pmtiles.find(self.header, pmtiles.number(zoom, x, y), self._directory) if inside else None
        return _read(self.descriptor, span) if span else b""

    def _directory(self, span: Span) -> Directory:
        return _directory(self.key, self.descriptor, span, self.header.packing)


def street_map() -> StreetMap | None:
    """The file of the setting; None where the utility has none.

    Raises:
        NoStreetMap: it cannot be read; the message says why.
    """
    if not settings.STREET_MAP:
        return None
    path = Path(settings.STREET_MAP)
    try:
        about = path.stat()
        return _opened(str(path), about.st_mtime_ns, about.st_size)
    except (OSError, BadArchive) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise NoStreetMap(_("the street map cannot be read: %(why)s") % {"why": why}) from None


@functools.lru_cache(maxsize=1)
def _opened(path: str, written: int, size: int) -> StreetMap:
    """The file as it is since `written`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        head = pmtiles.header(os.pread(descriptor, pmtiles.HEADER_BYTES, 0))
        credit = _credit(pmtiles.unpacked(_read(descriptor, head.metadata), head.packing))
    except BaseException:
        os.close(descriptor)
        raise
    key = hashlib.sha256(f"{path} {written} {size}".encode()).hexdigest()[:16]
    return StreetMap(key, head, credit, descriptor)


@functools.lru_cache(maxsize=256)
def _directory(_key: str, descriptor: int, span: Span, packing: int) -> Directory:
    return pmtiles.directory(pmtiles.unpacked(_read(descriptor, span), packing))


def _read(descriptor: int, span: Span) -> bytes:
    """A span of the file; several threads may read at once."""
    offset, length = span
    found = os.pread(descriptor, length, offset)
    if len(found) != length:
        raise BadArchive(_("it ends too early"))
    return found


def _credit(metadata: bytes) -> str:
    """Whose data it is, as words: what licences of map data ask to be shown."""
    try:
        told = json.loads(metadata or b"{}")
    except ValueError:
        raise BadArchive(_("its metadata are no JSON")) from None
    words = told.get("attribution", "") if isinstance(told, dict) else ""
    return _TAGS.sub("", str(words or "")).strip()[:_MOST_WORDS]
