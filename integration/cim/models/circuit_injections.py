"""Loads and generators of the circuit, per phase where the file has them so."""

from __future__ import annotations

from integration.cim.models import classes
from integration.cim.models.circuit_parts import Parts
from integration.cim.models.store import Record
from network.domain.physics.circuit import ABC, CONSTANT_POWER, SPLIT, Conductors, Generator, Load, Response

_AFTER = {"A": "B", "B": "C", "C": "A", "s1": "s2", "s2": "s1"}
_MACHINES = ("SynchronousMachine", "AsynchronousMachine", "PowerElectronicsConnection", "EquivalentInjection")


def build_loads(parts: Parts) -> None:
    """Every consumer in service; those without power are kept, allocation will give them some."""
    responses = {key: _response(record) for key, record in parts.build.store.of_class("LoadResponseCharacteristic")}
    for key, record in parts.build.store.of_class(*classes.CONSUMERS):
        node, injection = parts.node(key, record), parts.build.draft.injections.get(record.id)
        if node is None or injection is None:
            continue
        response = responses.get(record.refs.get("EnergyConsumer.LoadResponse", ""), CONSTANT_POWER)
        connection = "D" if record.text.get("EnergyConsumer.phaseConnection") == "D" else "Y"
        total = (injection.p_kw * 1000.0, injection.q_kvar * 1000.0)
        phases, p_w, q_var = _spread(parts, key, connection, total)
        parts.circuit.loads.append(Load(record.id, record.name, node, phases, connection, p_w, q_var, response))


def _spread(
    parts: Parts, key: str, connection: str, total: tuple[float, float]
) -> tuple[Conductors, tuple[float, ...], tuple[float, ...]]:
    """Phases with their powers. A delta named by one phase lies between it and the next one (AB, BC, CA)."""
    phases = parts.phases(key)
    if connection == "D" and len(phases) == 1:
        return (phases[0], _AFTER[phases[0]]), (total[0],), (total[1],)
    if connection == "D" and len(phases) == 2:
        return phases, (total[0],), (total[1],)
    rows = parts.rows.get(key, ())
    by_phase = {row.text.get("EnergyConsumerPhase.phase", ""): row for row in rows}
    if not by_phase or not all(phase in by_phase for phase in phases):
        share = float(len(phases))
        return phases, (total[0] / share,) * len(phases), (total[1] / share,) * len(phases)
    p_w = tuple(_watts(parts, by_phase[phase], "p") for phase in phases)
    q_var = tuple(_watts(parts, by_phase[phase], "q") for phase in phases)
    if not any(p_w) and not any(q_var):  # the phases are named, the power is the consumer's
        p_w, q_var = (total[0] / len(phases),) * len(phases), (total[1] / len(phases),) * len(phases)
    return phases, p_w, q_var


def _watts(parts: Parts, row: Record, name: str) -> float:
    names = (f"EnergyConsumerPhase.{name}", f"EnergyConsumerPhase.{name}fixed")
    return parts.build.units.kilowatts(row, *names) * 1000.0


def _response(record: Record) -> Response:
    """Shares may be written as 100 or as 1; exponents only count where the flag says so."""
    if record.flag("LoadResponseCharacteristic.exponentModel"):
        p = record.number("LoadResponseCharacteristic.pVoltageExponent") or 0.0
        q = record.number("LoadResponseCharacteristic.qVoltageExponent") or 0.0
        return Response(exponents=(p, q))
    return Response(_shares(record, "p"), _shares(record, "q"))


def _shares(record: Record, letter: str) -> tuple[float, float, float]:
    names = ("ConstantImpedance", "ConstantCurrent", "ConstantPower")
    values = [record.number(f"LoadResponseCharacteristic.{letter}{name}") or 0.0 for name in names]
    total = sum(values)
    return (values[0] / total, values[1] / total, values[2] / total) if total > 0 else (0.0, 0.0, 1.0)


def build_generators(parts: Parts) -> None:
    """Machines, inverters and equivalents that are no source."""
    sources = {source.mrid for source in parts.circuit.sources}
    for key, record in parts.build.store.of_class(*_MACHINES):
        node, injection = parts.node(key, record), parts.build.draft.injections.get(record.id)
        if node is None or injection is None or record.id in sources:
            continue
        phases = parts.phases(key)
        share = -1000.0 / len(phases)
        rated = parts.build.units.kilowatts(record, f"{_rated_owner(record)}.ratedS") * 1000.0
        parts.circuit.generators.append(
            Generator(
                record.id,
                record.name,
                node,
                phases if set(phases) <= {*ABC, *SPLIT} else ABC,
                str(injection.attributes.get("unit", record.cls)),
                (injection.p_kw * share,) * len(phases),
                (injection.q_kvar * share,) * len(phases),
                rated,
                max_fault_pu=record.number("PowerElectronicsConnection.maxIFault"),
            )
        )


def _rated_owner(record: Record) -> str:
    if record.cls == "PowerElectronicsConnection":
        return record.cls
    return "RotatingMachine" if "RotatingMachine.ratedS" in record.text else record.cls
