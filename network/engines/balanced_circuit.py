"""The balanced power flow of a circuit: converted, solved by pandapower or power-grid-model, taps moved until their bands are met."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from network.domain.physics.circuit import Circuit, TapChanger, Transformer
from network.domain.physics.islands import Closed, living
from network.domain.physics.results import PowerFlowResult
from network.engines import balanced, balanced_pgm, vector_groups
from network.engines.from_circuit_pandapower import to_net

_ROUNDS = 60


def solve(
    circuit: Circuit, closed: Closed | None, engine: balanced.Engine = "auto", *, fix_taps: bool = False
) -> PowerFlowResult:
    """Solve once, and again after each round of tap movements.

    Raises:
        ValueError: the engine cannot express the circuit.
    """
    steps: dict[str, float] = {}
    result = _solve_once(circuit, closed, engine, steps)
    for _ in range(0 if fix_taps else _ROUNDS):
        if not result.converged or not _move(circuit, result, steps):
            return result
        result = _solve_once(circuit, closed, engine, steps)
    if not fix_taps and result.converged and _move(circuit, result, dict(steps)):
        return PowerFlowResult(result.engine, converged=False, reason=f"taps still move after {_ROUNDS} rounds")
    return result


def _solve_once(
    circuit: Circuit, closed: Closed | None, engine: balanced.Engine, steps: dict[str, float]
) -> PowerFlowResult:
    net = to_net(_stepped(circuit, steps) if steps else circuit, closed)
    turned = vector_groups.take_out(net)
    names: dict[str, str] = {}
    for table in ("bus", "line", "trafo"):
        frame = net[table]
        if len(frame):
            names |= dict(zip(frame["mrid"], frame["name"], strict=True))
            frame["shown"] = frame["name"]
            frame["name"] = frame["mrid"]
    result = balanced.solve_net(net, engine)
    if not result.converged and engine == "auto" and not balanced_pgm.why_not(net):
        # strongly meshed transmission with tiny impedances: current iterations find what Newton misses from a flat start
        result = balanced.solve_net(net, "pgm")
    result = balanced.explained(net, result)
    result.buses = [
        replace(one, name=names[one.name], mrid=one.name, angle_deg=_turned(one.angle_deg, turned.get(one.name, 0.0)))
        for one in result.buses
        if one.name
    ]
    result.branches = [replace(one, name=names[one.name], mrid=one.name) for one in result.branches if one.name]
    _to_terminals(circuit, closed, result)
    return result


def _turned(angle: float, by: float) -> float:
    """Degrees between -180 and 180.

    >>> _turned(-100.0, 150.0)
    110.0
    """
    return (angle - by + 180.0) % 360.0 - 180.0


def _to_terminals(circuit: Circuit, closed: Closed | None, result: PowerFlowResult) -> None:
    """What the only source's own impedance takes is no loss of the network: the source counts at its terminals."""
    references = living(circuit, closed).references
    if not result.converged or len(references) != 1 or references[0].is_stiff or result.source_kw is None:
        return
    source = references[0]
    amperes = abs(complex(result.source_kw, result.source_kvar or 0.0)) * 1e3 / (math.sqrt(3.0) * source.voltage_v)
    kw, kvar = (3.0 * amperes**2 * ohm / 1e3 for ohm in (source.r_ohm, source.x_ohm))
    result.source_kw, result.source_kvar = result.source_kw - kw, (result.source_kvar or 0.0) - kvar
    result.loss_kw, result.loss_kvar = (result.loss_kw or 0.0) - kw, (result.loss_kvar or 0.0) - kvar


def _stepped(circuit: Circuit, steps: dict[str, float]) -> Circuit:
    moved = replace(circuit)
    moved.transformers = [_with_steps(one, steps) for one in circuit.transformers]
    return moved


def _with_steps(one: Transformer, steps: dict[str, float]) -> Transformer:
    windings = [
        replace(winding, taps=replace(winding.taps, step=steps.get(winding.taps.mrid, winding.taps.step)))
        if winding.taps
        else winding
        for winding in one.windings
    ]
    return replace(one, windings=tuple(windings))


def _move(circuit: Circuit, result: PowerFlowResult, steps: dict[str, float]) -> bool:
    """One step of every tap changer whose voltage is out of its band and that has a step left."""
    volts = {bus.mrid: bus.v_pu * circuit.buses[bus.mrid].nominal_v for bus in result.buses}
    moved = False
    for transformer in circuit.transformers:
        for winding in transformer.windings:
            taps = winding.taps
            if taps is None or taps.control is None or not taps.control.enabled or taps.control.bus not in volts:
                continue
            change = _wish(taps, volts[taps.control.bus])
            # the far side falls when the turns of the near one grow
            change = change if taps.control.bus == winding.bus or _is_far(transformer, winding.bus) else -change
            step = steps.get(taps.mrid, taps.step)
            new = min(max(step + change, taps.low), taps.high)
            if new != step:
                steps[taps.mrid] = new
                moved = True
    return moved


def _wish(taps: TapChanger, volts: float) -> int:
    """Up, down or stay, by the voltage at the relay."""
    control: Any = taps.control
    off = volts / control.pt_ratio - control.target_v
    return 0 if abs(off) <= control.band_v / 2.0 else -int(math.copysign(1, off))


def _is_far(transformer: Transformer, bus: str) -> bool:
    """Whether a bus is on the low side, which distribution regulates."""
    return min(transformer.windings, key=lambda one: one.rated_v).bus == bus
