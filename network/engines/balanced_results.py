"""From the figures of a balanced solution to our result, the same way for every engine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from network.domain.physics.results import BranchFlow, BusVoltage, Violation

BALANCED = "ABC"
#: EN 50160 for medium and low voltage: 10 % below and above nominal.
V_LOW_PU, V_HIGH_PU = 0.9, 1.1


def finite(value: Any) -> float | None:
    """The number, or None where an engine had none."""
    number = float(value)
    return number if math.isfinite(number) else None


def total_kw(frames: Iterable[Any], column: str) -> float:
    """Sum of a column in MW over result tables, in kW."""
    return float(sum(frame[column].sum() for frame in frames if len(frame)) * 1e3)


def voltages(net: Any, v_pu: Iterable[Any], angle_deg: Iterable[Any]) -> list[BusVoltage]:
    """Every energised bus, in the net's order."""
    found = []
    for name, volts, angle in zip(net.bus["name"], v_pu, angle_deg, strict=True):
        value, degrees = finite(volts), finite(angle)
        if value and degrees is not None:
            found.append(BusVoltage(str(name), BALANCED, value, degrees))
    return found


def flows(
    names: Iterable[Any], amperes: Iterable[Any], loading: Iterable[Any], powers: Sequence[Iterable[Any]]
) -> Iterator[BranchFlow]:
    """Every branch that carries something or could; `powers` are kW and kvar into its from end, and of two ends into the other."""
    for name, current, percent, *power in zip(names, amperes, loading, *powers, strict=True):
        value = finite(current)
        if value is not None:
            p, q, *far = (finite(one) for one in power)
            yield BranchFlow(str(name), BALANCED, value, finite(percent), "", p, q, *far)


def violations(
    buses: list[BusVoltage], branches: list[BranchFlow], *, low: float = V_LOW_PU, high: float = V_HIGH_PU
) -> list[Violation]:
    """Voltages outside the band and branches above their rating."""
    found = [
        Violation("voltage_low" if bus.v_pu < low else "voltage_high", bus.name, bus.phase, bus.v_pu, limit)
        for bus in buses
        if (limit := low if bus.v_pu < low else high) and not low <= bus.v_pu <= high
    ]
    return found + [
        Violation("overload", one.name, one.phase, one.loading_percent, 100.0)
        for one in branches
        if one.loading_percent is not None and one.loading_percent > 100.0
    ]
