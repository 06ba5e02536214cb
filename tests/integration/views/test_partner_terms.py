"""The page that changes what is exchanged with a partner."""

from __future__ import annotations

import re
from typing import Any

import pytest

from adms.core import actors, clock
from adms.core.models import ControlArea
from adms.core.services import accounts
from integration.models import Partner
from integration.selectors import senders
from tests.integration.services import cast
from tests.integration.services.test_signatures import OTHER, OWN
from tests.people import Person, text

NOUN = "UnplannedOutages"


@pytest.fixture
def adam(transactional_db: None) -> Person:
    ControlArea.objects.create(key="north", name="North")
    return Person("ADM", name="adam")


@pytest.fixture
def hes(transactional_db: None) -> Partner:
    return cast.make_partner("HES", ["created EndDeviceEvents"], endpoint_url="https://hes.example.org/")


def fields(**more: Any) -> dict[str, Any]:
    return {
        "allowed": ["created EndDeviceEvents", "get UnplannedOutages"],
        "subscriptions": [NOUN],
        f"areas.{NOUN}": "north",
        f"values.{NOUN}": "outageKind=confirmed, outageKind = predicted",
        "endpoint": "https://hes.example.org/cim",
        "is_active": "1",
        "zone": "Europe/Vilnius",
        "name_types": "MeterNumber = SerialNo\n",
        "codes": "EndDeviceEventType 3.26.0.85 = PWR-OFF\r\nEndDeviceEventType 3.26.0.216 = PWR = ON",
    } | more


def test_what_is_typed_is_kept_and_shown_again(adam: Person, hes: Partner) -> None:
    address = f"/messages/partners/{hes.pk}/change/"
    assert 'value="https://hes.example.org/"' in text(adam.get(address))
    assert adam.submit(address, **fields()).status_code == 302
    hes.refresh_from_db()
    assert hes.allowed == ["created EndDeviceEvents", "get UnplannedOutages"]
    assert hes.filters == {NOUN: {"areas": ["north"], "values": {"outageKind": ["confirmed", "predicted"]}}}
    assert hes.dialect == {
        "zone": "Europe/Vilnius",
        "name_types": [["MeterNumber", "SerialNo"]],
        "codes": [["EndDeviceEventType", "3.26.0.85", "PWR-OFF"], ["EndDeviceEventType", "3.26.0.216", "PWR = ON"]],
    }
    page = text(adam.get(address))
    assert 'value="outageKind=confirmed, outageKind=predicted"' in page
    assert "EndDeviceEventType 3.26.0.85 = PWR-OFF" in page
    page = text(adam.get(f"/messages/partners/{hes.pk}/"))
    assert "only north, outageKind=confirmed" in page
    assert "Europe/Vilnius · types of names: 1 · codes: 2" in page


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"zone": "Mars/Base"}, "Mars/Base is no time zone"),
        ({"codes": "no line of ours"}, "write ours = its"),
        ({f"values.{NOUN}": "confirmed"}, "write element=text"),
        ({f"areas.{NOUN}": "nowhere"}, "no control area nowhere"),
        ({"allowed": ["create Unicorns"]}, "reate Unicorns is no message we know"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    adam: Person, hes: Partner, more: dict[str, Any], words: str
) -> None:
    wanted = fields(**more)
    page = text(adam.submit(f"/messages/partners/{hes.pk}/change/", **wanted), 422)
    assert words in page
    assert f'value="{wanted["endpoint"]}"' in page
    hes.refresh_from_db()
    assert (hes.filters, hes.dialect) == ({}, {})


def test_a_partner_is_switched_off(adam: Person, hes: Partner) -> None:
    adam.submit(f"/messages/partners/{hes.pk}/change/", **fields(is_active=""))
    hes.refresh_from_db()
    assert not hes.is_active
    assert "Switched off" in text(adam.get(f"/messages/partners/{hes.pk}/"))


def test_only_administrators_change_partners(adam: Person, hes: Partner) -> None:
    mei = Person("ENG", name="mei")
    address = f"/messages/partners/{hes.pk}/change/"
    assert mei.get(address).status_code == 403
    assert mei.submit(address, **fields()).status_code == 403
    assert address not in text(mei.get(f"/messages/partners/{hes.pk}/"))
    assert address in text(adam.get(f"/messages/partners/{hes.pk}/"))
    assert adam.get("/messages/partners/999999/change/").status_code == 404


def test_a_certificate_is_pinned_renewed_and_taken_away_on_the_page(adam: Person, hes: Partner) -> None:
    address = f"/messages/partners/{hes.pk}/change/"
    assert "ertificate: who must sign needs one" in text(adam.submit(address, **fields(must_sign="1")), 422)
    for own in (OWN[1], OTHER[1]):
        assert adam.submit(address, **fields(certificate=own, must_sign="1", is_signed_to="1")).status_code == 302
        hes.refresh_from_db()
        assert (hes.certificate, hes.must_sign, hes.is_signed_to) == (own.strip(), True, True)
    page = text(adam.get(f"/messages/partners/{hes.pk}/"))
    assert "CN=somebody" in page
    assert "its messages must be signed" in page
    assert "ertificate: no X.509 certificate in PEM" in text(adam.submit(address, **fields(certificate="x")), 422)
    assert adam.submit(address, **fields()).status_code == 302
    hes.refresh_from_db()
    assert (hes.certificate, hes.must_sign, hes.is_signed_to) == ("", False, False)


def test_a_token_is_renewed_on_the_page_and_shown_this_once(adam: Person, hes: Partner) -> None:
    had = accounts.issue_token(actor=actors.system("test"), user=hes.user, name="t", at=clock.now())
    address = f"/messages/partners/{hes.pk}/token/"
    response = adam.submit(address, overlap_h="24")
    assert "The token is renewed; the one before is good until" in text(response)
    found = re.search(r"<code>(tl_[^<]+)</code>", response.content.decode())
    assert found is not None
    assert found[1] != had
    page = adam.get(f"/messages/partners/{hes.pk}/").content.decode()
    assert "good until" in page
    assert found[1] not in page
    for token in (had, found[1]):
        assert senders.sender_of(f"Bearer {token}", at=clock.now()) is not None
    assert "the one before is refused from now on" in text(adam.submit(address, overlap_h="0"))
    for token in (had, found[1]):
        assert senders.sender_of(f"Bearer {token}", at=clock.now()) is None
    assert "is no number of hours" in text(adam.submit(address, overlap_h="a day"), 422)
    assert "Overlap_h: 0 to 744" in text(adam.submit(address, overlap_h="9000"), 422)
    assert Person("ENG", name="mei").submit(address, overlap_h="0").status_code == 403
    assert address not in text(Person("ENG", name="max").get(f"/messages/partners/{hes.pk}/"))


def test_the_old_and_the_new_certificate_are_on_the_page(adam: Person, hes: Partner) -> None:
    address = f"/messages/partners/{hes.pk}/change/"
    assert adam.submit(address, **fields(certificate=OWN[1] + OTHER[1])).status_code == 302
    page = text(adam.get(f"/messages/partners/{hes.pk}/"))
    assert "CN=HES," in page
    assert "CN=somebody," in page
    assert "3 certificates; 2 at most" in text(adam.submit(address, **fields(certificate=OWN[1] * 3)), 422)
