"""The reports prediction runs on, kept in the process that predicts and brought up to date by what was written since.

In a storm the reports of all outages that may still move are looked at in every round, hundreds of thousands of them, of which a
round changes a few thousand. They are `pool.dark`, kept by the border of `written`:

1. Kept are open reports of no outage, and those of every outage that was asked for, of transactions that had ended.
2. What was written since then is read in every round, whatever became of it: it takes the place of what is kept.
3. What a transaction that goes on has written, the round's own among them, is taken into account and not kept.

Evidence is never deleted. Reports of outages that nobody asks for any more are dropped when there are too many of them.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outages.selectors import pool, written
from outages.selectors.pool import KINDS, Pool
from outages.selectors.runs import Region

_ROWS = "SELECT * FROM outages_evidence WHERE model_key = %(model)s"
_DARK = f"{_ROWS} AND settled_at IS NULL AND kind = ANY(%(kinds)s)"
_OF_NONE = f"{_DARK} AND outage_id IS NULL"
_OF_OUTAGES = f"{_DARK} AND outage_id = ANY(%(outages)s)"
_WRITTEN = f"{_ROWS} AND written_by >= %(border)s"
_MORE = (
    ("is_open", "int2send((settled_at IS NULL)::int::smallint)", ">i2", np.bool_),
    ("written_by", "int8send(written_by)", ">i8", np.int64),
)
#: So many reports more than were wanted at first are kept before all is read anew.
ROOM = 200_000
NOTHING = np.zeros(0, np.int64)


@dataclass
class _Kept:
    """Of one model."""

    look: written.Look
    rows: Pool
    covered: set[int] = field(default_factory=set)  # outages all of whose reports are kept
    most: int = 0
    seen: NDArray[np.int64] = field(default_factory=lambda: NOTHING)  # numbers at the latest look, ascending


_kept: dict[str, _Kept] = {}
_lock = threading.Lock()


def dark(model: str, movable: Collection[int], region: Region | None) -> Pool:
    """The same as `pool.dark`."""
    with _lock:
        found = _up_to_date(model, set(movable))
    is_mine = np.isin(found.outage, np.array(sorted(movable), np.int64))
    is_free = found.outage < 0
    return found.take(is_mine | (is_free if region is None else is_free & region.has(found.node)))


def _up_to_date(model: str, movable: set[int]) -> Pool:
    look = written.look("outages_evidence")
    kept = _kept.get(model)
    is_new = kept is None or kept.look.place != look.place or kept.rows.size > kept.most
    if kept is None or is_new:
        kept = _kept[model] = _Kept(look, _settled(_OF_NONE, look, model))
    fresh, (is_open, by) = pool.read_with(_WRITTEN, {"model": model, "border": kept.look.border}, _MORE)
    is_dark = is_open & (fresh.kind < len(KINDS))
    is_settled = by < look.border
    kept.rows = kept.rows.replaced(fresh.id[is_settled], fresh.take(is_settled & is_dark))
    kept.look = look
    if missing := movable - kept.covered:
        more = _settled(_OF_OUTAGES, look, model, missing)
        kept.rows = kept.rows.replaced(more.id, more)
        kept.covered |= missing
    if is_new:
        kept.most = 2 * kept.rows.size + ROOM
    found = kept.rows.replaced(fresh.id[~is_settled], fresh.take(~is_settled & is_dark))
    kept.seen = found.id
    return found


def seen(model: str) -> NDArray[np.int64]:
    """The numbers of the reports of a model at the latest look, ascending."""
    kept = _kept.get(model)
    return NOTHING if kept is None else kept.seen


def _settled(rows: str, look: written.Look, model: str, outages: Collection[int] = ()) -> Pool:
    """Of the reports a statement gives those of transactions that have ended."""
    asked = {"model": model, "kinds": list(KINDS), "outages": sorted(outages)}
    found, (_, by) = pool.read_with(rows, asked, _MORE)
    settled: NDArray[np.bool_] = by < look.border
    return found.take(settled)


def forget() -> None:
    """Hold nothing."""
    with _lock:
        _kept.clear()
