"""The records of one feeder or area: its equipment with what feeds it, and all that describes either.

source -- substation -- [head] -- feeder ...          1 branches of the feeder's label, the way from its head up to the source
                                                      2 what stands on their nodes
                                                      3 what describes them (terminals, phases, ends, limits, places, meters)
                                                      4 what all of that refers to (containers, sheets, base voltages)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import numpy as np

from integration.cim.export.operated import copied, own
from integration.cim.models import identity
from integration.cim.models.store import Store
from network.domain.draft import ModelDraft
from network.domain.grid import Grid, compile_grid

#: What many share: others refer to it, but do not belong to it.
_SHARED = {
    "ConnectivityNode", "TopologicalNode", "BaseVoltage", "CoordinateSystem", "OperationalLimitType", "Diagram",
    "DiagramObjectStyle", "LoadResponseCharacteristic", "NameType", "NameTypeAuthority", "ReadingType", "GeographicalRegion",
    "SubGeographicalRegion", "Substation", "VoltageLevel", "Bay", "Line", "Feeder", "RegulatingControl", "MeasurementValueSource",
}  # fmt: skip
#: Parts of sheets that many share; they come with their sheet.
_DETAILS = {
    "PositionPoint", "PhaseImpedanceData", "WirePosition", "TransformerEndInfo", "NoLoadTest", "OpenCircuitTest", "ShortCircuitTest",
    "CurveData", "CurrentLimit", "VoltageLimit", "ApparentPowerLimit", "ActivePowerLimit", "RatioTapChangerTablePoint",
}  # fmt: skip


def feeder_names(draft: ModelDraft) -> list[str]:
    """Names of the feeders of a draft, as built."""
    return sorted({bytes(name).decode() for name in compile_grid(draft).feeder_label_name})


def of_feeder(store: Store, draft: ModelDraft, feeder: str) -> Store:
    """A copy with the records of one feeder; references to others are left out.

    Args:
        store: the records.
        draft: made of them.
        feeder: name or mRID of the feeder.

    Raises:
        KeyError: there is none of this name.
    """
    return _of(store, _equipment(draft, compile_grid(draft), feeder))


def of_equipment(store: Store, draft: ModelDraft, members: Collection[str]) -> Store:
    """A copy with the records of some equipment, and of the way from it up to its sources.

    Args:
        store: the records.
        draft: made of them.
        members: mRIDs of branches and injections.
    """
    grid = compile_grid(draft)
    places = grid.branch_indices(sorted(members))
    branches = set(places[places >= 0].tolist())
    nodes = {int(node) for branch in branches for node in (grid.branch_from[branch], grid.branch_to[branch])}
    found = _with_way(draft, grid, branches, nodes)
    return _of(store, found | {one.mrid for one in draft.injections.values() if one.mrid in members})


def _of(store: Store, equipment: set[str]) -> Store:
    kept = _described(store, {identity.key(mrid) for mrid in equipment})
    kept |= _referred(store, kept)
    new = copied(store)
    new.objects = {key: one for key, one in store.objects.items() if key in kept or one.cls == "FullModel"}
    new.repeated = []
    for key, record in list(new.objects.items()):
        if any(target not in new.objects for value in record.refs.values() for target in value.split(" ")):
            changed = own(new, key)
            changed.refs = _without_gaps(record.refs, new.objects, store.objects)
    new.close()
    return new


def _without_gaps(refs: dict[str, str], kept: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """References whose targets were left out go; those that led nowhere before stay."""
    targets = {
        name: [one for one in value.split(" ") if one in kept or one not in known] for name, value in refs.items()
    }
    return {name: " ".join(left) for name, left in targets.items() if left}


def _equipment(draft: ModelDraft, grid: Grid, feeder: str) -> set[str]:
    labels = zip(grid.feeder_label_mrid.tolist(), grid.feeder_label_name.tolist(), strict=True)
    wanted = [index for index, texts in enumerate(labels) if feeder.encode() in texts]
    if not wanted:
        raise KeyError(feeder)
    branches = set(np.flatnonzero(np.isin(grid.branch_feeder_label, wanted)).tolist())
    nodes = {int(node) for branch in branches for node in (grid.branch_from[branch], grid.branch_to[branch])}
    own_nodes = set(np.flatnonzero(np.isin(grid.node_feeder_label, wanted)).tolist())
    found = _with_way(draft, grid, branches, nodes & own_nodes, nodes)
    mrids = {grid.node_mrid_text(node) for node in own_nodes}
    return found | {one.mrid for one in draft.injections.values() if one.node in mrids}


def _with_way(draft: ModelDraft, grid: Grid, branches: set[int], begin: set[int], also: Iterable[int] = ()) -> set[str]:
    """Branches, the way from these nodes up to their sources, and the sources; of transformers of three windings the whole."""
    nodes = set(begin) | set(also)
    passed: set[int] = set()
    for node in begin:
        above = node
        while above >= 0 and above not in passed and grid.normal_branch[above] >= 0:
            passed.add(above)
            branches.add(int(grid.normal_branch[above]))
            above = int(grid.normal_parent[above])
            nodes.add(above)
    found = {grid.branch_mrid_text(branch) for branch in branches}
    found |= {str(draft.branches[mrid].attributes.get("star_of", mrid)) for mrid in found}
    feeding = {int(grid.source_injection[index]) for index, node in enumerate(grid.source_node) if int(node) in nodes}
    return found | {bytes(grid.injection_mrid[index]).decode() for index in feeding}


def _described(store: Store, wanted: set[str]) -> set[str]:
    """The objects and all that describes them, and what describes that."""
    referring = _referring(store)
    found = {key for key in wanted if key in store.objects}
    tanks = {store.objects[key].refs.get("TransformerTank.PowerTransformer", "") for key in found}
    found |= {key for key in tanks if key in store.objects}
    waiting = list(found)
    while waiting:
        for key in referring.get(waiting.pop(), ()):
            if key not in found and store.objects[key].cls not in _SHARED:
                found.add(key)
                waiting.append(key)
    return found


def _referring(store: Store) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, record in store.objects.items():
        for value in record.refs.values():
            for target in value.split(" "):
                found[target].append(key)
    return found


def _referred(store: Store, kept: set[str]) -> set[str]:
    """What these refer to, and what that refers to; of shared sheets their parts, too."""
    referring = _referring(store)
    found: set[str] = set()
    waiting = list(kept)
    while waiting:
        key = waiting.pop()
        record = store.objects[key]
        targets = [target for value in record.refs.values() for target in value.split(" ")]
        if key not in kept and record.cls not in _SHARED:
            targets += [one for one in referring.get(key, ()) if store.objects[one].cls in _DETAILS]
        for target in targets:
            is_new = target in store.objects and target not in kept and target not in found
            if is_new and not _is_other_equipment(store, target):
                found.add(target)
                waiting.append(target)
    return found


def _is_other_equipment(store: Store, key: str) -> bool:
    """A terminal, or what has terminals: it belongs to a feeder of its own."""
    record = store.objects[key]
    return record.cls == "Terminal" or record.cls in ("ACLineSegment", "PowerTransformer", "EnergyConsumer", "Breaker")
