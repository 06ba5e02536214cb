"""What speaks against a planned outage, or should be known before it is approved: notes, warnings, errors.

An error is a collision that must be argued away: the same device in two of them at once, or two feeds of a ring taken at once.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from numpy.typing import NDArray

from adms.core import days, runtime_settings
from adms.core.templatetags.tieline import number
from metering.selectors import supply
from network.domain.energisation import energise
from network.domain.grid import Grid
from network.domain.phases import ABC
from network.selectors import state
from outages.domain import planned as life
from outages.domain import planned_notices as domain
from outages.domain.switching import life as order_life
from outages.models import Interruption, PlannedCustomer, PlannedOutage
from outages.selectors import planned_notices

NOTICE_DAYS = runtime_settings.declare(
    "planned.notice_days",
    2,
    unit="d",
    help_=gettext_noop(
        "Customers are to be told of a planned outage at least so many days before it begins. May differ by area."
    ),
)
AGAIN_DAYS = runtime_settings.declare(
    "planned.again_days",
    30,
    unit="d",
    help_=gettext_noop(
        "A customer who loses supply for two planned outages within so many days is warned of. May differ by area."
    ),
)
NOTE, WARNING, ERROR = "note", "warning", "error"
#: Collisions with so many others at most are looked at: those that begin next.
_MOST_OTHERS = 20
_LIVE = life.WAITING | life.GOING_ON


@dataclass(frozen=True, slots=True)
class Finding:
    """One of them: how grave, which rule, in words; and which other planned outage or outage it is about."""

    level: str
    code: str
    text: str
    planned: int | None = None
    outage: int | None = None


def findings(row: PlannedOutage, *, at: dt.datetime) -> list[Finding]:
    """All of them, the gravest first; none of one that is over."""
    if row.state in life.ENDED:
        return []
    own = list(row.customers.values_list("usage_point_id", "in_normal", "in_present"))
    return _sorted([*_foreseen(row, own, at), *_told(row), *_unprepared(row)])


def of_request(row: PlannedOutage, own: Sequence[tuple[int, bool, bool]], *, at: dt.datetime) -> list[Finding]:
    """Those of a request that is not made yet; `own` are usage points with whether they lose supply normally and now."""
    return _sorted(_foreseen(row, own, at))


def _unprepared(row: PlannedOutage) -> list[Finding]:
    """Orders written for it of which none is approved yet: it cannot be carried out as planned."""
    if row.state not in {"approved", "notified"}:
        return []
    orders = [one for one in row.orders.order_by("pk") if one.state not in {"cancelled", "aborted"}]
    if not orders or any(one.state in order_life.STANDING | {"completed"} for one in orders):
        return []
    words = ", ".join(
        _("%(order)s is %(state)s") % {"order": one.reference, "state": one.get_state_display().lower()}
        for one in orders
    )
    return [
        Finding(WARNING, "order_not_approved", _("%(orders)s: no order for it is approved yet") % {"orders": words})
    ]


def _foreseen(row: PlannedOutage, own: Sequence[tuple[int, bool, bool]], at: dt.datetime) -> list[Finding]:
    points = [point for point, _, _ in own]
    return [
        *_collisions(row, points),
        *_again(row, points),
        *_already_out(row, points),
        *_notice_period(row, at),
        *_scope(sum(normal for _, normal, _ in own), sum(present for _, _, present in own)),
    ]


def _sorted(found: list[Finding]) -> list[Finding]:
    order = {ERROR: 0, WARNING: 1, NOTE: 2}
    return sorted(found, key=lambda one: order[one.level])


def _others(row: PlannedOutage, margin: dt.timedelta = dt.timedelta(0)) -> QuerySet[PlannedOutage]:
    """Those that are not over and lie so near in time."""
    near = PlannedOutage.objects.filter(
        model_key=row.model_key,
        state__in=_LIVE,
        begins_at__lt=row.ends_at + margin,
        ends_at__gt=row.begins_at - margin,
    )
    return near.exclude(pk=row.pk)


def _shared(others: QuerySet[PlannedOutage], points: Sequence[int]) -> dict[int, int]:
    """How many of these customers lose supply in each of the others as well."""
    found = PlannedCustomer.objects.filter(planned_outage__in=others.values("pk"), usage_point__in=list(points))
    return dict(found.values_list("planned_outage").annotate(Count("pk")).order_by())


def _collisions(row: PlannedOutage, points: Sequence[int]) -> list[Finding]:
    found, others = [], _others(row)
    shared = _shared(others, points)
    for other in others.order_by("begins_at", "pk")[:_MOST_OTHERS]:
        devices = sorted({one["name"] for one in row.devices if one["mrid"] in other.device_mrids})
        if devices:
            words = {"plan": other.pk, "devices": ", ".join(devices)}
            text = _("Planned outage %(plan)s overlaps: %(devices)s is opened in both") % words
            found.append(Finding(ERROR, "same_device", text, planned=other.pk))
        elif other.pk in shared:
            text = ngettext(
                "Planned outage %(plan)s overlaps: %(count)s customer in both",
                "Planned outage %(plan)s overlaps: %(count)s customers in both",
                shared[other.pk],
            ) % {"plan": other.pk, "count": number(shared[other.pk])}
            found.append(Finding(WARNING, "overlap", text, planned=other.pk))
        if more := len(beyond_each(row.model_key, row.devices, other.devices)):
            text = ngettext(
                "Together with planned outage %(plan)s %(count)s place loses supply that each alone would leave supplied",
                "Together with planned outage %(plan)s %(count)s places lose supply that each alone would leave supplied",
                more,
            ) % {"plan": other.pk, "count": number(more)}
            found.append(Finding(ERROR, "both_feeds", text, planned=other.pk))
    return found


def beyond_each(model: str, first: Sequence[dict[str, object]], second: Sequence[dict[str, object]]) -> set[int]:
    """Supply nodes with customers that are dark only when both sets of devices are open, as the switches are now."""
    present = state.present(model)
    grid, closed = present.grid, present.closed
    dark = [_dark(grid, closed, devices) for devices in ([*first, *second], first, second)]
    return domain.beyond_each(*dark)


def _dark(grid: Grid, closed: NDArray[np.uint8], devices: Sequence[dict[str, object]]) -> list[int]:
    after = closed.copy()
    for device in devices:
        branch = grid.branch_index(str(device["mrid"]))
        if branch >= 0:
            after[branch] &= ~np.uint8(int(str(device["phases"])))
    lost = energise(grid, closed).live & ~energise(grid, after).live & ABC
    nodes = np.intersect1d(np.flatnonzero(lost), grid.group_node)
    found: list[int] = nodes.tolist()
    return found


def _again(row: PlannedOutage, points: Sequence[int]) -> list[Finding]:
    """Customers who lose supply for another one soon before or after."""
    apart = float(runtime_settings.get(AGAIN_DAYS, row.area.key))
    margin = dt.timedelta(days=apart)
    recent = PlannedOutage.objects.filter(
        model_key=row.model_key,
        state__in=("restored", "completed"),
        ends_at__gt=row.begins_at - margin,
        begins_at__lt=row.begins_at,
    )
    at_once = _others(row)
    both = (_others(row, margin) | recent).exclude(pk__in=at_once.values("pk"))
    shared = _shared(both, points)
    found = []
    for other in both.filter(pk__in=shared).order_by("begins_at", "pk")[:_MOST_OTHERS]:
        text = ngettext(
            "%(count)s of these customers is out for planned outage %(plan)s on %(day)s too: within %(days)s days",
            "%(count)s of these customers are out for planned outage %(plan)s on %(day)s too: within %(days)s days",
            shared[other.pk],
        ) % {
            "count": number(shared[other.pk]),
            "plan": other.pk,
            "day": f"{other.begins_at:%d %b}",
            "days": f"{apart:g}",
        }
        found.append(Finding(WARNING, "again", text, planned=other.pk))
    return found


def _already_out(row: PlannedOutage, points: Sequence[int]) -> list[Finding]:
    nodes = {place.node for place in supply.places(points).values()}
    rows = Interruption.objects.filter(
        Q(node__any=sorted(nodes)), model_key=row.model_key, superseded_at=None, ended_at=None
    )
    rows = rows.exclude(outage__planned_outage=row.pk) if row.pk else rows
    out: dict[int, int] = {}
    known = set(points)
    for outage_id, members in rows.values_list("outage_id", "usage_points"):
        out[outage_id] = out.get(outage_id, 0) + len(known.intersection(members))
    return [
        Finding(
            WARNING,
            "already_out",
            ngettext(
                "Outage %(outage)s: %(count)s of these customers is out already",
                "Outage %(outage)s: %(count)s of these customers are out already",
                count,
            )
            % {"outage": pk, "count": number(count)},
            outage=pk,
        )
        for pk, count in sorted(out.items())
        if count
    ]


def _notice_period(row: PlannedOutage, at: dt.datetime) -> list[Finding]:
    """Told too late, or not yet while it should have been."""
    notice = float(runtime_settings.get(NOTICE_DAYS, row.area.key))
    due_at = domain.notice_due_at(row.begins_at, notice)
    if row.pk and row.notices.filter(is_late=True).exists():
        text = _("Customers were told less than %(days)s days before it begins") % {"days": f"{notice:g}"}
        return [Finding(WARNING, "told_late", text)]
    if row.state in {"requested", "approved"} and row.notified_at is None and at > due_at:
        words = {"days": f"{notice:g}", "at": days.in_words(due_at, "%d %b %H:%M")}
        text = (
            _("The notice period of %(days)s days cannot be kept any more: customers were to be told by %(at)s") % words
        )
        return [Finding(WARNING, "notice_late", text)]
    return []


def _told(row: PlannedOutage) -> list[Finding]:
    """Whether what customers were told is still so."""
    latest = row.notices.order_by("-number").first()
    if latest is None or row.state not in life.WAITING:
        return []
    found = []
    if (latest.begins_at, latest.ends_at) != (row.begins_at, row.ends_at):
        found.append(Finding(WARNING, "told_otherwise", _("Customers were told another window: send notices")))
    told, scope = planned_notices.counting_on_it(row), set(row.customers.values_list("usage_point_id", flat=True))
    if told != scope:
        text = _("%(untold)s customers are not told yet, %(kept)s were told and keep supply: send notices") % {
            "untold": number(len(scope - told)), "kept": number(len(told - scope)),
        }  # fmt: skip
        found.append(Finding(WARNING, "told_others", text))
    if waiting := planned_notices.unacknowledged(row):
        text = ngettext(
            "%(count)s critical customer has not acknowledged",
            "%(count)s critical customers have not acknowledged",
            waiting,
        ) % {"count": number(waiting)}
        found.append(Finding(WARNING, "unacknowledged", text))
    return found


def _scope(normal: int, present: int) -> list[Finding]:
    if normal == present == 0:
        return [Finding(NOTE, "nobody", _("Nobody loses supply"))]
    if normal != present:
        text = _(
            "%(normal)s customers lose supply with the switches as they normally are, %(present)s as they are now"
        ) % {"normal": number(normal), "present": number(present)}
        return [Finding(NOTE, "states_differ", text)]
    return []
