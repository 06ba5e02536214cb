"""Who sends a message, by token or TLS certificate: the partner and what its account may at this moment, by one statement.

A message of one event is mostly the statements made for it. The rows of partner and account are kept as long as they are what was
read (`xmin`, the transaction that wrote them); whether token, account and partner are active, and all grants, are asked each time.
"""

from __future__ import annotations

import datetime as dt
import urllib.parse
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection

from adms.core.actors import Actor
from adms.core.services import accounts, authority
from integration.cim import signature
from integration.models import Partner

_SENDER = """
SELECT p.id, p.xmin::text || ' ' || u.xmin::text, g.roles, g.areas, p.certificate
FROM integration_partner p
JOIN core_user u ON u.id = p.user_id
CROSS JOIN LATERAL (
    SELECT array_agg(r.role) AS roles, array_agg(a.key) AS areas
    FROM core_rolegrant r LEFT JOIN core_controlarea a ON a.id = r.area_id
    WHERE r.user_id = u.id
) g
WHERE u.is_active AND p.is_active AND """
_BY_TOKEN = _SENDER + (  # noqa: S608 - both parts stand here
    "u.id = (SELECT t.user_id FROM core_apitoken t"
    " WHERE t.digest = %s AND t.is_active AND (t.expires_at IS NULL OR t.expires_at > %s))"
)
_BY_CERTIFICATE = _SENDER + "p.certificate <> ''"
_LONGEST = 20_000
_kept: dict[int, tuple[str, Partner]] = {}


@dataclass(frozen=True, slots=True)
class Sender:
    """A partner that showed its token, and the same as an actor; the partner is only to be read."""

    partner: Partner
    actor: Actor


def sender_of(authorization: str, certificate: str = "", *, at: dt.datetime) -> Sender | None:
    """Whose token an Authorization header carries; None where it is nobody's, or not good any more.

    Without that header who has pinned the `certificate` that the TLS client showed (PEM with its special characters escaped).
    """
    scheme, _, token = authorization.partition(" ")
    if authorization:
        rows = _asked(_BY_TOKEN, accounts.digest(token.strip()), at) if scheme.lower() == "bearer" else []
    else:
        shown = _shown(certificate, at) if certificate else b""
        rows = [row for row in _asked(_BY_CERTIFICATE) if shown in _ders(row[4])] if shown else []
    if len(rows) != 1:
        return None
    pk, version, roles, areas, _certificate = rows[0]
    partner = _partner(pk, version)
    grants = frozenset(zip(roles or (), areas or (), strict=True))
    return Sender(partner, authority.actor_for(partner.user, way="cim", grants=grants)) if partner else None


def _asked(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _shown(escaped: str, at: dt.datetime) -> bytes:
    """The certificate of a TLS client as DER; nothing where it is none, or not valid at this moment."""
    try:
        found = signature.read_certificate(urllib.parse.unquote(escaped[:_LONGEST]))
    except signature.CertificateRefused:
        return b""
    is_valid = found.not_valid_before_utc <= at <= found.not_valid_after_utc
    return found.public_bytes(Encoding.DER) if is_valid else b""


def _ders(pem: str) -> list[bytes]:
    try:
        return [one.public_bytes(Encoding.DER) for one in signature.pinned(pem)]
    except signature.CertificateRefused:
        return []


def _partner(pk: int, version: str) -> Partner | None:
    """The partner with its account, as they stand in this version."""
    kept = _kept.get(pk)
    if kept is not None and kept[0] == version:
        return kept[1]
    partner = Partner.objects.select_related("user").filter(pk=pk).first()
    if partner is not None:
        _kept[pk] = (version, partner)
    return partner
