"""The power flow after each step of a rehearsal, and what of it is out of limits that was not before."""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from network.domain.grid.arrays import Int
from network.domain.phrases import Phrase, phrase
from network.domain.physics.results import Violation
from network.selectors.state import NetworkState
from network.services import power_flow_series
from network.services.power_flow_asked import Hypothesis, NotSolved
from network.services.power_flow_series import OutOfTime, Series
from outages.domain.switching.cold_load import Floats
from outages.domain.switching.conflicts import ERROR, WARNING, Finding
from outages.domain.switching.rehearsal import Rehearsed, Stand
from outages.domain.switching.steps import Step
from outages.selectors import rehearsal_words

FLOW_S = runtime_settings.declare(
    "orders.rehearsal_flow_s",
    8,
    unit="s",
    help_=gettext_noop(
        "Where the stations an order works on have moved since its rehearsal, checking, approving and issuing solve the power flow "
        "for so long; what is not solved by then is refused, and rehearsed anew. 0 solves none."
    ),
)
Tell = Callable[[int, int], None]
Loads = Sequence[Floats | None]
OUT_OF_TIME = phrase("out_of_time")
#: The same, as rehearsals of old keep it.
_OUT_OF_TIME_WAS = "the time for the power flow was over"
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Flow:
    """The power flow after a step. Without figures `reason` says why: a phrase, or words of the engine."""

    is_computed: bool
    reason: Phrase | str = ""
    v_min_pu: float | None = None
    v_min_at: str = ""  # its place and phase
    v_max_pu: float | None = None
    loss_kw: float | None = None
    loading_percent: float | None = None  # the highest; None where no rating is known
    loading_at: str = ""
    violations: tuple[dict[str, Any], ...] = field(default=())  # the worst of each kind
    out_of_limits: int = 0  # places, listed or not
    is_infeasible: bool = False  # solved for, and there is no solution
    watched: int = 0  # of them at the places that were watched
    groups: int = 0  # feeder groups of the stations concerned
    solved_now: int = 0  # of them solved for this step; the others stand as before it

    @property
    def is_out_of_time(self) -> bool:
        """Whether nobody has solved it, for want of time."""
        return self.reason in (OUT_OF_TIME, _OUT_OF_TIME_WAS)

    @property
    def words(self) -> str:
        """The reason."""
        return rehearsal_words.said(self.reason)

    def told(self) -> dict[str, Any]:
        """For JSON."""
        reasons = {"reason": self.words, "reason_told": self.reason}
        return asdict(self) | {"violations": list(self.violations)} | reasons


def heard(told: Mapping[str, Any]) -> Flow:
    """As it was told."""
    known = {name: value for name, value in told.items() if name != "reason_told"}
    reason = told.get("reason_told") or told["reason"]
    return Flow(**known | {"violations": tuple(told["violations"]), "reason": reason})


def after_each(
    present: NetworkState,
    rehearsed: Rehearsed,
    steps: Sequence[Step],
    *,
    at: dt.datetime,
    until: float | None = None,
    tell: Tell | None = None,
    loads: Loads = (),
    watched: frozenset[str] = frozenset(),
) -> list[Flow]:
    """Before the first step and after each; a step that changes nothing keeps the answer of the one before.

    Args:
        present: what the stands are copies of.
        rehearsed: the stands.
        steps: what was rehearsed.
        at: now; telemetry counts by its age.
        until: after this (`perf_counter`) no further state is solved, nor a further feeder of one; None: however long it takes.
        tell: is told after each state how many of how many are done.
        loads: per stand the multiples of the load per node (`cold_load.multiples`); empty: all as they are.
        watched: mRIDs at which violations are counted apart.
    """
    loads = loads or [None] * len(rehearsed.stands)
    if until is not None and time.perf_counter() >= until:
        return [Flow(is_computed=False, reason=OUT_OF_TIME)] * len(rehearsed.stands)
    try:
        series = Series(present, _concerned(rehearsed, steps), at)
    except NotSolved as refused:
        return [Flow(is_computed=False, reason=refused.message)] * len(rehearsed.stands)
    found: list[Flow] = []
    for number, stand in enumerate(rehearsed.stands):
        if number and _is_same(rehearsed.stands[number - 1], stand) and _is_alike(loads[number - 1], loads[number]):
            found.append(found[-1])
        elif until is not None and time.perf_counter() >= until:
            found.append(Flow(is_computed=False, reason=OUT_OF_TIME))
        else:
            found.append(_solve(series, stand, loads[number], watched, until))
        if tell is not None:
            tell(number + 1, len(rehearsed.stands))
    return found


