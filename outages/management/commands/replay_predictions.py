"""Predict a recorded period once more, by another rule set or the other engine, and say what would have been different."""

import datetime as dt
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from adms.core.commands import BadInput, JsonCommand
from adms.core.errors import Refused
from network.domain import phases as ph
from network.selectors import state
from outages.domain import rule_sets
from outages.domain.replay_comparison import Row
from outages.selectors import rule_sets as chosen
from outages.selectors.recorded import Period
from outages.services import replaying
from outages.services.replaying import Outcome


class Command(JsonCommand):
    """Replay predictions."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The period, and by what."""
        parser.add_argument(
            "--from", dest="begin", required=True, metavar="TIME", help="by when evidence was recorded, ISO 8601"
        )
        parser.add_argument("--to", dest="end", required=True, metavar="TIME")
        parser.add_argument("--model", default="", help="the network model; needed where there are several")
        parser.add_argument("--rules", default="normal", metavar="NAME", help="the rule set")
        parser.add_argument(
            "--rules-version", type=int, metavar="N", help="of the set; 0 is as built in, latest if not said"
        )
        parser.add_argument("--area", default="", metavar="KEY", help="take the set as this control area has it")
        parser.add_argument(
            "--engine", default="", choices=["", *sorted(rule_sets.ENGINES)], help="another than the set's"
        )
        parser.add_argument(
            "--step", type=float, default=1.0, metavar="SECONDS", help="predict what lies within it together"
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        """Every outage of the replay and of the record, side by side."""
        period = Period(_model(options["model"]), _time(options, "begin"), _time(options, "end"), options["step"])
        if period.step_s <= 0:
            raise BadInput("--step: more than 0 seconds is needed")
        try:
            area_id = chosen.area(options["area"]).pk if options["area"] else None
            rules = chosen.numbered(area_id, options["rules"], options["rules_version"])
            outcome = replaying.run(period=period, rules=rules, engine=options["engine"])
        except Refused as refused:
            raise BadInput(str(refused)) from None
        return {
            "model": period.model,
            "from": period.begin.isoformat(),
            "to": period.end.isoformat(),
            "rules": rules.label,
            "engine": options["engine"] or rules.engine,
            "reports": outcome.reports,
            "steps": outcome.steps,
            "same": sum(not row.differences for row in outcome.rows),
            "outages": _told(outcome),
        }

    def words(self, document: dict[str, Any]) -> str:
        """A line an outage."""
        by = f"{document['rules']}, {document['engine']}"
        read = f"{document['model']}, {document['reports']} pieces of evidence, {document['steps']} steps, {by}"
        lines = [f"{read}: {document['same']} of {len(document['outages'])} outages come out the same"]
        for one in document["outages"]:
            mine, theirs = one["replayed"], one["recorded"]
            left = (
                f"{mine['device']} ({mine['customers']}, moved {mine['moves']} times)"
                if mine
                else "held as in the record"
                if theirs and theirs["is_held"]
                else "nothing"
            )
            right = f"outage {theirs['id']} {theirs['device']} ({theirs['customers']})" if theirs else "nothing"
            lines.append(f"  {left} | {right} | {', '.join(one['differences']) or 'same'}")
        return "\n".join(lines)


def _model(name: str) -> str:
    known = state.models()
    if name and name not in known:
        raise BadInput(f"--model: no network model {name!r} is operated")
    if not name and len(known) != 1:
        raise BadInput("--model: name one of " + ", ".join(known) if known else "no network model is operated")
    return name or known[0]


def _time(options: dict[str, Any], name: str) -> dt.datetime:
    """A moment; without an offset it is of the utility's zone."""
    word = "--from" if name == "begin" else "--to"
    try:
        found = parse_datetime(options[name])
    except ValueError:
        found = None
    if found is None:
        raise BadInput(f"{word}: {options[name]!r} is no time like 2026-03-01T12:00:00Z")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _told(outcome: Outcome) -> list[dict[str, Any]]:
    return [_row(one) for one in outcome.rows]


def _row(one: Row) -> dict[str, Any]:
    mine, theirs = one.replayed, one.recorded
    return {
        "replayed": mine
        and {
            "kind": mine.kind,
            "device": mine.device,
            "phases": ph.text(mine.phases),
            "customers": mine.customers,
            "reports": len(mine.reports),
            "first_predicted_at": dt.datetime.fromtimestamp(mine.first_at, dt.UTC).isoformat(),
            "moves": mine.moves,
            "ended": mine.ended,
            "nested_in": mine.nested_in,
            "customer_minutes": one.customer_minutes,
        },
        "recorded": theirs
        and {
            "id": theirs.id,
            "kind": theirs.kind,
            "device": theirs.device,
            "customers": theirs.customers,
            "by_hand": list(theirs.by_hand),
            "nested_in": theirs.nested_in,
            "is_held": one.is_held,
            "customer_minutes": one.recorded_customer_minutes,
        },
        "differences": list(one.differences),
        "to_right_device_s": one.to_right_s,
        "recorded_to_right_device_s": one.recorded_to_right_s,
    }
