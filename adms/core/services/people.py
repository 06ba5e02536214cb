"""Administering accounts: make them, give and take roles, new passwords, ended sessions. All of it on the audit trail.

Nobody changes the rights, the state or the person of their own account, whichever of their accounts they use for it; and somebody who
may administer accounts is always left.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from adms.core import permissions, persons
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import ApiToken, ControlArea, RoleGrant, SecondFactor, User
from adms.core.services import audit, authority, leases

ACTION = "manage_accounts"
_LOCK = "accounts"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that are read for others


class OwnAccount(Refused):
    """Nobody administers themselves."""

    code = "own_account"
    status = 403


class LastAdministrator(Refused):
    """Nobody would be left who could administer accounts."""

    code = "last_administrator"
    status = 409


@dataclass(frozen=True, slots=True)
class Details:
    """What an account says of who uses it. `person` joins several accounts of one person."""

    first_name: str
    last_name: str
    email: str = ""
    person: str = ""


@transaction.atomic
def create(*, actor: Actor, username: str, details: Details, at: dt.datetime) -> tuple[User, str]:
    """A new account without roles, and its first password, which is shown once.

    Raises:
        NotAuthorised: no administrator.
        Invalid: no such name can be, it is taken, or nobody stands behind it.
    """
    authority.require(actor=actor, action=ACTION)
    name = username.strip()
    user = User(username=name, **_fields(details))
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        field, words = next(iter(error.message_dict.items()))
        raise Invalid(" ".join(words), field=field) from None
    password = _password()
    user.set_password(password)
    user.is_password_first = True
    user.save()
    audit.record(actor=actor, action="create_user", object_=name, after=_told(user), at=at)
    return user, password


@transaction.atomic
def describe(*, actor: Actor, username: str, details: Details, at: dt.datetime) -> User:
    """Change names, address and person of an account.

    Raises:
        NotFound, NotAuthorised, OwnAccount, Invalid: as the names say.
    """
    user = _others(actor, username)
    before = _told(user)
    for name, value in _fields(details).items():
        setattr(user, name, value)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        field, words = next(iter(error.message_dict.items()))
        raise Invalid(" ".join(words), field=field) from None
    user.save(update_fields=list(_fields(details)))
    audit.record(actor=actor, action="change_user", object_=username, before=before, after=_told(user), at=at)
    return user


@transaction.atomic
def grant(*, actor: Actor, username: str, role: str, area: str, at: dt.datetime) -> None:
    """Give a role, in one area or (empty) in all. Given twice it is given once.

    Raises:
        NotFound, NotAuthorised, OwnAccount: as the names say.
        Invalid: no such role; or an external system's, which its partner has.
    """
    user = _others(actor, username)
    if role not in permissions.ROLES:
        raise Invalid(_("no role is called so"), field="role")
    row, made = RoleGrant.objects.get_or_create(user=user, role=role, area=_area(area))
    if made:
        audit.record(actor=actor, action="grant_role", object_=username, area=area, after={"role": row.role}, at=at)


@transaction.atomic
def revoke(*, actor: Actor, username: str, grant_id: int, at: dt.datetime) -> None:
    """Take a role away.

    Raises:
        NotFound, NotAuthorised, OwnAccount, LastAdministrator: as the names say.
    """
    user = _others(actor, username)
    row = RoleGrant.objects.select_related("area").filter(user=user, pk=grant_id).first()
    if row is None:
        raise NotFound(_("%(username)s holds no such role") % {"username": username}, grant=grant_id)
    area = row.area.key if row.area else ""
    row.delete()
    _somebody_is_left()
    audit.record(actor=actor, action="revoke_role", object_=username, area=area, before={"role": row.role}, at=at)


@transaction.atomic
def deactivate(*, actor: Actor, username: str, reason: str, at: dt.datetime) -> User:
    """Nobody signs in by this account any more; its sessions end, its tokens rest, the areas it holds become free.

    Raises:
        NotFound, NotAuthorised, OwnAccount, LastAdministrator: as the names say.
        Invalid: no reason.
    """
    user = _others(actor, username)
    if len(reason.strip()) < 3:
        raise Invalid(_("say why"), field="reason")
    if not user.is_active:
        return user
    user.is_active = False
    user.save(update_fields=["is_active"])
    _somebody_is_left()
    ended = _end_sessions(user)
    freed = leases.free(actor=actor, holder=username, at=at)
    after = {"sessions": ended, "areas": freed, "tokens": ApiToken.objects.filter(user=user, is_active=True).count()}
    audit.record(actor=actor, action="deactivate_user", object_=username, after=after, reason=reason[:400], at=at)
    return user


@transaction.atomic
def activate(*, actor: Actor, username: str, at: dt.datetime) -> User:
    """Let it sign in again, with the roles it had.

    Raises:
        NotFound, NotAuthorised, OwnAccount: as the names say.
    """
    user = _others(actor, username)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit.record(actor=actor, action="activate_user", object_=username, at=at)
    return user


@transaction.atomic
def renew_password(*, actor: Actor, username: str, at: dt.datetime) -> str:
    """A new password, which is shown once; sessions under the old one end, and a lock after wrong ones is lifted.

    Raises:
        NotFound, NotAuthorised, OwnAccount: as the names say; one's own is changed by who knows it.
    """
    user = _others(actor, username)
    password = _password()
    user.set_password(password)
    user.is_password_first = True
    user.save(update_fields=["password", "is_password_first"])
    ended = _end_sessions(user)
    reset(username=username)
    audit.record(actor=actor, action="renew_password", object_=username, after={"sessions": ended}, at=at)
    return password


@transaction.atomic
def remove_second_factor(*, actor: Actor, username: str, at: dt.datetime) -> None:
    """The phone is lost: the password alone signs in again, until its person sets up another app.

    Raises:
        NotFound, NotAuthorised, OwnAccount: as the names say.
    """
    user = _others(actor, username)
    removed, _rows = SecondFactor.objects.filter(user=user).delete()
    ended = _end_sessions(user)
    after = {"removed": bool(removed), "sessions": ended}
    audit.record(actor=actor, action="remove_second_factor", object_=username, after=after, at=at)


@transaction.atomic
def end_sessions(*, actor: Actor, username: str, at: dt.datetime) -> int:
    """Sign an account out everywhere.

    Raises:
        NotFound, NotAuthorised, OwnAccount: as the names say.
    """
    user = _others(actor, username)
    ended = _end_sessions(user)
    audit.record(actor=actor, action="end_sessions", object_=username, after={"sessions": ended}, at=at)
    return ended


@transaction.atomic
def change_own_password(*, actor: Actor, old: str, new: str, at: dt.datetime) -> User:
    """A person's own new password, by the old one; their other sessions end.

    Raises:
        Invalid: the old one is wrong, or the new one is too weak.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=actor.user_id or 0, is_active=True).first()
    if user is None or not user.check_password(old):
        audit.record(actor=actor, action="change_password", object_=actor.name, result="refused", at=at)
        raise Invalid(_("that is not your present password"), field="old")
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="new") from None
    if new == old:
        raise Invalid(_("that is the present password"), field="new")
    user.set_password(new)
    user.is_password_first = False
    user.save(update_fields=["password", "is_password_first"])
    audit.record(actor=actor, action="change_password", object_=actor.name, at=at)
    return user


