"""The second factor of signing in: a code of an authenticator app, or one of the recovery codes that were shown once.

The secret is kept encrypted by a key made of SECRET_KEY, so that a copy of the database alone signs nobody in. A code counts once.
After five wrong ones in a quarter of an hour an account waits.
"""

import base64
import datetime as dt
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import permissions, runtime_settings, totp
from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.models import AuditEntry, RoleGrant, SecondFactor, User
from adms.core.services import audit

REQUIRED = runtime_settings.declare(
    "accounts.second_factor",
    "",
    help_=gettext_noop(
        "Roles whose people sign in with a second factor: keys with commas, for example ADM,SOP. Who has none yet sets it up at "
        "the next sign-in."
    ),
)
FAILURES = 5
WINDOW = dt.timedelta(minutes=15)
RECOVERY_CODES = 8


class WrongCode(Refused):
    """Not the code of now, used already, or there were too many tries."""

    code = "wrong_code"
    status = 422


class AlreadySet(Refused):
    """A second factor is there; it is removed before another is set up."""

    code = "second_factor_set"


def of(user: User) -> SecondFactor | None:
    """The second factor of an account, once it was confirmed."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).first()


def is_wanted(user: User) -> bool:
    """Whether one of the account's roles needs a second factor and it has none."""
    wanted = {key.strip() for key in str(runtime_settings.get(REQUIRED)).split(",")} & permissions.ROLES.keys()
    if not wanted or not RoleGrant.objects.filter(user=user, role__in=wanted).exists():
        return False
    return of(user) is None


@transaction.atomic
def begin(*, user: User) -> bytes:
    """A secret to put into an app; the one that was begun and never confirmed, if there is one.

    Raises:
        AlreadySet: the account has a second factor.
    """
    row, made = SecondFactor.objects.select_for_update(no_key=True).get_or_create(user=user)
    if row.confirmed_at is not None:
        raise AlreadySet(_("this account has a second factor already"))
    opened = None if made else _open(row)
    if opened is None:
        opened = totp.new_secret()
        row.secret = _fernet().encrypt(opened).decode()
        row.save(update_fields=["secret"])
    return opened


@transaction.atomic
def confirm(*, actor: Actor, user: User, typed: str, at: dt.datetime) -> list[str]:
    """The app shows the right code: from now on signing in needs it. Recovery codes, shown this once.

    Raises:
        WrongCode: it does not.
    """
    row = SecondFactor.objects.select_for_update(no_key=True).filter(user=user, confirmed_at=None).first()
    secret = _open(row) if row else None
    step = totp.step_of(_digits(typed), secret, now=at.timestamp(), after=0) if secret else None
    if row is None or step is None:
        raise WrongCode(_("that is not the code of now; look whether the clock of your phone is right"))
    codes = ["-".join((secrets.token_hex(2), secrets.token_hex(2))) for _each in range(RECOVERY_CODES)]
    row.confirmed_at, row.last_step, row.recovery = at, step, [_digest(one) for one in codes]
    row.save()
    audit.record(actor=actor, action="set_second_factor", object_=user.username, at=at)
    return codes


def check(*, actor: Actor, user: User, typed: str, at: dt.datetime) -> None:
    """A code of the app that was not used before, or a recovery code, which is used up.

    Raises:
        WrongCode: neither; or there were too many wrong ones. On the audit trail either way.
    """
    failures = AuditEntry.objects.filter(
        object=user.username, action="second_factor", result="refused", recorded_at__gt=at - WINDOW
    )
    is_locked = failures.count() >= FAILURES
    if is_locked or not _take(user, typed, at):
        words = _("too many wrong codes: wait a quarter of an hour") if is_locked else _("that is not the code of now")
        audit.record(actor=actor, action="second_factor", object_=user.username, result="refused", reason=words, at=at)
        raise WrongCode(words)


def remove(*, actor: Actor, user: User, typed: str, at: dt.datetime) -> None:
    """A person's own second factor, by a code of it.

    Raises:
        WrongCode: as `check`.
    """
    check(actor=actor, user=user, typed=typed, at=at)
    SecondFactor.objects.filter(user=user).delete()
    audit.record(actor=actor, action="remove_second_factor", object_=user.username, at=at)


@transaction.atomic
def _take(user: User, typed: str, at: dt.datetime) -> bool:
    row = SecondFactor.objects.select_for_update(no_key=True).filter(user=user).exclude(confirmed_at=None).first()
    secret = _open(row) if row else None
    if row is None or secret is None:
        return False
    step = totp.step_of(_digits(typed), secret, now=at.timestamp(), after=row.last_step)
    recovery = _digest(typed.strip().lower())
    if step is None and recovery not in row.recovery:
        return False
    row.last_step = step or row.last_step
    row.recovery = row.recovery if step else [one for one in row.recovery if one != recovery]
    row.save(update_fields=["last_step", "recovery"])
    return True


def _digits(typed: str) -> str:
    return "".join(typed.split())[:12]


def _digest(recovery: str) -> str:
    return hashlib.sha256(recovery.encode()).hexdigest()


def _fernet() -> Fernet:
    key = hashlib.sha256(b"second factor " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _open(row: SecondFactor) -> bytes | None:
    """The secret; None where it was never written, or under another SECRET_KEY."""
    try:
        return _fernet().decrypt(row.secret.encode())
    except InvalidToken:
        return None
