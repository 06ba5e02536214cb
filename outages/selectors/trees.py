"""The device tree prediction runs on: who protects whom, as if nothing had gone out yet."""

import dataclasses
import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.energisation import Energisation, energise
from network.domain.grid import Grid
from network.domain.grid.arrays import BRANCH_CLASSES
from network.domain.protection import ProtectionTree, protection_tree
from network.selectors import equipment
from network.selectors.state import NetworkState
from outages.domain import lifecycle
from outages.domain.prediction.evidence import Facts
from outages.domain.prediction.hazards import BREAKER, FUSE, OTHER, RECLOSER, TRANSFORMER
from outages.domain.prediction.tree import DeviceTree, Groups
from outages.models import Outage
from outages.selectors.runs import GAP, Region

NOWHERE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Devices:
    """The tree for the engine, and what its indices mean in the grid: of the whole network, or of some sources' trees (`within`)."""

    state: NetworkState
    closed: NDArray[np.uint8]  # positions the tree was built on: present ones, but outage devices closed
    energisation: Energisation
    places: ProtectionTree
    tree: DeviceTree
    whole: "Devices | None" = None
    chosen: NDArray[np.int64] | None = None  # of a part: the devices of the whole, ascending

    def at_nodes(self, nodes: NDArray[np.integer]) -> NDArray[np.int32]:
        """The nearest device above each node; -1 where no source (of these trees) reaches it or the grid has none of this number."""
        of_node = self.places.device_of_node
        known = (nodes >= 0) & (nodes < of_node.size)
        return self._here(np.where(known, of_node[np.where(known, nodes, 0)], -1))

    def _here(self, devices: NDArray[np.integer]) -> NDArray[np.int32]:
        """Devices of the whole as devices of this part; -1 for those that are none of it."""
        if self.chosen is None or not devices.size:
            return devices.astype(np.int32)
        place = np.minimum(np.searchsorted(self.chosen, devices), max(self.chosen.size - 1, 0))
        is_here = (
            (devices >= 0) & (self.chosen[place] == devices) if self.chosen.size else np.zeros(devices.size, np.bool_)
        )
        return np.where(is_here, place, -1).astype(np.int32)

    def mrid(self, device: int) -> str:
        """Equipment (by mRID) that a device is."""
        branch = int(self.places.branch[device])
        grid = self.state.grid
        return grid.branch_mrid_text(branch) if branch >= 0 else grid.node_mrid_text(int(self.places.node[device]))

    def of_equipment(self, mrid: str, node: int) -> int:
        """The device that a piece of equipment, with this node just below it, is; -1 if it is none of the tree."""
        branch = self.state.grid.branch_index(mrid)
        if branch >= 0:
            return int(self._here(np.array([(self.whole or self).places.device_of_branch(branch)]))[0])
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

    def roots(self, nodes: NDArray[np.integer]) -> NDArray[np.int64]:
        """The topmost devices of the trees these nodes hang on, ascending."""
        device = self.at_nodes(nodes)
        return np.unique(self.tree.root[device[device >= 0]]).astype(np.int64)

    def within(self, roots: NDArray[np.int64]) -> "Devices":
        """Only the trees of these sources (see `roots`): what the engine decides in one tree no other tree changes.

        Everything below a device stands in a run behind it, so that the arrays of a part are slices.
        """
        whole = self.whole or self
        runs = [np.arange(root, whole.places.exit[root]) for root in roots.tolist()]
        chosen = np.concatenate(runs) if runs else np.zeros(0, np.int64)
        above = whole.places.parent[chosen]
        parent = np.where(above < 0, -1, np.searchsorted(chosen, above)).astype(np.int32)
        columns = {name: getattr(whole.places, name)[chosen] for name in _OF_DEVICES}
        places = dataclasses.replace(whole.places, parent=parent, **columns)
        tree = _tree(whole.state, places)
        if whole.tree.kind is not None and whole.tree.sections is not None:
            tree = tree.with_kinds(whole.tree.kind[chosen], whole.tree.sections[chosen])
        if whole.tree.groups is not None:
            ends = [(root, int(whole.places.exit[root])) for root in roots.tolist()]
            tree = tree.with_groups(whole.tree.groups.within(ends))
        return Devices(whole.state, whole.closed, whole.energisation, places, tree, whole, chosen)

    def region(self, roots: NDArray[np.int64], touched: NDArray[np.int64] = NOWHERE) -> Region:
        """All that hangs on these sources, and some nodes that may hang on none."""
        whole = self.whole or self
        low, high, source = _runs_of_trees(whole.places)
        is_mine = np.zeros(whole.places.size + 1, np.bool_)
        is_mine[roots] = True
        root = np.append(whole.tree.root, -1)  # of no device: none, the last element
        alone = touched[whole.at_nodes(touched) < 0]

        def has(nodes: NDArray[np.integer]) -> NDArray[np.bool_]:
            return np.asarray(is_mine[root[whole.at_nodes(nodes)]] | np.isin(nodes, alone), np.bool_)

        some = is_mine[source]
        return Region.of_runs(np.concatenate([low[some], alone]), np.concatenate([high[some], alone]), has)


#: What a protection tree holds of each device, but its parent.
_OF_DEVICES = ("branch", "node", "is_transformer", "customers", "is_telemetered", "is_closed", "phases", "feeder")
_latest: dict[str, Devices] = {}


