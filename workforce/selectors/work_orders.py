"""Work orders as another system is told of them: each as it stands now, with the crews that are or were on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from workforce.models import Assignment, WorkOrder


@dataclass(frozen=True, slots=True)
class CrewOn:
    """One crew on a work order; `since` is when it reached that state."""

    crew: str
    name: str
    state: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Order:
    """One work order."""

    pk: int
    subject: str
    title: str
    kind: str
    priority: int
    equipment_mrid: str
    x: float | None
    y: float | None
    state: str  # open, completed, cancelled
    created_at: dt.datetime
    ended_at: dt.datetime | None
    crews: tuple[CrewOn, ...]


def by_subject(subjects: Collection[str]) -> dict[str, Order]:
    """Work orders by what they are for; each crew once, as its latest assignment has it."""
    rows = {row.subject: row for row in WorkOrder.objects.filter(subject__in=list(subjects))}
    on: dict[int, dict[str, CrewOn]] = {row.pk: {} for row in rows.values()}
    assignments = Assignment.objects.filter(work_order__in=list(on)).select_related("crew")
    for one in assignments.order_by("assigned_at", "pk"):
        on[one.work_order_id][one.crew.key] = CrewOn(one.crew.key, one.crew.name, one.state, _since(one))
    return {subject: _order(row, tuple(on[row.pk].values())) for subject, row in rows.items()}


def subjects_of(numbers: Collection[int]) -> dict[int, str]:
    """What the work orders of these numbers are for."""
    return dict(WorkOrder.objects.filter(pk__in=list(numbers)).values_list("pk", "subject"))


def live_assignment(work_order_id: int, crew: str) -> Assignment | None:
    """The assignment under which a crew is on a work order now."""
    found = Assignment.objects.filter(work_order_id=work_order_id, crew__key=crew)
    return found.exclude(state__in=("completed", "released")).order_by("-pk").first()


def _order(row: WorkOrder, crews: tuple[CrewOn, ...]) -> Order:
    return Order(
        pk=row.pk,
        subject=row.subject,
        title=row.title,
        kind=row.kind,
        priority=row.priority,
        equipment_mrid=row.equipment_mrid,
        x=row.x,
        y=row.y,
        state=row.state,
        created_at=row.created_at,
        ended_at=row.ended_at,
        crews=crews,
    )


def _since(one: Assignment) -> dt.datetime:
    stamps = (one.ended_at, one.made_safe_at, one.on_site_at, one.en_route_at, one.accepted_at)
    return next((stamp for stamp in stamps if stamp is not None), one.assigned_at)
