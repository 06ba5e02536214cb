"""FLISR against the simulated field, which refuses, stops half-way, reports late, or reports another position than there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adms.core.models import FailedEvent
from integration.simulators.scada import Field
from network.domain.phases import ABC
from outages.models import FlisrEvent
from outages.selectors.flisr_words import said
from outages.services import prediction
from tests.builders.town import Town
from tests.outages.services.flisr_acting import allow
from tests.outages.services.flisr_field import OBEDIENT, SimulatedField, simulated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    """Overrides the story feeder: these tests stand on a town."""
    prediction._tried.clear()
    yield
    assert [failed.reason for failed in FailedEvent.objects.all()] == []


def play(field: Field) -> tuple[SimulatedField, FlisrEvent, int]:
    """A fault while FLISR is automatic, until it is done or gives up; the field afterwards, the event, the broken line."""
    town = Town()
    allow("automatic")
    with simulated(town, field) as outside:
        broken = outside.strike(60)
        event = outside.play(60.5, 600)
        return outside, event, broken


def assert_fault_is_dead(outside: SimulatedField, broken: int) -> None:
    """No step may ever have closed onto the fault: the field tells, not the picture."""
    branch = outside.world.branches[broken]
    assert branch.a not in outside.world.live and branch.b not in outside.world.live


def test_a_field_that_obeys_is_restored_but_for_the_faulted_section() -> None:
    outside, event, broken = play(OBEDIENT)
    assert (event.state, event.revision) == ("done", 1), event.reason
    assert event.location["suspected"] == 1 and any("Indicators" in said(one) for one in event.location["reasons"])
    assert_fault_is_dead(outside, broken)
    dark = int((~outside.world.is_lit).sum())
    assert dark == event.location["suspected_customers"] < event.before["customers"]
    present = outside.town.present
    assert set(outside.world.live) == set((present.energisation.live & ABC).nonzero()[0].tolist())


def test_what_the_field_refuses_is_planned_anew_until_a_person_is_asked() -> None:
    outside, event, broken = play(Field(refused=1.0, delayed=0.0))
    assert outside.scada.commands_refused == outside.scada.commands >= 1
    assert event.state in ("held", "proposed", "declined"), event.reason
    failed = event.steps.filter(state="failed")
    assert failed.count() == outside.scada.commands_refused
    assert all("spring not charged" in said(step.result) for step in failed)
    assert len(set(failed.values_list("equipment_mrid", flat=True))) == failed.count(), "no switch is asked twice"
    assert_fault_is_dead(outside, broken)


def test_what_the_field_reports_late_counts_and_the_plan_goes_on() -> None:
    outside, event, broken = play(Field(refused=0.0, delayed=1.0, delay_s=30.0))
    assert outside.scada.commands_delayed == outside.scada.commands
    assert (event.state, event.revision) == ("done", 1), event.reason
    assert {said(step.result) for step in event.steps.all()} == {"reported late"}
    assert_fault_is_dead(outside, broken)


def test_an_opening_that_stops_half_way_leaves_the_section_behind_dead_too() -> None:
    outside, event, broken = play(Field(refused=0.0, delayed=0.0, stuck=1.0))
    assert outside.scada.commands_stuck == outside.scada.commands >= 2
    stuck = event.steps.filter(state="failed").order_by("pk")
    assert len({step.equipment_mrid for step in stuck}) == len(stuck) >= 2
    assert event.state in ("held", "proposed", "declined"), event.reason
    assert_fault_is_dead(outside, broken)


def test_a_contact_that_tells_the_contrary_is_not_taken_for_done() -> None:
    outside, event, broken = play(Field(refused=0.0, delayed=0.0, contrary=1.0))
    assert outside.scada.commands_contrary == outside.scada.commands >= 2
    assert not event.steps.filter(state="completed").exists()
    assert event.state in ("held", "proposed", "declined"), event.reason
    assert_fault_is_dead(outside, broken)
