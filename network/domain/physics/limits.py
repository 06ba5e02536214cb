"""What a solution breaks: voltages outside a band, branches above their rating."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from network.domain.physics.results import BranchFlow, BusVoltage, Violation

#: 10 % below and above nominal (EN 50160 in normal operation).
V_LOW_PU, V_HIGH_PU = 0.9, 1.1
LOADING_PERCENT = 100.0


def violations(
    buses: Iterable[BusVoltage],
    branches: Iterable[BranchFlow],
    *,
    low: float = V_LOW_PU,
    high: float = V_HIGH_PU,
) -> list[Violation]:
    """Voltages first, in the order of the result.

    >>> [(one.kind, one.value) for one in violations([BusVoltage("b", "A", 0.85, 0.0)], [])]
    [('voltage_low', 0.85)]
    """
    return [*_voltages(buses, low, high), *_overloads(branches)]


def _voltages(buses: Iterable[BusVoltage], low: float, high: float) -> Iterator[Violation]:
    for bus in buses:
        if bus.v_pu < low:
            yield Violation("voltage_low", bus.name, bus.phase, bus.v_pu, low, bus.mrid)
        elif bus.v_pu > high:
            yield Violation("voltage_high", bus.name, bus.phase, bus.v_pu, high, bus.mrid)


def _overloads(branches: Iterable[BranchFlow]) -> Iterator[Violation]:
    for one in branches:
        if one.loading_percent is not None and one.loading_percent > LOADING_PERCENT:
            yield Violation("overload", one.name, one.phase, one.loading_percent, LOADING_PERCENT, one.mrid)
