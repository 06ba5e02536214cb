"""An OpenDSS master file, solved by OpenDSS itself: its own names, its own voltage bases, for comparison with ours."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from network.domain.physics.results import BranchFlow, BusVoltage, PowerFlowResult
from network.engines import opendss
from network.engines.opendss_staging import stage

PHASES = {"1": "A", "2": "B", "3": "C"}
_CONTROLS_OFF = -1
_ITERATIONS = 100


class MasterRefused(ValueError):
    """OpenDSS cannot read the file; the text says what it said."""


def solve(path: Path, *, fix_taps: bool = False) -> PowerFlowResult:
    """Read and solve a master.

    Args:
        path: the file; what it redirects to lies beside it.
        fix_taps: switch its controls off for the last solution.

    Raises:
        MasterRefused: it cannot be read, or makes no circuit.
    """
    with opendss.LOCK, tempfile.TemporaryDirectory() as folder:
        engine = opendss.context()
        try:
            read(engine, path, Path(folder))
            return _solved(engine, fix_taps=fix_taps)
        finally:
            engine.ClearAll()


def read(engine: Any, path: Path, folder: Path) -> None:
    """Load a master into an engine that is locked, with voltage bases.

    Args:
        engine: OpenDSS.
        path: the master.
        folder: an empty temporary folder; what a master still writes goes there, and with it.

    Raises:
        MasterRefused: it cannot be read, or makes no circuit.
    """
    engine.ClearAll()
    engine.DataPath = str(folder)
    staged = stage(path.resolve(), folder)
    try:
        engine.Text.Command = f'redirect "{staged}"'
    except opendss.engine_error() as error:
        raise MasterRefused(opendss.first_line(error).replace(f"{staged.parent}/", "")) from None
    if not engine.NumCircuits:
        raise MasterRefused("it makes no circuit")
    try:
        _set_bases(engine)
    except opendss.engine_error() as error:
        raise MasterRefused(opendss.first_line(error)) from None


def _solved(engine: Any, *, fix_taps: bool) -> PowerFlowResult:
    solution = engine.ActiveCircuit.Solution
    if fix_taps:
        solution.ControlMode = _CONTROLS_OFF
    try:
        solution.Solve()
        if not solution.Converged:  # the engine's own 15 iterations are few for large feeders with many controls
            solution.MaxIterations = max(solution.MaxIterations, _ITERATIONS)
            solution.MaxControlIterations = max(solution.MaxControlIterations, _ITERATIONS)
            solution.Solve()
    except opendss.engine_error() as error:
        return PowerFlowResult(opendss.NAME, converged=False, reason=opendss.first_line(error))
    if not solution.Converged:
        reason = f"no convergence after {solution.Iterations} iterations"
        return PowerFlowResult(opendss.NAME, converged=False, reason=reason)
    return _result(engine.ActiveCircuit)


def _set_bases(engine: Any) -> None:
    """Where the master sets no voltage bases: those of its sources and transformers."""
    circuit = engine.ActiveCircuit
    if circuit.NumBuses and any(circuit.Buses(i).kVBase for i in range(circuit.NumBuses)):
        return
    found = set()
    for one in circuit.Transformers:
        for winding in range(1, one.NumWindings + 1):
            one.Wdg = winding
            three = circuit.ActiveCktElement.NumPhases > 1
            found.add(round(one.kV * (1.0 if three else 3.0**0.5), 5))
    found |= {round(one.BasekV, 5) for one in circuit.Vsources}
    engine.Text.Command = f"set voltagebases=[{' '.join(map(str, sorted(found)))}]"
    engine.Text.Command = "calcvoltagebases"


def _result(circuit: Any) -> PowerFlowResult:
    result = PowerFlowResult(opendss.NAME, converged=True, iterations=int(circuit.Solution.Totaliterations))
    result.loss_kw, result.loss_kvar = (float(value) / 1000.0 for value in circuit.Losses)
    result.source_kw, result.source_kvar = (-float(value) for value in circuit.TotalPower)
    result.buses = list(_buses(circuit))
    result.branches = list(_branches(circuit))
    return result


def _buses(circuit: Any) -> Iterator[BusVoltage]:
    """Energised nodes with a voltage base; a node beyond 3 keeps its number."""
    bases = {str(circuit.Buses(i).Name): float(circuit.Buses(i).kVBase) for i in range(circuit.NumBuses)}
    volts = np.asarray(circuit.AllBusVolts, dtype=float).view(complex)
    for node, value in zip(circuit.AllNodeNames, volts, strict=True):
        name, _, number = str(node).rpartition(".")
        base = 1000.0 * bases.get(name, 0.0)
        if base and abs(value) > 1e-6 * base:
            angle = float(np.degrees(np.angle(value)))
            yield BusVoltage(name, PHASES.get(number, number), float(abs(value)) / base, angle)


def _branches(circuit: Any) -> Iterator[BranchFlow]:
    """Lines and transformers at their first terminal; loading by OpenDSS's normal rating."""
    elements = circuit.PDElements
    if not elements.Count:
        return
    flat = np.abs(np.asarray(elements.AllCurrents, dtype=float).view(complex))
    loading = np.asarray(elements.AllPctNorm(), dtype=float)
    start = 0
    shapes = zip(
        elements.AllNames, elements.AllNumPhases, elements.AllNumConductors, elements.AllNumTerminals, strict=True
    )
    for number, (full, phases, width, terminals) in enumerate(shapes):
        kind, _, name = str(full).partition(".")
        amperes = flat[start : start + int(phases)]
        start += int(width) * int(terminals)
        if kind.lower() not in ("line", "transformer"):
            continue
        most = float(amperes.max()) if len(amperes) else 0.0
        for phase, value in zip(_conductors(circuit, str(full)), amperes, strict=False):
            percent = float(loading[number] * value / most) if most and loading[number] > 0 else None
            yield BranchFlow(name, phase, float(value), percent)


def _conductors(circuit: Any, full: str) -> list[str]:
    circuit.SetActiveElement(full)
    _, _, nodes = str(circuit.ActiveCktElement.BusNames[0]).partition(".")
    return [PHASES.get(one, one) for one in nodes.split(".")] if nodes else ["A", "B", "C"]
