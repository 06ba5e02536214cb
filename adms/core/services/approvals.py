"""A second person: asked for one thing, answers yes or no, and the word is good once and not for long.

The one who is asked is never the one who asks, nor another account of the same person; the table itself refuses that too.
"""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.control_events import ApprovalChanged
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import Approval, ControlArea
from adms.core.services import audit, authority, events

#: One of the two must be a senior operator: an operator asks a senior one, a senior one asks anybody who operates.
ANY, SENIOR = "second_word", "second_word_senior"
GOOD_FOR = runtime_settings.declare(
    "control.second_person_s",
    600,
    unit="s",
    help_=gettext_noop("How long a second person's word is waited for, and how long it is good once given."),
)


class NotSecond(Refused):
    """Nobody is their own second person."""

    code = "not_second_person"
    status = 403


class NoApproval(Refused):
    """A second person's word is needed and there is none; `data["cause"]` is the IEC 61850 AddCause word."""

    code = "second_person_needed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants a second person's word on."""

    action: str
    object: str
    area: str  # "": of no area
    words: str
    reason: str
    needs: str = ""  # a right; by default whatever makes one of the two a senior operator
    details: dict[str, Any] = field(default_factory=dict)
    lasts: dt.timedelta | None = None  # how long it is waited for; by default as long as at the desk


@transaction.atomic
def ask(*, actor: Actor, wanted: Wanted, at: dt.datetime) -> Approval:
    """Ask for a second person; what the actor has asked for before and still waits for is what they get.

    Raises:
        Invalid: no reason.
    """
    if len(wanted.reason.strip()) < 3:
        raise Invalid(_("say why: the second person reads it"), field="reason")
    area = ControlArea.objects.get(key=wanted.area) if wanted.area else None
    _expire(at)
    same = Q(action=wanted.action, object=wanted.object, asked_person=actor.identity, state="waiting")
    standing = Approval.objects.filter(same).first()
    if standing is not None and standing.details == wanted.details:
        return standing
    Approval.objects.filter(action=wanted.action, object=wanted.object, asked_person=actor.identity).filter(
        state__in=("waiting", "approved")
    ).update(state="withdrawn")
    row = Approval.objects.create(
        action=wanted.action,
        object=wanted.object[:200],
        area=area,
        words=wanted.words[:400],
        details=wanted.details,
        needs=wanted.needs or (ANY if actor.may(SENIOR, wanted.area or None) else SENIOR),
        reason=wanted.reason[:400],
        asked_by=actor.name,
        asked_person=actor.identity,
        asked_at=at,
        expires_at=at + wanted.lasts if wanted.lasts else _until(wanted.area, at),
    )
    _tell(actor, "ask_second_person", row, wanted.reason, at)
    return row


@transaction.atomic
def decide(*, actor: Actor, approval_id: uuid.UUID, is_yes: bool, reason: str = "", at: dt.datetime) -> Approval:
    """Give one's word, or decline.

    Raises:
        NotFound: nothing of this number waits (any more).
        NotAuthorised: not one whose word counts here.
        NotSecond: it is one's own, by this or another account.
    """
    row = (
        Approval.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(pk=approval_id)
        .first()
    )
    if row is None or row.state != Approval.State.WAITING or row.expires_at <= at:
        raise NotFound(_("nobody waits for this word any more"), approval=str(approval_id))
    if row.asked_person == actor.identity:
        raise NotSecond(
            _("the one who asks is never the second person, not by another account either"), asked_by=row.asked_by
        )
    authority.require(actor=actor, action=row.needs, area=_key(row) or None)
    row.state = Approval.State.APPROVED if is_yes else Approval.State.DECLINED
    row.decided_by, row.decided_person, row.decided_at = actor.name, actor.identity, at
    row.decided_reason, row.expires_at = reason[:400], _until(_key(row), at)
    row.save()
    _tell(actor, "give_second_word" if is_yes else "decline_second_word", row, reason, at)
    return row


@transaction.atomic
def withdraw(*, actor: Actor, approval_id: uuid.UUID, at: dt.datetime) -> Approval:
    """The one who asked does not want it any more.

    Raises:
        NotFound: nothing of this number of theirs waits.
    """
    found = Approval.objects.select_for_update(of=("self",), no_key=True).select_related("area")
    row = found.filter(pk=approval_id, asked_person=actor.identity, state__in=("waiting", "approved")).first()
    if row is None:
        raise NotFound(_("you have not asked for this, or it is over"), approval=str(approval_id))
    row.state = Approval.State.WITHDRAWN
    row.save(update_fields=["state"])
    _tell(actor, "withdraw_second_word", row, "", at)
    return row


