"""The QR code of the second factor is read back, module by module, by a reader of its own."""

import html
import re

import pytest

from adms.core import qr
from tests.core.qr_reader import Dark, read
from tests.people import Person


def modules(path: str) -> Dark:
    """The dark modules of a drawing."""
    found = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        found |= {(int(x) + at - qr.QUIET, int(y) - qr.QUIET) for at in range(int(length))}
    return found


@pytest.mark.parametrize("length", [1, 14, 15, 26, 40, 62, 84, 100, 120])
def test_what_was_written_is_read_in_versions_1_to_7(length):
    text = (
        ("otpauth://totp/Tieline%3Amöller?secret=" + "GEZDGNBVGY3TQOJQ" * 8)[:length].encode("ascii", "ignore").decode()
    )
    side, path = qr.drawn(text)
    assert read(modules(path), side - 2 * qr.QUIET) == text.encode()


def test_a_module_less_is_found_out():
    side, path = qr.drawn("otpauth://totp/Tieline")
    dark = modules(path)
    size = side - 2 * qr.QUIET
    with pytest.raises(AssertionError, match="not a code word"):
        read(dark ^ {(size - 1, size - 1)}, size)


@pytest.mark.django_db
def test_the_page_shows_the_address_that_it_links_to():
    page = Person("OPR", name="anna").get("/password/second-factor/").content.decode()
    (uri,) = re.findall(r'href="(otpauth:[^"]+)"', page)
    (side,) = re.findall(r'viewBox="0 0 (\d+) \1"', page)
    (path,) = re.findall(r'<path fill="#000" d="([^"]+)"', page)
    assert read(modules(path), int(side) - 2 * qr.QUIET).decode() == html.unescape(uri)
