"""The power-flow port: a circuit, switch positions and an engine's name in; a result that says who solved it out.

Whatever has phases of its own (single-phase laterals, split-phase secondaries, unequal loads, banks, untransposed lines) is solved by
OpenDSS. What is the same on all phases is solved by pandapower, or by power-grid-model where it is large.
"""

from __future__ import annotations

from typing import Literal

from network.domain.physics import switch_flows
from network.domain.physics.balance import why_unbalanced
from network.domain.physics.circuit import Circuit
from network.domain.physics.islands import Closed
from network.domain.physics.limits import V_HIGH_PU, V_LOW_PU, violations
from network.domain.physics.results import PowerFlowResult
from network.engines import balanced_circuit, opendss

Engine = Literal["auto", "pandapower", "pgm", "opendss"]
ENGINES: tuple[Engine, ...] = ("auto", "pandapower", "pgm", "opendss")


class Unsuitable(ValueError):
    """The engine that was asked for cannot express this network; the text says why."""


def solve(
    circuit: Circuit,
    *,
    closed: Closed | None = None,
    engine: Engine = "auto",
    fix_taps: bool = False,
    band: tuple[float, float] = (V_LOW_PU, V_HIGH_PU),
) -> PowerFlowResult:
    """The power flow of the live part of a circuit, with what it violates.

    Args:
        circuit: what to solve.
        closed: closed phases as bits by mRID of the switch; the others are as in the file.
        engine: which one; "auto" chooses by what the circuit contains.
        fix_taps: leave taps and capacitors as they stand.
        band: lowest and highest allowed voltage in per unit.

    Raises:
        Unsuitable: a balanced engine was asked for an unbalanced circuit, or for an element it does not know.
    """
    unbalanced = why_unbalanced(circuit, closed)
    if engine == "opendss" or (engine == "auto" and unbalanced):
        result = opendss.solve(circuit, closed, fix_taps=fix_taps)
    elif unbalanced:
        raise Unsuitable(f"{engine} solves balanced networks only: {unbalanced}")
    else:
        try:
            result = balanced_circuit.solve(circuit, closed, engine, fix_taps=fix_taps)
        except ValueError as error:
            raise Unsuitable(str(error)) from None
        result.branches += switch_flows.flows(circuit, closed, result)
        if result.converged and result.source_kw is not None:
            third = result.source_kw / 3.0, (result.source_kvar or 0.0) / 3.0
            result.taken = dict.fromkeys("ABC", third)
    result.violations = violations(result.buses, result.branches, low=band[0], high=band[1])
    return result
