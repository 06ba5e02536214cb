"""FLISR and fault currents: where to look first, within what protection and indicators suspect and never against them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from integration.services import simulation_world
from integration.simulators import chart as charts
from integration.simulators import short_circuit
from network.domain.generation import TRANSFORMER_R, TRANSFORMER_X
from network.models import Equipment, TelemetryPoint
from network.selectors import state
from network.services import telemetry
from network.services.telemetry import Measurement
from outages.models import FlisrEvent
from outages.selectors.flisr_words import said
from outages.services import prediction
from outages.services.flisr import deciding
from tests.around import around
from tests.builders.town import Town
from tests.cast import ANNA, NOON, after, deliver
from tests.outages.services.flisr_acting import allow, pass_time
from tests.people import Person, text

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Town]:
    """One town for all tests; each test's changes are taken back to here."""
    with django_db_blocker.unblock(), around():
        made = Town()
        deliver(NOON)
        for phases, phase in ((1, "A"), (2, "B"), (4, "C")):
            TelemetryPoint.objects.create(
                version_id=made.present.version_id, mrid=f"fault-{phase}", name=f"fault {phase}",
                equipment_mrid=made.mrid(made.head), kind="fault_current", phases=phases,
            )  # fmt: skip
        yield made
        transaction.set_rollback(True)
    state.forget()


@pytest.fixture(autouse=True)
def network() -> None:
    """Overrides the story feeder: these tests stand on a town."""
    state.forget()
    prediction._tried.clear()


@pytest.fixture
def town(published: Town, db: None) -> Town:
    return published


def attributes(town: Town, branch: int) -> dict[str, Any]:
    found = Equipment.objects.get(version_id=town.present.version_id, mrid=town.mrid(branch))
    return dict(found.attributes)


def lines(town: Town, first: int, last: int) -> list[int]:
    """Lines between two switches along a feeder, from the head on."""
    grid, live = town.present.grid, town.present.energisation
    node = next(n for n in (int(grid.branch_from[last]), int(grid.branch_to[last])) if live.parent_branch[n] != last)
    found = []
    while (branch := int(live.parent_branch[node])) != first:
        found.append(branch)
        node = int(live.parent_node[node])
    return [branch for branch in reversed(found) if "length_m" in attributes(town, branch)]


def cable(town: Town) -> tuple[int, int]:
    """A section that is a cable: how many indicators operate for a fault in it, and its line."""
    pairs = enumerate(zip(town.trunk[1:], town.trunk[2:], strict=False), start=2)
    return next((place, between[0]) for place, pair in pairs if (between := lines(town, *pair)))


def planned(town: Town, operated: int) -> FlisrEvent:
    """The head trips, so many indicators along the feeder operate, and it stays open: the event after it was planned."""
    town.trip(60, operated=operated)
    for later in (60.5, 81, 92):
        event = pass_time(later)
    assert event is not None
    return event


def bolted(town: Town, line: int, share: float) -> float:
    """A of a fault of all phases on a line, by the positive sequence of what is on the way from the source: no engine."""
    grid, live = town.present.grid, town.present.energisation
    volts = float(grid.node_nominal_v[grid.branch_from[line]])
    node = next(n for n in (int(grid.branch_from[line]), int(grid.branch_to[line])) if live.parent_branch[n] == line)
    ohm = 0j
    while (branch := int(live.parent_branch[node])) >= 0:
        told = attributes(town, branch)
        if grid.is_transformer[branch]:
            ohm += complex(TRANSFORMER_R, TRANSFORMER_X) * volts**2 / (told["rated_kva"] * 1e3)
        elif "length_m" in told:
            whole = complex(told["ACLineSegment.r"], told["ACLineSegment.x"])
            ohm += whole * (share if branch == line else 1.0)
        node = int(live.parent_node[node])
    return volts / 3.0**0.5 / abs(ohm)


def test_the_simulated_field_tells_the_current_that_the_impedances_of_the_network_make(town: Town) -> None:
    chart = charts.read(simulation_world.world(model=town.key))
    _, line = cable(town)
    mva = short_circuit.mva(chart, chart.world.branch_at[town.mrid(line)])
    assert mva is not None
    (point,) = [one for one in chart.fault_currents if one.mrid == "fault-A"]
    assert mva * 1e6 / (3.0**0.5 * point.nominal_v) == pytest.approx(bolted(town, line, 0.5), rel=1e-3)


def tell(amperes: float, at: float) -> None:
    """The protection at the head tells what it saw on each phase."""
    measured = [Measurement(f"fault-{phase}", amperes, after(at)) for phase in "ABC"]
    telemetry.record_measurements(measurements=measured, at=after(at))


def test_a_fault_current_names_the_line_to_look_at_first_and_leaves_what_is_held_off_alone(town: Town) -> None:
    allow("manual")
    place, line = cable(town)
    tell(bolted(town, line, 0.5), 60)
    event = planned(town, place)
    assert event.state == "proposed", event.reason
    assert event.location["suspected"] == 1  # as the indicators say, whatever the current says
    first = event.location["look_first"]
    named = {one["mrid"]: one for one in first["lines"]}
    assert town.mrid(line) in named, first
    true = named[town.mrid(line)]
    assert 0.0 < true["from_km"] < true["to_km"]
    assert {"3ph ABC", "3ph-g ABC"} == set(true["kinds"])
    reasons = [said(reason) for reason in first["reasons"]]
    where = f"one of {len(named)} lines" if len(named) > 1 else "one line"
    assert f"the fault lies on {where}, " in reasons[0] and "with it, nearer" in reasons[0]
    assert any("No impedance of the source is known" in reason for reason in reasons)
    page = text(Person("OPR").get(f"/flisr/{event.pk}/"))
    assert "Look here first" in page and true["name"] in page
    marks = text(Person("OPR").fetch(f"/outages/field/{town.present.model}/"))
    assert marks.count('data-kind="search"') == len(named) and f"Look for the fault on {true['name']}" in marks
    # A plan made anew keeps it.
    deciding.plan_again(actor=ANNA, event_id=event.pk, at=after(100))
    pass_time(101)
    assert FlisrEvent.objects.get(pk=event.pk).location["look_first"] == first
    # Another current than before is another answer, even without a line.
    tell(5.0, 110)
    deciding.plan_again(actor=ANNA, event_id=event.pk, at=after(111))
    pass_time(112)
    told = FlisrEvent.objects.get(pk=event.pk).location["look_first"]
    assert told["lines"] == [] and "so much or so little" in said(told["reasons"][0])


def test_a_current_that_points_where_the_indicators_do_not_is_told_and_not_used(town: Town) -> None:
    allow("manual")
    tell(bolted(town, lines(town, town.head, town.trunk[0])[0], 0.01), 60)
    event = planned(town, cable(town)[0])
    assert event.location["suspected"] == 1
    first = event.location["look_first"]
    assert not first["lines"] and "outside of the suspected sections, and is not used" in said(first["reasons"][0])


def test_an_older_fault_current_says_nothing(town: Town) -> None:
    allow("manual")
    tell(1_000.0, 30)
    assert planned(town, cable(town)[0]).location["look_first"] == {}
