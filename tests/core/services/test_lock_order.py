"""Locks are taken in one order; what is published together is stored in the order of areas."""

import re

import pytest
from django.conf import settings
from django.db import transaction

from adms.core import lock_order
from adms.core.lock_order import OutOfOrder
from adms.core.models import StoredEvent
from adms.core.services import areas, events
from metering.events import PingsAnswered
from tests.cast import NOON

pytestmark = pytest.mark.django_db(transaction=True)
APPS = ("adms", "integration", "metering", "network", "outages", "workforce")


def two() -> tuple[int, int]:
    return areas.ensure(key="north", name="North").pk, areas.ensure(key="south", name="South").pk


def fact(ping: str) -> PingsAnswered:
    return PingsAnswered("m", ping, "by_hand", "", [], [], is_complete=True)


def publish(area_id: int, ping: str = "1") -> None:
    events.publish(area_id=area_id, facts=[fact(ping)], at=NOON)


@transaction.atomic
def publish_both(first: int, second: int) -> None:
    publish(first)
    publish(second)


@transaction.atomic
def publish_and_fail(area_id: int) -> None:
    publish(area_id, "taken back")
    raise ZeroDivisionError


@transaction.atomic
def ask_before_outages() -> None:
    lock_order.note(lock_order.QUESTIONS, ["pings"])
    lock_order.note(lock_order.OUTAGES, ["a"])


def test_an_area_locked_after_a_higher_one_is_told() -> None:
    north, south = two()
    with pytest.raises(OutOfOrder, match=f"areas {north} locked after areas {south}"):
        publish_both(south, north)
    assert not StoredEvent.objects.exists()


def test_what_is_held_is_taken_again_and_forgotten_at_the_end_of_the_transaction() -> None:
    north, south = two()
    with transaction.atomic():
        areas.lock([north, south])
        publish(north)
    with transaction.atomic():
        publish(south)
    with pytest.raises(ZeroDivisionError):
        publish_and_fail(south)
    with transaction.atomic():
        publish(north)


def test_a_savepoint_that_is_rolled_back_gives_its_locks_back() -> None:
    north, south = two()
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            publish_and_fail(south)
        publish(north)


def test_the_lock_of_outages_comes_before_questions_and_these_before_areas() -> None:
    north, _ = two()
    with transaction.atomic():
        lock_order.note(lock_order.OUTAGES, ["a", "b"])
        lock_order.note(lock_order.QUESTIONS, ["pings"])
        areas.lock([north])
        with pytest.raises(OutOfOrder, match="questions other locked after areas"), transaction.atomic():
            lock_order.note(lock_order.QUESTIONS, ["other"])
    with pytest.raises(OutOfOrder, match="outages a locked after questions pings"):
        ask_before_outages()


def test_facts_that_wait_are_stored_by_area_and_without_those_of_a_savepoint_that_is_rolled_back() -> None:
    north, south = two()
    with transaction.atomic(), events.deferred():
        publish(south, "1")
        publish(north, "2")
        with pytest.raises(ZeroDivisionError):
            publish_and_fail(north)
        with transaction.atomic():
            publish(south, "3")
        assert not StoredEvent.objects.exists()
    rows = StoredEvent.objects.order_by("area_id", "number").values_list("area_id", "number", "payload__ping")
    assert list(rows) == [(north, 1, "2"), (south, 1, "1"), (south, 2, "3")]


def test_no_row_is_locked_so_that_a_reference_to_it_waits() -> None:
    """A foreign key is checked at the commit, when a transaction holds the counters of all its areas: FOR UPDATE would stop it there."""
    found = []
    for path in (path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py")):
        text = path.read_text()
        calls = re.findall(r"select_for_update\((?:[^()]|\([^()]*\))*\)", text)
        found += [f"{path.name}: {call}" for call in calls if "no_key=True" not in call]
        found += [f"{path.name}: FOR UPDATE" for _ in re.findall(r"(?<!NO KEY )\bFOR UPDATE\b", text)]
    # it deletes what it locks, and passes over what somebody refers to just now
    assert sorted(found) == ["retention.py: FOR UPDATE"]
