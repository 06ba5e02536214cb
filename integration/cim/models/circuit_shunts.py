"""Shunt compensators, phase by phase where the file says so, and what switches them."""

from __future__ import annotations

from integration.cim.models.circuit_parts import Parts
from integration.cim.models.circuit_taps import controls
from integration.cim.models.store import Record
from network.domain.physics.circuit import Shunt, ShuntControl

_CLASSES = ("LinearShuntCompensator", "EquivalentShunt")


def build_shunts(parts: Parts) -> None:
    """Every linear shunt in service. A Petersen coil between star point and earth carries nothing of a balanced voltage."""
    control_of = _controls(parts)
    for key, record in parts.build.store.of_class(*_CLASSES):
        node = parts.node(key, record)
        if node is None:
            continue
        g, b = _admittance(parts, key, record)
        volts = parts.build.units.volts(record, "ShuntCompensator.nomU")
        connection = "D" if record.text.get("ShuntCompensator.phaseConnection") == "D" else "Y"
        control = control_of.get(key) or control_of.get(record.refs.get("RegulatingCondEq.RegulatingControl", ""))
        phases = parts.phases(key)
        parts.circuit.shunts.append(
            Shunt(record.id, record.name, node, phases, connection, volts, g, b, _control(parts, control, node))
        )
    for _, record in parts.build.store.of_class("NonlinearShuntCompensator"):
        parts.regret(record, "its points are not used; left out")


def _admittance(parts: Parts, key: str, record: Record) -> tuple[float, float]:
    """Siemens per phase with the sections that are in, as rated; a delta's is that of the equal star."""
    if record.cls == "EquivalentShunt":
        return record.number("EquivalentShunt.g") or 0.0, record.number("EquivalentShunt.b") or 0.0
    rows = parts.rows.get(key, ())
    for row in rows:
        if row.number("LinearShuntCompensatorPhase.bPerSection") is not None:
            sections = row.number("ShuntCompensatorPhase.sections", _sections(record)) or 0.0
            g = row.number("LinearShuntCompensatorPhase.gPerSection") or 0.0
            return g * sections, (row.number("LinearShuntCompensatorPhase.bPerSection") or 0.0) * sections
    sections = _sections(record)
    g = record.number("LinearShuntCompensator.gPerSection") or 0.0
    return g * sections, (record.number("LinearShuntCompensator.bPerSection") or 0.0) * sections


def _sections(record: Record) -> float:
    return record.number("ShuntCompensator.sections", record.number("ShuntCompensator.normalSections", 1.0)) or 0.0


def _controls(parts: Parts) -> dict[str, Record]:
    """By the key of the equipment it regulates, and by its own."""
    found = {}
    for key, record in controls(parts):
        found[key] = record
        for equipment in record.refs.get("RegulatingControl.RegulatingCondEq", "").split():
            found[equipment] = record
    return found


def _control(parts: Parts, record: Record | None, node: str) -> ShuntControl | None:
    if record is None or not record.flag("RegulatingControl.enabled", default=True) or parts.build.units.is_cgmes:
        return None
    target = record.number("RegulatingControl.targetValue") or 0.0
    half = abs(record.number("RegulatingControl.targetDeadband") or 0.0) / 2.0
    terminal = parts.build.store.follow(record, "RegulatingControl.Terminal")
    equipment = parts.build.store.follow(terminal, "Terminal.ConductingEquipment") if terminal else None
    return ShuntControl(
        record.text.get("RegulatingControl.mode", "voltage"),
        equipment.id if equipment else "",
        parts.nodes.get(record.refs.get("RegulatingControl.Terminal", ""), node),
        record.text.get("RegulatingControl.monitoredPhase", ""),
        target - half,
        target + half,
    )
