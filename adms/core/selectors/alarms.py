"""Alarms as an operator reads them: what stands grouped by cause, what is shelved or stale, the journal, and the rates of a period."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Count, Max, Q, QuerySet
from numpy.typing import NDArray

from adms.core import alarm_rates, alarms, runtime_settings
from adms.core.actors import Actor
from adms.core.models import Alarm, AlarmEvent, AlarmKind, AlarmShelf

#: Of a list of groups so many are shown: what lies below is counted.
MOST = 200
#: So many alarms are read for the list, the most urgent of what nobody has acknowledged first; a storm may leave thousands open.
READ = 2_000
#: An operator looks back so far for rates of now.
_LOOKED_BACK = dt.timedelta(hours=12)


@dataclass(slots=True)
class Group:
    """Alarms of one cause: the first of them, which began it, and the others behind it."""

    first: Alarm
    others: list[Alarm] = field(default_factory=list)
    times: dict[int, int] = field(default_factory=dict)  # alarms that chatter: how often within a minute

    @property
    def all(self) -> list[Alarm]:
        """Every one, the first out first."""
        return [self.first, *self.others]

    @property
    def priority(self) -> int:
        """The most urgent of what is not acknowledged, else of what there is."""
        unseen = [one.priority for one in self.all if not one.is_acknowledged]
        return min(unseen or [one.priority for one in self.all])

    @property
    def unseen(self) -> int:
        """How many nobody has acknowledged."""
        return sum(not one.is_acknowledged for one in self.all)

    @property
    def latest(self) -> int:
        """The last transition in it: what an acknowledgement made from here has seen."""
        return max(one.latest for one in self.all)

    @property
    def raised_at(self) -> dt.datetime:
        """When the last of it came."""
        return max(one.raised_at for one in self.all)


@dataclass(frozen=True, slots=True)
class Summary:
    """Alarms in figures: what is in the main list by priority, of it what nobody has acknowledged, what is aside, and the rate."""

    counts: dict[int, int]
    unseen: int
    urgent: int  # of priority 1 that nobody has acknowledged
    shelved: int
    stale: int
    rate: int  # new ones within ten minutes
    flood_since: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The main list: its figures, its groups by urgency and time, and how many groups lie beyond it."""

    summary: Summary
    groups: list[Group]
    more: int


def opened(*, actor: Actor) -> QuerySet[Alarm]:
    """Open alarms of the areas the actor may see."""
    areas = actor.areas_for("see_network")
    rows = Alarm.objects.filter(closed_at=None).select_related("area")
    return rows if areas is None else rows.filter(area__key__in=areas)


def summary(*, actor: Actor, at: dt.datetime) -> Summary:
    """Three small questions, however many alarms there are: the top bar of every browser asks them."""
    is_stale = Q(is_shelved=False) & _stale(at)
    is_shown = Q(is_shelved=False) & ~_stale(at)
    unseen = is_shown & Q(is_acknowledged=False)
    wanted = {f"p{priority}": Count("pk", filter=is_shown & Q(priority=priority)) for priority in alarms.PRIORITIES}
    wanted |= {
        "unseen": Count("pk", filter=unseen),
        "urgent": Count("pk", filter=unseen & Q(priority=alarms.HIGH)),
        "shelved": Count("pk", filter=Q(is_shelved=True)),
        "stale": Count("pk", filter=is_stale),
    }
    found = opened(actor=actor).order_by().aggregate(**wanted)
    times = _came(actor, at)
    return Summary(
        counts={priority: found[f"p{priority}"] for priority in alarms.PRIORITIES},
        unseen=found["unseen"],
        urgent=found["urgent"],
        shelved=found["shelved"],
        stale=found["stale"],
        rate=alarm_rates.in_last(times, at.timestamp()),
        flood_since=_flood_since(times, at),
    )


