"""Short-circuit currents by IEC 60909-0: three-phase, two-phase and single-phase, highest and lowest.

The positive sequence is pandapower's, with its correction factors of transformers, generators and power station units; the zero
sequence is our own (short_circuit_zero). Equivalent voltage source at the fault, no loads, kappa by method C.
"""

from __future__ import annotations

import logging
import math
import warnings
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from network.engines.short_circuit_factors import voltage_factor
from network.engines.short_circuit_zero import MissingZeroSequence, zero_impedances

Fault = Literal["3ph", "2ph", "1ph"]
Case = Literal["max", "min"]
OPEN_WINDING = "open winding"  # type of a bus that is only the unconnected end of a transformer: no place for a fault
END_TEMPERATURE = 80.0  # of conductors in the minimum case where the net does not say it, degrees Celsius


class NoShortCircuitData(ValueError):
    """The net lacks what a short-circuit study needs; the message says which element."""


@dataclass(slots=True, frozen=True)
class BusFault:
    """A fault at a bus: initial symmetrical and peak current in kA; `ip_ka` is None where kappa is not to be had.

    Where the phases differ, `phases` has the current of every choice of phases, and `ikss_ka` is the largest or smallest of them.
    """

    bus: str
    ikss_ka: float
    ip_ka: float | None
    phases: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class ShortCircuits:
    """The currents of all supplied buses, and what had to be assumed."""

    results: list[BusFault] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)


def short_circuits(net: Any, fault: Fault, case: Case) -> ShortCircuits:
    """Fault currents at every bus of a pandapower net.

    Raises:
        NoShortCircuitData: sources, machines, or for single-phase faults the zero sequence, are not described.
    """
    answer = ShortCircuits(assumptions=_prepare(net, case))
    currents = _positive(net, "2ph" if fault == "2ph" else "3ph", case)
    if fault == "1ph":
        currents = _single_phase(net, case, currents)
        answer.assumptions += _zigzag_assumptions(net)
    for name, kind, ikss, ip in zip(net.bus["name"], net.bus["type"], *currents, strict=True):
        if math.isfinite(ikss) and kind != OPEN_WINDING:
            answer.results.append(BusFault(str(name), float(ikss), float(ip) if math.isfinite(ip) else None))
    return answer


def _prepare(net: Any, case: Case) -> list[str]:
    """Fill in what has a usual value, and say so."""
    assumed = _source_assumptions(net, case)
    _require_sources(net, case)
    _require_generators(net)
    if case == "min" and len(net.line) and not _has_all(net.line, "endtemp_degree"):
        _fill(net.line, "endtemp_degree", END_TEMPERATURE)
        assumed.append(f"conductors at {END_TEMPERATURE:.0f} °C where the file does not say it")
    if len(net.sgen) and not _has_all(net.sgen[net.sgen["in_service"]], "k"):
        net.sgen["in_service"] = False
        assumed.append("static generators left out: their short-circuit contribution (k) is not said")
    if len(net.motor) and case == "min":
        assumed.append("motors left out in the minimum case")
    return assumed


def _zigzag_assumptions(net: Any) -> list[str]:
    """A zigzag's zero sequence is its stated leakage alone: its halves cancel in the core. No published currents check it."""
    groups = net.trafo.get("vector_group", [])
    if not any("z" in str(group).lower() for group in groups):
        return []
    return [
        "zigzag windings: zero sequence by the stated vk0 alone, without the core; there is no published reference for it"
    ]


def _require_sources(net: Any, case: Case) -> None:
    grids = net.ext_grid[net.ext_grid["in_service"].astype(bool)]
    if not len(grids) and not len(net.gen):
        raise NoShortCircuitData("no source is in service")
    if not len(grids):
        return
    for column in (f"s_sc_{case}_mva", f"rx_{case}"):
        if not _has_all(grids, column):
            bus = net.bus["name"][grids["bus"].iloc[0]]
            raise NoShortCircuitData(f"the source at {bus} has no {column}: its short-circuit power must be said")


def _require_generators(net: Any) -> None:
    alive = net.gen[net.gen["in_service"].astype(bool)]
    if not len(alive):
        return
    lacking = [
        column for column in ("vn_kv", "sn_mva", "xdss_pu", "rdss_ohm", "cos_phi") if not _has_all(alive, column)
    ]
    if lacking:
        bus = net.bus["name"][alive["bus"].iloc[0]]
        raise NoShortCircuitData(f"a generator (the first is at {bus}) has no {', '.join(lacking)}")


def _source_assumptions(net: Any, case: Case) -> list[str]:
    """The minimum case of a source is its maximum case where only that is said."""
    if case == "max" or not len(net.ext_grid):
        return []
    is_assumed = not _has_all(net.ext_grid, "s_sc_min_mva") and "s_sc_max_mva" in net.ext_grid
    for name, unit in (("s_sc", "_mva"), ("rx", ""), ("x0x", ""), ("r0x0", "")):
        if f"{name}_max{unit}" in net.ext_grid:
            _fill(net.ext_grid, f"{name}_min{unit}", net.ext_grid[f"{name}_max{unit}"])
    return ["sources as in the maximum case: their lowest short-circuit power is not said"] if is_assumed else []


def _fill(frame: Any, column: str, value: Any) -> None:
    """Give a column a value where it has none."""
    if column not in frame:
        frame[column] = np.nan
    frame[column] = frame[column].fillna(value)


def _has_all(frame: Any, column: str) -> bool:
    return column in frame and bool(frame[column].notna().all())


def _positive(net: Any, fault: str, case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Initial and peak currents in kA by pandapower, NaN where there is no supply."""
    from pandapower.shortcircuit import calc_sc  # noqa: PLC0415 - takes seconds

    logging.getLogger("pandapower").setLevel(logging.ERROR)
    for column in ("power_station_trafo", "pg_percent"):
        if len(net.gen) and column not in net.gen:
            net.gen[column] = np.nan
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            calc_sc(net, fault=fault, case=case, ip=True, kappa_method="C", topology="auto")
    except (ValueError, KeyError, AttributeError, NotImplementedError, UserWarning) as error:
        raise NoShortCircuitData(f"the network lacks short-circuit data: {error}") from None
    result = net.res_bus_sc.reindex(net.bus.index)
    return result["ikss_ka"].to_numpy(dtype=float), result["ip_ka"].to_numpy(dtype=float)


def _single_phase(
    net: Any, case: Case, three_phase: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """I''k1 = sqrt(3) c Un / |2 Z1 + Z0| (equation 54), with the kappa of the three-phase fault (8.1)."""
    try:
        z0 = zero_impedances(net, case)
    except MissingZeroSequence as error:
        raise NoShortCircuitData(f"no zero sequence: {error}") from None
    solved = net.res_bus_sc.reindex(net.bus.index)
    z1 = solved["rk_ohm"].to_numpy(dtype=float) + 1j * solved["xk_ohm"].to_numpy(dtype=float)
    kv = net.bus["vn_kv"].to_numpy(dtype=float)
    c = np.array([voltage_factor(volts, case) for volts in kv])
    with np.errstate(invalid="ignore"):
        whole = np.where(np.isinf(z0), np.inf, np.abs(2.0 * z1 + np.where(np.isinf(z0), 0.0, z0)))
    ikss = np.where(np.isnan(z1), np.nan, math.sqrt(3.0) * c * kv / whole)
    three, peak = three_phase
    with np.errstate(invalid="ignore", divide="ignore"):
        return ikss, ikss * peak / three
