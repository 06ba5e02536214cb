"""Short circuits of networks whose phases differ, by the impedances OpenDSS finds at every bus.

    circuit or master --> OpenDSS without loads --> open-circuit voltages and impedances of a bus --> phase_faults

The voltages before the fault are those of the unloaded network with its taps as they stand; there is no voltage factor c, as studies of
such feeders are published (Kersting; the IEEE test feeders).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from network.domain.physics.circuit import Circuit, LineCode
from network.domain.physics.fault_currents import Thevenin
from network.domain.physics.islands import Closed, living
from network.domain.physics.line_constants import square, triangle
from network.domain.physics.phase_faults import Complexes, phase_faults
from network.engines import opendss, opendss_master
from network.engines.opendss_results import phase_of
from network.engines.opendss_script import Script
from network.engines.short_circuit import END_TEMPERATURE, BusFault, Case, Fault, NoShortCircuitData, ShortCircuits

#: What only draws, or is not part of the network before the fault.
_NO_PART = {"load", "generator", "capacitor", "pvsystem", "storage", "fault", "indmach012", "windgen"}
_WARM = 0.004 * (END_TEMPERATURE - 20.0)  # IEC 60909-0, equation 3
_VOLTAGES = "voltages before the fault are those of the unloaded network; no voltage factor c"
_SOURCES = "sources as in the maximum case: their lowest short-circuit power is not said"
_ABC = "ABC"
_LEAST_V = 1e-3  # below it nothing is alive

Seen = Iterator[tuple[str, tuple[str, ...], Complexes, Complexes]]


def of_circuit(circuit: Circuit, fault: Fault, case: Case, closed: Closed | None = None) -> ShortCircuits:
    """Fault currents at every live bus of a circuit.

    Raises:
        NoShortCircuitData: no source holds any part of it, or OpenDSS refuses it.
    """
    bare, left_out = _bare(circuit, closed)
    if weak := next((one for one in bare.sources if not (one.r_ohm or one.x_ohm)), None):
        raise NoShortCircuitData(f"the source {weak.name} has no impedance: its short-circuit power must be said")
    if case == "min":
        bare.line_codes = {name: _warm(code) for name, code in circuit.line_codes.items()}
    answer = ShortCircuits(assumptions=_assumptions(case, left_out))
    seen = _seen(bare, closed)
    return _answer(answer, ((circuit.buses[bus].name, phases, v, z) for bus, phases, v, z in seen), fault, case)


def seen_from(circuit: Circuit) -> dict[str, Thevenin]:
    """What a fault sees at every live bus that has phases, by mRID: voltage and impedance of the unloaded network.

    A source of which no impedance is said is taken to have none.

    Raises:
        NoShortCircuitData: no source holds any part of it, or OpenDSS refuses it.
    """
    bare, _ = _bare(circuit, None)
    found = {}
    for bus, phases, v, z in _seen(bare, None):
        rows = [_ABC.index(phase) for phase in phases if phase in _ABC]
        if not rows or len(rows) != len(phases) or not np.isfinite(z).all():
            continue
        volts, ohms = np.zeros(3, np.complex128), np.zeros((3, 3), np.complex128)
        volts[rows], ohms[np.ix_(rows, rows)] = v, z
        found[bus] = Thevenin(volts, ohms, "".join(sorted(phases)))
    return found


def _bare(circuit: Circuit, closed: Closed | None) -> tuple[Circuit, int]:
    """A circuit without what only draws, its sources with their impedances; and how many generators that leaves out."""
    alive = living(circuit, closed)
    if not alive.references:
        raise NoShortCircuitData("no source holds any part of the network")
    sources = [replace(one, is_stiff=False) for one in alive.references]
    bare = replace(circuit, loads=[], generators=[], shunts=[], sources=sources)
    return bare, len(circuit.generators) + len(alive.followers)


def _seen(bare: Circuit, closed: Closed | None) -> list[tuple[str, tuple[str, ...], Complexes, Complexes]]:
    """mRID, live conductors in the order of phases, voltages and impedances of each bus."""
    script = Script(bare, closed, living(bare, closed), fix_taps=True)
    with opendss.LOCK:
        engine = opendss.context()
        try:
            engine.ClearAll()
            engine.Text.Commands([f"set defaultbasefrequency={bare.frequency_hz}", *script.commands()])
            _study(engine)
            names = {name: mrid for mrid, name in script.bus_names.items()}
            named = ((names[name], *_named(script, names[name], nodes), v, z) for name, nodes, v, z in _buses(engine))
            return [(bus, phases, v[rows], z[np.ix_(rows, rows)]) for bus, phases, rows, v, z in named]
        except opendss.engine_error() as error:
            raise NoShortCircuitData(f"OpenDSS: {opendss.first_line(error)}") from None
        finally:
            engine.ClearAll()


def of_master(path: Path, fault: Fault, case: Case) -> ShortCircuits:
    """Fault currents at every live bus of an OpenDSS master.

    Raises:
        MasterRefused: it cannot be read, or makes no circuit.
        NoShortCircuitData: OpenDSS finds no impedances.
    """
    answer = ShortCircuits(assumptions=_assumptions(case, 0))
    if case == "min":
        answer.assumptions.append("conductors as warm as the master has them")
    with opendss.LOCK, tempfile.TemporaryDirectory() as folder:
        engine = opendss.context()
        try:
            opendss_master.read(engine, path, Path(folder))
            for kind in _NO_PART & {str(one).lower() for one in engine.Classes}:
                engine.Text.Command = f"batchedit {kind}..* enabled=no"
            _study(engine)
            seen = (
                (name, tuple(opendss_master.PHASES.get(n, n) for n in nodes), v, z)
                for name, nodes, v, z in _buses(engine)
            )
            return _answer(answer, seen, fault, case)
        except opendss.engine_error() as error:
            raise NoShortCircuitData(f"OpenDSS: {opendss.first_line(error)}") from None
        finally:
            engine.ClearAll()


def _assumptions(case: Case, left_out: int) -> list[str]:
    found = [_VOLTAGES]
    if case == "min":
        found.append(_SOURCES)
    if left_out:
        found.append(f"{left_out} generators and inverters left out: their short-circuit contribution is not said")
    return found


def _warm(code: LineCode) -> LineCode:
    """Resistance of the conductors at their end temperature; what the phases share is earth's and stays."""
    r = square(code.r)
    size = len(r)
    shared = (r.sum() - r.trace()) / (size * (size - 1)) if size > 1 else 0.0
    return replace(code, r=triangle(r + np.diag(np.maximum(r.diagonal() - shared, 0.0)) * _WARM), sequence=())


