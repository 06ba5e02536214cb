"""The nominal voltage of every node: its voltage level, else the base voltage of what hangs on it."""

from __future__ import annotations

from integration.cim.models.build import Build
from integration.cim.models.store import Record


def set_nominal_voltages(build: Build) -> None:
    """In the order of trust: voltage level of the container; base voltage of equipment; of a transformer end; its rating."""
    from_ends = _by_transformer_ends(build)
    from_equipment = _by_equipment(build)
    for key, record in build.store.of_class("ConnectivityNode"):
        level = _by_container(build, record)
        build.draft.nodes[record.id].nominal_v = level or from_equipment.get(key) or from_ends.get(key) or 0.0


def base_voltage(build: Build, record: Record | None, name: str) -> float:
    """Volts of the BaseVoltage a record points to."""
    base = build.store.follow(record, name) if record else None
    return build.units.volts(base, "BaseVoltage.nominalVoltage") if base else 0.0


def _by_container(build: Build, node: Record) -> float:
    holder = build.store.follow(node, "ConnectivityNode.ConnectivityNodeContainer")
    if holder and holder.cls == "Bay":
        holder = build.store.follow(holder, "Bay.VoltageLevel")
    return base_voltage(build, holder, "VoltageLevel.BaseVoltage")


def _by_equipment(build: Build) -> dict[str, float]:
    volts: dict[str, float] = {}
    for key, ends in build.ends.items():
        own = base_voltage(build, build.store.objects.get(key), "ConductingEquipment.BaseVoltage")
        if own:
            for end in ends:
                volts.setdefault(end.node_key, own)
    return volts


def _by_transformer_ends(build: Build) -> dict[str, float]:
    nodes = {end.terminal_key: end.node_key for ends in build.ends.values() for end in ends}
    volts: dict[str, float] = {}
    for _, winding in build.store.of_class("PowerTransformerEnd", "TransformerTankEnd"):
        node = nodes.get(winding.refs.get("TransformerEnd.Terminal", ""))
        base = base_voltage(build, winding, "TransformerEnd.BaseVoltage")
        value = base or build.units.volts(winding, "PowerTransformerEnd.ratedU")
        if node and value:
            volts.setdefault(node, value)
    return volts
