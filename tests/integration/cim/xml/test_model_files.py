"""Model files: unpacked no further than allowed, read in bounded memory, refused with their line."""

import gzip
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from integration.cim import xml
from integration.cim.xml import Limits, XmlRefused

ROOT = Path(__file__).resolve().parents[4]
SMALL = b"<a>\n<b>1</b>\n<c>2</c>\n</a>"


def zipped(members, **options):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **{"compression": zipfile.ZIP_DEFLATED} | options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tags(content, limits=None):
    found = []
    for file in xml.open_model_files([("set", content)], limits):
        with file.stream:
            found += [element.tag for element in xml.iterate_model(file.stream, file.name)]
    return found


def refusal(content, limits=None):
    with pytest.raises(XmlRefused) as caught:
        tags(content, limits)
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        SMALL,
        b"\xef\xbb\xbf" + SMALL,
        gzip.compress(SMALL),
        gzip.compress(SMALL[:9]) + gzip.compress(SMALL[9:]),
        zipped({"x/EQ.xml": SMALL}),
    ],
    ids=["plain", "byte order mark", "gzip", "two gzip members", "zip"],
)
def test_every_way_of_packing_is_read(content):
    assert tags(content) == ["b", "c"]


def test_several_files_of_a_zip_are_several_documents(tmp_path):
    path = tmp_path / "set.zip"
    path.write_bytes(zipped({"EQ.xml": SMALL, "SSH.xml": b"<a><d/></a>"}))
    files = xml.open_model_files([path])
    assert [file.name for file in files] == ["set.zip/EQ.xml", "set.zip/SSH.xml"]
    for file in files:
        file.stream.close()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"mRID;name\n1;x\n", "unknown_kind"),
        ("<a/>".encode("utf-16"), "not_utf8"),
        (b"<!DOCTYPE a>\n<a><b/></a>", "doctype"),
        (b"<a>\n<b></c></a>", "malformed"),
        (SMALL[:-9], "malformed"),
        (b"<a>" + b"<b>" * 100 + b"</b>" * 100 + b"</a>", "too_deep"),
        (b"<a><b>" + b"<c/>" * 2_000_000 + b"</b></a>", "object_too_large"),
        (b"<!--" + b" " * 1_100_000 + b"--><a><b/></a>", "malformed"),
        (gzip.compress(SMALL)[:-4], "truncated_archive"),
        (gzip.compress(SMALL)[:-8] + b"\0" * 8, "bad_checksum"),
        (zipped({"inner.zip": zipped({"EQ.xml": SMALL})}), "nested_archive"),
        (zipped({"EQ.xml.gz": gzip.compress(SMALL)}), "nested_archive"),
        (zipped({"notes.txt": b"hello"}), "unknown_kind"),
        (zipped({"EQ.xml": SMALL}, compression=zipfile.ZIP_BZIP2), "bad_archive"),
        (zipped({"EQ.xml": SMALL})[:-30], "bad_archive"),
        (zipped({f"{i}.xml": SMALL for i in range(1_001)}), "too_large"),
    ],
)  # fmt: skip
def test_what_is_no_sound_model_file_is_refused_by_name(content, code):
    found = refusal(content)
    assert found.code == code, str(found)
    assert found.file.startswith("set")


def test_a_damaged_member_of_a_zip_is_seen_by_its_checksum():
    packed = bytearray(zipped({"EQ.xml": SMALL}, compression=zipfile.ZIP_STORED))
    packed[packed.find(b"<b>1") + 3] = ord("7")
    assert refusal(bytes(packed)).code == "bad_checksum"


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped({"EQ.xml": data})], ids=["gzip", "zip"])
def test_a_bomb_stops_by_its_ratio_long_before_it_is_unpacked(pack):
    bomb = pack(b"<a>" + b"<b/>" * 5_000_000 + b"</a>")
    (file,) = xml.open_model_files([("bomb", bomb)], Limits(grace=1_000_000))
    blocks = []
    with file.stream, pytest.raises(XmlRefused, match="more than 100 times"):
        blocks.extend(iter(lambda: file.stream.read(65_536), b""))
    assert sum(map(len, blocks)) < 3_000_000


def test_what_a_set_may_expand_to_is_counted_over_all_its_files():
    content = b"<a>" + b"<b>0123456789</b>" * 1_000 + b"</a>"
    assert refusal(zipped({"1.xml": content, "2.xml": content}), Limits(total=20_000)).code == "too_large"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(XmlRefused, match=r"absent\.xml: No such file"):
        xml.open_model_files([tmp_path / "absent.xml"])


READ_ENDLESS = """
import io, re
from pathlib import Path
from integration.cim import xml

class Endless(io.RawIOBase):
    blocks = iter([b"<a>", *[b"<b><c>0123456789</c></b>" * 10_000] * 100, b"</a>"])

    def read(self, size=-1):
        return next(self.blocks, b"")

used = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
before = used()
print(sum(1 for _ in xml.iterate_model(Endless())), used() - before)
"""


def test_memory_does_not_grow_with_the_number_of_objects():
    said = subprocess.run(
        [sys.executable, "-c", READ_ENDLESS], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    count, grown_mb = map(int, said.split())
    assert count == 1_000_000
    assert grown_mb < 40  # the whole tree would take some 400


def test_lines_beyond_sixteen_bits_are_right():
    content = b"<a>\n" + b"<b>1</b>\n" * 70_000 + b"</a>"
    stream = io.BytesIO(content)
    assert [element.sourceline for element in xml.iterate_model(stream)][-1] == 70_001
