"""A person has a message go its way once more: ours sent again, a refused one taken after all."""

from __future__ import annotations

import uuid

import pytest

from adms.core import actors
from adms.core.errors import NotFound
from adms.core.models import AuditEntry
from adms.core.services.authority import NotAuthorised
from integration.models import InboxMessage, OutboxMessage, Partner, Quarantine
from integration.services import replaying
from integration.services.replaying import NotAgain
from metering.models import Meter, MeterEvent
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, Post, make_partner
from tests.rest import Api, error

ADMIN = actors.Actor("admin", frozenset({("ADM", None)}))
OPERATOR = actors.Actor("anna", frozenset({("OPR", None)}))
STRANGE = compose.GASP.replace("MTR-1", "MTR-99")


@pytest.fixture
def cis(transactional_db: None) -> Partner:
    return make_partner("CIS", [], endpoint_url="http://127.0.0.1:9/", subscriptions=["UnplannedOutages"])


def written(cis: Partner, *, key: str = "outage:1", **more: object) -> OutboxMessage:
    number = uuid.uuid4()
    told: dict[str, object] = {
        "partner": cis, "message_id": number, "cause": f"event:{number}", "object_key": key, "verb": "created",
        "noun": "UnplannedOutages", "body": f"<a><MessageID>{number}</MessageID></a>".encode(), "state": "dead",
        "attempts": 1, "next_attempt_at": AT, "created_at": AT, "dialect": {},
    }  # fmt: skip
    return OutboxMessage.objects.create(**told | more)


@pytest.mark.parametrize("state", ["dead", "sent"])
def test_a_message_goes_again_under_its_old_id_in_its_old_bytes(cis: Partner, state: str) -> None:
    message = written(cis, state=state)
    again = replaying.send_again(actor=ADMIN, outbox_id=message.pk, reason="restored from a backup", at=AT)
    assert (again.state, again.attempts, again.message_id) == ("pending", 0, message.message_id)
    assert bytes(OutboxMessage.objects.get().body) == message.body
    entry = AuditEntry.objects.get(action="send_message_again")
    assert (entry.object, entry.reason) == (f"outbox:{message.pk}", "restored from a backup")


def test_a_letter_that_was_refused_in_another_dialect_is_another_message_now(cis: Partner) -> None:
    message = written(cis)
    Partner.objects.update(dialect={"zone": "Europe/Berlin"})
    again = replaying.send_again(actor=ADMIN, outbox_id=message.pk, reason="dialect mended", at=AT)
    assert again.message_id != message.message_id
    assert bytes(again.body) == f"<a><MessageID>{again.message_id}</MessageID></a>".encode()
    assert again.dialect is None


@pytest.mark.parametrize("more", [{"attempts": 0}, {"state": "sent"}])
def test_one_that_may_have_arrived_stays_the_same_to_the_byte_whatever_the_dialect_is_now(
    cis: Partner, more: dict[str, object]
) -> None:
    message = written(cis, **more)
    Partner.objects.update(dialect={"zone": "Europe/Berlin"})
    again = replaying.send_again(actor=ADMIN, outbox_id=message.pk, reason="once more", at=AT)
    assert (again.message_id, again.dialect) == (message.message_id, {})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"state": "pending"}, "waits for delivery anyway"),
        ({"key": f"operation:{uuid.uuid4()}", "noun": "Controls"}, "made anew"),
        ({"key": f"ping:{uuid.uuid4()}", "noun": "MeterReadings"}, "made anew"),
        ({"body": b""}, "older than messages are kept"),
    ],
)
def test_what_must_not_be_repeated_is_refused(cis: Partner, more: dict[str, object], words: str) -> None:
    message = written(cis, **more)  # type: ignore[arg-type]
    with pytest.raises(NotAgain, match=words):
        replaying.send_again(actor=ADMIN, outbox_id=message.pk, reason="once more", at=AT)
    assert OutboxMessage.objects.get().state == message.state


def test_a_refused_message_is_taken_after_all_with_its_effect_once(
    hes: Partner, mill_lane: MillLane, post: Post
) -> None:
    data = compose.gasps(STRANGE, compose.header(message_id="q-1"))
    assert post(hes, data).status == 422
    row = Quarantine.objects.get()
    assert replaying.rehearse_again(actor=ADMIN, quarantine_id=row.pk, at=AT).status == 422
    Meter.objects.filter(number="MTR-2").update(number="MTR-99")
    assert replaying.rehearse_again(actor=ADMIN, quarantine_id=row.pk, at=AT).status == 200
    assert not InboxMessage.objects.exists()
    answer = replaying.take_again(actor=ADMIN, quarantine_id=row.pk, reason="meter put on record", at=AT)
    assert (answer.status, MeterEvent.objects.count()) == (200, 1)
    row.refresh_from_db()
    assert (row.taken_again_at, row.taken_again_by, row.taken_again_status) == (AT, "admin", 200)
    assert post(hes, data).body == answer.body, "the partner that sends it again gets that answer"
    assert MeterEvent.objects.count() == 1
    assert AuditEntry.objects.filter(action="take_message_again", reason="meter put on record").count() == 1


def test_a_message_of_which_only_the_beginning_was_kept_cannot_be_taken(hes: Partner, mill_lane: MillLane) -> None:
    row = Quarantine.objects.create(
        partner=hes, sha256="0", excerpt=b"<a", size=70_000, code="1.8", reason="", first_seen_at=AT, latest_seen_at=AT
    )
    with pytest.raises(NotAgain, match="only the first 2 of its 70000 bytes"):
        replaying.take_again(actor=ADMIN, quarantine_id=row.pk, reason="why not", at=AT)


def test_who_does_not_manage_partners_may_not_and_nobody_what_is_not_there(cis: Partner) -> None:
    message = written(cis)
    with pytest.raises(NotAuthorised):
        replaying.send_again(actor=OPERATOR, outbox_id=message.pk, reason="please", at=AT)
    with pytest.raises(NotAuthorised):
        replaying.take_again(actor=OPERATOR, quarantine_id=1, reason="please", at=AT)
    with pytest.raises(NotFound):
        replaying.take_again(actor=ADMIN, quarantine_id=0, reason="please", at=AT)


def test_the_same_over_rest(cis: Partner, hes: Partner, mill_lane: MillLane, post: Post) -> None:
    message = written(cis)
    post(hes, compose.gasps(STRANGE, compose.header(message_id="q-1")))
    admin, engineer = Api("ADM"), Api("ENG")
    found = engineer.get("messages", show="all").json()["results"]
    assert sorted((one["way"], one["partner"]) for one in found) == [("out", "CIS"), ("quarantine", "HES")]
    assert [one["message_id"] for one in engineer.get("messages", q="q-1").json()["results"]] == ["q-1"]
    refused = next(one for one in found if one["way"] == "quarantine")
    told = admin.post(f"messages/quarantine/{refused['id']}/again", {"reason": "try"}).json()
    assert told["status"] == 422
    assert told["refusals"][0].startswith("2.4")
    sent = admin.post(f"messages/out/{message.pk}/again", {"reason": "their backup"})
    assert (sent.status_code, sent.json()["message_id"]) == (200, str(message.message_id))
    assert error(admin.post(f"messages/out/{message.pk}/again", {"reason": "again"}), 409)["code"] == "not_again"
    assert error(engineer.post(f"messages/out/{message.pk}/again", {"reason": "me too"}), 403)
    assert error(Api("OPR").get("messages"), 403)
