"""Prediction once more over recorded evidence: the same steps as the running system's, on a state that lives in memory only.

    open reports --attach--> known (held in the record, frozen or with meters that come back here, nested below what is held)
         | the rest
         +--engine--> predictions --match--> incidents of the replay: continued, merged, split, opened, over

What people and telemetry said of the network is evidence to both sides (`Held`): an outage they held at a device stands there in the
replay too, from the moment they said so until they took it back or it was over. What prediction made of it is decided anew.
Who is counted out by the ledger is not replayed: a report joins a known outage by place, or by its usage point a single service.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from outages.domain import attach, matching
from outages.domain.prediction import engine

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from outages.domain.prediction.choice import Choice
    from outages.domain.prediction.engine import Prediction
    from outages.domain.prediction.evidence import Evidence
    from outages.domain.prediction.rules import RuleSet
    from outages.domain.prediction.scores import Scores
    from outages.domain.prediction.tree import DeviceTree


def in_record(outage: int) -> int:
    """The number reports have that belong to an outage held in the record; below -1, so that it is none of an incident's."""
    return -2 - outage


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
        ended: how it ended: "" (it goes on), "merged", "known" (an outage held in the record took its reports), "over".
        ended_at: when, None while it goes on.
        turns: since when it was at which device.
        nested_in: the outage held in the record above it, by which its customers are not out (any more); None: none.
        returning_at: when the last of its meters said that it has supply again.
        back: by the transformer, by mRID, when its first meter did, of those it still waits for others of.
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
    nested_in: int | None = None
    returning_at: float | None = None
    back: dict[str, float] = field(default_factory=dict)

    def end(self, how: str, at: float) -> None:
        """It goes on no longer."""
        self.ended, self.ended_at = how, at


class Held(NamedTuple):
    """An outage that people or telemetry hold at a device at a moment.

    Attributes:
        outage: its number in the record.
        place: where, since when, on which phases; with its end where it was over lately.
        is_open: its device is known to be open; else people took it for the one that is.
    """

    outage: int
    place: attach.Outage
    is_open: bool = True


class Scene(NamedTuple):
    """What was known at a moment: the tree of then, open evidence, and what people and telemetry said of outages.

    `mrid` and `device_of` turn devices of this tree into names and back (-1: none of the tree). `held` goes on, `over` was restored
    lately. `given` are reports that people gave to an outage, `belongs` those the record has in one at last. `back` are usage
    points whose meters said since the step before that they have supply again.
    """

    at: float
    tree: DeviceTree
    mrid: Callable[[int], str]
    device_of: Callable[[str], int]
    evidence: Evidence
    held: Sequence[Held]
    over: Sequence[Held]
    given: Mapping[int, int]
    belongs: Mapping[int, int]
    back: Collection[int] = ()


class Way(NamedTuple):
    """By what is predicted: the numbers, the engine, and after what time a prediction is left alone.

    Attributes:
        same_event_s: predictions below a device that began no more than this before it opened were about its opening.
        still_out_s: who is dark so soon after a restoration never came back.
        return_hold_s: so long after the last meter that came back an outage stays where it is.
        one_speaks: then one meter that is back speaks for its transformer, because the others are asked after a restoration.
    """

    rules: RuleSet
    choose: Callable[[Scores], Choice]
    freeze_s: float
    same_event_s: float = 90.0
    still_out_s: float = 900.0
    return_hold_s: float = 120.0
    one_speaks: bool = True


