"""What past work took, the crews and outages at hand, and how good past estimates were, as arrays."""

import datetime as dt
import math
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, F, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from adms.core import runtime_settings
from adms.core.actors import Actor
from outages.domain import lifecycle
from outages.domain.etr import accuracy, busyness, history, queue
from outages.domain.etr.accuracy import Accuracy
from outages.domain.etr.history import History, Spread
from outages.models import Expectation, Outage
from workforce.selectors import crews, legs

Float = NDArray[np.float64]

LOOK_BACK = runtime_settings.declare(
    "etr.history_days",
    730,
    unit="d",
    help_=gettext_noop("Restored outages of so many days teach how long the legs of work take."),
)
FIRST_LEGS = runtime_settings.declare(
    "etr.first_legs",
    {"travel": 30, "assess": 15, "repair": 75, "clean_up": 15},
    unit="min",
    help_=gettext_noop("Median minutes of each leg before there is any history; what is learned leans on them."),
)
SHARE = runtime_settings.declare(
    "etr.share",
    0.6,
    help_=gettext_noop("The share of simulated cases that an estimate of the machine is to cover, 0 to 1."),
)
_FIRST_DEVIATION = 0.7
_HOURS = 6
_STAGES = {"assigned": queue.TRAVEL, "accepted": queue.TRAVEL, "en_route": queue.TRAVEL, "on_site": queue.ASSESS}
_SINCE = {queue.TRAVEL: "assigned_at", queue.ASSESS: "on_site_at", queue.REPAIR: "made_safe_at"}


@dataclass(frozen=True, slots=True)
class Learned:
    """The history of each leg in the order of `queue.LEGS`, and from how many outages at once an area is how busy."""

    legs: tuple[History, ...]
    borders: dict[str, Float]
    outages: int


@dataclass(frozen=True, slots=True)
class Situation:
    """What is to be simulated: going outages with their rows, the most urgent first, and the crews at work."""

    rows: list[Outage]
    jobs: queue.Jobs
    crews: queue.Crews


def learned(at: dt.datetime) -> Learned:
    """What the outages restored in the latest years teach."""
    since = at - dt.timedelta(days=runtime_settings.get(LOOK_BACK))
    found = Outage.objects.filter(restored_at__gte=since, restored_at__lte=at).exclude(state="cancelled")
    rows = list(found.exclude(kind="planned").select_related("area").defer("explanation").order_by("pk"))
    moments = legs.first_on_site(subjects=[f"outage:{row.pk}" for row in rows])
    area = np.array([row.area.key for row in rows], dtype=object)
    began, ended = (np.array([moment.timestamp() for moment in column]) for column in _spans(rows))
    borders, level = {}, np.zeros(len(rows), np.int64)
    for key in set(area):
        inside = np.flatnonzero(area == key)
        counts = busyness.going(began[inside], ended[inside], began[inside])
        borders[key] = busyness.borders(counts)
        level[inside] = busyness.level(counts, borders[key])
    keys = [area.tolist(), [row.cause for row in rows], level.tolist(), [_hours(row.started_at) for row in rows]]
    columns = np.array([_minutes(moments.get(f"outage:{row.pk}", {}), row.restored_at) for row in rows]).reshape(-1, 4)
    first = runtime_settings.get(FIRST_LEGS)
    priors = [Spread(math.log(first[leg]), _FIRST_DEVIATION, 0.0) for leg in queue.LEGS]
    histories = tuple(history.learn(columns[:, leg], keys, prior) for leg, prior in enumerate(priors))
    return Learned(histories, borders, len(rows))


def _spans(rows: list[Outage]) -> tuple[list[dt.datetime], list[dt.datetime]]:
    """When each restored outage began and ended."""
    return [row.started_at for row in rows], [row.restored_at for row in rows if row.restored_at]


def _hours(moment: dt.datetime) -> int:
    """The part of the local day, in groups of six hours."""
    return timezone.localtime(moment).hour // _HOURS


