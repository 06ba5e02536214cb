"""What people do about notices of planned outages: send them, say that they were told otherwise, note who has acknowledged."""

import datetime as dt

from django.db import transaction

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import audit
from outages.models import PlannedNotice, PlannedNoticeCustomer, PlannedOutage
from outages.services import planned, planned_notices
from outages.services.planned import PlannedOutageRefused

State = PlannedNoticeCustomer.State


@transaction.atomic
def announce(*, actor: Actor, planned_id: int, at: dt.datetime) -> PlannedNotice:
    """Tell the customers of an approved planned outage; again, when they are other customers or another window by now.

    Raises:
        NotFound, NotAuthorised: as they say.
        PlannedOutageRefused: it is not approved, its window is over, or everybody knows.
    """
    row = planned.held(actor, "manage_planned_outage", planned_id)
    if row.state not in {"approved", "notified"}:
        words = f"it is {row.get_state_display().lower()}: customers are told of an approved one"
        raise PlannedOutageRefused(words, planned=planned_id)
    if row.ends_at <= at:
        raise PlannedOutageRefused("its window is over", planned=planned_id)
    notice = planned_notices.make(row, _kind(row), actor=actor, at=at)
    if notice is None:
        words = "everybody has been told" if row.customers.exists() else "nobody loses supply: there is nobody to tell"
        raise PlannedOutageRefused(words, planned=planned_id)
    if row.state == "approved":
        row.state, row.notified_at = "notified", row.notified_at or at
        row.save(update_fields=["state", "notified_at"])
    _audit(actor, row, "planned_outage_notified", at)
    planned.publish(row, "changed", "notified", at)
    return notice


def _kind(row: PlannedOutage) -> str:
    latest = row.notices.order_by("-number").first()
    if latest is None:
        return PlannedNotice.Kind.ANNOUNCED
    is_moved = (latest.begins_at, latest.ends_at) != (row.begins_at, row.ends_at)
    return PlannedNotice.Kind.WINDOW if is_moved else PlannedNotice.Kind.SCOPE


@transaction.atomic
def told_by_hand(*, actor: Actor, notice_id: int, how: str, at: dt.datetime) -> int:
    """The customers of a round whom no message reached were told in another way; how many.

    Raises:
        NotFound: no such round.
        Invalid: it must be said how.
        NotAuthorised: as it says.
    """
    if not how.strip():
        raise Invalid("say how they were told", field="how")
    row = _plan_of(notice_id, actor, "manage_planned_outage")
    rows = PlannedNoticeCustomer.objects.filter(notice_id=notice_id, state__in=(State.BY_HAND, State.REFUSED))
    by = actor.label or actor.name
    done = rows.update(state=State.DELIVERED, settled_at=at, detail=f"{how.strip()}, {by}"[:200])
    _audit(actor, row, "planned_notice_by_hand", at)
    return done


@transaction.atomic
def acknowledge(*, actor: Actor, customer_id: int, how: str, at: dt.datetime) -> PlannedNoticeCustomer:
    """A critical customer has said that he knows and is prepared.

    Raises:
        NotFound: no such notice.
        PlannedOutageRefused: the customer is not critical: nobody waits for his word.
        Invalid: it must be said how.
        NotAuthorised: as it says.
    """
    if not how.strip():
        raise Invalid("say who told it and how", field="how")
    told = PlannedNoticeCustomer.objects.select_for_update().filter(pk=customer_id).first()
    if told is None:
        raise NotFound(f"no notice {customer_id}", notice=customer_id)
    row = _plan_of(told.notice_id, actor, "view_customer")
    if not told.is_critical:
        raise PlannedOutageRefused("only critical customers are asked to acknowledge", notice=customer_id)
    told.acknowledged_at, told.acknowledged_by = at, actor.label or actor.name
    told.acknowledged_how = how.strip()[:200]
    told.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledged_how"])
    _audit(actor, row, "planned_notice_acknowledged", at)
    return told


def _plan_of(notice_id: int, actor: Actor, action: str) -> PlannedOutage:
    planned_id = PlannedNotice.objects.filter(pk=notice_id).values_list("planned_outage", flat=True).first()
    if planned_id is None:
        raise NotFound(f"no notice {notice_id}", notice=notice_id)
    return planned.held(actor, action, planned_id)


def _audit(actor: Actor, row: PlannedOutage, action: str, at: dt.datetime) -> None:
    audit.record(actor=actor, action=action, object_=f"planned_outage:{row.pk}", area=row.area.key, at=at)
