"""Refused messages: kept with their reason, the same one counted instead of copied, never more than a quota per partner."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from django.db import connection

from integration.cim import codes
from integration.cim.errors import MessageRefused, ReplyError
from integration.models import Partner, Quarantine

EXCERPT_BYTES = 64 * 1024
KEPT_PER_PARTNER = 1_000


def keep(
    *, partner: Partner, data: bytes, refused: MessageRefused, at: dt.datetime, verb: str = "", noun: str = ""
) -> None:
    """Keep the beginning of a message and why it was refused; verb and noun as far as its envelope could be read."""
    first = refused.errors[0]
    details = [_words(error) for error in refused.errors]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO integration_quarantine
                (partner_id, sha256, excerpt, size, message_id, code, reason, details, first_seen_at, latest_seen_at, seen,
                 verb, noun)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, 1, %s, %s)
            ON CONFLICT (partner_id, sha256, code) DO UPDATE
                SET seen = integration_quarantine.seen + 1, latest_seen_at = excluded.latest_seen_at
            RETURNING seen
            """,
            [
                partner.pk,
                hashlib.sha256(data).hexdigest(),
                data[:EXCERPT_BYTES],
                len(data),
                refused.message_id[:120],
                refused.code,
                first.reason or codes.CODES[first.code].meaning,
                json.dumps(details),
                at,
                at,
                verb[:20],
                noun[:60],
            ],
        )
        is_new = cursor.fetchone() == (1,)
    if is_new:
        _drop_beyond_quota(partner)


def _words(error: ReplyError) -> str:
    """Its code, then which object it is about, then what is wrong with it."""
    return " ".join(filter(None, (error.code, error.object_id.value if error.object_id else "", error.details)))


def _drop_beyond_quota(partner: Partner) -> None:
    """A partner gone wild pushes out its own oldest ones, nobody else's."""
    mine = Quarantine.objects.filter(partner=partner).order_by("-latest_seen_at", "-pk")
    beyond = list(mine.values_list("pk", flat=True)[KEPT_PER_PARTNER : KEPT_PER_PARTNER + 100])
    if beyond:
        Quarantine.objects.filter(pk__in=beyond).delete()
