"""Accounts as their administrator and an auditor see them."""

import datetime as dt
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from adms.core import permissions
from adms.core.errors import NotFound
from adms.core.models import AuditEntry, RoleGrant, User

_TRAIL = 30


def accounts(*, text: str = "", is_active: bool = True) -> QuerySet[User]:
    """Accounts by name, with their grants."""
    found = User.objects.filter(is_active=is_active).prefetch_related("grants__area")
    for word in text.split():
        found = found.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
        )
    return found.order_by("username")


def account(username: str) -> User:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NotFound(_("no account %(username)s") % {"username": username}, account=username)
    return found


def grants(user: User) -> list[dict[str, Any]]:
    """Its roles, each with what it allows."""
    rows = RoleGrant.objects.filter(user=user).select_related("area").order_by("role", "area__name", "pk")
    return [
        {
            "id": row.pk,
            "role": row.get_role_display(),
            "area": row.area.name if row.area else "",
            "allows": sorted(
                action.replace("_", " ") for action, roles in permissions.ACTIONS.items() if row.role in roles
            ),
        }
        for row in rows
    ]


def session_count(user: User, at: dt.datetime) -> int:
    """Sessions in which the account is signed in now."""
    rows = Session.objects.filter(expire_date__gt=at)
    return sum(row.get_decoded().get("_auth_user_id") == str(user.pk) for row in rows)


def trail(username: str) -> list[AuditEntry]:
    """What was done to the account, the latest first."""
    actions = (
        "create_user", "change_user", "grant_role", "revoke_role", "deactivate_user", "activate_user", "renew_password", "end_sessions",
        "change_password", "issue_token", "set_second_factor", "remove_second_factor",
    )  # fmt: skip
    return list(AuditEntry.objects.filter(object=username, action__in=actions).order_by("-recorded_at", "-pk")[:_TRAIL])


def role_counts() -> dict[str, int]:
    """Active accounts of each role."""
    rows = (
        RoleGrant.objects.filter(user__is_active=True)
        .values("role")
        .annotate(n=Count("user", distinct=True))
        .order_by()
    )
    return {row["role"]: row["n"] for row in rows}
