"""Notices of planned outages: sent by people or when they are due, told otherwise, acknowledged by people or by message."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import audit, events
from outages.models import PlannedNotice, PlannedNoticeCustomer, PlannedOutage
from outages.selectors import planned_notices as reading
from outages.services import planned, planned_notices
from outages.services.incidents import SYSTEM
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
        words = _("it is %(state)s: customers are told of an approved one")
        raise PlannedOutageRefused(words % {"state": row.get_state_display().lower()}, planned=planned_id)
    if row.ends_at <= at:
        raise PlannedOutageRefused(_("its window is over"), planned=planned_id)
    notice = planned_notices.make(row, _kind(row), actor=actor, at=at)
    if notice is None:
        told = _("everybody has been told")
        words = told if row.customers.exists() else _("nobody loses supply: there is nobody to tell")
        raise PlannedOutageRefused(words, planned=planned_id)
    _notified(row, actor, at)
    return notice


def announce_due(*, at: dt.datetime) -> int:
    """Tell the customers of approved ones whose time to be told has come by the setting of their area; how many were told of.

    What has begun or is over is left to a person: its customers would hear of it too late to prepare.
    """
    waiting = PlannedOutage.objects.filter(state="approved", begins_at__gt=at, customers_known__gt=0)
    rows = list(waiting.select_related("area").order_by("pk"))
    return sum(_announce(row.pk, at) for row in rows if (due := reading.announced_at(row)) is not None and due <= at)


@transaction.atomic
def _announce(planned_id: int, at: dt.datetime) -> bool:
    with events.deferred():
        row = planned.locked(planned_id)
        if row is None or row.state != "approved":
            return False
        planned_notices.make(row, _kind(row), actor=SYSTEM, at=at)
        _notified(row, SYSTEM, at)  # without a round, too: everybody knew of this very window already
    return True


def _notified(row: PlannedOutage, actor: Actor, at: dt.datetime) -> None:
    if row.state == "approved":
        row.state, row.notified_at = "notified", row.notified_at or at
        row.save(update_fields=["state", "notified_at"])
    _audit(actor, row, "planned_outage_notified", at)
    planned.publish(row, "changed", "notified", at)


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
        raise Invalid(_("say how they were told"), field="how")
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
        raise Invalid(_("say who told it and how"), field="how")
    notice_id = PlannedNoticeCustomer.objects.filter(pk=customer_id).values_list("notice", flat=True).first()
    if notice_id is None:
        raise NotFound(_("no notice %(customer_id)s") % {"customer_id": customer_id}, notice=customer_id)
    row = _plan_of(notice_id, actor, "view_customer")  # the plan is locked before what hangs on it, as everywhere
    told = PlannedNoticeCustomer.objects.get(pk=customer_id)
    if not told.is_critical:
        raise PlannedOutageRefused(_("only critical customers are asked to acknowledge"), notice=customer_id)
    _acknowledged(told, row, actor, how, at)
    return told


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of a round: which round, which part of it, and what it told."""

    notice_id: int
    chunk: int
    verb: str


@transaction.atomic
def acknowledge_message(*, actor: Actor, sent: Sent, mrid: str, how: str, at: dt.datetime) -> PlannedNoticeCustomer:
    """Whoever tells the customers says that a critical one has acknowledged what this message told him.

    The same again changes nothing. A word about an earlier round stands with that round: a change since is to be acknowledged anew.

    Raises:
        NotFound: the message told nobody under this mRID.
        PlannedOutageRefused: the customer is not critical: nobody waits for his word.
        NotAuthorised: as it says.
    """
    row = _plan_of(sent.notice_id, actor, "enter_call")
    found = PlannedNoticeCustomer.objects.filter(notice_id=sent.notice_id, chunk=sent.chunk, verb=sent.verb, mrid=mrid)
    told = found.first()
    if told is None:
        raise NotFound(_("the message told nobody under %(mrid)s") % {"mrid": mrid}, mrid=mrid)
    if not told.is_critical:
        raise PlannedOutageRefused(_("only critical customers are asked to acknowledge"), notice=told.pk)
    if told.acknowledged_at is None:
        _acknowledged(told, row, actor, how, at)
    return told


def _acknowledged(told: PlannedNoticeCustomer, row: PlannedOutage, actor: Actor, how: str, at: dt.datetime) -> None:
    told.acknowledged_at, told.acknowledged_by = at, actor.label or actor.name
    told.acknowledged_how = how.strip()[:200]
    told.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledged_how"])
    _audit(actor, row, "planned_notice_acknowledged", at)
    planned.publish(row, "changed", "acknowledged", at)


def _plan_of(notice_id: int, actor: Actor, action: str) -> PlannedOutage:
    planned_id = PlannedNotice.objects.filter(pk=notice_id).values_list("planned_outage", flat=True).first()
    if planned_id is None:
        raise NotFound(_("no notice %(notice_id)s") % {"notice_id": notice_id}, notice=notice_id)
    return planned.held(actor, action, planned_id)


def _audit(actor: Actor, row: PlannedOutage, action: str, at: dt.datetime) -> None:
    audit.record(actor=actor, action=action, object_=f"planned_outage:{row.pk}", area=row.area.key, at=at)
