"""Alarms: one row however often they come, two facts apart, nothing acknowledged unseen, nothing shelved for ever."""

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction
from django.utils.translation import gettext_lazy
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from adms.core import alarms as declaring
from adms.core.alarms import Raised
from adms.core.errors import Invalid, NotFound
from adms.core.models import Alarm, AlarmEvent, AuditEntry, ControlArea, StoredEvent
from adms.core.selectors import alarms as reading
from adms.core.services import alarms, areas
from adms.core.services.authority import NotAuthorised
from adms.core.templatetags.tieline import number
from tests import cast, pseudo

ENGINEER = cast.person("ina", "ENG")
MANAGER = cast.person("max", "MGR")
TRIP = declaring.declare("test_trip", priority=1, title="Trip", response="Look.")
LOW = declaring.declare("test_low", priority=3, title="Low", response="Wait.")


@pytest.fixture
def north(db):
    return areas.ensure(key="north", name="North")


@pytest.fixture
def south(db):
    return areas.ensure(key="south", name="South")


def come(*sources: str, kind: str = TRIP, at: float = 0, **more: object) -> int:
    return alarms.raise_(
        facts=[Raised(kind, one, "north", f"{one} tripped", **more) for one in sources], at=cast.after(at)
    )


def go(*sources: str, kind: str = TRIP, at: float = 0) -> int:
    return alarms.return_(keys=[(kind, one) for one in sources], at=cast.after(at))


def acknowledge(actor=cast.ANNA, *, at: float = 0, seen: int | None = None) -> alarms.Acknowledged:
    numbers = Alarm.objects.filter(closed_at=None).values_list("pk", flat=True)
    return alarms.acknowledge(
        actor=actor, numbers=list(numbers), seen=reading.latest() if seen is None else seen, at=cast.after(at)
    )


def test_what_stands_is_announced_once(north):
    assert come("CB1", "CB2") == 2
    assert come("CB1", at=5) == 0
    row = Alarm.objects.get(source="CB1")
    assert (row.is_active, row.is_acknowledged, row.occurrences, row.raised_at) == (True, False, 1, cast.after(0))
    assert StoredEvent.objects.filter(name="AlarmsChanged").count() == 1


def test_returned_unacknowledged_stays_until_somebody_has_seen_it(north):
    come("CB1")
    go("CB1", at=5)
    row = Alarm.objects.get()
    assert (row.is_active, row.closed_at) == (False, None)
    assert acknowledge(at=9).acknowledged == 1
    row.refresh_from_db()
    assert (row.closed_at, row.acknowledged_by) == (cast.after(9), "anna")


def test_acknowledged_stands_until_it_returns(north):
    come("CB1")
    acknowledge(at=3)
    assert Alarm.objects.get().closed_at is None
    go("CB1", at=5)
    assert Alarm.objects.get().closed_at == cast.after(5)
    assert come("CB1", at=8) == 1
    assert Alarm.objects.count() == 2


def test_what_came_again_after_the_look_is_not_acknowledged(north):
    come("CB1")
    seen = reading.latest()
    go("CB1", at=1)
    come("CB1", at=2)
    done = acknowledge(seen=seen, at=3)
    assert (done.acknowledged, done.newer) == (0, 1)
    assert not Alarm.objects.get().is_acknowledged


def test_other_areas_are_left_alone(north, south):
    come("CB1")
    with pytest.raises(NotAuthorised):
        acknowledge(cast.RAVI)
    alarms.raise_(facts=[Raised(TRIP, "CB9", "south", "CB9")], at=cast.after(1))
    done = acknowledge(cast.RAVI)
    assert (done.acknowledged, done.elsewhere) == (1, 1)
    assert not Alarm.objects.get(source="CB1").is_acknowledged


def test_acknowledging_is_on_the_audit_trail(north):
    come("CB1")
    acknowledge()
    assert AuditEntry.objects.filter(action="acknowledge_alarm", object="test_trip CB1", actor="anna").count() == 1


def test_nothing_open_is_said(north):
    with pytest.raises(NotFound):
        alarms.acknowledge(actor=cast.ANNA, numbers=[99], seen=1, at=cast.NOON)


def test_a_momentary_one_waits_to_be_seen(north):
    come("glass", is_momentary=True)
    row = Alarm.objects.get()
    assert (row.is_active, row.closed_at) == (False, None)
    acknowledge()
    assert Alarm.objects.get().closed_at is not None


