"""Prediction once more over recorded evidence: the same steps as the running system's, on a state that lives in memory only.

    open reports --attach--> known (confirmed in the record, or frozen here)
         | the rest
         +--engine--> predictions --match--> incidents of the replay: continued, merged, split, opened, over

Who is counted out by the ledger is not replayed: a report joins a known outage by place, or by its usage point a single service.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from outages.domain import attach, matching
from outages.domain.prediction import engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from outages.domain.prediction.choice import Choice
    from outages.domain.prediction.engine import Prediction
    from outages.domain.prediction.evidence import Evidence
    from outages.domain.prediction.rules import RuleSet
    from outages.domain.prediction.scores import Scores
    from outages.domain.prediction.tree import DeviceTree

#: The number reports have whose outage is a confirmed one of the record.
RECORDED = -2
#: How an outage of the replay may differ from that of the record.
DIFFERENCES = ("only_replayed", "only_recorded", "kind", "device", "customers")


@dataclass(slots=True)
class Incident:
    """One outage of the replay. Times are seconds since 1970.

    Attributes:
        number: in order of appearance.
        kind, device, phases, customers: what it was taken for last; the device by mRID.
        reports: every report it ever held, by number.
        started_at, first_at, changed_at: its earliest report, when it was first predicted, when it last moved.
        moves: how often.
        is_frozen: it is old enough to be left alone.
        ended: how it ended: "" (it goes on), "merged", "known" (a confirmed outage of the record took its reports), "over".
        ended_at: when, None while it goes on.
        turns: since when it was at which device.
    """

    number: int
    kind: str
    device: str
    phases: int
    customers: int
    reports: set[int]
    started_at: float
    first_at: float
    changed_at: float
    moves: int = 0
    is_frozen: bool = False
    ended: str = ""
    ended_at: float | None = None
    turns: list[tuple[float, str]] = field(default_factory=list)

    def end(self, how: str, at: float) -> None:
        """It goes on no longer."""
        self.ended, self.ended_at = how, at


class Scene(NamedTuple):
    """What was known at a moment: the tree of then, open evidence, and outages known to be confirmed.

    `mrid` and `device_of` turn devices of this tree into names and back (-1: none of the tree).
    """

    at: float
    tree: DeviceTree
    mrid: Callable[[int], str]
    device_of: Callable[[str], int]
    evidence: Evidence
    confirmed: Sequence[attach.Outage]


class Way(NamedTuple):
    """By what is predicted: the numbers, the engine, and after what time a prediction is left alone."""

    rules: RuleSet
    choose: Callable[[Scores], Choice]
    freeze_s: float


@dataclass(slots=True)
class Replay:
    """The state between steps."""

    incidents: list[Incident] = field(default_factory=list)
    owner: dict[int, int] = field(default_factory=dict)  # by report: an incident's number, or RECORDED

    def going(self) -> list[Incident]:
        """What goes on."""
        return [one for one in self.incidents if not one.ended]

    def step(self, scene: Scene, way: Way) -> None:
        """Predict as of one moment."""
        for one in self.going():
            one.is_frozen = one.is_frozen or scene.at - one.changed_at >= way.freeze_s
        self._end_settled(scene)
        left = self._attach(scene, way)
        placed = np.flatnonzero(scene.evidence.device[left] >= 0)
        rest = scene.evidence.take(left[placed])
        found = engine.predict(scene.tree, rest, way.rules, way.choose, at=scene.at) if rest.size else []
        self._follow(scene, rest, self._join_known(scene, found))

    def _end_settled(self, scene: Scene) -> None:
        """An incident none of whose reports is open any more is over."""
        there = set(scene.evidence.id.tolist())
        self.owner = {report: number for report, number in self.owner.items() if report in there}
        held = set(self.owner.values())
        for one in self.going():
            if one.number not in held:
                one.end("over", scene.at)

    def _attach(self, scene: Scene, way: Way) -> NDArray[np.int64]:
        """Rows of the evidence that are left for the engine, after the known outages took theirs."""
        frozen = [one for one in self.going() if one.is_frozen]
        held = {RECORDED, *(one.number for one in frozen)}
        owners = [self.owner.get(report, -1) for report in scene.evidence.id.tolist()]
        free = np.flatnonzero([owner not in held for owner in owners])
        if not free.size or not (frozen or scene.confirmed):
            return free
        known = [*scene.confirmed, *(_as_known(one, scene) for one in frozen)]
        numbers = [*[RECORDED] * len(scene.confirmed), *(one.number for one in frozen)]
        given = scene.evidence.take(free)
        joined = attach.attach(
            scene.tree, given, known, _services(frozen, len(scene.confirmed), scene), early_s=way.rules.early_s, late_s=way.rules.late_s
        )  # fmt: skip
        self._take(
            {int(given.id[row]): numbers[int(joined[row])] for row in np.flatnonzero(joined >= 0).tolist()}, scene.at
        )
        return free[joined < 0]

    def _take(self, taken: Mapping[int, int], at: float) -> None:
        """Reports go to known outages; an incident that has lost all of its own to them is part of these."""
        losers = {self.owner[report] for report in taken if report in self.owner}
        self.owner |= taken
        for number in taken.values():
            if number >= 0:
                self.incidents[number].reports.update(report for report, to in taken.items() if to == number)
        held = set(self.owner.values())
        for number in losers - held:
            if number >= 0 and not self.incidents[number].ended:
                self.incidents[number].end("known" if RECORDED in taken.values() else "merged", at)

    def _join_known(self, scene: Scene, found: Sequence[Prediction]) -> list[Prediction]:
        """What is predicted on the device of a known outage joins it; the predictions left."""
        at: dict[int, int] = {one.device: RECORDED for one in scene.confirmed if one.device >= 0}
        at |= {
            scene.device_of(one.device): one.number for one in self.going() if one.is_frozen and one.kind != "single"
        }
        at.pop(-1, None)
        joining = [one for one in found if one.kind != "single" and one.device in at]
        self._take({report: at[one.device] for one in joining for report in one.evidence}, scene.at)
        return [one for one in found if one.kind == "single" or one.device not in at]

    def _follow(self, scene: Scene, evidence: Evidence, found: Sequence[Prediction]) -> None:
        movable = [one for one in self.going() if not one.is_frozen]
        held: dict[int, set[int]] = {one.number: set() for one in movable}
        for report, number in self.owner.items():
            if number in held:
                held[number].add(report)
        place = {report: position for position, one in enumerate(found) for report in one.evidence}
        owner, prediction = [self.owner.get(report, -1) for report in place], list(place.values())
        matched = matching.match(held, owner=owner, prediction=prediction, predictions=len(found))
        weight = dict(zip(evidence.id.tolist(), evidence.weight.tolist(), strict=True))
        for made, continued, absorbed in zip(found, matched.continues, matched.absorbs, strict=True):
            for other in absorbed:
                self.incidents[other].end("merged", scene.at)
            if continued is not None:
                self._continue(self.incidents[continued], made, scene)
            elif self._is_due(made, scene.at, weight):
                self._open(made, scene)
        for number in matched.vacated:
            own = np.isin(scene.evidence.id, sorted(held[number]))
            if not self.incidents[number].ended and not (scene.evidence.device[own] < 0).any():
                self.incidents[number].end("over", scene.at)

    def _is_due(self, made: Prediction, at: float, weight: Mapping[int, float]) -> bool:
        """Its hold time has passed, or it was shown before; of a single service somebody must have said so."""
        if made.kind == "single" and not any(weight[report] >= 1.0 for report in made.evidence):
            return False
        return made.due_at <= at or any(self.owner.get(report, -1) >= 0 for report in made.evidence)

    def _open(self, made: Prediction, scene: Scene) -> None:
        number, mrid = len(self.incidents), scene.mrid(made.device)
        new = Incident(
            number,
            _kind(made),
            mrid,
            made.phases,
            made.customers,
            set(made.evidence),
            made.started_at,
            scene.at,
            scene.at,
        )
        new.turns.append((scene.at, mrid))
        self.incidents.append(new)
        self.owner |= dict.fromkeys(made.evidence, number)

    def _continue(self, one: Incident, made: Prediction, scene: Scene) -> None:
        mrid = scene.mrid(made.device)
        if (mrid, _kind(made)) != (one.device, one.kind):
            one.moves, one.changed_at = one.moves + 1, scene.at
            one.turns.append((scene.at, mrid))
        one.kind, one.device, one.phases, one.customers = _kind(made), mrid, made.phases, made.customers
        one.started_at = min(one.started_at, made.started_at)
        one.reports.update(made.evidence)
        self.owner |= dict.fromkeys(made.evidence, one.number)


def _kind(made: Prediction) -> str:
    return "single" if made.kind == "single" else "outage"


def _as_known(one: Incident, scene: Scene) -> attach.Outage:
    return attach.Outage(-1 if one.kind == "single" else scene.device_of(one.device), one.started_at, phases=one.phases)


def _services(frozen: Sequence[Incident], first: int, scene: Scene) -> attach.Counted:
    """The usage points of single services, which have no place to be found by."""
    point = dict(zip(scene.evidence.id.tolist(), scene.evidence.usage_point.tolist(), strict=True))
    found = [
        (point[report], first + place, one.started_at)
        for place, one in enumerate(frozen)
        if one.kind == "single"
        for report in one.reports
        if report in point
    ]
    points, outages, began = zip(*found, strict=True) if found else ((), (), ())
    return attach.Counted.of(points, outages, began, np.full(len(found), np.inf))


class Recorded(NamedTuple):
    """One outage of the record.

    Attributes:
        first_at, right_at: when it was first predicted, and since when it was at its device.
        truth: the device where it was confirmed, "" where nobody confirmed it.
        ended_at: when everybody had supply again or it was cancelled, None while it goes on.
    """

    id: int
    kind: str
    device: str
    customers: int
    started_at: float
    first_at: float
    right_at: float
    truth: str
    reports: frozenset[int]
    ended_at: float | None = None


class Row(NamedTuple):
    """One line of the comparison: an outage of the replay beside the one of the record it shares most reports with.

    Customer-minutes are counted the same way on both sides, not read from the ledger: the customers counted out last, from the first
    report until it was over or the period ended. Supply that came back did so for both: where the outage of the record is over, so is
    the one of the replay; where it is confirmed and took the reports, its customers count from then on.
    """

    replayed: Incident | None
    recorded: Recorded | None
    differences: tuple[str, ...]  # of DIFFERENCES; none: they are the same
    to_right_s: float | None  # from the first report to the true device, in the replay; None: never, or no truth
    recorded_to_right_s: float | None
    customer_minutes: float | None  # of the replay; None: it has no such outage
    recorded_customer_minutes: float | None


def compare(replayed: Sequence[Incident], recorded: Sequence[Recorded], until: float) -> list[Row]:
    """Pair them by the reports they share, most first; each once. Customer-minutes are counted `until` then, in seconds since 1970."""
    seen = [one for one in replayed if one.ended != "merged"]
    pairs = sorted(
        (-len(one.reports & other.reports), other.id, one.number) for one in seen for other in recorded if one.reports & other.reports
    )  # fmt: skip
    mine: dict[int, int] = {}
    for _, other, number in pairs:
        if number not in mine and other not in mine.values():
            mine[number] = other
    by_id = {one.id: one for one in recorded}
    rows = [_row(one, by_id[mine[one.number]] if one.number in mine else None, until) for one in seen]
    rows += [
        Row(None, one, ("only_recorded",), None, _recorded_s(one), None, _recorded_minutes(one, until))
        for one in recorded
        if one.id not in mine.values()
    ]
    return rows


def _row(one: Incident, other: Recorded | None, until: float) -> Row:
    if other is None:
        return Row(one, None, ("only_replayed",), None, None, _minutes(one, None, until), None)
    told = [name for name in ("kind", "device", "customers") if getattr(one, name) != getattr(other, name)]
    since = None
    if other.truth and one.device == other.truth:
        last = max(at for at, device in one.turns if device == other.truth)
        since = last - min(one.started_at, other.started_at)
    minutes = _minutes(one, other, until), _recorded_minutes(other, until)
    return Row(one, other, tuple(told), since, _recorded_s(other), *minutes)


def _minutes(one: Incident, other: Recorded | None, until: float) -> float:
    """Customer-minutes of an outage of the replay, beside its fellow of the record."""
    back = until if other is None else _end(other.ended_at, until)
    end = min(_end(one.ended_at, until), back)
    seconds = one.customers * max(end - one.started_at, 0)
    if other is not None and other.truth and one.ended == "known":
        seconds += other.customers * (back - end)
    return seconds / 60


def _recorded_minutes(one: Recorded, until: float) -> float:
    return one.customers * max(_end(one.ended_at, until) - one.started_at, 0) / 60


def _end(at: float | None, until: float) -> float:
    return until if at is None else min(at, until)


def _recorded_s(one: Recorded) -> float | None:
    return one.right_at - one.started_at if one.truth else None


class Summary(NamedTuple):
    """A comparison in figures: times are medians in seconds over the outages that have one, None where none has; minutes are sums."""

    outages: int
    recorded_outages: int
    same: int
    differences: dict[str, int]
    customers: int
    recorded_customers: int
    confirmed: int
    right: int
    recorded_right: int
    to_right_s: float | None
    recorded_to_right_s: float | None
    customer_minutes: float
    recorded_customer_minutes: float


def summarise(rows: Sequence[Row]) -> Summary:
    """The figures of a comparison. What was confirmed in the record is the truth both are held against."""
    mine = [row.replayed for row in rows if row.replayed]
    theirs = [row.recorded for row in rows if row.recorded]
    confirmed = [row for row in rows if row.recorded and row.recorded.truth]
    told = [name for row in rows for name in row.differences]
    return Summary(
        outages=len(mine),
        recorded_outages=len(theirs),
        same=sum(not row.differences for row in rows),
        differences={name: told.count(name) for name in DIFFERENCES},
        customers=sum(one.customers for one in mine),
        recorded_customers=sum(one.customers for one in theirs),
        confirmed=len(confirmed),
        right=sum(row.to_right_s is not None for row in confirmed),
        recorded_right=sum(row.recorded_to_right_s is not None for row in confirmed),
        to_right_s=_median([row.to_right_s for row in confirmed]),
        recorded_to_right_s=_median([row.recorded_to_right_s for row in confirmed]),
        customer_minutes=sum(row.customer_minutes or 0 for row in rows),
        recorded_customer_minutes=sum(row.recorded_customer_minutes or 0 for row in rows),
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
