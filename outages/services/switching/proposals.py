"""Ways that are suggested, as they are told: each rehearsed, with the power flow after every step of it."""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from network.selectors import equipment, state
from network.selectors.state import NetworkState
from outages.domain.switching import conflicts, steps
from outages.domain.switching.rehearsal import Rehearsed, Stand
from outages.domain.switching.steps import Step
from outages.domain.switching.transfers import Transfer
from outages.selectors import rehearsal_words
from outages.services.switching import rehearsing, step_flows

Progress = Callable[[str], None]
Proposal = dict[str, Any]
_SPEAK_AGAINST = (conflicts.WARNING, conflicts.ERROR)


@dataclass(slots=True)
class Limit:
    """How long it may take, in moments of `time.perf_counter`; None is without end.

    Attributes:
        search_until: after this no further way is looked for; what was found has its power flow solved.
        until: and after this no further state is.
        was_over: something was left out for it, so that the answer is the best of what was looked at.
    """

    search_until: float | None = None
    until: float | None = None
    was_over: bool = False

    @classmethod
    def of_seconds(cls, seconds: float) -> "Limit":
        """From now on: one half for the search at most, the rest for power flows."""
        now = time.perf_counter()
        return cls(now + seconds / 2.0, now + seconds)

    def is_search_over(self) -> bool:
        """Whether the search has to end; who asks leaves something out if so."""
        is_over = self.search_until is not None and time.perf_counter() >= self.search_until
        self.was_over |= is_over
        return is_over


@dataclass(frozen=True, eq=False)
class Scene:
    """The network while something is suggested for it, whom to tell how far that is, and how long it may take."""

    present: NetworkState
    start: Stand
    at: dt.datetime
    progress: Progress
    limit: Limit = field(default_factory=Limit)
    _names: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, model: str, at: dt.datetime, progress: Progress, limit: Limit) -> "Scene":
        """As it is operated now."""
        present = state.present(model)
        return cls(present, rehearsing.stand_of(present), at, progress, limit)

    def name_of(self, branch: int) -> str:
        """What people call a branch."""
        if branch not in self._names:
            row = equipment.by_branch(self.present.model, [branch]).get(branch)
            self._names[branch] = row.name if row else self.start.fitted.base.branch_mrid_text(branch)
        return self._names[branch]

    def names(self, branches: Sequence[int]) -> list[str]:
        """The same of several."""
        return [self.name_of(branch) for branch in branches]


@dataclass(frozen=True, slots=True)
class Way:
    """A way before its power flow: what it opens and closes (branches), and what else is told of it."""

    title: str
    steps: Sequence[Step]
    rehearsed: Rehearsed
    opened: Sequence[int]
    closed: Sequence[int]
    by_hand: int
    during_work: int = 0
    problems: tuple[str, ...] = ()
    loads: step_flows.Loads = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def way_of(one: Transfer, title: str) -> Way:
    """A transfer as a way that is offered."""
    return Way(
        title=title,
        steps=one.steps,
        rehearsed=one.rehearsed,
        opened=one.opened,
        closed=one.ties,
        by_hand=one.by_hand,
        more={"moved_kw": round(one.moved_kw, 1)},
    )


def propose(scene: Scene, ways: Sequence[Way], *, watched: frozenset[str] = frozenset()) -> list[Proposal]:
    """The ways with their power flow, in the sequence given; `watched` are places whose violations are counted apart.

    Once the limit of the scene is over no state is solved: what is left is told without figures.
    """
    return [
        _proposal(
            scene,
            way,
            watched,
            gettext("way %(number)s of %(ways)s: %(title)s")
            % {"number": number, "ways": len(ways), "title": way.title},
        )
        for number, way in enumerate(ways, start=1)
    ]


def _proposal(scene: Scene, way: Way, watched: frozenset[str], told: str) -> Proposal:
    flows = step_flows.after_each(
        scene.present, way.rehearsed, way.steps, at=scene.at, until=scene.limit.until, loads=way.loads,
        watched=watched,
        tell=lambda done, of: scene.progress(
            gettext("%(way)s, state %(done)s of %(states)s") % {"way": told, "done": done, "states": of}
        ),
    )  # fmt: skip
    before, after = flows[0], flows[-1]
    scene.limit.was_over |= any(flow.is_out_of_time for flow in flows)
    is_checked = all(flow.is_computed or flow.is_infeasible for flow in flows)
    effects = way.rehearsed.effects
    impossible = tuple(rehearsal_words.said(one.problem) for one in effects if one.problem)
    against = (one for one in step_flows.findings(way.steps, flows) if one.severity in _SPEAK_AGAINST)
    found = tuple(rehearsal_words.said(one.told) for one in against)
    lowest = min((flow for flow in flows[1:] if flow.v_min_pu is not None), key=_voltage, default=after)
    highest = max((flow for flow in flows[1:] if flow.loading_percent is not None), key=_loading, default=after)
    return {
        "title": way.title,
        "points": scene.names(way.opened),
        "ties": scene.names(way.closed),
        "steps": [_step(step) for step in way.steps],
        "customers_lost": max((one.customers_out for one in effects), default=0),
        "during_work": way.during_work,
        "by_hand": way.by_hand,
        "problems": list(dict.fromkeys((*impossible, *way.problems, *found))),
        "is_checked": is_checked,
        "unchecked": "" if is_checked else next(flow.words for flow in flows if not flow.is_computed),
        "relieved": max(before.out_of_limits - after.out_of_limits, 0) if is_checked else 0,
        "watched": {"before": before.watched, "after": after.watched} if watched and is_checked else None,
        "before": before.told(),
        "after": after.told(),
        "v_min_pu": lowest.v_min_pu,
        "v_min_at": lowest.v_min_at,
        "loading_percent": highest.loading_percent,
        "loading_at": highest.loading_at,
        **way.more,
    }


def _voltage(flow: step_flows.Flow) -> float:
    return flow.v_min_pu or 0.0


def _loading(flow: step_flows.Flow) -> float:
    return flow.loading_percent or 0.0


def by_hand(start: Stand, told: Sequence[Step]) -> int:
    """Movements of switches that nobody commands."""
    base = start.fitted.base
    moved = [base.branch_index(one.device) for one in told if one.kind in steps.SWITCHING]
    return sum(branch < 0 or not base.is_telemetered[branch] for branch in moved)


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind, "device": step.device, "name": step.name, "terminal": step.terminal, "other": step.other,
        "other_terminal": step.other_terminal, "phases": "", "crew": "", "text": step.text,
    }  # fmt: skip
