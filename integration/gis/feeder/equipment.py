"""Sources, loads, inverters, machines and capacitors of a feeder's tables, and what switches the capacitors."""

from __future__ import annotations

import math
from collections.abc import Iterable

from integration.gis.feeder.rdf import Enum, Ref, Value
from integration.gis.feeder.rows import Row
from integration.gis.feeder.tables import Feeder, conductors

_MODES = {"kvar": ("reactivePower", 1000.0), "voltage": ("voltage", 1.0), "current": ("currentFlow", 1.0), "pf": ("powerFactor", 1.0),
          "time": ("timeScheduled", 1.0)}  # fmt: skip
_RESPONSE = (("pConstantImpedance", "pz"), ("pConstantCurrent", "pi"), ("pConstantPower", "pp"), ("qConstantImpedance", "qz"),
             ("qConstantCurrent", "qi"), ("qConstantPower", "qp"), ("pVoltageExponent", "pe"), ("qVoltageExponent", "qe"))  # fmt: skip


def build(feeder: Feeder) -> None:
    """Everything with one terminal."""
    for row in feeder.rows("Source"):
        _source(feeder, row)
    responses: set[str] = set()
    for row in feeder.rows("Loads"):
        _load(feeder, row, responses)
    for row in feeder.rows("Solar"):
        _inverter(feeder, row, "PhotovoltaicUnit", {}, row.number("kW"), row.number("kVAR"), row.number("kVA"))
    for row in feeder.rows("Storage"):
        _battery(feeder, row)
    for row in feeder.rows("SyncGen"):
        kw = row.number("kW")
        values: dict[str, Value] = {
            "RotatingMachine.p": kw * 1e3,
            "RotatingMachine.q": _kvar(row, kw) * 1e3,
            "RotatingMachine.ratedS": row.number("kVA") * 1e3,
            "RotatingMachine.ratedU": row.number("kV") * 1e3,
        }
        feeder.equipment("SynchronousMachine", row, values, [row.text("Bus")])
    for row in feeder.rows("Capacitors"):
        _capacitor(feeder, row)


def _kvar(row: Row, kw: float) -> float:
    """By the power factor; one below zero draws what one above delivers."""
    factor = row.number("pf")
    return math.copysign(abs(kw) * math.tan(math.acos(min(abs(factor), 1.0))), kw * factor) if factor else 0.0


def _source(feeder: Feeder, row: Row) -> None:
    kv = row.number("kV")
    values: dict[str, Value] = {
        "EnergySource.nominalVoltage": kv * 1e3,
        "EnergySource.voltageMagnitude": kv * row.number("pu") * 1e3,
        "EnergySource.voltageAngle": math.radians(row.number("ang")),
    }
    pairs = (("r", "R1"), ("x", "X1"), ("r0", "R0"), ("x0", "X0"))
    values |= {f"EnergySource.{label}": row.number(column) for label, column in pairs}
    feeder.equipment("EnergySource", row, values, [row.text("Bus")])


def _load(feeder: Feeder, row: Row, responses: set[str]) -> None:
    phases, kw, name = conductors(row.text("Phases")), row.number("kW"), row.text("Name")
    kvar = _kvar(row, kw)
    values: dict[str, Value] = {
        "EnergyConsumer.p": kw * 1e3,
        "EnergyConsumer.q": kvar * 1e3,
        "EnergyConsumer.customerCount": 1,
        "EnergyConsumer.phaseConnection": _connection(row),
        "EnergyConsumer.LoadResponse": _response(feeder, row, responses),
    }
    mrid = feeder.equipment("EnergyConsumer", row, values, [row.text("Bus")])
    parts: dict[str, Value] = {
        "EnergyConsumerPhase.p": kw / len(phases) * 1e3,
        "EnergyConsumerPhase.q": kvar / len(phases) * 1e3,
    }
    feeder.phases("EnergyConsumerPhase", mrid, name, _parts(phases), parts)


def _parts(phases: list[str]) -> Iterable[str]:
    """The phases that need saying: none where there are all three."""
    return [one for one in phases if one != "N"] if set(phases) != set("ABC") else []


def _connection(row: Row) -> Enum:
    return Enum(f"PhaseShuntConnectionKind.{'D' if row.text('Connection').lower().startswith('d') else 'Y'}")


def _response(feeder: Feeder, row: Row, responses: set[str]) -> Ref:
    """How the load follows the voltage; one object for all of one kind."""
    numbers = {label: row.number(column) for label, column in _RESPONSE}
    name = " ".join(f"{value:g}" for value in numbers.values())
    if name not in responses:
        responses.add(name)
        values: dict[str, Value] = {
            f"LoadResponseCharacteristic.{label}": value * (100.0 if "Constant" in label else 1.0)
            for label, value in numbers.items()
        }
        values["LoadResponseCharacteristic.exponentModel"] = bool(
            numbers["pVoltageExponent"] or numbers["qVoltageExponent"]
        )
        feeder.document.add("LoadResponseCharacteristic", name, values)
    return Ref(feeder.document.mrid("LoadResponseCharacteristic", name))


