"""Messages in, on a real PostgreSQL (O01, O02, B03, B04, B07)."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from adms.core.models import Alarm, StoredEvent
from integration.cim import envelope, xml
from integration.models import InboxMessage, OutboxMessage, Partner, Quarantine
from integration.services import alarming, inbox, inbox_checks, quarantine
from metering.models import MeterEvent, PowerState
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, Post, make_partner

NS = "{http://iec.ch/TC57/2011/schema/message}"


def said(answer: inbox.Answer) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in xml.parse_message(answer.body).iter():
        found.setdefault(one.tag.removeprefix(NS), []).append((one.text or "").strip())
    return found


def gasp(number: int = 1, at: str = "2026-03-01T10:15:28Z", code: str = "3.26.0.85") -> str:
    return compose.GASP.replace("MTR-1", f"MTR-{number}").replace("2026-03-01T10:15:28Z", at).replace("3.26.0.85", code)


def gasps(*numbers: int, message_id: str = "m-1", more: str = "") -> bytes:
    return compose.gasps("\n".join(map(gasp, numbers)), compose.header(message_id=message_id, more=more))


def effects() -> tuple[int, int, int]:
    """Rows of the inbox, meter events, published facts."""
    return InboxMessage.objects.count(), MeterEvent.objects.count(), StoredEvent.objects.count()


def test_last_gasps_are_recorded_and_answered_in_one_go(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    answer = post(hes, gasps(1, 2))
    assert answer.status == 200
    assert (said(answer)["Result"], said(answer)["code"], said(answer)["CorrelationID"]) == (["OK"], ["0.0"], ["m-1"])
    assert effects() == (1, 2, 1)
    assert set(PowerState.objects.values_list("meter__number", "power")) == {("MTR-1", "off"), ("MTR-2", "off")}
    stored = InboxMessage.objects.get()
    assert (bytes(stored.body), bytes(stored.reply)) == (gasps(1, 2), answer.body)
    assert (stored.items, stored.items_failed, stored.effects["new"]) == (2, 0, 2)
    hes.refresh_from_db()
    assert hes.latest_received_at == AT


@pytest.mark.parametrize(
    "device",
    [
        "<Assets><mRID>meter-1</mRID></Assets>",
        "<Assets><mRID>MTR-1</mRID></Assets>",
        "<Assets><serialNumber>MTR-1</serialNumber></Assets>",
        "<Assets><Names><name>unknown</name></Names><Names><name>MTR-1</name></Names></Assets>",
        "<UsagePoint><mRID>point-1</mRID></UsagePoint>",
        "<UsagePoint><Names><name>SDP-1</name></Names></UsagePoint>",
    ],
)
def test_a_meter_is_found_by_whatever_names_it(hes: Partner, mill_lane: MillLane, post: Post, device: str) -> None:
    kind = "<EndDeviceEventType ref='3.26.0.85'/>"
    parts = kind + device if device.startswith("<UsagePoint") else device + kind
    answer = post(
        hes,
        compose.gasps(
            f"<EndDeviceEvent><createdDateTime>2026-03-01T10:15:28Z</createdDateTime>{parts}</EndDeviceEvent>"
        ),
    )
    assert answer.status == 200
    assert MeterEvent.objects.get().meter == mill_lane.meters[0]


def test_unknown_meters_are_named_and_the_others_taken(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    answer = post(hes, gasps(1, 9))
    assert (answer.status, said(answer)["Result"], said(answer)["code"], said(answer)["ID"]) == (
        200,
        ["PARTIAL"],
        ["2.4"],
        ["MTR-9"],
    )
    assert effects() == (1, 1, 1)
    assert InboxMessage.objects.get().items_failed == 1


def test_when_nothing_can_be_taken_nothing_is_kept_but_the_reason(
    hes: Partner, mill_lane: MillLane, post: Post
) -> None:
    answer = post(hes, gasps(8, 9))
    assert (answer.status, said(answer)["Result"], said(answer)["ID"]) == (422, ["FAILED"], ["MTR-8", "MTR-9"])
    assert effects() == (0, 0, 0)
    row = Quarantine.objects.get()
    assert (row.code, row.reason, row.verb, row.noun) == ("2.4", "Invalid Meter(s)", "created", "EndDeviceEvents")
    mill_lane.meters[0].number = "MTR-8"
    mill_lane.meters[0].save()
    assert post(hes, gasps(8, 9)).status == 200


def test_a_repeat_gets_the_first_answer_and_changes_nothing(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    first = post(hes, gasps(1, 2))
    again = post(hes, gasps(1, 2).replace(b"</Source>", b"</Source>"), at=AT + dt.timedelta(minutes=5))
    assert again == first
    assert effects() == (1, 2, 1)
    assert InboxMessage.objects.get().repeats == 1


def test_a_resend_with_another_timestamp_is_a_repeat(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    def at_second(second: int) -> bytes:
        return gasps(1).replace(b"<Source>", f"<Timestamp>2026-03-01T10:15:{second}Z</Timestamp><Source>".encode())

    assert post(hes, at_second(30)) == post(hes, at_second(45))
    assert effects() == (1, 1, 1)


def test_the_same_id_with_another_content_is_refused(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    post(hes, gasps(1))
    answer = post(hes, gasps(2))
    assert (answer.status, said(answer)["code"], said(answer)["ID"]) == (409, ["6.1"], ["m-1"])
    assert effects() == (1, 1, 1)
    assert Quarantine.objects.get().message_id == "m-1"


def test_an_mdm_tells_of_loss_and_return_of_supply_as_a_head_end_does(mill_lane: MillLane, post: Post) -> None:
    """O01, O02, O05."""
    mdm = make_partner("MDM", ["created EndDeviceEvents"])
    for number, code in enumerate(("3.26.0.85", "3.26.0.216")):
        told = gasp(1, at=f"2026-03-01T10:15:2{number}Z", code=code)
        head = compose.header(message_id=f"mdm-{number}", source="MDM")
        assert post(mdm, compose.gasps(told, head)).status == 200
    assert list(PowerState.objects.values_list("meter__number", "power", "source")) == [("MTR-1", "on", "event")]
    assert set(MeterEvent.objects.values_list("source", "code")) == {("MDM", "26.0.85"), ("MDM", "26.0.216")}
    assert sorted(StoredEvent.objects.values_list("name", flat=True)) == ["MetersLostPower", "MetersRegainedPower"]


def test_who_sends_and_forgets_is_told_by_the_status_alone(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    """Fire/Forget (B03)."""
    forgotten = (
        gasps(1, message_id="f-1", more="<AckRequired>false</AckRequired>")
        .replace(b"<AckRequired>false</AckRequired>", b"")
        .replace(b"<MessageID>", b"<AckRequired>false</AckRequired><MessageID>")
    )
    for _ in range(2):
        answer = post(hes, forgotten)
        assert (answer.status, answer.body) == (202, b"")
    assert effects() == (1, 1, 1)
    stored = InboxMessage.objects.get()
    assert (stored.status, stored.repeats, b"<Result>OK</Result>" in bytes(stored.reply)) == (200, 1, True)
    refused = post(hes, forgotten.replace(b"f-1", b"f-2").replace(b"MTR-1", b"MTR-9"))
    assert (refused.status, said(refused)["code"]) == (422, ["2.4"])


def in_threads(number: int, work: Any) -> list[Any]:
    """Run the same thing at the same instant on connections of their own."""
    barrier, results = threading.Barrier(number), []

    def run() -> None:
        try:
            barrier.wait()
            results.append(work())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_copies_at_the_same_instant_have_one_effect_and_one_answer(
    hes: Partner, mill_lane: MillLane, post: Post
) -> None:
    for round_ in range(5):
        data = compose.gasps(gasp(1, f"2026-03-01T10:15:{round_:02}Z"), compose.header(message_id=f"race-{round_}"))
        answers = in_threads(12, lambda data=data: post(hes, data))
        assert len(answers) == 12
        assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
        assert effects() == (round_ + 1, round_ + 1, round_ + 1)
    assert set(InboxMessage.objects.values_list("repeats", flat=True)) == {11}


def test_different_contents_under_one_id_at_the_same_instant_have_one_winner(
    hes: Partner, mill_lane: MillLane, post: Post
) -> None:
    contents = [gasps(1), gasps(2)] * 4
    lock = threading.Lock()

    def send() -> inbox.Answer:
        with lock:
            data = contents.pop()
        return post(hes, data)

    statuses = sorted(answer.status for answer in in_threads(8, send))
    assert statuses == [200] * 4 + [409] * 4
    assert effects() == (1, 1, 1)


def wait_until_blocked() -> None:
    """Until a backend waits for another one's transaction."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    pytest.fail("nobody waits at the unique key")


