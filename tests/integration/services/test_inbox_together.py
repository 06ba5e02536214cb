"""Messages that come in at the same moment: taken together, answered each as if it had come alone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core.models import AuditEntry, AuditLink, StoredEvent
from integration.models import InboxMessage, Partner, Quarantine
from integration.services import backpressure, inbox, inbox_together
from outages.models import Call, Callback, Evidence
from tests.integration.services.cast import AT, MillLane
from tests.integration.services.test_inbox import gasps, said
from tests.integration.services.test_trouble_tickets import ticket, tickets

POINT = "<UsagePoint><Names><name>SDP-{}</name></Names></UsagePoint>"
UNKNOWN = POINT.format("nowhere")


def call(number: int, *, point: int | str = 1, message_id: str = "") -> bytes:
    one = ticket(POINT.format(point), mrid=f"call-{number}")
    return tickets(one, message_id=message_id or f"t-{number}")


def take(partner: Partner | None, *bodies: bytes, at: dt.datetime = AT) -> list[inbox.Answer]:
    incoming = [inbox_together.Incoming(partner, body, "application/xml") for body in bodies]
    return inbox_together.accept_all(incoming=incoming, at=at)


def codes(answers: list[inbox.Answer]) -> list[str]:
    return [said(one)["code"][0] for one in answers]


def kept() -> dict[str, object]:
    """What stands afterwards, without the numbers of rows."""
    return {
        "messages": sorted(
            InboxMessage.objects.values_list("message_id", "result", "status", "items", "items_failed", "repeats")
        ),
        "replies": {one.message_id: bytes(one.reply) for one in InboxMessage.objects.all()},
        "calls": sorted(
            Call.objects.values_list("mrid", "usage_point__name", "caller_name", "taken_by", "recorded_at")
        ),
        "evidence": sorted(Evidence.objects.values_list("kind", "usage_point__name", "occurred_at", "recorded_at")),
        "audit": sorted(AuditEntry.objects.values_list("action", "actor", "area", "request_id")),
        "events": sorted(StoredEvent.objects.values_list("name", "number")),
        "refused": sorted(Quarantine.objects.values_list("code", flat=True)),
    }


def test_calls_taken_together_stand_as_if_taken_one_by_one(cis: Partner, mill_lane: MillLane) -> None:
    bodies = [call(1), call(2, point=2), call(3)]
    answers = take(cis, *bodies)
    assert codes(answers) == ["0.0"] * 3
    together = kept()
    assert AuditLink.objects.count() == 3
    effects = dict(InboxMessage.objects.values_list("message_id", "effects"))
    assert effects == {f"t-{call.mrid[-1]}": {"calls": [call.pk]} for call in Call.objects.all()}

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE outages_call, outages_evidence, integration_inboxmessage, core_storedevent, core_auditentry,"
            " core_auditlink RESTART IDENTITY CASCADE; UPDATE core_controlarea SET event_number = 0"
        )
    alone = [inbox.accept(partner=cis, data=body, content_type="application/xml", at=AT) for body in bodies]
    assert [one.body for one in alone] == [one.body for one in answers]
    assert kept() == together


def test_what_is_odd_goes_its_way_alone(cis: Partner, hes: Partner, mill_lane: MillLane) -> None:
    take(cis, call(9))
    bodies = [
        call(1),
        call(2, point="nowhere"),
        call(3),
        b"<no message",
        call(9),  # a repeat
        call(8, message_id="t-9"),  # another content under a MessageID that was there
        call(4, message_id="t-3"),  # the same within these
        gasps(1),  # another's noun
    ]
    answers = take(cis, *bodies)
    alone = [inbox.accept(partner=cis, data=body, content_type="application/xml", at=AT) for body in bodies]
    assert [one.body for one in answers] == [one.body for one in alone]
    assert [one.status for one in answers] == [one.status for one in alone]
    assert [codes([answers[place]]) for place in (0, 1, 2, 4, 5, 6)] == [
        ["0.0"], ["2.12"], ["0.0"], ["0.0"], ["6.1"], ["6.1"]
    ]  # fmt: skip
    assert sorted(Call.objects.values_list("mrid", flat=True)) == ["call-1", "call-3", "call-9"]
    assert InboxMessage.objects.get(message_id="t-9").repeats == 2  # with the one of the comparison
    assert not InboxMessage.objects.filter(message_id="t-2").exists()
    assert Evidence.objects.count() == 3


def test_the_same_ticket_in_two_messages_is_one_call(cis: Partner, mill_lane: MillLane) -> None:
    answers = take(cis, call(1), call(1, message_id="t-other"), call(2))
    assert codes(answers) == ["0.0"] * 3
    assert (Call.objects.count(), Evidence.objects.count(), AuditEntry.objects.count()) == (2, 2, 2)
    first = Call.objects.get(mrid="call-1").pk
    effects = InboxMessage.objects.filter(message_id__in=("t-1", "t-other")).values_list("effects", flat=True)
    assert list(effects) == [{"calls": [first]}] * 2


def test_a_call_that_cannot_be_taken_does_not_take_the_others_with_it(
    cis: Partner, mill_lane: MillLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = AT - dt.timedelta(minutes=9)  # for whom these tickets come from the future
    answers = take(cis, call(1), call(2), at=before)
    assert codes(answers) == ["1.8", "1.8"]
    assert Call.objects.count() == 0
    with connection.cursor() as cursor:  # a row that no transaction of several can get past
        cursor.execute("ALTER TABLE outages_call ADD CONSTRAINT only_one CHECK (mrid <> 'call-4')")
    try:
        answers = take(cis, call(3), call(4), call(5))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE outages_call DROP CONSTRAINT only_one")
    assert [one.status for one in answers] == [200, 500, 200]
    assert sorted(Call.objects.values_list("mrid", flat=True)) == ["call-3", "call-5"]


def test_callbacks_are_promised_to_each(cis: Partner, mill_lane: MillLane) -> None:
    wants = "<Notification><contactType>phone</contactType><contactValue>{}</contactValue></Notification>"
    bodies = [
        tickets(ticket(wants.format(f"555-{n}") + POINT.format(point), mrid=f"call-{n}"), message_id=f"t-{n}")
        for n, point in ((1, 2), (2, 1), (3, 2))
    ]
    assert codes(take(cis, *bodies)) == ["0.0"] * 3
    found = Callback.objects.order_by("usage_point__name").values_list("usage_point__name", "calls", "phone")
    assert list(found) == [("SDP-1", 1, "555-2"), ("SDP-2", 2, "555-3")]


def test_statements_do_not_grow_with_the_calls(
    cis: Partner, mill_lane: MillLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backpressure, "_FRESH_S", float("inf"))
    counts = []
    for first, size in ((1, 3), (11, 12)):
        backpressure.forget()
        with CaptureQueriesContext(connection) as queries:
            answers = take(cis, *[call(first + n, point=1 + n % 2) for n in range(size)])
        assert codes(answers) == ["0.0"] * size
        counts.append(len(queries))
    assert counts[1] <= counts[0]
