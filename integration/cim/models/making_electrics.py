"""Ohms and siemens of equipment that came from pandapower, whose rows are among the attributes.

Lines per kilometre and per circuit (pandapower, AC line); transformers by short-circuit voltage and losses (pandapower,
transformer): z = vk / 100 * U^2 / S, r = vkr / 100 * U^2 / S; the no-load loss is g * U^2. Whole impedance at the first end.
"""

from __future__ import annotations

import math
from typing import Any

from network.domain.draft import Branch

_F_HZ = 50.0  # pandapower's own converter back from CGMES counts with it


def line(branch: Branch) -> dict[str, Any]:
    """r, x, bch and gch in total; empty where the attributes have none."""
    row = _row(branch, "line")
    if "r_ohm_per_km" not in row:
        return {}
    parallel, km = row.get("parallel", 1) or 1, (branch.length_m or 0.0) / 1000.0
    found = {
        "r": row["r_ohm_per_km"] * km / parallel,
        "x": row["x_ohm_per_km"] * km / parallel,
        "bch": 2 * math.pi * _F_HZ * row.get("c_nf_per_km", 0.0) * 1e-9 * km * parallel,
        "gch": row.get("g_us_per_km", 0.0) * 1e-6 * km * parallel,
    }
    if "r0_ohm_per_km" in row and "x0_ohm_per_km" in row:
        found |= {"r0": row["r0_ohm_per_km"] * km / parallel, "x0": row["x0_ohm_per_km"] * km / parallel}
    return {f"ACLineSegment.{name}": float(value) for name, value in found.items()}


def transformer(branch: Branch, windings: int) -> list[dict[str, Any]]:
    """Per end: PowerTransformerEnd properties, "ratedU_v", and "taps" where there are some."""
    if windings == 3:
        return _three(_row(branch, "trafo3w"))
    row = _row(branch, "trafo")
    if "vk_percent" not in row:
        return []
    mva = row["sn_mva"] * (row.get("parallel", 1) or 1)
    first = _impedance(row["vk_percent"], row["vkr_percent"], row["vn_hv_kv"], mva)
    first |= _no_load(row, row["vn_hv_kv"], mva, row.get("parallel", 1) or 1)
    clock = round(row.get("shift_degree", 0.0) / 30.0) % 12
    ends = [
        {**first, "ratedU_v": row["vn_hv_kv"] * 1000.0},
        {**_nothing(), "ratedU_v": row["vn_lv_kv"] * 1000.0, "PowerTransformerEnd.phaseAngleClock": clock},
    ]
    _add_taps(row, ends, ("hv", "lv"))
    return ends


def _row(branch: Branch, table: str) -> dict[str, Any]:
    start = f"{table}."
    return {name.removeprefix(start): value for name, value in branch.attributes.items() if name.startswith(start)}


def _impedance(vk: float, vkr: float, kv: float, mva: float) -> dict[str, Any]:
    base = kv**2 / mva / 100.0
    r, z = vkr * base, abs(vk) * base
    return {"PowerTransformerEnd.r": r, "PowerTransformerEnd.x": math.copysign(math.sqrt(max(z**2 - r**2, 0.0)), vk)}


def _nothing() -> dict[str, Any]:
    return {f"PowerTransformerEnd.{name}": 0.0 for name in ("r", "x", "b", "g")}


def _no_load(row: dict[str, Any], kv: float, mva: float, parallel: int) -> dict[str, Any]:
    g = row.get("pfe_kw", 0.0) * parallel / 1000.0 / kv**2
    y = row.get("i0_percent", 0.0) / 100.0 * mva / kv**2
    return {"PowerTransformerEnd.g": g, "PowerTransformerEnd.b": -math.sqrt(max(y**2 - g**2, 0.0))}


def _add_taps(row: dict[str, Any], ends: list[dict[str, Any]], sides: tuple[str, ...]) -> None:
    side, step = row.get("tap_side"), row.get("tap_step_percent")
    if side not in sides or not step or "tap_neutral" not in row:
        return
    position = round(row.get("tap_pos", row["tap_neutral"]))
    ends[sides.index(side)]["taps"] = {
        "TapChanger.lowStep": round(row.get("tap_min", position)),
        "TapChanger.highStep": round(row.get("tap_max", position)),
        "TapChanger.neutralStep": round(row["tap_neutral"]),
        "TapChanger.normalStep": position,
        "TapChanger.step": position,
        "TapChanger.ltcFlag": True,
        "RatioTapChanger.stepVoltageIncrement": float(step),
    }


def _three(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The star of three windings out of the three pairs, each pair on the smaller rating of the two."""
    if "vk_hv_percent" not in row:
        return []
    kv = [row[f"vn_{side}_kv"] for side in ("hv", "mv", "lv")]
    mva = [row[f"sn_{side}_mva"] for side in ("hv", "mv", "lv")]
    pairs = []
    for side, (one, other) in zip(("hv", "mv", "lv"), ((0, 1), (1, 2), (0, 2)), strict=True):
        found = _impedance(row[f"vk_{side}_percent"], row[f"vkr_{side}_percent"], kv[0], min(mva[one], mva[other]))
        pairs.append(complex(found["PowerTransformerEnd.r"], found["PowerTransformerEnd.x"]))
    hm, ml, hl = pairs
    star = ((hm + hl - ml) / 2, (hm + ml - hl) / 2, (hl + ml - hm) / 2)
    ends: list[dict[str, Any]] = [
        {
            **_nothing(),
            "ratedU_v": volts * 1000.0,
            "PowerTransformerEnd.r": z.real * (volts / kv[0]) ** 2,
            "PowerTransformerEnd.x": z.imag * (volts / kv[0]) ** 2,
        }
        for z, volts in zip(star, kv, strict=True)
    ]
    ends[0] |= _no_load(row, kv[0], mva[0], 1)
    for end, side in zip(ends[1:], ("mv", "lv"), strict=True):
        end["PowerTransformerEnd.phaseAngleClock"] = round(row.get(f"shift_{side}_degree", 0.0) / 30.0) % 12
    _add_taps(row, ends, ("hv", "mv", "lv"))
    return ends
