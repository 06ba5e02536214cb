"""Planned outages day by day, in days of the utility's time zone."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from adms.core.actors import Actor
from outages.models import PlannedOutage
from outages.selectors import planned

A_DAY = dt.timedelta(days=1)
_OVER = frozenset({"rejected", "cancelled"})


@dataclass(slots=True)
class Day:
    """One day: the first planned outages that touch it, and how many more there are."""

    date: dt.date
    is_beside: bool  # of the month before or after
    is_today: bool
    plans: list[PlannedOutage] = field(default_factory=list)
    more: int = 0


def begin_of(day: dt.date) -> dt.datetime:
    """Its first moment in the utility's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def first_of_week(day: dt.date) -> dt.date:
    """The Monday of its week."""
    return day - day.weekday() * A_DAY


def month(actor: Actor, day: dt.date, *, area: str, most: int, at: dt.datetime) -> list[list[Day]]:
    """The weeks of a day's month, Monday first, whole weeks."""
    first = day.replace(day=1)
    following = (first + 31 * A_DAY).replace(day=1)
    monday, last = first_of_week(first), first_of_week(following - A_DAY)
    weeks = (last - monday).days // 7 + 1
    days = _days(actor, monday, 7 * weeks, area=area, most=most, at=at)
    for one in days:
        one.is_beside = one.date.month != day.month
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def week(actor: Actor, day: dt.date, *, area: str, most: int, at: dt.datetime) -> list[list[Day]]:
    """The one week of a day."""
    return [_days(actor, first_of_week(day), 7, area=area, most=most, at=at)]


def _days(actor: Actor, first: dt.date, count: int, *, area: str, most: int, at: dt.datetime) -> list[Day]:
    """Days in a row; what was rejected or cancelled is left out."""
    today = timezone.localtime(at).date()
    days = [Day(first + n * A_DAY, is_beside=False, is_today=first + n * A_DAY == today) for n in range(count)]
    window = (begin_of(first), begin_of(first + count * A_DAY))
    for row in planned.listed(actor, area=area, window=window).exclude(state__in=_OVER):
        begins, ends = (
            timezone.localtime(one).date() for one in (row.begins_at, row.ends_at - dt.timedelta(seconds=1))
        )
        for day in days[max((begins - first).days, 0) : (ends - first).days + 1]:
            if len(day.plans) < most:
                day.plans.append(row)
            else:
                day.more += 1
    return days
