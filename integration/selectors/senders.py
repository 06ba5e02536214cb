"""Who sends a message, by its token: the partner and what its account may at this moment, found by one statement.

A message of one event is mostly the statements made for it. The rows of partner and account are kept as long as they are what was
read (`xmin`, the transaction that wrote them); whether token, account and partner are active, and all grants, are asked each time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from adms.core.actors import Actor
from adms.core.services import accounts, authority
from integration.models import Partner

_SENDER = """
SELECT p.id, p.xmin::text || ' ' || u.xmin::text, g.roles, g.areas
FROM core_apitoken t
JOIN core_user u ON u.id = t.user_id
JOIN integration_partner p ON p.user_id = u.id
CROSS JOIN LATERAL (
    SELECT array_agg(r.role) AS roles, array_agg(a.key) AS areas
    FROM core_rolegrant r LEFT JOIN core_controlarea a ON a.id = r.area_id
    WHERE r.user_id = u.id
) g
WHERE t.digest = %s AND t.is_active AND u.is_active AND p.is_active AND (t.expires_at IS NULL OR t.expires_at > %s)
"""
_kept: dict[int, tuple[str, Partner]] = {}


@dataclass(frozen=True, slots=True)
class Sender:
    """A partner that showed its token, and the same as an actor; the partner is only to be read."""

    partner: Partner
    actor: Actor


def sender_of(authorization: str, *, at: dt.datetime) -> Sender | None:
    """Whose token an Authorization header carries; None where it is nobody's, or not good any more."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    with connection.cursor() as cursor:
        cursor.execute(_SENDER, [accounts.digest(token.strip()), at])
        found = cursor.fetchone()
    if found is None:
        return None
    pk, version, roles, areas = found
    partner = _partner(pk, version)
    grants = frozenset(zip(roles or (), areas or (), strict=True))
    return Sender(partner, authority.actor_for(partner.user, way="cim", grants=grants)) if partner else None


def _partner(pk: int, version: str) -> Partner | None:
    """The partner with its account, as they stand in this version."""
    kept = _kept.get(pk)
    if kept is not None and kept[0] == version:
        return kept[1]
    partner = Partner.objects.select_related("user").filter(pk=pk).first()
    if partner is not None:
        _kept[pk] = (version, partner)
    return partner
