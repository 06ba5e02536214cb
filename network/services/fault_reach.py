"""How far from a device that tripped its fault may be, by the fault current that it told: on the network as it was before the trip."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from network.domain.feeder_groups import cutting, joining
from network.domain.grid import BRANCH_CLASSES
from network.domain.physics.circuit import Circuit
from network.domain.physics.fault_currents import Thevenin
from network.domain.restoration import impedance
from network.domain.restoration.impedance import Candidate, Stretch
from network.selectors import dead_area, state
from network.selectors.dead_area import DeadArea
from network.services import power_flow

_LINE = BRANCH_CLASSES.index("ACLineSegment")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where to look first.

    Attributes:
        amperes: the fault current by phase, as `impedance.candidates` takes it.
        tolerance: share by which it may be wrong.
        candidates: lines, nearest first.
        unused: why there are none, where that is not for the current.
        ideal_sources: names of sources of which no impedance is known: with one the fault is nearer than this says.
    """

    amperes: Mapping[str, float]
    tolerance: float
    candidates: tuple[Candidate, ...] = ()
    unused: str = ""
    ideal_sources: tuple[str, ...] = ()


def by_current(*, present: state.NetworkState, tripped: int, since: dt.datetime, tolerance: float) -> Reach | None:
    """The lines on which the fault may lie by the fault current that the device has told since a moment; None where it told none.

    Lines at the voltage of the device count: behind a transformer the device sees another current than the fault draws.
    """
    amperes = dead_area.fault_currents(present, tripped, since)
    if not amperes:
        return None
    area = dead_area.behind(present, tripped)
    circuit = _circuit(present, area)
    if circuit is None:
        return Reach(amperes, tolerance, unused="the model has no impedances")
    from network.engines import opendss_faults, short_circuit  # noqa: PLC0415 - its solver takes half a second to load

    try:
        seen = opendss_faults.seen_from(circuit)
    except short_circuit.NoShortCircuitData as refused:
        return Reach(amperes, tolerance, unused=str(refused))
    found = impedance.candidates(_stretches(present, area, seen), amperes, tolerance)
    ideal = sorted(one.name for one in circuit.sources if not (one.r_ohm or one.x_ohm))
    return Reach(amperes, tolerance, tuple(found), ideal_sources=tuple(ideal))


def _circuit(present: state.NetworkState, area: DeadArea) -> Circuit | None:
    """The feeder of a device before it tripped, with all above it; what else hangs on that has no part in the fault."""
    circuits = power_flow.circuits_of(present.version_id)
    if circuits is None or not area.nodes.size:
        return None
    groups = cutting.groups_of(circuits, present.fitted, area.before, area.before.closed)
    number = next((int(one) for one in groups.of_node[area.nodes] if one >= 0), -1)
    numbers = list[int]()
    while number >= 0:
        numbers.append(number)
        number = groups.groups[number].above
    return joining.together(circuits, groups, numbers) if numbers else None


def _stretches(present: state.NetworkState, area: DeadArea, seen: Mapping[str, Thevenin]) -> list[Stretch]:
    """The lines that the device fed, on its side of all transformers, with their way from it."""
    grid, before = present.grid, area.before
    parents, fed_by = before.parent_node, before.parent_branch
    below: dict[int, list[int]] = {}
    for node in area.nodes.tolist():
        below.setdefault(int(parents[node]), []).append(node)
    begins = [node for node in area.nodes.tolist() if fed_by[node] == area.tripped]
    lengths = dead_area.lengths_km(present, [int(fed_by[node]) for node in area.nodes])
    found, waiting = list[Stretch](), [(node, 0.0) for node in begins]
    while waiting:
        above, km = waiting.pop()
        for node in below.get(above, ()):
            branch = int(fed_by[node])
            if grid.is_transformer[branch]:
                continue
            length = lengths.get(branch, 0.0) if grid.branch_class[branch] == _LINE else 0.0
            ends = [seen.get(grid.node_mrid_text(one)) for one in (above, node)]
            if length and ends[0] and ends[1]:
                found.append(Stretch(branch, km, length, ends[0], ends[1]))
            waiting.append((node, km + length))
    return found
