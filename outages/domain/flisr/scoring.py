"""What a plan was worth, in customer-minutes, held against what happened.

300 customers out 13:00 to 14:30 by people, in the plan back at 13:03: saved 300 x 87 min; a customer the plan leaves dead saves nothing
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A group of customers out, from when to when, at which node."""

    node: int
    customers: int
    began_at: dt.datetime
    ended_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Score:
    """Customer-minutes: as it happened, and as it would have been the other way; positive `saved` speaks for the plan."""

    happened: float
    otherwise: float
    saved: float


def shadow(rows: Sequence[Row], back_at: Mapping[int, dt.datetime]) -> Score:
    """A plan that nobody carried out: `back_at` is when each node would have had supply."""
    happened = sum(_minutes(one, one.ended_at) for one in rows)
    planned = sum(_minutes(one, min(one.ended_at, back_at.get(one.node, one.ended_at))) for one in rows)
    return Score(happened, planned, happened - planned)


def carried_out(rows: Sequence[Row], nodes: frozenset[int]) -> Score:
    """A plan that was carried out: without it the nodes it brought back would have waited for the last customer."""
    happened = sum(_minutes(one, one.ended_at) for one in rows)
    last = max((one.ended_at for one in rows), default=None)
    otherwise = sum(_minutes(one, last if last and one.node in nodes else one.ended_at) for one in rows)
    return Score(happened, otherwise, otherwise - happened)


def _minutes(row: Row, until: dt.datetime) -> float:
    return row.customers * max(0.0, (until - row.began_at).total_seconds()) / 60.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a feeder has shown that FLISR may act there by itself."""

    judged: int
    right: int
    needed: int
    share_needed: float

    @property
    def share(self) -> float:
        """Of the judged events the plan was right."""
        return self.right / self.judged if self.judged else 0.0

    @property
    def is_ready(self) -> bool:
        """Enough events were judged, and enough of them were right."""
        return self.judged >= self.needed and self.share >= self.share_needed
