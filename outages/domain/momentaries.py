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
    if not brief.any():
        return 0.0
    if steps.who is not None:
        return float(_only_brief(steps, brief))
    event, at, total = _moments(steps, brief)
    most = np.maximum(total - _locked_out_after(steps, ~brief, event, at), 0)
    starts = np.flatnonzero(np.r_[True, event[1:] != event[:-1]])
    return float(np.maximum.reduceat(most, starts).sum())


def _only_brief(steps: Steps, brief: NDArray[np.bool_]) -> int:
    """Pairs of an event and a customer whom it kept out only briefly."""
    pairs = np.concatenate([steps.members(brief), steps.members(~brief)])
    lasting = steps.members(~brief).shape[0]
    return int(interruptions.distinct_pairs(pairs)[0].shape[0]) - int(lasting)


def _moments(
    steps: Steps, brief: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Event, time and customers of each moment at which brief steps began, in order; unknown times are one moment."""
    event, at = steps.event[brief], np.nan_to_num(steps.began_at[brief], nan=-np.inf, neginf=-np.inf)
    order = np.lexsort((at, event))
    event, at = event[order], at[order]
    starts = np.flatnonzero(np.r_[True, (event[1:] != event[:-1]) | (at[1:] != at[:-1])])
    total = np.add.reduceat(steps.customers[brief][order].astype(np.float64), starts)
    return event[starts], at[starts], total


def _locked_out_after(
    steps: Steps, sustained: NDArray[np.bool_], event: NDArray[np.int64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """For each moment the customers of the same event who went off for long after it; none where a time is unknown."""
    later = sustained & np.isfinite(steps.began_at)
    later[later] = np.isin(steps.event[later], event)
    events = np.concatenate([event, steps.event[later]])
    times = np.concatenate([at, steps.began_at[later]])
    customers = np.concatenate([np.zeros(event.size), steps.customers[later]])
    is_step = np.arange(events.size) >= event.size
    order = np.lexsort(
        (is_step, -times, events)
    )  # within an event the latest first, a moment before the steps of its time
    before = np.cumsum(customers[order]) - customers[order]
    first = np.r_[True, events[order][1:] != events[order][:-1]]
    of_event = before - before[np.maximum.accumulate(np.where(first, np.arange(events.size), 0))]
    found = np.zeros(events.size)
    found[order] = of_event
    return np.where(np.isfinite(at), found[: event.size], 0.0)
