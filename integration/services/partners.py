"""Partners: other systems' accounts, what they may send, what they subscribe to."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from adms.core import permissions
from adms.core.actors import Actor
from adms.core.services import accounts, audit, authority
from integration.models import Partner


@dataclass(frozen=True, slots=True)
class NewPartner:
    """What is known of a partner when it is made. `allowed` lists "verb Noun", `subscriptions` nouns."""

    name: str
    source: str
    allowed: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    endpoint_url: str = ""
    endpoint_token: str = ""


@transaction.atomic
def create_partner(*, actor: Actor, partner: NewPartner, at: dt.datetime, token: str = "") -> tuple[Partner, str]:
    """Make a partner with its machine account and first token, which is returned once.

    Raises:
        NotAuthorised: only administrators make partners.
    """
    authority.require(actor=actor, action="manage_partners")
    username = f"system-{partner.source.lower()}"[:150]
    user = accounts.create_user(
        actor=actor,
        username=username,
        password=None,
        full_name=partner.name,
        grants=[(permissions.INTEGRATION, None)],
        at=at,
    )
    made = Partner.objects.create(
        name=partner.name,
        source=partner.source,
        user=user,
        allowed=list(partner.allowed),
        subscriptions=list(partner.subscriptions),
        endpoint_url=partner.endpoint_url,
        endpoint_token=partner.endpoint_token,
        created_at=at,
    )
    secret = accounts.issue_token(actor=actor, user=user, name=partner.name, at=at, token=token)
    audit.record(actor=actor, action="create_partner", object_=partner.source, after={"allowed": made.allowed}, at=at)
    return made, secret
