"""Which CIM classes we take, and as what. Every other class in a file is counted as skipped."""

from __future__ import annotations

from network.domain.draft import CONSUMER_CLASSES, SWITCH_CLASSES

LINES = ("ACLineSegment", "SeriesCompensator", "EquivalentBranch")
SWITCHES = tuple(sorted(SWITCH_CLASSES))
CONSUMERS = tuple(sorted(CONSUMER_CLASSES))
SOURCES = ("EnergySource", "ExternalNetworkInjection")
EQUIVALENTS = ("EquivalentInjection",)
MACHINES = ("SynchronousMachine", "AsynchronousMachine", "PowerElectronicsConnection")
SHUNTS = ("LinearShuntCompensator", "NonlinearShuntCompensator", "EquivalentShunt", "PetersenCoil")
INJECTIONS = (*CONSUMERS, *SOURCES, *EQUIVALENTS, *MACHINES, *SHUNTS)
CONTAINERS = (
    "GeographicalRegion",
    "SubGeographicalRegion",
    "Substation",
    "VoltageLevel",
    "Bay",
    "Line",
    "Feeder",
)

#: The class that gives an equipment its phases one by one: (reference to the equipment, property with the phase).
PHASE_PARTS = {
    "ACLineSegmentPhase": ("ACLineSegmentPhase.ACLineSegment", "ACLineSegmentPhase.phase"),
    "EnergyConsumerPhase": ("EnergyConsumerPhase.EnergyConsumer", "EnergyConsumerPhase.phase"),
    "EnergySourcePhase": ("EnergySourcePhase.EnergySource", "EnergySourcePhase.phase"),
    "LinearShuntCompensatorPhase": ("ShuntCompensatorPhase.ShuntCompensator", "ShuntCompensatorPhase.phase"),
    "PowerElectronicsConnectionPhase": (
        "PowerElectronicsConnectionPhase.PowerElectronicsConnection",
        "PowerElectronicsConnectionPhase.phase",
    ),
}

#: What only the circuit is built of: impedances, sheets, taps and controls.
ELECTRICAL = (
    "BaseFrequency",
    "ConcentricNeutralCableInfo",
    "LoadResponseCharacteristic",
    "NoLoadTest",
    "NonlinearShuntCompensatorPoint",
    "OverheadWireInfo",
    "PerLengthPhaseImpedance",
    "PerLengthSequenceImpedance",
    "PhaseImpedanceData",
    "RatioTapChanger",
    "RegulatingControl",
    "ShortCircuitTest",
    "TapChangerControl",
    "TapeShieldCableInfo",
    "TransformerCoreAdmittance",
    "TransformerMeshImpedance",
    "WirePosition",
    "WireSpacingInfo",
)

TAKEN = frozenset(
    {
        *ELECTRICAL,
        *LINES,
        *SWITCHES,
        *INJECTIONS,
        *CONTAINERS,
        *PHASE_PARTS,
        "SwitchPhase",
        "ConnectivityNode",
        "Terminal",
        "BusbarSection",
        "PowerTransformer",
        "PowerTransformerEnd",
        "TransformerTank",
        "TransformerTankEnd",
        "TransformerTankInfo",
        "TransformerEndInfo",
        "BaseVoltage",
        "OperationalLimitSet",
        "OperationalLimitType",
        "CurrentLimit",
        "CoordinateSystem",
        "Location",
        "PositionPoint",
        "UsagePoint",
        "Meter",
        "EndDevice",
        "Customer",
        "CustomerAgreement",
        "ServiceLocation",
        "Analog",
        "Discrete",
        "PhotovoltaicUnit",
        "BatteryUnit",
        "FullModel",
        "DifferenceModel",
        "IEC61970CIMVersion",
    }
)
