"""Partners: other systems' accounts, what they may send, what they subscribe to."""

import datetime as dt
import re
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from adms.core import permissions
from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import accounts, audit, authority
from integration.cim import signature
from integration.models import Partner
from integration.services import endpoints


@dataclass(frozen=True, slots=True)
class NewPartner:
    """What is known of a partner when it is made. `allowed` lists "verb Noun", `subscriptions` nouns."""

    name: str
    source: str
    allowed: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    endpoint_url: str = ""
    endpoint_token: str = ""
    certificate: str = ""  # PEM
    must_sign: bool = False
    is_signed_to: bool = False


@transaction.atomic
def create_partner(*, actor: Actor, partner: NewPartner, at: dt.datetime, token: str = "") -> tuple[Partner, str]:
    """Make a partner with its machine account and first token, which is returned once.

    Raises:
        NotAuthorised: only administrators make partners.
        Invalid: its name or source is not fit or taken, its certificate none or missing, its endpoint
            not to be called.
    """
    authority.require(actor=actor, action="manage_partners")
    _check_names(partner)
    _check_certificate(partner)
    endpoints.check(partner.endpoint_url)
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
        certificate=partner.certificate,
        must_sign=partner.must_sign,
        is_signed_to=partner.is_signed_to,
        created_at=at,
    )
    secret = accounts.issue_token(actor=actor, user=user, name=partner.name, at=at, token=token)
    audit.record(actor=actor, action="create_partner", object_=partner.source, after={"allowed": made.allowed}, at=at)
    return made, secret


def _check_names(partner: NewPartner) -> None:
    if not partner.name or not re.fullmatch(r"[A-Za-z0-9._-]{1,80}", partner.source) or len(partner.name) > 80:
        raise Invalid(
            "source: letters, digits, dots, dashes; and a name, both of 80 characters at most", field="source"
        )
    if Partner.objects.filter(Q(source=partner.source) | Q(name=partner.name)).exists():
        raise Invalid(f"source: there is a partner {partner.source} or {partner.name} already", field="source")


def _check_certificate(partner: NewPartner) -> None:
    if partner.must_sign and not partner.certificate:
        raise Invalid("certificate: who must sign needs one", field="certificate")
    try:
        if partner.certificate:
            signature.read_certificate(partner.certificate)
    except signature.CertificateRefused as refused:
        raise Invalid(f"certificate: {refused}", field="certificate") from None
