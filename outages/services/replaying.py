"""Replay a recorded period against other rules or the other engine. Reads only: no table is written.

Evidence comes in the order in which it was recorded, counts as open until people, meters or telemetry settled it in the record, and
meets the network as it was known then. What people and telemetry said of outages stands as they said it (selectors.recorded); what
prediction itself decided (expiry, which outage a report joined) is decided anew.
"""

import bisect
import dataclasses
import datetime as dt
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.errors import Invalid
from network.selectors import history, state
from network.selectors.indicator_words import Words
from network.selectors.state import NetworkState
from outages.domain import attach, replay_comparison, rule_sets, sampling
from outages.domain.replay import Held, Replay, Scene, Way
from outages.domain.replay_comparison import Row
from outages.domain.rule_sets import Course, InForce
from outages.models import Evidence
from outages.selectors import indicators, known_evidence, pool, recorded, trees
from outages.selectors import rule_sets as chosen_rules
from outages.selectors.recorded import Period, Record, Stand
from outages.selectors.trees import Devices
from outages.services.nesting import STILL_OUT
from outages.services.prediction import EXPIRY, RETURN_HOLD
from outages.services.restoration import SAME_EVENT

#: More would take hours: every moment asks the engine anew.
MOST_REPORTS = 20_000
#: A meter says by itself that it has supply again.
RETURN = "restore"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: how many moments were predicted, over how many reports."""

    steps: int
    reports: int
    rows: list[Row]


#: Told after each moment: how many are done, of how many.
Tell = Callable[[int, int], None]


def run(*, period: Period, rules: InForce | Course, engine: str = "", tell: Tell = lambda _done, _of: None) -> Outcome:
    """Replay a period; by another engine than the set's if one is named.

    Raises:
        Invalid: the period ends before it begins, holds too many reports, or the engine is unknown.
        NotFound: no such model is published.
    """
    check(period, engine)
    record = Record.of(period)
    course = rules if isinstance(rules, Course) else Course.always(rules)
    moments = _moments(period, record, course.sets)
    played, known, expiry = Replay(), _Known(period), dt.timedelta(seconds=runtime_settings.get(EXPIRY))
    opening, same_event_s, still_out_s = _Open(record, expiry), _setting(SAME_EVENT), _setting(STILL_OUT)
    return_hold_s = _setting(RETURN_HOLD)
    for number, at in enumerate(moments, start=1):
        rules_now = course.at(at)
        chooser, freeze_s = rules_now.chooser(engine), rules_now.freeze_s
        one_speaks = not sampling.is_nobody(rules_now.get("ask_after_restoration"))
        way = Way(rules_now.rules, chooser, freeze_s, same_event_s, still_out_s, return_hold_s, one_speaks)
        scene = known.scene(opening.at(at, played), record, at, still_out_s)
        played.step(scene._replace(back=opening.back), way)
        tell(number, len(moments))
    played.stood |= record.answered()
    compared = replay_comparison.compare(played, record.recorded(), period.end.timestamp())
    return Outcome(len(moments), len(record.rows), compared)


def _setting(name: str) -> float:
    return float(runtime_settings.get(name))


def run_as_it_was(*, period: Period, engine: str = "", tell: Tell = lambda _done, _of: None) -> Outcome:
    """Replay a period by the rule sets each control area followed then, one area after the other.

    Raises:
        Invalid, NotFound: see `run`.
    """
    check(period, engine)
    found = recorded.evidence(period).order_by("area_id").values_list("area_id", flat=True).distinct()
    areas, parts = list(found), []
    for place, area_id in enumerate(areas):
        course = chosen_rules.course(area_id, period.begin, period.end)
        part = dataclasses.replace(period, areas=(area_id,))
        parts.append(run(period=part, rules=course, engine=engine, tell=_part_of(tell, place, len(areas))))
    rows = [row for part in parts for row in part.rows]
    return Outcome(sum(part.steps for part in parts), sum(part.reports for part in parts), rows)


def _part_of(tell: Tell, place: int, parts: int) -> Tell:
    """The progress of one part, as that of the whole."""
    return lambda done, of: tell(place * 1000 + 1000 * done // max(of, 1), parts * 1000)


def check(period: Period, engine: str) -> None:
    """Refuse what cannot be replayed.

    Raises:
        Invalid: the period ends before it begins, holds too many reports, or the engine is unknown.
    """
    if period.begin >= period.end:
        raise Invalid(_("the period ends before it begins"), field="to")
    if engine and engine not in rule_sets.ENGINES:
        raise Invalid(
            _("no engine %(engine)s") % {"engine": f"{engine!r}"}, field="engine", known=sorted(rule_sets.ENGINES)
        )
    if len(recorded.evidence(period).values_list("pk", flat=True)[: MOST_REPORTS + 1]) > MOST_REPORTS:
        raise Invalid(
            _("more than %(most_reports)s pieces of evidence: choose a shorter period")
            % {"most_reports": MOST_REPORTS},
            field="from",
        )


class _Open:
    """The pieces of evidence that were known and not settled by then; moments are asked for in their order."""

    def __init__(self, record: Record, expiry: dt.timedelta) -> None:
        self._record, self._expiry = record, expiry
        self._next, self._open = 0, dict[int, Evidence]()
        self.back: set[int] = (
            set()
        )  # usage points whose meters said since the moment before that they have supply again

    def at(self, at: dt.datetime, played: Replay) -> list[Evidence]:
        """As of a moment: what expired is in it while an outage of the replay holds it."""
        rows, settled = self._record.rows, self._record.settled
        first = self._next
        while self._next < len(rows) and rows[self._next].recorded_at <= at:
            self._open[rows[self._next].pk] = rows[self._next]
            self._next += 1
        self.back = {row.usage_point_id or -1 for row in rows[first : self._next] if row.kind == RETURN}
        for pk in [pk for pk in self._open if pk in settled and settled[pk] <= at]:
            del self._open[pk]
        border, silent = at - self._expiry, self._record.silent
        return [
            row
            for row in self._open.values()
            if (row.pk in played.owner or max(row.recorded_at, row.occurred_at) >= border)
            and not any(since <= at < until for since, until in silent.get(row.pk, ()))
        ]


class _Known:
    """The network as it was known at moments asked for in their order: read and built anew only where something moved meanwhile."""

    def __init__(self, period: Period) -> None:
        self._period, self._model = period, period.model
        self._changes = history.changes_known(period.model, period.begin, period.end)
        self._words: tuple[int, Words] | None = None
        self._read: tuple[int, NetworkState] | None = None
        self._built: tuple[tuple[int, tuple[str, ...]], Devices] | None = None

    def devices(self, at: dt.datetime, closed: tuple[str, ...]) -> Devices:
        """The device tree of then, with these devices taken as closed."""
        place = bisect.bisect_right(self._changes, at)
        if self._read is None or self._read[0] != place:
            self._read = (place, state.past_state(self._model, at, "recorded_at"))
        if self._built is None or self._built[0] != (place, closed):
            self._built = ((place, closed), trees.as_closed(self._read[1], closed))
        return self._built[1]

    def _words_of(self, then: NetworkState) -> Words:
        """What indicators said in the period, by their points in the version the network is read in."""
        if self._words is None or self._words[0] != then.version_id:
            words = Words.of(then.model_id, then.version_id, self._period.begin, self._period.end)
            self._words = (then.version_id, words)
        return self._words[1]

    def scene(self, here: Sequence[Evidence], record: Record, at: dt.datetime, still_out_s: float) -> Scene:
        """What was known then, as a step of the replay takes it."""
        going, over = record.stood(at, still_out_s)
        confirmed = [one.outage for one in going if one.is_open]
        devices = self.devices(at, tuple(one.device_mrid for one in confirmed))
        dark = pool.of_rows([row for row in here if row.kind in pool.KINDS])
        words = pool.of_rows([row for row in here if row.kind in pool.LIVE])
        evidence = known_evidence.together(devices, dark, pool.still_live(dark, words), confirmed)
        if dark.size:
            told = functools.partial(self._words_of(devices.state).at, moment=at)
            evidence = dataclasses.replace(
                evidence, indicators=indicators.of(devices, devices.at_nodes(dark.node), dark.at, told)
            )
        return Scene(
            at.timestamp(),
            devices.tree,
            devices.mrid,
            _index(devices),
            evidence,
            held=[_held(devices, one) for one in going],
            over=[_held(devices, one) for one in over],
            given=record.given(at),
            belongs={row.pk: row.outage_id for row in here if row.outage_id is not None},
        )


def _held(devices: Devices, one: Stand) -> Held:
    ended = one.outage.restored_at.timestamp() if one.outage.restored_at else math.inf
    device = devices.of_equipment(one.device_mrid, one.node)
    return Held(
        one.outage.pk, attach.Outage(device, one.outage.started_at.timestamp(), ended, one.phases), is_open=one.is_open
    )


def _moments(period: Period, record: Record, sets: Sequence[InForce]) -> list[dt.datetime]:
    """When anything was recorded, a hold time passed, a report was settled, or anything said of an outage."""
    found = {row.recorded_at for row in record.rows} | {period.end} | set(record.settled.values())
    holds = {kind: {_hold_s(rules, kind) for rules in sets} for kind in ("call", "gasp")}
    return_hold = dt.timedelta(seconds=_setting(RETURN_HOLD))
    for row in record.rows:
        for hold in holds["call" if row.kind == "call" else "gasp"]:
            found.add(max(row.recorded_at, row.occurred_at + dt.timedelta(seconds=hold)))
        if row.kind == RETURN:
            found.add(row.recorded_at + return_hold)
    found |= record.moments()
    inside = {at for at in found if period.begin <= at <= period.end}
    step = max(period.step_s, 0.001)
    steps = {math.ceil(round((at - period.begin).total_seconds() / step, 6)) for at in inside}
    return [min(period.begin + dt.timedelta(seconds=number * step), period.end) for number in sorted(steps)]


def _hold_s(rules: InForce, kind: str) -> float:
    return rules.rules.hold_time_calls_s if kind == "call" else rules.rules.hold_time_gasps_s


def _index(devices: Devices) -> Callable[[str], int]:
    def find(mrid: str) -> int:
        branch = devices.state.grid.branch_index(mrid)
        return int(devices.places.device_of_branch(branch)) if branch >= 0 else -1

    return find
