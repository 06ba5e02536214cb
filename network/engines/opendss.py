"""Power flow by OpenDSS: unbalanced, with regulators, capacitor controls and split-phase secondaries.

One engine of our own per process, used under a lock and cleared after each case; it never changes the working directory, asks nothing
and writes no file.
"""

from __future__ import annotations

import threading
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


def solve(circuit: Circuit, closed: Closed | None = None, *, fix_taps: bool = False) -> PowerFlowResult:
    """The state of the live part of a circuit.

    Args:
        circuit: what to solve.
        closed: closed phases (bits) of switches by mRID; the others are as in the file.
        fix_taps: keep taps and capacitors as they stand instead of letting their controls move them.
    """
    alive = living(circuit, closed)
    if not alive.references:
        return PowerFlowResult(NAME, converged=False, reason="no source holds any part of the network")
    script = Script(circuit, closed, alive, fix_taps=fix_taps)
    commands = script.commands()
    with LOCK:
        engine = context()
        try:
            return _solved(engine, script, commands)
        except engine_error() as error:
            return PowerFlowResult(NAME, converged=False, reason=f"OpenDSS: {first_line(error)}")
        finally:
            engine.ClearAll()


def _solved(engine: Any, script: Script, commands: list[str]) -> PowerFlowResult:
    engine.ClearAll()
    engine.Text.Commands([f"set defaultbasefrequency={script.circuit.frequency_hz}", *commands])
    solution = engine.ActiveCircuit.Solution
    solution.MaxIterations = _ITERATIONS
    solution.MaxControlIterations = _CONTROL_ROUNDS
    solution.Tolerance = 1e-7
    solution.ControlMode = -1 if script.fix_taps else 0
    reason = ""
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
