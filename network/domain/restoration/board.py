"""The blocks of a dead area while switches move: what hangs together, and what has supply by now."""

from __future__ import annotations

from collections.abc import Container

from network.domain.restoration.blocks import OUTSIDE, Blocks, Edge


class Board:
    """As the area stands at first: nothing is live."""

    def __init__(self, blocks: Blocks) -> None:
        self._around: list[list[Edge]] = [[] for _ in range(blocks.size)]
        for edge in blocks.edges:
            for block in {edge.a, edge.b} - {OUTSIDE}:
                self._around[block].append(edge)
        self._shut = {edge.branch for edge in blocks.edges if edge.is_closed and edge.b != OUTSIDE}
        self.live = set[int]()

    def reach(self, start: int, parted: Container[int] = ()) -> frozenset[int]:
        """The blocks that hang together with one, over closed switches but some."""
        found, waiting = {start}, [start]
        while waiting:
            block = waiting.pop()
            for edge in self._around[block]:
                other = edge.other(block)
                if edge.branch in self._shut and edge.branch not in parted and other not in found:
                    found.add(other)
                    waiting.append(other)
        return frozenset(found)

    def move(self, edge: Edge, *, close: bool) -> frozenset[int]:
        """Move a switch; the blocks that are live by it and were not before."""
        if edge.b != OUTSIDE and close:
            self._shut.add(edge.branch)
        elif edge.b != OUTSIDE:
            self._shut.discard(edge.branch)
        if not close or not (edge.b == OUTSIDE or {edge.a, edge.b} & self.live):
            return frozenset()
        found = self.reach(edge.a) - self.live
        self.live |= found
        return found
