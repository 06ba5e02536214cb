"""What came in, what went out, what was refused."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from integration.models import InboxMessage, OutboxMessage, Partner, Quarantine


def reply_to(*, source: str, message_id: str) -> bytes | None:
    """The stored answer to a message."""
    found = InboxMessage.objects.filter(source=source, message_id=message_id).values_list("reply", flat=True).first()
    return bytes(found) if found is not None else None


def refusals_of(*, partner: Partner, message_id: str) -> list[Quarantine]:
    """How often a message of a partner's was refused, each with its code and reason; the latest first."""
    return list(Quarantine.objects.filter(partner=partner, message_id=message_id).order_by("-latest_seen_at")[:20])


def received(*, text: str = "", noun: str = "", result: str = "") -> QuerySet[InboxMessage]:
    """Messages in, newest first."""
    found = InboxMessage.objects.select_related("partner").order_by("-received_at", "-pk")
    if text:
        found = found.filter(Q(message_id__icontains=text) | Q(source__icontains=text))
    if noun:
        found = found.filter(noun=noun)
    return found.filter(result=result) if result else found


def sent(*, text: str = "", noun: str = "", state: str = "") -> QuerySet[OutboxMessage]:
    """Messages out, newest first."""
    found = OutboxMessage.objects.select_related("partner").order_by("-created_at", "-pk")
    if text:
        found = found.filter(Q(object_key__icontains=text) | Q(partner__name__icontains=text))
    if noun:
        found = found.filter(noun=noun)
    return found.filter(state=state) if state else found


def refused() -> QuerySet[Quarantine]:
    """Quarantine, newest first."""
    return Quarantine.objects.select_related("partner").order_by("-latest_seen_at")


def partners() -> list[Partner]:
    """Partners with how many of their outgoing messages wait or are dead."""
    counted = Partner.objects.select_related("user").annotate(
        waiting=Count("outbox", filter=Q(outbox__state="pending")), dead=Count("outbox", filter=Q(outbox__state="dead"))
    )
    return list(counted.order_by("name"))


def totals() -> dict[str, Any]:
    """The figures above the inspector's lists."""
    return {
        "received": InboxMessage.objects.count(),
        "waiting": OutboxMessage.objects.filter(state="pending").count(),
        "dead": OutboxMessage.objects.filter(state="dead").count(),
        "refused": Quarantine.objects.count(),
    }
