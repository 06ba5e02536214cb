"""Work orders and assignments: each step of a crew is a claimed change of state, told on as an event.

Rows are locked in the order work orders, assignments, control areas (which publishing locks).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services import audit, authority, events
from workforce.events import AssignmentChanged
from workforce.models import Assignment, Crew, WorkOrder
from workforce.models.work import LIVE
from workforce.services import crews

#: Which state may follow which; the times they stamp.
NEXT = {
    "assigned": {"accepted", "en_route", "on_site", "released"},
    "accepted": {"en_route", "on_site", "released"},
    "en_route": {"on_site", "suspended", "released"},
    "on_site": {"made_safe", "suspended", "completed", "released"},
    "made_safe": {"suspended", "completed", "released"},
    "suspended": {"en_route", "on_site", "released"},
}
STAMP = {
    "accepted": "accepted_at",
    "en_route": "en_route_at",
    "on_site": "on_site_at",
    "made_safe": "made_safe_at",
    "completed": "ended_at",
    "released": "ended_at",
}


class AssignmentRefused(Refused):
    """The crew cannot take or move this work now."""

    code = "assignment_refused"


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What a work order is made of."""

    area_id: int
    subject: str
    title: str
    kind: str
    priority: int
    equipment_mrid: str
    x: float | None
    y: float | None


@transaction.atomic
def raise_work_orders(*, orders: Sequence[NewOrder], at: dt.datetime) -> dict[str, int]:
    """The work orders for some subjects, by subject; asked twice, made once."""
    if not orders:
        return {}
    rows = [WorkOrder(**asdict(order), state="open", created_at=at) for order in orders]
    WorkOrder.objects.bulk_create(rows, ignore_conflicts=True)
    return dict(WorkOrder.objects.filter(subject__in=[o.subject for o in orders]).values_list("subject", "pk"))


def reopen_work_orders(*, subjects: Sequence[str]) -> int:
    """Work that was dropped is wanted again; how many orders are open again."""
    dropped = WorkOrder.objects.filter(subject__in=subjects, state=WorkOrder.State.CANCELLED)
    return dropped.update(state=WorkOrder.State.OPEN, ended_at=None)


def raise_work_order(  # noqa: PLR0913 - what a work order is made of
    *,
    area_id: int,
    subject: str,
    title: str,
    kind: str,
    priority: int,
    equipment_mrid: str,
    x: float | None,
    y: float | None,
    at: dt.datetime,
) -> WorkOrder:
    """The work order for a subject; asked twice, made once."""
    order = NewOrder(area_id, subject, title, kind, priority, equipment_mrid, x, y)
    return WorkOrder.objects.get(pk=raise_work_orders(orders=[order], at=at)[subject])


def lock(*, subjects: Sequence[str]) -> None:
    """Hold the work on these subjects until the transaction ends: for who writes more than one and locks areas in between."""
    if subjects:
        orders = WorkOrder.objects.select_for_update(no_key=True).filter(subject__in=subjects).order_by("pk")
        on_them = Assignment.objects.filter(work_order__in=[order.pk for order in orders])
        list(on_them.select_for_update(no_key=True).order_by("pk").values_list("pk"))


@transaction.atomic
def assign_crew(*, actor: Actor, work_order_id: int, crew_key: str, at: dt.datetime) -> Assignment:
    """Put a crew on a work order.

    Raises:
        NotFound: no such order or crew.
        NotAuthorised: not in this area.
        AssignmentRefused: crew off shift or already on it, order closed.
    """
    order = _order(work_order_id)
    crew = crews.get_crew(crew_key)
    authority.require(actor=actor, action="dispatch_crew", area=order.area.key)
    if crew.shift != Crew.Shift.ON:
        raise AssignmentRefused(
            _("%(name)s is %(shift)s") % {"name": crew.name, "shift": crew.get_shift_display().lower()}, crew=crew_key
        )
    if order.state != WorkOrder.State.OPEN:
        raise AssignmentRefused(
            _("the work is %(state)s") % {"state": order.get_state_display().lower()}, work_order=work_order_id
        )
    try:
        with transaction.atomic():
            assignment = Assignment.objects.create(
                work_order=order, crew=crew, state="assigned", assigned_by=actor.name, assigned_at=at
            )
    except IntegrityError:
        raise AssignmentRefused(_("%(name)s is on it already") % {"name": crew.name}, crew=crew_key) from None
    audit.record(actor=actor, action="assign_crew", object_=order.subject, area=order.area.key, after=crew_key, at=at)
    _tell(assignment, actor, at)
    return assignment


