"""A person proves once more who they are: the password again, in the session that asks for something grave.

A stolen session does not know the password; that is the point.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.models import AuditEntry, StepUp, User
from adms.core.services import audit

GOOD_FOR = runtime_settings.declare(
    "control.step_up_s",
    300,
    unit="s",
    help_=gettext_noop("How long a password typed again is good for operations beyond the size and rate guard."),
)
FAILURES = 5
WINDOW = dt.timedelta(minutes=15)


class WrongPassword(Refused):
    """It is not the password of this account, or there were too many tries."""

    code = "wrong_password"
    status = 403


def confirm(*, actor: Actor, password: str, at: dt.datetime) -> StepUp:
    """The password again.

    Raises:
        WrongPassword: wrong, or too many wrong ones before; on the audit trail either way.
    """
    user = User.objects.filter(pk=actor.user_id or 0, is_active=True).first()
    is_locked = _failures(actor, at) >= FAILURES
    if user is None or is_locked or not user.check_password(password):
        words = (
            gettext("too many wrong passwords: wait a quarter of an hour")
            if is_locked
            else gettext("that is not your password")
        )
        audit.record(actor=actor, action="step_up", object_=actor.name, result="refused", reason=words, at=at)
        raise WrongPassword(words)
    with transaction.atomic():
        row, _ = StepUp.objects.update_or_create(user=user, defaults={"session": actor.session, "at": at})
        audit.record(actor=actor, action="step_up", object_=actor.name, at=at)
    return row


def is_fresh(*, actor: Actor, at: dt.datetime) -> bool:
    """Whether the actor has typed their password again in this very session, lately."""
    since = at - dt.timedelta(seconds=runtime_settings.get(GOOD_FOR))
    return StepUp.objects.filter(user_id=actor.user_id or 0, session=actor.session, at__gt=since, at__lte=at).exists()


def _failures(actor: Actor, at: dt.datetime) -> int:
    found = AuditEntry.objects.filter(
        object=actor.name, action="step_up", result="refused", recorded_at__gt=at - WINDOW
    )
    return found.count()
