"""What speaks against an order: findings of its rehearsal and of what else goes on, as note, warning or error.

Errors block approval. Every rule is one small function over plain facts, so that each can be read, and tested, by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from network.domain import temporary
from network.domain.grid import Grid
from network.domain.phrases import Phrase, phrase
from outages.domain.switching import documents, free_groups, isolation, life
from outages.domain.switching.rehearsal import Effect, Rehearsed, Stand
from outages.domain.switching.steps import PLACED, Step

NOTE, WARNING, ERROR = SEVERITIES = ("note", "warning", "error")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against the order, or should be known; `step` is its key, empty where it is about the whole.

    `told` has its words in `outages.selectors.rehearsal_words`.
    """

    severity: str
    code: str
    told: Phrase
    step: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Another order or planned outage whose window overlaps."""

    reference: str
    state: str
    devices: Mapping[str, str]  # mRID: name
    crews: frozenset[str] = frozenset()

    @property
    def is_standing(self) -> bool:
        """Whether it will be carried out unless somebody stops it."""
        return self.state in life.STANDING


@dataclass(frozen=True, slots=True)
class Document:
    """A safety document of the order: its kind, the mRIDs and names of its isolation points, and what is worked on."""

    reference: str
    kind: str
    points: Mapping[str, str]
    equipment: str = ""  # mRID
    name: str = ""
    terminal: int = 1


@dataclass(frozen=True, slots=True)
class Crew:
    """A crew by its key: what it is called, whether it is on shift now, and what it has been told to do elsewhere."""

    name: str
    is_on: bool
    jobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules look at, beside the rehearsal."""

    kind: str
    steps: Sequence[Step]
    others: Sequence[Other] = ()
    documents: Sequence[Document] = ()
    crews: Mapping[str, Crew] = field(default_factory=dict)
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    is_now: bool = False  # the window has begun, or there is none: crews are wanted now
    planned_customers: int | None = None  # who was told to lose supply; None where no planned outage stands behind it


def find(facts: Facts, rehearsed: Rehearsed) -> list[Finding]:
    """Everything the rules find, the worst first, otherwise in the sequence of the steps."""
    found = [
        *_of_steps(facts, rehearsed.effects),
        *_of_critical(facts.steps, rehearsed.effects),
        *_of_groups(facts.steps, rehearsed),
        *_safety(facts.steps),
        *_of_documents(facts, rehearsed.stands),
        *_of_others(facts),
        *_of_crews(facts),
        *_of_the_whole(facts, rehearsed),
    ]
    return sorted(found, key=lambda one: -SEVERITIES.index(one.severity))


def worst(found: Iterable[Finding]) -> str:
    """The worst severity; empty where nothing was found.

    >>> worst([Finding("note", "a", {}), Finding("error", "b", {})]), worst([])
    ('error', '')
    """
    return max((one.severity for one in found), key=SEVERITIES.index, default="")


def _of_steps(facts: Facts, effects: Sequence[Effect]) -> Iterator[Finding]:
    for step, effect in zip(facts.steps, effects, strict=True):
        if effect.problem:
            yield Finding(ERROR, "impossible", effect.problem, step.key)
        elif effect.nothing_changes:
            yield Finding(NOTE, "no_effect", phrase("stands_so", device=step.name), step.key)
        if effect.parallels_sources:
            yield Finding(WARNING, "parallel", phrase("joins_sources", device=step.name), step.key)
        elif effect.makes_loop:
            yield Finding(NOTE, "loop", phrase("closes_loop", device=step.name), step.key)
        if effect.lost_customers:
            yield Finding(WARNING, "lost", phrase("lose_supply", customers=effect.lost_customers), step.key)


def _of_critical(steps: Sequence[Step], effects: Sequence[Effect]) -> Iterator[Finding]:
    for step, effect in zip(steps, effects, strict=True):
        if effect.lost_critical:
            yield Finding(WARNING, "critical", phrase("critical_lose_supply", customers=effect.lost_critical), step.key)


def _of_groups(steps: Sequence[Step], rehearsed: Rehearsed) -> Iterator[Finding]:
    """What steps do that may be done in any sequence, where that differs from the written one."""
    for one in free_groups.unlike(steps, rehearsed.effects, rehearsed.stands):
        if one.kind == "problem":
            severity, code, what = ERROR, "group_impossible", one.effect.problem
        elif one.kind == "parallel":
            severity, code, what = WARNING, "group_parallel", phrase("joins_sources", device=one.step.name)
        else:
            severity, code, what = WARNING, "group_lost", phrase("lose_supply", customers=one.effect.lost_customers)
        first = phrase("after", steps=[_told(before) for before in one.after]) if one.after else phrase("done_first")
        yield Finding(severity, code, first | {"what": what}, one.step.key)
    for step in free_groups.too_large(steps):
        yield Finding(NOTE, "group_too_large", phrase("group_too_large", most=free_groups.MOST), step.key)


def _told(step: Step) -> Phrase:
    """What a step does, to what."""
    kind = phrase(f"do_{step.kind}")
    return phrase("at_device", kind=kind, device=step.name) if step.name else kind


