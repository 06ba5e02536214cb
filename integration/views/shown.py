"""Messages and partners as the inspector's templates show them."""

import datetime as dt
import hashlib
from collections.abc import Container
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from integration.cim import dialects, reading, registry
from integration.cim.registry import Direction
from integration.models import InboxMessage, OutboxMessage, Partner, Quarantine
from integration.selectors import understood
from integration.selectors.inspector import IN, OUT, REFUSED
from integration.services import delivery
from integration.services.inbox import Answer
from outages.selectors import lists

TONES = {"OK": "", "PARTIAL": "p2", "FAILED": "p1"}


def row(way: str, found: Any) -> dict[str, Any]:
    """One line of the list."""
    return {
        "url": reverse("integration:message", args=[way, found.pk]),
        "way": way,
        "partner": found.partner.name if found.partner else _("unknown"),
        "message_id": str(found.message_id),
        "verb": found.verb,
        "noun": found.noun or _("not read"),
        "items": 0,
        "items_failed": 0,
        "repeats": 0,
        "attempts": 0,
        "reason": "",
        **_OF[way](found),
    }


def _received(found: InboxMessage) -> dict[str, Any]:
    return {
        "at": found.received_at,
        "result": found.result or _("not finished"),
        "tone": TONES.get(found.result, "p2"),
        "items": found.items,
        "items_failed": found.items_failed,
        "repeats": found.repeats,
    }


def _sent(found: OutboxMessage) -> dict[str, Any]:
    tones = {"dead": "p1", "pending": "p2" if found.attempts else ""}
    return {
        "at": found.created_at,
        "result": found.get_state_display(),
        "tone": tones.get(found.state, ""),
        "items": 1,
        "attempts": found.attempts,
        "repeats": max(found.attempts - 1, 0),
        "reason": found.latest_error if found.state != "sent" else "",
    }


def _refused(found: Quarantine) -> dict[str, Any]:
    return {
        "at": found.latest_seen_at,
        "result": f"FAILED {found.code}",
        "tone": "p1",
        "repeats": found.seen - 1,
        "reason": found.reason,
        "taken_again": (found.taken_again_at, found.taken_again_by, found.taken_again_status),
    }


_OF: dict[str, Any] = {IN: _received, OUT: _sent, REFUSED: _refused}


def page(actor: Actor, way: str, found: Any) -> dict[str, Any]:
    """Everything about one message."""
    data = bytes(found.excerpt if way == REFUSED else found.body)
    text, reply = reading.shown(data), bytes(getattr(found, "reply", b""))
    answer = reading.shown(reply).text if reply else ""
    head = (
        row(way, found)
        | _called(way, found, data)
        | {
            "source": _source(way, found),
            "correlation_id": getattr(found, "correlation_id", ""),
            "sha256": getattr(found, "sha256", "") or (hashlib.sha256(data).hexdigest() if data else ""),
            "size": getattr(found, "size", len(data)),
            "status": getattr(found, "status", 0),
            "received_at": getattr(found, "received_at", getattr(found, "first_seen_at", None)),
            "written_at": getattr(found, "created_at", None),
            "sent_at": getattr(found, "sent_at", None),
            "next_attempt_at": found.next_attempt_at if way == OUT and found.state == "pending" else None,
            "raw": text.text,
            "is_gone": not data,
            "raw_url": reverse("integration:message_raw", args=[way, found.pk]),
            "is_cut": text.is_cut or getattr(found, "size", len(data)) > len(data),
            "is_indented": text.is_indented,
            "reply": answer,
            "latest_error": getattr(found, "latest_error", ""),
            "code": getattr(found, "code", ""),
        }
    )
    return {
        "message": head,
        "items": _items(found, data, reply) if way == IN else [],
        "errors": _errors(way, found, reply),
        "effects": _did(found) if way == IN else _tells(found) if way == OUT else [],
        "actions": _actions(actor, way, found),
    }


def _called(way: str, found: Any, data: bytes) -> dict[str, str]:
    """Verb and noun of what was refused, where its row knows none: it was refused before rows did, or its dialect was mended since."""
    if found.noun:
        return {}
    dialect = dialects.of(found.partner.dialect if found.partner else {})
    verb, noun = understood.called(data, dialect) if way == REFUSED else ("", "")
    return {"verb": verb, "noun": noun} if noun else {}


def _items(found: InboxMessage, data: bytes, reply: bytes) -> list[dict[str, Any]]:
    dialect = dialects.of(found.partner.dialect)
    return understood.items(data, reply, received_at=found.received_at, dialect=dialect)


