"""The one question "may they?": asked by services, whatever the way in."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from adms.core import permissions
from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.models import User

#: So much of the SHA-256 of a session's key names it in what is written down.
SESSION_DIGITS = 16


class NotAuthorised(Refused):
    """The actor lacks the role, or has it in another area."""

    code = "no_access_authority"
    status = 403


def require(*, actor: Actor, action: str, area: str | None = None) -> None:
    """Refuse unless the actor may do this here.

    Raises:
        NotAuthorised: naming the action, the area and who could do it.
    """
    if actor.may(action, area):
        return
    roles = ", ".join(str(permissions.ROLES[role]) for role in sorted(permissions.ACTIONS[action]))
    where = f" in area {area}" if area and actor.may(action) else ""
    words = action.replace("_", " ")
    raise NotAuthorised(
        _("%(name)s may not %(words)s%(where)s; it needs: %(roles)s")
        % {"name": actor.name, "words": words, "where": where, "roles": roles},
        action=action,
        area=area,
    )


def actor_for(
    user: User,
    *,
    way: str,
    request_id: str = "",
    session: str = "",
    console: str = "",
    grants: frozenset[tuple[str, str | None]] | None = None,
) -> Actor:
    """The actor behind a signed-in user, with the grants of this very moment (`grants`: those already asked for).

    Of the session only a digest goes further.
    """
    if grants is None:
        grants = frozenset(user.grants.values_list("role", "area__key"))
    partner_id = getattr(getattr(user, "partner", None), "pk", None) if ("INT", None) in grants else None
    return Actor(
        name=user.username,
        label=str(user),
        grants=grants,
        way=way,
        user_id=user.pk,
        partner_id=partner_id,
        request_id=request_id,
        person=user.person,
        session=hashlib.sha256(session.encode()).hexdigest()[:SESSION_DIGITS] if session else "",
        console=console,
    )


def actor_again(asker: Mapping[str, Any], name: str) -> Actor:
    """Who asked for a job ({"user_id", "way"}), with the rights they have by now.

    Raises:
        NotAuthorised: the account is no longer active.
    """
    user = User.objects.filter(pk=asker.get("user_id") or 0, is_active=True).first()
    if user is None:
        raise NotAuthorised(_("the account of %(name)s is no longer active") % {"name": name})
    return actor_for(user, way=asker.get("way", "rest"))