@dataclass(slots=True)
class Replay:
    """The state between steps. `stood` are all outages of the record that were held at some step."""

    incidents: list[Incident] = field(default_factory=list)
    owner: dict[int, int] = field(default_factory=dict)  # by report: an incident's number, or `in_record`
    last: dict[int, int] = field(default_factory=dict)  # the incident each report was in last
    points: dict[int, int] = field(default_factory=dict)  # the usage point of each report
    places: dict[int, str] = field(default_factory=dict)  # the transformer of each report, by mRID
    spoken: set[int] = field(default_factory=set)  # reports of meters for whom another of their transformer spoke
    stood: set[int] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)  # of those, whose opening has been taken in

    def going(self) -> list[Incident]:
        """What goes on."""
        return [one for one in self.incidents if not one.ended]

    def step(self, scene: Scene, way: Way) -> None:
        """Predict as of one moment."""
        for one in self.going():
            one.is_frozen = one.is_frozen or scene.at - one.changed_at >= way.freeze_s
        self.stood.update(one.outage for one in scene.held)
        self._learn_places(scene)
        scene = self._unspoken(scene)
        self._end_settled(scene)
        self._hold_returning(scene)
        if self._speak(scene, way):
            scene = self._unspoken(scene)
            self._end_settled(scene)
        self._take_in(scene, way)
        left = self._attach(scene, way)
        placed = np.flatnonzero(scene.evidence.device[left] >= 0)
        rest = scene.evidence.take(left[placed])
        found = engine.predict(scene.tree, rest, way.rules, way.choose, at=scene.at) if rest.size else []
        self._follow(scene, way, rest, self._join_known(scene, way, found))

    def _learn_places(self, scene: Scene) -> None:
        """Whose each report is, and where; both are asked for when it is settled already."""
        found = scene.evidence
        self.points |= zip(found.id.tolist(), found.usage_point.tolist(), strict=True)
        new = [
            (report, device)
            for report, device in zip(found.id.tolist(), found.device.tolist(), strict=True)
            if report not in self.places
        ]
        self.places |= {report: scene.mrid(device) if device >= 0 else "" for report, device in new}

    def _end_settled(self, scene: Scene) -> None:
        """Reports that are settled, or whose outage nobody holds any more, belong to nothing; an incident without any is over.

        Where people took back what they had said, it goes on as it was before they said it.
        """
        there = set(scene.evidence.id.tolist())
        held = {in_record(one.outage) for one in scene.held}
        over = {in_record(one.outage) for one in scene.over}
        self.last |= {report: number for report, number in self.owner.items() if number >= 0}
        freed = {report for report, number in self.owner.items() if number < 0 and number not in held}
        ended = {report for report in freed if self.owner[report] in over}
        self.owner = {
            report: number for report, number in self.owner.items() if report in there and report not in freed
        }
        self._revive(there - self.owner.keys() - ended)
        left = set(self.owner.values())
        for one in self.going():
            if one.number not in left:
                one.end("over", scene.at)

    def _revive(self, reports: set[int]) -> None:
        """Incidents go on that had ended because people held or silenced these reports."""
        back = {report: self.last[report] for report in reports if report in self.last}
        back = {report: number for report, number in back.items() if self.incidents[number].ended in {"known", "over"}}
        for number in set(back.values()):
            self.incidents[number].ended, self.incidents[number].ended_at = "", None
        self.owner |= back

    def _take_in(self, scene: Scene, way: Way) -> None:
        """Reports go where people gave them; a device that is known to be open takes in what is below it.

        What was about the same event becomes part of it: incidents whose reports the record has in that outage, or which began no
        more than `same_event_s` before. Older ones are nested in it.
        """
        numbers = {one.outage for one in scene.held}
        there = set(scene.evidence.id.tolist())
        self._take(
            {report: in_record(to) for report, to in scene.given.items() if to in numbers and report in there}, scene.at
        )
        for held in scene.held:
            if held.is_open and held.outage not in self.opened and held.place.device >= 0:
                self.opened.add(held.outage)
                below = scene.tree.below(held.place.device)
                for one in self.going():
                    device = scene.device_of(one.device)
                    if device >= 0 and below[device]:
                        self._open_above(one, held, scene, way)

    def _open_above(self, one: Incident, held: Held, scene: Scene, way: Way) -> None:
        """A device at or above an incident's is known to be open."""
        own = [report for report, number in self.owner.items() if number == one.number]
        told = [scene.belongs.get(report) for report in own]
        is_same = one.kind != "single" and scene.device_of(one.device) == held.place.device
        if is_same or held.outage in told or one.started_at >= held.place.began_at - way.same_event_s:
            self._take(dict.fromkeys(own, in_record(held.outage)), scene.at)
        elif one.nested_in is None:
            one.nested_in = held.outage

    def _hold_returning(self, scene: Scene) -> None:
        """Meters that had said they were dark come back one by one: while they do, who is still dark tells nothing of the device."""
        if not scene.back:
            return
        for one in self.going():
            back = [report for report in one.reports if self.points.get(report) in scene.back]
            if back:
                one.returning_at = scene.at
                one.back = (
                    dict.fromkeys((self.places[report] for report in back if self.places[report]), scene.at) | one.back
                )

    def _speak(self, scene: Scene, way: Way) -> bool:
        """Where no more meters come back, one of a transformer speaks for those who have not said since that they are dark."""
        border, spoken = scene.at - way.return_hold_s, len(self.spoken)
        for one in self.going():
            if one.returning_at is None or one.returning_at > border:
                continue
            for report, at in zip(scene.evidence.id.tolist(), scene.evidence.at.tolist(), strict=True):
                if self.owner.get(report) == one.number and at <= one.back.get(self.places[report], -np.inf):
                    self.spoken.update([report] if way.one_speaks else [])
            one.returning_at, one.back = None, {}
        return len(self.spoken) > spoken

    def _unspoken(self, scene: Scene) -> Scene:
        if not self.spoken:
            return scene
        is_left = ~np.isin(scene.evidence.id, sorted(self.spoken))
        return scene._replace(evidence=scene.evidence.take(np.flatnonzero(is_left)))

    def _fixed(self, scene: Scene, way: Way) -> list[Incident]:
        """Incidents that are left alone: frozen ones, those whose meters come back, and those nested in what goes on."""
        held, border = {one.outage for one in scene.held}, scene.at - way.return_hold_s
        return [
            one
            for one in self.going()
            if one.is_frozen or one.nested_in in held or (one.returning_at or border) > border
        ]

    def _attach(self, scene: Scene, way: Way) -> NDArray[np.int64]:
        """Rows of the evidence that are left for the engine, after the known outages took theirs."""
        fixed = self._fixed(scene, way)
        numbers = [*(in_record(one.outage) for one in scene.held), *(one.number for one in fixed)]
        known = set(numbers)
        owners = [self.owner.get(report, -1) for report in scene.evidence.id.tolist()]
        free = np.flatnonzero([owner not in known for owner in owners])
        if not free.size or not numbers:
            return free
        places = [*(one.place for one in scene.held), *(_as_known(one, scene) for one in fixed)]
        given = scene.evidence.take(free)
        joined = attach.attach(
            scene.tree, given, places, _services(fixed, len(scene.held), scene), early_s=way.rules.early_s, late_s=way.rules.late_s
        )  # fmt: skip
        self._take(
            {int(given.id[row]): numbers[int(joined[row])] for row in np.flatnonzero(joined >= 0).tolist()}, scene.at
        )
        return free[joined < 0]

    def _take(self, taken: Mapping[int, int], at: float) -> None:
        """Reports go to known outages; an incident that has lost all of its own to them is part of these."""
        losers: dict[int, int] = {}
        for report, to in taken.items():
            before = self.owner.get(report, -1)
            if before >= 0 and before != to:
                losers[before] = to
        self.owner |= taken
        for number in set(taken.values()):
            if number >= 0:
                self.incidents[number].reports.update(report for report, to in taken.items() if to == number)
        left = set(self.owner.values())
        for number in losers.keys() - left:
            if not self.incidents[number].ended:
                self.incidents[number].end("known" if losers[number] < 0 else "merged", at)

    def _join_known(self, scene: Scene, way: Way, found: Sequence[Prediction]) -> list[Prediction]:
        """What is predicted on the device of a known outage joins it; the predictions left."""
        at: dict[int, int] = {one.place.device: in_record(one.outage) for one in scene.held if one.place.device >= 0}
        at |= {scene.device_of(one.device): one.number for one in self._fixed(scene, way) if one.kind != "single"}
        at.pop(-1, None)
        joining = [one for one in found if one.kind != "single" and one.device in at]
        self._take({report: at[one.device] for one in joining for report in one.evidence}, scene.at)
        return [one for one in found if one.kind == "single" or one.device not in at]

    def _follow(self, scene: Scene, way: Way, evidence: Evidence, found: Sequence[Prediction]) -> None:
        fixed = {one.number for one in self._fixed(scene, way)}
        movable = [one for one in self.going() if one.number not in fixed]
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
                self._open(made, scene, _above(made, scene, way))
        for number in matched.vacated:
            own = np.isin(scene.evidence.id, sorted(held[number]))
            if not self.incidents[number].ended and not (scene.evidence.device[own] < 0).any():
                self.incidents[number].end("over", scene.at)

    def _is_due(self, made: Prediction, at: float, weight: Mapping[int, float]) -> bool:
        """Its hold time has passed, or it was shown before; of a single service somebody must have said so."""
        if made.kind == "single" and not any(weight[report] >= 1.0 for report in made.evidence):
            return False
        return made.due_at <= at or any(self.owner.get(report, -1) >= 0 for report in made.evidence)

    def _open(self, made: Prediction, scene: Scene, nested_in: int | None) -> None:
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
            nested_in=nested_in,
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


def _above(made: Prediction, scene: Scene, way: Way) -> int | None:
    """The outage of the record it is nested in: at or above it, going on, or over so lately that nobody here came back."""
    above = {made.device, *scene.tree.above(made.device)}
    for held in (*scene.held, *scene.over):
        is_late = made.started_at > held.place.ended_at + way.still_out_s
        if held.place.device in above and not is_late and (made.started_at < held.place.began_at or held in scene.over):
            return held.outage
    return None


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
