"""The reliability report of a file of interruptions: what the command and the page of uploads both compute."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from outages.domain import reliability
from outages.domain.indices import Base
from outages.domain.interruption_csv import GROUPS
from outages.domain.interruptions import MOMENTARY_MIN
from outages.domain.major_events import CATASTROPHIC, MAJOR
from outages.domain.reliability import Daily, Period

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outages.domain.interruption_csv import Table
    from outages.domain.interruptions import Steps

BETWEEN = " / "
DAY_S = 24 * 60 * 60
#: Events are laid end to end by so much: no step ends later than this after the first of its event began.
LONGEST_S = 2e4 * 366 * DAY_S


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a file.

    Attributes:
        customers_served, connected_kva, customers_affected, momentary_min: see `Base`.
        since, until: ISO 8601 days or times, "" where open; a day as the end includes that day.
        by: any of area, feeder, cause, month; several make a group of each combination.
        med_years, beta, catastrophic_beta, is_sample: see `Daily`.
    """

    zone: dt.tzinfo
    customers_served: float
    connected_kva: float | None = None
    customers_affected: int | None = None
    momentary_min: float = MOMENTARY_MIN
    since: str = ""
    until: str = ""
    by: tuple[str, ...] = ()
    med_years: int = 5
    beta: float = MAJOR
    catastrophic_beta: float = CATASTROPHIC
    is_sample: bool = True

    def __post_init__(self) -> None:
        if self.med_years < 1:
            raise ValueError("the years of the daily record are 1 or more")
        for name, value in (("beta", self.beta), ("the beta of catastrophic days", self.catastrophic_beta)):
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} is a positive number")
        unknown = [name for name in self.by if name not in GROUPS]
        if unknown:
            raise ValueError(f"groups are by {', '.join(GROUPS)}, not by {unknown[0]!r}")

    def record(self, day: NDArray[np.datetime64], customer_minutes: NDArray[np.float64]) -> Daily:
        """The daily record with what is asked of it."""
        return Daily(day, customer_minutes, self.med_years, self.beta, self.is_sample, self.catastrophic_beta)


def of_table(table: Table, asked: Asked, daily: Daily | None = None) -> dict[str, Any]:
    """The report.

    Raises:
        ValueError: what is asked makes no sense; the text says what.
    """
    base = Base(
        customers_served=asked.customers_served,
        connected_kva=asked.connected_kva,
        momentary_min=asked.momentary_min,
        customers_affected=asked.customers_affected,
    )
    period, inside = _period(table, asked)
    document = reliability.report(
        table.steps.take(inside),
        base,
        daily=daily,
        period=period,
        excluded=table.excluded[inside],
        keys=_keys(table, asked.by, inside) if asked.by else None,
        months=table.labels["month"][inside] if "month" in asked.by else None,
    )
    if len(asked.by) > 1:
        for group in document["groups"]:
            group |= dict(zip(asked.by, group["key"].split(BETWEEN), strict=False))
    document["momentary_minutes"] = asked.momentary_min
    document["remarks"] = _remarks(table, asked)
    return document


def _remarks(table: Table, asked: Asked) -> list[str]:
    """What counts as it was written, though somebody may not have meant it; the first line of each kind is named."""
    found = [f"column {name!r} is not used" for name in table.ignored]
    kinds = (
        (table.repeated, "a step that stands in the file before, word for word; it counts each time"),
        (table.steps.customers > asked.customers_served, "more customers out at once than are served"),
        (
            _apart(table.steps),
            "a step that begins more than a day after the others of its id had ended; they are one event",
        ),
        (_twice_out(table.steps), "a step with a customer who is out already; his minutes count twice"),
    )
    for is_so, words in kinds:
        if is_so.any():
            found.append(f"{int(is_so.sum())} x {words}, first in line {int(table.line[is_so.argmax()])}")
    return found


def _apart(steps: Steps) -> NDArray[np.bool_]:
    """Steps that begin long after everything before them in their event: an id that may have been used again."""
    order = np.lexsort((steps.began_at, steps.event))
    event, began = steps.event[order], steps.began_at[order]
    is_first = np.diff(event, prepend=-1) != 0
    since = began - began[is_first][np.cumsum(is_first) - 1]
    ended = np.maximum.accumulate(since + 60 * steps.duration_min[order] + event * LONGEST_S) - event * LONGEST_S
    found = np.zeros(steps.size, np.bool_)
    found[order[1:]] = ~is_first[1:] & (since[1:] > ended[:-1] + DAY_S)
    return found


def _twice_out(steps: Steps) -> NDArray[np.bool_]:
    """Steps that begin while one of their customers is still out by the one before, where it is known who was out."""
    found = np.zeros(steps.size, np.bool_)
    if steps.who is None or not steps.size:
        return found
    step = np.repeat(np.arange(steps.size), [len(ids) for ids in steps.who])
    customer = np.array([one for ids in steps.who for one in ids], np.int64)
    order = np.lexsort((steps.began_at[step], customer))
    step, customer = step[order], customer[order]
    began = steps.began_at[step] - steps.began_at.min()
    ended = began + 60 * steps.duration_min[step]
    # a thousandth of a second less: these are floats of a span of years
    found[step[1:][(customer[1:] == customer[:-1]) & (began[1:] < ended[:-1] - 1e-3)]] = True
    return found


def _keys(table: Table, by: tuple[str, ...], inside: NDArray[np.bool_]) -> NDArray[np.object_]:
    columns = [table.labels[name][inside] for name in by]
    if len(columns) == 1:
        return columns[0]
    return np.array([BETWEEN.join(parts) for parts in zip(*columns, strict=True)] or np.zeros(0), object)


def _period(table: Table, asked: Asked) -> tuple[Period | None, NDArray[np.bool_]]:
    """The period asked for, and which steps are of events that began in it. An end left open is that of the data's years."""
    first = _edge(asked.since, asked.zone, is_end=False)
    last = _edge(asked.until, asked.zone, is_end=True)
    inside = np.ones(table.steps.size, np.bool_)
    if first is None and last is None:
        return None, inside
    years = reliability.whole_years(table.steps.day)
    begin = first or (_midnight(years.first, asked.zone) if years else last)
    end = last or (_midnight(years.last + 1, asked.zone) if years else first)
    if begin is None or end is None or begin >= end:
        raise ValueError("--from is not before --to")
    if first is not None:
        inside &= table.began_at >= _utc(first)
    if last is not None:
        inside &= table.began_at < _utc(last)
    hours = (end.replace(tzinfo=None) - begin.replace(tzinfo=None)).total_seconds() / 3600
    newest = end - dt.timedelta(microseconds=1)
    return Period(np.datetime64(begin.date()), np.datetime64(newest.date()), hours), inside


def _utc(at: dt.datetime) -> np.datetime64:
    return np.datetime64(at.astimezone(dt.UTC).replace(tzinfo=None), "us")


def _edge(text: str, zone: dt.tzinfo, *, is_end: bool) -> dt.datetime | None:
    """A day stands for its beginning, as an end for its last moment; a time for itself."""
    if not text:
        return None
    try:
        if len(text) == len("2026-03-01"):
            day = dt.date.fromisoformat(text) + dt.timedelta(days=int(is_end))
            return dt.datetime.combine(day, dt.time(), zone)
        value = dt.datetime.fromisoformat(text)
        return value.astimezone(zone) if value.tzinfo else value.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no ISO 8601 date or time") from None


def _midnight(day: np.datetime64, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day.astype(dt.date), dt.time(), zone)
