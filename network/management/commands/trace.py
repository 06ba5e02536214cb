"""`manage.py trace`: what feeds a device, what hangs on it, its feeder, its loops; now or at a past time."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from network.domain import phases as ph
from network.models import Equipment
from network.selectors import equipment, traces

DIRECTIONS = ("up", "down", "feeder", "connected", "loop")
_LISTED = 40


class Command(JsonCommand):
    """Reads the published network; changes nothing."""

    help = "Trace through the operated network from a device."

    def add_arguments(self, parser: CommandParser) -> None:
        """What the command line takes."""
        parser.add_argument("object", metavar="OBJECT", help="mRID or name of a device")
        parser.add_argument("--direction", required=True, choices=DIRECTIONS)
        parser.add_argument("--phases", metavar="ABC", help="only on these phases")
        parser.add_argument("--at", metavar="TIME", help="as the field stood then (ISO 8601)")
        parser.add_argument("--as-known", action="store_true", help="with --at: as it was known then")
        parser.add_argument("--model", default="", help="where several models have the object")

    def answer(self, **options: Any) -> dict[str, Any]:
        """From, objects, customers and kW."""
        phases = _phases(options["phases"])
        at = _time(options["at"])
        if options["as_known"] and at is None:
            raise BadInput("--as-known needs --at: what is known now is what is")
        device = _device(options["object"], options["model"])
        try:
            found = traces.trace(
                device, direction=options["direction"], phases=phases, at=at, by_field_time=not options["as_known"]
            )
        except Refused as refusal:
            raise BadInput(str(refusal)) from None
        return {
            "from": device.mrid,
            "name": device.name,
            "direction": found.direction,
            "objects": [
                {"mrid": one.mrid, "name": one.name, "class": one.cim_class, "phases": one.phases}
                for one in found.objects
            ],
            "customers": found.customers,
            "kw": found.kw,
            "by_phase": {letter: asdict(share) for letter, share in found.by_phase.items()},
        }

    def words(self, document: dict[str, Any]) -> str:
        """The objects one by one, the sums last."""
        objects = document["objects"]
        lines = [f"{one['class']:<18} {one['name']}  {one['phases']}" for one in objects[:_LISTED]]
        if len(objects) > _LISTED:
            lines.append(f"and {len(objects) - _LISTED} more; --json lists them all")
        return "\n".join(
            [*lines, f"{len(objects)} objects, {document['customers']:,} customers, {document['kw']:,.1f} kW"]
        )


def _device(text: str, model: str) -> Equipment:
    """By mRID, else by name."""
    rows = equipment.published(model or None)
    found = list(rows.filter(mrid=text)[:2]) or list(rows.filter(name=text)[:6])
    if not found:
        raise BadInput(f"no device {text} in the published network" + (f" {model}" if model else ""))
    if len(found) > 1:
        known = ", ".join(f"{one.mrid} ({one.cim_class}, {one.version.model.key})" for one in found)
        raise BadInput(f"several devices are called {text}: {known}; name the mRID or the --model")
    return found[0]


def _phases(text: str | None) -> int | None:
    if text is None:
        return None
    if not text or set(text) - set("ABC"):
        raise BadInput(f"--phases {text!r}: letters of ABC")
    return ph.parse(text)


def _time(text: str | None) -> dt.datetime | None:
    """Without an offset it is in the utility's time zone."""
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise BadInput(f"--at {text!r}: an ISO 8601 time such as 2026-05-01T12:30:00")
    return make_aware(found) if is_naive(found) else found