def _study(engine: Any) -> None:
    """The unloaded network solved, then the impedances of all buses."""
    solution = engine.ActiveCircuit.Solution
    solution.MaxIterations = 100
    solution.ControlMode = -1
    solution.Solve()
    engine.Text.Command = "solve mode=faultstudy"


def _buses(engine: Any) -> Iterator[tuple[str, tuple[str, ...], Complexes, Complexes]]:
    """Name, nodes, voltages and impedances of each bus; OpenDSS keeps a bus's nodes in the order it met them."""
    circuit = engine.ActiveCircuit
    met: dict[str, list[str]] = {}
    for node in circuit.YNodeOrder:
        name, _, number = str(node).lower().rpartition(".")
        met.setdefault(name, []).append(number)
    for index in range(circuit.NumBuses):
        bus = circuit.Buses(index)
        nodes = met.get(str(bus.Name).lower(), [])
        z = np.asarray(bus.ZscMatrix, dtype=float).view(complex)
        v = np.asarray(bus.Voc, dtype=float).view(complex)
        if nodes and len(z) == len(nodes) ** 2 and len(v) == len(nodes):
            yield str(bus.Name), tuple(nodes), v, z.reshape(len(nodes), len(nodes))


def _named(script: Script, mrid: str, nodes: tuple[str, ...]) -> tuple[tuple[str, ...], list[int]]:
    """The live conductors among the nodes of a bus, in the order of phases, and where they stand."""
    alive = script.alive.phases.get(mrid, frozenset())
    found = sorted((phase_of(number, alive), row) for row, number in enumerate(nodes) if phase_of(number, alive))
    return tuple(phase for phase, _ in found), [row for _, row in found]


def _answer(answer: ShortCircuits, seen: Seen, fault: Fault, case: Case) -> ShortCircuits:
    """One row for each bus: the largest current of its phases in the maximum case, else the smallest."""
    choose = max if case == "max" else min
    few = 0
    for name, phases, v, z in seen:
        if not len(v) or float(np.abs(v).max()) < _LEAST_V or not np.isfinite(z).all():
            continue
        order = sorted(range(len(phases)), key=phases.__getitem__)
        found = phase_faults(v[order], z[np.ix_(order, order)], [phases[row] for row in order], fault)
        if not found:
            few += 1
            continue
        one = choose(found, key=lambda current: current.ikss_a)
        currents = {current.phases: current.ikss_a / 1e3 for current in found}
        answer.results.append(BusFault(name, one.ikss_a / 1e3, one.ip_a / 1e3, currents))
    if few:
        answer.assumptions.append(f"{few} buses have too few phases for this fault and are not listed")
    return answer
