"""Whether a circuit can be solved as one phase, and its positive sequence where it can."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from network.domain.physics.circuit import ABC, Circuit, LineCode
from network.domain.physics.islands import Closed, closed_conductors
from network.domain.physics.line_constants import square

_SAME = 1e-3  # relative difference up to which phases count as equal


def why_unbalanced(circuit: Circuit, closed: Closed | None = None) -> str:
    """Why phases have to be solved one by one; empty where one will do.

    Args:
        circuit: what is to be solved.
        closed: closed phases as bits by mRID of the switch; the others are as in the file.
    """
    for check in _CHECKS:
        reason = next(check(circuit), "")
        if reason:
            return reason
    return next(_switches(circuit, closed), "")


def _switches(circuit: Circuit, closed: Closed | None) -> Iterator[str]:
    for switch in circuit.switches:
        conductors = closed_conductors(switch, closed)
        if conductors and conductors != switch.phases:
            yield f"{switch.name} is closed on {' '.join(conductors)} only"


def _buses(circuit: Circuit) -> Iterator[str]:
    for bus in circuit.buses.values():
        if bus.phases != ABC:
            yield f"{bus.name} has the phases {' '.join(bus.phases)}"


def _transformers(circuit: Circuit) -> Iterator[str]:
    for one in circuit.transformers:
        if any(winding.connection == "I" for winding in one.windings):
            yield f"{one.name} is a single-phase transformer"


def _loads(circuit: Circuit) -> Iterator[str]:
    for load in circuit.loads:
        if load.phases != ABC or not (even(load.p_w) and even(load.q_var)):
            yield f"{load.name} is not the same on all phases"
    for one in circuit.generators:
        if one.phases != ABC or not (even(one.p_w) and even(one.q_var)):
            yield f"{one.name} is not the same on all phases"


def _lines(circuit: Circuit) -> Iterator[str]:
    for line in circuit.lines:
        if line.phases != ABC:
            yield f"{line.name} has the phases {' '.join(line.phases)}"
        code = circuit.line_codes[line.code]
        if not code.sequence and not _transposed(code):
            yield f"{line.name} is not transposed"


def even(values: Sequence[float]) -> bool:
    """Whether the phases have the same value."""
    return max(values) - min(values) <= _SAME * max(map(abs, values))


def _transposed(code: LineCode) -> bool:
    x = square(code.x)
    own, mutual = x.diagonal(), x[~np.eye(len(x), dtype=bool)]
    scale = _SAME * max(abs(own.mean()), 1e-12)
    return bool(
        abs(own - own.mean()).max() <= scale and (not mutual.size or abs(mutual - mutual.mean()).max() <= scale)
    )


_CHECKS: tuple[Callable[[Circuit], Iterator[str]], ...] = (_buses, _transformers, _loads, _lines)


def positive_sequence(code: LineCode) -> tuple[complex, complex]:
    """Series impedance and shunt admittance of one metre: what the code says, else self less mutual."""
    if code.sequence:
        r, x, g, b = code.sequence[:4]
        return complex(r, x), complex(g, b)
    series = complex(_self_less_mutual(code.r), _self_less_mutual(code.x))
    shunt = complex(_self_less_mutual(code.g), _self_less_mutual(code.b))
    return (series, shunt) if cmath.isfinite(series) else (0j, 0j)


def _self_less_mutual(values: tuple[float, ...]) -> float:
    matrix = square(values)
    size = len(matrix)
    mutual = (matrix.sum() - matrix.trace()) / (size * (size - 1)) if size > 1 else 0.0
    return float(matrix.trace() / size - mutual)
