"""A small one-line of the place of a device: from its source over the devices above it to what hangs below.

(~)--[CB]--...--[R1]--[F1]-- 212 customers
"""

from __future__ import annotations

from typing import Any

import numpy as np

from network.domain import trace
from network.domain.energisation import Energisation
from network.domain.grid import Grid
from network.domain.grid.arrays import Byte

WIDTH, HEIGHT, MIDDLE = 380, 104, 44
MOST = 4  # devices drawn, the chosen one among them


def draw(
    grid: Grid, closed: Byte, energisation: Energisation, branch: int, names: dict[int, str]
) -> dict[str, Any] | None:
    """Wires, symbols and texts of the drawing; None for what is no switch or transformer.

    Args:
        grid: what is built.
        closed: u8 phase bits per branch, where switches stand.
        energisation: what is live now.
        branch: the chosen one.
        names: by branch, what to write beside the symbols.
    """
    if branch < 0 or not (grid.is_switch[branch] or grid.is_transformer[branch]):
        return None
    above = trace.upstream(energisation, trace.feeding_end(energisation, branch)).branches
    devices = [int(b) for b in above[grid.is_switch[above] | grid.is_transformer[above]]][::-1]
    shown = [*devices[-(MOST - 1) :], branch]
    step = (WIDTH - 110) // len(shown)
    places = [50 + step // 2 + i * step for i in range(len(shown))]
    live_above = len(above) > 0 or bool(energisation.live[trace.feeding_end(energisation, branch)])
    live_below = bool(energisation.branch_live[branch])
    symbols: list[dict[str, Any]] = [{"x": 28, "y": MIDDLE, "shape": "source", "is_open": False, "is_chosen": False}]
    symbols += [_symbol(grid, closed, b, x, is_chosen=b == branch) for b, x in zip(shown, places, strict=True)]
    wires = [
        {"path": f"M38 {MIDDLE}H{places[-1]}", "is_dead": not live_above},
        {"path": f"M{places[-1]} {MIDDLE}H{WIDTH - 22}", "is_dead": not live_below},
    ]
    return {
        "name": names.get(branch, ""), "width": WIDTH, "height": HEIGHT,
        "wires": wires, "symbols": symbols, "texts": _texts(grid, energisation, branch, shown, places, names, devices),
    }  # fmt: skip


def _symbol(grid: Grid, closed: Byte, branch: int, x: int, *, is_chosen: bool) -> dict[str, Any]:
    shape = "transformer" if grid.is_transformer[branch] else "switch"
    return {"x": x, "y": MIDDLE, "shape": shape, "is_open": bool(closed[branch] == 0), "is_chosen": is_chosen}


def _texts(
    grid: Grid,
    energisation: Energisation,
    branch: int,
    shown: list[int],
    places: list[int],
    names: dict[int, str],
    devices: list[int],
) -> list[dict[str, Any]]:
    texts: list[dict[str, Any]] = [
        {"x": x, "y": MIDDLE + (34 if i % 2 else -24), "text": names.get(b, "")[:16], "style": "strong" if b == branch else "small",
         "anchor": "middle"}
        for i, (b, x) in enumerate(zip(shown, places, strict=True))
    ]  # fmt: skip
    hidden = len(devices) - (MOST - 1)
    if hidden > 0:
        texts.append({"x": 50, "y": MIDDLE + 34, "text": f"+{hidden}", "style": "small", "anchor": "middle"})
    fed = trace.fed_node(energisation, branch)
    nodes = trace.downstream(energisation, fed).nodes if fed >= 0 else np.zeros(0, np.int32)
    customers = trace.customers_of(grid, nodes)
    texts.append(
        {"x": WIDTH - 4, "y": HEIGHT - 6, "text": None, "customers": customers, "style": "small", "anchor": "end"}
    )
    return texts
