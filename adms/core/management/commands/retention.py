"""`manage.py retention`: how large history is, how long it is kept, what would go; `--keep NAME DAYS` changes it, `--now` lets go."""

import getpass
from typing import Any

from django.core.management.base import CommandParser

from adms.core import clock
from adms.core.actors import Actor
from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from adms.core.selectors import retention as reading
from adms.core.services import retention


class Command(JsonCommand):
    """Looks only, unless told otherwise."""

    help = "Show how large history is, how long each kind is kept and what would go; change it, or let go now."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to change, if anything."""
        parser.add_argument("--keep", nargs=2, metavar=("NAME", "DAYS"), help="keep a kind so many days; 0: for ever")
        parser.add_argument("--reason", default="", help="why, for the audit trail")
        parser.add_argument("--now", action="store_true", help="let go now what the sweeper would in the next hour")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Every kind of history, after what was asked for is done."""
        if options["keep"]:
            name, days = options["keep"]
            _keep(name, days, options["reason"])
        gone = retention.run(at=clock.now()) if options["now"] else {}
        kinds = [
            {
                "name": one.name,
                "table": one.table,
                "what": one.what,
                "days": one.days,
                "bytes": one.bytes,
                "rows": one.rows,
                "due": one.due,
                "cutoff": one.cutoff.isoformat() if one.cutoff else None,
            }
            for one in reading.overview(clock.now())
        ]
        return {"history": kinds, "removed": gone}

    def words(self, document: dict[str, Any]) -> str:
        """A table."""
        lines = [f"{'history':<24}{'MB':>10}{'rows, about':>14}{'kept, days':>12}{'due now':>10}"]
        for one in document["history"]:
            days = one["days"] or "for ever"
            lines.append(f"{one['name']:<24}{one['bytes'] / 1e6:>10.1f}{one['rows']:>14,}{days:>12}{one['due']:>10,}")
        lines += [f"removed: {count:,} of {name}" for name, count in document["removed"].items()]
        return "\n".join(lines)


def _keep(name: str, days: str, reason: str) -> None:
    if not days.isdecimal():
        raise BadInput(f"--keep: {days} is no number of days")
    actor = Actor(name=getpass.getuser(), way="command line", is_system=True)
    try:
        retention.keep(actor=actor, name=name, days=int(days), reason=reason, at=clock.now())
    except Refused as refused:
        raise BadInput(f"--keep: {refused.message}") from None
