"""Alarms of the bus (component reporting, IEC 61968-1 clause 7): who is silent, not heard, oversteps, refuses what it is told."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from adms.core import alarms, days
from adms.core.alarms import Raised
from adms.core.models import ControlArea
from adms.core.services import alarms as raising
from integration.models import OutboxMessage, Partner, Quarantine
from integration.services.delivery import TOLERATED_FAILURES, is_waited_for
from network.domain.phrases import phrase

SILENT = alarms.declare(
    "partner_silent",
    priority=2,
    title=_("A partner does not answer"),
    response=_("Ask whoever runs the other system; messages are kept and sent when it is back."),
    says={"error": _("%(partner)s: %(why)s")},
)
UNHEARD = alarms.declare(
    "partner_unheard",
    priority=2,
    title=_("A partner has not been heard"),
    response=_("Ask whoever runs the other system whether it still sends; what it knows is missing here meanwhile."),
    says={"unheard": _("%(partner)s: nothing since %(since)s; it is expected every %(minutes)s min")},
)
OVERSTEPS = alarms.declare(
    "partner_oversteps",
    priority=2,
    title=_("A partner sends what it may not"),
    response=_(
        "Look at the refused message; if nobody there meant to send it, close the partner's access and renew its token."
    ),
    says={"refused": _("%(partner)s: %(why)s")},
)
REFUSES = alarms.declare(
    "partner_refuses",
    priority=3,
    title=_("A partner does not take what it is told"),
    response=_("Look at the dead letter; when what is wrong with it, or with the partner, is mended, send it again."),
)
FORBIDDEN = ("7.4", "7.5")  # a signature that does not hold, an action that is not the partner's
RECENT = dt.timedelta(minutes=15)


def watch(*, at: dt.datetime) -> int:
    """Partners that fail, that overstep and that refuse; how many alarms are new."""
    area = ControlArea.objects.order_by("key").values_list("key", flat=True).first() or ""
    return _silent(area, at) + _unheard(area, at) + _oversteps(area, at) + _refuses(area, at)


def _silent(area: str, at: dt.datetime) -> int:
    """Partners that failed several times in a row."""
    failing = Partner.objects.filter(is_active=True, failures__gt=TOLERATED_FAILURES).order_by("pk")
    facts = [
        Raised(
            SILENT,
            row.name,
            area,
            phrase("error", partner=row.name, why=row.latest_error),
            link=f"/messages/partners/{row.pk}/",
        )
        for row in failing
    ]
    raising.return_others(definition=SILENT, standing=[one.source for one in facts], at=at)
    return raising.raise_(facts=facts, at=at)


def _unheard(area: str, at: dt.datetime) -> int:
    """Partners that are expected to say something and have not; one that never did counts from when it was made."""
    facts = []
    for row in Partner.objects.filter(is_active=True, heard_every_min__gt=0).order_by("pk"):
        since = row.latest_received_at or row.created_at
        if at - since > dt.timedelta(minutes=row.heard_every_min):
            told = phrase("unheard", partner=row.name, since=days.in_words(since), minutes=row.heard_every_min)
            facts.append(Raised(UNHEARD, row.name, area, told, link=f"/messages/partners/{row.pk}/"))
    raising.return_others(definition=UNHEARD, standing=[one.source for one in facts], at=at)
    return raising.raise_(facts=facts, at=at)


def _oversteps(area: str, at: dt.datetime) -> int:
    """Partners of whom a message was refused for want of a right lately; it stands until none was for a quarter of an hour."""
    refused = Quarantine.objects.filter(code__in=FORBIDDEN, latest_seen_at__gt=at - RECENT)
    latest = {
        row.partner: row for row in refused.select_related("partner").order_by("latest_seen_at", "pk") if row.partner
    }
    facts = [
        Raised(
            OVERSTEPS,
            who.name,
            area,
            phrase("refused", partner=who.name, why=row.reason),
            link=f"/messages/quarantine/{row.pk}/",
        )
        for who, row in latest.items()
    ]
    raising.return_others(definition=OVERSTEPS, standing=[one.source for one in facts], at=at)
    return raising.raise_(facts=facts, at=at)


def _refuses(area: str, at: dt.datetime) -> int:
    """Partners to whom a message died lately; it stands until none did for a quarter of an hour, or until it was sent again.

    A command or question that died is told where it was asked, and is not sent again.
    """
    dead = OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD, next_attempt_at__gt=at - RECENT)
    latest = {
        row.partner: row
        for row in dead.select_related("partner").order_by("next_attempt_at", "pk").defer("body", "reply")
        if not is_waited_for(row.object_key)
    }
    facts = [
        Raised(
            REFUSES,
            who.name,
            area,
            f"{who.name}: {row.verb} {row.noun}: {row.latest_error}",
            link=f"/messages/out/{row.pk}/",
        )
        for who, row in latest.items()
    ]
    raising.return_others(definition=REFUSES, standing=[one.source for one in facts], at=at)
    return raising.raise_(facts=facts, at=at)
