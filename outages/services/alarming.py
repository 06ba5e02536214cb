"""Alarms of outages: a new one, one whose announced time of restoration has passed; and what FLISR waits for (`flisr.alarms`)."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from adms.core import alarms
from adms.core.alarms import LOW, Raised
from adms.core.events import Recorded
from adms.core.services import alarms as raising
from network.domain.phrases import phrase
from network.services.alarming import device_cause
from outages.domain import lifecycle, urgency
from outages.events import FlisrChanged, OutageChanged
from outages.models import Outage
from outages.selectors import lists
from outages.services.flisr import alarms as flisr_alarms

_OUT = {
    "customers_out": (
        ngettext_lazy("%(device)s: %(customers)s customer", "%(device)s: %(customers)s customers", "n"),
        "customers",
    )
}
OUTAGE = alarms.declare(
    "outage",
    priority=LOW,
    title=_("Outage"),
    response=_("Look at why it is thought to be there, and send a crew."),
    says=_OUT,
)
OVERDUE = alarms.declare(
    "etr_overdue",
    priority=LOW,
    title=_("Announced restoration has passed"),
    response=_("Ask the crew, and give customers a new time."),
    says=_OUT,
)
_ENDED = frozenset({"closed", "canceled"})


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """New and ended outages of the batch together; of each event of FLISR where it stands now."""
    facts = [one.event for one in batch]
    changed = [one for one in facts if isinstance(one, OutageChanged)]
    ended = {one.outage_id for one in changed if one.verb in _ENDED}
    came = {one.outage_id for one in changed if one.verb == "created"} - ended
    raising.raise_(facts=_outages(came), at=at)
    raising.return_(keys=[(kind, str(number)) for number in ended for kind in (OUTAGE, OVERDUE)], at=at)
    flisr_alarms.follow(numbers={one.event_id for one in facts if isinstance(one, FlisrChanged)}, at=at)


def _outages(numbers: set[int]) -> list[Raised]:
    """As urgent as the outage's own mark. A light-out at a single customer is work of the list, and no alarm unless it is critical."""
    running = Outage.objects.filter(pk__in=numbers, state__in=lifecycle.RUNNING, planned_outage=None)
    running = running.filter(~Q(kind="single") | Q(critical_out__gt=0))
    rows = list(running.select_related("area").defer("explanation").order_by("pk"))
    at = lists.branches(rows)
    return [
        _about(row, OUTAGE, at.get(row.pk), priority=min(LOW, urgency.level(row.priority, row.kind))) for row in rows
    ]


def _about(row: Outage, kind: str, branch: int | None, priority: int | None = None) -> Raised:
    return Raised(
        kind,
        str(row.pk),
        row.area.key,
        phrase("customers_out", device=row.device_name, customers=row.customers_out),
        cause=device_cause(row.device_mrid),
        link=f"/outages/{row.pk}/",
        model=row.model_key,
        branch=branch,
        priority=priority,
    )


def watch(*, at: dt.datetime) -> int:
    """Outages that should have been over by what was announced, and rings that stand; how many alarms are new."""
    rings = flisr_alarms.watch(at=at)
    late = Outage.objects.filter(state__in=lifecycle.RUNNING, etr_at__lt=at).select_related("area").defer("explanation")
    rows = list(late.order_by("pk"))
    branches = lists.branches(rows)
    facts = [_about(row, OVERDUE, branches.get(row.pk)) for row in rows]
    raising.return_others(definition=OVERDUE, standing=[one.source for one in facts], at=at)
    return rings + raising.raise_(facts=facts, at=at)
