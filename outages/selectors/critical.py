"""Critical customers who are out now: since when, what they manage alone, who works on it, whether they are called."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from metering.selectors import supply
from outages.domain import critical, lifecycle
from outages.domain.critical import Kind
from outages.domain.urgency import CRITICAL_POINTS
from outages.models import Callback, Interruption, Outage
from outages.selectors import callbacks, lists

KINDS = runtime_settings.declare(
    "critical.kinds",
    critical.DEFAULT,
    help_=gettext_noop(
        "Kinds of critical customers by key: label, rank in lists, hours a customer manages alone (backup_hours), and a note."
    ),
)


@dataclass(frozen=True, slots=True)
class Out:
    """One critical customer without supply."""

    usage_point: int
    kind: Kind
    place: dict[str, Any]
    since: dt.datetime
    backup_until: dt.datetime | None
    outage: Outage
    crew: str
    callback: Callback | None


def kinds() -> dict[str, Any]:
    """The kinds in force."""
    found = runtime_settings.get(KINDS)
    return found if isinstance(found, dict) else critical.DEFAULT


def out_now(actor: Actor, *, kind: str = "", area: str = "") -> list[Out]:
    """Those of the actor's areas, the most urgent kind first, then who waits longest."""
    areas = actor.areas_for("view_customer")
    going = Outage.objects.select_related("area").filter(state__in=lifecycle.RUNNING, critical_out__gt=0)
    if areas is not None:
        going = going.filter(area__key__in=areas)
    if area:
        going = going.filter(area__key=area)
    held = {outage.pk: outage for outage in going}
    since = _since(list(held.values()))
    places = supply.critical_among(since)
    crews, promised = lists.crews_on(list(held.values())), callbacks.open_of(places)
    known, found = kinds(), []
    for point, place in places.items():
        row_kind = critical.kind_of(str(place["critical"]), known)
        if kind and row_kind.key != kind:
            continue
        outage_id, began = since[point]
        hours = row_kind.backup_hours
        until = began + dt.timedelta(hours=hours) if hours else None
        found.append(
            Out(point, row_kind, place, began, until, held[outage_id], crews.get(outage_id, ""), promised.get(point))
        )
    return sorted(found, key=lambda one: (one.kind.rank, one.since, one.usage_point))


def _since(found: Sequence[Outage]) -> dict[int, tuple[int, dt.datetime]]:
    """Outage and beginning, by critical customer out in one of these outages.

    Of the thousands who are out only the rows where a critical customer is are looked into.
    """
    places = supply.critical_nodes({outage.model_key for outage in found}) if found else set()
    if not places:
        return {}
    out = Interruption.objects.filter(superseded_at=None, ended_at=None, outage__in=[one.pk for one in found])
    rows = out.filter(Q(node__any=sorted(places)))
    told = {
        point: (outage_id, began)
        for points, outage_id, began in rows.order_by("-began_at").values_list("usage_points", "outage_id", "began_at")
        for point in points
    }
    critical_ones = supply.critical_kinds(told)
    return {point: told[point] for point in told if point in critical_ones}


def reason(found: Outage) -> str:
    """Why the priority of an outage is raised; "" where nobody critical is out."""
    return critical.reason(_kinds_of([found]).get(found.pk, ()), CRITICAL_POINTS)


def words(found: Sequence[Outage]) -> dict[int, str]:
    """The kinds of critical customers out in each: "2 × Hospital, 1 × Water works"."""
    return {pk: critical.counted(told) for pk, told in _kinds_of(found).items()}


def _kinds_of(found: Sequence[Outage]) -> dict[int, list[Kind]]:
    since = _since([outage for outage in found if outage.critical_out])
    told: dict[int, list[Kind]] = {}
    known = kinds() if since else {}
    for point, kind in sorted(supply.critical_kinds(since).items()):
        told.setdefault(since[point][0], []).append(critical.kind_of(kind, known))
    return told
