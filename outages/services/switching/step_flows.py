"""The power flow after each step of a rehearsal, and what of it is out of limits that was not before."""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from adms.core import runtime_settings
from network.selectors.state import NetworkState
from network.services import power_flow_asked
from network.services.power_flow_asked import Answer, Hypothesis
from outages.domain.switching.conflicts import ERROR, WARNING, Finding
from outages.domain.switching.rehearsal import Rehearsed, Stand
from outages.domain.switching.steps import Step

FLOW_S = runtime_settings.declare(
    "orders.rehearsal_flow_s",
    8,
    unit="s",
    help_="A rehearsal solves the power flow of its steps for so long; of later steps it says that the time was over. 0 solves none.",
)
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Flow:
    """The power flow after a step. Without figures `reason` says why."""

    is_computed: bool
    reason: str = ""
    v_min_pu: float | None = None
    v_min_at: str = ""  # its place and phase; of a large network only where it is out of limits
    v_max_pu: float | None = None
    loss_kw: float | None = None
    loading_percent: float | None = None  # the highest; of a large network only where it is out of limits
    loading_at: str = ""
    violations: tuple[dict[str, Any], ...] = field(default=())
    is_infeasible: bool = False  # solved for, and there is no solution

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"violations": list(self.violations)}


def after_each(present: NetworkState, rehearsed: Rehearsed, *, at: dt.datetime, is_patient: bool = False) -> list[Flow]:
    """Before the first step and after each; a step that changes nothing keeps the answer of the one before.

    Who is patient has the first one solved however long it takes: where a process has solved none before, it loads the solvers.
    """
    allowed = float(runtime_settings.get(FLOW_S))
    until = time.perf_counter() + allowed
    found: list[Flow] = []
    for number, stand in enumerate(rehearsed.stands):
        if number and _is_same(rehearsed.stands[number - 1], stand):
            found.append(found[-1])
        elif allowed <= 0 or (time.perf_counter() >= until and not (is_patient and number == 0)):
            found.append(Flow(is_computed=False, reason="the time for the power flow was over"))
        else:
            found.append(_solve(present, stand, at))
            if is_patient and number == 0:
                until = time.perf_counter() + allowed
    return found


def findings(steps: Sequence[Step], flows: Sequence[Flow]) -> list[Finding]:
    """Violations that a step brings, and states without a solution."""
    found = []
    for step, before, after in zip(steps, flows, flows[1:], strict=False):
        if after.is_infeasible and not before.is_infeasible:
            found.append(Finding(ERROR, "no_solution", f"after {step.name}: {after.reason}", step.key))
        if not before.is_computed:
            continue
        known = {(one["kind"], one["mrid"], one["phase"]) for one in before.violations}
        for one in after.violations:
            if (one["kind"], one["mrid"], one["phase"]) not in known:
                words = (
                    f"{one['kind'].replace('_', ' ')} at {one['name']}: {one['value']:.4g} against {one['limit']:.4g}"
                )
                found.append(Finding(WARNING, one["kind"], words, step.key))
    return found


def _is_same(one: Stand, other: Stand) -> bool:
    return one.fitted is other.fitted and one.positions is other.positions


def _solve(present: NetworkState, stand: Stand, at: dt.datetime) -> Flow:
    wanted = Hypothesis(stand.fitted, stand.positions, stand.energisation)
    try:
        answer = power_flow_asked.answer_for(present=present, hypothesis=wanted, at=at)
    except power_flow_asked.NotSolved as refused:
        return Flow(is_computed=False, reason=refused.message)
    if not answer.converged:
        return Flow(is_computed=False, is_infeasible=True, reason=answer.reason or "the power flow has no solution")
    figures = answer.figures
    violations = tuple(asdict(one) for one in answer.violations[:_LISTED])
    loading, loading_at = _highest_loading(answer)
    return Flow(
        is_computed=True,
        v_min_pu=figures.get("v_min_pu"),
        v_min_at=_lowest_voltage(answer),
        v_max_pu=figures.get("v_max_pu"),
        loss_kw=figures.get("loss_kw"),
        loading_percent=loading,
        loading_at=loading_at,
        violations=violations,
    )


def _lowest_voltage(answer: Answer) -> str:
    """Where it is; of equal ones the first by name."""
    if answer.buses is not None:
        found = [(one.v_pu, one.name, one.phase) for one in answer.buses]
    else:
        found = [(one.value, one.name, one.phase) for one in answer.violations if one.kind == "voltage_low"]
    return " ".join(min(found)[1:]) if found else ""


def _highest_loading(answer: Answer) -> tuple[float | None, str]:
    """How high in percent of the rating, and where; None where no rating is known, or none of a large network is exceeded."""
    if answer.branches is not None:
        known = [one for one in answer.branches if one.loading_percent is not None]
        found = [(-float(one.loading_percent or 0.0), one.name, one.phase) for one in known]
    else:
        over = [one for one in answer.violations if one.kind == "overload" and one.limit > 0]
        found = [(-100 * one.value / one.limit, one.name, one.phase) for one in over]
    if not found:
        return None, ""
    highest, name, phase = min(found)
    return -highest, f"{name} {phase}"
