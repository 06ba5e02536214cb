"""Kernel that reduces a forest of nodes to the devices on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Bool = NDArray[np.bool_]


class Devices(NamedTuple):
    """Room for devices, and per node the device it hangs on and the one that what lies below it hangs on."""

    branch: Int
    node: Int
    parent: Int
    is_transformer: Bool
    customers: Int
    of_node: Int
    passed_on: Int


@part
def _add(found: Devices, count: int, branch: int, node: int, parent: int) -> int:
    found.branch[count] = branch
    found.node[count] = node
    found.parent[count] = parent
    return count + 1


@kernel
def reduce(
    order: Int,
    parent_node: Int,
    parent_branch: Int,
    is_device: Bool,
    is_transformer: Bool,
    customers: Int,
    found: Devices,
) -> int:
    """Fill `found`, parents first; returns how many. Customers behind no transformer become a device of their own."""
    count = 0
    for node in order:
        above, branch = parent_node[node], parent_branch[node]
        device = found.passed_on[above] if above >= 0 else -1
        if branch >= 0 and is_device[branch]:
            found.is_transformer[count] = is_transformer[branch]
            count = _add(found, count, branch, node, device)
            device = count - 1
        found.passed_on[node] = device
        if customers[node] and (device < 0 or not found.is_transformer[device]):
            found.is_transformer[count] = True
            count = _add(found, count, -1, node, device)
            device = count - 1
        found.of_node[node] = device
        if device >= 0:
            found.customers[device] += customers[node]
    return count


@kernel
def add_up(parent: Int, total: Int) -> None:
    """Add each device's total to its parent's. Parents stand before their children."""
    for device in range(parent.size - 1, -1, -1):
        if parent[device] >= 0:
            total[parent[device]] += total[device]


def sum_up(parent: Int, values: Int) -> Int:
    """Values of each device and all below it."""
    total = values.copy()
    add_up(parent, total)
    return total
