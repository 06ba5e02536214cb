"""The devices that take supply from others when they open, as a forest: what outage prediction walks.

Protective devices and service transformers are devices; customers behind no transformer count as one themselves. Each hangs on the
next device towards its source. Built over any positions: the present ones, or those from before a fault, so that what is dead
now still knows what it hung on.

    S --CB-- 1 --R1-- 2 --F1-- 3 --T1-- 4        device   CB  R1  F1  T1  T2
                      +--T2-- 5                  parent   -1   0   1   2   1
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from network.domain import energisation as live
from network.domain.grid import Grid
from network.domain.grid.arrays import Bool, Byte, Int
from network.domain.kernels import devices
from network.domain.phases import ABC


@dataclass(frozen=True, eq=False)
class ProtectionTree:
    """Devices, parents before children, everything below one in a run: [device, exit[device])."""

    energisation: live.Energisation
    branch: Int  # -1 where customers without a transformer are the device
    node: Int  # the node it feeds
    parent: Int  # -1 at a source
    is_transformer: Bool  # a service transformer, or customers without one
    customers: Int  # connected to this very device
    is_telemetered: Bool
    is_closed: Bool  # on all its phases
    phases: Byte
    feeder: Int  # head branch of the feeder, -1 above the heads
    device_of_node: Int  # the nearest device above each node, -1 if none or dead

    @property
    def size(self) -> int:
        """How many devices."""
        return int(self.parent.size)

    @cached_property
    def customers_below(self) -> Int:
        """Customers of each device and all below it."""
        return devices.sum_up(self.parent, self.customers)

    @cached_property
    def transformers_below(self) -> Int:
        """Transformers at and below each device."""
        return devices.sum_up(self.parent, self.is_transformer.astype(np.int32))

    @cached_property
    def exit(self) -> Int:
        """Per device, where the run of devices below it ends."""
        ends = devices.sum_up(self.parent, np.ones(self.size, np.int32)) + np.arange(self.size)
        return np.asarray(ends, np.int32)

    def device_of_branch(self, branch: int) -> int:
        """The device that a branch is, -1 if it is none."""
        return int(self._of_branch[branch]) if branch >= 0 else -1

    def nodes_below(self, device: int) -> Int:
        """The nodes that lose supply when a device opens."""
        node = int(self.node[device])
        return self.energisation.below(node) if self.branch[device] >= 0 else np.array([node], np.int32)

    @cached_property
    def _of_branch(self) -> Int:
        found = np.full(self.energisation.grid.branch_count, -1, np.int32)
        at = np.flatnonzero(self.branch >= 0)
        found[self.branch[at]] = at
        return found


def protection_tree(grid: Grid, energisation: live.Energisation, closed: Byte) -> ProtectionTree:
    """The devices of a forest. `closed` says which of them count as closed; the forest's own positions as a rule."""
    found = _room(grid)
    is_device = (grid.is_switch & grid.is_protective) | grid.service_transformer
    forest = (energisation.order, energisation.parent_node, energisation.parent_branch)
    count = devices.reduce(*forest, is_device, grid.service_transformer, grid.node_customers, found)
    branch, node = found.branch[:count], found.node[:count]
    is_branch = branch >= 0
    phases = grid.node_phases[node] & ABC
    phases[is_branch] = grid.branch_phases[branch[is_branch]] & ABC
    is_telemetered, is_closed = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    is_telemetered[is_branch] = grid.is_telemetered[branch[is_branch]]
    is_closed[is_branch] = closed[branch[is_branch]] & phases[is_branch] == phases[is_branch]
    return ProtectionTree(
        energisation,
        branch,
        node,
        found.parent[:count],
        found.is_transformer[:count],
        found.customers[:count],
        is_telemetered,
        is_closed,
        phases.astype(np.uint8),
        energisation.feeder[node],
        found.of_node,
    )


def _room(grid: Grid) -> devices.Devices:
    """No more devices than branches and nodes together."""
    size, nodes = grid.branch_count + grid.node_count, grid.node_count
    branch, node, parent = (np.empty(size, np.int32) for _ in range(3))
    of_node, passed_on = (np.full(nodes, -1, np.int32) for _ in range(2))
    return devices.Devices(branch, node, parent, np.empty(size, np.bool_), np.zeros(size, np.int32), of_node, passed_on)
