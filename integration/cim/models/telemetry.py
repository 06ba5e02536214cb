"""Points of the SCADA system: Analogs and Discretes on equipment of the draft."""

from __future__ import annotations

from integration.cim.models import own
from integration.cim.models.build import Build
from integration.cim.models.store import Record
from network.domain import phases as ph
from network.domain.draft import TelemetryPoint

#: Measurement.measurementType as met in feeders (short) and in the standard (long).
_KINDS = {
    "Pos": "position",
    "SwitchPosition": "position",
    "A": "current",
    "PhaseCurrent": "current",
    "LineCurrent": "current",
    "PNV": "voltage",
    "PhaseVoltage": "voltage",
    "LineToLineVoltage": "voltage",
    "Voltage": "voltage",
    "VA": "apparent_power",
    "ThreePhasePower": "apparent_power",
    "ThreePhaseActivePower": "active_power",
    "ThreePhaseReactivePower": "reactive_power",
    "SoC": "state_of_charge",
    "FaultIndicator": "fault_indicator",
    "FaultCurrent": "fault_current",  # A of the latest fault that the protection of a device saw; one point a phase, or the largest
    "Lockout": "lockout",  # 1: the device that tripped will not reclose by itself
    "LocalOperation": "local_mode",  # 1: switched to local
}
#: Parts whose points belong to the equipment they are part of.
_PART_OF = (
    "PowerElectronicsUnit.PowerElectronicsConnection",
    "TransformerTank.PowerTransformer",
    "PowerTransformerEnd.PowerTransformer",
)


def build_telemetry_points(build: Build) -> None:
    """One per measurement whose equipment is in the draft; "position" is kept for switches, tap positions are "other"."""
    for _, record in build.store.of_class("Analog", "Discrete"):
        equipment = _equipment(build, record)
        if not equipment:
            build.store.find("warning", "point_nowhere", "its equipment is not in the model; left out", record)
            continue
        kind = _KINDS.get(record.text.get("Measurement.measurementType", ""), "other")
        branch = build.draft.branches.get(equipment)
        if kind == "position" and not (branch and branch.is_switch):
            kind = "other"
        phases = ph.parse(record.text.get("Measurement.phases", "")) or _phases_of(build, equipment)
        build.draft.telemetry_points[record.id] = TelemetryPoint(
            record.id, record.name, equipment, kind, phases, synthetic=own.is_synthetic(record)
        )
        build.place(record)


def _phases_of(build: Build, mrid: str) -> int:
    found = build.draft.branches.get(mrid) or build.draft.injections.get(mrid)
    return found.phases if found else ph.ABC


def _equipment(build: Build, record: Record) -> str:
    """MRID of the branch or injection it is on, by way of a part or a terminal if need be."""
    target = build.store.follow(record, "Measurement.PowerSystemResource")
    if target is None:
        terminal = build.store.follow(record, "Measurement.Terminal") or build.store.follow(
            record, "Measurement.ACDCTerminal"
        )
        target = build.store.follow(terminal, "Terminal.ConductingEquipment") if terminal else None
    for name in _PART_OF:
        target = (build.store.follow(target, name) or target) if target else None
    mrid = target.id if target else ""
    return mrid if mrid in build.draft.branches or mrid in build.draft.injections else ""