def _minutes(moments: dict[str, dt.datetime | None], restored_at: dt.datetime | None) -> list[float]:
    """Minutes of travel, assessment, repair and clean-up; NaN where a moment is not known."""
    on_site, safe = moments.get("on_site_at"), moments.get("made_safe_at")
    pairs = (
        (moments.get("assigned_at"), on_site),
        (on_site, safe),
        (safe or on_site, restored_at if on_site else None),
        (restored_at if on_site else None, moments.get("ended_at")),
    )
    return [(end - start).total_seconds() / 60.0 if start and end else math.nan for start, end in pairs]


def situation(known: Learned, at: dt.datetime, *, area: str = "") -> Situation:
    """Going outages and the crews at work, as the simulation takes them; of one area where one is given."""
    found = Outage.objects.filter(state__in=lifecycle.RUNNING).exclude(kind="planned").select_related("area")
    rows = list((found.filter(area__key=area) if area else found).defer("explanation").order_by("-priority", "pk"))
    working = [crew for crew in crews.crews() if crew.shift == "on" and not crew.unavailable_reason]
    places = {crew.key: place for place, crew in enumerate(working)}
    areas = {
        key: place
        for place, key in enumerate(sorted({crew.area.key for crew in working} | {row.area.key for row in rows}))
    }
    on = crews.assignments_for([f"outage:{row.pk}" for row in rows])
    hands = [_in_hand(on.get(f"outage:{row.pk}", []), places, at) for row in rows]
    going = Counter(row.area.key for row in rows)
    spreads = [_spreads(known, row, going[row.area.key]) for row in rows]
    shape = (len(rows), len(queue.LEGS))
    jobs = queue.Jobs(
        area=np.array([areas[row.area.key] for row in rows], np.int64),
        crew=np.array([hand[0] for hand in hands], np.int64),
        stage=np.array([hand[1] for hand in hands], np.int64),
        lasted=np.array([hand[2] for hand in hands], np.float64),
        mean=np.array([[one.mean for one in spread] for spread in spreads], np.float64).reshape(shape),
        deviation=np.array([[one.deviation for one in spread] for spread in spreads], np.float64).reshape(shape),
        customers=np.array([row.customers_out for row in rows], np.int64),
    )
    shifts = queue.Crews(np.array([areas[crew.area.key] for crew in working], np.int64), np.zeros(len(working)))
    return Situation(rows, jobs, shifts)


def _spreads(known: Learned, row: Outage, going: int) -> list[Spread]:
    """What each leg of an outage may take, by area, cause, how busy the area is and the hour."""
    level = int(busyness.level(np.array([going]), known.borders.get(row.area.key, np.empty(0)))[0])
    return [leg.of(row.area.key, row.cause, level, _hours(row.started_at)) for leg in known.legs]


def _in_hand(assignments: list[Any], places: dict[str, int], at: dt.datetime) -> tuple[int, int, float]:
    """Crew, stage and how long that stage has lasted; of several crews the one furthest on."""
    best = (queue.NOBODY, queue.WAITING, 0.0)
    for one in assignments:
        if one.ended_at is not None or one.crew.key not in places:
            continue
        stage = queue.REPAIR if one.state == "made_safe" else _STAGES.get(one.state, queue.TRAVEL)
        since = getattr(one, _SINCE[stage]) or one.assigned_at
        if stage > best[1]:
            best = (places[one.crew.key], stage, max(0.0, (at - since).total_seconds() / 60.0))
    return best


_known: list[tuple[dt.datetime, Learned]] = []
_outlooks: dict[str, "_Kept"] = {}
RELEARN, ANEW = dt.timedelta(hours=1), dt.timedelta(seconds=60)
#: An outlook that took longer than this, in seconds, rests so many times as long, whatever moves meanwhile: it looks hours ahead.
COSTLY_S, RESTS = 0.3, 20


def known(at: dt.datetime) -> Learned:
    """What history teaches, learned anew by each process now and then."""
    if not _known or not dt.timedelta() <= at - _known[0][0] < RELEARN:
        _known[:] = [(at, learned(at))]
    return _known[0][1]


def forget() -> None:
    """Learn and look anew at the next question."""
    _known.clear()
    _outlooks.clear()


