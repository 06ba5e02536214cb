"""What FLISR takes for the load: the readings at the heads where they speak of the feeder as it stands, else the model's peak (P02)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from network.domain import feeder_power
from network.models import TelemetryPoint
from network.selectors import feeder_power as readings
from network.selectors import state
from network.services import telemetry
from network.services.telemetry import Measurement
from outages.selectors.flisr_words import said
from outages.services import prediction
from tests.around import around
from tests.builders.town import Town
from tests.cast import NOON, after, deliver
from tests.outages.services.flisr_acting import allow, planned

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Town]:
    """One town for all tests."""
    with django_db_blocker.unblock(), around():
        made = Town()
        deliver(NOON)
        yield made
        transaction.set_rollback(True)
    state.forget()


@pytest.fixture
def town(published: Town, db: None) -> Town:
    """The town as it was published, where plans are offered."""
    state.forget()
    prediction._tried.clear()
    allow("manual")
    return published


@pytest.fixture(autouse=True)
def network() -> None:
    """Overrides the story feeder: these tests stand on a town."""


def read_heads(town: Town, share: float, *, at: float, quality: str = "good") -> None:
    """The current at the head of every feeder, as if its loads took this share of the model's."""
    present = town.present
    grid, loads = present.grid, feeder_power.model_kw(present.grid.node_kw, present.energisation)
    told = []
    for mrid, owner in TelemetryPoint.objects.filter(kind="current").values_list("mrid", "equipment_mrid"):
        head = grid.branch_index(owner)
        kilovolts = float(grid.node_nominal_v[grid.branch_from[head]]) / 1e3
        amperes = share * float(loads[head]) / (math.sqrt(3.0) * kilovolts * feeder_power.POWER_FACTOR)
        told.append(Measurement(mrid, amperes, after(at), quality))
    telemetry.record_measurements(measurements=told, at=after(at))


def kw_back(town: Town) -> tuple[float, list[str]]:
    """The load that the best plan brings back, and what is said of the place."""
    event = planned(town)
    assert event.state == "proposed", event.reason
    return event.plans[0]["kw"], [said(one) for one in event.location["reasons"]]


def test_where_nobody_reads_the_loads_are_the_peak_of_the_model(town: Town) -> None:
    kw, reasons = kw_back(town)
    assert kw > 100.0
    assert not [one for one in reasons if one.startswith("Telemetry")]


def test_the_load_read_before_the_trip_is_what_the_plan_brings_back(town: Town) -> None:
    with transaction.atomic():
        by_model, _ = kw_back(town)
        transaction.set_rollback(True)
    state.forget()
    read_heads(town, 0.5, at=30)
    kw, reasons = kw_back(town)
    growth = 1.0 * (0.90 / 0.87)  # the highest of the four hours from noon on, by the profile of the day
    assert kw == pytest.approx(by_model * 0.5 * growth, rel=0.01)
    assert "Telemetry: what is dead took 50% of the model's load before the trip" in reasons
    assert [one for one in reasons if one.endswith("takes 50% of the model's load now")]


@pytest.mark.parametrize(("at", "quality"), [(-2_000, "good"), (30, "suspect")], ids=["too old", "of bad quality"])
def test_a_reading_that_does_not_count_leaves_the_model(town: Town, at: float, quality: str) -> None:
    read_heads(town, 0.5, at=at, quality=quality)
    assert not [one for one in kw_back(town)[1] if one.startswith("Telemetry")]


def test_a_feeder_that_was_switched_after_its_head_was_read_has_no_share(town: Town) -> None:
    read_heads(town, 0.5, at=30)
    assert readings.shares(town.present, after(0), after(50))[town.head] == pytest.approx(0.5)
    town.report(town.trunk[-1], close=False, at=40)
    found = readings.shares(town.present, after(0), after(50))
    assert town.head not in found and len(found) > 0