def _errors(way: str, found: Any, reply: bytes) -> list[dict[str, str]]:
    if way == REFUSED:
        level, meaning = understood.meaning(found.code)
        first = {"code": found.code, "level": level, "reason": found.reason or meaning, "where": ""}
        details = [str(one).partition(" ") for one in found.details]
        return [first | {"code": code, "where": where} for code, _, where in details] or [first]
    return [
        {"code": one.code, "level": one.level, "reason": one.reason, "where": f"{one.object_id} {one.details}".strip()}
        for one in reading.faults(reply)[: understood.SHOWN]
    ]


def _source(way: str, found: Any) -> str:
    """Who says it: a partner, or we."""
    if way == OUT:
        return str(getattr(settings, "CIM_SOURCE", "TIELINE"))
    return getattr(found, "source", "") or (found.partner.source if found.partner else "")


def _tells(found: OutboxMessage) -> list[tuple[str, str, str]]:
    """What it tells of, and what made it."""
    kind, name = found.object_key.partition(":")[::2]
    number = lists.number_of(name) if kind == "outage" else None
    about = (
        (_("Outage %(number)s") % {"number": number}, reverse("outages:outage_page", args=[number]))
        if number
        else (found.object_key, "")
    )
    return [(_("Tells of"), *about), (_("Because of"), found.cause, "")]


def _did(found: InboxMessage) -> list[tuple[str, str, str]]:
    """What it did, in words."""
    told = []
    for key, value in found.effects.items():
        words = ", ".join(str(one) for one in value[:20]) if isinstance(value, list) else str(value)
        url = reverse("outages:call_list") if key == "calls" and value else ""
        told.append((key.replace("_", " ").capitalize(), words or _("none"), url))
    return told


def _actions(actor: Actor, way: str, found: Any) -> list[dict[str, Any]]:
    if way == IN or (way == OUT and (found.state == "pending" or delivery.is_waited_for(found.object_key))):
        return []
    may = actor.may("manage_partners")
    label, name = (_("Send again"), "send_again") if way == OUT else (_("Take after all"), "take_again")
    return [
        {
            "label": label,
            "url": reverse(f"integration:{name}", args=[found.pk]),
            "text": "" if may else _("Needs the role of an administrator"),
            "is_enabled": may,
        }
    ]


def would_be(answer: Answer) -> str:
    """What a message would be answered now, in words."""
    errors = [f"{one.code} {one.reason} {one.details}".strip() for one in reading.faults(answer.body)[:3]]
    told = "; ".join(errors)
    if answer.status in {200, 202}:
        return _("Now it would be taken.") + (f" {told}" if told else "")
    return _("Now it would be refused again: HTTP %(status)d. %(told)s") % {"status": answer.status, "told": told}


def partner(found: Any, at: dt.datetime) -> dict[str, Any]:
    """A partner and how it does."""
    state, tone = health(found, at)
    if found.failures and found.is_active:
        state = f"{state}: {found.latest_error}"[:120]
    return {
        "name": found.name,
        "url": reverse("integration:partner", args=[found.pk]),
        "is_active": found.is_active,
        "state": state,
        "tone": tone,
        "received_at": found.latest_received_at,
        "delivered_at": found.latest_delivered_at,
        "waiting": found.waiting,
        "dead": found.dead,
    }


def incoming(allowed: Container[str]) -> dict[str, list[dict[str, Any]]]:
    """What a partner may be allowed to send, as chips in the order of nouns; what nothing is done with yet stands apart."""
    rows = sorted((row for row in registry.ROWS if row.direction is Direction.IN), key=lambda one: (one.noun, one.verb))
    chips: dict[str, list[dict[str, Any]]] = {"incoming": [], "unsupported": []}
    for one in rows:
        chip = {"name": one.name, "domain": one.domain.value, "is_checked": one.name in allowed}
        chips["incoming" if one.is_acted_on else "unsupported"].append(chip)
    return chips


def health(found: Partner, at: dt.datetime) -> tuple[str, str]:
    """How the traffic with a partner does: a few words, for which there is room beside its name, and their tone."""
    if not found.is_active:
        return _("Switched off"), ""
    if found.paused_until is not None and found.paused_until > at:
        return _("Paused after %(failures)d failures") % {"failures": found.failures}, "p2"
    if found.failures:
        return _("Not answering (%(failures)d)") % {"failures": found.failures}, "p2"
    if found.latest_received_at is None and found.latest_delivered_at is None:
        return _("Not heard of yet"), ""
    return _("In touch"), ""
