"""Subscribers that take events of several areas together: in order, fairly, each once, and no event stops another."""

import datetime as dt
import zlib
from collections.abc import Callable, Iterator, Sequence

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core import subscriptions
from adms.core.events import Recorded
from adms.core.models import Checkpoint, ControlArea, FailedEvent
from adms.core.services import areas, backlog, dispatch, events
from adms.core.subscriptions import Subscriber
from outages.events import IndicesComputed

pytestmark = pytest.mark.django_db
NAME = "tests.across"
START = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
Take = Callable[..., list[list[str]]]


def at(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def publish(area: ControlArea, *moments: float) -> None:
    """One fact per moment, recorded at it; the moment is its version."""
    for moment in moments:
        fact = IndicesComputed("2026-03-09", area.key, int(moment), at(moment))
        events.publish(area_id=area.pk, facts=[fact], at=at(moment))


@pytest.fixture
def north(db: None) -> ControlArea:
    return areas.ensure(key="north", name="North")


@pytest.fixture
def south(db: None) -> ControlArea:
    return areas.ensure(key="south", name="South")


@pytest.fixture
def take() -> Iterator[Take]:
    """Deliver all there is to a subscriber of this kind; the batches it got, as "area/version". Poison makes it fail."""

    def deliver(now: float = 1000, poison: int | None = None, **pace: object) -> list[list[str]]:
        batches = []

        def handle(batch: Sequence[Recorded], _: dt.datetime) -> None:
            if any(one.event.version == poison for one in batch):
                raise ValueError("poison")
            batches.append([f"{one.area}/{one.event.version}" for one in batch])

        made = Subscriber(NAME, frozenset({"IndicesComputed"}), handle, is_across=True, **pace)  # type: ignore[arg-type]
        subscriptions._subscribers[NAME] = made
        dispatch.dispatch(clock=lambda: at(now))
        return batches

    yield deliver
    subscriptions._subscribers.pop(NAME, None)


def checkpoints() -> dict[str, int]:
    return dict(Checkpoint.objects.filter(subscriber=NAME).values_list("area__key", "number"))


def test_areas_are_taken_together_in_the_order_of_what_was_recorded(north, south, take):
    publish(north, 1, 4)
    publish(south, 2, 3)
    assert take() == [["north/1", "south/2", "south/3", "north/4"]]
    assert checkpoints() == {"north": 2, "south": 2}
    assert take() == []


def test_what_an_area_numbered_first_comes_first_whatever_the_clocks_said(north, south, take):
    publish(north, 5, 1)
    publish(south, 3)
    assert take() == [["south/3", "north/5", "north/1"]]


def test_a_flood_in_one_area_leaves_room_for_the_others(north, south, take):
    publish(north, *range(1, 21))
    publish(south, 30, 31)
    first, *others = take(most=6, weigh=lambda _: 1)
    assert first == [*(f"north/{n}" for n in range(1, 5)), "south/30", "south/31"]
    assert [len(one) for one in others] == [6, 6, 4]
    assert checkpoints() == {"north": 20, "south": 2}


def test_an_event_that_weighs_more_than_all_is_taken_alone(north, south, take):
    publish(north, 1, 2)
    publish(south, 3)
    assert take(most=1, weigh=lambda _: 5) == [["north/1"], ["north/2"], ["south/3"]]


def test_no_more_events_are_in_a_batch_than_the_subscriber_takes(north, south, take):
    publish(north, *range(1, 9))
    publish(south, 100)
    batches = take(batch=3)
    assert batches[0] == ["north/1", "north/2", "south/100"]
    assert [len(one) for one in batches] == [3, 3, 3]
    assert checkpoints() == {"north": 8, "south": 1}


def test_no_more_of_an_area_are_read_than_its_share(north, south, take):
    publish(north, *range(1, 2 * dispatch.LEAST + 1))
    publish(south, 100)
    batches = take(batch=dispatch.LEAST + 4)
    assert [len(one) for one in batches] == [dispatch.LEAST + 1, dispatch.LEAST]
    assert checkpoints() == {"north": 2 * dispatch.LEAST, "south": 1}


def test_an_event_that_fails_holds_up_neither_its_neighbours_nor_other_areas(north, south, take):
    publish(north, 1, 13, 2)
    publish(south, 3)
    assert take(poison=13) == [["north/1"], ["south/3"]]
    assert checkpoints() == {"north": 1, "south": 1}
    found = []
    for attempt in range(1, dispatch.MAX_FAILURES + 1):
        found += take(now=1000 + 100 * attempt, poison=13)
    assert found == [["north/2"]]
    assert FailedEvent.objects.get(subscriber=NAME).event.number == 2
    assert checkpoints() == {"north": 3, "south": 1}


def test_statements_do_not_grow_with_the_areas(take):
    def asked(count: int) -> int:
        for number in range(count):
            publish(areas.ensure(key=f"area-{number}", name=str(number)), 1)
        with CaptureQueriesContext(connection) as captured:
            assert sum(map(len, take())) == count
        return sum(NAME in one["sql"] or "core_storedevent AS s" in one["sql"] for one in captured)

    assert asked(12) == asked(3)


def test_who_is_urgent_has_a_turn_between_those_of_others(north, south, take, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dispatch, "URGENT_EVERY_S", -1.0)
    order: list[str] = []

    def handle(batch: Sequence[Recorded], _: dt.datetime) -> None:
        if batch[0].area == "north":
            publish(south, 9)
        order.append(f"other {batch[0].area}")

    def urgent(batch: Sequence[Recorded], _: dt.datetime) -> None:
        order.append("urgent " + " ".join(f"{one.area}/{one.event.version}" for one in batch))

    other, first = "tests.other", "tests.urgent"
    kinds = frozenset({"IndicesComputed"})
    publish(north, 1)
    publish(south, 2)
    monkeypatch.setitem(subscriptions._subscribers, other, Subscriber(other, kinds, handle))
    monkeypatch.setitem(
        subscriptions._subscribers, first, Subscriber(first, kinds, urgent, is_across=True, is_urgent=True)
    )
    dispatch.dispatch(clock=lambda: at(1000))
    assert order == ["urgent north/1 south/2", "other north", "urgent south/9", "other south"]


def test_what_is_for_others_is_looked_through_once_and_stepped_over_at_the_end(north, take):
    fact = IndicesComputed("2026-03-09", "north", 1, at(1))
    found = []

    def handle(batch: Sequence[Recorded], _: dt.datetime) -> None:
        found.append(len(batch))
        if len(found) < 3:
            publish(north, 10 + len(found))
        pairs = backlog.waiting(at=at(1000), names=["tests.deaf"])
        passed.append(backlog.waiting(at=at(1000), names=["tests.deaf"], passed=pairs))

    passed: list[list[backlog.Waiting]] = []
    events.publish(area_id=north.pk, facts=[fact], at=at(1))
    subscriptions._subscribers["tests.deaf"] = Subscriber("tests.deaf", frozenset({"CallRecorded"}), handle)
    subscriptions._subscribers[NAME] = Subscriber(NAME, frozenset({"IndicesComputed"}), handle, is_across=True)
    try:
        dispatch.dispatch(clock=lambda: at(1000))
    finally:
        del subscriptions._subscribers["tests.deaf"]
    assert found == [1, 1, 1]
    assert passed == [[], [], []]
    numbers = Checkpoint.objects.filter(subscriber__startswith="tests.").values_list("subscriber", "number")
    assert dict(numbers) == {NAME: 3, "tests.deaf": 3}


def test_who_works_alone_keeps_others_away_until_all_is_delivered(north, take):
    publish(north, 1)
    key = [zlib.crc32(NAME.encode()) - 2**31]
    with psycopg.connect(**_address(), autocommit=True) as other:
        assert other.execute("SELECT pg_try_advisory_lock(%s, 0)", key).fetchone() == (True,)
        assert take(is_alone=True) == []
        assert other.execute("SELECT pg_advisory_unlock(%s, 0)", key).fetchone() == (True,)
        assert take(is_alone=True) == [["north/1"]]
    with connection.cursor() as cursor:  # released: to release it again is in vain
        cursor.execute("SELECT pg_advisory_unlock(%s, 0)", key)
        assert cursor.fetchone() == (False,)


def test_who_is_urgent_rests_as_long_as_he_took_but_not_where_evidence_has_waited_long(
    north, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dispatch, "BRIEF_S", -1.0)
    slept: list[float] = []
    kinds = frozenset({"IndicesComputed"})

    def handle(batch: Sequence[Recorded], _: dt.datetime) -> None:
        took.append(batch[-1].event.version)
        if len(took) == 1:
            publish(north, 3)

    took: list[int] = []
    mine = Subscriber(NAME, kinds, handle, is_across=True, is_urgent=True)
    monkeypatch.setitem(subscriptions._subscribers, NAME, mine)
    monkeypatch.setattr(dispatch._Course, "rest_of", lambda self, _: 0.7 if self.rests and not slept else 0.0)
    monkeypatch.setattr(dispatch.time, "sleep", slept.append)
    publish(north, 2)
    dispatch.dispatch(clock=lambda: at(4))
    assert (took, slept) == ([2, 3], [dispatch.LOOK_EVERY_S])
    took.clear()
    publish(north, 5)
    slept.clear()
    dispatch.dispatch(clock=lambda: at(1000))
    assert (took, slept) == ([5, 3], [])


def test_a_run_ends_after_its_time_and_rings_for_the_next(north, take, monkeypatch: pytest.MonkeyPatch):
    rung: list[str] = []
    monkeypatch.setattr(dispatch, "RUN_FOR_S", -1.0)
    monkeypatch.setattr(dispatch.bell, "ring", rung.append)
    publish(north, 1, 2)
    assert take(batch=1) == [["north/1"]]
    assert rung == ["events"]
    assert take(batch=1) == [["north/2"]]


def _address() -> dict[str, object]:
    known = connection.get_connection_params()
    return {name: known[name] for name in ("host", "port", "user", "password", "dbname") if name in known}
