"""Load allocation phase by phase, on a circuit solved by OpenDSS.

A channel is a head (a line or switch) and a phase. A load counts to the phase it hangs on; one between two phases to the first, one
behind a split-phase transformer to the phase of its primary. What that gets wrong the iteration puts right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.physics.allocation import Allocation, allocate, below
from network.domain.physics.circuit import Circuit, Load
from network.domain.physics.islands import living
from network.engines import opendss
from network.engines.opendss_script import Script

_ABC = "ABC"
Piece = tuple[int, int, str]  # load, its own phase, the phase of the feeder


def allocate_circuit(
    circuit: Circuit, measured: Mapping[tuple[str, str], complex], weights: Mapping[str, float] | None = None
) -> tuple[Allocation, list[tuple[str, str]]]:
    """Loads of a circuit from what its heads measure, and the (name, phase) of each.

    Args:
        circuit: what to allocate on; its own loads are the weights by default.
        measured: kW + j kvar by name (or mRID) of a line or switch and phase ("A", "B", "C", or "ABC" for all).
        weights: by name of the load.

    Raises:
        ValueError: there is no such branch, it feeds nothing, or a weight names no load.
    """
    pieces = _pieces(circuit)
    names = [(circuit.loads[load].name, phase) for load, _, phase in pieces]
    if weights is not None and (unknown := sorted(set(weights) - {name for name, _ in names})):
        raise ValueError(f"weight of {unknown[0]!r}: there is no such load")
    present = np.array([_power(circuit.loads[load], at) for load, at, _ in pieces])
    heads = {name: _Head(circuit, name) for name, _ in measured}
    weight = np.abs(present) if weights is None else np.array([weights.get(name, 0.0) for name, _ in names])
    channel = _channels(circuit, pieces, heads, list(measured))

    def flows(loads: NDArray[np.complex128]) -> NDArray[np.complex128] | None:
        found = _solve(_with_loads(circuit, pieces, loads), list(heads.values()))
        if found is None:
            return None
        return np.array([sum(found[name].get(one, 0j) for one in phases) for name, phases in measured])

    return allocate(np.array(list(measured.values()), dtype=complex), channel, weight, present, flows), names


class _Head:
    """A line or switch, its name in OpenDSS, and the buses behind it."""

    def __init__(self, circuit: Circuit, name: str) -> None:
        groups: tuple[tuple[str, list[Any]], ...] = (("l", circuit.lines), ("s", circuit.switches))
        for kind, branches in groups:
            for number, branch in enumerate(branches):
                if name in (branch.name, branch.mrid):
                    self.element, self.branch = f"line.{kind}{number}", branch
                    self.behind = _behind(circuit, branch)
                    if not self.behind:
                        raise ValueError(f"branch {name} is no head: nothing is fed by it alone")
                    self.is_forward = branch.to_bus in self.behind
                    return
        raise ValueError(f"no branch {name!r}")


def _behind(circuit: Circuit, head: Any) -> set[str]:
    """Buses that lose supply when a branch opens."""
    index = {bus: place for place, bus in enumerate(circuit.buses)}
    edges: list[tuple[int, int]] = []
    place = -1
    branches: list[Any] = [*circuit.lines, *circuit.switches]
    for branch in branches:
        if getattr(branch, "closed", True) and branch.from_bus in index and branch.to_bus in index:
            if branch is head:
                place = len(edges)
            edges.append((index[branch.from_bus], index[branch.to_bus]))
    for one in circuit.transformers:
        first, *others = (winding.bus for winding in one.windings)
        edges += [(index[first], index[other]) for other in others if other != first]
    lost = below(len(index), edges, place, [index[source.bus] for source in circuit.sources])
    return {bus for bus, number in index.items() if lost[number]} if place >= 0 else set()


def _pieces(circuit: Circuit) -> list[Piece]:
    primary = _primary_phases(circuit)
    pieces = []
    for number, load in enumerate(circuit.loads):
        for at in range(len(load.p_w)):
            own = load.phases[at]
            pieces.append((number, at, own if own in _ABC else primary.get(load.bus, "A")))
    return pieces


def _primary_phases(circuit: Circuit) -> dict[str, str]:
    """Of each bus of a split-phase secondary the phase above its transformer."""
    found: dict[str, str] = {}
    for one in circuit.transformers:
        first = next((phase for phase in one.windings[0].phases if phase in _ABC), "")
        for winding in one.windings[1:]:
            if first and {"s1", "s2"} & set(winding.phases):
                found[winding.bus] = first
    branches: list[Any] = [*circuit.lines, *circuit.switches]
    wires = [one for one in branches if {"s1", "s2"} & set(one.phases)]
    grown = True
    while grown:
        before = len(found)
        for wire in wires:
            known = found.get(wire.from_bus) or found.get(wire.to_bus)
            if known:
                found[wire.from_bus] = found[wire.to_bus] = known
        grown = len(found) > before
    return found


def _channels(
    circuit: Circuit, pieces: list[Piece], heads: dict[str, _Head], keys: list[tuple[str, str]]
) -> NDArray[np.int64]:
    """Of each piece of load the innermost head above it with its phase."""
    channel = np.full(len(pieces), -1, dtype=np.int64)
    for number in sorted(range(len(keys)), key=lambda key: -len(heads[keys[key][0]].behind)):
        name, phases = keys[number]
        for place, (load, _, phase) in enumerate(pieces):
            if phase in phases and circuit.loads[load].bus in heads[name].behind:
                channel[place] = number
    return channel


def _power(load: Load, at: int) -> complex:
    return complex(load.p_w[at], load.q_var[at]) / 1e3


def _with_loads(circuit: Circuit, pieces: list[Piece], powers: NDArray[np.complex128]) -> Circuit:
    p_w = [list(load.p_w) for load in circuit.loads]
    q_var = [list(load.q_var) for load in circuit.loads]
    for (load, at, _), power in zip(pieces, powers, strict=True):
        p_w[load][at], q_var[load][at] = float(power.real) * 1e3, float(power.imag) * 1e3
    loads = [replace(load, p_w=tuple(p), q_var=tuple(q)) for load, p, q in zip(circuit.loads, p_w, q_var, strict=True)]
    return replace(circuit, loads=loads)


def _solve(circuit: Circuit, heads: list[_Head]) -> dict[str, dict[str, complex]] | None:
    """Powers by phase into each head from its feeding side, by name and by mRID."""
    script = Script(circuit, None, living(circuit, None), fix_taps=False)
    with opendss.LOCK:
        engine = opendss.context()
        try:
            engine.ClearAll()
            engine.Text.Commands([f"set defaultbasefrequency={circuit.frequency_hz}", *script.commands()])
            solution = engine.ActiveCircuit.Solution
            solution.MaxIterations = solution.MaxControlIterations = 100
            solution.Tolerance = 1e-9
            solution.ControlMode = 0
            solution.Solve()
            if not solution.Converged:
                return None
            flows = [(head, _flow(engine.ActiveCircuit, head, script)) for head in heads]
        except opendss.engine_error():
            return None
        finally:
            engine.ClearAll()
    return {key: flow for head, flow in flows for key in (head.branch.name, head.branch.mrid)}


def _flow(circuit: Any, head: _Head, script: Script) -> dict[str, complex]:
    circuit.SetActiveElement(head.element)
    powers = np.asarray(circuit.ActiveCktElement.Powers, dtype=float).view(complex)
    phases = script.alive.of(head.branch.from_bus, head.branch.phases)
    start = 0 if head.is_forward else len(powers) // 2
    return {phase: complex(value) for phase, value in zip(phases, powers[start:], strict=False)}
