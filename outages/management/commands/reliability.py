"""Reliability indices (IEEE 1366) of a file of interruptions."""

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from adms.core.commands import BadInput, JsonCommand
from outages.domain import file_report
from outages.domain.file_report import Asked
from outages.domain.interruption_csv import GROUPS
from outages.domain.major_events import CATASTROPHIC, MAJOR
from outages.management import interruption_files


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
        parser.add_argument("--from", dest="since", default="", metavar="D", help="events that began from then on")
        parser.add_argument(
            "--to", dest="until", default="", metavar="D", help="to the end of this day, or to this time"
        )
        parser.add_argument(
            "--by", action="append", default=[], metavar="|".join(GROUPS), help="several with commas: each combination"
        )
        parser.add_argument("--daily-cmi", type=Path, metavar="CSV", help="date, customer_minutes")
        parser.add_argument("--med-years", type=int, default=5, metavar="N")
        parser.add_argument("--beta", type=float, default=MAJOR, metavar="B")
        parser.add_argument("--catastrophic-beta", type=float, default=CATASTROPHIC, metavar="B")
        parser.add_argument("--std", choices=("sample", "population"), default="sample")
        parser.add_argument("--time-zone", metavar="ZONE", help="of the days; the utility's by default")

    def answer(self, **options: Any) -> dict[str, Any]:
        """The report."""
        zone = _zone(options["time_zone"])
        try:
            asked = _asked(options, zone)
            table = interruption_files.read_interruptions(options["interruptions"], zone)
            record = options["daily_cmi"] and asked.record(*interruption_files.read_daily(options["daily_cmi"]))
            document = file_report.of_table(table, asked, record)
        except ValueError as error:
            raise BadInput(str(error)) from None
        for remark in document["remarks"]:
            self.stderr.write(f"{options['interruptions']}: {remark}")
        return document

    def words(self, document: dict[str, Any]) -> str:
        """The plain figures, a line each."""
        return "\n".join(f"{key:18} {value}" for key, value in document.items() if not isinstance(value, (dict, list)))


def _asked(options: dict[str, Any], zone: dt.tzinfo) -> Asked:
    return Asked(
        zone=zone,
        customers_served=options["customers_served"],
        connected_kva=options["connected_kva"],
        customers_affected=options["customers_affected"],
        momentary_min=options["momentary_minutes"],
        since=options["since"],
        until=options["until"],
        by=tuple(dict.fromkeys(name.strip() for text in options["by"] for name in text.split(",") if name.strip())),
        med_years=options["med_years"],
        beta=options["beta"],
        catastrophic_beta=options["catastrophic_beta"],
        is_sample=options["std"] == "sample",
    )


def _zone(name: str | None) -> dt.tzinfo:
    if name is None:
        return timezone.get_default_timezone()
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"--time-zone: {name!r} is no time zone") from None
