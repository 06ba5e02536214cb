"""Transformers of a circuit as those of pandapower: two or three windings, the highest voltage first."""

from __future__ import annotations

import math

from network.domain.physics.circuit import Circuit, TapChanger, Transformer, Winding
from network.engines.rows import Rows

_LEAST_PERCENT = 1e-5


def add_transformers(rows: Rows, circuit: Circuit, place: dict[str, int]) -> None:
    """Every transformer whose windings are all on known buses.

    Raises:
        ValueError: there are more than three windings.
    """
    for one in circuit.transformers:
        if not all(winding.bus in place for winding in one.windings):
            continue
        if len(one.windings) > 3:
            raise ValueError(f"{one.name} has {len(one.windings)} windings; three are possible")
        order = sorted(range(len(one.windings)), key=lambda i: -one.windings[i].rated_v)
        if len(order) == 2:
            _two(rows, one, order, place)
        else:
            _three(rows, one, order, place)


def tap_ratio(taps: TapChanger | None, step: float | None = None) -> float:
    """What a step makes of the rated voltage; the present one where none is given.

    >>> tap_ratio(TapChanger("t", 4.0, 0.0, -16.0, 16.0, 0.625))
    1.025
    """
    if taps is None:
        return 1.0
    return 1.0 + ((taps.step if step is None else step) - taps.neutral) * taps.step_percent / 100.0


def _two(rows: Rows, one: Transformer, order: list[int], place: dict[str, int]) -> None:
    high, low = (one.windings[i] for i in order)
    rated_va = high.rated_va or low.rated_va or 1e6
    r, x = _percent(one, order[0], order[1], rated_va)
    rows.add(
        "trafo",
        place[high.bus],
        place[low.bus],
        sn_mva=rated_va / 1e6,
        vn_hv_kv=high.rated_v / 1000.0 * tap_ratio(high.taps),
        vn_lv_kv=low.rated_v / 1000.0 * tap_ratio(low.taps),
        vkr_percent=r,
        vk_percent=math.hypot(r, x),
        **_core(one, rated_va),
        shift_degree=_shift(high, low),
        name=one.name,
        mrid=one.bank_mrid,
    )


def _three(rows: Rows, one: Transformer, order: list[int], place: dict[str, int]) -> None:
    """A star of three: as buses of their own, star points can be given a start, and may have negative legs."""
    windings = [one.windings[i] for i in order]
    high = windings[0]
    base_va = high.rated_va or 1e6
    star = rows.bus(vn_kv=high.rated_v / 1000.0, name="", mrid="")
    x = [_percent(one, order[i], order[j], base_va)[1] for i, j in ((0, 1), (0, 2), (1, 2))]
    legs = ((x[0] + x[1] - x[2]) / 2.0, (x[0] + x[2] - x[1]) / 2.0, (x[1] + x[2] - x[0]) / 2.0)
    for number, (winding, leg) in enumerate(zip(windings, legs, strict=True)):
        volts = winding.rated_v / 1000.0 * tap_ratio(winding.taps)
        r = 100.0 * winding.r_ohm / (winding.rated_v**2 / base_va)
        first = number == 0
        rows.add(
            "trafo",
            place[winding.bus] if first else star,
            star if first else place[winding.bus],
            sn_mva=base_va / 1e6,
            vn_hv_kv=volts if first else high.rated_v / 1000.0,
            vn_lv_kv=high.rated_v / 1000.0 if first else volts,
            vkr_percent=r,
            vk_percent=math.copysign(max(math.hypot(r, leg), _LEAST_PERCENT), leg),
            **(_core(one, base_va) if first else {"pfe_kw": 0.0, "i0_percent": 0.0}),
            shift_degree=0.0 if first else _shift(high, winding),
            name=one.name if first else "",
            mrid=one.bank_mrid if first else "",
        )


def _percent(one: Transformer, i: int, j: int, base_va: float) -> tuple[float, float]:
    """Resistance and reactance between two windings, in percent of a base at the first one."""
    first, second = one.windings[i], one.windings[j]
    ohm = first.rated_v**2 / base_va
    r = first.r_ohm + second.r_ohm * (first.rated_v / second.rated_v) ** 2
    x = 0.0
    for a, b, value, _ in one.leakage:
        if {a, b} == {i, j}:
            x = value * (first.rated_v / one.windings[a].rated_v) ** 2
    return 100.0 * r / ohm, max(100.0 * x / ohm, _LEAST_PERCENT)


def _core(one: Transformer, base_va: float) -> dict[str, float]:
    square = one.windings[0].rated_v ** 2
    loss, reactive = one.core_g * square, one.core_b * square
    return {"pfe_kw": loss / 1000.0, "i0_percent": 100.0 * math.hypot(loss, reactive) / base_va}


def _shift(high: Winding, other: Winding) -> float:
    """Degrees the other winding is behind."""
    return 30.0 * ((other.clock - high.clock) % 12)
