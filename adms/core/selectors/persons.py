"""Persons behind accounts, by what they sign in with."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from adms.core import permissions
from adms.core.models import RoleGrant, User

#: What Tieline itself is called where it acts by a rule or a schedule (`actors.system`).
SYSTEMS = {
    "flisr": _("FLISR"),
    "prediction": _("prediction"),
    "network": _("network"),
    "outages": _("outages"),
    "field": _("field"),
    "islands": _("islands"),
    "meters": _("meters"),
    "callbacks": _("callbacks"),
    "restoration times": _("restoration times"),
    "switching orders": _("switching orders"),
    "rule sets": _("rule sets"),
    "retention": _("retention"),
    "verification of a call": _("verification of a call"),
    "nested outage": _("nested outage"),
    "rule: single call": _("rule: single call"),
    "rule: new prediction": _("rule: new prediction"),
    "rule: restoration": _("rule: restoration"),
    "rule: readings that are missing": _("rule: readings that are missing"),
}


def named(username: str) -> tuple[int, str] | None:
    """Id and full name of an account that may sign in; None where there is none."""
    found = User.objects.filter(username=username, is_active=True).first()
    return None if found is None else (found.pk, str(found))


def full_name(username: str) -> str:
    """Of one account; what is none stands for itself."""
    return names([username])[username]


def names(usernames: Iterable[str]) -> dict[str, str]:
    """Full names of accounts, by what they sign in with; of Tieline itself what it is called; anything else stands for itself."""
    wanted = set(usernames)
    known = {user.username: str(user) for user in User.objects.filter(username__in=wanted)}
    return {one: known.get(one) or str(SYSTEMS.get(one, one)) for one in wanted}


def with_names(rows: Iterable[dict[str, Any]], *fields: str) -> list[dict[str, Any]]:
    """Rows of a page with the accounts in these fields told by their full names."""
    found = list(rows)
    who = names(row[name] for row in found for name in fields)
    return [row | {name: who[row[name]] for name in fields} for row in found]


def who_may(actions: Iterable[str], area: str) -> list[tuple[str, str]]:
    """(account, full name) of who may do one of these in an area and may sign in, by name."""
    roles = frozenset().union(*(permissions.ACTIONS[action] for action in actions))
    grants = RoleGrant.objects.select_related("user", "area").filter(role__in=roles, user__is_active=True)
    rows = [grant.user for grant in grants if grant.area_id is None or (grant.area and grant.area.key == area)]
    return sorted({user.username: str(user) for user in rows}.items(), key=lambda one: (one[1], one[0]))
