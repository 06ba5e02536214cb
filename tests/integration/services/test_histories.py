"""Retention: what is old goes in its time, what the present and exactly-once need stays, and months are made ahead."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.core.management import call_command
from django.db import Error, connection, transaction

from adms.core import actors, clock, partitions, retention, runtime_settings
from adms.core.errors import NotFound
from adms.core.models import AuditEntry, Checkpoint, StoredEvent
from adms.core.selectors import retention as reading
from adms.core.services import retention as keeping
from adms.core.services.retention import TooShort
from adms.core.subscriptions import subscribers
from integration.models import InboxMessage, Job, OutboxMessage, Partner, Quarantine
from integration.selectors import inspector
from integration.services import message_words
from metering.models import MeterEvent, Ping, PingAnswer, PingBatch, PowerState
from network.models import JournalEntry
from tests.integration.services.cast import MillLane, Post
from tests.integration.services.test_inbox import gasp, gasps, said

ACTOR = actors.system("test")
OLD = 900
METER_EVENTS = "metering_meterevent"
numbers = itertools.count(1)


def ago(days: float) -> dt.datetime:
    return clock.now() - dt.timedelta(days=days)


def event(lane: MillLane, at: dt.datetime) -> MeterEvent:
    return MeterEvent.objects.create(
        meter=lane.meters[0], code=f"3.26.0.{next(numbers)}", occurred_at=at, recorded_at=at, source="t"
    )


def lies_in(row: MeterEvent) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {METER_EVENTS} WHERE id = %s", [row.pk])
        return str(cursor.fetchone()[0])


def due() -> dict[str, int]:
    return {one.name: one.due for one in reading.overview(clock.now())}


@pytest.mark.parametrize("kept", retention.declared(), ids=lambda kept: kept.name)
def test_every_kind_is_kept_longer_than_the_least_unless_told(db, kept):
    assert kept.days >= kept.least_days > 0
    assert runtime_settings.get(kept.setting) == kept.days == kept.kept_days


class TestMessages:
    @pytest.mark.usefixtures("mill_lane")
    def test_a_repeat_after_the_bytes_are_gone_gets_the_first_answer_and_does_nothing_twice(
        self, hes: Partner, post: Post
    ) -> None:
        first = post(hes, gasps(1, 2))
        InboxMessage.objects.update(received_at=ago(OLD))
        message_words.write()
        assert inspector.count("in", inspector.Wanted("MTR-1")) == 1
        assert due()["inbox"] == 1
        assert keeping.run(at=clock.now())["inbox"] == 1
        kept = InboxMessage.objects.get()
        assert (bytes(kept.body), bytes(kept.reply)) == (b"", first.body)
        assert not inspector.count("in", inspector.Wanted("MTR-1"))
        assert post(hes, gasps(1, 2)).body == first.body
        assert (InboxMessage.objects.count(), MeterEvent.objects.count()) == (1, 2)
        assert said(post(hes, gasps(1, message_id="m-2")))["Result"] == ["OK"]

    def test_what_has_not_been_delivered_keeps_its_bytes_however_old(self, hes: Partner) -> None:
        for state in ("pending", "dead", "sent"):
            OutboxMessage.objects.create(
                partner=hes, cause=state, object_key=state, verb="created", noun="x", body=b"<a/>", state=state,
                next_attempt_at=ago(OLD), created_at=ago(OLD), sent_at=ago(OLD) if state == "sent" else None,
            )  # fmt: skip
        assert keeping.run(at=clock.now()) == {"outbox": 1}
        assert {one.state: bytes(one.body) for one in OutboxMessage.objects.all()} == {
            "pending": b"<a/>", "dead": b"<a/>", "sent": b"",
        }  # fmt: skip

    def test_refused_messages_go_and_uploads_of_ended_jobs_are_emptied(self, hes: Partner) -> None:
        for age in (OLD, 1):
            seen = {"first_seen_at": ago(OLD), "latest_seen_at": ago(age)}
            Quarantine.objects.create(partner=hes, sha256=str(age), excerpt=b"x", size=1, code="1", reason="", **seen)
            Job.objects.create(kind="import", asked_by="t", upload=b"zip", created_at=ago(age), ended_at=ago(age))
        Job.objects.create(kind="import", asked_by="t", upload=b"zip", created_at=ago(OLD))
        assert keeping.run(at=clock.now()) == {"quarantine": 1, "uploads": 1}
        assert Quarantine.objects.get().sha256 == "1"
        assert sorted(bytes(one.upload) for one in Job.objects.all()) == [b"", b"zip", b"zip"]


class TestMeterEvents:
    def test_an_event_lies_in_the_month_it_happened_and_goes_with_it(self, mill_lane: MillLane) -> None:
        young, late, ancient = (event(mill_lane, at) for at in (clock.now(), ago(100), ago(OLD)))
        assert lies_in(young) == f"{METER_EVENTS}_{young.occurred_at.astimezone(dt.UTC):%Y_%m}"
        assert lies_in(late) == lies_in(ancient) == f"{METER_EVENTS}_rest"
        assert due()["meter_events"] == 1
        assert keeping.run(at=clock.now()) == {"meter_events": 1}
        assert set(MeterEvent.objects.values_list("pk", flat=True)) == {young.pk, late.pk}

    def test_a_whole_month_is_dropped_once_its_last_day_is_old(self, mill_lane: MillLane) -> None:
        row = event(mill_lane, clock.now())
        later = clock.now() + dt.timedelta(days=800 + 32)
        assert keeping.run(at=later - dt.timedelta(days=35)) == {}
        assert lies_in(row) in partitions.months(METER_EVENTS)
        assert keeping.run(at=later) == {"meter_events": 1}
        assert not MeterEvent.objects.exists()

    def test_a_month_made_later_takes_what_came_early(self, mill_lane: MillLane) -> None:
        early = event(mill_lane, clock.now() + dt.timedelta(days=200))
        assert lies_in(early).endswith("_rest")
        partitions.ensure(METER_EVENTS, "occurred_at", early.occurred_at)
        assert lies_in(early).endswith(f"{early.occurred_at.astimezone(dt.UTC):%Y_%m}")
        assert partitions.ensure(METER_EVENTS, "occurred_at", early.occurred_at) == 0

    @pytest.mark.usefixtures("mill_lane")
    def test_the_same_event_told_twice_is_one_row_in_every_month(self, hes: Partner, post: Post) -> None:
        for number, at in enumerate(("2026-03-01T10:15:28Z", "2019-01-31T23:59:59Z")):
            for again in range(2):
                told = f"m-{number}-{again}"
                post(hes, gasps(1, message_id=told).replace(gasp(1).encode(), gasp(1, at).encode()))
        assert MeterEvent.objects.count() == 2

    @pytest.mark.usefixtures("mill_lane")
    def test_whether_a_meter_has_supply_outlives_its_events(self, hes: Partner, post: Post) -> None:
        post(hes, gasps(1))
        keeping.run(at=clock.now() + dt.timedelta(days=2000))
        assert not MeterEvent.objects.exists()
        assert PowerState.objects.get().power == "off"

    def test_pings_go_with_their_answers(self, mill_lane: MillLane) -> None:
        for age in (OLD, 1, None):
            asked = ago(OLD if age is None else age)
            ended = None if age is None else asked
            ping = Ping.objects.create(
                asked_by="t", purpose="by_hand", area=mill_lane.area, asked_at=asked, ended_at=ended
            )
            batch = PingBatch.objects.create(ping=ping, meters=1, queued_at=asked)
            PingAnswer.objects.create(ping=ping, batch=batch, meter=mill_lane.meters[0], answer="on")
        assert keeping.run(at=clock.now()) == {"pings": 1}
        assert PingAnswer.objects.count() == PingBatch.objects.count() == Ping.objects.count() == 2


class TestEvents:
    @pytest.fixture
    def stored(self, mill_lane: MillLane) -> StoredEvent:
        area = mill_lane.points[0].area
        return StoredEvent.objects.create(area=area, number=1, name="OutageChanged", payload={}, recorded_at=ago(OLD))

    def test_one_that_somebody_has_not_handled_stays(self, stored):
        assert keeping.run(at=clock.now()) == {}
        names = [subscriber.name for subscriber in subscribers()]
        for name in names:
            Checkpoint.objects.create(subscriber=name, area=stored.area, number=1)
        Checkpoint.objects.filter(subscriber=names[-1]).update(number=0)
        assert keeping.run(at=clock.now()) == {}
        Checkpoint.objects.update(number=1)
        assert keeping.run(at=clock.now()) == {"events": 1}

    def test_a_young_one_cannot_be_deleted_by_anybody_nor_an_old_one_by_hand(self, stored):
        young = StoredEvent.objects.create(
            area=stored.area, number=2, name="OutageChanged", payload={}, recorded_at=clock.now()
        )
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            stored.delete()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL tieline.retention = 'on'")
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            young.delete()


@pytest.mark.django_db
class TestSettings:
    def test_a_change_is_on_the_audit_trail_and_in_force(self):
        keeping.keep(actor=ACTOR, name="pings", days=45, reason="court order", at=clock.now())
        entry = AuditEntry.objects.latest("pk")
        assert (entry.object, entry.before, entry.after) == ("retention.pings_days", {"days": 400}, {"days": 45})
        assert {one.name: one.days for one in reading.overview(clock.now())}["pings"] == 45

    def test_too_short_is_refused_and_nothing_is_what_for_ever_lets_go(self, mill_lane):
        with pytest.raises(TooShort, match="30 days at least"):
            keeping.keep(actor=ACTOR, name="pings", days=29, reason="", at=clock.now())
        with pytest.raises(NotFound, match="there are events, exports, "):
            keeping.keep(actor=ACTOR, name="journal", days=29, reason="", at=clock.now())
        keeping.keep(actor=ACTOR, name="meter_events", days=0, reason="", at=clock.now())
        event(mill_lane, ago(OLD))
        assert keeping.run(at=clock.now()) == {}

    def test_journal_and_audit_are_kept_for_ever(self):
        kept = {one.table for one in retention.declared()}
        assert not kept & set(reading.FOR_EVER)
        assert {JournalEntry._meta.db_table, AuditEntry._meta.db_table} <= set(reading.FOR_EVER)

    def test_tables_with_and_without_partitions_have_a_size_and_rows(self, mill_lane, hes):
        event(mill_lane, ago(1))
        Quarantine.objects.create(
            partner=hes,
            sha256="1",
            excerpt=b"x",
            size=1,
            code="1",
            reason="",
            first_seen_at=ago(1),
            latest_seen_at=ago(1),
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE integration_quarantine, metering_meterevent")
        told = {one.name: one for one in reading.overview(clock.now())}
        for name in ("quarantine", "meter_events", "core_auditentry"):
            assert told[name].bytes >= 8192, name
        assert told["quarantine"].rows == told["meter_events"].rows == 1

    def test_the_command_tells_sizes_and_what_would_go(self, mill_lane, capsys):
        event(mill_lane, ago(OLD))
        call_command("retention")
        shown = capsys.readouterr().out
        assert "meter_events" in shown
        assert "for ever" in shown
        call_command("retention", "--now")
        assert "removed: 1 of meter_events" in capsys.readouterr().out
        assert AuditEntry.objects.filter(action="remove_history", after={"meter_events": 1}).exists()
