"""Indices that ask what the single customer went through: shares of the customers served with many or long interruptions.

>>> from outages.domain.interruptions import Steps
>>> steps = Steps.of(event=[1, 2], duration_min=[90.0, 300.0], who=[[7, 8], [7]])
>>> found = shares(steps, customers_served=4, border_min=5.0)
>>> found.cemi["0"], found.cemi["1"], found.celid_t["5"], found.celid_s["5"]
(0.5, 0.25, 0.25, 0.25)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from outages.domain import interruptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outages.domain.interruptions import Steps

#: Numbers of interruptions told at least, and hours for CELID.
COUNTS = 10
HOURS = (*range(1, 25), 36, 48, 72, 96, 120, 168)

Shares = dict[str, float]


@dataclass(frozen=True, slots=True)
class CustomerShares:
    """Each a share of the customers served, by number of interruptions or by hours.

    Attributes:
        customers: distinct customers with a sustained interruption.
        cemi: with more than n sustained interruptions.
        cemi_or_more: with n or more.
        cemsmi: with more than n sustained interruptions and momentary interruption events together.
        celid_s: with a single sustained interruption of so many hours or more.
        celid_t: with so many hours or more of sustained interruptions in all.
    """

    customers: int
    cemi: Shares
    cemi_or_more: Shares
    cemsmi: Shares
    celid_s: Shares
    celid_t: Shares


def shares(steps: Steps, customers_served: float, border_min: float) -> CustomerShares:
    """The shares, from steps that say who was out.

    Raises:
        ValueError: they do not say it.
    """
    if steps.who is None:
        raise ValueError("only the number of customers is known, not who they are")
    step = np.repeat(np.arange(steps.size), [len(ids) for ids in steps.who])
    _, customer = np.unique(np.array([one for ids in steps.who for one in ids], np.int64), return_inverse=True)
    sustained = interruptions.is_sustained(steps.duration_min, border_min)[step]
    size = int(customer.max(initial=-1)) + 1
    times = np.bincount(customer[sustained], minlength=size)
    minutes = steps.duration_min[step]
    longest = np.zeros(size)
    np.maximum.at(longest, customer[sustained], minutes[sustained])
    total = np.zeros(size)
    np.add.at(total, customer[sustained], minutes[sustained])
    both = times + _momentary_events(customer, steps.event[step], sustained, size)
    return CustomerShares(
        customers=int((times > 0).sum()),
        cemi=_more_than(times, customers_served),
        cemi_or_more=_or_more(times, customers_served),
        cemsmi=_more_than(both, customers_served),
        celid_s=_hours(longest, customers_served),
        celid_t=_hours(total, customers_served),
    )


def _momentary_events(
    customer: NDArray[np.int64], event: NDArray[np.int64], sustained: NDArray[np.bool_], size: int
) -> NDArray[np.int64]:
    """For each customer the events in which he was interrupted, though never beyond the border."""
    pair = np.stack([customer, event], 1)
    lasting, _ = interruptions.distinct_pairs(pair[sustained])
    known, first = interruptions.distinct_pairs(np.concatenate([lasting, pair[~sustained]]))
    return np.bincount(known[first >= lasting.shape[0], 0], minlength=size)


def _more_than(times: NDArray[np.int64], served: float) -> Shares:
    most = max(COUNTS, int(times.max(initial=0)))
    return {str(n): float((times > n).sum() / served) for n in range(most + 1)}


def _or_more(times: NDArray[np.int64], served: float) -> Shares:
    most = max(COUNTS, int(times.max(initial=0)))
    return {str(n): float((times >= n).sum() / served) for n in range(1, most + 2)}


def _hours(minutes: NDArray[np.float64], served: float) -> Shares:
    return {str(hours): float((minutes >= hours * 60).sum() / served) for hours in HOURS}