def test_shelved_comes_silently_and_is_announced_when_its_time_is_over(north):
    come("CB1")
    number = Alarm.objects.get().pk
    shelf = alarms.shelve(actor=cast.ANNA, number=number, hours=1, reason="known loose contact", at=cast.after(1))
    go("CB1", at=2)
    assert come("CB1", at=3) == 0
    assert reading.summary(actor=cast.ANNA, at=cast.after(4)).unseen == 0
    assert alarms.end_shelves(at=cast.after(3599)) == 0
    assert alarms.end_shelves(at=shelf.until) == 1
    assert reading.summary(actor=cast.ANNA, at=shelf.until).unseen == 1


def test_shelved_once_ends_with_its_return(north):
    come("CB1")
    alarms.shelve(actor=cast.ANNA, number=Alarm.objects.get().pk, hours=None, reason="until mended", at=cast.after(1))
    go("CB1", at=2)
    assert not reading.shelved(actor=cast.ANNA)
    assert come("CB1", at=3) == 1


@pytest.mark.parametrize(
    ("hours", "reason", "error"), [(9, "reason", "at most 8"), (0, "reason", "more than 0"), (1, " x ", "say why")]
)
def test_shelving_needs_a_reason_and_an_end(north, hours, reason, error):
    come("CB1")
    with pytest.raises(Invalid, match=error):
        alarms.shelve(actor=cast.ANNA, number=Alarm.objects.get().pk, hours=hours, reason=reason, at=cast.NOON)


@pytest.mark.parametrize("actor", [cast.TOM, cast.RAVI, MANAGER], ids=["dispatcher", "elsewhere", "manager"])
def test_only_operators_of_the_area_shelve(north, actor):
    come("CB1")
    with pytest.raises(NotAuthorised):
        alarms.shelve(actor=actor, number=Alarm.objects.get().pk, hours=1, reason="because", at=cast.NOON)


def test_a_kind_gets_another_priority_or_is_off(north):
    come("CB1")
    alarms.change_kind(
        actor=ENGINEER, definition=TRIP, priority=3, is_enabled=True, reason="few customers", at=cast.NOON
    )
    assert Alarm.objects.get().priority == 3
    alarms.change_kind(
        actor=ENGINEER, definition=TRIP, priority=3, is_enabled=False, reason="nobody acts", at=cast.after(1)
    )
    assert come("CB2", at=2) == 0
    assert not Alarm.objects.get().is_active
    with pytest.raises(NotAuthorised):
        alarms.change_kind(actor=cast.ANNA, definition=TRIP, priority=1, is_enabled=True, reason="loud", at=cast.NOON)


def test_grouped_by_cause_the_first_out_leads(north):
    come("CB1", cause="device:CB1")
    come("7", kind=LOW, cause="device:CB1", at=3)
    come("8", kind=LOW, at=4)
    first, second = reading.standing(actor=cast.ANNA, at=cast.after(5)).groups
    assert (first.first.source, [one.source for one in first.others], first.priority) == ("CB1", ["7"], 1)
    assert second.first.source == "8"


def test_what_stands_leads_its_group(north):
    come("CB1", cause="device:CB1")
    go("CB1", at=1)
    come("7", kind=LOW, cause="device:CB1", at=3)
    (group,) = reading.standing(actor=cast.ANNA, at=cast.after(5)).groups
    assert (group.first.source, group.priority, group.unseen) == ("7", 1, 2)


def test_what_stands_comes_before_what_has_returned(north):
    come("CB1")
    come("CB2", at=1)
    go("CB2", at=2)
    told = reading.standing(actor=cast.ANNA, at=cast.after(5))
    assert [one.first.source for one in told.groups] == ["CB1", "CB2"]


def test_a_flood_counts_what_is_low_and_stands_alone(north):
    come(*(f"low-{i}" for i in range(11)), kind=LOW)
    come("CB1", at=5)
    told = reading.standing(actor=cast.ANNA, at=cast.after(10))
    assert told.summary.flood_since == cast.after(0)
    assert ([one.first.source for one in told.groups], told.more, told.summary.rate) == (["CB1"], 11, 12)
    later = reading.standing(actor=cast.ANNA, at=cast.after(700))
    assert (later.summary.flood_since, len(later.groups)) == (None, 12)


def test_of_very_many_the_most_urgent_are_read_and_the_others_counted(north, monkeypatch):
    monkeypatch.setattr(reading, "READ", 5)
    come(*(f"low-{i}" for i in range(9)), kind=LOW)
    come("CB1", at=1)
    told = reading.standing(actor=cast.ANNA, at=cast.after(2))
    assert told.groups[0].first.source == "CB1"
    assert (len(told.groups), told.more, told.summary.counts, told.summary.urgent) == (5, 5, {1: 1, 2: 0, 3: 9}, 1)


