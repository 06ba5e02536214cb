"""What OpenDSS computed, in our words: live phases of buses, flows at the from end of branches, losses and sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from network.domain.physics.circuit import Circuit, Line, Switch, Winding
from network.domain.physics.results import BranchFlow, BusVoltage, PowerFlowResult
from network.engines.opendss_script import Script

_Flow = tuple[float, complex]  # amperes, kW + j kvar
_NONE = frozenset[str]()
_PHASE = {"1": ("A", "s1"), "2": ("B", "s2"), "3": ("C",)}


@cache
def phase_of(number: str, alive: frozenset[str]) -> str:
    """The live conductor behind a node's number, empty where none is."""
    return next((one for one in _PHASE.get(number, ()) if one in alive), "")


def _rated_a(first: Winding, phases: int) -> float:
    """Amperes in each phase; a rating is that of all phases of a winding together."""
    across = first.rated_v if first.connection == "I" else first.rated_v / 3.0**0.5
    return first.rated_va / phases / across if across else 0.0


class Reading:
    """Reads one solved case."""

    def __init__(self, engine: Any, script: Script) -> None:
        """Of an engine that has solved a script."""
        self._circuit = engine.ActiveCircuit
        self._script = script

    def result(self, engine_name: str) -> PowerFlowResult:
        """Everything of it."""
        loss = self._circuit.Losses
        total = self._circuit.TotalPower
        result = PowerFlowResult(engine_name, converged=True, iterations=int(self._circuit.Solution.Totaliterations))
        result.loss_kw, result.loss_kvar = float(loss[0]) / 1000.0, float(loss[1]) / 1000.0
        result.source_kw, result.source_kvar = -float(total[0]), -float(total[1])
        result.buses = list(self._buses())
        result.branches = list(self._branches())
        result.taken = self._taken()
        return result

    def _taken(self) -> dict[str, tuple[float, float]]:
        """What the sources give by phase."""
        found: dict[str, tuple[float, float]] = {}
        for name, phases in self._script.source_phases.items():
            self._circuit.SetActiveElement(name)
            powers = np.asarray(self._circuit.ActiveCktElement.Powers, dtype=float).view(complex)
            for phase, value in zip(phases, powers, strict=False):
                kw, kvar = found.get(phase, (0.0, 0.0))
                found[phase] = (kw - float(value.real), kvar - float(value.imag))
        return found

    def _buses(self) -> Iterator[BusVoltage]:
        circuit: Circuit = self._script.circuit
        buses = {name: circuit.buses[mrid] for mrid, name in self._script.bus_names.items()}
        volts = np.asarray(self._circuit.AllBusVolts, dtype=float).view(complex)
        sizes, angles, living = np.abs(volts).tolist(), np.degrees(np.angle(volts)).tolist(), self._script.alive.phases
        for node, size, angle in zip(self._circuit.AllNodeNames, sizes, angles, strict=True):
            name, _, number = node.partition(".")
            bus = buses[name]
            phase = phase_of(number, living.get(bus.mrid, _NONE))
            if phase and bus.nominal_v:
                yield BusVoltage(bus.name, phase, size / bus.nominal_v, angle, bus.mrid)

    def _branches(self) -> Iterator[BranchFlow]:
        amperes = self._flows()
        circuit, alive = self._script.circuit, self._script.alive
        groups: list[tuple[str, Sequence[Line | Switch]]] = [("l", circuit.lines), ("s", circuit.switches)]
        for kind, branches in groups:
            for number, branch in enumerate(branches):
                found = amperes.get(f"line.{kind}{number}")
                if found is None:
                    continue
                phases = alive.of(branch.from_bus, branch.phases)
                for phase, value in zip(phases, found, strict=False):
                    amps, power = value
                    percent = 100.0 * amps / branch.rated_a if branch.rated_a else None
                    yield BranchFlow(branch.name, phase, amps, percent, branch.mrid, power.real, power.imag)
        yield from self._transformers(amperes)

    def _transformers(self, amperes: dict[str, list[_Flow]]) -> Iterator[BranchFlow]:
        for number, transformer in enumerate(self._script.circuit.transformers):
            found = amperes.get(f"transformer.t{number}")
            if found is None:
                continue
            first = transformer.windings[0]
            single = first.connection == "I"
            phases = [phase for phase in first.phases if phase != "N"][: 1 if single else 3]
            rated = _rated_a(first, len(phases))
            for phase, value in zip(phases, found, strict=False):
                amps, power = value
                percent = 100.0 * amps / rated if rated else None
                yield BranchFlow(transformer.name, phase, amps, percent, transformer.bank_mrid, power.real, power.imag)

    def _flows(self) -> dict[str, list[_Flow]]:
        """Of every line and transformer: amperes, kW and kvar into its first terminal, one per conductor."""
        elements = self._circuit.PDElements
        if not elements.Count:
            return {}
        amperes = np.abs(np.asarray(elements.AllCurrents, dtype=float).view(complex)).tolist()
        powers = np.asarray(elements.AllPowers, dtype=float).view(complex).tolist()
        conductors, terminals = elements.AllNumConductors, elements.AllNumTerminals
        found, start = {}, 0
        for name, width, ends in zip(elements.AllNames, conductors, terminals, strict=True):
            end = start + int(width)
            found[str(name).lower()] = list(zip(amperes[start:end], powers[start:end], strict=True))
            start += int(width) * int(ends)
        return found