@functools.lru_cache(maxsize=4)
def _runs_of_trees(places: ProtectionTree) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Grid nodes as runs that hang on one source each: first node, last node, topmost device."""
    root = np.append(_roots(places), -1)[places.device_of_node]
    order = np.argsort(root, kind="stable")
    order = order[np.count_nonzero(root < 0) :]
    if not order.size:
        return NOWHERE, NOWHERE, NOWHERE
    begins = np.flatnonzero((np.diff(order) > GAP) | (np.diff(root[order]) != 0)) + 1
    first, last = np.concatenate([[0], begins]), np.append(begins, order.size) - 1
    return order[first].astype(np.int64), order[last].astype(np.int64), root[order[first]].astype(np.int64)


def _roots(places: ProtectionTree) -> NDArray[np.int64]:
    """The topmost device above each: everything below one stands in a run behind it."""
    tops = np.flatnonzero(places.parent < 0)
    if not tops.size:
        return NOWHERE
    return tops[np.searchsorted(tops, np.arange(places.size), side="right") - 1]


def devices(state: NetworkState, outages: Iterable[Outage]) -> Devices:
    """The tree over the present positions, with the devices of these outages taken as closed again."""
    return _devices(state, [outage.device_mrid for outage in outages])


def current(state: NetworkState) -> Devices:
    """The same with the devices of all outages that go on: only those that stand open now make a difference, and are asked for."""
    grid = state.grid
    is_open = (state.closed & grid.normal_closed) != grid.normal_closed
    mrids = [grid.branch_mrid_text(branch) for branch in np.flatnonzero(is_open).tolist()]
    going = Outage.objects.filter(model_key=state.model, state__in=lifecycle.RUNNING, device_mrid__in=mrids)
    return _devices(state, list(going.values_list("device_mrid", flat=True)) if mrids else [])


def areas_of(whole: Devices, roots: NDArray[np.int64]) -> dict[int, int]:
    """The control areas in which the topmost devices of these trees lie, those the model knows."""
    root_of = {whole.mrid(int(root)): int(root) for root in roots}
    rows = equipment.published(whole.state.model).filter(mrid__in=list(root_of))
    return {root_of[mrid]: area_id for mrid, area_id in rows.values_list("mrid", "area_id")}


def as_closed(state: NetworkState, mrids: Iterable[str]) -> Devices:
    """The tree over any positions, with these devices taken as closed again; built anew, and kept by nobody."""
    closed = state.closed.copy()
    branches = np.array([state.grid.branch_index(mrid) for mrid in mrids], np.int64)
    branches = branches[branches >= 0]
    closed[branches] |= state.grid.normal_closed[branches]
    return _build(state, closed)


def _devices(state: NetworkState, mrids: Iterable[str]) -> Devices:
    """The latest of each model is kept; where only positions of outage devices moved, all but the positions stays as it was built."""
    closed = state.closed.copy()
    branches = np.array([state.grid.branch_index(mrid) for mrid in mrids], np.int64)
    branches = branches[branches >= 0]
    closed[branches] |= state.grid.normal_closed[branches]
    known = _latest.get(state.model)
    if known is not None and known.state.grid is state.grid and np.array_equal(known.closed, closed):
        if known.state is state:
            return known
        found = Devices(state, known.closed, known.energisation, known.places, _moved(known.tree, state, known.places))
    else:
        found = _build(state, closed)
    _latest[state.model] = found
    return found


def _build(state: NetworkState, closed: NDArray[np.uint8]) -> Devices:
    is_present = np.array_equal(closed, state.closed)
    energisation = state.energisation if is_present else energise(state.grid, closed)
    places = protection_tree(state.grid, energisation, closed)
    tree = _tree(state, places).with_groups(_groups(state.grid, places)).with_kinds(*_kinds(state.grid, places))
    return Devices(state, closed, energisation, places, tree)


#: Kinds of devices by the class of their branch; service transformers apart.
_CLASSES = {"Breaker": BREAKER, "DisconnectingCircuitBreaker": BREAKER, "Recloser": RECLOSER, "Fuse": FUSE}
_KIND_OF_CLASS = np.array([_CLASSES.get(name, OTHER) for name in BRANCH_CLASSES], np.uint8)
_LINE = BRANCH_CLASSES.index("ACLineSegment")


def _kinds(grid: Grid, places: ProtectionTree) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """What each device is, and how many line sections hang on it before the next device."""
    is_branch = places.branch >= 0
    kind = np.full(places.size, OTHER, np.uint8)
    kind[is_branch] = _KIND_OF_CLASS[grid.branch_class[places.branch[is_branch]]]
    kind[places.is_transformer] = TRANSFORMER
    energised = places.energisation
    fed = np.flatnonzero(energised.parent_branch >= 0)  # each node with the branch that feeds it
    device = places.device_of_node[fed]
    is_line = (grid.branch_class[energised.parent_branch[fed]] == _LINE) & (device >= 0)
    return kind, np.bincount(device[is_line], minlength=places.size).astype(np.int32)


def _groups(grid: Grid, places: ProtectionTree) -> Groups:
    """The customers of each device by the phases they are on."""
    used = grid.group_phases & grid.node_phases[grid.group_node]
    return Groups(places.device_of_node[grid.group_node], used, grid.group_customers)


def _tree(state: NetworkState, places: ProtectionTree) -> DeviceTree:
    return DeviceTree.of(
        places.parent,
        places.is_transformer,
        places.customers,
        is_telemetered=places.is_telemetered,
        is_closed=_present_closed(state, places),
        phases=places.phases,
    )


def _moved(tree: DeviceTree, state: NetworkState, places: ProtectionTree) -> DeviceTree:
    """The same tree with the positions of now; what was summed up over it is kept."""
    moved = dataclasses.replace(tree, is_closed=_present_closed(state, places))
    for name in ("live_phases", "transformers", "customers_by_phases", "is_backbone", "root", "order", "_by_parent"):
        if name in tree.__dict__:
            moved.__dict__[name] = tree.__dict__[name]
    return moved


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
