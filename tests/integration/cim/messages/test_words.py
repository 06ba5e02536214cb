"""The words by which a message is looked for."""

from __future__ import annotations

import pytest

from integration.cim import words
from tests.integration.cim.messages import compose


def test_names_codes_and_ids_are_words_and_times_are_not() -> None:
    found = words.of(compose.gasps(), ["event:north/12"])
    assert {"mtr-1", "3.26.0.85", "hes", "m-1", "created", "enddeviceevents", "event:north/12", "north", "12"} <= set(
        found
    )
    assert not [one for one in found if one.startswith(("2026-03-01", "http"))]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"<a>Mill Lane 4 &amp; Sons</a>", ["mill", "lane", "4", "&", "sons"]),
        (b"<a><b>broken off MTR-9", ["broken", "off", "mtr-9"]),
        (b"\xff\xfe<a>\x00x</a>", ["\ufffd\ufffd", "x"]),
        (b"<a>" + b"Q" * 101 + b"</a>", []),
        (b"<a xmlns='urn:x' ref=\"S 1\">MTR-1 MTR-1</a>", ["s", "1", "mtr-1"]),
        ("<a>Žalgirio g.</a>".encode(), ["žalgirio", "g"]),
        (b"", []),
    ],
)
def test_what_is_odd_is_read_as_far_as_it_goes(data: bytes, wanted: list[str]) -> None:
    assert words.of(data) == wanted


def test_there_is_an_end_to_them() -> None:
    data = b"<a>" + b" ".join(b"w%d" % number for number in range(5_000)) + b"</a>"
    assert len(words.of(data)) == words.MOST


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("MTR-1", "'mtr-1':*"),
        ("mill lane", "'mill':* & 'lane':*"),
        ("O'Brien\\", "'o''brien\\\\':*"),
        (" . ", ""),
        ("a\0b", "'ab':*"),
    ],
)
def test_a_question_is_the_beginnings_of_words(text: str, wanted: str) -> None:
    assert words.query(text) == wanted
