"""In which blocks the fault may lie: by what tripped and what did not, and by fault indicators.

    S --CB1/tripped-- [0] --R1/closed-- [1]          CB1 went, R1 did not: the fault is not behind R1, which would have cleared it
                       +--FI1-- [2] --FI2-- [3]      FI1 operated, FI2 did not: block 2

Where indicators and protection contradict each other, protection is believed, and it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from network.domain import fault_indicators
from network.domain.phases import ABC
from network.domain.restoration.blocks import Blocks

_SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Suspects:
    """The blocks in which the fault may lie, and why.

    Attributes:
        blocks: the faulted area; all of them are held off.
        by_protection: those that what tripped protects.
        sections: what the indicators say, in words of branch numbers: (after, before), -1 is the tripped device.
        inconsistent: indicators that operated behind one that did not.
        contradicts: whether indicators point to where protection would have acted otherwise.
    """

    blocks: frozenset[int]
    by_protection: frozenset[int]
    sections: tuple[tuple[int, tuple[int, ...]], ...] = ()
    inconsistent: tuple[int, ...] = ()
    contradicts: bool = False


def locate(blocks: Blocks, tripped: int, indicators: Mapping[int, bool]) -> Suspects:
    """The suspected blocks after a device has tripped and stayed open.

    Args:
        blocks: of the area that it left dead.
        tripped: its branch.
        indicators: by branch, whether the indicator there operated; those of bad quality are not in it.
    """
    start = _start(blocks, tripped)
    zone = _zone(blocks, tripped, blocks.of_node(start))
    if not indicators:
        return Suspects(zone, zone)
    fed = _Fed(blocks, start)
    at = {branch: node for branch in indicators if (node := fed.child(branch)) >= 0}
    parents = fed.parents(at)
    if not parents:
        return Suspects(zone, zone)
    named = {str(branch): (str(above) if above >= 0 else _SOURCE) for branch, above in parents.items()}
    found = fault_indicators.locate(
        fault_indicators.Feeder.of(named), {str(branch): indicators[branch] for branch in parents}
    )
    sections = tuple((_number(one.after), tuple(map(_number, one.before))) for one in found.sections)
    pointed = frozenset(block for after, before in sections for block in fed.between(at, after, before))
    inconsistent = tuple(map(int, found.inconsistent))
    both = zone & pointed
    if not both:
        return Suspects(zone, zone, sections, inconsistent, contradicts=True)
    return Suspects(both, zone, sections, inconsistent)


def _number(name: str) -> int:
    return -1 if name == _SOURCE else int(name)


def _start(blocks: Blocks, tripped: int) -> int:
    """The dead end of the tripped device; where both are dead, the one that it normally feeds."""
    grid = blocks.grid
    ends = int(grid.branch_from[tripped]), int(grid.branch_to[tripped])
    dead = [node for node in ends if blocks.of_node(node) >= 0]
    if not dead:
        raise ValueError("the tripped device does not border on the dead area")
    return next((node for node in dead if grid.normal_branch[node] == tripped), dead[-1])


def _zone(blocks: Blocks, tripped: int, start: int) -> frozenset[int]:
    """What the tripped device protects: as far as the next closed protective device, which would have cleared a fault behind it."""
    seen, waiting = {start}, [start]
    while waiting:
        block = waiting.pop()
        for edge in blocks.edges_of(block):
            other = edge.other(block)
            stops = edge.branch == tripped or not edge.is_closed or bool(blocks.grid.is_protective[edge.branch])
            if other >= 0 and other not in seen and not stops:
                seen.add(other)
                waiting.append(other)
    return frozenset(seen)


class _Fed:
    """How the dead area hung on the tripped device: its nodes breadth first, each with the one that fed it."""

    def __init__(self, blocks: Blocks, start: int) -> None:
        self._blocks = blocks
        grid, area = blocks.grid, blocks.nodes
        counts = grid.indptr[area + 1] - grid.indptr[area]
        rows = np.repeat(np.arange(area.size), counts)
        runs = np.repeat(grid.indptr[area] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        far = np.minimum(np.searchsorted(area, grid.adj_node[runs]), area.size - 1)
        joined = ((blocks.closed[grid.adj_branch[runs]] & ABC) != 0) & (area[far] == grid.adj_node[runs])
        graph = csr_matrix((np.ones(joined.sum()), (rows[joined], far[joined])), (area.size, area.size))
        self._order, self._above = breadth_first_order(graph, int(np.searchsorted(area, start)), directed=False)

    def child(self, branch: int) -> int:
        """The place of the node that a branch fed, -1 if it fed none of the area."""
        grid, area = self._blocks.grid, self._blocks.nodes
        ends = [int(np.searchsorted(area, node[branch])) for node in (grid.branch_from, grid.branch_to)]
        ends = [place if self._blocks.of_node(int(node[branch])) >= 0 else -1 for place, node in
                zip(ends, (grid.branch_from, grid.branch_to), strict=True)]  # fmt: skip
        for child, above in (ends, ends[::-1]):
            if child >= 0 and above >= 0 and self._above[child] == above:
                return child
        return -1

    def parents(self, at: Mapping[int, int]) -> dict[int, int]:
        """Per indicator the next one towards the tripped device, -1 where there is none."""
        owner = {place: branch for branch, place in at.items()}
        nearest = self._nearest(owner)
        return {branch: nearest[int(self._above[place])] for branch, place in at.items()}

    def between(self, at: Mapping[int, int], after: int, before: tuple[int, ...]) -> set[int]:
        """The blocks behind one indicator (-1: all) and not behind the next ones."""
        owner = {at[branch]: branch for branch in (after, *before) if branch >= 0}
        nearest = self._nearest(owner)
        found = {int(self._blocks.block[place]) for place in self._order.tolist() if nearest[place] == after}
        # The indicator hangs at a switch: the block above it may be touched, the one behind the next may not.
        return found or {int(self._blocks.block[at[after]])}

    def _nearest(self, owner: Mapping[int, int]) -> dict[int, int]:
        """Per place the last of the owners on the way to it."""
        found: dict[int, int] = {}
        for place in self._order.tolist():
            found[place] = owner[place] if place in owner else found.get(int(self._above[place]), -1)
        return found
