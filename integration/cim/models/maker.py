"""The tool that puts made records into a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integration.cim.models import identity
from integration.cim.models.store import Record, Store
from integration.cim.models.units import Units
from network.domain import phases as ph
from network.domain.draft import ModelDraft
from network.domain.identity import derived_mrid

if TYPE_CHECKING:
    from integration.cim.models.making_branches import Electrics

_KINDS = "http://iec.ch/TC57/CIM100#"
#: What stands before the values of the enumerations we write.
ENUMERATIONS = {
    "Terminal.phases": "PhaseCode.",
    "Measurement.phases": "PhaseCode.",
    "UsagePoint.phaseCode": "PhaseCode.",
    "SwitchPhase.phaseSide1": "SinglePhaseKind.",
    "SwitchPhase.phaseSide2": "SinglePhaseKind.",
    "PowerTransformerEnd.connectionKind": "WindingConnection.",
    "RegulatingControl.mode": "RegulatingControlModeKind.",
    "SynchronousMachine.type": "SynchronousMachineKind.",
    "OperationalLimitType.direction": "OperationalLimitDirectionKind.",
}


@dataclass(slots=True)
class Maker:
    """Makes records of a draft in one unit system; `written` decides how identifiers look."""

    store: Store
    draft: ModelDraft
    units: Units
    electrics: Electrics
    region: str = ""  # key of the region that substations without one stand in
    is_urn: bool = False
    bases: dict[float, str] = field(default_factory=dict)  # keys of base voltages
    level_volts: dict[str, float] = field(default_factory=dict)  # of voltage levels and bays, by their first node
    stars: dict[str, list[str]] = field(default_factory=dict)  # star point: the branches that meet there

    def __post_init__(self) -> None:
        for name, kind in ENUMERATIONS.items():
            self.store.enumerations.setdefault(name, f"{_KINDS}{kind}")
        for node in self.draft.nodes.values():
            container = self.draft.containers.get(node.container_mrid)
            while container is not None and container.cim_class in ("VoltageLevel", "Bay"):
                self.level_volts.setdefault(container.mrid, node.nominal_v)
                container = self.draft.containers.get(container.parent_mrid)
        for mrid, branch in self.draft.branches.items():
            head = branch.attributes.get("star_of")
            if head in self.draft.branches:
                star = self.draft.branches[head].to_node
                self.stars.setdefault(star, [head]).append(mrid)

    def derived(self, *parts: str) -> str:
        """An mRID of something only the files need."""
        return derived_mrid("made", self.draft.mrid or self.draft.name, *parts)

    def make(
        self, cls: str, mrid: str, name: str, text: Mapping[str, Any], refs: Mapping[str, str] | None = None
    ) -> str:
        """Put a record into the store, its key; what is None or empty is left out."""
        literals = {"IdentifiedObject.mRID": mrid} | ({"IdentifiedObject.name": name} if name else {})
        literals |= {key: literal(value) for key, value in text.items() if value is not None and value != ""}
        written = f"urn:uuid:{mrid}" if self.is_urn else f"_{mrid}"
        found = {key: value for key, value in (refs or {}).items() if value}
        key = identity.key(written)
        self.store.objects[key] = Record(
            mrid, cls, 0, 0, is_definition=True, text=literals, refs=found, written=written
        )
        return key

    def terminal(self, mrid: str, number: int, node: str, phases: int = ph.ABC) -> str:
        """A terminal of an equipment at a node; its phases are only said where they are not ABC."""
        text = {
            "ACDCTerminal.sequenceNumber": number,
            "ACDCTerminal.connected": "true",
            "Terminal.phases": ph.text(phases) if phases and phases != ph.ABC else None,
        }
        refs = {"Terminal.ConductingEquipment": identity.key(mrid), "Terminal.ConnectivityNode": identity.key(node)}
        return self.make("Terminal", derived_mrid(mrid, "terminal", str(number)), f"T{number}", text, refs)

    def base_voltage(self, nominal_v: float) -> str:
        """Key of the base voltage; "" where none is known."""
        if nominal_v <= 0:
            return ""
        if not self.bases:
            bases = ((key, one) for key, one in self.store.objects.items() if one.cls == "BaseVoltage")
            self.bases = {self.units.volts(one, "BaseVoltage.nominalVoltage"): key for key, one in bases}
        if nominal_v not in self.bases:
            text = {"BaseVoltage.nominalVoltage": nominal_v / self.units.volt}
            mrid = self.derived("base voltage", f"{nominal_v:g}")
            self.bases[nominal_v] = self.make("BaseVoltage", mrid, f"{nominal_v / 1000.0:g} kV", text)
        return self.bases[nominal_v]

    def power(self, kilowatts: float) -> float:
        """Kilowatts in the unit of the store."""
        return kilowatts / self.units.kilowatt


def literal(value: Any) -> str:
    """A value as XML writes it: booleans in lower case, numbers so that they come back the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)