def touched(present: NetworkState, rehearsed: Rehearsed, steps: Sequence[Step]) -> str:
    """The same as long as nothing moves in the feeder groups the power flow of these stands is of (`power_flow_series.touched`)."""
    stands = rehearsed.stands
    fresh = [
        one for before, one in zip([None, *stands], stands, strict=False) if not (before and _is_same(before, one))
    ]
    states = [Hypothesis(one.fitted, one.positions, one.energisation) for one in fresh]
    return power_flow_series.touched(present, _concerned(rehearsed, steps), states)


def _concerned(rehearsed: Rehearsed, steps: Sequence[Step]) -> Int:
    """Nodes at which something happens: the places of the steps, and wherever supply comes or goes."""
    first = rehearsed.stands[0]
    base = first.fitted.base
    found = set[int]()
    for stand in rehearsed.stands[1:]:
        size = base.node_count
        found |= set(np.flatnonzero(first.energisation.live[:size] != stand.energisation.live[:size]).tolist())
        moved = np.flatnonzero(first.positions != stand.positions)
        found |= {int(node) for ends in (base.branch_from, base.branch_to) for node in ends[moved]}
    for mrid in {mrid for step in steps for mrid in (step.device, step.other) if mrid}:
        branch = base.branch_index(mrid)
        ends = [base.branch_from[branch], base.branch_to[branch]] if branch >= 0 else [base.node_index(mrid)]
        found |= {int(node) for node in ends}
    return np.array(sorted(found - {-1}), np.int32)


def findings(steps: Sequence[Step], flows: Sequence[Flow]) -> list[Finding]:
    """Violations that a step brings, and states without a solution."""
    found = []
    for step, before, after in zip(steps, flows, flows[1:], strict=False):
        if after.is_infeasible and not before.is_infeasible:
            found.append(
                Finding(ERROR, "no_solution", phrase("no_solution", device=step.name, why=after.reason), step.key)
            )
        if before.is_computed:
            found += _new_violations(step, before, after)
    return found


def _new_violations(step: Step, before: Flow, after: Flow) -> list[Finding]:
    """One for each kind: the worst place, and how many more are listed."""
    known = {(one["kind"], one["mrid"], one["phase"]) for one in before.violations}
    fresh: dict[str, list[dict[str, Any]]] = {}
    for one in after.violations:
        if (one["kind"], one["mrid"], one["phase"]) not in known:
            fresh.setdefault(one["kind"], []).append(one)
    found = []
    for kind, places in fresh.items():
        worst = places[0]
        told = phrase("violation_and", more=len(places) - 1) if len(places) > 1 else phrase("violation")
        told |= {"kind": phrase(f"kind_{kind}"), "place": worst["name"]}
        told |= {name: f"{worst[name]:.4g}" for name in ("value", "limit")}
        found.append(Finding(WARNING, kind, told, step.key))
    return found


def _is_same(one: Stand, other: Stand) -> bool:
    return one.fitted is other.fitted and one.positions is other.positions


def _is_alike(one: Floats | None, other: Floats | None) -> bool:
    return one is other or (one is not None and other is not None and bool((one == other).all()))


def _solve(
    series: Series, stand: Stand, multiples: Floats | None, watched: frozenset[str], until: float | None
) -> Flow:
    try:
        solved = series.solve(Hypothesis(stand.fitted, stand.positions, stand.energisation), multiples, until)
    except OutOfTime:
        return Flow(is_computed=False, reason=OUT_OF_TIME)
    counts: dict[str, Any] = {"groups": solved.groups, "solved_now": solved.solved_now}
    if not solved.groups:
        return Flow(is_computed=False, reason=phrase("nothing_supplied"))
    if not solved.converged:
        reason = solved.reason or phrase("no_flow")
        return Flow(is_computed=False, is_infeasible=True, reason=reason, **counts)
    figures = solved.figures
    return Flow(
        is_computed=True,
        v_min_pu=figures["v_min_pu"],
        v_min_at=solved.lowest,
        v_max_pu=figures["v_max_pu"],
        loss_kw=figures["loss_kw"],
        loading_percent=solved.loading_percent,
        loading_at=solved.highest,
        violations=_worst(solved.violations),
        out_of_limits=len(solved.violations),
        watched=sum(one.mrid in watched for one in solved.violations),
        **counts,
    )


def _worst(violations: Sequence[Violation]) -> tuple[dict[str, Any], ...]:
    """Of each kind the furthest beyond its limit first: very many low voltages do not hide an overload."""
    found: list[Violation] = []
    for kind in sorted({one.kind for one in violations}):
        mine = [one for one in violations if one.kind == kind]
        mine.sort(key=lambda one: (-abs(one.value - one.limit) / (abs(one.limit) or 1.0), one.name, one.phase))
        found += mine[:_LISTED]
    return tuple(asdict(one) for one in found)
