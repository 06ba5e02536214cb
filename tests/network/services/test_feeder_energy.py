"""Energy of feeders by the quarter hour out of telemetry of their heads: S05.

North --CBN (power)-- ...        South --CBS (current only)-- ...
"""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core import days
from adms.core.models import StoredEvent
from network.domain import phases as ph
from network.domain.draft import TelemetryPoint
from network.models import FeederEnergy, FeederEnergyDay
from network.selectors import feeder_energy as told
from network.services import feeder_energy, telemetry
from network.services.telemetry import Measurement
from tests.rest import NORTH, SOUTH, Api, error, publish, twin

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 3, 1)
BEGINS, ENDS = days.bounds(DAY)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def network() -> None:
    draft = twin()
    for mrid, branch, kind in (("PN", "CBN", "active_power"), ("IN", "CBN", "current"), ("IS", "CBS", "current")):
        draft.telemetry_points[mrid] = TelemetryPoint(mrid, mrid, branch, kind, ph.ABC)
    publish(draft)
    feeder_energy._closed.clear()


def tell(point: str, value: float, minutes: float, quality: str = "good") -> None:
    at = BEGINS + minutes * MINUTE
    telemetry.record_measurements(measurements=[Measurement(point, value, at, quality)], at=at)


def blocks(feeder: str) -> list[tuple[float | None, tuple[str, ...]]]:
    (found,) = told.of_time(BEGINS, ENDS, feeder=feeder)
    return [(None if one.kwh is None else round(one.kwh, 3), one.qualities) for one in found.blocks]


def test_a_value_holds_until_the_next_one_and_its_energy_falls_into_the_blocks_between() -> None:
    for minute in range(31):
        tell("PN", 400_000.0 if minute < 20 else 1_000_000.0, minute)
    first, second, *rest = blocks("Feeder N")
    assert first == (100.0, ("4.0.0",))
    assert second == (200.0, ("4.0.0",))
    assert set(rest) == {(None, ("4.5.259",))}
    assert not FeederEnergy.objects.filter(point_mrid="IN").exists(), "power is told, so the current does not count"


def test_a_current_alone_is_reckoned_and_says_so() -> None:
    for minute in range(16):
        tell("IS", 100.0, minute)
    kw = 100.0 * 400.0 * 3**0.5 * 0.95 / 1000.0
    assert blocks("Feeder S")[0] == (round(kw / 4, 3), ("4.0.0", "4.11.0"))


def test_time_nothing_is_known_of_is_scaled_bridged_or_missing() -> None:
    for minute in [*range(10), 16, *range(45, 61)]:  # the first block to two thirds, the second and third not at all
        tell("PN", 400_000.0, minute)
    first, second, third, fourth, *_ = blocks("Feeder N")
    assert first == (100.0, ("4.8.0", "4.4.2"))
    assert (second, third) == ((100.0, ("4.8.0",)),) * 2
    assert fourth == (100.0, ("4.0.0",))


@pytest.mark.parametrize("quality", ["suspect", "stale", "failed"])
def test_a_value_that_is_not_good_counts_for_nothing(quality: str) -> None:
    tell("PN", 400_000.0, 0)
    tell("PN", 900_000.0, 5, quality)
    tell("PN", 400_000.0, 10)
    row = FeederEnergy.objects.get()
    assert (row.kwh, row.covered_s) == (pytest.approx(400.0 * 5 / 60), 300.0)


def test_the_same_value_again_and_one_that_comes_late_count_once() -> None:
    for minute in (0, 5, 5, 2, 10):
        tell("PN", 600_000.0, minute)
    assert FeederEnergy.objects.get().covered_s == 600.0


def test_a_day_is_closed_once_in_each_area_when_it_is_over() -> None:
    tell("PN", 1_000.0, 0)
    tell("PN", 1_000.0, 1)
    tell("IS", 10.0, 0)
    tell("IS", 10.0, 1)
    assert feeder_energy.close_due(at=ENDS + 20 * MINUTE) == 0
    feeder_energy._closed.clear()
    assert feeder_energy.close_due(at=ENDS + 31 * MINUTE) == 2
    feeder_energy._closed.clear()
    assert feeder_energy.close_due(at=ENDS + 40 * MINUTE) == 0
    assert set(FeederEnergyDay.objects.values_list("area__key", "day")) == {(NORTH, DAY), (SOUTH, DAY)}
    assert StoredEvent.objects.filter(name="FeederEnergyClosed").count() == 2


def test_the_energy_of_a_day_is_read_over_rest() -> None:
    for minute in range(16):
        tell("PN", 400_000.0, minute)
    (found,) = Api("OPR").get("feeders/energy", day=str(DAY)).json()["results"]
    assert (found["feeder"], found["substation"], found["area"]) == ("Feeder N", "North", NORTH)
    assert found["kwh"] == pytest.approx(100.0)
    assert len(found["blocks"]) == 96
    assert found["blocks"][0]["quality"] == ["4.0.0"]
    assert found["blocks"][1]["kwh"] is None
    assert Api("OPR").get("feeders/energy", day=str(DAY), area=SOUTH).json()["results"] == []
    assert error(Api("OPR").get("feeders/energy", day="yesterday"), 422)["data"]["field"] == "day"
