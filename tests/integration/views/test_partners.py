"""The page of a partner, and the one that makes another: from nothing to a first accepted message (B08)."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from integration.cim import registry, schemas, starting, xml
from integration.cim.registry import Direction
from integration.models import InboxMessage, OutboxMessage, Partner
from tests.integration.services import cast
from tests.people import Person, text


@pytest.fixture
def adam(transactional_db: None) -> Person:
    return Person("ADM", name="adam")


def made(adam: Person, **more: Any) -> str:
    fields = {"name": "Head-end", "source": "HES", "allowed": ["created EndDeviceEvents"], "endpoint": ""} | more
    response = adam.submit("/messages/partners/new/", **fields)
    assert response.status_code == 200
    return response.content.decode()


def commands(page: str) -> tuple[str, str, str]:
    """Token, message and address that the page tells one to use."""
    found = re.search(r'id="first-commands">(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    words = html.unescape(found[1])
    token = re.search(r"printf '%s' '([^']+)'", words)
    message = re.search(r"<<'END'\n(.*)\nEND\n", words, re.DOTALL)
    address = re.search(r"@message.xml 'http://testserver([^']+)'", words)
    assert token and message and address
    return token[1], message[1], address[1]


def send(token: str, message: str, address: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return Client().post(address, message, content_type="application/xml", headers=headers)


def test_what_the_page_says_to_type_is_accepted(adam: Person) -> None:
    cast.make_mill_lane()
    token, message, address = commands(made(adam))
    assert starting.METER not in message  # a meter of the utility is filled in
    page = adam.get(f"/messages/partners/{Partner.objects.get().pk}/").content.decode()
    assert "none accepted yet" in page
    assert token not in page
    rehearsed = send(token, message, address)
    assert (rehearsed.status_code, rehearsed.headers["X-Dry-Run"]) == (200, "1")
    assert not InboxMessage.objects.exists()
    assert b">OK<" in send(token, message, address.removesuffix("?dry_run")).content
    page = text(adam.get(f"/messages/partners/{Partner.objects.get().pk}/"))
    assert "✓ accepted" in page
    assert "In touch" in page


def test_a_question_comes_first_since_it_changes_nothing(adam: Person) -> None:
    page = made(adam, allowed=["create TroubleTickets", "get UnplannedOutages"])
    token, message, address = commands(page)
    assert "<Noun>UnplannedOutages</Noun>" in message
    assert b">OK<" in send(token, message, address).content


def test_a_meter_event_comes_before_a_question_for_readings_that_nobody_may_have_told(adam: Person) -> None:
    page = made(adam, allowed=["get MeterReadings", "created EndDeviceEvents"])
    assert "<Noun>EndDeviceEvents</Noun>" in commands(page)[1]


@pytest.mark.parametrize(
    "row", [row for row in registry.ROWS if row.direction is Direction.IN], ids=lambda row: row.key
)
def test_the_beginning_of_every_message_is_a_valid_envelope(row: registry.Row) -> None:
    told = starting.message(row, source="S", message_id="m-1", at=cast.AT)
    xml.parse_message(told.encode(), schema=schemas.schema("message"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"source": "HES NORTH"}, "letters, digits, dots, dashes"),
        ({"name": ""}, "letters, digits, dots, dashes"),
        ({"allowed": ["create Unicorns"]}, "create Unicorns is no message we know"),
        ({"endpoint": "http://169.254.169.254/"}, "is no address of a partner"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(adam: Person, more: dict[str, Any], words: str) -> None:
    fields = {"name": "Head-end", "source": "HES", "allowed": ["created EndDeviceEvents"], "endpoint": ""} | more
    response = adam.submit("/messages/partners/new/", **fields)
    page = text(response, 422)
    assert words in page
    assert f'value="{fields["source"]}"' in page
    assert not Partner.objects.exists()


def test_a_second_one_of_the_same_name_is_not_made(adam: Person) -> None:
    made(adam)
    again = adam.submit("/messages/partners/new/", name="Head-end", source="HES-2")
    assert "there is a partner" in text(again, 422)
    assert Partner.objects.count() == 1


def test_only_administrators_make_partners_and_others_look_at_them(adam: Person) -> None:
    made(adam)
    mei = Person("ENG", name="mei")
    assert mei.submit("/messages/partners/new/", name="X", source="X").status_code == 403
    assert "New partner" not in text(mei.get("/messages/"))
    page = text(adam.get("/messages/"))
    assert "New partner" in page
    assert "/kpis/" not in page  # an administrator may not see the network, so nothing of it is asked for
    assert "/alarms/bar/" not in page
    assert "/kpis/" in text(mei.get("/messages/"))
    assert "/alarms/bar/" in text(mei.get("/messages/"))
    assert "created EndDeviceEvents" in text(mei.get(f"/messages/partners/{Partner.objects.get().pk}/"))
    assert mei.get("/messages/partners/999/").status_code == 404
    assert Person("OPR").get(f"/messages/partners/{Partner.objects.get().pk}/").status_code == 403


def test_what_waits_for_a_partner_and_its_latest_error_are_told(adam: Person) -> None:
    partner = cast.make_partner(
        "MAP",
        [],
        subscriptions=["UnplannedOutages"],
        endpoint_url="http://127.0.0.1:9/cim",
        failures=3,
        latest_error="HTTP 500",
    )
    OutboxMessage.objects.create(
        partner=partner, cause="c", object_key="o", verb="created", noun="UnplannedOutages", body=b"<a/>",
        next_attempt_at=cast.AT, created_at=cast.AT,
    )  # fmt: skip
    page = text(adam.get(f"/messages/partners/{partner.pk}/"))
    assert re.search(r"Not answering \(3\)\s*</span>", page)  # beside the name there is no room for what was said
    assert re.search(r"Latest error</th> <td>HTTP 500", page)
    assert "Not answering (3): HTTP 500" in text(adam.get("/messages/"))
    assert "changed UnplannedOutages" in page
    assert "It may send nothing; it is only told." in page
    assert re.search(r"Waiting</th> <td class=\"number\"> 1 since", page)
