"""The device tree prediction runs on: who protects whom, as if nothing had gone out yet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.energisation import Energisation, energise
from network.domain.protection import ProtectionTree, protection_tree
from network.selectors.state import NetworkState
from outages.domain.prediction.tree import DeviceTree


@dataclass(frozen=True, slots=True)
class Devices:
    """The tree for the engine, and what its indices mean in the grid."""

    state: NetworkState
    closed: NDArray[np.uint8]  # positions the tree was built on: present ones, but outage devices closed
    energisation: Energisation
    places: ProtectionTree
    tree: DeviceTree

    def device_at(self, node: int) -> int:
        """The nearest device above a node; -1 when no source reaches it."""
        return int(self.places.device_of_node[node])

    def mrid(self, device: int) -> str:
        """Equipment (by mRID) that a device is."""
        branch = int(self.places.branch[device])
        grid = self.state.grid
        return grid.branch_mrid_text(branch) if branch >= 0 else grid.node_mrid_text(int(self.places.node[device]))

    def nodes_below(self, device: int) -> NDArray[np.int32]:
        """Grid nodes that lose supply when the device opens."""
        return self.places.nodes_below(device)


def devices(state: NetworkState, outage_branches: list[int]) -> Devices:
    """The tree over the present positions, with the devices of going outages taken as closed again."""
    closed = state.closed.copy()
    for branch in outage_branches:
        closed[branch] |= state.grid.normal_closed[branch]
    energisation = state.energisation if not outage_branches else energise(state.grid, closed)
    places = protection_tree(state.grid, energisation, closed)
    tree = DeviceTree.of(
        places.parent,
        places.is_transformer,
        places.customers,
        is_telemetered=places.is_telemetered,
        is_closed=_present_closed(state, places),
        phases=places.phases,
    )
    return Devices(state, closed, energisation, places, tree)


def _present_closed(state: NetworkState, places: ProtectionTree) -> NDArray[np.bool_]:
    """Position now, by telemetry or the last word; a transformer is always closed."""
    at = places.branch
    closed = np.ones(len(at), dtype=np.bool_)
    known = at >= 0
    closed[known] = state.closed[at[known]] != 0
    return closed


def nodes_of(devices: Devices, device_mrid: str, node: int) -> NDArray[np.int32]:
    """Grid nodes below a device, named by its equipment and the node just below it."""
    device = devices.places.device_of_branch(devices.state.grid.branch_index(device_mrid))
    if device < 0:
        device = devices.device_at(node)
    return devices.nodes_below(device) if device >= 0 else np.array([node], dtype=np.int32)
