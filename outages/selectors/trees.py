"""The device tree prediction runs on: who protects whom, as if nothing had gone out yet."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.energisation import Energisation, energise
from network.domain.grid import Grid
from network.domain.protection import ProtectionTree, protection_tree
from network.selectors.state import NetworkState
from outages.domain.prediction.evidence import Facts
from outages.domain.prediction.tree import DeviceTree
from outages.models import Outage


@dataclass(frozen=True, slots=True)
class Devices:
    """The tree for the engine, and what its indices mean in the grid."""

    state: NetworkState
    closed: NDArray[np.uint8]  # positions the tree was built on: present ones, but outage devices closed
    energisation: Energisation
    places: ProtectionTree
    tree: DeviceTree

    def at_nodes(self, nodes: NDArray[np.integer]) -> NDArray[np.int32]:
        """The nearest device above each node; -1 where no source reaches it or the grid has none of this number."""
        known = (nodes >= 0) & (nodes < self.places.device_of_node.size)
        return np.where(known, self.places.device_of_node[np.where(known, nodes, 0)], -1).astype(np.int32)

    def mrid(self, device: int) -> str:
        """Equipment (by mRID) that a device is."""
        branch = int(self.places.branch[device])
        grid = self.state.grid
        return grid.branch_mrid_text(branch) if branch >= 0 else grid.node_mrid_text(int(self.places.node[device]))

    def of_equipment(self, mrid: str, node: int) -> int:
        """The device that a piece of equipment, with this node just below it, is; -1 if it is none of the tree."""
        branch = self.state.grid.branch_index(mrid)
        if branch >= 0:
            return self.places.device_of_branch(branch)
        device = int(self.at_nodes(np.array([node]))[0])
        return device if device >= 0 and self.places.branch[device] < 0 else -1

    def of_outage(self, outage: Outage) -> int:
        """The device that is open; -1 where an outage is none of the tree's (a single service, a switch without protection)."""
        return -1 if outage.kind == "single" else self.of_equipment(outage.device_mrid, outage.node)

    def nodes_below(self, device: int) -> NDArray[np.int32]:
        """Grid nodes that lose supply when the device opens."""
        return self.places.nodes_below(device)

    def telemetered_live(self) -> Facts:
        """Telemetry beats prediction: the devices known to be closed, of good quality, and live."""
        present, branch = self.state, self.places.branch
        phases = present.grid.branch_phases[branch]
        is_live = self.places.is_telemetered & (branch >= 0) & (present.closed[branch] == phases)
        is_live &= (present.energisation.branch_live[branch] != 0) & ~np.isin(branch, list(present.quality_bad))
        device = np.flatnonzero(is_live).astype(np.int32)
        unnamed, always = np.full(device.size, -1, np.int64), np.full(device.size, np.inf)
        return Facts(device, np.zeros(device.size, np.uint8), unnamed, always)


_latest: dict[str, Devices] = {}


def devices(state: NetworkState, outages: Iterable[Outage]) -> Devices:
    """The tree over the present positions, with the devices of these outages taken as closed again.

    The latest of each model is kept: a storm of messages without a switch moving builds it once.
    """
    closed = state.closed.copy()
    branches = np.array([state.grid.branch_index(outage.device_mrid) for outage in outages], np.int64)
    branches = branches[branches >= 0]
    closed[branches] |= state.grid.normal_closed[branches]
    known = _latest.get(state.model)
    if known is not None and known.state is state and np.array_equal(known.closed, closed):
        return known
    found = _build(state, closed)
    _latest[state.model] = found
    return found


def _build(state: NetworkState, closed: NDArray[np.uint8]) -> Devices:
    is_present = np.array_equal(closed, state.closed)
    energisation = state.energisation if is_present else energise(state.grid, closed)
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
    return np.asarray((places.branch < 0) | (state.closed[places.branch] != 0), np.bool_)


def is_hidden(grid: Grid, outage: Outage) -> bool:
    """Whether the network takes the outage's device for closed, so that what it says of live places is not true below it."""
    branch = grid.branch_index(outage.device_mrid)
    is_known = outage.confidence == "confirmed" and outage.kind != "single" and branch >= 0
    return not (is_known and (grid.is_switch[branch] or outage.explanation.get("engine") == "telemetry"))


def nodes_of(devices: Devices, outage: Outage) -> NDArray[np.int32]:
    """Grid nodes below an outage's device; none where the grid does not know the place."""
    if not 0 <= outage.node < devices.state.grid.node_count:
        return np.zeros(0, dtype=np.int32)
    is_branch = devices.state.grid.branch_index(outage.device_mrid) >= 0
    below = devices.energisation.below(outage.node) if is_branch and outage.kind != "single" else ()
    return np.asarray(below if len(below) else [outage.node], np.int32)