@dataclass(frozen=True, slots=True)
class Outlook:
    """How an event will go on.

    Attributes:
        at: hours from now, with the outages and customers still out then (means of the simulated cases).
        last_hours: hours until the last customer is back, in the middle case and in eight of ten; None where no crew comes.
        without_crew: outages in areas that no crew serves.
    """

    at: list[tuple[float, float, float]]
    last_hours: tuple[float | None, float | None]
    without_crew: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """An outlook, of which outages (how many, customers out, the latest), when, and how long it took in seconds."""

    of: tuple[Any, ...]
    at: dt.datetime
    took_s: float
    outlook: Outlook

    def is_good(self, of: tuple[Any, ...], at: dt.datetime) -> bool:
        """Whether it may be shown of these outages now."""
        age = at - self.at
        rests = dt.timedelta(seconds=RESTS * self.took_s if self.took_s > COSTLY_S else 0.0)
        return dt.timedelta() <= age < (ANEW if of == self.of else min(rests, ANEW))


def latest_outlook(at: dt.datetime, *, area: str = "") -> Outlook:
    """The outlook, computed by each process once a minute as long as the outages are the same: pages ask far more often.

    In a storm they are never the same, and thousands of them take seconds.
    """
    going = Outage.objects.filter(state__in=lifecycle.RUNNING).aggregate(
        n=Count("pk"), out=Sum("customers_out"), last=Max("pk")
    )
    of = (going["n"], going["out"], going["last"])
    kept = _outlooks.get(area)
    if kept is None or not kept.is_good(of, at):
        began = time.monotonic()
        found = outlook(at, area=area)
        kept = _outlooks[area] = _Kept(of, at, time.monotonic() - began, found)
    return kept.outlook


def outlook(at: dt.datetime, *, area: str = "") -> Outlook:
    """Outages left over the coming day and the time of the last customer, by simulation of the crews at work."""
    present = situation(known(at), at, area=area)
    forecast = queue.simulate(present.jobs, present.crews)
    hours = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 18.0, 24.0, 36.0, 48.0, 72.0])
    outages, customers = forecast.left_at(hours * 60.0)
    ends = tuple(end / 60.0 if math.isfinite(end) else None for end in (forecast.last(0.5), forecast.last(0.8)))
    stranded = int(np.isinf(forecast.back).all(axis=1).sum()) if len(forecast.back) else 0
    points = [(float(h), float(o), float(c)) for h, o, c in zip(hours, outages, customers, strict=True)]
    return Outlook(points, (ends[0], ends[1]), stranded)


def accuracy_of(
    actor: Actor, start: dt.datetime, end: dt.datetime, *, area: str = ""
) -> dict[str, tuple[Accuracy, Accuracy]]:
    """Per source the first and the latest estimate it gave for each outage restored in the period, scored.

    "all" is whatever was told to customers first and last, whoever gave it.
    """
    found = Expectation.objects.filter(
        outage__restored_at__gte=start, outage__restored_at__lt=end, given_at__lte=F("outage__restored_at")
    ).exclude(outage__state="cancelled")
    keys = actor.areas_for("see_network")
    if area:
        found = found.filter(outage__area__key=area)
    elif keys is not None:
        found = found.filter(outage__area__key__in=keys)
    rows = list(found.order_by("given_at", "pk").values_list("outage_id", "source", "etr_at", "outage__restored_at"))
    told: dict[str, dict[int, list[tuple[float, float]]]] = {}
    for outage, source, etr, restored in rows:
        if restored is None:
            continue
        pair = (etr.timestamp() / 60.0, restored.timestamp() / 60.0)
        for name in (source, "all"):
            told.setdefault(name, {}).setdefault(outage, []).append(pair)
    return {name: (_score(given, 0), _score(given, -1)) for name, given in sorted(told.items())}


def _score(given: dict[int, list[tuple[float, float]]], place: int) -> Accuracy:
    promised, restored = np.array([pairs[place] for pairs in given.values()]).T
    return accuracy.score(promised, restored)
