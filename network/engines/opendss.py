"""Power flow by OpenDSS: unbalanced, with regulators, capacitor controls and split-phase secondaries.

Engines of our own, used under a lock and cleared after each case; they never change the working directory, ask nothing and write no
file. Within `kept` the larger circuits stay loaded, so that one that only hangs on other voltages than before is not written anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from network.domain.physics.circuit import Circuit
from network.domain.physics.islands import Closed, living
from network.domain.physics.results import PowerFlowResult
from network.engines.opendss_results import Reading
from network.engines.opendss_script import Script

NAME = "opendss"
LOCK = threading.Lock()
_ITERATIONS = 100
_CONTROL_ROUNDS = 100
_MOST_KEPT = 4
_WORTH_KEEPING = 300  # buses
_MINE = threading.local()


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A circuit that an engine of its own holds."""

    engine: Any
    circuit: Circuit
    script: Script

    def fits(self, circuit: Circuit) -> bool:
        """Whether it is this circuit but for the voltages of its sources."""
        mine = self.circuit
        parts = (
            (mine.buses, circuit.buses), (mine.lines, circuit.lines), (mine.switches, circuit.switches),
            (mine.transformers, circuit.transformers), (mine.loads, circuit.loads), (mine.generators, circuit.generators),
            (mine.shunts, circuit.shunts), (mine.line_codes, circuit.line_codes),
        )  # fmt: skip
        return all(one is other for one, other in parts) and _holding(mine) == _holding(circuit)


def _holding(circuit: Circuit) -> list[tuple[object, ...]]:
    """The sources without their voltages."""
    return [
        (one.bus, one.phases, one.is_stiff, one.rank, one.r_ohm, one.x_ohm, one.r0_ohm, one.x0_ohm, one.p_w, one.q_var)
        for one in circuit.sources
    ]


@contextmanager
def kept() -> Iterator[None]:
    """Within this, on this thread, the latest larger circuits without controls stay loaded; a nested one changes nothing.

    One with regulators or switched capacitors is always solved from the taps of its file: no answer hangs on the one before.
    """
    if getattr(_MINE, "loaded", None) is not None:
        yield
        return
    _MINE.loaded = list[_Loaded]()
    try:
        yield
    finally:
        with LOCK:
            for one in _MINE.loaded:
                _give_back(one.engine)
        _MINE.loaded = None


def solve(circuit: Circuit, closed: Closed | None = None, *, fix_taps: bool = False) -> PowerFlowResult:
    """The state of the live part of a circuit.

    Args:
        circuit: what to solve.
        closed: closed phases (bits) of switches by mRID; the others are as in the file.
        fix_taps: keep taps and capacitors as they stand instead of letting their controls move them.
    """
    loaded: list[_Loaded] | None = getattr(_MINE, "loaded", None) if closed is None and not fix_taps else None
    known = next((one for one in loaded if one.fits(circuit)), None) if loaded else None
    if loaded is not None and known is not None:
        moved = _again(known, circuit)
        if moved.converged:
            return moved
        with LOCK:  # what has no solution from here may have one from the beginning
            loaded.remove(known)
            _give_back(known.engine)
    alive = living(circuit, closed)
    if not alive.references:
        return PowerFlowResult(NAME, converged=False, reason="no source holds any part of the network")
    script = Script(circuit, closed, alive, fix_taps=fix_taps)
    commands = script.commands()
    is_kept = loaded is not None and len(circuit.buses) >= _WORTH_KEEPING and not _has_controls(circuit)
    with LOCK:
        engine = _take() if is_kept else context()
        result = None
        try:
            result = _solved(engine, script, commands)
        except engine_error() as error:
            result = PowerFlowResult(NAME, converged=False, reason=f"OpenDSS: {first_line(error)}")
        finally:
            if loaded is not None and is_kept and result is not None and result.converged:
                loaded.append(_Loaded(engine, circuit, script))
                if len(loaded) > _MOST_KEPT:
                    _give_back(loaded.pop(0).engine)
            elif is_kept:
                _give_back(engine)
            else:
                engine.ClearAll()
    return result


def _again(known: _Loaded, circuit: Circuit) -> PowerFlowResult:
    """The same circuit on other voltages: from the state it is in."""
    sources = {(one.bus, one.phases): one for one in circuit.sources}
    with LOCK:
        try:
            known.engine.Text.Commands(
                "\n".join(known.script.moved([sources[one.bus, one.phases] for one in known.script.alive.references]))
            )
            return _result(known.engine, known.script)
        except engine_error() as error:
            return PowerFlowResult(NAME, converged=False, reason=f"OpenDSS: {first_line(error)}")


def _has_controls(circuit: Circuit) -> bool:
    """Whether something in it moves by what it sees."""
    taps = (winding.taps for one in circuit.transformers for winding in one.windings)
    return any(one is not None and one.control is not None for one in taps) or any(
        one.control for one in circuit.shunts
    )


def _solved(engine: Any, script: Script, commands: list[str]) -> PowerFlowResult:
    engine.ClearAll()
    engine.Text.Commands("\n".join([f"set defaultbasefrequency={script.circuit.frequency_hz}", *commands]))
    solution = engine.ActiveCircuit.Solution
    solution.MaxIterations = _ITERATIONS
    solution.MaxControlIterations = _CONTROL_ROUNDS
    solution.Tolerance = 1e-7
    solution.ControlMode = -1 if script.fix_taps else 0
    return _result(engine, script)


def _result(engine: Any, script: Script) -> PowerFlowResult:
    solution, reason = engine.ActiveCircuit.Solution, ""
    try:
        solution.Solve()
    except engine_error() as error:
        reason = first_line(error)
    if not solution.Converged or reason:
        reason = reason or f"no convergence after {solution.Iterations} iterations"
        return PowerFlowResult(NAME, converged=False, reason=reason, iterations=int(solution.Iterations))
    return Reading(engine, script).result(NAME)


def first_line(error: BaseException) -> str:
    """What OpenDSS said, on one line."""
    return " ".join(str(error.args[-1] if error.args else error).split())[:300]


@cache
def context() -> Any:
    """Our own engine, apart from any other in the process; it may neither wander nor ask."""
    return _new()


_spare: list[Any] = []


def _take() -> Any:
    return _spare.pop() if _spare else _new()


def _give_back(engine: Any) -> None:
    engine.ClearAll()
    _spare.append(engine)


def _new() -> Any:
    from dss import DSS  # type: ignore[import-untyped]  # noqa: PLC0415 - half a second

    engine = DSS.NewContext()
    engine.AllowChangeDir = False
    engine.AllowForms = False
    engine.AllowEditor = False
    engine.AllowDOScmd = False
    return engine


@cache
def engine_error() -> type[Exception]:
    """What OpenDSS raises."""
    from dss import DSSException  # noqa: PLC0415

    found: type[Exception] = DSSException
    return found
