"""Circuits of feeder groups made when they are asked for, of a network whose whole circuit nobody holds."""

from __future__ import annotations

import numpy as np

from network.domain.feeder_groups.cutting import CircuitIndex, circuit_of_group
from network.domain.feeder_groups.groups import FeederGroups
from network.domain.generation import sheet as sheets
from network.domain.generation.sheet import Names, Sheet
from network.domain.grid import Grid
from network.domain.physics.circuit import Circuit


class CompactCircuits:
    """The circuits of a generated utility, out of its sheet and its grid. No winding, tap or machine binds its groups together."""

    together: tuple[tuple[int, int], ...] = ()
    holding: tuple[int, ...] = ()

    def __init__(self, sheet: Sheet, grid: Grid, name: str, names: Names) -> None:
        """Nothing is made yet."""
        self.grid = grid
        self._sheet, self._name, self._names = sheet, name, names

    def has_bus(self, node: int) -> bool:
        """Whether a node is in the circuit: all that are no slots are."""
        return node < self.grid.node_count

    def circuit_of(self, groups: FeederGroups, number: int) -> Circuit:
        """The live circuit of one group, see `cutting.circuit_of_group`."""
        group = groups.groups[number]
        nodes = groups.nodes(number)
        nodes = np.append(nodes, group.at).astype(np.int32) if group.at >= 0 else nodes
        branches = groups.branches(number)
        built = sheets.circuit(
            self._sheet, self.grid, self._name, nodes[nodes < self.grid.node_count],
            branches[branches < self.grid.branch_count], self._names,
        )  # fmt: skip
        return circuit_of_group(CircuitIndex(built, self.grid), groups, number)

    def whole(self) -> Circuit:
        """All of it as it is built; only for networks that are not large."""
        nodes, branches = (np.arange(size, dtype=np.int32) for size in (self.grid.node_count, self.grid.branch_count))
        return sheets.circuit(self._sheet, self.grid, self._name, nodes, branches, self._names)