def standing(*, actor: Actor, at: dt.datetime, most: int = MOST) -> Standing:
    """What has to be looked at now. In a flood the low priorities that stand alone are counted, not listed."""
    told = summary(actor=actor, at=at)
    shown = opened(actor=actor).filter(is_shelved=False).exclude(_stale(at))
    rows = list(shown.order_by("is_acknowledged", "priority", "-raised_at", "-pk")[:READ])
    rows.sort(key=lambda row: (not row.is_active, row.raised_at, row.pk))
    groups = grouped(rows)
    causes = len(groups) if len(rows) < READ else shown.order_by().values("area", "cause").distinct().count()
    if told.flood_since:
        groups = [one for one in groups if one.priority < alarms.LOW or one.others]
    groups.sort(
        key=lambda one: (
            one.unseen == 0,
            one.priority,
            not one.first.is_active,
            -one.raised_at.timestamp(),
            one.first.pk,
        )
    )
    return Standing(told, groups[:most], more=causes - len(groups[:most]))


def clear_since(*, actor: Actor) -> dt.datetime | None:
    """When the last of the actor's alarms returned or was acknowledged: since then nothing waits, where nothing does."""
    ended = AlarmEvent.objects.filter(kind__in=(AlarmEvent.Kind.RETURNED, AlarmEvent.Kind.ACKNOWLEDGED))
    areas = actor.areas_for("see_network")
    if areas is not None:
        ended = ended.filter(alarm__area__key__in=areas)
    return ended.order_by("-pk").values_list("at", flat=True).first()


def _stale(at: dt.datetime) -> Q:
    """It stands, was acknowledged, and nothing has happened to it for long."""
    before = at - dt.timedelta(hours=float(runtime_settings.get(alarms.STALE_AFTER)))
    return Q(is_active=True, is_acknowledged=True, raised_at__lt=before)


def grouped(rows: list[Alarm]) -> list[Group]:
    """By cause; the first row leads its group: of those that stand the first out. Rows come in that order."""
    found: dict[tuple[int, str], Group] = {}
    for row in rows:
        key = (row.area_id, row.cause)
        if key in found:
            found[key].others.append(row)
        else:
            found[key] = Group(row)
    return list(found.values())


def latest() -> int:
    """The last transition there is."""
    return AlarmEvent.objects.aggregate(latest=Max("pk"))["latest"] or 0


def _came(actor: Actor, at: dt.datetime) -> NDArray[np.float64]:
    """When alarms were announced lately (s since the epoch)."""
    return seconds(announced(actor).filter(at__gt=at - _LOOKED_BACK, at__lte=at))


def announced(actor: Actor) -> QuerySet[AlarmEvent]:
    """Every time somebody was called: not what came while shelved."""
    areas = actor.areas_for("see_network")
    rows = AlarmEvent.objects.filter(kind=AlarmEvent.Kind.RAISED, is_silent=False)
    return rows if areas is None else rows.filter(alarm__area__key__in=areas)


def seconds(rows: QuerySet[AlarmEvent]) -> NDArray[np.float64]:
    """Their times, ascending (s since the epoch)."""
    return np.array([at.timestamp() for at in rows.order_by("at").values_list("at", flat=True)], np.float64)


def _flood_since(times: NDArray[np.float64], at: dt.datetime) -> dt.datetime | None:
    found = alarm_rates.floods(times, at.timestamp(), **_limits())
    if not found or found[-1][1] is not None:
        return None
    return dt.datetime.fromtimestamp(found[-1][0], dt.UTC)


def _limits() -> dict[str, int]:
    return {"begins": runtime_settings.get(alarms.FLOOD_FROM), "ends": runtime_settings.get(alarms.FLOOD_UNTIL)}


def stale(*, actor: Actor, at: dt.datetime) -> list[Alarm]:
    """What stands longer than the setting, the oldest first."""
    rows = opened(actor=actor).filter(_stale(at), is_shelved=False)
    return list(rows.order_by("raised_at", "pk")[:MOST])


