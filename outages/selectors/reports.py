"""Single reports (evidence) as a page tells of them: what, from whom, where; people's names only to those who may see them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Max, Q
from django.utils.translation import gettext

from adms.core.actors import Actor
from metering.selectors import supply
from network.selectors import equipment
from network.selectors.equipment import Movement
from outages.models import Evidence, Outage
from outages.selectors import storm

LIVE = ("restore", "ping_on")
#: Who told that a device is open, by the source of the journal's entry.
TELLERS = {"scada": "SCADA", "operation": "Telecontrol", "crew": "A crew", "operator": "An operator"}
RECENT = dt.timedelta(minutes=10)
#: Evidence this far back in order of arrival is looked through for the figures of the last minutes.
LOOKED_THROUGH = 20_000


def latest(actor: Actor, found: Outage, limit: int) -> list[dict[str, Any]]:
    """The latest reports of an outage, newest first."""
    rows = Evidence.objects.select_related("area").filter(outage=found).order_by("-occurred_at", "-pk")
    return _described(actor, list(rows[:limit]))


def by_ids(actor: Actor, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Reports by id."""
    rows = list(Evidence.objects.select_related("area").filter(pk__in=ids))
    return {row.pk: told for row, told in zip(rows, _described(actor, rows), strict=True)}


def count(found: Outage) -> int:
    """How many reports an outage has."""
    return Evidence.objects.filter(outage=found).count()


def tripped_by(found: Outage) -> str:
    """The protection that tripped when its device opened, as the relay named it; nothing where none is known."""
    trips = Evidence.objects.filter(outage=found, kind="trip", equipment_mrid=found.device_mrid)
    at = trips.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    if at is None:
        return ""
    moment = (found.device_mrid, at)
    moved = equipment.movements({moment}).get(moment, Movement())
    return moved.reason if moved.source == "scada" else ""


def answers(actor: Actor, found: Outage, members: Sequence[int], limit: int) -> list[dict[str, Any]]:
    """Words of customers counted as out who say they have supply, newest first."""
    rows = Evidence.objects.select_related("area").filter(
        usage_point_id__in=members, kind__in=LIVE, occurred_at__gte=found.started_at, outage=None
    )
    return _described(actor, list(rows.order_by("-occurred_at")[:limit]))


def intake(actor: Actor, *, at: dt.datetime, limit: int) -> dict[str, Any]:
    """What has come in lately, and how much of it still waits to be explained."""
    newest = Evidence.objects.aggregate(pk=Max("pk"))["pk"] or 0
    recent = Evidence.objects.filter(pk__gt=newest - LOOKED_THROUGH, recorded_at__gt=at - RECENT)
    waiting = Evidence.objects.filter(settled_at=None, outage=None).exclude(kind__in=LIVE)
    rows = list(Evidence.objects.select_related("area").order_by("-pk")[:limit])
    return {
        **recent.aggregate(
            calls=Count("pk", filter=Q(kind="call")),
            gasps=Count("pk", filter=Q(kind="gasp")),
            restores=Count("pk", filter=Q(kind="restore")),
        ),
        "waiting": waiting.count(),
        "behind": storm.total(storm.lags(at=at)),
        "latest": _described(actor, rows),
    }


def _described(actor: Actor, rows: list[Evidence]) -> list[dict[str, Any]]:
    points = {row.usage_point_id for row in rows if row.usage_point_id}
    people, meters = supply.usage_points(points), supply.meters_at(points)
    names = names_of({row.equipment_mrid for row in rows})
    opened = equipment.movements({(row.equipment_mrid, row.occurred_at) for row in rows if row.kind == "trip"})
    return [
        {
            "id": row.pk,
            "kind": row.kind,
            "kind_word": row.get_kind_display(),
            "about": _about(row, people, meters, may_name=actor.may("view_customer", row.area.key)),
            **_opening(row, opened),
            "place": names.get(row.equipment_mrid, row.equipment_mrid),
            "occurred_at": row.occurred_at,
            "recorded_at": row.recorded_at,
            "weight": row.weight,
            "is_live": row.kind in LIVE,
            "settled": gettext(row.settled_reason) if row.settled_reason else "",
            "outage": row.outage_id,
        }
        for row in rows
    ]


def _opening(row: Evidence, opened: dict[tuple[str, dt.datetime], Movement]) -> dict[str, str]:
    """Words for an opening: a person or a cut may be behind it as well as telemetry."""
    if row.kind != "trip":
        return {}
    moved = opened.get((row.equipment_mrid, row.occurred_at), Movement())
    about = ": ".join(filter(None, (TELLERS.get(moved.source, ""), moved.reason)))
    return {"kind_word": moved.temporary or "Device opened", "about": about}


def _about(row: Evidence, people: dict[int, dict[str, Any]], meters: dict[int, str], *, may_name: bool) -> str:
    point = row.usage_point_id or 0
    if row.kind == "call":
        person = people.get(point, {})
        return str(person.get("customer" if may_name else "name", ""))
    return f"Meter {meters[point]}" if point in meters else row.reference.partition(":")[0]


def names_of(mrids: set[str]) -> dict[str, str]:
    """Names of published equipment by mRID."""
    return dict(equipment.published().filter(mrid__in=mrids).values_list("mrid", "name"))