@pytest.mark.parametrize("does_first_commit", [True, False])
def test_the_second_copy_waits_for_the_first(
    hes: Partner, mill_lane: MillLane, post: Post, does_first_commit: bool
) -> None:
    """The first copy is played by a connection that holds its row open: if it commits, its answer is the answer."""
    body_hash = envelope.read(gasps(1)).body_hash
    parameters = connection.get_connection_params()
    settings = {key: parameters[key] for key in ("dbname", "user", "host", "port", "password") if parameters.get(key)}
    answers: list[inbox.Answer] = []
    with psycopg.connect(**settings) as first:
        first.execute(
            "INSERT INTO integration_inboxmessage (partner_id, source, message_id, correlation_id, verb, noun, body, body_hash,"
            " received_at, result, status, reply, items, items_failed, effects, repeats)"
            " VALUES (%s, 'HES', 'm-1', '', 'created', 'EndDeviceEvents', '', %s, now(), 'OK', 200, 'first', 1, 0, '{}', 0)",
            [hes.pk, body_hash],
        )

        def second() -> None:
            answers.append(post(hes, gasps(1)))
            connections.close_all()

        thread = threading.Thread(target=second)
        thread.start()
        wait_until_blocked()
        first.commit() if does_first_commit else first.rollback()
        thread.join(20)
    (answer,) = answers
    assert answer.status == 200
    assert (answer.body == b"first") is does_first_commit
    assert effects() == ((1, 0, 0) if does_first_commit else (1, 1, 1))


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda d: d.replace(b"<Source>HES", b"<Source>CIS"), 422, "2.14"),
        (lambda d: d.replace(b"<Verb>created", b"<Verb>deleted"), 422, "2.9"),
        (lambda d: d.replace(b"<Noun>EndDeviceEvents", b"<Noun>SwitchingOrders"), 422, "2.5"),
        (lambda d: d.replace(b"<Source>", b"<Context>TESTING</Context><Source>"), 403, "7.7"),
        (
            lambda d: d.replace(b"<Source>", b"<Revision>9.0</Revision><Source>").replace(
                b"</Noun><Source>", b"</Noun><Source>"
            ),
            400,
            "1.9",
        ),
        (lambda d: d.replace(b"10:15:28Z", b"10:15"), 422, "1.8"),
        (lambda d: d[:-10], 400, "1.8"),
        (lambda d: b"<!DOCTYPE a>" + d, 400, "1.8"),
    ],
)
def test_a_refused_message_is_quarantined_and_changes_nothing(
    hes: Partner, mill_lane: MillLane, post: Post, change: Any, status: int, code: str
) -> None:
    data = change(gasps(1))
    for seen in (1, 2, 3):
        answer = post(hes, data, at=AT + dt.timedelta(seconds=seen))
        assert (answer.status, said(answer)["code"], said(answer)["Result"]) == (status, [code], ["FAILED"])
        row = Quarantine.objects.get()
        assert (row.code, row.seen, bytes(row.excerpt), row.size) == (code, seen, data, len(data))
    assert row.latest_seen_at == AT + dt.timedelta(seconds=3)
    assert effects() == (0, 0, 0)


