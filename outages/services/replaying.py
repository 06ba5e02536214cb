"""Replay a recorded period against other rules or the other engine. Reads only: no table is written.

Evidence comes in the order in which it was recorded, counts as open until people, meters or telemetry settled it in the record, and
meets the network as it was known then. What prediction itself decided (expiry, which outage a report joined) is decided anew.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from adms.core import runtime_settings
from adms.core.errors import Invalid
from network.domain.phases import ABC
from network.selectors import state
from outages.domain import attach, replay, rule_sets
from outages.domain.replay import Recorded, Replay, Row, Scene, Way
from outages.domain.rule_sets import InForce
from outages.models import Evidence, Outage, OutageEntry
from outages.selectors import known_evidence, pool, trees
from outages.selectors.trees import Devices
from outages.services.prediction import EXPIRY

#: The reason of reports that prediction laid aside by itself.
ASIDE = "no outage explains it"
#: More would take hours: every moment asks the engine anew.
MOST_REPORTS = 20_000


@dataclass(frozen=True, slots=True)
class Period:
    """What is replayed; what happens within one step is predicted together."""

    model: str
    begin: dt.datetime
    end: dt.datetime
    step_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: how many moments were predicted, over how many reports."""

    steps: int
    reports: int
    rows: list[Row]


def run(*, period: Period, rules: InForce, engine: str = "") -> Outcome:
    """Replay a period; by another engine than the set's if one is named.

    Raises:
        Invalid: the period ends before it begins, holds too many reports, or the engine is unknown.
        NotFound: no such model is published.
    """
    if period.begin >= period.end:
        raise Invalid("the period ends before it begins", field="to")
    if engine and engine not in rule_sets.ENGINES:
        raise Invalid(f"no engine {engine!r}", field="engine", known=sorted(rule_sets.ENGINES))
    rows = list(_rows(period))
    if len(rows) > MOST_REPORTS:
        raise Invalid(f"more than {MOST_REPORTS} pieces of evidence: choose a shorter period", field="from")
    way = Way(rules.rules, rule_sets.ENGINES[engine or rules.engine], rules.freeze_s)
    outages = list(Outage.objects.filter(_within(period)).defer("explanation").order_by("pk"))
    settled = _settled(rows)
    moments = _moments(period, rows, outages, rules)
    played, expiry = Replay(), dt.timedelta(seconds=runtime_settings.get(EXPIRY))
    for at in moments:
        here = [row for row in rows if _is_open(row, at, settled, expiry, played)]
        played.step(_scene(period.model, here, outages, at), way)
    return Outcome(len(moments), len(rows), replay.compare(played.incidents, _recorded(rows, outages)))


def _rows(period: Period) -> Iterable[Evidence]:
    found = Evidence.objects.filter(
        model_key=period.model, recorded_at__gte=period.begin, recorded_at__lte=period.end, kind__in=(*pool.KINDS, *pool.LIVE)
    )  # fmt: skip
    return found.order_by("recorded_at", "pk")[: MOST_REPORTS + 1]


def _within(period: Period) -> Q:
    until = Q(restored_at=None) | Q(restored_at__gte=period.begin)
    return until & Q(model_key=period.model, started_at__lte=period.end) & ~Q(kind__in=("planned", "hazard"))


def _moments(period: Period, rows: Sequence[Evidence], outages: Sequence[Outage], rules: InForce) -> list[dt.datetime]:
    """When anything was recorded, a hold time passed, a report was settled, an outage confirmed or restored."""
    found = {row.recorded_at for row in rows} | {period.end}
    for row in rows:
        hold = rules.rules.hold_time_calls_s if row.kind == "call" else rules.rules.hold_time_gasps_s
        found.add(max(row.recorded_at, row.occurred_at + dt.timedelta(seconds=hold)))
        found |= {row.settled_at} if row.settled_at and row.settled_reason != ASIDE else set()
    found |= {at for one in outages for at in (one.confirmed_at, one.restored_at) if at}
    inside = {at for at in found if period.begin <= at <= period.end}
    step = max(period.step_s, 0.001)
    steps = {math.ceil(round((at - period.begin).total_seconds() / step, 6)) for at in inside}
    return [min(period.begin + dt.timedelta(seconds=number * step), period.end) for number in sorted(steps)]


def _settled(rows: Sequence[Evidence]) -> dict[int, dt.datetime]:
    """Since when each report was settled by others than prediction: by the record, or by a word of life that came before that."""
    words: dict[int, list[Evidence]] = {}
    for row in rows:
        if row.kind in pool.LIVE and row.usage_point_id is not None:
            words.setdefault(row.usage_point_id, []).append(row)
    found = {}
    for row in rows:
        if row.kind in pool.LIVE:
            continue
        own = words.get(row.usage_point_id or -1, ())
        moments = [
            one.recorded_at for one in own if one.occurred_at >= row.occurred_at and not row.phases & ~one.phases & ABC
        ]
        if row.settled_at and row.settled_reason != ASIDE:
            moments.append(row.settled_at)
        if moments:
            found[row.pk] = max(min(moments), row.recorded_at)
    return found


def _is_open(
    row: Evidence, at: dt.datetime, settled: Mapping[int, dt.datetime], expiry: dt.timedelta, played: Replay
) -> bool:
    """Whether a piece of evidence was known and not settled by then."""
    if row.recorded_at > at or (row.pk in settled and settled[row.pk] <= at):
        return False
    return row.pk in played.owner or max(row.recorded_at, row.occurred_at) >= at - expiry


def _scene(model: str, here: Sequence[Evidence], outages: Sequence[Outage], at: dt.datetime) -> Scene:
    then = state.past_state(model, at, "recorded_at")
    confirmed = [one for one in outages if one.confirmed_at and one.confirmed_at <= at and one.kind != "single"]
    confirmed = [one for one in confirmed if one.restored_at is None or one.restored_at > at]
    devices = trees.as_closed(then, [one.device_mrid for one in confirmed])
    dark = pool.of_rows([row for row in here if row.kind in pool.KINDS])
    words = pool.of_rows([row for row in here if row.kind in pool.LIVE])
    known = [attach.Outage(devices.of_outage(one), one.started_at.timestamp(), phases=one.phases) for one in confirmed]
    evidence = known_evidence.together(devices, dark, pool.still_live(dark, words), confirmed)
    return Scene(at.timestamp(), devices.tree, devices.mrid, _index(devices), evidence, known)


def _index(devices: Devices) -> Callable[[str], int]:
    def find(mrid: str) -> int:
        branch = devices.state.grid.branch_index(mrid)
        return int(devices.places.device_of_branch(branch)) if branch >= 0 else -1

    return find


def _recorded(rows: Sequence[Evidence], outages: Sequence[Outage]) -> list[Recorded]:
    """What the record has; without what was merged into another (its reports went there)."""
    held: dict[int, set[int]] = {}
    for row in rows:
        if row.outage_id is not None:
            held.setdefault(row.outage_id, set()).add(row.pk)
    turns = OutageEntry.objects.filter(outage__in=[one.pk for one in outages], kind="moved").order_by("recorded_at")
    moved_at = dict(turns.annotate(at=F("recorded_at")).values_list("outage_id", "at"))
    return [
        Recorded(
            one.pk,
            "single" if one.kind == "single" else "outage",
            one.device_mrid,
            one.customers_affected,
            one.started_at.timestamp(),
            moved_at.get(one.pk, one.predicted_at).timestamp(),
            one.device_mrid if one.confirmed_at else "",
            frozenset(held[one.pk]),
        )
        for one in outages
        if one.pk in held
    ]
