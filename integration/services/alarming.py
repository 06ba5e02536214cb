"""Alarms of the bus (component reporting, IEC 61968-1 clause 7): who does not answer, and who sends what it may not."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from adms.core import alarms
from adms.core.alarms import Raised
from adms.core.models import ControlArea
from adms.core.services import alarms as raising
from integration.models import Partner, Quarantine
from integration.services.delivery import TOLERATED_FAILURES

SILENT = alarms.declare(
    "partner_silent",
    priority=2,
    title=_("A partner does not answer"),
    response=_("Ask whoever runs the other system; messages are kept and sent when it is back."),
)
OVERSTEPS = alarms.declare(
    "partner_oversteps",
    priority=2,
    title=_("A partner sends what it may not"),
    response=_(
        "Look at the refused message; if nobody there meant to send it, close the partner's access and renew its token."
    ),
)
FORBIDDEN = ("7.4", "7.5")  # a signature that does not hold, an action that is not the partner's
RECENT = dt.timedelta(minutes=15)


def watch(*, at: dt.datetime) -> int:
    """Partners that fail and partners that overstep; how many alarms are new."""
    area = ControlArea.objects.order_by("key").values_list("key", flat=True).first() or ""
    return _silent(area, at) + _oversteps(area, at)


def _silent(area: str, at: dt.datetime) -> int:
    """Partners that failed several times in a row."""
    failing = Partner.objects.filter(is_active=True, failures__gt=TOLERATED_FAILURES).order_by("pk")
    facts = [Raised(SILENT, row.name, area, f"{row.name}: {row.latest_error}", link="/messages/") for row in failing]
    raising.return_others(definition=SILENT, standing=[one.source for one in facts], at=at)
    return raising.raise_(facts=facts, at=at)


def _oversteps(area: str, at: dt.datetime) -> int:
    """Partners of whom a message was refused for want of a right lately; it stands until none was for a quarter of an hour."""
    refused = Quarantine.objects.filter(code__in=FORBIDDEN, latest_seen_at__gt=at - RECENT)
    latest = {
        row.partner: row for row in refused.select_related("partner").order_by("latest_seen_at", "pk") if row.partner
    }
    facts = [
        Raised(OVERSTEPS, who.name, area, f"{who.name}: {row.reason}", link=f"/messages/quarantine/{row.pk}/")
        for who, row in latest.items()
    ]
    raising.return_others(definition=OVERSTEPS, standing=[one.source for one in facts], at=at)
    return raising.raise_(facts=facts, at=at)
