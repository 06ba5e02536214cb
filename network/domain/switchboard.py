"""A private copy of the live network on which switching can be tried, changed in place.

`energisation.reenergise` gives a new immutable state and pays for copying the arrays; here an operation costs only what it
touches. For searches that try thousands of operations, and for whoever alone follows a state.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from network.domain.energisation import Energisation, sweep_below
from network.domain.grid.arrays import Byte, Int, frozen
from network.domain.kernels import following, forest


class Switchboard:
    """Starts at an energisation. Not for several threads at once.

    Attributes:
        live: per node, the phases that are live now; a view that changes with every operation.
        closed: per branch, the phases that are closed now; a view too.
    """

    def __init__(self, energisation: Energisation) -> None:
        self.grid = energisation.grid
        self._closed = energisation.closed.copy()
        self._live = energisation.live.copy()
        self._laid = forest.copied(energisation.laid)
        self._room = forest.scratch(self.grid.node_count)
        self._seen = forest.read_only(self._laid)
        self._nodes = frozen(np.arange(self.grid.node_count, dtype=np.int32))
        self.closed: Byte = frozen(self._closed.view())
        self.live: Byte = frozen(self._live.view())

    def operate(self, branch: int, closed_phases: int) -> Int:
        """Put one branch in a position. Returns the nodes whose supply may have changed."""
        self._closed[branch] = closed_phases
        top = sweep_below(self.grid, self._seen.flags, self.closed, self._live, int(branch))
        if top >= 0:
            return self._nodes[top : self.grid.normal_exit[top]]
        room = self._room
        count = following.follow(
            self.grid.wires, self.closed, self._live, self._seen, room.region, room.stack, int(branch)
        )
        return room.region[:count].copy() if count >= 0 else self._relay(np.array([branch], np.int32))

    def operate_all(self, branches: Sequence[int] | Int, closed_phases: Sequence[int] | Byte) -> Int:
        """Put several branches in their positions at once. Returns the nodes whose supply may have changed."""
        changed = np.asarray(branches, np.int32)
        self._closed[changed] = closed_phases
        return self._relay(changed)

    def energisation(self) -> Energisation:
        """The state as it stands, for keeps."""
        closed, live = frozen(self._closed.copy()), frozen(self._live.copy())
        return Energisation(self.grid, closed, live, forest.read_only(forest.copied(self._laid)))

    def _relay(self, changed: Int) -> Int:
        count = forest.relay(self.grid.wires, self.closed, self._live, self._laid, self._room, changed, 0)
        return self._room.region[:count].copy()
