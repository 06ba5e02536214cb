"""The rings of some feeders of an operated network as a case: which of their switches ought to stand open.

    station --CB1-- a --SW-- b --SW/open-- c --SW-- d --CB2-- station       one ring, which the case holds whole
                    +-- lateral, transformers: on no ring, so that they are load at a

Whatever hangs on no ring takes the same way to the same node however the rings are parted. Phases count as alike, voltages at the
heads as nominal: a case finds where open points may stand, what it comes to is for the power flow of the network to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from network.domain.energisation import Energisation
from network.domain.grid import Grid
from network.domain.grid.arrays import Bool, Byte, Int
from network.domain.phases import ABC
from network.domain.reconfiguration.case import Case, Complex

BASE_KW = 1e3
_SAME_LEVEL = 0.01  # relative difference of nominal voltages


@dataclass(frozen=True, eq=False)
class Electrical:
    """What the grid does not know: per branch series impedance (ohm) and charging (siemens), 0 if no line; per node load (kVA)."""

    z: Complex
    y: Complex
    load: Complex


@dataclass(frozen=True, eq=False)
class Rings:
    """The case, and which branch of the grid each of its branches is."""

    case: Case
    branch: Int


def rings(
    state: tuple[Grid, Byte, Energisation], heads: Collection[int], electrical: Electrical, may_move: Bool
) -> Rings | None:
    """The rings of feeders; None where no open switch that may move closes one.

    Args:
        state: the network, what conducts (phase bits per branch), and what is live with it.
        heads: branches at which the feeders begin; all at one voltage, others than that of the first are left out.
        electrical: see there.
        may_move: (branches) switches that may be opened and closed.
    """
    grid, closed, energisation = state
    found = _Backbone(grid, energisation, sorted(heads))
    inside = found.is_in[grid.branch_from] & found.is_in[grid.branch_to]
    carries = inside & ((closed & ABC) == ABC)
    is_tie = inside & ((closed & ABC) == 0) & may_move & ((grid.branch_phases & ABC) == ABC)
    branches = np.flatnonzero(carries | is_tie).astype(np.int32)
    kept = _on_rings(grid, branches, found.sources)
    mine = branches[kept[grid.branch_from[branches]] & kept[grid.branch_to[branches]]]
    if not is_tie[mine].any():
        return None
    return Rings(_case(grid, found, (kept, mine, electrical), carries[mine], may_move[mine]), mine)


def _case(grid: Grid, found: _Backbone, rings_: tuple[Bool, Int, Electrical], closed: Bool, may_move: Bool) -> Case:
    kept, mine, electrical = rings_
    nodes = np.flatnonzero(kept).astype(np.int32)
    place = np.full(grid.node_count, -1, np.int32)
    place[nodes] = np.arange(nodes.size, dtype=np.int32)
    load = np.zeros(nodes.size, np.complex128)
    for node, at in found.hung_on(kept):
        load[place[at]] += electrical.load[node]
    ohms = found.nominal_v**2 / (BASE_KW * 1e3)
    sources = np.array(sorted(found.sources), np.int32)
    return Case(
        base_kw=BASE_KW,
        load=load / BASE_KW,
        shunt=np.zeros(nodes.size, np.complex128),
        sources=place[sources],
        held=np.ones(sources.size, np.complex128),
        from_bus=place[grid.branch_from[mine]],
        to_bus=place[grid.branch_to[mine]],
        z=electrical.z[mine] / ohms,
        y=electrical.y[mine] * ohms,
        tap=np.ones(mine.size, np.complex128),
        closed=closed,
        switchable=may_move,
    )


@dataclass(eq=False)
class _Backbone:
    """Live nodes of the feeders at the voltage of the first head, fed on three phases all the way from what the heads hang on."""

    grid: Grid
    energisation: Energisation
    heads: list[int]
    is_in: Bool = field(init=False)
    sources: set[int] = field(init=False)
    nominal_v: float = field(init=False)
    _nodes: list[int] = field(init=False)

    def __post_init__(self) -> None:
        energisation, feeder = self.energisation, self.energisation.feeder
        at = {head: self._above(head) for head in self.heads}
        self.sources = {node for node in at.values() if int(feeder[node]) not in self.heads}
        self.nominal_v = float(self.grid.node_nominal_v[at[self.heads[0]]])
        level = np.abs(self.grid.node_nominal_v - self.nominal_v) <= _SAME_LEVEL * self.nominal_v
        fits = level & ((energisation.live & ABC) == ABC)
        self.sources = {node for node in self.sources if fits[node]}
        self._nodes = energisation.order[np.isin(feeder[energisation.order], self.heads)].tolist()
        self.is_in = np.zeros(self.grid.node_count, np.bool_)
        self.is_in[list(self.sources)] = True
        for node in self._nodes:  # those nearer to the source come first
            self.is_in[node] = fits[node] and self.is_in[energisation.parent_node[node]]

    def _above(self, head: int) -> int:
        ends = int(self.grid.branch_from[head]), int(self.grid.branch_to[head])
        return ends[1] if int(self.energisation.parent_branch[ends[0]]) == head else ends[0]

    def hung_on(self, kept: Bool) -> Iterator[tuple[int, int]]:
        """Every node of the feeders with the kept one through which it is fed; those behind a head that was left out have none."""
        at = np.where(kept, np.arange(kept.size), -1)
        for node in self._nodes:
            if at[node] < 0:
                at[node] = at[self.energisation.parent_node[node]]
            if at[node] >= 0:
                yield node, int(at[node])


def _on_rings(grid: Grid, branches: Int, sources: Collection[int]) -> Bool:
    """(nodes) what stays when ends that lead nowhere are taken off, again and again; a source is never an end."""
    start, end = grid.branch_from[branches], grid.branch_to[branches]
    left = np.ones(branches.size, np.bool_)
    anchored = np.zeros(grid.node_count, np.bool_)
    anchored[list(sources)] = True
    while True:
        degree: NDArray[np.int64] = np.bincount(start[left], minlength=grid.node_count)
        degree = degree + np.bincount(end[left], minlength=grid.node_count)
        is_end = (degree == 1) & ~anchored
        hanging = left & (is_end[start] | is_end[end])
        if not hanging.any():
            kept: Bool = (degree > 0) | anchored
            return kept
        left &= ~hanging
