"""Accounts, grants and tokens."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext

from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.models import ApiToken, ControlArea, RoleGrant, User
from adms.core.services import audit

THEMES = ("auto", "night", "day")


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256 (it carries 256 random bits, so needs no salt or stretching)."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    username: str,
    password: str | None,
    full_name: str,
    grants: list[tuple[str, str | None]],
    at: dt.datetime,
) -> User:
    """Make an account with its roles; (role, area key), None for everywhere. An existing one is left as it is."""
    first, _, last = full_name.partition(" ")
    user, made = User.objects.get_or_create(username=username, defaults={"first_name": first, "last_name": last})
    if not made:
        return user
    user.set_password(password) if password else user.set_unusable_password()
    user.save()
    for role, area in grants:
        RoleGrant.objects.create(user=user, role=role, area=ControlArea.objects.get(key=area) if area else None)
    audit.record(
        actor=actor, action="create_user", object_=username, after={"grants": [list(grant) for grant in grants]}, at=at
    )
    return user


@transaction.atomic
def issue_token(*, actor: Actor, user: User, name: str, at: dt.datetime, token: str = "") -> str:
    """A new secret for an external system; returned once, stored only as digest."""
    token = token or f"tl_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(user=user, name=name, digest=digest(token), created_at=at)
    audit.record(actor=actor, action="issue_token", object_=user.username, after={"name": name}, at=at)
    return token


@transaction.atomic
def renew_token(*, actor: Actor, user: User, name: str, at: dt.datetime, overlap: dt.timedelta) -> str:
    """A new secret for an external system; those it has are good for the overlap and then nobody's."""
    ends_at = at + overlap
    had = ApiToken.objects.filter(user=user, is_active=True).exclude(expires_at__lte=ends_at)
    had.update(expires_at=ends_at)
    return issue_token(actor=actor, user=user, name=name, at=at)


def user_of_token(token: str, *, at: dt.datetime) -> User | None:
    """The active account a token belongs to."""
    found = ApiToken.objects.select_related("user").filter(digest=digest(token), is_active=True).first()
    if found is None or not found.user.is_active or (found.expires_at and found.expires_at <= at):
        return None
    return found.user


def choose_theme(*, user: User, theme: str) -> None:
    """Night, day, or as the system wishes; for the person's own eyes only, so it is no matter of rights or audit.

    Raises:
        Invalid: no such theme.
    """
    if theme not in THEMES:
        raise Invalid(
            gettext("no theme is called %(theme)s") % {"theme": f"{theme!r}"}, field="theme", known=list(THEMES)
        )
    User.objects.filter(pk=user.pk).update(theme=theme)
