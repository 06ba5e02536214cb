"""Momentary interruption events: what one or several operations within one event did to a customer counts once.

>>> from outages.domain.interruptions import Steps
>>> reclosing = Steps.of(event=[1, 1, 1], duration_min=[0.5, 0.5, 90.0], customers=[2000, 2000, 100], began_at=[0.0, 60.0, 120.0])
>>> customers_in_events(reclosing, border_min=5.0)  # two operations, then a fuse kept 100 of them out
1900.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from outages.domain import interruptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outages.domain.interruptions import Steps


def customers_in_events(steps: Steps, border_min: float) -> float:
    """Customers times momentary interruption events.

    Where it is known who was out, a customer counts once an event, unless the same event kept him out beyond the border. Where
    only numbers are known: steps of one event that began together are different customers and add up; steps that began
    one after the other are the same customers interrupted again, so the largest counts; and those who went off for long
    later in the event are taken away, since momentary operations before a lock-out belong to it.
    """
    brief = ~interruptions.is_sustained(steps.duration_min, border_min)
    if steps.who is not None:
        return float(len(_members(steps, brief) - _members(steps, ~brief)))
    if not brief.any():
        return 0.0
    moment, first, total = _moments(steps, brief)
    lost = np.array([_locked_out_after(steps, ~brief, event, at) for event, at in zip(moment, first, strict=True)])
    events, row = np.unique(moment, return_inverse=True)
    most = np.zeros(events.size)
    np.maximum.at(most, row, np.maximum(total - lost, 0))
    return float(most.sum())


def _members(steps: Steps, rows: NDArray[np.bool_]) -> set[tuple[int, int]]:
    who = steps.who or ()
    return {(int(steps.event[row]), customer) for row in np.flatnonzero(rows).tolist() for customer in who[row]}


def _moments(
    steps: Steps, brief: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Event, time and customers of each moment at which brief steps began; unknown times are one moment."""
    event, began_at = steps.event[brief], np.nan_to_num(steps.began_at[brief], nan=-np.inf, neginf=-np.inf)
    pairs = np.empty(event.size, [("event", np.int64), ("at", np.float64)])
    pairs["event"], pairs["at"] = event, began_at
    moments, row = np.unique(pairs, return_inverse=True)
    total = np.zeros(moments.size)
    np.add.at(total, row, steps.customers[brief])
    return moments["event"], moments["at"], total


def _locked_out_after(steps: Steps, sustained: NDArray[np.bool_], event: int, at: float) -> float:
    if not np.isfinite(at):
        return 0.0
    return float(steps.customers[sustained & (steps.event == event) & (steps.began_at > at)].sum())
