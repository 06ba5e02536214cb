"""The message inspector."""

import pytest

from integration.cim import reading
from integration.models import OutboxMessage
from tests.people import Person, text, toast


@pytest.fixture
def mei(transactional_db) -> Person:
    return Person("ENG", name="mei")


def test_every_message_is_listed_with_what_became_of_it(door, mei):
    page = text(mei.get("/messages/"))
    for words in (
        "created EndDeviceEvents",
        "PARTIAL",
        "quarantine",
        "Dead letter",
        "HTTP 400",
        "Not answering (3): refused",
    ):
        assert words in page
    assert "good-1" not in text(mei.get("/messages/?show=refused"))
    assert "good-1" in text(mei.fetch("/messages/?q=good"))
    assert "No messages here" in text(mei.fetch("/messages/?q=nothing-like-it&page=9"))
    for show in ("in", "out", "waiting", "dead", "failed", "nonsense"):
        text(mei.get(f"/messages/?show={show}"))


def test_a_message_is_shown_indented_item_by_item_with_its_answer(door, mei):
    page = text(mei.get(f"/messages/in/{door.partly.pk}/"))
    assert "Meter: power lost" in page
    assert "✓ taken" in page
    assert "✕ 2.4" in page
    assert "MTR-99" in page
    assert "&lt;EndDeviceEvents" in page
    assert "&lt;Result&gt;PARTIAL&lt;/Result&gt;" in page
    assert "Unknown meters" in page


def test_a_refused_message_is_called_what_its_envelope_says(door, mei):
    from integration.models import Quarantine
    from tests.integration.cim.messages import compose
    from tests.integration.services import cast

    cast.post(door.good.partner, compose.gasps("<odd/>", compose.header(message_id="odd-1")))
    page = text(mei.get(f"/messages/quarantine/{Quarantine.objects.get(message_id='odd-1').pk}/"))
    assert "created EndDeviceEvents" in page
    assert "not read" in text(mei.get(f"/messages/quarantine/{door.refused.pk}/"))


def test_menus_offer_what_the_registry_has_and_narrow_by_it(door, mei):
    page = mei.get("/messages/").content.decode()
    for noun in ("BreakerStatuses", "OperationSet", "UsagePointConfig"):
        assert f'<option value="{noun}">' in page
    rows = text(mei.fetch("/messages/?noun=EndDeviceEvents&verb=created"))
    assert "good-1" in rows
    assert "Dead letter" not in rows
    assert "No messages here" in text(mei.fetch(f"/messages/?noun=EndDeviceEvents&partner={door.listener.pk}"))
    assert "good-1" in text(mei.fetch("/messages/?noun=nonsense&verb=odd&partner=x"))


def test_a_refused_message_is_shown_as_text_and_never_run(door, mei):
    page = text(mei.get(f"/messages/quarantine/{door.refused.pk}/"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "Why it was refused" in page
    raw = mei.get(f"/messages/quarantine/{door.refused.pk}/raw/")
    assert raw.content == b"<EventMessage><script>alert(1)</script>"
    assert raw["Content-Type"].startswith("text/plain")
    assert raw["Content-Disposition"].startswith("attachment")


def test_an_administrator_sends_a_dead_letter_again(door, mei):
    address = f"/messages/out/{door.dead.pk}/"
    assert "Needs the role of an administrator" in text(mei.get(address))
    assert toast(mei.post(f"{address}again/"), 403)["tone"] == "error"
    jo = Person("ADM")
    assert "Send the message again?" in text(jo.fetch(f"{address}again/", target="dialog"))
    assert toast(jo.post(f"{address}again/", reason="their database was restored"))["text"] == "It is sent again"
    assert OutboxMessage.objects.get().state == "pending"
    assert "It waits for delivery anyway" in toast(jo.post(f"{address}again/", reason="once more"), 409)["text"]
    assert "again/" not in text(jo.get(address))


def test_an_administrator_sees_what_a_refused_message_would_be_answered_and_has_it_taken(door, mei):
    from integration.models import Quarantine
    from metering.models import Meter
    from tests.integration.cim.messages import compose
    from tests.integration.services import cast

    strange = compose.GASP.replace("MTR-1", "MTR-99")
    cast.post(door.good.partner, compose.gasps(strange, compose.header(message_id="late-1")))
    address = f"/messages/quarantine/{Quarantine.objects.get(message_id='late-1').pk}/"
    jo = Person("ADM")
    assert "Now it would be refused again: HTTP 422. 2.4" in text(jo.fetch(f"{address}again/", target="dialog"))
    Meter.objects.filter(number="MTR-2").update(number="MTR-99")
    assert "Now it would be taken." in text(jo.fetch(f"{address}again/", target="dialog"))
    assert toast(jo.post(f"{address}again/", reason="the meter was not on record"))["text"] == "It is taken"
    assert "Taken again" in text(jo.get(address))
    assert toast(mei.post(f"{address}again/", reason="me too"), 403)["tone"] == "error"


def test_an_operator_does_not_inspect_messages_and_nobody_finds_what_is_not_there(door, mei):
    assert Person("OPR").get("/messages/").status_code == 403
    assert mei.get("/messages/in/999999/").status_code == 404
    assert mei.get("/messages/sideways/1/").status_code == 404


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe<a/>", b"<a>&x;</a>", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"<a>" * 200, b"\x00\x01text"],
)
def test_what_is_no_message_is_shown_as_it_is(data):
    shown = reading.shown(data)
    assert not shown.is_indented
    assert "\x00" not in shown.text


def test_a_long_message_is_cut():
    shown = reading.shown(b"<a>" + b"<b>0123456789</b>" * 40_000 + b"</a>")
    assert shown.is_cut
    assert len(shown.text) <= reading.MOST
