"""Traces an operator asks for: from a device, over the network as it is switched, or as it was.

Each phase is traced by itself, because a fuse that is open on one phase, or a tie closed on two, gives each its own way; what is told
is all that any of the phases came across, and what hangs on each.
"""

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext
from numpy.typing import NDArray

from adms.core.errors import Invalid
from network.domain import trace as traces
from network.domain.energisation import Energisation, energise
from network.domain.grid import Grid
from network.domain.phases import ABC
from network.domain.trace import Traced
from network.models import Equipment
from network.selectors import state

#: So many names are asked for at once.
CHUNK = 5_000
#: Live networks by single phases that are kept: those of the state that is looked at now.
KEPT = 3
PHASES = {"A": 1, "B": 2, "C": 4}
_NOTHING = Traced(np.empty(0, np.int32), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class Met:
    """An object a trace came across."""

    mrid: str
    name: str
    cim_class: str
    phases: str  # on which it was met


@dataclass(frozen=True, slots=True)
class Share:
    """What hangs on one phase of a trace: customers that use it, and their load by the share of their phases."""

    customers: int
    kw: float


@dataclass(frozen=True, slots=True)
class Trace:
    """What a trace came across, in the order it met it, with the customers and kW at the nodes it touched."""

    start: str
    direction: str
    objects: list[Met]
    customers: int
    kw: float
    by_phase: dict[str, Share]


def trace(
    device: Equipment,
    *,
    direction: str,
    phases: int | None = None,
    at: dt.datetime | None = None,
    by_field_time: bool = True,
) -> Trace:
    """Trace from a device: "up" to its source, "down" to all it feeds, its "feeder", all "connected", or the "loop" it lies in.

    Args:
        device: where to start; it is not among the objects of "up" and "down".
        direction: see above.
        phases: only these; all otherwise.
        at: the network as it was then; as it is now otherwise.
        by_field_time: `at` asks for what was true then; otherwise for what was known then.

    Raises:
        Invalid: no such direction, or the device is no longer in the published version.
    """
    if direction not in _WALKS:
        raise Invalid(
            gettext("no direction %(direction)s") % {"direction": f"{direction!r}"},
            field="direction",
            known=sorted(_WALKS),
        )
    whole = _energisation(device.version.model.key, at, by_field_time=by_field_time)
    grid, branch = whole.grid, whole.grid.branch_index(device.mrid)
    _start(whole, device, branch)
    met = _Met(grid)
    for letter, bit in PHASES.items():
        if bit & (phases or ABC) & _phases_of(grid, device, branch):
            live = on_phase(whole, bit)
            met.add(letter, _WALKS[direction](live, branch, _start(live, device, branch)))
    nodes = met.nodes()
    return Trace(
        start=device.mrid,
        direction=direction,
        objects=met.objects(device.version_id, sources_only=direction == "up"),
        customers=traces.customers_of(grid, nodes) if phases is None else met.customers(nodes, phases),
        kw=traces.kw_of(grid, nodes),
        by_phase={letter: met.share(letter) for letter in met.found},
    )


def common_upstream(devices: Sequence[Equipment]) -> Equipment | None:
    """The nearest switch through which all of these are fed now; None where they have none in common.

    Raises:
        Invalid: of several models, or one is no longer in the published version.
    """
    if len({device.version_id for device in devices}) != 1:
        raise Invalid(gettext("they are not of one network"), field="devices")
    live = state.present(devices[0].version.model.key).energisation
    ways = []
    for device in devices:
        branch = live.grid.branch_index(device.mrid)
        way = traces.upstream(live, _start(live, device, branch)).branches
        ways.append(way[live.grid.is_switch[way]].tolist())
    shared = set(ways[0]).intersection(*ways[1:])
    nearest = next((branch for branch in ways[0] if branch in shared), None)
    rows = Equipment.objects.filter(version_id=devices[0].version_id, mrid=live.grid.branch_mrid_text(nearest or 0))
    return None if nearest is None else rows.first()


@functools.lru_cache(maxsize=KEPT)
def on_phase(whole: Energisation, bit: int) -> Energisation:
    """The same positions with one phase alone."""
    return energise(whole.grid, whole.closed & np.uint8(bit))


class _Met:
    """What the traces of single phases came across, taken together."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.found: dict[str, Traced] = {}

    def add(self, letter: str, found: Traced) -> None:
        self.found[letter] = found

    def nodes(self) -> NDArray[np.int32]:
        """All of them, each once."""
        return _union([found.nodes for found in self.found.values()])

    def objects(self, version_id: int, *, sources_only: bool) -> list[Met]:
        """In the order of the first phase that met them, branches before what hangs at the nodes."""
        letters: dict[int, str] = {}
        for letter, found in self.found.items():
            for branch in found.branches.tolist():
                letters[branch] = letters.get(branch, "") + letter
        mrids = {self.grid.branch_mrid_text(branch): phases for branch, phases in letters.items()}
        return _named(version_id, mrids | self._injections(sources_only=sources_only))

    def _injections(self, *, sources_only: bool) -> dict[str, str]:
        """One-terminal equipment at the nodes; on the way up only what feeds it."""
        grid = self.grid
        built = grid.source_injection[grid.source_injection >= 0]  # mobile generation is none of the model's
        candidates = np.sort(built) if sources_only else np.arange(grid.injection_node.size)
        letters: dict[int, str] = {}
        for letter, found in self.found.items():
            reached = np.zeros(grid.node_count, np.bool_)
            reached[found.nodes] = True
            has = (_or_all(grid.injection_phases[candidates]) & PHASES[letter]) != 0
            for one in candidates[reached[grid.injection_node[candidates]] & has].tolist():
                letters[one] = letters.get(one, "") + letter
        return {bytes(grid.injection_mrid[one]).decode(): letters[one] for one in sorted(letters)}

    def customers(self, nodes: NDArray[np.int32], bits: int) -> int:
        """Customers at nodes that use any of these phases."""
        at = np.zeros(self.grid.node_count, np.bool_)
        at[nodes] = True
        uses = (_or_all(self.grid.group_phases) & self.grid.node_phases[self.grid.group_node] & bits) != 0
        return int(self.grid.group_customers[at[self.grid.group_node] & uses].sum())

    def share(self, letter: str) -> Share:
        """What hangs on one phase."""
        nodes, bit = self.found[letter].nodes, PHASES[letter]
        present = self.grid.node_phases[nodes] & ABC
        share = ((present & bit) != 0) / np.maximum(np.bitwise_count(present), 1)
        return Share(self.customers(nodes, bit), float((self.grid.node_kw[nodes] * share).sum()))


def _or_all(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """All phases where none is said."""
    return np.where(bits & ABC, bits & ABC, ABC).astype(np.uint8)


def _phases_of(grid: Grid, device: Equipment, branch: int) -> int:
    return int(grid.branch_phases[branch]) if branch >= 0 else device.phases & ABC or ABC


def _energisation(model: str, at: dt.datetime | None, *, by_field_time: bool) -> Energisation:
    if at is None:
        return state.present(model).energisation
    return energise(*state.as_known_at(model, at, by_field_time=by_field_time))


def _start(live: Energisation, device: Equipment, branch: int) -> int:
    """The node it is fed through."""
    if branch >= 0:
        return traces.feeding_end(live, branch)
    injection = live.grid.injection_index(device.mrid)
    if injection < 0:
        raise Invalid(gettext("%(name)s is not in the published version") % {"name": device.name}, field="device")
    return int(live.grid.injection_node[injection])


def _down(live: Energisation, branch: int, node: int) -> Traced:
    below = traces.fed_node(live, branch) if branch >= 0 else node
    return traces.downstream(live, below) if below >= 0 else _NOTHING


def _feeder(live: Energisation, branch: int, node: int) -> Traced:
    is_head = branch >= 0 and bool(live.grid.is_feeder_head[branch])
    head = branch if is_head else int(live.feeder[node])
    return traces.feeder(live, head) if head >= 0 else _NOTHING


def _loop(live: Energisation, branch: int, node: int) -> Traced:  # noqa: ARG001 - all walks are asked alike
    rings = [traces.ring(live, closing) for closing in live.loops.tolist()]
    mine = [ring for ring in rings if branch in ring.branches]
    return Traced(_union([ring.branches for ring in mine]), _union([ring.nodes for ring in mine]))


_WALKS: dict[str, Callable[[Energisation, int, int], Traced]] = {
    "up": lambda live, _, node: traces.upstream(live, node),
    "down": _down,
    "feeder": _feeder,
    "connected": lambda live, _, node: traces.connected(live, node),
    "loop": _loop,
}


def _union(parts: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.unique(np.concatenate(parts)).astype(np.int32) if parts else np.empty(0, np.int32)


def _named(version_id: int, phases: dict[str, str]) -> list[Met]:
    """Names and classes by mRID, in the order given."""
    mrids = list(phases)
    known: dict[str, tuple[str, str]] = {}
    for first in range(0, len(mrids), CHUNK):
        rows = Equipment.objects.filter(version_id=version_id, mrid__in=mrids[first : first + CHUNK]).order_by()
        known |= {mrid: (name, cim_class) for mrid, name, cim_class in rows.values_list("mrid", "name", "cim_class")}
    return [Met(mrid, *known[mrid], phases[mrid]) for mrid in mrids if mrid in known]
