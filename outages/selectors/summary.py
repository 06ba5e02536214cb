"""The utility at a glance, for who answers for it: now, today, this month. Each figure comes from where its own page has it."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from adms.core import days
from adms.core.actors import Actor
from outages.domain.etr.accuracy import Accuracy
from outages.models import Call, Outage
from outages.selectors import outages, restoration_times
from outages.selectors.outages import GOING_ON

#: Estimates of the time of restoration, whoever gave them.
WHOEVER = "all"


@dataclass(frozen=True, slots=True)
class Today:
    """What happened since local midnight.

    Attributes:
        calls: trouble calls, and `calls_hour` of them within the last hour.
        began: outages that began today; `restored` ended today.
        promised: the last time told to customers of each outage restored today, scored.
        overdue: outages that go on although the time told for them has passed.
    """

    calls: int
    calls_hour: int
    began: int
    restored: int
    promised: Accuracy
    overdue: int


def today(actor: Actor, at: dt.datetime) -> Today:
    """Of the areas one may see; calls are counted everywhere, since a call may not be placed yet."""
    begin, _end = days.bounds(timezone.localdate(at))
    calls = Call.objects.filter(recorded_at__gte=begin).aggregate(
        day=Count("pk"), hour=Count("pk", filter=Q(recorded_at__gte=at - dt.timedelta(hours=1)))
    )
    counted = (
        outages.outages(actor)
        .order_by()
        .aggregate(
            began=Count("pk", filter=Q(started_at__gte=begin) & ~Q(state="cancelled")),
            restored=Count("pk", filter=Q(restored_at__gte=begin) & ~Q(state="cancelled")),
            overdue=Count("pk", filter=Q(state__in=GOING_ON, etr_at__lt=at)),
        )
    )
    scored = restoration_times.accuracy_of(actor, begin, at).get(WHOEVER)
    return Today(calls["day"], calls["hour"], promised=scored[1] if scored else Accuracy(0), **counted)


def longest(actor: Actor, limit: int) -> list[Outage]:
    """Outages going on with customers out, the longest first."""
    going = outages.outages(actor, going_on=True).filter(customers_out__gt=0)
    return list(going.defer("explanation", "parent__explanation").order_by("started_at", "pk")[:limit])