def test_a_thousand_come_and_none_is_lost(north):
    for batch in range(10):
        come(*(f"M{batch}-{i}" for i in range(100)), kind=LOW, at=batch)
    assert Alarm.objects.count() == AlarmEvent.objects.count() == 1000
    assert reading.summary(actor=cast.ANNA, at=cast.after(10)).rate == 1000


def test_rates_of_a_period(north):
    for i in range(4):
        come("CB1", at=i * 10)
        go("CB1", at=i * 10 + 1)
    told = reading.performance(actor=cast.ANNA, begin=cast.after(-3600), end=cast.after(3600))
    assert (told["rates"].alarms, told["loudest"][0]["times"], told["chattering"][0]["times"]) == (4, 4, 4)
    assert told["mix"][1] == (4, 1.0)


def test_unknown_areas_and_an_empty_batch_raise_nothing(north):
    assert alarms.raise_(facts=[Raised(TRIP, "X", "nowhere", "x")], at=cast.NOON) == 0
    assert alarms.raise_(facts=[], at=cast.NOON) == alarms.return_(keys=[], at=cast.NOON) == 0


SOURCES = ("A", "B", "C")


class Life(RuleBasedStateMachine):
    """Against a model of two facts per source: does it stand, has somebody seen it."""

    @initialize()
    def begin(self):
        self.savepoint = transaction.savepoint()
        self.at = 0.0
        self.known: dict[str, tuple[bool, bool]] = {}  # open alarms: stands, seen
        self.shelved: dict[str, bool] = {}  # until it returns

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)

    def later(self) -> float:
        self.at += 1
        return self.at

    @rule(source=st.sampled_from(SOURCES))
    def comes(self, source):
        announced = come(source, at=self.later())
        stands, _ = self.known.get(source, (False, False))
        assert announced == int(not stands and source not in self.shelved)
        if not stands:
            self.known[source] = (True, False)

    @rule(source=st.sampled_from(SOURCES))
    def goes(self, source):
        stood = go(source, at=self.later())
        stands, seen = self.known.get(source, (False, False))
        assert stood == int(stands)
        if not stands:
            return
        if seen or source in self.shelved:
            del self.known[source]
        else:
            self.known[source] = (False, False)
        if self.shelved.get(source):
            del self.shelved[source]

    @rule()
    def is_seen(self):
        if not self.known:
            return
        acknowledge(at=self.later())
        self.known = {source: (True, True) for source, (stands, _) in self.known.items() if stands}

    @rule(source=st.sampled_from(SOURCES), once=st.booleans())
    def is_shelved(self, source, once):
        row = Alarm.objects.filter(source=source, closed_at=None, is_shelved=False).first()
        if row is None or source in self.shelved:
            return
        hours = None if once else 1
        alarms.shelve(actor=cast.ANNA, number=row.pk, hours=hours, reason="because", at=cast.after(self.later()))
        self.shelved[source] = once

    @rule()
    def shelves_end(self):
        alarms.end_shelves(at=cast.after(self.later()) + dt.timedelta(hours=9))
        self.shelved.clear()

    @invariant()
    def holds(self):
        if not hasattr(self, "known"):
            return
        rows = {row.source: (row.is_active, row.is_acknowledged) for row in Alarm.objects.filter(closed_at=None)}
        assert rows == self.known
        assert {
            one
            for one, _ in reading.shelved(actor=cast.ANNA)
            and [(s.source, a) for s, a in reading.shelved(actor=cast.ANNA)]
        } == set(self.shelved)
        counted = Counter(AlarmEvent.objects.filter(kind="raised").values_list("alarm", flat=True))
        assert all(counted[row.pk] == row.occurrences for row in Alarm.objects.all())


@pytest.mark.django_db
def test_life_of_alarms(north):
    assert ControlArea.objects.filter(key="north").exists()
    machine = settings(max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Life, settings=machine)


def test_an_alarm_is_told_in_the_language_of_who_reads_it_and_one_of_old_as_it_was_written(north):
    says = {"out": gettext_lazy("%(device)s: %(customers)s customers")}
    kind = declaring.declare("told_in_words", priority=3, title="Out", response="Look", says=says)
    told = {"code": "out", "device": "F1", "customers": 1284}
    alarms.raise_(facts=[Raised(kind, "F1", "north", told)], at=cast.after(0))
    row = Alarm.objects.get(source="F1")
    assert row.text == f"F1: {number(1284)} customers"
    with pseudo.language():
        assert reading.words(row) == f"⟦F1: {number(1284)} customers⟧"
        row.told = {}
        assert reading.words(row) == row.text