def _battery(feeder: Feeder, row: Row) -> None:
    """What an idle battery is said to deliver is a set point for another hour."""
    state = row.text("State")
    kw = 0.0 if state == "idling" else row.number("kW")
    values: dict[str, Value] = {
        "BatteryUnit.ratedE": row.number("kWhCapacity") * 1e3,
        "BatteryUnit.storedE": row.number("kWhStored") * 1e3,
        "BatteryUnit.batteryState": Enum(
            "BatteryStateKind.waiting" if state == "idling" else f"BatteryStateKind.{state}"
        ),
    }
    _inverter(feeder, row, "BatteryUnit", values, kw, 0.0, row.number("kVArated"))


def _inverter(
    feeder: Feeder, row: Row, unit_class: str, values: dict[str, Value], kw: float, kvar: float, rated_kva: float
) -> None:
    name, phases = row.text("Name"), conductors(row.text("Phases"))
    values |= {
        "PowerElectronicsUnit.maxP": row.number("kWmax") * 1e3,
        "PowerElectronicsUnit.minP": row.number("kWmin") * 1e3,
    }
    unit = feeder.document.add(unit_class, name, values)
    own: dict[str, Value] = {
        "PowerElectronicsConnection.PowerElectronicsUnit": Ref(unit),
        "PowerElectronicsConnection.p": kw * 1e3,
        "PowerElectronicsConnection.q": kvar * 1e3,
        "PowerElectronicsConnection.ratedS": rated_kva * 1e3,
        "PowerElectronicsConnection.ratedU": row.number("kV") * 1e3,
        "PowerElectronicsConnection.maxIFault": row.number("IfaultPU"),
        "PowerElectronicsConnection.maxQ": row.number("kVARmax") * 1e3,
        "PowerElectronicsConnection.minQ": row.number("kVARmin") * 1e3,
    }
    mrid = feeder.equipment("PowerElectronicsConnection", row, own, [row.text("Bus")])
    kind = "PowerElectronicsConnectionPhase"
    parts: dict[str, Value] = {f"{kind}.p": kw / len(phases) * 1e3, f"{kind}.q": kvar / len(phases) * 1e3}
    feeder.phases(kind, mrid, name, _parts(phases), parts)


def _capacitor(feeder: Feeder, row: Row) -> None:
    name, phases, kv, kvar = row.text("Name"), conductors(row.text("Phases")), row.number("kV"), row.number("kVAR")
    sections = 1 if row.number("kVARon") > 0 else 0
    siemens = kvar * 1e3 / (kv * 1e3) ** 2 if len(phases) != 2 else kvar * 1e3 / (kv * 1e3) ** 2 * 1.5
    values: dict[str, Value] = {
        "ShuntCompensator.nomU": kv * 1e3,
        "LinearShuntCompensator.bPerSection": siemens,
        "LinearShuntCompensator.gPerSection": 0.0,
        "ShuntCompensator.phaseConnection": _connection(row),
        "ShuntCompensator.normalSections": sections,
        "ShuntCompensator.maximumSections": 1,
        "ShuntCompensator.sections": sections,
    }
    mrid = feeder.equipment("LinearShuntCompensator", row, values, [row.text("Bus")])
    for phase in _parts(phases):
        part: dict[str, Value] = {
            "ShuntCompensatorPhase.phase": Enum(f"SinglePhaseKind.{phase}"),
            "ShuntCompensatorPhase.ShuntCompensator": Ref(mrid),
            "LinearShuntCompensatorPhase.bPerSection": siemens,
            "ShuntCompensatorPhase.sections": sections,
        }
        feeder.document.add("LinearShuntCompensatorPhase", f"{name}_{phase}", part)


def build_controls(feeder: Feeder) -> None:
    """What switches the capacitors; it watches a terminal of another element."""
    phases = {row.text("Name"): conductors(row.text("Phases")) for row in feeder.rows("Capacitors")}
    for row in feeder.rows("CapControls"):
        capacitor, kind = row.text("Capacitor"), row.text("Type").lower()
        if capacitor not in phases or kind not in _MODES:
            raise row.refusal(f"control {row.text('Name')}: no capacitor {capacitor}, or no kind of control {kind}")
        mode, unit = _MODES[kind]
        on, off = (row.number(column) * unit for column in ("ONSetting", "OFFSetting"))
        values: dict[str, Value] = {
            "RegulatingControl.RegulatingCondEq": Ref(feeder.document.mrid("LinearShuntCompensator", capacitor)),
            "RegulatingControl.mode": Enum(f"RegulatingControlModeKind.{mode}"),
            "RegulatingControl.Terminal": Ref(_watched(feeder, row)),
            "RegulatingControl.monitoredPhase": Enum(f"PhaseCode.{phases[capacitor][0]}"),
            "RegulatingControl.enabled": True,
            "RegulatingControl.discrete": True,
            "RegulatingControl.targetValue": (on + off) / 2.0,
            "RegulatingControl.targetDeadband": off - on,
        }
        feeder.document.add("RegulatingControl", f"{row.text('Name')}_ctrl", values)


def _watched(feeder: Feeder, row: Row) -> str:
    element = row.text("MonitoredElement").partition(".")[2] or row.text("MonitoredElement")
    number = int(row.number("ElementTerminal"))
    for cls in ("ACLineSegment", "LoadBreakSwitch", "Breaker", "LinearShuntCompensator"):
        known = feeder.terminals.get(f"{cls}.{element}", [])
        if 0 < number <= len(known):
            return known[number - 1]
    raise row.refusal(f"control {row.text('Name')}: it watches {row.text('MonitoredElement')}, which is not there")
