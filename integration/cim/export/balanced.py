"""Unbalanced feeders in volts and metres as a balanced CGMES model: positive sequence of lines, transformers by winding pair.

CGMES knows no phases. Of a line with several conductors the positive sequence is the mean of the diagonal less the mean beside it
(Carson's equations reduced; Kersting, Distribution System Modeling and Analysis, 4.1.6); of one conductor its own impedance. Banks
keep the per-unit impedance of their first tank on their whole rating; their taps, which differ phase by phase, stand at neutral. An
EnergySource becomes an ExternalNetworkInjection, and an inverter a machine that holds no voltage, for 2.4.15 has no class for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integration.cim.export.operated import copied
from integration.cim.models.making import records_of
from integration.cim.models.making_branches import Electrics
from integration.cim.models.store import Store
from integration.cim.models.units import units_of
from network.domain.draft import Injection, ModelDraft
from network.domain.physics.circuit import Circuit, Line, LineCode, Transformer, Triangle


def cgmes_records(store: Store, draft: ModelDraft) -> Store:
    """The records themselves where they are of CGMES, else balanced ones made of their draft."""
    if units_of(store).is_cgmes:
        return store
    circuit = draft.circuit
    electrics = electrics_of(circuit, draft) if isinstance(circuit, Circuit) else Electrics()
    injections = {mrid: _injection(one) for mrid, one in draft.injections.items()}
    return records_of(replace(draft, injections=injections), electrics)


_INVERTER = "PowerElectronicsConnection"
_AS_MACHINE = {
    f"{_INVERTER}.p": "RotatingMachine.p",
    f"{_INVERTER}.q": "RotatingMachine.q",
    f"{_INVERTER}.ratedS": "RotatingMachine.ratedS",
    f"{_INVERTER}.ratedU": "RotatingMachine.ratedU",
}


def without_inverters(store: Store) -> Store:
    """A copy in which inverters are machines that hold no voltage: CGMES 2.4.15 knows no PowerElectronicsConnection.

    Who reads 2.4.15 would pass over them in silence, and compute another network.
    """
    new = copied(store)
    for key, record in store.of_class(_INVERTER):
        text = {_AS_MACHINE.get(name, name): value for name, value in record.text.items()}
        new.objects[key] = replace(record, cls="SynchronousMachine", text=text)
    new.close()
    return new


#: Switches that CGMES 2.4.15 has no class for, and the nearest one it has.
_AS_SWITCH = {"Recloser": "Breaker", "Fuse": "Switch", "Sectionaliser": "Switch", "Jumper": "Switch", "Cut": "Switch"}


def with_known_switches(store: Store) -> Store:
    """A copy in which every switch is of a class of CGMES 2.4.15: who reads that passes over a Fuse, and what it feeds is dark."""
    new = copied(store)
    for key, record in store.of_class(*_AS_SWITCH):
        new.objects[key] = replace(record, cls=_AS_SWITCH[record.cls])
    new.close()
    return new


def _injection(injection: Injection) -> Injection:
    if injection.cim_class != "EnergySource":
        return injection
    return replace(injection, cim_class="ExternalNetworkInjection")


def electrics_of(circuit: Circuit, draft: ModelDraft) -> Electrics:
    """Impedances of every line and transformer of the circuit."""
    found = Electrics()
    for line in circuit.lines:
        found.lines[line.mrid] = _line(line, circuit.line_codes[line.code])
    for transformer in circuit.transformers:
        branch = draft.branches.get(transformer.bank_mrid) or draft.branches.get(transformer.mrid)
        if branch is not None and branch.mrid not in found.transformers and branch.rated_kva:
            volts = [draft.nodes[winding.bus].nominal_v for winding in transformer.windings]
            ends = _transformer(transformer, volts, branch.rated_kva)
            is_turned = transformer.windings[0].bus != branch.from_node
            found.transformers[branch.mrid] = ends[::-1] if is_turned else ends
    return found


def _line(line: Line, code: LineCode) -> dict[str, float]:
    names = {"r": code.r, "x": code.x, "bch": code.b, "gch": code.g}
    return {f"ACLineSegment.{name}": _positive(values) * line.length for name, values in names.items()}


def _positive(triangle: Triangle) -> float:
    """Of a lower triangle, row by row.

    >>> _positive((3.0, 1.0, 3.0, 1.0, 1.0, 3.0))
    2.0
    """
    diagonal: list[float] = []
    beside: list[float] = []
    row = 0
    for index, value in enumerate(triangle):
        is_end = index == row * (row + 3) // 2
        (diagonal if is_end else beside).append(value)
        row += is_end
    own = sum(diagonal) / len(diagonal) if diagonal else 0.0
    return own - (sum(beside) / len(beside) if beside else 0.0)


def _transformer(transformer: Transformer, volts: list[float], kva: float) -> list[dict[str, Any]]:
    """Two ends; the whole impedance at the first, per unit of its winding on the rating of the bank."""
    first, second = transformer.windings[0], transformer.windings[1]
    x = next((pair[2] for pair in transformer.leakage if {pair[0], pair[1]} == {0, 1}), 0.0)
    base = first.rated_v**2 / first.rated_va
    r_pu = first.r_ohm / base + second.r_ohm / (second.rated_v**2 / second.rated_va)
    ohm = volts[0] ** 2 / (kva * 1000.0)
    zero = dict.fromkeys((f"PowerTransformerEnd.{name}" for name in ("r", "x", "b", "g")), 0.0)
    head = zero | {"PowerTransformerEnd.r": r_pu * ohm, "PowerTransformerEnd.x": x / base * ohm}
    clock = {"PowerTransformerEnd.phaseAngleClock": second.clock}
    return [head | {"ratedU_v": volts[0]}, zero | clock | {"ratedU_v": volts[-1]}]
