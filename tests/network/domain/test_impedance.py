"""Where a fault may lie by the size of its current: the true place is among the candidates, whatever the feeder looks like."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.domain.physics.fault_currents import (
    Kind,
    Section,
    Thevenin,
    behind,
    fault_currents,
    seen_from,
    sequence_matrix,
    symmetric_source,
)
from network.domain.restoration.impedance import ANY, Stretch, candidates
from tests.network.domain.physics.test_fault_currents import FOLDER, feeder, polar
from tests.paths import needs_shared

SOURCE = symmetric_source(20.0, complex(0.3, 2.0), complex(0.4, 2.5))
PER_KM = sequence_matrix(complex(0.2, 0.35), complex(0.35, 1.4))


def stretches(lines: list[tuple[int, float]]) -> list[Stretch]:
    """Line n, so many km long, hangs on the end of an earlier line, or on the device (-1)."""
    ends: list[tuple[Thevenin, float]] = []
    found = []
    for number, (above, km) in enumerate(lines):
        begin, start = (SOURCE, 0.0) if above < 0 else ends[above]
        end = behind(begin, Section("", "", PER_KM * km))
        ends.append((end, start + km))
        found.append(Stretch(number, start, km, begin, end))
    return found


def measured(place: Thevenin, kind: Kind, phases: str) -> dict[str, float]:
    return dict(zip("ABC", np.abs(fault_currents(place, kind, phases)).tolist(), strict=True))


@st.composite
def feeders(draw: st.DrawFn) -> list[tuple[int, float]]:
    count = draw(st.integers(1, 8))
    return [(draw(st.integers(-1, number - 1)), draw(st.floats(0.05, 4.0))) for number in range(count)]


FAULTS: list[tuple[Kind, str]] = [("1ph", "B"), ("2ph", "AC"), ("2ph-g", "BC"), ("3ph", "ABC"), ("3ph-g", "ABC")]


@given(
    feeders(), st.floats(0.0, 1.0), st.sampled_from(FAULTS), st.lists(st.floats(-0.05, 0.05), min_size=3, max_size=3),
    st.sets(st.sampled_from("ABC")), st.data(),
)  # fmt: skip
def test_the_true_place_is_among_the_candidates(
    lines: list[tuple[int, float]],
    share: float,
    fault: tuple[Kind, str],
    errors: list[float],
    unread: set[str],
    data: st.DataObject,
) -> None:
    """However wrong within the tolerance each phase is read, and whichever faulted phases are read."""
    made = stretches(lines)
    true = data.draw(st.sampled_from(made))
    read = measured(true.at(share), *fault)
    read = {phase: amperes * (1.0 + error) for (phase, amperes), error in zip(read.items(), errors, strict=True)}
    if not set(fault[1]) <= unread:
        read = {phase: amperes for phase, amperes in read.items() if phase not in unread}
    one = next(one for one in candidates(made, read, 0.05) if one.branch == true.branch)
    km = true.start_km + share * true.length_km
    assert one.nearest_km - 1e-6 <= km <= one.farthest_km + 1e-6


def test_laterals_at_the_same_distance_are_all_named_nearest_first() -> None:
    made = stretches([(-1, 2.0), (0, 3.0), (0, 1.0), (2, 2.0)])
    found = candidates(made, measured(made[1].at(0.5), "1ph", "A"), 0.02)
    assert {one.branch for one in found} == {1, 3}
    assert all(one.nearest_km < 3.5 < one.farthest_km < 4.0 and one.kinds == ("1ph A",) for one in found)


def test_a_fault_with_resistance_lies_nearer_than_the_candidates_say() -> None:
    made = stretches([(-1, 2.0), (0, 3.0)])
    amperes = np.abs(fault_currents(made[0].at(0.5), "1ph", "A", ohm=1.0)).max()
    found = candidates(made, {"A": float(amperes)}, 0.0)
    assert found and found[0].nearest_km > 1.0


def test_a_current_of_no_phase_is_tried_for_every_fault() -> None:
    made = stretches([(-1, 4.0)])
    amperes = max(measured(made[0].at(0.5), "2ph", "AB").values())
    found = candidates(made, {ANY: amperes}, 0.01)
    assert {"2ph AB", "2ph AC", "2ph BC"} <= set(found[0].kinds)
    assert found[0].nearest_km < 2.0 < found[0].farthest_km


@pytest.mark.parametrize("amperes", [5.0, 50_000.0])
def test_a_current_that_no_fault_draws_has_no_candidate(amperes: float) -> None:
    assert candidates(stretches([(-1, 4.0)]), {"A": amperes, "B": 1.0, "C": 1.0}, 0.05) == []


def test_a_lateral_without_the_faulted_phase_is_none() -> None:
    made = stretches([(-1, 1.0), (0, 2.0)])
    other = Thevenin(made[1].end.v, made[1].end.z, "A")
    lateral = Stretch(9, 1.0, 2.0, made[1].begin, other)
    found = candidates([*made, lateral], measured(made[1].at(0.5), "1ph", "B"), 0.02)
    assert [one.branch for one in found] == [1]


@needs_shared
def test_faults_of_ieee_34_without_resistance_are_found_by_their_size_alone() -> None:
    """Recorded sizes at the substation; the true bus is an end of a candidate, or as near to one as the tolerance of 3 %."""
    sections = feeder()
    with (FOLDER / "ieee34_fault_location_shared.csv").open() as file:
        rows = list(csv.DictReader(file))
    checked = 0
    for row in rows:
        if float(row["fault_resistance_ohm"]) or row["fault_bus"] == "890":
            continue
        v = np.array([polar(row, f"V{phase}") for phase in "abc"])
        seen = seen_from("800", Thevenin(v, np.zeros((3, 3), dtype=complex)), sections)
        made = [
            Stretch(number, 0.0, 1.0, seen[one.from_bus], seen[one.to_bus])
            for number, one in enumerate(sections)
            if one.turns is None
        ]
        found = candidates(made, {phase.upper(): float(row[f"I{phase}_mag"]) for phase in "abc"}, 0.03)
        ends = {bus for one in found for bus in (sections[one.branch].from_bus, sections[one.branch].to_bus)}
        assert row["fault_bus"] in ends, (row["fault_bus"], row["fault_type"])
        checked += 1
    assert checked > 30