def _others(actor: Actor, username: str) -> User:
    """The account of somebody else, locked; changes of accounts go one after the other, so that two cannot take the last two away."""
    authority.require(actor=actor, action=ACTION)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_LOCK])
    user = User.objects.select_for_update(no_key=True).filter(username=username).first()
    if user is None:
        raise NotFound(_("no account %(username)s") % {"username": username}, account=username)
    is_same = actor.user_id is not None and persons.are_same(actor.user_id, user.pk)
    if user.username == actor.name or is_same or actor.identity in {user.person, user.username}:
        raise OwnAccount(_("nobody administers an account of their own: another administrator does"))
    return user


def _somebody_is_left() -> None:
    roles = permissions.ACTIONS[ACTION]
    if not User.objects.filter(is_active=True, grants__role__in=roles).exists():
        raise LastAdministrator(_("nobody would be left who administers accounts"))


def _area(key: str) -> ControlArea | None:
    if not key:
        return None
    found = ControlArea.objects.filter(key=key).first()
    if found is None:
        raise NotFound(_("no control area %(key)s") % {"key": key}, area=key)
    return found


def _fields(details: Details) -> dict[str, str]:
    if not details.first_name.strip() and not details.last_name.strip():
        raise Invalid(_("an account says who uses it"), field="last_name")
    return {
        "first_name": details.first_name.strip(),
        "last_name": details.last_name.strip(),
        "email": details.email.strip(),
        "person": details.person.strip(),
    }


def _end_sessions(user: User) -> int:
    """Sessions of an account that have not run out; there are as many as people at consoles, so all are looked at."""
    own = [row for row in Session.objects.all() if row.get_decoded().get("_auth_user_id") == str(user.pk)]
    return Session.objects.filter(pk__in=[row.pk for row in own]).delete()[0]


def _password() -> str:
    """About 79 bits, easily read to somebody over the phone."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def _told(user: User) -> dict[str, str]:
    return {"name": user.get_full_name(), "email": user.email, "person": user.person}