def test_a_noun_that_is_not_the_partners_is_refused_and_an_alarm(
    hes: Partner, cis: Partner, mill_lane: MillLane, post: Post
) -> None:
    data = gasps(1).replace(b"<Source>HES", b"<Source>CIS").replace(b"</MessageID>", b"</MessageID>")
    answer = post(cis, data)
    assert (answer.status, said(answer)["code"]) == (403, ["7.5"])
    assert effects() == (0, 0, 0)
    seen = Quarantine.objects.get(partner=cis).latest_seen_at
    assert alarming.watch(at=seen + dt.timedelta(seconds=1)) == 1
    assert Alarm.objects.get(definition=alarming.OVERSTEPS, is_active=True).source == cis.name
    assert alarming.watch(at=seen + alarming.RECENT) == 0
    assert not Alarm.objects.filter(definition=alarming.OVERSTEPS, is_active=True)


def test_who_claims_to_be_the_chief_stays_what_its_account_is(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    hes.user.grants.all().delete()
    data = gasps(1).replace(b"<MessageID>", b"<User><UserID>admin</UserID></User><MessageID>")
    answer = post(hes, data)
    assert (answer.status, said(answer)["code"]) == (403, ["7.5"])
    assert effects() == (0, 0, 0)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"content_type": "application/json"}, 415),
        ({"content_type": "application/xml; charset=utf-16"}, 415),
        ({"content_encoding": "gzip"}, 415),
        ({"content_type": 'text/xml; charset="UTF-8"'}, 200),
    ],
)
def test_other_types_and_encodings_are_not_taken(
    hes: Partner, mill_lane: MillLane, post: Post, more: dict[str, str], status: int
) -> None:
    assert post(hes, gasps(1), **more).status == status
    assert Quarantine.objects.count() == 0


