"""Where the open points of some feeders of an operated network lose least, with the loads that are expected there."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from network.domain.feeder_groups import cutting
from network.domain.feeder_groups.joining import together
from network.domain.grid.arrays import Bool
from network.domain.phases import ABC
from network.domain.physics.balance import positive_sequence
from network.domain.physics.circuit import Circuit
from network.domain.reconfiguration import exchange, operated, turns
from network.domain.reconfiguration.flow import Workshop
from network.domain.reconfiguration.operated import Electrical
from network.selectors.state import NetworkState
from network.services import power_flow
from network.services.power_flow_asked import NotSolved

#: So many feeders take part, those with the most open switches to the ones asked about first.
MOST_FEEDERS = 12


@dataclass(frozen=True, slots=True)
class Search:
    """What may move (per branch of the grid), and until when to look."""

    may_move: Bool
    is_over: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Better:
    """Exchanges (branch of the grid to close, branch to open, expected loss of the rings in kW) in sequence; the loss before them."""

    loss_before_kw: float
    exchanges: tuple[tuple[int, int, float], ...]
    is_settled: bool = True


def around(present: NetworkState, heads: Collection[int]) -> list[int]:
    """Feeders with those they could be joined with by one open switch."""
    feeder, grid = present.energisation.feeder, present.grid
    one, other = feeder[grid.branch_from], feeder[grid.branch_to]
    is_tie = grid.is_switch & ((present.closed & ABC) == 0) & (one >= 0) & (other >= 0) & (one != other)
    mine = np.isin(one, list(heads)), np.isin(other, list(heads))
    beyond = np.concatenate([other[is_tie & mine[0] & ~mine[1]], one[is_tie & mine[1] & ~mine[0]]])
    found, ties = np.unique(beyond, return_counts=True)
    near = [int(head) for head in found[np.argsort(-ties, kind="stable")]]
    return sorted({*sorted(heads)[:MOST_FEEDERS], *near[: max(MOST_FEEDERS - len(heads), 0)]})


class Feeders:
    """Some feeders as they are operated now, read once for several searches."""

    def __init__(self, present: NetworkState, heads: Collection[int], multiples: Mapping[int, float]) -> None:
        """`multiples` are those of the model's loads by head, 1 where there is none.

        Raises:
            NotSolved: the model has no impedances; or the feeders hang together already, so that nothing parts them.
        """
        circuits = power_flow.circuits_of(present.version_id)
        if circuits is None:
            raise NotSolved(_("the model has no impedances"))
        self._present, self._heads = present, heads
        groups = cutting.groups_of(circuits, present.fitted, present.energisation, present.closed)
        loops = present.energisation.loops
        of = present.energisation.feeder[present.grid.branch_from[loops]]
        if np.isin(of, list(heads)).any():
            raise NotSolved(_("these feeders hold a closed ring: open it first"))
        nodes = np.isin(present.energisation.feeder, list(heads))
        numbers = sorted({int(one) for one in groups.of_node[nodes]} - {-1})
        self._electrical = _electrical(present, together(circuits, groups, numbers), multiples)

    def better(self, search: Search) -> Better | None:
        """The positions with the least loss that a search finds; None where no open switch that may move parts a ring."""
        present = self._present
        state = (present.grid, present.closed, present.energisation)
        rings = operated.rings(state, self._heads, self._electrical, search.may_move)
        found = exchange.reconfigure(rings.case, is_over=search.is_over) if rings else None
        if rings is None or found is None:
            return None
        before = Workshop(rings.case).flow(rings.case.closed).loss_kw
        told = [
            (int(rings.branch[one.close]), int(rings.branch[one.open]), one.loss_kw)
            for one in turns.in_turn(rings.case, found.closed)
        ]
        return Better(before, tuple(told), found.is_settled)


def _electrical(present: NetworkState, circuit: Circuit, multiples: Mapping[int, float]) -> Electrical:
    grid, feeder = present.grid, present.energisation.feeder
    z, y = np.zeros(grid.branch_count, np.complex128), np.zeros(grid.branch_count, np.complex128)
    codes = {name: positive_sequence(code) for name, code in circuit.line_codes.items()}
    for line in circuit.lines:
        branch = grid.branch_index(line.mrid)
        if branch >= 0:
            z[branch], y[branch] = (line.length * one for one in codes[line.code])
    load = np.zeros(grid.node_count, np.complex128)
    for one in circuit.loads:
        node = grid.node_index(one.bus)
        load[node] += complex(sum(one.p_w), sum(one.q_var)) / 1e3 * multiples.get(int(feeder[node]), 1.0)
    for machine in circuit.generators:
        load[grid.node_index(machine.bus)] -= complex(sum(machine.p_w), sum(machine.q_var)) / 1e3
    for shunt in circuit.shunts:
        volts = circuit.buses[shunt.bus].nominal_v
        load[grid.node_index(shunt.bus)] += complex(shunt.g, -shunt.b) * volts**2 * len(shunt.phases) / 1e3
    return Electrical(z, y, load)
