"""Alarms of the bus: a partner that does not answer (component reporting, IEC 61968-1 clause 7)."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from adms.core import alarms
from adms.core.alarms import Raised
from adms.core.models import ControlArea
from adms.core.services import alarms as raising
from integration.models import Partner
from integration.services.delivery import TOLERATED_FAILURES

SILENT = alarms.declare(
    "partner_silent",
    priority=2,
    title=_("A partner does not answer"),
    response=_("Ask whoever runs the other system; messages are kept and sent when it is back."),
)


def watch(*, at: dt.datetime) -> int:
    """Partners that failed several times in a row; how many alarms are new."""
    area = ControlArea.objects.order_by("key").values_list("key", flat=True).first() or ""
    failing = Partner.objects.filter(is_active=True, failures__gt=TOLERATED_FAILURES).order_by("pk")
    facts = [Raised(SILENT, row.name, area, f"{row.name}: {row.latest_error}", link="/messages/") for row in failing]
    raising.return_others(definition=SILENT, standing=[one.source for one in facts], at=at)
    return raising.raise_(facts=facts, at=at)
