"""GET /cim/v1/messages/{MessageID}: what became of a message of one's own, for a sender that heard no answer."""

from __future__ import annotations

import pytest
from django.test import Client

from adms.core import actors
from integration.cim import schemas, xml
from integration.services import partners
from tests.integration.cim.messages import compose
from tests.integration.services import cast

MESSAGE = "http://iec.ch/TC57/2011/schema/message"


@pytest.fixture
def tokens(transactional_db: None) -> dict[str, str]:
    cast.make_mill_lane()
    found = {}
    for source in ("HES-NORTH", "HES-SOUTH"):
        new = partners.NewPartner(name=source, source=source, allowed=("created EndDeviceEvents",))
        found[source] = partners.create_partner(actor=actors.system("test"), partner=new, at=cast.AT)[1]
    return found


def asked(message_id: str, token: str) -> tuple[int, list[str], bytes]:
    answer = Client().get(f"/cim/v1/messages/{message_id}", headers={"Authorization": f"Bearer {token}"})
    root = xml.parse_message(answer.content, schema=schemas.schema("message"))
    return answer.status_code, [one.text or "" for one in root.iter(f"{{{MESSAGE}}}code")], answer.content


def send(token: str, message_id: str, meter: str) -> bytes:
    event = (
        f"<EndDeviceEvent><createdDateTime>2026-03-01T10:15:00Z</createdDateTime><Assets><Names><name>{meter}</name></Names></Assets>"
        "<EndDeviceEventType ref='3.36.116.58'/></EndDeviceEvent>"
    )
    payload = f'<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">{event}</EndDeviceEvents>'
    data = compose.message(payload, compose.header(source="HES-NORTH", message_id=message_id))
    headers = {"Authorization": f"Bearer {token}"}
    return bytes(Client().post("/cim/v1/messages", data, content_type="application/xml", headers=headers).content)


def test_what_was_taken_is_answered_again_to_who_sent_it_and_to_nobody_else(tokens: dict[str, str]) -> None:
    first = send(tokens["HES-NORTH"], "m-1", "MTR-1")
    assert asked("m-1", tokens["HES-NORTH"]) == (200, ["0.0"], first)
    assert asked("m-1", tokens["HES-SOUTH"])[:2] == (404, ["2.15"])
    assert asked("m-1", "nobody")[:2] == (401, ["7.4"])


def test_what_was_refused_is_told_with_its_reason_and_what_never_came_by_its_id(tokens: dict[str, str]) -> None:
    send(tokens["HES-NORTH"], "m-2", "NO-SUCH-METER")
    status, codes, body = asked("m-2", tokens["HES-NORTH"])
    assert (status, codes) == (404, ["2.15", "2.4"])
    assert b"refused: " in body
    status, codes, body = asked("m-3", tokens["HES-NORTH"])
    assert (status, codes) == (404, ["2.15"])
    assert b'objectType="Message">m-3</ID>' in body


def test_an_id_with_strokes_is_found_by_its_address(tokens: dict[str, str]) -> None:
    first = send(tokens["HES-NORTH"], "HES/2026 no. 7", "MTR-1")
    assert asked("HES%2F2026%20no.%207", tokens["HES-NORTH"]) == (200, ["0.0"], first)


@pytest.mark.django_db
def test_who_shows_no_token_is_told_how_to_and_who_posts_nothing_where_to() -> None:
    unknown = Client().post("/cim/v1/messages", b"<x/>", content_type="application/xml")
    assert (unknown.status_code, unknown["WWW-Authenticate"]) == (401, "Bearer")
    assert b"Authorization: Bearer" in unknown.content
    looked_at = Client().get("/cim/v1/messages")
    assert (looked_at.status_code, looked_at["Allow"]) == (405, "POST")
    assert b"<code>2.9</code>" in looked_at.content
