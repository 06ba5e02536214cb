"""Which document of a CGMES set says what (ENTSO-E CGMES 2.4.15 and 3.0): by class, and inside equipment by property."""

from __future__ import annotations

from collections.abc import Callable

from integration.cim.export.names import CIM16
from integration.cim.models.packing import key_of
from integration.cim.models.store import REPEAT, Record, Store

#: Documents in the order in which they are written.
EQ, SSH, TP, SV, DL, GL, EQ_BD, TP_BD, MORE = "EQ", "SSH", "TP", "SV", "DL", "GL", "EQ_BD", "TP_BD", "MORE"

_STEADY = """
ACDCTerminal.connected ActivePowerLimit.value ApparentPowerLimit.value AsynchronousMachine.asynchronousMachineType
BatteryUnit.batteryState BatteryUnit.storedE ControlArea.netInterchange ControlArea.pTolerance CurrentLimit.value EnergyConsumer.p
EnergyConsumer.q EnergySource.activePower EnergySource.reactivePower Equipment.inService EquivalentInjection.p EquivalentInjection.q
EquivalentInjection.regulationStatus EquivalentInjection.regulationTarget ExternalNetworkInjection.p ExternalNetworkInjection.q
ExternalNetworkInjection.referencePriority GeneratingUnit.normalPF PowerElectronicsConnection.p PowerElectronicsConnection.q
RegulatingCondEq.controlEnabled RegulatingControl.discrete RegulatingControl.enabled RegulatingControl.maxAllowedTargetValue
RegulatingControl.minAllowedTargetValue RegulatingControl.targetDeadband RegulatingControl.targetValue
RegulatingControl.targetValueUnitMultiplier RotatingMachine.p RotatingMachine.q ShuntCompensator.sections StaticVarCompensator.q
Switch.locked Switch.open SwitchPhase.closed SynchronousMachine.operatingMode SynchronousMachine.referencePriority
TapChanger.controlEnabled TapChanger.step VoltageLimit.value
"""
#: Limits are equipment in 2.4.15, hypotheses in 3.0.
_LIMITS = {"ActivePowerLimit.value", "ApparentPowerLimit.value", "CurrentLimit.value", "VoltageLimit.value"}
_TOPOLOGY = {
    "Terminal.TopologicalNode",
    "ConnectivityNode.TopologicalNode",
    "DCTerminal.DCTopologicalNode",
    "DCNode.DCTopologicalNode",
}
_LAYOUT = ("Diagram", "TextDiagramObject", "VisibilityLayer")
_PLACES = {"Location", "PositionPoint", "CoordinateSystem"}
_NO_EQUIPMENT = {"UsagePoint", "Customer", "CustomerAgreement", "Meter", "EndDevice", "ServiceLocation"}
_FRAGMENTS = (
    "Equipment",
    "Operation",
    "ShortCircuit",
    "SteadyState",
    "StateVariables",
    "Topology",
    "DiagramLayout",
    "Geographical",
)

_CGMES2 = "http://entsoe.eu/CIM/{}/{}/1"
_CGMES3 = "http://iec.ch/TC57/ns/CIM/{}-EU/3.0"
_PROFILES_2 = {
    EQ: [("EquipmentCore", 3), ("EquipmentOperation", 3), ("EquipmentShortCircuit", 3)], SSH: [("SteadyStateHypothesis", 1)],
    TP: [("Topology", 4)], SV: [("StateVariables", 4)], DL: [("DiagramLayout", 3)], GL: [("GeographicalLocation", 2)],
    EQ_BD: [("EquipmentBoundary", 3), ("EquipmentBoundaryOperation", 3)], TP_BD: [("TopologyBoundary", 3)],
}  # fmt: skip
_PROFILES_3 = {
    EQ: ["CoreEquipment", "Operation", "ShortCircuit"], SSH: ["SteadyStateHypothesis"], TP: ["Topology"],
    SV: ["StateVariables"], DL: ["DiagramLayout"], GL: ["GeographicalLocation"], EQ_BD: ["EquipmentBoundary"],
    TP_BD: ["Topology"],
}  # fmt: skip
_CUSTOMERS = "http://iec.ch/TC57/CIM/Customers/2/0"


def profiles_of(document: str, edition: str, others: str = "") -> str:
    """The Model.profile values of a document, joined as repeated literals; `others` are those of what is no CGMES."""
    if document == MORE:
        return others or _CUSTOMERS
    if edition == CIM16:
        return REPEAT.join(_CGMES2.format(name, number) for name, number in _PROFILES_2[document])
    return REPEAT.join(_CGMES3.format(name) for name in _PROFILES_3[document])


def steady_state(edition: str) -> frozenset[str]:
    """The properties that a steady state hypothesis says."""
    names = frozenset(_STEADY.split())
    return names - _LIMITS if edition == CIM16 else names


def topology() -> frozenset[str]:
    """The properties that a topology says of equipment."""
    return frozenset(_TOPOLOGY)


def document_of(store: Store, edition: str) -> Callable[[Record], str]:
    """The document that defines an object, by its class, and by its file where that is a boundary or no CGMES at all.

    2.4.15 keeps the topological nodes of the boundary in a document of their own, 3.0 has none.
    """
    boundary, foreign = _files(store)
    outside = _outside(store, boundary) if edition == CIM16 else set()

    def document(record: Record) -> str:
        cls = record.cls
        is_boundary = record.file in boundary
        if cls in ("TopologicalNode", "DCTopologicalNode"):
            return TP_BD if is_boundary or key_of(record) in outside else TP
        if is_boundary:
            return EQ_BD
        if cls.startswith("Sv") or cls in ("TopologicalIsland", "DCTopologicalIsland"):
            return SV
        if cls.startswith(_LAYOUT):
            return DL
        if cls in _PLACES:
            return GL
        return MORE if record.file in foreign or cls in _NO_EQUIPMENT else EQ

    return document


def _outside(store: Store, boundary: set[int]) -> set[str]:
    """Keys of the topological nodes of the boundary's connectivity nodes."""
    nodes = (record for _, record in store.of_class("ConnectivityNode") if record.file in boundary)
    return {node.refs.get("ConnectivityNode.TopologicalNode", "") for node in nodes}


def _files(store: Store) -> tuple[set[int], set[int]]:
    """Numbers of the boundary's files, and of those whose profiles belong to no CGMES document."""
    boundary, foreign = set(), set()
    for _, record in store.of_class("FullModel"):
        profiles = record.text.get("Model.profile", "")
        if "Boundary" in profiles:
            boundary.add(record.file)
        elif profiles and not any(fragment in profiles for fragment in _FRAGMENTS):
            foreign.add(record.file)
    return boundary, foreign


def other_profiles(store: Store) -> str:
    """Profiles of the files that are no CGMES documents."""
    _, foreign = _files(store)
    found = {
        one
        for _, record in store.of_class("FullModel")
        if record.file in foreign
        for one in record.text.get("Model.profile", "").split(REPEAT)
    }
    return REPEAT.join(sorted(found))
