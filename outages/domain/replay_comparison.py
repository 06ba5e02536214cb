"""What a replay came to, beside the record: outage by outage, and in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from outages.domain.replay import Incident, Replay

#: How an outage of the replay may differ from that of the record.
DIFFERENCES = ("only_replayed", "only_recorded", "kind", "device", "customers")


class Recorded(NamedTuple):
    """One outage of the record.

    Attributes:
        first_at, right_at: when it was first predicted, and since when it was at its device.
        truth: the device where it was confirmed, "" where nobody confirmed it.
        ended_at: when everybody had supply again or it was cancelled, None while it goes on.
        nested_in: the outage above it by which its customers are not out (any more); None: none.
        by_hand: what people did to it (moved, phases, merged, split, ...), in order, each once.
        as_predicted: kind and device it had before people moved it; None: they did not.
    """

    id: int
    kind: str
    device: str
    customers: int
    started_at: float
    first_at: float
    right_at: float
    truth: str
    reports: frozenset[int]
    ended_at: float | None = None
    nested_in: int | None = None
    by_hand: tuple[str, ...] = ()
    as_predicted: tuple[str, str] | None = None


class Row(NamedTuple):
    """One line of the comparison: an outage of the replay beside the one of the record it shares most reports with.

    Where people moved the one of the record, the replay is held against what prediction had made of it until then. What people or
    telemetry held from its first report on is the same on both sides, and prediction made nothing of it: `replayed` is None and
    nothing differs.

    Customer-minutes are counted the same way on both sides, not read from the ledger: the customers counted out last, from the first
    report until it was over or the period ended. Supply that came back did so for both: where the outage of the record is over, so is
    the one of the replay; where it is held by people or telemetry and took the reports, its customers count from then on.
    """

    replayed: Incident | None
    recorded: Recorded | None
    differences: tuple[str, ...]  # of DIFFERENCES; none: they are the same
    to_right_s: float | None  # from the first report to the true device, in the replay; None: never, or no truth
    recorded_to_right_s: float | None
    customer_minutes: float | None  # of the replay; None: it has no such outage
    recorded_customer_minutes: float | None

    @property
    def is_held(self) -> bool:
        """People or telemetry held it from its first report on, in the replay as in the record."""
        return self.replayed is None and not self.differences


def compare(played: Replay, recorded: Sequence[Recorded], until: float) -> list[Row]:
    """Pair them by the reports they share, most first; each once. Customer-minutes are counted `until` then, in seconds since 1970."""
    seen = [one for one in played.incidents if one.ended != "merged"]
    pairs = sorted(
        (-len(one.reports & other.reports), other.id, one.number) for one in seen for other in recorded if one.reports & other.reports
    )  # fmt: skip
    mine: dict[int, int] = {}
    for _, other, number in pairs:
        if number not in mine and other not in mine.values():
            mine[number] = other
    by_id = {one.id: one for one in recorded}
    rows = [_row(one, by_id[mine[one.number]] if one.number in mine else None, until) for one in seen]
    return rows + [_alone(one, played.stood, until) for one in recorded if one.id not in mine.values()]


def _alone(one: Recorded, stood: Collection[int], until: float) -> Row:
    minutes = _recorded_minutes(one, until)
    if one.id in stood:
        return Row(None, one, (), None, _recorded_s(one), minutes, minutes)
    return Row(None, one, ("only_recorded",), None, _recorded_s(one), None, minutes)


def _row(one: Incident, other: Recorded | None, until: float) -> Row:
    if other is None:
        return Row(one, None, ("only_replayed",), None, None, _minutes(one, None, until), None)
    since = None
    if other.truth and one.device == other.truth:
        last = max(at for at, device in one.turns if device == other.truth)
        since = last - min(one.started_at, other.started_at)
    minutes = _minutes(one, other, until), _recorded_minutes(other, until)
    return Row(one, other, _differences(one, other), since, _recorded_s(other), *minutes)


def _differences(one: Incident, other: Recorded) -> tuple[str, ...]:
    """How many customers a prediction had that people moved is not on record: the same device on the same kind has the same."""
    kind, device = other.as_predicted or (other.kind, other.device)
    told = {
        "kind": one.kind != kind,
        "device": one.device != device,
        "customers": one.customers != other.customers and not other.as_predicted,
    }
    return tuple(name for name, differs in told.items() if differs)


def _minutes(one: Incident, other: Recorded | None, until: float) -> float:
    """Customer-minutes of an outage of the replay, beside its fellow of the record."""
    back = until if other is None else _end(other.ended_at, until)
    end = min(_end(one.ended_at, until), back)
    seconds = one.customers * max(end - one.started_at, 0)
    if other is not None and (other.truth or other.by_hand) and one.ended == "known":
        seconds += other.customers * (back - end)
    return seconds / 60


def _recorded_minutes(one: Recorded, until: float) -> float:
    return one.customers * max(_end(one.ended_at, until) - one.started_at, 0) / 60


def _end(at: float | None, until: float) -> float:
    return until if at is None else min(at, until)


def _recorded_s(one: Recorded) -> float | None:
    return one.right_at - one.started_at if one.truth else None


class Summary(NamedTuple):
    """A comparison in figures: times are medians in seconds over the outages that have one, None where none has; minutes are sums."""

    outages: int
    recorded_outages: int
    same: int
    held: int  # of those the same: people or telemetry held them, and nothing was predicted
    differences: dict[str, int]
    customers: int
    recorded_customers: int
    confirmed: int
    right: int
    recorded_right: int
    to_right_s: float | None
    recorded_to_right_s: float | None
    customer_minutes: float
    recorded_customer_minutes: float


def summarise(rows: Sequence[Row]) -> Summary:
    """The figures of a comparison. What was confirmed in the record is the truth both are held against."""
    mine = [row.replayed for row in rows if row.replayed]
    held = [row.recorded for row in rows if row.recorded and row.is_held]
    theirs = [row.recorded for row in rows if row.recorded]
    confirmed = [row for row in rows if row.recorded and row.recorded.truth and not row.is_held]
    told = [name for row in rows for name in row.differences]
    return Summary(
        outages=len(mine) + len(held),
        recorded_outages=len(theirs),
        same=sum(not row.differences for row in rows),
        held=len(held),
        differences={name: told.count(name) for name in DIFFERENCES},
        customers=sum(one.customers for one in mine) + sum(one.customers for one in held),
        recorded_customers=sum(one.customers for one in theirs),
        confirmed=len(confirmed),
        right=sum(row.to_right_s is not None for row in confirmed),
        recorded_right=sum(row.recorded_to_right_s is not None for row in confirmed),
        to_right_s=_median([row.to_right_s for row in confirmed]),
        recorded_to_right_s=_median([row.recorded_to_right_s for row in confirmed]),
        customer_minutes=sum(row.customer_minutes or 0 for row in rows),
        recorded_customer_minutes=sum(row.recorded_customer_minutes or 0 for row in rows),
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