def _safety(steps: Sequence[Step]) -> Iterator[Finding]:
    """Test dead before ground, at the same place, with nothing switched in between; every step that needs a device has one."""
    tested: set[tuple[str, int]] = set()
    for step in steps:
        if step.kind in PLACED and not step.device:
            yield Finding(ERROR, "no_device", phrase("no_device"), step.key)
        if step.kind in {"close", "uncut", "jumper"}:
            tested.clear()
        if step.kind == "test_dead":
            tested.add((step.device, step.terminal))
        if step.kind == "ground" and (step.device, step.terminal) not in tested:
            yield Finding(ERROR, "ground_untested", phrase("ground_untested", device=step.name), step.key)


def _of_documents(facts: Facts, stands: Sequence[Stand]) -> Iterator[Finding]:
    """At some prefix of the order each document can be issued."""
    for document in facts.documents:
        lacking = [_lacking(document, facts.steps[:count], stand) for count, stand in enumerate(stands)]
        fewest = min(lacking, key=len)
        ready = [stand for stand, missing in zip(stands, lacking, strict=True) if not missing]
        if ready and _is_reached(document, ready):
            fewest = [phrase("point_missing", equipment=document.name)]
        if fewest:
            yield Finding(ERROR, "document", phrase("document_never", document=document.reference, lacking=fewest))


def _is_reached(document: Document, ready: Sequence[Stand]) -> bool:
    """Whether in each of these a source could reach what is worked on past the points; looked at once per overlay."""
    if "open" not in documents.REQUIREMENTS[document.kind]:
        return False
    overlays = {id(stand.fitted): stand.fitted for stand in ready}.values()
    return all(
        isolation.leaks(fitted, _branches(document, fitted.base), _place(document, fitted.base)) for fitted in overlays
    )


def _branches(document: Document, grid: Grid) -> list[int]:
    return [grid.branch_index(mrid) for mrid in document.points]


def _place(document: Document, grid: Grid) -> list[int]:
    return temporary.ends_of(grid, document.equipment, document.terminal) if document.equipment else []


def _is_grounded(document: Document, stand: Stand) -> bool:
    place = _place(document, stand.fitted.base)
    if place:
        return temporary.is_earthed(stand.fitted, stand.energisation, place)
    return any(element.kind == "ground" for element in stand.fitted.overlay.elements)


def _lacking(document: Document, done: Sequence[Step], stand: Stand) -> list[Phrase]:
    wanted = documents.REQUIREMENTS[document.kind]
    tested = {one.device for one in done if one.kind == "test_dead"}
    found = []
    for mrid, name in document.points.items():
        branch = stand.fitted.base.branch_index(mrid)
        if "open" in wanted and (branch < 0 or stand.positions[branch]):
            found.append(phrase("not_open", device=name))
        if "tagged" in wanted and mrid not in stand.tagged:
            found.append(phrase("no_tag", device=name))
    if "tested" in wanted and not tested:
        found.append(phrase("not_tested"))
    if "grounded" in wanted and not _is_grounded(document, stand):
        found.append(phrase("not_grounded", equipment=document.name) if document.name else phrase("nothing_grounded"))
    return found


def _of_others(facts: Facts) -> Iterator[Finding]:
    own = {step.device: step.name for step in facts.steps if step.device}
    for other in facts.others:
        shared = sorted(name for mrid, name in own.items() if mrid in other.devices)
        if shared:
            severity = ERROR if other.is_standing else WARNING
            yield Finding(severity, "shared_device", phrase("uses_too", order=other.reference, devices=shared))
        else:
            yield Finding(NOTE, "same_time", phrase("same_time", order=other.reference))


def _of_crews(facts: Facts) -> Iterator[Finding]:
    wanted = {step.crew: step.key for step in reversed(facts.steps) if step.crew}
    for key, step in wanted.items():
        crew = facts.crews.get(key)
        if crew is None:
            yield Finding(ERROR, "no_crew", phrase("no_crew", crew=key), step)
            continue
        severity = WARNING if facts.is_now else NOTE  # until the window begins it may be on shift, and free
        if not crew.is_on:
            yield Finding(severity, "crew_off", phrase("crew_off", crew=crew.name), step)
        if crew.jobs:
            yield Finding(severity, "crew_busy", phrase("crew_busy", crew=crew.name, jobs=list(crew.jobs)), step)
        taken = [other.reference for other in facts.others if key in other.crews]
        if taken:
            yield Finding(WARNING, "crew_taken", phrase("crew_taken", crew=crew.name, orders=taken), step)


def _of_the_whole(facts: Facts, rehearsed: Rehearsed) -> Iterator[Finding]:
    if not facts.steps:
        yield Finding(ERROR, "empty", phrase("no_step"))
        return
    most = max(effect.customers_out for effect in rehearsed.effects)
    if facts.planned_customers is not None and most > facts.planned_customers:
        told = phrase("beyond_scope", customers=most, known=facts.planned_customers)
        yield Finding(WARNING, "beyond_scope", told)
    if left := rehearsed.effects[-1].customers_out:
        yield Finding(NOTE, "left_out", phrase("left_out", customers=left))
    if facts.kind == "planned" and (facts.begins_at is None or facts.ends_at is None):
        yield Finding(ERROR, "no_window", phrase("no_window"))
