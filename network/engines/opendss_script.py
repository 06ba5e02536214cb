"""A circuit in the words of OpenDSS: one command per element, elements named by their place in the circuit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from network.domain.physics.balance import even
from network.domain.physics.circuit import ABC, Circuit, Load, Source
from network.domain.physics.earthing import earthed_buses
from network.domain.physics.islands import Closed, Living, closed_conductors
from network.domain.physics.line_constants import square
from network.engines.opendss_shunts import shunt_commands
from network.engines.opendss_transformers import neutral_bases, transformer_commands

_NODE = {"A": 1, "B": 2, "C": 3, "s1": 1, "s2": 2, "N": 0}
_LAG = {"B": 120.0, "C": 240.0}  # degrees behind phase A
_CLOSED_OHM = 1e-5  # of a closed switch: 5 mV at 500 A, and the matrix stays well conditioned
_STIFF_PU = 1e-8  # reactance of a source that holds its voltage, at 1 MVA
_V_LOW, _V_HIGH = 0.8, 1.2  # within these a load follows its own law, beyond it is an impedance

_Matrices = list[list[list[float]]]


class Script:
    """Commands of a circuit, with the names it gave to buses and elements."""

    def __init__(self, circuit: Circuit, closed: Closed | None, alive: Living, *, fix_taps: bool) -> None:
        """Nothing is written before `commands`."""
        self.circuit = circuit
        self.closed = closed
        self.alive = alive
        self.fix_taps = fix_taps
        self.bus_names = {mrid: f"b{i}" for i, mrid in enumerate(circuit.buses)}
        self.elements: dict[str, str] = {}  # by mRID, as class.name
        self._earthed: set[str] = set()
        self._codes: dict[tuple[str, tuple[int, ...]], str] = {}  # many lines are of few codes
        self._nodes: dict[tuple[str, ...], str] = {}
        self.source_phases: dict[str, tuple[str, ...]] = {}  # by name of the element

    def commands(self) -> list[str]:
        """From clearing the engine to the last element; sources come first, bases of star points last."""
        self.elements = self._names()
        self._earthed = earthed_buses(self.circuit, self.alive.references, self.closed)
        return [*self._sources(), *self._lines(), *self._switches(), *transformer_commands(self), *self._loads(),
                *self._production(), *shunt_commands(self), *neutral_bases(self)]  # fmt: skip

    def bus(self, mrid: str, phases: Sequence[str]) -> str:
        """A bus with its nodes.

        `N` is earth: neutrals of lines are already reduced.
        """
        key = tuple(phases)
        nodes = self._nodes.get(key)
        if nodes is None:
            nodes = self._nodes[key] = "".join(f".{_NODE[phase]}" for phase in key)
        return self.bus_names[mrid] + nodes

    def _names(self) -> dict[str, str]:
        names = {line.mrid: f"line.l{i}" for i, line in enumerate(self.circuit.lines)}
        names |= {switch.mrid: f"line.s{i}" for i, switch in enumerate(self.circuit.switches)}
        names |= {shunt.mrid: f"capacitor.c{i}" for i, shunt in enumerate(self.circuit.shunts)}
        return names

    def _sources(self) -> Iterator[str]:
        for number, (name, source, phases) in enumerate(self._parts(self.alive.references)):
            head = f"new {name}" if number else f"new circuit.circuit basefreq={self.circuit.frequency_hz}"
            self.source_phases[name] = phases
            yield f"{head} {self._source(source, phases)}"

    def moved(self, sources: Sequence[Source]) -> list[str]:
        """Commands that let the circuit be held by sources like those it has, at other voltages."""
        return [f"edit {name} {self._source(source, phases)}" for name, source, phases in self._parts(sources)]

    @staticmethod
    def _parts(sources: Sequence[Source]) -> list[tuple[str, Source, tuple[str, ...]]]:
        """Three phases together, one or two each by itself; each with the name of its element."""
        parts = [
            (source, phases)
            for source in sources
            for phases in ([source.phases] if len(source.phases) == 3 else [(phase,) for phase in source.phases])
        ]
        return [(f"vsource.v{number}" if number else "vsource.source", *one) for number, one in enumerate(parts)]

    def _source(self, source: Source, phases: tuple[str, ...]) -> str:
        r, x, r0, x0 = source.r_ohm, source.x_ohm, source.r0_ohm, source.x0_ohm
        if source.is_stiff or not (x or r):
            r = r0 = 0.0
            x = x0 = _STIFF_PU * source.voltage_v**2 / 1e6
        single = len(phases) == 1
        kilovolt = source.voltage_v / (3.0**0.5 if single else 1.0) / 1000.0
        angle = source.angle_deg - (_LAG.get(phases[0], 0.0) if single else 0.0)
        return (
            f"bus1={self.bus(source.bus, phases)} phases={len(phases)} basekv={kilovolt!r} pu=1 "
            f"angle={angle!r} r1={r!r} x1={x!r} r0={r0!r} x0={x0!r}"
        )

    def _lines(self) -> Iterator[str]:
        for number, line in enumerate(self.circuit.lines):
            phases = self.alive.of(line.from_bus, line.phases)
            if not phases:
                continue
            key = line.code, tuple(line.phases.index(phase) for phase in phases)
            if key not in self._codes:
                self._codes[key] = f"k{len(self._codes)}"
                yield self._code(*key)
            yield f"new line.l{number} linecode={self._codes[key]} {self._ends(line.from_bus, line.to_bus, phases, line.length)}"

    def _ends(self, from_bus: str, to_bus: str, phases: Sequence[str], length: float = 1.0) -> str:
        ends = f"bus1={self.bus(from_bus, phases)} bus2={self.bus(to_bus, phases)}"
        return f"phases={len(phases)} {ends} length={length!r} units=none"

    def _code(self, code: str, conductors: tuple[int, ...]) -> str:
        """Of the live conductors of a code; a dead one carries nothing and drops out."""
        r, x, c = map(_text, self._per_length(code, conductors))
        matrices = f"rmatrix=({r}) xmatrix=({x}) cmatrix=({c})"
        return f"new linecode.{self._codes[code, conductors]} nphases={len(conductors)} units=none {matrices}"

    def _per_length(self, code: str, conductors: tuple[int, ...]) -> _Matrices:
        """Resistance, reactance and capacitance (nF) of some conductors of a line code, lower triangles row by row."""
        values, nanofarad = self.circuit.line_codes[code], 1e9 / (2.0 * np.pi * self.circuit.frequency_hz)
        told = ((values.r, 1.0), (values.x, 1.0), (values.b, nanofarad))
        whole = [square(triangle)[np.ix_(conductors, conductors)] * factor for triangle, factor in told]
        return [[row[: place + 1] for place, row in enumerate(matrix.tolist())] for matrix in whole]

    def _switches(self) -> Iterator[str]:
        for number, switch in enumerate(self.circuit.switches):
            phases = self.alive.of(switch.from_bus, closed_conductors(switch, self.closed))
            if phases:
                ends = self._ends(switch.from_bus, switch.to_bus, phases)
                yield f"new line.s{number} {ends} r1={_CLOSED_OHM} r0={_CLOSED_OHM} x1=0 x0=0 c1=0 c0=0"

    def _loads(self) -> Iterator[str]:
        for number, load in enumerate(self.circuit.loads):
            if load.connection != "D" and self._is_three_wire(load.bus, load.phases, load.p_w, load.q_var):
                yield f"new load.d{number} {self._three_wire(load.bus, sum(load.p_w), sum(load.q_var))} {_law(load)}"
                continue
            for part, (phases, p_w, q_var) in enumerate(_single(load)):
                if self.alive.of(load.bus, phases) == phases:
                    yield f"new load.d{number}_{part} {self._load(load.bus, phases, p_w, q_var)} {_law(load)}"

    def _load(self, bus: str, phases: Sequence[str], p_w: float, q_var: float) -> str:
        nominal = self.circuit.buses[bus].nominal_v
        if len(phases) == 2:
            nominal *= 2.0 if "s1" in phases else 3.0**0.5
        nodes = self.bus(bus, phases if len(phases) == 2 else (*phases, "N"))
        return (
            f"phases=1 bus1={nodes} kv={nominal / 1000.0!r} kw={p_w / 1000.0!r} kvar={q_var / 1000.0!r} "
            f"vminpu={_V_LOW} vmaxpu={_V_HIGH}"
        )

    def _is_three_wire(self, bus: str, phases: Sequence[str], p_w: Sequence[float], q_var: Sequence[float]) -> bool:
        """Whether it draws the same of three phases where there is no earth: then it cannot hang between phase and earth."""
        return (
            bus not in self._earthed and self.alive.of(bus, ABC) == ABC == tuple(phases) and even(p_w) and even(q_var)
        )

    def _three_wire(self, bus: str, p_w: float, q_var: float) -> str:
        kilovolt = self.circuit.buses[bus].nominal_v * 3.0**0.5 / 1000.0
        return (
            f"phases=3 conn=delta bus1={self.bus(bus, ABC)} kv={kilovolt!r} kw={p_w / 1000.0!r} kvar={q_var / 1000.0!r} "
            f"vminpu={_V_LOW} vmaxpu={_V_HIGH}"
        )

    def _production(self) -> Iterator[str]:
        """Generators, and sources that only follow, are loads below zero."""
        for number, one in enumerate(self.circuit.generators):
            if self._is_three_wire(one.bus, one.phases, one.p_w, one.q_var):
                yield f"new load.g{number} {self._three_wire(one.bus, -sum(one.p_w), -sum(one.q_var))} model=1"
                continue
            for phase, p_w, q_var in zip(one.phases, one.p_w, one.q_var, strict=True):
                if self.alive.of(one.bus, (phase,)):
                    yield f"new load.g{number}_{phase} {self._load(one.bus, (phase,), -p_w, -q_var)} model=1"
        for number, source in enumerate(self.alive.followers):
            if not (source.p_w or source.q_var):
                continue
            for phase in source.phases:
                share = -1.0 / len(source.phases)
                load = self._load(source.bus, (phase,), source.p_w * share, source.q_var * share)
                yield f"new load.f{number}_{phase} {load} model=1"


def _single(load: Load) -> Iterator[tuple[tuple[str, ...], float, float]]:
    """A load as single ones: phase to neutral, or between two phases."""
    if load.connection != "D":
        for phase, p_w, q_var in zip(load.phases, load.p_w, load.q_var, strict=True):
            yield (phase,), p_w, q_var
    elif len(load.phases) == 2:
        yield load.phases, load.p_w[0], load.q_var[0]
    else:
        for i, (p_w, q_var) in enumerate(zip(load.p_w, load.q_var, strict=True)):
            yield (load.phases[i], load.phases[(i + 1) % 3]), p_w, q_var


_MODELS = {(0.0, 0.0, 1.0): 1, (1.0, 0.0, 0.0): 2, (0.0, 1.0, 0.0): 5}


def _law(load: Load) -> str:
    """How the load follows the voltage."""
    response = load.response
    if response.exponents:
        return f"model=4 cvrwatts={response.exponents[0]!r} cvrvars={response.exponents[1]!r}"
    if response.p_zip == response.q_zip and response.p_zip in _MODELS:
        return f"model={_MODELS[response.p_zip]}"
    shares = " ".join(repr(share) for share in (*response.p_zip, *response.q_zip))
    return f"model=8 zipv=({shares} 0)"


def _text(triangle: list[list[float]]) -> str:
    """A lower triangle as OpenDSS reads it."""
    return " | ".join(" ".join(map(repr, row)) for row in triangle)