def shelved(*, actor: Actor) -> list[tuple[AlarmShelf, Alarm | None]]:
    """What is put aside, with its alarm where one is open, the next to come back first."""
    areas = actor.areas_for("see_network")
    shelves = AlarmShelf.objects.filter(ended_at=None).select_related("area").order_by("until", "pk")
    if areas is not None:
        shelves = shelves.filter(area__key__in=areas)
    rows = list(shelves[:MOST])
    open_ = {(row.definition, row.source): row for row in opened(actor=actor).filter(is_shelved=True)}
    return [(row, open_.get((row.definition, row.source))) for row in rows]


def journal(*, actor: Actor) -> QuerySet[AlarmEvent]:
    """Every transition, the latest first."""
    areas = actor.areas_for("see_network")
    rows = AlarmEvent.objects.select_related("alarm__area").order_by("-pk")
    return rows if areas is None else rows.filter(alarm__area__key__in=areas)


def kinds() -> list[dict[str, Any]]:
    """Each kind of alarm with what the utility changed about it."""
    changed = {row.definition: row for row in AlarmKind.objects.all()}
    return [
        {
            "declared": one,
            "priority": changed[one.key].priority if one.key in changed else one.priority,
            "is_enabled": changed[one.key].is_enabled if one.key in changed else True,
            "changed": changed.get(one.key),
        }
        for one in alarms.declared()
    ]


def words(row: Alarm) -> str:
    """What happened, in the reader's language; rows of old keep their words."""
    return _said(row.definition, row.text, row.told)


def _said(definition: str, text: str, told: dict[str, Any]) -> str:
    return alarms.kind(definition).says.said(told) or text


def performance(*, actor: Actor, begin: dt.datetime, end: dt.datetime) -> dict[str, Any]:
    """Rates of a period, its priorities, the loudest alarms and those that chattered: the page of ISA-18.2's measures."""
    rows = announced(actor).filter(at__gte=begin, at__lt=end)
    found = list(
        rows.order_by("at").values_list(
            "at", "priority", "alarm__definition", "alarm__source", "alarm__text", "alarm__told"
        )
    )
    times = np.array([at.timestamp() for at, *_ in found], np.float64)
    keys = [(definition, source) for _, _, definition, source, *_rest in found]
    latest = {(definition, source): (text, told) for _, _, definition, source, text, told in found}
    by_key: dict[tuple[str, str], list[float]] = defaultdict(list)
    for key, time in zip(keys, times.tolist(), strict=True):
        by_key[key].append(time)
    least = runtime_settings.get(alarms.CHATTERS_FROM)
    chattered = {key: alarm_rates.chatter(np.array(several), least=least) for key, several in by_key.items()}
    priorities = dict.fromkeys(alarms.PRIORITIES, 0)
    for _, priority, *_rest in found:
        priorities[priority] += 1
    return {
        "rates": alarm_rates.rates(times, begin.timestamp(), end.timestamp(), **_limits()),
        "positions": max(1, _areas_heard(rows)),
        "mix": {priority: (count, count / len(found) if found else 0.0) for priority, count in priorities.items()},
        "loudest": [
            {"kind": alarms.kind(key[0]), "text": _said(key[0], *latest[key]), "times": count, "share": share}
            for key, count, share in alarm_rates.loudest(keys)
        ],
        "chattering": [
            {"kind": alarms.kind(key[0]), "text": _said(key[0], *latest[key]), "times": count}
            for key, count in sorted(chattered.items(), key=lambda one: (-one[1], one[0]))
            if count
        ][:10],
        "stale": len(stale(actor=actor, at=end)),
        "floods": len(alarm_rates.floods(times, end.timestamp(), **_limits())),
    }


def _areas_heard(rows: QuerySet[AlarmEvent]) -> int:
    """Control areas alarms came from: an operator's position each."""
    return rows.aggregate(areas=Count("alarm__area", distinct=True))["areas"] or 0
