"""Learn restoration times from the first part of a utility's record of outages, and score estimates on the rest."""

import dataclasses
import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from outages.domain.etr import study
from outages.domain.etr.accuracy import Accuracy
from outages.management import outage_years
from outages.management.outage_years import OutageYear


class Command(JsonCommand):
    """Learn restoration times from the first part of a utility's record of outages, and score estimates on the rest."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, where it is parted, and what is left out."""
        parser.add_argument(
            "--file", required=True, type=Path, metavar="CSV", help="one row per outage or change of it; .gz too"
        )
        parser.add_argument(
            "--split", required=True, metavar="DATE", help="learn from what was over, score what began after"
        )
        parser.add_argument("--time-zone", default=settings.TIME_ZONE, help="of the date and of the hours of the day")
        parser.add_argument(
            "--without-cause", action="append", default=[], metavar="CAUSE", help="such as planned work"
        )
        parser.add_argument("--share", type=float, default=0.5, help="the quantile that is promised, 0 to 1")

    def answer(self, **options: Any) -> dict[str, Any]:
        """The scores of what was promised and of ours."""
        zone, split = _zone(options["time_zone"]), options["split"]
        if not 0.0 < options["share"] < 1.0:
            raise BadInput(f"--share {options['share']:g}: between 0 and 1")
        year = outage_years.read(options["file"])
        lasted = year.on - year.off
        kept = (lasted > 5.0) & (lasted < 30 * 1440.0) & ~np.isin(np.array(year.cause), options["without_cause"])
        try:
            found = study.study(_record(year.take(kept), zone), _minutes(split, zone), options["share"])
        except ValueError as error:
            raise BadInput(f"{options['file'].name}: {error}") from None
        names = ("promised", "first_report", "crew_sent")
        return {
            "outages": int(kept.sum()),
            "left_out": int((~kept).sum()),
            "learned": found.learned,
            "scored": found.scored,
            **{name: dataclasses.asdict(getattr(found, name)) for name in names},
            "regions": [
                {"region": region} | {name: dataclasses.asdict(one) for name, one in zip(names, scores, strict=True)}
                for region, scores in found.by_region.items()
            ],
        }

    def words(self, document: dict[str, Any]) -> str:
        """A table."""
        lines = [f"learned from {document['learned']:,} outages, scored {document['scored']:,}"]
        titles = {
            "promised": "promised at the time",
            "first_report": "ours, first report",
            "crew_sent": "ours, crew sent",
        }
        lines += [_line(title, Accuracy(**document[name])) for name, title in titles.items()]
        return "\n".join(lines)


def _line(title: str, found: Accuracy) -> str:
    if found.within is None or found.bias_min is None or found.off_min is None:
        return f"{title:22} none"
    errors = f"median {found.bias_min:+.0f} min, off by {found.off_min:.0f} min"
    return f"{title:22} {found.count:6,} given, {found.within:.1%} within 30 min, {errors}"


def _record(year: OutageYear, zone: zoneinfo.ZoneInfo) -> study.Record:
    hours = [dt.datetime.fromtimestamp(minute * 60.0, zone).hour for minute in year.off]
    region, cause = (np.array(column, dtype=object) for column in (year.region, year.cause))
    return study.Record(region, cause, year.customers, np.array(hours, np.int64), year.off, year.on, year.etr, year.eta)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"--time-zone {name}: no such time zone") from None


def _minutes(text: str, zone: zoneinfo.ZoneInfo) -> float:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--split {text!r}: no date or time (ISO 8601)") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() / 60.0
