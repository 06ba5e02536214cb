"""Which properties the builders use. Every other one is counted per class, and kept for the way out."""

from __future__ import annotations

from collections import Counter

from integration.cim.models.store import Store

#: Attributes by the class that declares them.
_USED = {
    "ACDCTerminal": "OperationalLimitSet connected sequenceNumber",
    "ACLineSegment": "PerLengthImpedance WireSpacing WireSpacingInfo r x",
    "ACLineSegmentPhase": "ACLineSegment phase",
    "Asset": "serialNumber",
    "AsynchronousMachine": "p q",
    "BaseVoltage": "nominalVoltage",
    "Bay": "Substation VoltageLevel",
    "ConductingEquipment": "BaseVoltage",
    "Conductor": "length",
    "ConnectivityNode": "ConnectivityNodeContainer",
    "CoordinateSystem": "crsUrn",
    "CurrentLimit": "normalValue value",
    "Customer": "specialNeed",
    "CustomerAgreement": "Customer UsagePoints",
    "EndDevice": "UsagePoint",
    "EnergyConsumer": "customerCount p pfixed q qfixed",
    "EnergyConsumerPhase": "EnergyConsumer p pfixed phase q qfixed",
    "EnergySource": "activePower reactivePower",
    "EnergySourcePhase": "EnergySource phase",
    "Equipment": "EquipmentContainer UsagePoint UsagePoints inService normallyInService",
    "EquivalentInjection": "p q",
    "ExternalNetworkInjection": "p q",
    "Feeder": "NormalEnergizingSubstation",
    "IdentifiedObject": "mRID name",
    "Line": "Region",
    "LinearShuntCompensator": "bPerSection",
    "Location": "PowerSystemResources",
    "Measurement": "ACDCTerminal PowerSystemResource Terminal measurementType phases",
    "Model": "profile",
    "OperationalLimit": "OperationalLimitSet OperationalLimitType",
    "OperationalLimitSet": "Equipment Terminal",
    "OperationalLimitType": "acceptableDuration isInfiniteDuration kind limitType",
    "PositionPoint": "Location sequenceNumber xPosition yPosition",
    "PowerElectronicsConnection": "PowerElectronicsUnit p q",
    "PowerElectronicsConnectionPhase": "PowerElectronicsConnection phase",
    "PowerElectronicsUnit": "PowerElectronicsConnection",
    "PowerSystemResource": "AssetDatasheet Location",
    "PowerTransformerEnd": "PowerTransformer ratedS ratedU",
    "RotatingMachine": "p q",
    "ShuntCompensator": "nomU normalSections sections",
    "ShuntCompensatorPhase": "ShuntCompensator phase",
    "StreetDetail": "addressGeneral name number",
    "SubGeographicalRegion": "Region",
    "Substation": "Region",
    "Switch": "normalOpen open ratedCurrent",
    "SwitchPhase": "Switch closed normalOpen phaseSide1 phaseSide2",
    "SynchronousMachine": "operatingMode p q type",
    "TelephoneNumber": "localNumber",
    "Terminal": "ConductingEquipment ConnectivityNode phases sequenceNumber",
    "TownDetail": "code name",
    "TransformerEnd": "BaseVoltage Terminal endNumber",
    "TransformerEndInfo": "TransformerTankInfo endNumber ratedS ratedU",
    "TransformerTank": "PowerTransformer TransformerTankInfo",
    "TransformerTankEnd": "TransformerTank orderedPhases phases",
    "UsagePoint": "CustomerAgreement Equipments ServiceLocation phaseCode",
    "VoltageLevel": "BaseVoltage Substation",
}
USED = {f"{cls}.{attribute}" for cls, listed in _USED.items() for attribute in listed.split()}
#: These classes say who wrote the files, not what the network is.
_ABOUT_FILES = frozenset({"FullModel", "DifferenceModel", "IEC61970CIMVersion"})


def unused(store: Store) -> dict[str, dict[str, int]]:
    """By class and attribute, how many values no builder asks for."""
    shapes = Counter((record.cls, *record.text, *record.refs) for record in store.objects.values())
    found: dict[str, dict[str, int]] = {}
    for (cls, *names), count in shapes.items():
        if cls in _ABOUT_FILES:
            continue
        for name in names:
            if name not in USED:
                of_class = found.setdefault(cls, {})
                of_class[name] = of_class.get(name, 0) + count
    return {cls: dict(sorted(found[cls].items())) for cls in sorted(found)}
