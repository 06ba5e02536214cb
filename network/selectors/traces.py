"""Traces an operator asks for: from a device, over the network as it is switched, or as it was."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adms.core.errors import Invalid
from network.domain import trace as traces
from network.domain.energisation import Energisation, energise
from network.domain.trace import Traced
from network.models import Equipment
from network.selectors import state

#: Beyond so many objects their names are read for the whole model at once.
MANY = 2000
_NOTHING = Traced(np.empty(0, np.int32), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class Met:
    """An object a trace came across."""

    mrid: str
    name: str
    cim_class: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What a trace came across, in the order it met it, with the customers and kW at the nodes it touched."""

    start: str
    direction: str
    objects: list[Met]
    customers: int
    kw: float


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
    live = _energisation(device.version.model.key, phases, at, by_field_time=by_field_time)
    if direction not in _WALKS:
        raise Invalid(f"no direction {direction!r}", field="direction", known=sorted(_WALKS))
    branch = live.grid.branch_index(device.mrid)
    found = _WALKS[direction](live, branch, _start(live, device, branch))
    injections = _injections(live, found.nodes, sources_only=direction == "up")
    mrids = [live.grid.branch_mrid_text(one) for one in found.branches.tolist()] + injections
    return Trace(
        start=device.mrid,
        direction=direction,
        objects=_named(device.version_id, mrids),
        customers=traces.customers_of(live.grid, found.nodes),
        kw=traces.kw_of(live.grid, found.nodes),
    )


def _energisation(model: str, phases: int | None, at: dt.datetime | None, *, by_field_time: bool) -> Energisation:
    present = state.present(model)
    if at is None and phases is None:
        return present.energisation
    grid, closed = present.grid, present.closed
    if at is not None:
        grid, closed = state.as_known_at(model, at, by_field_time=by_field_time)
    return energise(grid, closed if phases is None else closed & np.uint8(phases))


def _start(live: Energisation, device: Equipment, branch: int) -> int:
    """The node it is fed through."""
    if branch >= 0:
        return traces.feeding_end(live, branch)
    injection = live.grid.injection_index(device.mrid)
    if injection < 0:
        raise Invalid(f"{device.name} is not in the published version", field="device")
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


def _injections(live: Energisation, nodes: NDArray[np.int32], *, sources_only: bool) -> list[str]:
    """One-terminal equipment at these nodes; on the way up only what feeds it."""
    grid = live.grid
    at = np.isin(grid.injection_node, nodes)
    if sources_only:
        at &= np.isin(np.arange(at.size), grid.source_injection)
    return [bytes(grid.injection_mrid[one]).decode() for one in np.flatnonzero(at).tolist()]


def _named(version_id: int, mrids: list[str]) -> list[Met]:
    rows = Equipment.objects.filter(version_id=version_id)
    if len(mrids) <= MANY:
        rows = rows.filter(mrid__in=mrids)
    known = {mrid: (name, cim_class) for mrid, name, cim_class in rows.values_list("mrid", "name", "cim_class")}
    return [Met(mrid, *known[mrid]) for mrid in mrids if mrid in known]