@transaction.atomic
def report_progress(*, actor: Actor, assignment_id: int, state: str, note: str = "", at: dt.datetime) -> Assignment:
    """The crew (or the dispatcher by radio) says how far it is; the same state again changes nothing.

    Raises:
        AssignmentRefused: the step does not follow, or the crew is en route elsewhere.
    """
    assignment = _assignment(assignment_id)
    _require_reporter(actor, assignment)
    if assignment.state == state:
        return assignment
    if state not in NEXT.get(assignment.state, set()):
        words = _("%(crew)s is %(state)s: %(wanted)s cannot follow") % {
            "crew": assignment.crew.name,
            "state": assignment.get_state_display().lower(),
            "wanted": str(dict(Assignment.State.choices).get(state, state)).lower(),
        }
        raise AssignmentRefused(words, state=assignment.state, wanted=state)
    assignment.state, assignment.note = state, note or assignment.note
    if state in STAMP:
        setattr(assignment, STAMP[state], at)
    try:
        with transaction.atomic():
            assignment.save()
    except IntegrityError:
        raise AssignmentRefused(
            _("%(name)s is en route to another job") % {"name": assignment.crew.name}, crew=assignment.crew.key
        ) from None
    audit.record(
        actor=actor,
        action="report_work",
        object_=assignment.work_order.subject,
        area=assignment.work_order.area.key,
        after={"crew": assignment.crew.key, "state": state},
        reason=note,
        at=at,
    )
    _tell(assignment, actor, at)
    return assignment


@transaction.atomic
def close_work_order(*, actor: Actor, subject: str, state: str, at: dt.datetime) -> None:
    """The subject is done or gone: whoever is still on it is free."""
    order = WorkOrder.objects.select_for_update(no_key=True).filter(subject=subject, state="open").first()
    if order is None:
        return
    order.state, order.ended_at = state, at
    order.save(update_fields=["state", "ended_at"])
    for assignment in order.assignments.select_related("crew", "work_order").exclude(
        state__in=("completed", "released")
    ):
        assignment.state, assignment.ended_at = ("completed" if state == "completed" else "released"), at
        assignment.save(update_fields=["state", "ended_at"])
        _tell(assignment, actor, at)


@transaction.atomic
def hand_over(*, actor: Actor, subject: str, to: str, at: dt.datetime) -> None:
    """One subject takes over another: whoever is on the latter goes on under the former, and its work order is gone."""
    order = WorkOrder.objects.select_for_update(no_key=True).filter(subject=subject, state="open").first()
    if order is None:
        return
    target = WorkOrder.objects.get(subject=to)
    there = set(target.assignments.filter(state__in=LIVE).values_list("crew_id", flat=True))
    going_on = order.assignments.select_related("crew").filter(state__in=LIVE).exclude(crew_id__in=there)
    for assignment in going_on.order_by("pk"):
        assignment.work_order = target
        assignment.save(update_fields=["work_order"])
        _tell(assignment, actor, at)
    close_work_order(actor=actor, subject=subject, state=WorkOrder.State.CANCELLED, at=at)


def _order(work_order_id: int) -> WorkOrder:
    order = (
        WorkOrder.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(pk=work_order_id)
        .first()
    )
    if order is None:
        raise NotFound(_("no such work order"), work_order=work_order_id)
    return order


def _assignment(assignment_id: int) -> Assignment:
    found = (
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("crew", "work_order__area")
        .filter(pk=assignment_id)
        .first()
    )
    if found is None:
        raise NotFound(_("no such assignment"), assignment=assignment_id)
    return found


def _require_reporter(actor: Actor, assignment: Assignment) -> None:
    """A crew reports its own work only; the desk reports for all in its area."""
    if actor.roles == {"CRW"} and assignment.crew.user_id != actor.user_id:
        raise authority.NotAuthorised(f"{actor.name} is not {assignment.crew.name}", crew=assignment.crew.key)
    authority.require(actor=actor, action="report_work", area=assignment.work_order.area.key)


def _tell(assignment: Assignment, actor: Actor, at: dt.datetime) -> None:
    fact = AssignmentChanged(
        assignment.work_order.subject,
        assignment.work_order_id,
        assignment.crew.key,
        assignment.crew.name,
        assignment.state,
        at,
        actor.name,
        assignment.note,
    )
    events.publish(area_id=assignment.work_order.area_id, facts=[fact], at=at)
