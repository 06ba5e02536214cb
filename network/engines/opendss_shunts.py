"""Capacitors, reactors and what switches them, in the words of OpenDSS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from network.domain.physics.circuit import Line, Shunt, ShuntControl, Switch

if TYPE_CHECKING:
    from network.engines.opendss_script import Script

_TYPES = {
    "voltage": ("voltage", 1.0),
    "reactivePower": ("kvar", 1000.0),
    "currentFlow": ("current", 1.0),
    "powerFactor": ("pf", 1.0),
}


def shunt_commands(script: Script) -> Iterator[str]:
    """Every shunt with a live phase, each followed by its control."""
    for number, shunt in enumerate(script.circuit.shunts):
        phases = script.alive.of(shunt.bus, shunt.phases)
        if not phases or not shunt.b:
            continue
        yield _shunt(script, number, shunt, phases)
        if shunt.control and shunt.control.enabled and shunt.b > 0 and not script.fix_taps:
            yield from _control(script, number, phases, shunt.control)


def _shunt(script: Script, number: int, shunt: Shunt, phases: tuple[str, ...]) -> str:
    """Its power at the nominal voltage of the bus; what the file calls nominal only scales its admittance."""
    phase_v = script.circuit.buses[shunt.bus].nominal_v
    kvar = abs(shunt.b) * phase_v**2 * len(phases) / 1000.0
    kilovolt = phase_v * (3.0**0.5 if len(phases) > 1 or shunt.connection == "D" else 1.0) / 1000.0
    kind = "capacitor" if shunt.b > 0 else "reactor"
    connection = "delta" if shunt.connection == "D" else "wye"
    nodes = script.bus(shunt.bus, phases)
    return f"new {kind}.c{number} phases={len(phases)} bus1={nodes} kvar={kvar!r} kv={kilovolt!r} conn={connection}"


def _control(script: Script, number: int, phases: tuple[str, ...], control: ShuntControl) -> Iterator[str]:
    kind, unit = _TYPES.get(control.mode, ("", 1.0))
    element = script.elements.get(control.element, f"capacitor.c{number}")
    if not kind:
        return
    low, high = control.low / unit, control.high / unit
    # a capacitor goes in below a voltage, but above a reactive power or a current
    on, off = (low, high) if kind == "voltage" else (high, low)
    phase = phases.index(control.phase) + 1 if control.phase in phases else 1
    yield (
        f"new capcontrol.k{number} capacitor=c{number} element={element} terminal={_terminal(script, control)} "
        f"type={kind} ptratio=1 ctratio=1 onsetting={on!r} offsetting={off!r} ptphase={phase} ctphase={phase} "
        f"delay={control.delay_s!r} delayoff={control.delay_s!r}"
    )


def _terminal(script: Script, control: ShuntControl) -> int:
    """Which end of the watched line is meant."""
    branches: list[Line | Switch] = [*script.circuit.lines, *script.circuit.switches]
    for line in branches:
        if line.mrid == control.element:
            return 1 if line.from_bus == control.bus else 2
    return 1
