"""A partner: what it may, and how the traffic with it does."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Min, Q

from adms.core.errors import NotFound
from adms.core.models import ApiToken
from integration.models import InboxMessage, OutboxMessage, Partner, Quarantine

DAY = dt.timedelta(days=1)


def partner(partner_id: int) -> Partner:
    """One partner.

    Raises:
        NotFound: there is none of this number.
    """
    found = Partner.objects.select_related("user").filter(pk=partner_id).first()
    if found is None:
        raise NotFound(f"no partner {partner_id}", partner=partner_id)
    return found


def by_source(source: str) -> Partner:
    """One partner, by the Source of its messages.

    Raises:
        NotFound: there is none.
    """
    found = Partner.objects.filter(source=source).first()
    if found is None:
        raise NotFound(f"no partner {source}", partner=source)
    return found


def tokens(found: Partner, *, at: dt.datetime) -> list[ApiToken]:
    """Those that are good at a moment, the latest first; the secret itself is kept nowhere."""
    good = ApiToken.objects.filter(user=found.user_id, is_active=True).exclude(expires_at__lte=at)
    return list(good.order_by("-created_at", "-pk"))


def traffic(found: Partner, *, at: dt.datetime) -> dict[str, Any]:
    """Of the last 24 hours: taken, refused, sent; what waits and since when; the first message that was ever accepted."""
    recent = Q(received_at__gte=at - DAY)
    taken = InboxMessage.objects.filter(partner=found).aggregate(
        first=Min("received_at"), day=Count("pk", filter=recent), repeats=Count("pk", filter=recent & Q(repeats__gt=0))
    )
    out = OutboxMessage.objects.filter(partner=found).aggregate(
        sent=Count("pk", filter=Q(sent_at__gte=at - DAY)),
        waiting=Count("pk", filter=Q(state="pending")),
        oldest=Min("created_at", filter=Q(state="pending")),
        dead=Count("pk", filter=Q(state="dead")),
    )
    refused = Quarantine.objects.filter(partner=found, latest_seen_at__gte=at - DAY).count()
    return {
        "first_at": taken["first"],
        "taken": taken["day"],
        "repeated": taken["repeats"],
        "refused": refused,
        "sent": out["sent"],
        "waiting": out["waiting"],
        "waiting_since": out["oldest"],
        "dead": out["dead"],
    }
