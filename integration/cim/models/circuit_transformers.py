"""Transformers: three-phase ones by their ends, banks by their tanks and test sheets.

Series resistance is kept per winding and reactance per pair of windings, whichever way the file says it: star impedances of the ends
(CGMES), mesh impedances of pairs, or short-circuit tests of the tank's data sheet.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace

from integration.cim.models.build import is_out_of_service
from integration.cim.models.circuit_parts import Parts, conductors
from integration.cim.models.circuit_sheets import Sheets
from integration.cim.models.circuit_taps import Taps
from integration.cim.models.store import Record
from network.domain.physics.circuit import ABC, Transformer, Winding

Leakage = tuple[tuple[int, int, float, float], ...]
_CONNECTIONS = {"Y": "Y", "Yn": "Y", "D": "D", "Z": "Z", "Zn": "Z", "A": "Y", "I": "I"}


@dataclass(slots=True)
class _End:
    """An end with the number its owner gives it, and what it becomes."""

    key: str
    record: Record
    number: int
    winding: Winding


def build_transformers(parts: Parts) -> None:
    """Every transformer in service whose ends are connected."""
    taps = Taps(parts)
    plain, tanks = _plain_ends(parts, taps), _tank_ends(parts, taps)
    meshes = _meshes(parts)
    sheets = Sheets(parts)
    for key, record in parts.build.store.of_class("PowerTransformer"):
        if is_out_of_service(parts.build, key, record):
            continue
        if len(plain.get(key, ())) > 1:
            _add(parts, _three_phase(parts, record, plain[key], meshes))
        for tank_key in tanks.get(key, {}):
            tank = parts.build.store.objects[tank_key]
            ends = tanks[key][tank_key]
            if len(ends) > 1:
                _add(parts, sheets.tank(tank, record.id, [end.number for end in ends], [end.winding for end in ends]))


def _add(parts: Parts, transformer: Transformer) -> None:
    if all(winding.rated_v > 0 for winding in transformer.windings):
        parts.circuit.transformers.append(transformer)
    else:
        parts.circuit.findings.append(f"PowerTransformer {transformer.name}: a winding without rated voltage; left out")


def _plain_ends(parts: Parts, taps: Taps) -> dict[str, list[_End]]:
    """By transformer key, in the order of end numbers."""
    found: dict[str, list[_End]] = defaultdict(list)
    for key, end in parts.build.store.of_class("PowerTransformerEnd"):
        node = parts.nodes.get(end.refs.get("TransformerEnd.Terminal", ""))
        owner = end.refs.get("PowerTransformerEnd.PowerTransformer", "")
        if node:
            found[owner].append(_End(key, end, _number(end), _plain_winding(parts, key, end, node, taps)))
    for ends in found.values():
        ends.sort(key=lambda end: end.number)
    return found


def _number(end: Record) -> int:
    return int(end.number("TransformerEnd.endNumber") or 9)


def _plain_winding(parts: Parts, key: str, end: Record, node: str, taps: Taps) -> Winding:
    terminal = parts.build.store.follow(end, "TransformerEnd.Terminal")
    said = conductors(terminal.text.get("Terminal.phases", "")) if terminal else ()
    phases = tuple(phase for phase in said if phase != "N") or ABC
    kind = end.text.get("PowerTransformerEnd.connectionKind", "Y")
    return Winding(
        node,
        _CONNECTIONS.get(kind, "Y"),
        phases,
        parts.build.units.volts(end, "PowerTransformerEnd.ratedU"),
        parts.build.units.kilowatts(end, "PowerTransformerEnd.ratedS") * 1000.0,
        end.number("PowerTransformerEnd.r") or 0.0,
        int(end.number("PowerTransformerEnd.phaseAngleClock") or 0),
        end.flag("TransformerEnd.grounded", default=kind in ("Yn", "Zn")) or kind in ("Yn", "Zn"),
        end.number("TransformerEnd.rground") or 0.0,
        end.number("TransformerEnd.xground") or 0.0,
        taps.of_end(key, node),
    )


def _tank_ends(parts: Parts, taps: Taps) -> dict[str, dict[str, list[_End]]]:
    """By transformer key, then by tank key."""
    store = parts.build.store
    found: dict[str, dict[str, list[_End]]] = defaultdict(lambda: defaultdict(list))
    for key, end in store.of_class("TransformerTankEnd"):
        node = parts.nodes.get(end.refs.get("TransformerEnd.Terminal", ""))
        tank_key = end.refs.get("TransformerTankEnd.TransformerTank", "")
        tank = store.objects.get(tank_key)
        if node is None or tank is None or tank.cls != "TransformerTank":
            continue
        code = end.text.get("TransformerTankEnd.orderedPhases") or end.text.get("TransformerTankEnd.phases", "")
        grounded = end.flag("TransformerEnd.grounded")
        ground = (end.number("TransformerEnd.rground") or 0.0, end.number("TransformerEnd.xground") or 0.0)
        winding = Winding(node, "I", conductors(code), 0.0, 0.0, 0.0, 0, grounded, *ground, taps.of_end(key, node))
        owner = tank.refs.get("TransformerTank.PowerTransformer", "")
        found[owner][tank_key].append(_End(key, end, _number(end), winding))
    for tanks in found.values():
        for ends in tanks.values():
            ends.sort(key=lambda end: end.number)
    return found


def _meshes(parts: Parts) -> dict[tuple[str, str], Record]:
    """Mesh impedances by the keys of their two ends."""
    found = {}
    for _, record in parts.build.store.of_class("TransformerMeshImpedance"):
        first = record.refs.get("TransformerMeshImpedance.FromTransformerEnd", "")
        for second in record.refs.get("TransformerMeshImpedance.ToTransformerEnd", "").split():
            found[first, second] = record
    return found


def _three_phase(parts: Parts, record: Record, ends: list[_End], meshes: dict[tuple[str, str], Record]) -> Transformer:
    leakage, windings = _from_meshes(ends, meshes)
    if not leakage:
        leakage, windings = _from_star(ends)
    core_g, core_b = _core(parts, ends)
    return Transformer(record.id, record.name, record.id, tuple(windings), leakage, core_g, core_b)


def _from_meshes(ends: list[_End], meshes: dict[tuple[str, str], Record]) -> tuple[Leakage, list[Winding]]:
    """Pairs as the file has them; where no end states its resistance, a pair's is halved between its two."""
    windings = [end.winding for end in ends]
    leakage = []
    for i, first in enumerate(ends):
        for j, second in enumerate(ends):
            mesh = meshes.get((first.key, second.key))
            if mesh is None or i == j:
                continue
            x = mesh.number("TransformerMeshImpedance.x") or 0.0
            leakage.append((i, j, x, mesh.number("TransformerMeshImpedance.x0", x) or x))
            r = mesh.number("TransformerMeshImpedance.r") or 0.0
            if r and len(ends) == 2 and windings[i].rated_v and not any(end.winding.r_ohm for end in ends):
                ratio = (windings[j].rated_v / windings[i].rated_v) ** 2
                windings[i] = replace(windings[i], r_ohm=r / 2.0)
                windings[j] = replace(windings[j], r_ohm=r / 2.0 * ratio)
    return tuple(leakage), windings


