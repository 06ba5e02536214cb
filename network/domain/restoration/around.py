"""The live network around a dead area: which way everything is fed, and what each branch on the way could carry on top.

    station --CB-B-- [ ] --S-- [ ] --TIE1/open-- dead          TIE1 may bring in what CB-B, S and TIE1 have to spare, the least of them
                                +-- TIE2/open -- [ ] --CB-C-- station

A load transfer takes what is below S off CB-B and puts it on CB-C; TIE1 then hangs on CB-C, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from network.domain import load_transfer
from network.domain.energisation import Energisation
from network.domain.grid import Grid
from network.domain.grid.arrays import Float
from network.domain.restoration.blocks import Edge
from network.domain.restoration.search import Spare, Transfer


@dataclass(frozen=True, eq=False)
class Around:
    """What is known of it.

    Attributes:
        limit_kw: (branches) by rating; inf where there is none.
        carried_kw: by branch at the load ahead, of those of which it is known: only they limit anything.
        kw: (nodes) load ahead.
    """

    grid: Grid
    energisation: Energisation
    limit_kw: Float
    carried_kw: Mapping[int, float]
    kw: Float

    def key(self, node: int) -> int:
        """The feeder of a node: its head; below -1, by source, where none is above it."""
        head = int(self.energisation.feeder[node])
        return head if head >= 0 else -2 - int(self.energisation.source[node])

    def spare(self, edges: Iterable[Edge], tripped: int, transfer: Transfer | None = None) -> Spare:
        """What the feeders can give through switches to the outside, as they stand or after a load transfer.

        The tripped device is taken to carry what it carried before. Where nothing is known of what branches carry, a power flow
        decides alone.
        """
        key_of = {tripped: -1} if tripped >= 0 else {}
        by_key, by_switch = dict[int, float](), dict[int, float]()
        carried = self._carried_after(transfer)
        for edge in edges:
            if edge.branch == tripped:
                continue
            way, end = self._way(edge.outside, transfer)
            key = key_of[edge.branch] = self.key(end)
            rooms = [(branch, self._room(branch, carried)) for branch in way]
            by_switch[edge.branch] = min([float(self.limit_kw[edge.branch]), *(kw for _, kw in rooms)])
            by_key[key] = min([np.inf, *(kw for branch, kw in rooms if self._is_shared(branch, key))])
        return Spare(key_of, by_key, by_switch)

    def fits(self, one: Transfer) -> bool:
        """Whether what takes the load, and the way through what moves, can carry it."""
        carried, inside = self._carried_after(one), self._inside(one.inner, one)
        way = [*inside, one.tie, *self._up(one.outer)]
        return all(carried.get(branch, 0.0) <= self.limit_kw[branch] for branch in way)

    def below(self, node: int) -> float:
        """The load ahead of a node and all that it feeds, in kW."""
        enter, leave = self.energisation.enter[node], self.energisation.exit[node]
        return float(self._kw_before[leave] - self._kw_before[enter])

    @cached_property
    def _kw_before(self) -> Float:
        return np.concatenate([[0.0], np.cumsum(self.kw[self.energisation.order])])

    def _is_shared(self, branch: int, key: int) -> bool:
        """Whether a branch carries all of a feeder: its head, and what is above it."""
        return branch == key or self.energisation.feeder[self._fed(branch)] < 0

    def _fed(self, branch: int) -> int:
        start, end = int(self.grid.branch_from[branch]), int(self.grid.branch_to[branch])
        return start if self.energisation.parent_branch[start] == branch else end

    def _room(self, branch: int, carried: Mapping[int, float]) -> float:
        """On top of what it carries; inf where nobody knows that."""
        known, limit = carried.get(branch), float(self.limit_kw[branch])
        return np.inf if known is None or not np.isfinite(limit) else max(0.0, limit - known)

    def _way(self, node: int, transfer: Transfer | None) -> tuple[list[int], int]:
        """The branches between a node and its source, and a node of the feeder it hangs on."""
        if transfer is None or not self._is_below(transfer.node, node):
            return self._up(node), node
        inside = self._inside(node, transfer, transfer.inner)
        return [*inside, transfer.tie, *self._up(transfer.outer)], transfer.outer

    def _up(self, node: int) -> list[int]:
        """The branches between a node and its source; looked up once."""
        if node not in self._ways:
            self._ways[node] = [branch for branch, _ in load_transfer.way_up(self.energisation, node)]
        return self._ways[node]

    @cached_property
    def _ways(self) -> dict[int, list[int]]:
        return {}

    def _is_below(self, above: int, node: int) -> bool:
        enter, leave = self.energisation.enter, self.energisation.exit
        return bool(enter[above] <= enter[node] < leave[above])

    def _inside(self, node: int, transfer: Transfer, other: int = -1) -> list[int]:
        """The branches between two nodes of what moves; to its top without another."""
        ways = []
        for end in (node, transfer.node if other < 0 else other):
            up = self._up(end)
            ways.append(up[: up.index(transfer.part)])
        return [branch for way, rest in (ways, ways[::-1]) for branch in way if branch not in rest]

    def _carried_after(self, one: Transfer | None) -> Mapping[int, float]:
        """What branches carry once a load was handed over: less above it, more on its new way, and the other way round within it."""
        if one is None:
            return self.carried_kw
        found = {**self.carried_kw, one.tie: one.kw}
        for end, kw in ((one.node, -one.kw), (one.outer, one.kw)):
            for branch in self._up(end):
                if branch in found:
                    found[branch] += kw
        for branch in self._inside(one.inner, one):
            if branch in found:
                found[branch] = abs(one.kw - found[branch])
        return found
