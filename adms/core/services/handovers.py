"""Handing a shift over: the outgoing person signs what is open, the incoming one accepts it, and the area's authority goes with it.

Two persons always: nobody accepts what they signed themselves, from whichever of their accounts. What was signed is kept as it was.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.control_events import HandoverChanged
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import ControlArea, Handover, ShiftEntry, User
from adms.core.services import areas, audit, authority, events, leases

ACTION = "hand_over_shift"


class NotYours(Refused):
    """The handover is between others, or is over."""

    code = "handover_of_others"
    status = 409


@transaction.atomic
def sign(
    *, actor: Actor, area: str, to: str, note: str, contents: Sequence[dict[str, Any]], at: dt.datetime
) -> Handover:
    """Sign an area over to another person, with what is open in it. Whoever holds its authority offers that with it.

    Raises:
        NotFound: no such area or account.
        NotAuthorised: not of the desk there.
        NotYours: it is handed over already.
        Invalid: to oneself, or to somebody who may not take it.
    """
    found = ControlArea.objects.filter(key=area).first()
    if found is None:
        raise NotFound(_("no control area %(area)s") % {"area": area}, area=area)
    authority.require(actor=actor, action=ACTION, area=area)
    other = _other(actor, to, found)
    areas.lock([found.pk])
    if Handover.objects.filter(area=found, state=Handover.State.WAITING).exists():
        raise NotYours(_("%(area)s is handed over already; withdraw that first") % {"area": found.name})
    lease = leases.of_area(found.pk, at)
    holds = lease is not None and lease.person == actor.identity
    row = Handover.objects.create(
        area=found,
        contents=list(contents),
        note=note.replace("\0", "").strip()[:2000],
        with_area=holds,
        outgoing=actor.name,
        outgoing_person=actor.identity,
        outgoing_label=actor.label[:200],
        signed_at=at,
        incoming=other.name,
        incoming_label=other.label[:200],
    )
    told = {"handover": row.pk, "to": other.name, "with_area": holds}
    audit.record(actor=actor, action="sign_handover", object_=area, area=area, after=told, at=at)
    if holds:
        leases.offer(actor=actor, area=area, to=other.name, at=at)
    _publish(row, at)
    return row


@transaction.atomic
def accept(*, actor: Actor, handover_id: int, at: dt.datetime) -> Handover:
    """Take it over, with the area's authority where that was offered.

    Raises:
        NotFound: no such handover.
        NotAuthorised: not of the desk there (any more).
        NotYours: it is for somebody else, one signed it oneself, or it is over.
        AreaHeld: somebody else has taken the area meanwhile.
    """
    row = _waiting(handover_id)
    authority.require(actor=actor, action=ACTION, area=row.area.key)
    if row.incoming != actor.name or row.outgoing_person == actor.identity:
        raise NotYours(_("only %(who)s accepts this") % {"who": row.incoming_label or row.incoming})
    if row.with_area:
        _take_over(actor, row, at)
    row.incoming_person = actor.identity
    _end(actor, row, Handover.State.ACCEPTED, "", at)
    ShiftEntry.objects.create(
        area=row.area,
        kind=ShiftEntry.Kind.HANDOVER,
        text=_("%(one)s handed over to %(other)s")
        % {"one": row.outgoing_label or row.outgoing, "other": row.incoming_label or row.incoming},
        link=f"/shift/handovers/{row.pk}/",
        about=_("Handover %(number)d") % {"number": row.pk},
        occurred_at=at,
        recorded_at=at,
        reference=f"handover:{row.pk}",
    )
    _publish(row, at)
    return row


@transaction.atomic
def end(*, actor: Actor, handover_id: int, reason: str, at: dt.datetime) -> Handover:
    """Decline it as the incoming person, or withdraw it as the outgoing one; the area stays where it is.

    Raises:
        NotFound: no such handover.
        NotYours: between others, or over.
        Invalid: declined without a reason.
    """
    row = _waiting(handover_id)
    is_own = row.outgoing_person == actor.identity
    if not is_own and row.incoming != actor.name:
        raise NotYours(_("this is between %(one)s and %(other)s") % {"one": row.outgoing, "other": row.incoming})
    if not is_own and len(reason.strip()) < 3:
        raise Invalid(_("say why you decline"), field="reason")
    lease = leases.of_area(row.area_id, at)
    if row.with_area and lease is not None and lease.offered_to == row.incoming:
        leases.decline(actor=actor, area=row.area.key, at=at)
    _end(actor, row, Handover.State.WITHDRAWN if is_own else Handover.State.DECLINED, reason, at)
    _publish(row, at)
    return row


def _other(actor: Actor, to: str, area: ControlArea) -> Actor:
    user = User.objects.filter(username=to, is_active=True).first()
    if user is None:
        raise NotFound(_("no account %(to)s") % {"to": to}, account=to)
    other = authority.actor_for(user, way="system")
    if other.identity == actor.identity:
        raise Invalid(_("that is yourself: a handover needs two persons"), field="to")
    if not other.may(ACTION, area.key):
        raise Invalid(_("%(who)s has no desk in %(area)s") % {"who": to, "area": area.name}, field="to")
    return other


def _waiting(handover_id: int) -> Handover:
    """Locked, behind the lock of its area."""
    found = Handover.objects.filter(pk=handover_id).first()
    if found is None:
        raise NotFound(_("no handover %(handover_id)s") % {"handover_id": handover_id}, handover=handover_id)
    areas.lock([found.area_id])
    row = Handover.objects.select_for_update(of=("self",), no_key=True).select_related("area").get(pk=handover_id)
    if row.state != Handover.State.WAITING:
        raise NotYours(_("this handover is over: %(state)s") % {"state": row.get_state_display().lower()})
    return row


def _take_over(actor: Actor, row: Handover, at: dt.datetime) -> None:
    """The lease as it stands now: still offered, ours already, or run out meanwhile and free."""
    lease = leases.of_area(row.area_id, at)
    if lease is None:
        leases.take(actor=actor, area=row.area.key, reason=_("handover"), at=at)
    elif lease.person != actor.identity:
        leases.accept(actor=actor, area=row.area.key, at=at)


def _end(actor: Actor, row: Handover, state: str, reason: str, at: dt.datetime) -> None:
    row.state, row.reason, row.ended_at, row.ended_by = state, reason.strip()[:300], at, actor.name
    row.save(update_fields=["state", "reason", "ended_at", "ended_by", "incoming_person"])
    area = row.area.key
    audit.record(
        actor=actor, action="end_handover", object_=area, area=area, after={"handover": row.pk, "state": state},
        reason=row.reason, at=at,
    )  # fmt: skip


def _publish(row: Handover, at: dt.datetime) -> None:
    fact = HandoverChanged(row.pk, row.area.key, row.state, row.outgoing, row.incoming, at)
    events.publish(area_id=row.area_id, facts=[fact], at=at)
