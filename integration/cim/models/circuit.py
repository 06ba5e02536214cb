"""The electrical circuit of a model, out of the same files: what the draft's branches and injections are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from integration.cim.models import (
    circuit_injections,
    circuit_lines,
    circuit_shunts,
    circuit_sources,
    circuit_transformers,
)
from integration.cim.models.build import Build
from integration.cim.models.circuit_parts import Parts
from network.domain.physics.circuit import (
    ABC,
    Bus,
    Circuit,
    Conductors,
    Generator,
    Line,
    Load,
    Shunt,
    Source,
    Switch,
    Winding,
)

_ORDER = ("A", "B", "C", "N", "s1", "s2")
_STAGES: tuple[Callable[[Parts], None], ...] = (
    circuit_lines.build_lines,
    circuit_lines.build_switches,
    circuit_transformers.build_transformers,
    circuit_sources.build_sources,
    circuit_injections.build_loads,
    circuit_injections.build_generators,
    circuit_shunts.build_shunts,
)
_FREQUENCY_HZ = {True: 50.0, False: 60.0}  # of CGMES, of distribution exports: no file says it


def build_circuit(build: Build) -> Circuit:
    """Every conductor, winding and injection of the files; what cannot be taken is a sentence in `findings`."""
    circuit = Circuit(build.draft.name, _frequency(build))
    parts = Parts(build, circuit)
    for stage in _STAGES:
        try:
            stage(parts)
        except (ValueError, ArithmeticError) as error:  # a number that is none must not keep a model from being read
            circuit.findings.append(f"{stage.__name__}: stopped by {error}")
    circuit.buses = _buses(build, circuit)
    return circuit


def _frequency(build: Build) -> float:
    for _, record in build.store.of_class("BaseFrequency"):
        said = record.number("BaseFrequency.frequency")
        if said:
            return said
    return _FREQUENCY_HZ[build.units.is_cgmes]


def _buses(build: Build, circuit: Circuit) -> dict[str, Bus]:
    """Every node of the draft that something electrical hangs on, with the phases that reach it."""
    phases: dict[str, set[str]] = {}
    for bus, conductors in _contacts(circuit):
        phases.setdefault(bus, set()).update(conductors)
    split = _split_volts(circuit)
    buses = {}
    for mrid, found in phases.items():
        node = build.draft.nodes[mrid]
        ordered = tuple(phase for phase in _ORDER if phase in found and phase != "N")
        nominal = node.nominal_v / math.sqrt(3.0)
        if mrid in split and abs(nominal - split[mrid]) > 0.05 * split[mrid]:
            nominal = split[mrid]  # the base voltage of a split-phase secondary may be that between its legs
        buses[mrid] = Bus(mrid, node.name, nominal, ordered)
    return buses


def _contacts(circuit: Circuit) -> Iterable[tuple[str, Conductors]]:
    branches: list[Line | Switch] = [*circuit.lines, *circuit.switches]
    injections: list[Load | Shunt | Generator | Source] = [*circuit.loads, *circuit.shunts, *circuit.generators]
    for branch in branches:
        yield branch.from_bus, branch.phases
        yield branch.to_bus, branch.phases
    for winding in _windings(circuit):
        yield winding.bus, winding.phases
    for injection in (*injections, *circuit.sources):
        yield injection.bus, injection.phases


def _windings(circuit: Circuit) -> Iterable[Winding]:
    return (winding for transformer in circuit.transformers for winding in transformer.windings)


def _split_volts(circuit: Circuit) -> dict[str, float]:
    return {
        winding.bus: winding.rated_v
        for winding in _windings(circuit)
        if winding.connection == "I" and not set(winding.phases) & set(ABC)
    }