def test_strangers_and_giants_leave_no_row(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    assert said(post(None, gasps(1)))["code"] == ["7.4"]
    hes.is_active = False
    assert post(hes, gasps(1)).status == 401
    hes.is_active = True
    assert post(hes, b"<" * (inbox_checks.MAX_BYTES + 1)).status == 413
    assert (Quarantine.objects.count(), effects()) == (0, (0, 0, 0))


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_replayed_message_is_refused(hes: Partner, mill_lane: MillLane, post: Post, minutes: int) -> None:
    created = (AT + dt.timedelta(minutes=minutes)).isoformat()
    detection = f"<ReplayDetection><Nonce>n</Nonce><Created>{created}</Created></ReplayDetection>".encode()
    answer = post(hes, gasps(1).replace(b"</Noun>", b"</Noun>" + detection))
    assert (answer.status, said(answer)["code"]) == (409, ["7.7"])
    assert effects() == (0, 0, 0)


def test_a_nonce_is_good_for_one_message(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    """Case 12 of the negative tests: a resend is answered, the same nonce under another MessageID is not."""
    detection = f"<ReplayDetection><Nonce>n-1</Nonce><Created>{AT.isoformat()}</Created></ReplayDetection>".encode()
    data = gasps(1).replace(b"</Noun>", b"</Noun>" + detection)
    assert [post(hes, data).status for _ in range(2)] == [200, 200]
    for _ in range(2):
        answer = post(hes, data.replace(b">m-1<", b">m-2<"))
        assert (answer.status, said(answer)["code"]) == (409, ["7.7"])
    assert effects() == (1, 1, 1)


def test_a_payload_that_is_no_xml_is_refused(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    answer = post(hes, gasps(1).replace(b"</Payload>", b"<Format>RDF</Format></Payload>"))
    assert (answer.status, said(answer)["code"]) == (422, ["1.8"])
    assert "/cim/v1/models" in said(answer)["details"][0]
    assert post(hes, gasps(1).replace(b"</Payload>", b"<Format>XML</Format></Payload>")).status == 200


def test_a_mistake_of_ours_says_so_without_telling_how(
    hes: Partner, mill_lane: MillLane, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("metering.services.device_events.record_events", broken)
    answer = post(hes, gasps(1))
    assert (answer.status, said(answer)["code"]) == (500, ["5.3"])
    assert said(answer)["details"][0].startswith("incident ")
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert effects() == (0, 0, 0)
    monkeypatch.undo()
    assert post(hes, gasps(1)).status == 200


def test_a_database_that_is_away_makes_us_busy(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    """The connection is cut in the middle of the transaction; the same id is taken afterwards."""
    from adms.core.services import events

    publish = events.publish_all

    def cut(**given: Any) -> None:
        with psycopg.connect(**_settings()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        publish(**given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("metering.services.device_events.events.publish_all", cut)
        answer = post(hes, gasps(1))
    assert (answer.status, answer.retry_after_s, said(answer)["code"], said(answer)["level"]) == (
        503,
        2,
        ["5.1"],
        ["INFORM"],
    )
    connection.close()
    assert (Quarantine.objects.count(), effects()) == (0, (0, 0, 0))
    assert post(hes, gasps(1)).status == 200


def _settings() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    return {key: parameters[key] for key in ("dbname", "user", "host", "port", "password") if parameters.get(key)}


def test_an_answer_asked_for_later_goes_to_the_registered_address(
    hes: Partner, mill_lane: MillLane, post: Post
) -> None:
    hes.endpoint_url = "https://hes.example.org/cim"
    hes.save()
    more = "<Source>HES</Source><AsyncReplyFlag>true</AsyncReplyFlag><ReplyAddress>https://hes.example.org/cim</ReplyAddress>"
    answer = post(hes, gasps(1, 9).replace(b"<Source>HES</Source>", more.encode()))
    assert (answer.status, said(answer)["code"]) == (202, ["0.3"])
    row = OutboxMessage.objects.get()
    later = said(inbox.Answer(200, bytes(row.body)))
    assert (later["Result"], later["CorrelationID"], later["MessageID"]) == (
        ["PARTIAL"],
        ["m-1"],
        [str(row.message_id)],
    )
    assert effects()[1] == 1


def test_any_other_reply_address_is_never_called(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    hes.endpoint_url = "https://hes.example.org/cim"
    hes.save()
    more = (
        "<Source>HES</Source><AsyncReplyFlag>true</AsyncReplyFlag><ReplyAddress>http://127.0.0.1:6379/</ReplyAddress>"
    )
    answer = post(hes, gasps(1).replace(b"<Source>HES</Source>", more.encode()))
    assert (answer.status, said(answer)["code"]) == (200, ["0.0"])
    assert OutboxMessage.objects.count() == 0


def test_the_quarantine_of_a_partner_gone_wild_stays_bounded(
    hes: Partner, mill_lane: MillLane, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_PER_PARTNER", 5)
    other = make_partner("GIS", [])
    post(other, b"<broken")
    for number in range(12):
        post(hes, f"<broken{number}".encode() + b" " * 100_000, at=AT + dt.timedelta(seconds=number))
    assert Quarantine.objects.filter(partner=hes).count() == 5
    assert Quarantine.objects.filter(partner=other).count() == 1
    newest = Quarantine.objects.filter(partner=hes).latest("latest_seen_at")
    assert bytes(newest.excerpt).startswith(b"<broken11")
    assert (len(newest.excerpt), newest.size) == (64 * 1024, 100_009)


def test_a_rehearsal_answers_the_same_and_keeps_nothing(hes: Partner, mill_lane: MillLane, post: Post) -> None:
    given = {"partner": hes, "content_type": "application/xml", "at": AT}
    rehearsed = inbox.rehearse(data=gasps(1, 9), **given)
    assert (rehearsed.status, said(rehearsed)["Result"], said(rehearsed)["code"]) == (200, ["PARTIAL"], ["2.4"])
    assert inbox.rehearse(data=b"<broken", **given).status == 400
    assert inbox.rehearse(data=gasps(1, message_id="m-2"), **given | {"partner": None}).status == 401
    assert (Quarantine.objects.count(), OutboxMessage.objects.count(), effects()) == (0, 0, (0, 0, 0))
    hes.refresh_from_db()
    assert hes.latest_received_at is None
    assert post(hes, gasps(1, 9)).body == rehearsed.body


def test_a_rehearsal_over_http_says_that_it_is_one(transactional_db: None, mill_lane: MillLane) -> None:
    from django.test import Client

    from adms.core import actors
    from integration.services import partners

    new = partners.NewPartner(name="HES", source="HES", allowed=("created EndDeviceEvents",))
    _, token = partners.create_partner(actor=actors.system("test"), partner=new, at=AT)
    given = {"content_type": "application/xml", "headers": {"Authorization": f"Bearer {token}"}}
    answers = [
        Client().post(f"/cim/v1/messages{query}", gasps(1), **given)
        for query in ("?dry_run", "?dry_run=1", "?dry_run=0", "")
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer.headers.get("X-Dry-Run") for answer in answers] == ["1", "1", None, None]
    assert effects() == (1, 1, 1)