def _from_star(ends: list[_End]) -> tuple[Leakage, list[Winding]]:
    """Each end has its own share of the impedance, in ohm at its own voltage (IEC 61970-301, TransformerStarImpedance)."""
    leakage = []
    for i, first in enumerate(ends):
        for j, second in list(enumerate(ends))[i + 1 :]:
            ratio = (first.winding.rated_v / (second.winding.rated_v or 1.0)) ** 2
            x = _ohm(first, "x") + _ohm(second, "x") * ratio
            leakage.append((i, j, x, _ohm(first, "x0") + _ohm(second, "x0") * ratio or x))
    return tuple(leakage), [end.winding for end in ends]


def _ohm(end: _End, name: str) -> float:
    return end.record.number(f"PowerTransformerEnd.{name}") or 0.0


def _core(parts: Parts, ends: list[_End]) -> tuple[float, float]:
    """No-load admittance at the first end: TransformerCoreAdmittance, or g and b of the ends."""
    g = b = 0.0
    base = ends[0].winding.rated_v or 1.0
    cores = {record.refs.get("TransformerCoreAdmittance.TransformerEnd", ""): record for record in _core_records(parts)}
    for end in ends:
        core, ratio = cores.get(end.key), (end.winding.rated_v / base) ** 2
        if core is not None:
            g += (core.number("TransformerCoreAdmittance.g") or 0.0) * ratio
            b += abs(core.number("TransformerCoreAdmittance.b") or 0.0) * ratio
        else:
            g += _ohm(end, "g") * ratio
            b += abs(_ohm(end, "b")) * ratio
    return g, b if math.isfinite(b) else 0.0


def _core_records(parts: Parts) -> list[Record]:
    return [record for _, record in parts.build.store.of_class("TransformerCoreAdmittance")]
