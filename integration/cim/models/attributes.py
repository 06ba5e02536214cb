"""Which properties the builders use. Every other one is counted per class, and kept for the way out."""

from __future__ import annotations

from collections import Counter

from integration.cim.models.store import Store

#: Attributes by the class that declares them.
_USED = {
    "ACDCTerminal": "OperationalLimitSet connected sequenceNumber",
    "ACLineSegment": "PerLengthImpedance WireSpacing WireSpacingInfo r x",
    "ACLineSegmentPhase": "ACLineSegment WireInfo phase sequenceNumber",
    "Asset": "serialNumber",
    "AsynchronousMachine": "p q",
    "BaseFrequency": "frequency",
    "BaseVoltage": "nominalVoltage",
    "Bay": "Substation VoltageLevel",
    "CableInfo": "diameterOverInsulation diameterOverScreen relativePermittivity",
    "ConcentricNeutralCableInfo": "diameterOverNeutral neutralStrandCount "
    "neutralStrandGmr neutralStrandRDC20 neutralStrandRadius",
    "ConductingEquipment": "BaseVoltage",
    "Conductor": "length",
    "ConnectivityNode": "ConnectivityNodeContainer",
    "CoordinateSystem": "crsUrn",
    "CurrentLimit": "normalValue value",
    "Customer": "specialNeed",
    "CustomerAgreement": "Customer UsagePoints",
    "Diagram": "orientation",
    "DiagramObject": "Diagram IdentifiedObject rotation",
    "DiagramObjectPoint": "DiagramObject sequenceNumber xPosition yPosition",
    "EndDevice": "UsagePoint",
    "EnergyConsumer": "LoadResponse customerCount p pfixed phaseConnection q qfixed",
    "EnergyConsumerPhase": "EnergyConsumer p pfixed phase q qfixed",
    "EnergySource": "activePower nominalVoltage r r0 reactivePower voltageAngle voltageMagnitude x x0",
    "EnergySourcePhase": "EnergySource phase",
    "Equipment": "EquipmentContainer UsagePoint UsagePoints inService normallyInService",
    "EquivalentInjection": "p q r r0 x x0",
    "EquivalentShunt": "b g",
    "ExternalNetworkInjection": "maxInitialSymShCCurrent maxP maxR0ToX0Ratio maxR1ToX1Ratio "
    "maxZ0ToZ1Ratio p q referencePriority voltageFactor",
    "Feeder": "NormalEnergizingSubstation",
    "IdentifiedObject": "mRID name",
    "Line": "Region",
    "LinearShuntCompensator": "bPerSection gPerSection",
    "LinearShuntCompensatorPhase": "bPerSection gPerSection",
    "LoadResponseCharacteristic": "exponentModel pConstantCurrent pConstantImpedance pConstantPower "
    "pVoltageExponent qConstantCurrent qConstantImpedance qConstantPower qVoltageExponent",
    "Location": "PowerSystemResources",
    "Measurement": "ACDCTerminal PowerSystemResource Terminal measurementType phases",
    "Model": "profile",
    "NoLoadTest": "EnergisedEnd energisedEndVoltage excitingCurrent loss",
    "OperationalLimit": "OperationalLimitSet OperationalLimitType",
    "OperationalLimitSet": "Equipment Terminal",
    "OperationalLimitType": "acceptableDuration isInfiniteDuration kind limitType",
    "PhaseImpedanceData": "PhaseImpedance b column r row x",
    "PositionPoint": "Location sequenceNumber xPosition yPosition",
    "PowerElectronicsConnection": "PowerElectronicsUnit maxIFault p q",
    "PowerElectronicsConnectionPhase": "PowerElectronicsConnection phase",
    "PowerElectronicsUnit": "PowerElectronicsConnection",
    "PowerSystemResource": "AssetDatasheet Location",
    "PowerTransformerEnd": "PowerTransformer b b0 connectionKind g g0 phaseAngleClock r r0 ratedS ratedU x x0",
    "RatioTapChanger": "TransformerEnd stepVoltageIncrement",
    "RegulatingCondEq": "RegulatingControl",
    "RegulatingControl": "RegulatingCondEq Terminal enabled mode "
    "monitoredPhase targetDeadband targetValue targetValueUnitMultiplier",
    "RotatingMachine": "p q ratedS ratedU",
    "ShortCircuitTest": "EnergisedEnd GroundedEnds leakageImpedance",
    "ShuntCompensator": "nomU normalSections phaseConnection sections",
    "ShuntCompensatorPhase": "ShuntCompensator phase sections",
    "StreetDetail": "addressGeneral name number",
    "SubGeographicalRegion": "Region",
    "Substation": "Region",
    "Switch": "normalOpen open ratedCurrent",
    "SwitchPhase": "Switch closed normalOpen phaseSide1 phaseSide2",
    "SynchronousMachine": "operatingMode p q r referencePriority satDirectSubtransX type x0",
    "TapChanger": "TapChangerControl controlEnabled ctRating highStep initialDelay "
    "lowStep ltcFlag neutralStep normalStep ptRatio step",
    "TapChangerControl": "lineDropCompensation lineDropR lineDropX reversible reverseLineDropR reverseLineDropX reversingDelay"
    " reversingPowerThreshold reverseToNeutral",
    "TapeShieldCableInfo": "tapeLap tapeThickness",
    "TelephoneNumber": "localNumber",
    "Terminal": "ConductingEquipment ConnectivityNode phases sequenceNumber",
    "TownDetail": "code name",
    "TransformerCoreAdmittance": "TransformerEnd b g",
    "TransformerEnd": "BaseVoltage Terminal endNumber grounded rground xground",
    "TransformerEndInfo": "TransformerTankInfo connectionKind endNumber phaseAngleClock r ratedS ratedU",
    "TransformerMeshImpedance": "FromTransformerEnd ToTransformerEnd r x x0",
    "TransformerTank": "PowerTransformer TransformerTankInfo",
    "TransformerTankEnd": "TransformerTank orderedPhases phases",
    "TransformerTest": "basePower",
    "UsagePoint": "CustomerAgreement Equipments ServiceLocation phaseCode",
    "VoltageLevel": "BaseVoltage Substation",
    "WireInfo": "gmr insulationThickness rAC25 rAC50 rAC75 rDC20 radius ratedCurrent",
    "WirePosition": "WireSpacingInfo sequenceNumber xCoord yCoord",
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
