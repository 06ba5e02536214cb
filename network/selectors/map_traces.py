"""Traces as the map shows them: branches to colour, and the same in words for who cannot see colours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from adms.core.errors import Invalid
from network.domain import trace as traces
from network.domain.energisation import Energisation
from network.domain.grid.arrays import Bool
from network.domain.trace import Traced
from network.selectors import critical, equipment
from network.selectors.class_word import class_word
from network.selectors.state import NetworkState

#: Rows of the list beside the map.
MOST_LISTED = 200
#: What each trace is called, the key that asks for it, and its words in a sentence.
KINDS: dict[str, tuple[str | Promise, str, str | Promise]] = {
    "down": (_("Downstream"), "d", _("downstream of")),
    "up": (_("Upstream"), "u", _("upstream of")),
    "open": (_("To open"), "v", _("up to the next open devices from")),
    "protective": (_("To protective"), "p", _("up to the next protective devices from")),
    "telemetered": (_("To telemetered"), "y", _("up to the next telemetered devices from")),
    "feeder": (_("Feeder"), "e", _("on the feeder of")),
    "connected": (_("Connected"), "k", _("connected to")),
    "loop": (_("Loops"), "w", _("in loops through")),
}


@dataclass(frozen=True, slots=True)
class Lit:
    """What a trace came across. `stops` are the devices it ended at, `joined` the jumpers and generation it went through."""

    kind: str
    branches: NDArray[np.int32]
    stops: NDArray[np.int32]
    customers: int
    critical: int
    kw: float
    joined: list[str]


def trace(shown: NetworkState, kind: str, branch: int, to: int = -1) -> Lit:
    """Trace from a branch through a state.

    Args:
        shown: the present state, or a past one.
        kind: one of KINDS, or "path" with `to`.
        branch: where to begin.
        to: where a path is to end.

    Raises:
        Invalid: no such trace, or a path without an end.
    """
    if kind == "path" and to < 0:
        raise Invalid(gettext("choose where the path is to end"), field="to")
    if kind not in _WALKS:
        raise Invalid(gettext("no trace %(kind)s") % {"kind": f"{kind!r}"}, field="kind", known=sorted(_WALKS))
    found, stops = _WALKS[kind](shown.energisation, branch, to)
    nodes = found.nodes[found.nodes < shown.fitted.base.node_count]
    return Lit(
        kind,
        found.branches[found.branches < shown.positions.size],
        stops[stops < shown.positions.size],
        traces.customers_of(shown.grid, nodes),
        critical.count(shown.model, nodes.tolist()),
        traces.kw_of(shown.grid, nodes),
        _joined(shown, found.branches),
    )


def listing(model: str, lit: Lit) -> list[dict[str, Any]]:
    """The devices a trace came across, those it ended at first; lines last."""
    stops = set(lit.stops.tolist())
    wanted = [*lit.stops.tolist(), *(branch for branch in lit.branches.tolist() if branch not in stops)]
    rows = equipment.by_branch(model, wanted[: MOST_LISTED * 20])
    known = [rows[branch] for branch in wanted if branch in rows]
    known.sort(key=lambda row: (row.index not in stops, not row.is_switch, row.cim_class == "ACLineSegment"))
    return [
        {"branch": row.index, "name": row.name, "kind": class_word(row.cim_class), "is_stop": row.index in stops}
        for row in known[:MOST_LISTED]
    ]


def _joined(shown: NetworkState, branches: NDArray[np.int32]) -> list[str]:
    """Names of the temporary elements among branches: they have no place of their own on the map."""
    met = {shown.grid.branch_mrid_text(branch) for branch in branches[branches >= shown.positions.size].tolist()}
    return [one.name for one in shown.fitted.overlay.elements if one.mrid in met]


def _start(live: Energisation, branch: int) -> int:
    return traces.feeding_end(live, branch)


def _below(live: Energisation, branch: int) -> Traced:
    node = traces.fed_node(live, branch)
    return traces.downstream(live, node) if node >= 0 else _nothing()


def _feeder(live: Energisation, branch: int) -> Traced:
    head = branch if live.grid.is_feeder_head[branch] else int(live.feeder[_start(live, branch)])
    return traces.feeder(live, head) if head >= 0 else _nothing()


def _loops(live: Energisation, branch: int) -> Traced:
    rings = [ring for ring in (traces.ring(live, one) for one in live.loops.tolist()) if branch in ring.branches]
    if not rings:
        return _nothing()
    return Traced(*(np.unique(np.concatenate(part)).astype(np.int32) for part in zip(*rings, strict=True)))


def _until(live: Energisation, branch: int, wanted: Bool) -> tuple[Traced, NDArray[np.int32]]:
    """All around both ends of a branch up to the next wanted devices, itself not counted as one."""
    stops = wanted.copy()
    stops[branch] = False
    ends = int(live.grid.branch_from[branch]), int(live.grid.branch_to[branch])
    parts = [traces.section(live, end, stops) for end in ends]
    branches = np.union1d(parts[0][0].branches, parts[1][0].branches)
    nodes = np.union1d(parts[0][0].nodes, parts[1][0].nodes)
    met = np.union1d(parts[0][1], parts[1][1]).astype(np.int32)
    return Traced(np.union1d(branches, met).astype(np.int32), nodes.astype(np.int32)), met


def _path(live: Energisation, branch: int, to: int) -> Traced:
    found = traces.path(live, _start(live, branch), _start(live, to))
    if not found.branches.size and _start(live, branch) != _start(live, to):
        raise Invalid(gettext("no closed way leads from one to the other"), field="to")
    return Traced(np.union1d(found.branches, [branch, to]).astype(np.int32), found.nodes)


def _nothing() -> Traced:
    return Traced(np.empty(0, np.int32), np.empty(0, np.int32))


def _plain(walk: Callable[[Energisation, int], Traced]) -> "_Walk":
    return lambda live, branch, _: (walk(live, branch), np.empty(0, np.int32))


_Walk = Callable[[Energisation, int, int], tuple[Traced, NDArray[np.int32]]]
_WALKS: dict[str, _Walk] = {
    "down": _plain(_below),
    "up": _plain(lambda live, branch: traces.upstream(live, _start(live, branch))),
    "open": lambda live, branch, _: _until(live, branch, traces.open_switches(live)),
    "protective": lambda live, branch, _: _until(live, branch, live.grid.is_protective),
    "telemetered": lambda live, branch, _: _until(live, branch, live.grid.is_telemetered),
    "feeder": _plain(_feeder),
    "connected": _plain(lambda live, branch: traces.connected(live, _start(live, branch))),
    "loop": _plain(_loops),
    "path": lambda live, branch, to: (_path(live, branch, to), np.empty(0, np.int32)),
}
