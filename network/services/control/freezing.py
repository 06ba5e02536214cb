"""Freeze remote control: one key stops every automation and every command at once; two people lift it again.

The gate holds a shared lock while it decides, freezing takes it alone: what passed before is written, after it nothing passes. What is
written but not yet sent is asked for once more just before it is sent (`following.is_waiting`).
"""

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, Refused
from adms.core.models import Approval, ControlArea
from adms.core.services import approvals, audit, authority, events
from adms.core.services.approvals import Wanted
from network.events import RemoteControlFrozen
from network.models import ControlFreeze, Operation

FREEZE, UNFREEZE = "freeze_control", "unfreeze_control"
EVERYTHING = "remote control"
_KEY = 61850  # of the advisory lock


class NotFrozen(Refused):
    """There is nothing to lift."""

    code = "not_frozen"


def present() -> ControlFreeze | None:
    """The freeze that stands, if one does."""
    return ControlFreeze.objects.filter(lifted_at=None).first()


def is_frozen() -> bool:
    """Whether remote control and all automation are stopped."""
    return ControlFreeze.objects.filter(lifted_at=None).exists()


def share() -> None:
    """For the rest of the transaction nobody can freeze: taken by the gate before any area's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_KEY])


@transaction.atomic
def freeze(*, actor: Actor, reason: str, at: dt.datetime) -> ControlFreeze:
    """Stop all automation and all commands, everywhere, now. Freezing what is frozen changes nothing.

    Raises:
        NotAuthorised: not one who may.
        Invalid: no reason.
    """
    authority.require(actor=actor, action=FREEZE)
    if len(reason.strip()) < 3:
        raise Invalid(_("say why in a word or two: everybody reads it"), field="reason")
    _alone()
    standing = present()
    if standing is not None:
        return standing
    row = ControlFreeze.objects.create(frozen_by=actor.name, person=actor.identity, reason=reason[:400], frozen_at=at)
    selected = Operation.objects.filter(state="selected", is_telemetered=True)
    given_back = selected.update(state="cancelled", result="remote control was frozen", ended_at=at)
    audit.record(actor=actor, action=FREEZE, object_=EVERYTHING, after={"given_back": given_back}, reason=reason, at=at)
    _tell(RemoteControlFrozen(is_frozen=True, by=actor.name, reason=reason, at=at), at)
    return row


def ask_to_lift(*, actor: Actor, reason: str, at: dt.datetime) -> Approval:
    """Ask for the second person that lifting a freeze needs.

    Raises:
        NotAuthorised: not one who may lift it.
        NotFrozen: nothing is frozen.
        Invalid: no reason.
    """
    authority.require(actor=actor, action=UNFREEZE)
    standing = present()
    if standing is None:
        raise NotFrozen(_("remote control is not frozen"))
    words = f"Lift the freeze of remote control that {standing.frozen_by} made: {standing.reason}"
    return approvals.ask(actor=actor, wanted=Wanted(UNFREEZE, EVERYTHING, "", words, reason), at=at)


@transaction.atomic
def lift(*, actor: Actor, reason: str = "", at: dt.datetime) -> ControlFreeze:
    """Let commands and automation go again, with the word of a second person.

    Raises:
        NotAuthorised: not one who may.
        NotFrozen: nothing is frozen.
        NoApproval: no second person has said yes.
    """
    authority.require(actor=actor, action=UNFREEZE)
    _alone()
    row = present()
    if row is None:
        raise NotFrozen(_("remote control is not frozen"))
    word = approvals.use(actor=actor, action=UNFREEZE, object_=EVERYTHING, at=at)
    row.lifted_by, row.lifted_with, row.lifted_at = actor.name, word.decided_by, at
    row.lifted_reason = (reason or word.reason)[:400]
    row.save()
    after = {"second_person": word.decided_by}
    audit.record(actor=actor, action=UNFREEZE, object_=EVERYTHING, after=after, reason=row.lifted_reason, at=at)
    _tell(RemoteControlFrozen(is_frozen=False, by=actor.name, reason=row.lifted_reason, at=at), at)
    return row


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])


def _tell(fact: RemoteControlFrozen, at: dt.datetime) -> None:
    """In the log of every area: each browser follows its areas' numbers."""
    events.publish_all(facts={key: [fact] for key in ControlArea.objects.values_list("pk", flat=True)}, at=at)
