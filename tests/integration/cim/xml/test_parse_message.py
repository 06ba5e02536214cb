"""What one message may be, and what it is told when it may not."""

import time
from pathlib import Path

import pytest

from integration.cim import xml
from integration.cim.xml import XmlRefused, messages

LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)
) + b"]><l>&j;</l>"  # fmt: skip
XXE = b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>\n<a>&e;</a>'

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="times"><xs:complexType><xs:sequence>
<xs:element name="at" type="xs:dateTime" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    path: Path = tmp_path_factory.mktemp("schema") / "times.xsd"
    path.write_text(SCHEMA)
    return xml.load_schema(path)


def refusal(data, **options):
    with pytest.raises(XmlRefused) as caught:
        xml.parse_message(data, **options)
    return caught.value


def test_a_comment_or_instruction_does_not_cut_a_value():
    assert xml.parse_message(b"<id>F1<!-- -->2<?pi x?>3</id>").text == "F123"


def test_a_byte_order_mark_and_a_declaration_are_taken():
    assert xml.parse_message("\ufeff<?xml version='1.0' encoding='UTF-8'?><a>ü</a>".encode()).text == "ü"


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (XXE, "doctype", 2),
        (LAUGHS, "doctype", 1),
        (b"<!DOCTYPE a>\n<a/>", "doctype", 1),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "doctype", 1),
        (XXE.decode().encode("utf-16"), "not_utf8", 1),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', "not_utf8", 1),
        (b"<a>\n<b>\xc0\x80</b></a>", "not_utf8", 2),
        (b"<a>&nothing;</a>", "entity", 1),
        (b"<a>\n<b></c></a>", "malformed", 2),
        (b"<a>\n<b>", "malformed", 2),
        (b"<a/><b/>", "malformed", 1),
        (b'<a x="1" x="2"/>', "malformed", 1),
        (b"", "malformed", 1),
        (b"\x1f\x8b\x08\x00rest", "malformed", 1),
        (b"<a>\n" + b"<b>\n" * 70 + b"</b>" * 70 + b"</a>", "too_deep", 65),
        (b"<a>\n" + b"<b>\n" * 300 + b"</b>" * 300 + b"</a>", "too_deep", 65),
        (b"<a>\n\n<b " + b" ".join(b'x%d="1"' % i for i in range(65)) + b"/></a>", "too_many_attributes", 3),
        (b"<a>\n<b>" + b"x" * 1_000_001 + b"</b></a>", "value_too_long", 2),
        (b'<a>\n<b c="' + b"x" * 1_000_001 + b'"/></a>', "value_too_long", 2),
        (b"<a>\n" + b"<b/>\n" * 200_000 + b"</a>", "too_many_elements", 200_001),
    ],
)  # fmt: skip
def test_what_would_do_harm_is_refused_with_its_line(data, code, line):
    found = refusal(data)
    assert (found.code, found.line) == (code, line), str(found)


def test_a_path_or_a_string_is_never_parsed():
    with pytest.raises(TypeError):
        xml.parse_message("/etc/hostname")


def test_more_bytes_than_any_message_has_are_not_even_looked_at():
    assert refusal(b" " * (messages.MAX_BYTES + 1)).code == "too_large"


def test_a_valid_message_passes_its_schema(schema):
    assert len(xml.parse_message(b"<times>\n<at>2026-01-01T00:00:00Z</at></times>", schema=schema)) == 1


def test_each_error_against_the_schema_has_its_line(schema):
    found = refusal(b"<times>\n<at>now</at>\n<at>2026-01-01T00:00:00Z</at>\n<at>then</at>\n</times>", schema=schema)
    assert (found.code, found.line) == ("schema_invalid", 2)
    assert [detail.split(":")[0] for detail in found.details] == ["line 2", "line 4"]


def test_eighty_thousand_errors_cost_no_more_than_a_moment(schema):
    started = time.perf_counter()
    found = refusal(b"<times>" + b"<at>now</at>\n" * 80_000 + b"</times>", schema=schema)
    assert len(found.details) == messages.MAX_SCHEMA_ERRORS
    assert time.perf_counter() - started < 5  # XMLSchema.validate() takes more than twenty seconds for it


def test_a_payload_is_held_to_its_own_schema_with_the_lines_of_the_message(schema):
    message = xml.parse_message(b"<message>\n<payload>\n<times>\n<at>now</at></times></payload></message>")
    with pytest.raises(XmlRefused) as caught:
        xml.validate_element(message[0][0], schema)
    assert caught.value.line == 4
