"""Reliability indices (IEEE 1366) of a file of interruptions."""

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser
from django.utils import timezone

from adms.core.commands import BadInput, JsonCommand
from outages.domain import reliability
from outages.domain.indices import Base
from outages.domain.reliability import Period
from outages.management import interruption_files
from outages.management.interruption_files import Table


class Command(JsonCommand):
    """Reliability indices (IEEE 1366) of a file of interruptions."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Files, base and period."""
        parser.add_argument("--interruptions", required=True, type=Path, metavar="CSV")
        parser.add_argument("--customers-served", required=True, type=float, metavar="N")
        parser.add_argument("--connected-kva", type=float, metavar="X")
        parser.add_argument(
            "--customers-affected", type=int, metavar="N", help="distinct customers interrupted, if no ids"
        )
        parser.add_argument("--momentary-minutes", type=float, default=5.0, metavar="MIN")
        parser.add_argument("--from", dest="since", metavar="D", help="events that began from this day or time on")
        parser.add_argument("--to", dest="until", metavar="D", help="until the end of this day, or before this time")
        parser.add_argument("--by", choices=(*interruption_files.GROUPS, "month"))
        parser.add_argument("--daily-cmi", type=Path, metavar="CSV", help="date, customer_minutes")
        parser.add_argument("--med-years", type=int, default=5, metavar="N")
        parser.add_argument("--beta", type=float, default=2.5, metavar="B")
        parser.add_argument("--std", choices=("sample", "population"), default="sample")
        parser.add_argument("--time-zone", metavar="ZONE", help="of the days; the utility's by default")

    def answer(self, **options: Any) -> dict[str, Any]:
        """The report."""
        zone = _zone(options["time_zone"])
        try:
            base = Base(
                customers_served=options["customers_served"],
                connected_kva=options["connected_kva"],
                momentary_min=options["momentary_minutes"],
                customers_affected=options["customers_affected"],
            )
        except ValueError as error:
            raise BadInput(str(error)) from None
        table = interruption_files.read_interruptions(options["interruptions"], zone)
        period, inside = _period(table, options["since"], options["until"], zone)
        by = options["by"]
        return reliability.report(
            table.steps.take(inside),
            base,
            daily=_daily(options),
            period=period,
            excluded=_chosen(table.excluded, inside),
            keys=_chosen(table.labels[by], inside) if by else None,
            by_month=by == "month",
        )

    def words(self, document: dict[str, Any]) -> str:
        """The plain figures, a line each."""
        return "\n".join(f"{key:12} {value}" for key, value in document.items() if not isinstance(value, (dict, list)))


def _zone(name: str | None) -> dt.tzinfo:
    if name is None:
        return timezone.get_default_timezone()
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"--time-zone: {name!r} is no time zone") from None


def _daily(options: dict[str, Any]) -> reliability.Daily | None:
    if options["daily_cmi"] is None:
        return None
    return interruption_files.read_daily(
        options["daily_cmi"],
        years=options["med_years"],
        multiplier=options["beta"],
        is_sample=options["std"] == "sample",
    )


def _chosen(values: list[str], inside: np.ndarray[Any, np.dtype[np.bool_]]) -> list[str]:
    return [value for value, is_inside in zip(values, inside.tolist(), strict=True) if is_inside]


def _period(
    table: Table, since: str | None, until: str | None, zone: dt.tzinfo
) -> tuple[Period | None, np.ndarray[Any, np.dtype[np.bool_]]]:
    """The period asked for, and which steps are of events that began in it. An end left open is that of the data's years."""
    first, last = _edge(since, zone, is_end=False), _edge(until, zone, is_end=True)
    began_at = table.began_at
    inside = [(first is None or at >= first) and (last is None or at < last) for at in began_at]
    if first is None and last is None:
        return None, np.array(inside, np.bool_)
    years = reliability.whole_years(table.steps.day)
    begin = first or (_midnight(years.first, zone) if years else last)
    end = last or (_midnight(years.last + 1, zone) if years else first)
    if begin is None or end is None or begin >= end:
        raise BadInput("--from is not before --to")
    hours = (end.replace(tzinfo=None) - begin.replace(tzinfo=None)).total_seconds() / 3600
    newest = end - dt.timedelta(microseconds=1)
    return Period(np.datetime64(begin.date()), np.datetime64(newest.date()), hours), np.array(inside, np.bool_)


def _edge(text: str | None, zone: dt.tzinfo, *, is_end: bool) -> dt.datetime | None:
    """A day stands for its beginning, as an end for its last moment; a time for itself."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-03-01"):
            day = dt.date.fromisoformat(text) + dt.timedelta(days=int(is_end))
            return dt.datetime.combine(day, dt.time(), zone)
        value = dt.datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no ISO 8601 date or time") from None
    return value.astimezone(zone) if value.tzinfo else value.replace(tzinfo=zone)


def _midnight(day: np.datetime64, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day.astype(dt.date), dt.time(), zone)
