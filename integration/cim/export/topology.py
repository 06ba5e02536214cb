"""From node-breaker to bus-branch: what closed switches join is one TopologicalNode.

node --[closed]-- node --[open]-- node            (  one bus   )      (another)
"""

from __future__ import annotations

from integration.cim.export.operated import copied, own
from integration.cim.models import identity, making_branches
from integration.cim.models.maker import Maker
from integration.cim.models.store import Store
from integration.cim.models.units import units_of
from network.domain.draft import SWITCH_CLASSES, ModelDraft, Node
from network.domain.identity import derived_mrid

_OLD = ("TopologicalNode", "TopologicalIsland")
_SHUNT = ("PowerTransformerEnd.g", "PowerTransformerEnd.b")
#: What describes another object and goes with it, by the reference that says so.
_DESCRIBES = {
    "Terminal.ConductingEquipment", "OperationalLimitSet.Terminal", "OperationalLimitSet.Equipment",
    "OperationalLimit.OperationalLimitSet", "DiagramObject.IdentifiedObject", "DiagramObjectPoint.DiagramObject",
    "Location.PowerSystemResources", "PositionPoint.Location", "SwitchPhase.Switch", "Measurement.PowerSystemResource",
    "Measurement.Terminal", "Measurement.ACDCTerminal", "AnalogValue.Analog", "DiscreteValue.Discrete", "SvSwitch.Switch",
    "MeasurementValueQuality.MeasurementValue", "RegulatingControl.Terminal",
}  # fmt: skip


def buses(draft: ModelDraft) -> dict[str, str]:
    """The node that stands for its bus (the first of its mRIDs), by mRID of every node."""
    parent = {mrid: mrid for mrid in draft.nodes}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for branch in draft.branches.values():
        if branch.is_switch and branch.closed_phases:
            one, other = sorted((root(branch.from_node), root(branch.to_node)))
            parent[other] = one
    return {mrid: root(mrid) for mrid in draft.nodes}


def with_topology(store: Store, draft: ModelDraft) -> Store:
    """A copy of the records whose topology follows from the draft's switch positions; state variables of another are left out."""
    new = copied(store)
    for key in [key for key, one in new.objects.items() if one.cls in _OLD or one.cls.startswith("Sv")]:
        del new.objects[key]
    maker = Maker(new, draft, units_of(store), making_branches.Electrics())
    bus_of = {identity.key(node): bus for node, bus in buses(draft).items()}
    made = {bus: _make_bus(maker, draft.nodes[bus]) for bus in sorted(set(bus_of.values())) if bus not in maker.stars}
    for key in [key for key, one in new.objects.items() if one.cls in ("ConnectivityNode", "Terminal")]:
        record = own(new, key)
        node = key if record.cls == "ConnectivityNode" else record.refs.get("Terminal.ConnectivityNode", "")
        record.refs.pop(f"{record.cls}.TopologicalNode", None)
        if node in bus_of:
            record.refs[f"{record.cls}.TopologicalNode"] = made[bus_of[node]]
    _say_that_nothing_is_shunted(new)
    new.close()
    return new


def _say_that_nothing_is_shunted(store: Store) -> None:
    """A winding without g and b takes no current of its own; engines read what is not said as not known, and solve nothing."""
    for key in [key for key, one in store.objects.items() if one.cls == "PowerTransformerEnd"]:
        if missing := [name for name in _SHUNT if name not in store.objects[key].text]:
            own(store, key).text.update(dict.fromkeys(missing, "0.0"))


def _make_bus(maker: Maker, node: Node) -> str:
    record = maker.store.objects[identity.key(node.mrid)]
    refs = {
        "TopologicalNode.BaseVoltage": maker.base_voltage(node.nominal_v),
        "TopologicalNode.ConnectivityNodeContainer": record.refs.get("ConnectivityNode.ConnectivityNodeContainer", ""),
    }
    return maker.make("TopologicalNode", derived_mrid(node.mrid, "bus"), node.name, {}, refs)


def bus_branch(store: Store, draft: ModelDraft) -> Store:
    """Records for a load-flow engine that knows no switches: their topology, without switches and connectivity nodes."""
    new = with_topology(store, draft)
    gone = {key for key, one in new.objects.items() if one.cls in SWITCH_CLASSES or one.cls == "ConnectivityNode"}
    nodes = {key for key in gone if new.objects[key].cls == "ConnectivityNode"}
    described = gone - nodes
    while described:
        described = {
            key
            for key, one in new.objects.items()
            if key not in gone and any(one.refs.get(name) in described for name in _DESCRIBES & one.refs.keys())
        }
        gone |= described
    for key in gone:
        del new.objects[key]
    for key, record in list(new.objects.items()):
        if any(target in gone for value in record.refs.values() for target in value.split(" ")):
            _drop_references(new, key, gone)
    new.undefined = {}
    result = copied(new)
    result.close()
    return result


def _drop_references(store: Store, key: str, gone: set[str]) -> None:
    record = own(store, key)
    for name, value in list(record.refs.items()):
        left = [target for target in value.split(" ") if target not in gone]
        if left:
            record.refs[name] = " ".join(left)
        else:
            del record.refs[name]
