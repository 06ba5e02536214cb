"""What a manual action changes, kept as a difference so that it can be taken back (outages.services.undoing).

Kept of every outage it touched: the columns a person decides on; which reports belonged to it; its rows of the ledger.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet

from adms.core.actors import Actor
from network.domain.phrases import Phrase
from outages.models import Evidence, Interruption, ManualAction, Outage
from outages.selectors import timeline_words
from outages.services.incidents import Round

#: What a person decides on; figures, priority, ETR and revision follow from it or go on by themselves.
COLUMNS = (
    "area_id",
    "kind",
    "state",
    "confidence",
    "device_mrid",
    "device_name",
    "feeder",
    "phases",
    "node",
    "x",
    "y",
    "started_at",
    "predicted_at",
    "confirmed_at",
    "cancelled_reason",
    "explanation",
    "parent_id",
)
ROW = (
    "outage_id",
    "phases",
    "usage_points",
    "customers",
    "began_at",
    "ended_at",
    "is_provisional",
    "superseded_at",
    "superseded_reason",
)
REPORT = ("outage_id", "settled_at", "settled_reason")

Told = dict[str, Any]  # values by column, as JSON has them
Picture = dict[str, dict[int, Told]]  # of outages, reports, rows; by number


@dataclass
class Kept:
    """A manual action while it is done: say which outages it makes or touches besides, and what it was."""

    outages: list[Outage]
    made: list[Outage] = field(default_factory=list)
    told: Phrase | str = ""


@contextmanager
def kept(now: Round, kind: str, outages: Iterable[Outage], actor: Actor) -> Iterator[Kept]:
    """Keep what the block does to these outages (the first one is whose action it is) so that it can be undone."""
    act = Kept(list(outages))
    children = now.find(parent__in=[one.pk for one in act.outages])
    held = [*act.outages, *(one for one in children if one not in act.outages)]
    before = _picture(held)
    yield act
    after = _picture([*held, *act.made], reports=before["reports"], rows=before["rows"])
    change = {part: _difference(before[part], after[part]) for part in after}
    ManualAction.objects.create(
        kind=kind,
        outage=act.outages[0],
        touched=sorted(one.pk for one in (*held, *act.made)),
        text=timeline_words.said(act.told)[:400],
        change=change,
        actor=actor.label or actor.name,
        at=now.at,
    )


# Pictures


def _picture(outages: Iterable[Outage], *, reports: Iterable[int] = (), rows: Iterable[int] = ()) -> Picture:
    held = list(outages)
    own = Q(outage__in=[one.pk for one in held])
    return {
        "outages": {one.pk: as_json(columns(one)) for one in held},
        "reports": values(Evidence.objects.filter(own | Q(pk__in=list(reports))), REPORT),
        "rows": values(Interruption.objects.filter(own & Q(superseded_at=None) | Q(pk__in=list(rows))), ROW),
    }


def columns(outage: Outage) -> Told:
    """What a person decides on, as it is now."""
    return {name: getattr(outage, name) for name in COLUMNS}


def values(found: QuerySet[Any], names: tuple[str, ...]) -> dict[int, Told]:
    """Columns of rows by their number."""
    return {row["pk"]: as_json({name: row[name] for name in names}) for row in found.order_by().values("pk", *names)}


def as_json(given: Told) -> Told:
    """Values as JSON gives them back, so that they can be compared."""
    told: Told = json.loads(json.dumps(given, cls=DjangoJSONEncoder))
    return told


def _difference(before: dict[int, Told], after: dict[int, Told]) -> dict[int, tuple[Told | None, Told]]:
    return {pk: (before.get(pk), told) for pk, told in after.items() if before.get(pk) != told}


def as_python(model: type[Model], told: Told) -> Told:
    """Values of columns as the model has them, from what JSON kept."""
    fields = {one.attname: one for one in model._meta.concrete_fields}  # noqa: SLF001
    return {name: fields[name].to_python(value) for name, value in told.items()}
