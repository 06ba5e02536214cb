"""What can hold an island alive, and in which order.

EnergySources of distribution files are voltages behind an impedance. Profiles of transmission name several candidates. The reference
is, in this order: who has the least referencePriority above zero; who regulates voltage, the largest first; who merely is an external
network or was taken as source for want of any other. External networks of one place in that order for which no power is scheduled are
the same network above, fed from at several points: where switches join them they hold the island together.
"""

from __future__ import annotations

import math

from integration.cim.models.circuit_parts import Parts
from integration.cim.models.store import Record
from network.domain.physics.circuit import Source

_STIFF = ("ExternalNetworkInjection", "SynchronousMachine", "EquivalentInjection")
_MULTIPLIERS = {"k": 1e3, "M": 1e6, "none": 1.0}
_LATEST = 10_000


def build_sources(parts: Parts) -> None:
    """EnergySources as they are, the others ranked."""
    for key, record in parts.build.store.of_class("EnergySource"):
        node = parts.node(key, record)
        if node is not None:
            parts.circuit.sources.append(_energy_source(parts, key, record, node))
    candidates = [source for source in (_candidate(parts, *one) for one in _records(parts)) if source]
    candidates.sort(key=lambda one: (one[0], not one[2]))
    rank, above = 0, None
    for place, source, is_network in candidates:
        if not is_network or place != above:
            rank += 1
        above = place if is_network else None
        parts.circuit.sources.append(_ranked(source, rank))


def _records(parts: Parts) -> list[tuple[str, Record]]:
    return list(parts.build.store.of_class(*_STIFF))


def _energy_source(parts: Parts, key: str, record: Record, node: str) -> Source:
    volt = parts.build.units.volt
    nominal = (record.number("EnergySource.nominalVoltage") or 0.0) * volt
    magnitude = (record.number("EnergySource.voltageMagnitude") or 0.0) * volt
    volts = magnitude or nominal or parts.build.draft.nodes[node].nominal_v
    angle = math.degrees(record.number("EnergySource.voltageAngle") or 0.0)
    r, x = record.number("EnergySource.r") or 0.0, record.number("EnergySource.x") or 0.0
    r0, x0 = record.number("EnergySource.r0", r) or 0.0, record.number("EnergySource.x0", x) or 0.0
    return Source(record.id, record.name, node, parts.phases(key), volts, angle, r, x, r0, x0)


def _candidate(parts: Parts, key: str, record: Record) -> tuple[tuple[int, float], Source, bool] | None:
    """Its place in the order, the source, and whether it is an external network without a schedule; None for what holds no voltage."""
    node, injection = parts.node(key, record), parts.build.draft.injections.get(record.id)
    if node is None or injection is None:
        return None
    target = _target(parts, record)
    priority = record.number("SynchronousMachine.referencePriority") or record.number(
        "ExternalNetworkInjection.referencePriority"
    )
    size = record.number("RotatingMachine.ratedS", record.number("ExternalNetworkInjection.maxP")) or 0.0
    if priority and priority > 0:
        place = (int(priority), 0.0)
    elif target:
        place = (_LATEST, -size)
    elif injection.is_source:
        place = (2 * _LATEST, -size)
    else:
        return None
    volts = target or parts.build.draft.nodes[node].nominal_v
    z = _short_circuit_impedance(parts, record, volts)
    is_network = record.cls == "ExternalNetworkInjection" and not (injection.p_kw or injection.q_kvar)
    source = Source(
        record.id,
        record.name,
        node,
        parts.phases(key),
        volts,
        0.0,
        *z,
        is_stiff=True,
        regulates=bool(target),
        p_w=-injection.p_kw * 1000.0,
        q_var=-injection.q_kvar * 1000.0,
    )
    return place, source, is_network


def _ranked(source: Source, rank: int) -> Source:
    values = {name: getattr(source, name) for name in Source.__slots__}
    return Source(**{**values, "rank": rank})


def _target(parts: Parts, record: Record) -> float:
    """Volts between lines it holds at its own node; 0 where it regulates nothing."""
    control = parts.build.store.follow(record, "RegulatingCondEq.RegulatingControl")
    if control is None or not control.flag("RegulatingControl.enabled", default=True):
        return 0.0
    # one enabled control without a controlEnabled of its machine is taken at its word
    if control.text.get("RegulatingControl.mode", "voltage") != "voltage":
        return 0.0
    unit = _MULTIPLIERS.get(control.text.get("RegulatingControl.targetValueUnitMultiplier", ""))
    return (control.number("RegulatingControl.targetValue") or 0.0) * (unit or parts.build.units.volt)


def _short_circuit_impedance(parts: Parts, record: Record, volts: float) -> tuple[float, float, float, float]:
    """Ohm of positive and zero sequence behind an external network (IEC 60909), an equivalent or a machine."""
    if record.cls == "ExternalNetworkInjection":
        return _external_impedance(record, volts)
    if record.cls == "EquivalentInjection":
        r, x, r0, x0 = (record.number(f"EquivalentInjection.{name}") or 0.0 for name in ("r", "x", "r0", "x0"))
        return r, x, r0 or r, x0 or x
    rated_va = parts.build.units.kilowatts(record, "RotatingMachine.ratedS") * 1000.0
    rated_v = parts.build.units.volts(record, "RotatingMachine.ratedU") or volts
    base = rated_v**2 / rated_va if rated_va else 0.0
    r, x = (record.number(f"SynchronousMachine.{name}") or 0.0 for name in ("r", "satDirectSubtransX"))
    return r * base, x * base, r * base, (record.number("SynchronousMachine.x0") or x) * base


def _external_impedance(record: Record, volts: float) -> tuple[float, float, float, float]:
    current = record.number("ExternalNetworkInjection.maxInitialSymShCCurrent") or 0.0
    if not current:
        return 0.0, 0.0, 0.0, 0.0
    factor = record.number("ExternalNetworkInjection.voltageFactor") or 1.1
    z = factor * volts / (math.sqrt(3.0) * current)
    ratio = record.number("ExternalNetworkInjection.maxR1ToX1Ratio") or 0.1
    x = z / math.sqrt(1.0 + ratio**2)
    z0 = z * (record.number("ExternalNetworkInjection.maxZ0ToZ1Ratio") or 1.0)
    ratio0 = record.number("ExternalNetworkInjection.maxR0ToX0Ratio") or ratio
    x0 = z0 / math.sqrt(1.0 + ratio0**2)
    return x * ratio, x, x0 * ratio0, x0