def given(
    *, actor: Actor, action: str, object_: str, details: dict[str, Any] | None = None, at: dt.datetime
) -> Approval | None:
    """The word the actor was given for this and has not used; with `details`, only one that was given for just these."""
    found = Approval.objects.filter(
        action=action, object=object_, asked_person=actor.identity, state="approved", expires_at__gt=at
    ).first()
    return found if found is not None and (details is None or found.details == details) else None


@transaction.atomic
def use(*, actor: Actor, action: str, object_: str, details: dict[str, Any] | None = None, at: dt.datetime) -> Approval:
    """Use up the word given for this: the second time there is none.

    Raises:
        NoApproval: nobody has given it, or it has run out or been used.
    """
    found = given(actor=actor, action=action, object_=object_, details=details, at=at)
    taken = found and Approval.objects.filter(pk=found.pk, state="approved").update(state="used", used_at=at)
    if not found or not taken:
        raise NoApproval(
            _("%(action)s needs a second person's word") % {"action": action.replace("_", " ")},
            cause="no-access-authority",
            needs="second_person",
        )
    return found


@transaction.atomic
def spend(*, approval_id: uuid.UUID, at: dt.datetime) -> None:
    """Use up a word in the same transaction it is given in, where what was asked for is done with the word itself.

    Raises:
        NoApproval: it was not given, or is used already.
    """
    if not Approval.objects.filter(pk=approval_id, state="approved").update(state="used", used_at=at):
        raise NoApproval(_("nobody has given this word"), needs="second_person")


def find(approval_id: uuid.UUID) -> Approval:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    found = Approval.objects.select_related("area").filter(pk=approval_id).first()
    if found is None:
        raise NotFound(_("nobody has asked for this"), approval=str(approval_id))
    return found


def waiting(*, actor: Actor, at: dt.datetime) -> QuerySet[Approval]:
    """What waits for the actor's word, oldest first."""
    found = Approval.objects.select_related("area").filter(state="waiting", expires_at__gt=at)
    found = found.exclude(asked_person=actor.identity)
    allowed = Q(pk=None)
    for needs in (ANY, SENIOR):
        places = actor.areas_for(needs)
        allowed |= Q(needs=needs) if places is None else Q(needs=needs, area__key__in=places)
        if places:
            allowed |= Q(needs=needs, area=None)
    return found.filter(allowed).order_by("asked_at", "pk")


def waiting_for(*, action: str, at: dt.datetime) -> QuerySet[Approval]:
    """What waits for a word on this action, oldest first, whoever may give it."""
    found = Approval.objects.select_related("area").filter(action=action, state="waiting", expires_at__gt=at)
    return found.order_by("asked_at", "pk")


def asked(*, actor: Actor, at: dt.datetime) -> QuerySet[Approval]:
    """What the actor has asked for and can still be given or used."""
    found = Approval.objects.select_related("area").filter(asked_person=actor.identity, expires_at__gt=at)
    return found.filter(state__in=("waiting", "approved", "declined")).order_by("-asked_at", "pk")


def _expire(at: dt.datetime) -> None:
    Approval.objects.filter(state__in=("waiting", "approved"), expires_at__lte=at).update(state="expired")


def _until(area: str, at: dt.datetime) -> dt.datetime:
    return at + dt.timedelta(seconds=runtime_settings.get(GOOD_FOR, area))


def _key(row: Approval) -> str:
    return row.area.key if row.area else ""


def _tell(actor: Actor, action: str, row: Approval, reason: str, at: dt.datetime) -> None:
    after = {"action": row.action, "words": row.words, "asked_by": row.asked_by}
    audit.record(actor=actor, action=action, object_=row.object, area=_key(row), after=after, reason=reason, at=at)
    told_in = row.area_id or ControlArea.objects.order_by("pk").values_list("pk", flat=True).first()
    if told_in is not None:
        fact = ApprovalChanged(str(row.pk), row.action, row.state, row.asked_by, at)
        events.publish(area_id=told_in, facts=[fact], at=at)
