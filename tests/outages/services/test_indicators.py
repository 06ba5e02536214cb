"""Fault indicators of telemetry speak for or against the devices behind them, in both engines (X06)."""

import pytest

from network.models import TelemetryPoint
from network.selectors import state
from outages.models import Evidence
from outages.selectors import indicators, known_evidence, pool, rule_sets, trees
from outages.services import rule_sets as writing
from tests.cast import NOON, after, deliver, feeder, gasp, meters_at, person, publish
from tests.outages.services.acting import going, outage_at, settle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(db) -> None:
    """The feeder of the stories, with an indicator at F1 and one on L2, the line behind SW1."""
    state.forget()
    publish(feeder())
    version = state.published_version_id("story")
    for name, mrid in (("FI F1", "F1"), ("FI L2", "L2")):
        TelemetryPoint.objects.create(
            version_id=version, mrid=name, name=name, equipment_mrid=mrid, kind="fault_indicator", phases=7
        )


def says(name: str, *, operated: bool, at: float, quality: str = "good") -> None:
    TelemetryPoint.objects.filter(mrid=name).update(value=float(operated), quality=quality, occurred_at=after(at))


def seen(since: float = 0.0) -> set[tuple[str, bool]]:
    devices = trees.current(state.present("story"))
    found = indicators.of(devices, after(since).timestamp())
    return {(devices.mrid(int(device)), bool(yes)) for device, yes in zip(found.device, found.operated, strict=True)}


def test_who_never_said_anything_says_nothing():
    assert seen() == set()


def test_one_at_a_device_speaks_of_that_device():
    says("FI F1", operated=True, at=5)
    assert seen() == {("F1", True)}
    says("FI F1", operated=False, at=-90_000)
    assert seen() == {("F1", False)}


def test_one_on_a_line_speaks_for_the_device_before_it_or_against_those_behind():
    says("FI L2", operated=True, at=5)
    assert seen() == {("CB1", True)}
    says("FI L2", operated=False, at=5)
    assert seen() == {("F2", False), ("T5", False)}


def test_an_operation_of_an_earlier_fault_and_a_word_of_bad_quality_say_nothing():
    says("FI F1", operated=True, at=-3600)
    says("FI L2", operated=False, at=0, quality="suspect")
    assert seen() == set()


def test_prediction_is_given_them_and_names_them():
    general = {"min_fraction": 0.9, "min_branches": 2, "ask_on_prediction": "none"}
    writing.write(actor=person("mia", "MGR"), area=None, name="normal", values=general, reason="strict", at=NOON)
    gasp(meters_at("T3")[:1] + meters_at("T4")[:1], NOON)
    says("FI F1", operated=True, at=1)
    deliver(after(1))
    reports = pool.dark("story", [], None)
    known = known_evidence.of(trees.current(state.present("story")), reports, None, [])
    assert known.indicators.operated.tolist() == [True]
    assert Evidence.objects.count() == 2
    settle(60)
    assert ("F2", "new", 9) in going()
    gasp(meters_at("T1")[:2], after(70))
    settle(130)
    assert rule_sets.named(None, "normal").get("min_fraction") == 0.9
    checks = {one["key"]: one for one in outage_at("F2").explanation["checks"]}
    assert "indicator" not in checks  # none at it or above says anything
