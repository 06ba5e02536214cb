"""Notices of planned outages: who counts on an interruption, how many heard of it, what each customer was told."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.errors import NotFound
from metering.selectors import supply
from outages.domain.planned_notices import CANCELED
from outages.models import PlannedNotice, PlannedNoticeCustomer, PlannedOutage

ANNOUNCE_DAYS = runtime_settings.declare(
    "planned.announce_days",
    0,
    unit="d",
    help_=gettext_noop(
        "Customers of an approved planned outage are told of it by themselves so many days before it begins (at once where it "
        "is approved later than that); 0: a person sends the notices. May differ by area."
    ),
)


def announced_at(row: PlannedOutage) -> dt.datetime | None:
    """From when its notices go out by themselves; None where a person sends them or there is nothing to send."""
    if row.state != PlannedOutage.State.APPROVED:
        return None
    days = float(runtime_settings.get(ANNOUNCE_DAYS, row.area.key))
    return None if days <= 0 else max(row.begins_at - dt.timedelta(days=days), row.decided_at or row.requested_at)


def counting_on_it(row: PlannedOutage) -> set[int]:
    """Usage points whose latest notice says that there will be an interruption."""
    return {point for point, verb in latest_verbs(row) if verb != CANCELED}


def latest_verbs(row: PlannedOutage) -> Iterable[tuple[int, str]]:
    """By usage point what its latest notice said."""
    found = PlannedNoticeCustomer.objects.filter(notice__planned_outage=row)
    latest = found.order_by("usage_point_id", "-notice__number").distinct("usage_point_id")
    return latest.values_list("usage_point_id", "verb")


def critical_among(row: PlannedOutage, points: Collection[int]) -> set[int]:
    """Who of them is critical: by the scope, or as an earlier notice knew it."""
    in_scope = row.customers.filter(is_critical=True, usage_point__in=list(points))
    before = PlannedNoticeCustomer.objects.filter(
        notice__planned_outage=row, is_critical=True, usage_point__in=list(points)
    )
    return {*in_scope.values_list("usage_point_id", flat=True), *before.values_list("usage_point_id", flat=True)}


def rounds(row: PlannedOutage) -> QuerySet[PlannedNotice]:
    """All rounds, the latest first, with how many customers stand where."""

    def counted(**columns: Any) -> Count:
        return Count("customers", filter=Q(**{f"customers__{name}": value for name, value in columns.items()}))

    return row.notices.annotate(
        told=Count("customers"),
        waiting=counted(state="waiting"),
        delivered=counted(state="delivered"),
        refused=counted(state="refused"),
        by_hand=counted(state="by_hand"),
        critical=counted(is_critical=True),
        acknowledged=counted(is_critical=True, acknowledged_at__isnull=False),
    ).order_by("-number")


def round_id(row: PlannedOutage, number: int) -> int:
    """The id of a round by its number.

    Raises:
        NotFound: there is none of this number.
    """
    found = row.notices.filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(
            _("planned outage %(pk)s has no round %(number)s of notices") % {"pk": row.pk, "number": number},
            planned=row.pk,
            number=number,
        )
    return found


def unacknowledged(row: PlannedOutage) -> int:
    """Critical customers who count on the interruption and have not said since their latest notice that they know."""
    found = PlannedNoticeCustomer.objects.filter(notice__planned_outage=row, is_critical=True)
    latest = found.order_by("usage_point_id", "-notice__number").distinct("usage_point_id")
    return sum(one.verb != CANCELED and one.acknowledged_at is None for one in latest)


def of_customers(row: PlannedOutage, points: Collection[int]) -> dict[int, PlannedNoticeCustomer]:
    """The latest notice of each of these usage points."""
    found = PlannedNoticeCustomer.objects.filter(notice__planned_outage=row, usage_point__in=list(points))
    latest = found.select_related("notice").order_by("usage_point_id", "-notice__number").distinct("usage_point_id")
    return {one.usage_point_id: one for one in latest}


def described(points: Collection[int]) -> dict[int, dict[str, Any]]:
    """Usage points with their customers."""
    return supply.usage_points(points)


def customers_of(notice_id: int) -> QuerySet[PlannedNoticeCustomer]:
    """Everybody of a round, critical ones first."""
    return PlannedNoticeCustomer.objects.filter(notice_id=notice_id).order_by("-is_critical", "usage_point_id")


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one message tells: of which planned outage, and each customer's mRID and the name of his usage point."""

    notice: PlannedNotice
    plan: PlannedOutage
    verb: str
    number: int
    customers: tuple[tuple[str, str], ...]


def chunks_of(notice_id: int) -> list[Chunk]:
    """A round as its messages, in order."""
    notice = PlannedNotice.objects.select_related("planned_outage__area").filter(pk=notice_id).first()
    if notice is None:
        return []
    rows = list(customers_of(notice_id).order_by("chunk", "usage_point_id"))
    names = supply.names([row.usage_point_id for row in rows])
    parts: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for row in rows:
        parts.setdefault((row.chunk, row.verb), []).append((row.mrid, names.get(row.usage_point_id, "")))
    return [Chunk(notice, notice.planned_outage, verb, number, tuple(found)) for (number, verb), found in parts.items()]
