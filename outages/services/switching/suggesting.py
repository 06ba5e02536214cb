"""Suggest how to isolate a piece of equipment, or to take load off it, with alternatives, as the network stands now."""

import datetime as dt
import time
from typing import Any

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.services import authority
from network.selectors import equipment, state
from outages.domain.switching import conflicts, suggestions, transfers
from outages.domain.switching.rehearsal import Stand
from outages.domain.switching.steps import Step
from outages.domain.switching.suggestions import Suggestion
from outages.domain.switching.transfers import Transfer
from outages.services.switching import rehearsing, step_flows

ISOLATE, UNLOAD = "isolate", "unload"
GOALS = {ISOLATE: "Isolate it", UNLOAD: "Take load off it"}
#: So many transfers of one tie each are shown.
_SHOWN = 4
#: Title, whether others are brought back meanwhile, whether telemetered switches only are used.
_WAYS = (
    ("Isolate, and bring others back", True, False),
    ("Isolate by telemetered switches, and bring others back", True, True),
    ("Isolate", False, False),
    ("Isolate by telemetered switches", False, True),
)


def ways(*, actor: Actor, model: str, equipment_mrid: str, goal: str, at: dt.datetime) -> list[dict[str, Any]]:
    """What is suggested for a goal, the best first.

    Raises:
        NotFound, NotAuthorised: as `suggest`.
    """
    if goal == UNLOAD:
        return unload(actor=actor, model=model, equipment_mrid=equipment_mrid, at=at)
    return suggest(actor=actor, model=model, equipment_mrid=equipment_mrid)


def suggest(*, actor: Actor, model: str, equipment_mrid: str) -> list[dict[str, Any]]:
    """Ways to isolate it: fewest customers out during the work first, then fewest who lose supply at all, then fewest movements.

    Raises:
        NotFound: no such network or equipment.
        NotAuthorised: may not write orders in its area.
    """
    found = equipment.find(equipment_mrid, model)
    authority.require(actor=actor, action="draft_order", area=found.area.key)
    start = rehearsing.stand_of(state.present(model))

    name_of = _namer(model, start)
    told: list[dict[str, Any]] = []
    known: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
    for title, restore, telemetered in _WAYS:
        one = suggestions.isolate(start, found.mrid, found.name, name_of, restore=restore, telemetered=telemetered)
        if one is not None and (one.points, one.ties) not in known:
            known.add((one.points, one.ties))
            told.append(_told(title, one, name_of))
    return sorted(
        told, key=lambda one: (len(one["problems"]), one["during_work"], one["customers_lost"], len(one["steps"]))
    )


def unload(*, actor: Actor, model: str, equipment_mrid: str, at: dt.datetime) -> list[dict[str, Any]]:
    """Ways to hand the load of a feeder, a transformer, or an overloaded branch to neighbours, or to feed a consumer by another way.

    Those whose power flow brings nothing out of its limits come first, then those that bring most back into them, then the largest.
    The power flow is solved for `orders.rehearsal_flow_s`; what that is too short for says so.

    Raises:
        NotFound: no such network or equipment.
        NotAuthorised: may not write orders in its area.
    """
    found = equipment.find(equipment_mrid, model)
    authority.require(actor=actor, action="draft_order", area=found.area.key)
    present = state.present(model)
    start = rehearsing.stand_of(present)
    name_of = _namer(model, start)
    ways = transfers.singles(start, found.mrid, name_of)[:_SHOWN]
    if (several := transfers.in_a_row(start, found.mrid, name_of)) is not None:
        ways.append(several)
    whole = transfers.fed_kw(start, transfers.below(start, found.mrid))
    until = time.perf_counter() + float(runtime_settings.get(step_flows.FLOW_S))
    told = []
    for one in ways:
        flows = step_flows.after_each(present, one.rehearsed, one.steps, at=at, until=until)
        told.append(_unloaded(one, whole, flows, name_of))
    return sorted(
        told,
        key=lambda one: (
            not one["is_checked"],
            len(one["problems"]),
            -one["relieved"],
            -one["moved_kw"],
            len(one["steps"]),
        ),
    )


def _unloaded(
    one: Transfer, whole_kw: float, flows: list[step_flows.Flow], name_of: suggestions.Namer
) -> dict[str, Any]:
    before, after = flows[0], flows[-1]
    is_checked = all(flow.is_computed or flow.is_infeasible for flow in flows)
    problems = [found.text for found in step_flows.findings(one.steps, flows) if found.severity in _SPEAK_AGAINST]
    share = f" ({100 * one.moved_kw / whole_kw:.0f} % of it)" if whole_kw > 0 else ""
    return {
        "title": f"Move {one.moved_kw:,.0f} kW{share} to {', '.join(name_of(tie) for tie in one.ties)}",
        "points": [name_of(branch) for branch in one.opened],
        "ties": [name_of(tie) for tie in one.ties],
        "steps": [_step(step) for step in one.steps],
        "customers_lost": one.customers_interrupted,
        "during_work": 0,
        "by_hand": one.by_hand,
        "problems": problems,
        "moved_kw": round(one.moved_kw, 1),
        "is_checked": is_checked,
        "unchecked": "" if is_checked else next(flow.reason for flow in flows if not flow.is_computed),
        "relieved": max(before.out_of_limits - after.out_of_limits, 0) if is_checked else 0,
        "before": before.told(),
        "after": after.told(),
    }


_SPEAK_AGAINST = (conflicts.WARNING, conflicts.ERROR)


def _namer(model: str, start: Stand) -> suggestions.Namer:
    def name_of(branch: int) -> str:
        row = equipment.by_branch(model, [branch]).get(branch)
        return row.name if row else start.fitted.base.branch_mrid_text(branch)

    return name_of


def _told(title: str, one: Suggestion, name_of: suggestions.Namer) -> dict[str, Any]:
    return {
        "title": title,
        "points": [name_of(point) for point in one.points],
        "ties": [name_of(tie) for tie in one.ties],
        "steps": [_step(step) for step in one.steps],
        "customers_lost": one.customers_lost,
        "during_work": one.customers_during_work,
        "by_hand": one.by_hand,
        "problems": list(one.problems),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind, "device": step.device, "name": step.name, "terminal": step.terminal, "other": step.other,
        "other_terminal": step.other_terminal, "phases": "", "crew": "", "text": step.text,
    }  # fmt: skip
