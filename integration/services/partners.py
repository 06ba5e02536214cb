"""Partners: other systems' accounts, what they may send, what they subscribe to."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q

from adms.core import bell, permissions
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea
from adms.core.services import accounts, audit, authority
from integration.cim import dialects, signature
from integration.models import Partner
from integration.services import endpoints, routing

#: So long a token may be good beside the one that follows it.
MOST_OVERLAP_H = 31 * 24
#: Whoever is heard less often than once a month is not waited for.
MOST_SILENT_MIN = 31 * 24 * 60


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
    filters: Mapping[str, Any] = field(default_factory=dict)
    dialect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is exchanged with a partner and how (see `routing`, `dialects`). An empty token, and None, leave what there is."""

    allowed: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    endpoint_url: str = ""
    endpoint_token: str = ""
    dialect: Mapping[str, Any] = field(default_factory=dict)
    is_active: bool = True
    heard_every_min: int = 0  # longer silence is an alarm; 0: never
    certificate: str | None = None  # PEM; empty: it pins none any more
    must_sign: bool | None = None
    is_signed_to: bool | None = None


@transaction.atomic
def create_partner(*, actor: Actor, partner: NewPartner, at: dt.datetime, token: str = "") -> tuple[Partner, str]:
    """Make a partner with its machine account and first token, which is returned once.

    Raises:
        NotAuthorised: only administrators make partners.
        Invalid: its name or source is not fit or taken, its certificate none or missing, its endpoint
            not to be called, a filter or its dialect not fit.
    """
    authority.require(actor=actor, action="manage_partners")
    _check_names(partner)
    _check_certificate(partner.certificate, must_sign=partner.must_sign)
    endpoints.check(partner.endpoint_url)
    _check_dialect(partner.dialect)
    filters = routing.check(partner.filters, areas=ControlArea.objects.values_list("key", flat=True))
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
        filters=filters,
        dialect=dict(partner.dialect),
        created_at=at,
    )
    secret = accounts.issue_token(actor=actor, user=user, name=partner.name, at=at, token=token)
    audit.record(actor=actor, action="create_partner", object_=partner.source, after={"allowed": made.allowed}, at=at)
    return made, secret


@transaction.atomic
def change_partner(*, actor: Actor, partner_id: int, terms: Terms, at: dt.datetime) -> Partner:
    """Exchange something else with a partner from now on; what waits for it goes out under the new terms.

    Raises:
        NotAuthorised: only administrators change partners.
        NotFound: there is none of this number.
        Invalid: a filter, the dialect, the endpoint or the certificate is not fit, or who must sign has none.
    """
    authority.require(actor=actor, action="manage_partners")
    found = Partner.objects.select_for_update(no_key=True).filter(pk=partner_id).first()
    if found is None:
        raise NotFound(f"no partner {partner_id}", partner=partner_id)
    endpoints.check(terms.endpoint_url)
    _check_dialect(terms.dialect)
    if not 0 <= terms.heard_every_min <= MOST_SILENT_MIN:
        raise Invalid(f"heard_every_min: 0 to {MOST_SILENT_MIN}", field="heard_every_min")
    before = _terms_of(found)
    wanted = {noun: wants for noun, wants in terms.filters.items() if noun in terms.subscriptions}
    found.filters = routing.check(wanted, areas=ControlArea.objects.values_list("key", flat=True))
    found.allowed, found.subscriptions = list(terms.allowed), list(terms.subscriptions)
    found.endpoint_url, found.is_active, found.dialect = terms.endpoint_url, terms.is_active, dict(terms.dialect)
    found.heard_every_min = terms.heard_every_min
    _pin(found, terms)
    found.endpoint_token = terms.endpoint_token or found.endpoint_token
    if before["endpoint_url"] != found.endpoint_url:
        found.failures, found.paused_until = 0, None  # another address: what the old one did says nothing
    found.save()
    audit.record(
        actor=actor, action="change_partner", object_=found.source, before=before, after=_terms_of(found), at=at
    )
    transaction.on_commit(lambda: bell.ring("outbox"))
    return found


@transaction.atomic
def renew_token(*, actor: Actor, partner_id: int, overlap_h: int, at: dt.datetime) -> tuple[Partner, str]:
    """A new token for a partner, returned once; the one it has is refused when the overlap is over, at once where it is 0 h.

    Raises:
        NotAuthorised: only administrators renew tokens.
        NotFound: there is no partner of this number.
        Invalid: the overlap is below 0 or longer than MOST_OVERLAP_H.
    """
    authority.require(actor=actor, action="manage_partners")
    found = Partner.objects.select_for_update(no_key=True).filter(pk=partner_id).first()
    if found is None:
        raise NotFound(f"no partner {partner_id}", partner=partner_id)
    if not 0 <= overlap_h <= MOST_OVERLAP_H:
        raise Invalid(f"overlap_h: 0 to {MOST_OVERLAP_H}", field="overlap_h")
    overlap = dt.timedelta(hours=overlap_h)
    token = accounts.renew_token(actor=actor, user=found.user, name=found.name, at=at, overlap=overlap)
    audit.record(actor=actor, action="renew_token", object_=found.source, after={"overlap_h": overlap_h}, at=at)
    return found, token


def _pin(found: Partner, terms: Terms) -> None:
    """What is said of signatures; what is not said stays."""
    for key in ("certificate", "must_sign", "is_signed_to"):
        wanted = getattr(terms, key)
        if wanted is not None:
            setattr(found, key, wanted)
    _check_certificate(found.certificate, must_sign=found.must_sign)


def _terms_of(found: Partner) -> dict[str, Any]:
    keys = ("allowed", "subscriptions", "filters", "endpoint_url", "dialect", "is_active", "heard_every_min")
    told = {key: getattr(found, key) for key in (*keys, "must_sign", "is_signed_to")}
    return told | {"certificate": signature.fingerprint(found.certificate) if found.certificate else ""}


def _check_dialect(data: Mapping[str, Any]) -> None:
    if strange := sorted(set(data) - dialects.PARTS):
        raise Invalid(f"dialect: there is no part {strange[0]}: {', '.join(sorted(dialects.PARTS))}", field="dialect")
    try:
        dialects.of(data)
    except dialects.DialectRefused as refused:
        raise Invalid(f"dialect: {refused}", field="dialect") from None


def _check_names(partner: NewPartner) -> None:
    if not partner.name or not re.fullmatch(r"[A-Za-z0-9._-]{1,80}", partner.source) or len(partner.name) > 80:
        raise Invalid(
            "source: letters, digits, dots, dashes; and a name, both of 80 characters at most", field="source"
        )
    if Partner.objects.filter(Q(source=partner.source) | Q(name=partner.name)).exists():
        raise Invalid(f"source: there is a partner {partner.source} or {partner.name} already", field="source")


def _check_certificate(certificate: str, *, must_sign: bool) -> None:
    if must_sign and not certificate:
        raise Invalid("certificate: who must sign needs one", field="certificate")
    try:
        if certificate:
            signature.pinned(certificate)
    except signature.CertificateRefused as refused:
        raise Invalid(f"certificate: {refused}", field="certificate") from None
