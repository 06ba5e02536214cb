"""Transformers, banks and their regulators in the words of OpenDSS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from network.domain.physics.circuit import TapChanger, TapControl, Transformer, Winding

if TYPE_CHECKING:
    from network.engines.opendss_script import Script

_LEAST_PERCENT = 1e-4  # OpenDSS cannot have a transformer without any reactance
_FLOATING = 7  # node of a star point that is not earthed
_TURNED = {0: "ABC", 4: "CAB", 8: "BCA"}  # by hours: whose voltage stands where phase A's would


def transformer_commands(script: Script) -> Iterator[str]:
    """Every transformer with a live end, then the controls of those that are on."""
    controls = []
    for number, transformer in enumerate(script.circuit.transformers):
        if not all(script.alive.of(one.bus, one.phases) for one in transformer.windings):
            continue
        yield _transformer(script, number, transformer)
        for place, winding in enumerate(transformer.windings, start=1):
            if winding.taps and winding.taps.control and winding.taps.control.enabled and not script.fix_taps:
                controls.append(_control(script, number, place, winding, winding.taps.control))
    yield from controls


def _transformer(script: Script, number: int, transformer: Transformer) -> str:
    first = transformer.windings[0]
    phases = 1 if first.connection == "I" else len(first.phases)
    rated_va = first.rated_va or 1e6
    base = first.rated_v**2 / rated_va
    words = [f"new transformer.t{number} phases={phases} windings={len(transformer.windings)}"]
    own = _two_phases(phases)
    shift = _shift(transformer)
    for place, winding in enumerate(transformer.windings, start=1):
        own_base = winding.rated_v**2 / rated_va * own
        words.append(
            f"wdg={place} bus={_bus(script, winding, shift if place > 1 else 0)} conn={_connection(winding)} "
            f"kv={winding.rated_v / 1000.0!r} kva={(winding.rated_va or rated_va) / 1000.0!r} "
            f"%r={100.0 * winding.r_ohm / own_base!r} {_neutral(winding)}{_taps(winding.taps)}"
        )
    if _leads(transformer):
        words.append("leadlag=lead")
    words.append(f"xscarray=({_reactances(transformer, rated_va / own)})")
    words.append(f"%noloadloss={100.0 * transformer.core_g * base!r} %imag={100.0 * transformer.core_b * base!r}")
    return " ".join(words)


def _two_phases(phases: int) -> float:
    """Ohm of 100 % against those of one or three phases: OpenDSS has a half of the power at 1/sqrt(3) of the voltage in each of two."""
    return 2.0 / 3.0 if phases == 2 else 1.0


def neutral_bases(script: Script) -> Iterator[str]:
    """Voltage bases of buses with a star point of their own: else OpenDSS measures convergence by the point's own few volts."""
    own = [one for transformer in script.circuit.transformers for one in transformer.windings if _has_neutral(one)]
    if own:
        yield "makebuslist"
    for bus in dict.fromkeys(one.bus for one in own):
        if script.alive.phases.get(bus):
            yield f"setkvbase bus={script.bus_names[bus]} kvln={script.circuit.buses[bus].nominal_v / 1000.0!r}"


def _has_neutral(winding: Winding) -> bool:
    """Whether its star point is neither earth nor absent."""
    return winding.connection not in ("I", "D") and not _is_solid(winding)


def _is_solid(winding: Winding) -> bool:
    return winding.grounded and not (winding.ground_r_ohm or winding.ground_x_ohm)


def _connection(winding: Winding) -> str:
    return "delta" if winding.connection == "D" else "wye"


def _bus(script: Script, winding: Winding, hours: int) -> str:
    if winding.connection == "I":
        return script.bus(winding.bus, winding.phases)
    phases = tuple(_TURNED[hours]) if hours in _TURNED and set(winding.phases) == set("ABC") else winding.phases
    nodes = script.bus(winding.bus, phases)
    if winding.connection == "D":
        return nodes
    return f"{nodes}.{0 if _is_solid(winding) else _FLOATING}"


def _neutral(winding: Winding) -> str:
    if winding.connection in ("I", "D") or not winding.grounded:
        return ""
    return (
        f"rneut={winding.ground_r_ohm!r} xneut={winding.ground_x_ohm!r} "
        if winding.ground_x_ohm or winding.ground_r_ohm
        else ""
    )


def _shift(transformer: Transformer) -> int:
    """Hours left when those are taken out that the connections make by themselves."""
    clock = next((one.clock for one in transformer.windings[1:] if one.connection != "I"), 0) % 12
    if clock % 2 == 0:
        return clock if clock in _TURNED else 0
    return (clock - (11 if _leads(transformer) else 1)) % 12


def _leads(transformer: Transformer) -> bool:
    """Clock 11, 3 and 7: the second winding is 30 degrees ahead, but for turned phases."""
    clock = next((one.clock for one in transformer.windings[1:] if one.connection != "I"), 0) % 12
    return clock in (3, 7, 11)


def _taps(taps: TapChanger | None) -> str:
    if taps is None or not taps.step_percent:
        return ""
    low, high = sorted(1.0 + (end - taps.neutral) * taps.step_percent / 100.0 for end in (taps.low, taps.high))
    tap = 1.0 + (taps.step - taps.neutral) * taps.step_percent / 100.0
    steps = round(abs(taps.high - taps.low))
    return f"numtaps={steps} mintap={low!r} maxtap={high!r} tap={tap!r}"


def _reactances(transformer: Transformer, rated_va: float) -> str:
    """Of every pair in percent at the first winding's rating, in the order 12, 13, .. 23, .."""
    found = {}
    for i, j, x, _ in transformer.leakage:
        found[min(i, j), max(i, j)] = 100.0 * x / (transformer.windings[i].rated_v ** 2 / rated_va)
    known = max(found.values(), default=_LEAST_PERCENT)
    count = len(transformer.windings)
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    return " ".join(repr(max(found.get(pair, known), _LEAST_PERCENT)) for pair in pairs)


def _control(script: Script, number: int, place: int, winding: Winding, control: TapControl) -> str:
    """A regulator control. It looks at its own winding, or at another bus."""
    ratio = control.pt_ratio
    target, band = control.target_v, control.band_v
    if ratio == 1.0 and target > 1000.0:  # stated at the line: OpenDSS thinks in volts of a relay
        ratio, target, band = target / 120.0, 120.0, band * 120.0 / target
    phase = max(winding.phases.index(control.phase) + 1, 1) if control.phase in winding.phases else 1
    head = f"new regcontrol.r{number}_{place} transformer=t{number} winding={place} vreg={target!r} band={band!r}"
    words = [head, f"ptratio={ratio!r} delay={control.delay_s!r} tapdelay=2"]
    if control.ct_primary_a and (control.ldc_r_v or control.ldc_x_v):
        words.append(f"ctprim={control.ct_primary_a!r} r={control.ldc_r_v!r} x={control.ldc_x_v!r}")
    if control.reverse:
        r, x, delay, watts, neutral = control.reverse
        words.append(f"reversible=yes revvreg={target!r} revband={band!r} revr={r!r} revx={x!r} revdelay={delay!r}")
        words.append(f"revthreshold={watts / 1000.0!r} revneutral={'yes' if neutral else 'no'}")
    if winding.connection != "I":
        words.append(f"ptphase={phase}")
    if control.bus != winding.bus and control.bus in script.bus_names:
        words.append(f"bus={script.bus(control.bus, (control.phase or winding.phases[0],))}")
    return " ".join(words)
