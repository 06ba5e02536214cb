"""Sources, consumers, machines and shunts: equipment on one node. kW and kvar are taken from the network, production is negative."""

from __future__ import annotations

from integration.cim.models import classes, own
from integration.cim.models.build import Build, attributes_of, is_out_of_service
from integration.cim.models.store import Record
from network.domain.draft import Injection

_P = {
    "EquivalentInjection": ("EquivalentInjection.p",),
    "ExternalNetworkInjection": ("ExternalNetworkInjection.p",),
    "EnergySource": ("EnergySource.activePower",),
    "SynchronousMachine": ("RotatingMachine.p", "SynchronousMachine.p"),
    "AsynchronousMachine": ("RotatingMachine.p", "AsynchronousMachine.p"),
    "PowerElectronicsConnection": ("PowerElectronicsConnection.p",),
}
_PRODUCERS = ("SynchronousMachine", "PowerElectronicsConnection")


def build_injections(build: Build) -> None:
    """Every equipment of these classes with one connected terminal."""
    units = _units_by_connection(build)
    parts = _consumer_parts(build)
    for key, record in build.store.of_class(*classes.INJECTIONS):
        ends = build.ends.get(key, [])
        if len(ends) != 1:
            text = f"{len(ends)} connected terminals, 1 is needed; left out"
            build.store.find("error", "not_one_terminal", text, record)
            continue
        injection = _injection(build, key, record, ends[0].node, parts.get(key, []))
        if key in units:
            injection.attributes["unit"] = units[key]
        if is_out_of_service(build, key, record) and not _may_stay(build, record, injection):
            continue
        build.draft.injections[record.id] = injection
        build.place(record)


def _injection(build: Build, key: str, record: Record, node: str, parts: list[Record]) -> Injection:
    p_kw, q_kvar = _power(build, record, parts)
    count = record.number("EnergyConsumer.customerCount")
    return Injection(
        record.id,
        record.name,
        record.cls,
        node,
        phases=build.phases(key),
        p_kw=p_kw,
        q_kvar=q_kvar,
        customer_count=None if count is None else int(count),
        container_mrid=build.container(record),
        attributes=attributes_of(record),
        synthetic=own.is_synthetic(record),
        holds_supply=own.HOLDS_SUPPLY in record.text,
    )


def _power(build: Build, record: Record, parts: list[Record]) -> tuple[float, float]:
    if record.cls in classes.CONSUMERS:
        return _consumption(build, record, parts)
    if record.cls == "LinearShuntCompensator":
        return _shunt_kva(build, record, "gPerSection"), -_shunt_kva(build, record, "bPerSection")
    names = _P.get(record.cls, ())
    p_kw = build.units.kilowatts(record, *names)
    q_kvar = build.units.kilowatts(record, *(f"{name[:-1]}q" for name in names if name.endswith(".p")))
    # GridAPPS-D writes what a machine produces; the profiles write what it takes
    sign = 1.0 if build.units.is_cgmes or record.cls not in _PRODUCERS else -1.0
    return sign * p_kw, sign * q_kvar


def _consumption(build: Build, record: Record, parts: list[Record]) -> tuple[float, float]:
    p_kw = build.units.kilowatts(record, "EnergyConsumer.p", "EnergyConsumer.pfixed")
    q_kvar = build.units.kilowatts(record, "EnergyConsumer.q", "EnergyConsumer.qfixed")
    if not p_kw and not q_kvar:
        p_kw = sum(build.units.kilowatts(part, "EnergyConsumerPhase.p", "EnergyConsumerPhase.pfixed") for part in parts)
        q_kvar = sum(
            build.units.kilowatts(part, "EnergyConsumerPhase.q", "EnergyConsumerPhase.qfixed") for part in parts
        )
    return p_kw, q_kvar


def _consumer_parts(build: Build) -> dict[str, list[Record]]:
    parts: dict[str, list[Record]] = {}
    for _, part in build.store.of_class("EnergyConsumerPhase"):
        parts.setdefault(part.refs.get("EnergyConsumerPhase.EnergyConsumer", ""), []).append(part)
    return parts


def _shunt_kva(build: Build, record: Record, admittance: str) -> float:
    """What the sections in service let through at nominal voltage; of susceptance a capacitor takes less than nothing."""
    sections = record.number("ShuntCompensator.sections", record.number("ShuntCompensator.normalSections", 1.0)) or 0.0
    siemens = record.number(f"LinearShuntCompensator.{admittance}") or 0.0
    volts = build.units.volts(record, "ShuntCompensator.nomU")
    return siemens * sections * volts**2 / 1000.0


def _units_by_connection(build: Build) -> dict[str, str]:
    """Class of the unit behind a PowerElectronicsConnection; either side may name the other."""
    units = {}
    for key, unit in build.store.of_class("PhotovoltaicUnit", "BatteryUnit"):
        units[unit.refs.get("PowerElectronicsUnit.PowerElectronicsConnection", key)] = unit.cls
    for key, record in build.store.of_class("PowerElectronicsConnection"):
        unit_key = record.refs.get("PowerElectronicsConnection.PowerElectronicsUnit", "")
        if unit_key in units:
            units[key] = units[unit_key]
    return units


def _may_stay(build: Build, record: Record, injection: Injection) -> bool:
    """Out of service: a source is left out, for it would hold supply; the rest stays without power."""
    if record.cls in classes.SOURCES:
        build.store.find(
            "warning", "out_of_service", "the steady state has this source out of service; left out", record
        )
        return False
    build.store.find("info", "out_of_service", "the steady state has it out of service; taken without power", record)
    injection.p_kw = injection.q_kvar = 0.0
    injection.attributes["out_of_service"] = "true"
    return True
