"""A plan and a location as an event keeps them: names, figures, and sentences that say why."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from network.domain.physics.results import Violation
from network.domain.restoration import islands, search, sequence
from network.domain.restoration.blocks import Blocks
from network.domain.restoration.islands import Island
from network.domain.restoration.search import Candidate
from network.selectors import dead_area, state
from network.services import what_if
from network.services.restoration_plans import Outcome, Planned

_LISTED_VIOLATIONS = 20


def location(present: state.NetworkState, outcome: Outcome) -> dict[str, Any]:
    """Where the fault may be: the suspected sections, and what says so."""
    blocks, suspects = outcome.blocks, outcome.suspects
    if blocks is None:
        return {}
    found: dict[str, Any] = {"sections": blocks.size, "customers": int(blocks.customers.sum())}
    if suspects is None:
        return found
    nodes = blocks.nodes_of(suspects.blocks)
    bounds = sorted({edge.branch for block in suspects.blocks for edge in blocks.edges_of(block)
                     if not {edge.a, edge.b} <= suspects.blocks})  # fmt: skip
    indicated = {branch for after, before in suspects.sections for branch in (after, *before) if branch >= 0}
    named = dead_area.names(present, {*bounds, *indicated, *suspects.inconsistent})
    reasons = [f"Protection: the fault lies in {len(suspects.by_protection)} of {blocks.size} sections"]
    for after, before in suspects.sections:
        behind = f"after {named[after]}" if after >= 0 else "between the device that tripped"
        until = " / ".join(named[one] for one in before)
        joint = "before" if after >= 0 else "and"
        reasons.append(f"Indicators: {behind}" + (f" {joint} {until}" if until else ", to the end of the line"))
    reasons += [f"Inconsistent: {named[one]} operated behind one that did not" for one in suspects.inconsistent]
    if suspects.contradicts:
        reasons.append("Indicators contradict protection, which is believed")
    if outcome.unsolved_before:
        reasons.append(f"The state before the trip has no power flow: {outcome.unsolved_before}. What was out of its limits "
                       "then counts against a plan")  # fmt: skip
    reasons += _loads(present, outcome)
    if outcome.before and outcome.before.violations:
        reasons.append(
            f"Out of limits before the trip already, not counted against a plan: {_listed(outcome.before.violations)}"
        )
    return found | {
        "suspected": len(suspects.blocks),
        "suspected_customers": int(blocks.customers[list(suspects.blocks)].sum()),
        "bounds": [named[one] for one in bounds],
        "reasons": reasons,
        "islands": [_island(present, outcome, one) for one in outcome.verdicts.islands],
        "nodes": [present.grid.node_mrid_text(int(node)) for node in nodes if node < present.fitted.base.node_count],
        "before": outcome.before.figures.near_limits(what_if.band()).rows() if outcome.before else [],
    }


def _island(present: state.NetworkState, outcome: Outcome, one: Island) -> dict[str, Any]:
    """A part of the dead area that makes power: the verdict, why, and kW expected by hour."""
    machines = ", ".join(f"{machine.name} ({machine.kw:,.0f} kW)" for machine in one.machines)
    switches = dead_area.names(present, one.switches)
    parted = " by " + ", ".join(switches.values()) if switches else ""
    ends = outcome.hours[-1] + dt.timedelta(hours=1) if outcome.hours else None
    missing = (
        f"{one.short_kw:,.0f} kW are missing in the worst hour" if any(one.generation) else "its history is too short"
    )
    words = {
        islands.SUFFICIENT: f"{machines} is expected to carry {one.customers} customers until the repair: "
        "FLISR holds the fault off, has them known to be supplied, and leaves them alone",
        islands.INSUFFICIENT: f"{machines} cannot be relied on for {one.customers} customers until the repair, {missing}: "
        f"it is parted{parted}, and switches supply them",
        islands.PARTED: f"{machines} hung on the faulted section and is parted{parted} before anything is restored",
        islands.FEEDING: f"{machines} feeds the faulted section, and no switch parts it: nothing is restored before it stops",
    }
    return {
        "verdict": one.verdict,
        "text": words[one.verdict],
        "machines": [{"mrid": machine.mrid, "name": machine.name, "kw": round(machine.kw, 1)} for machine in one.machines],
        "customers": one.customers,
        "until": ends.isoformat() if ends else None,
        "hours": [
            {"at": hour.isoformat(), "load_kw": round(load, 1), "generation_kw": round(made, 1)}
            for hour, load, made in zip(outcome.hours, one.load, one.generation, strict=False)
        ],
    }  # fmt: skip


def _loads(present: state.NetworkState, outcome: Outcome) -> list[str]:
    """Whose loads telemetry tells: what was dead, and the feeders that may pick up."""
    ahead, spare, said = outcome.ahead, outcome.spare, list[str]()
    if ahead.dead_share is not None:
        said.append(f"Telemetry: what is dead took {ahead.dead_share:.0%} of the model's load before the trip")
    told = sorted(set(spare.key_of.values()) & set(ahead.shares)) if spare else []
    said += [
        f"Telemetry: {present.grid.feeder_name(head) or present.grid.branch_mrid_text(head)} takes "
        f"{ahead.shares[head]:.0%} of the model's load now"
        for head in told
    ]
    return said


def plan(present: state.NetworkState, outcome: Outcome, one: Planned) -> dict[str, Any]:
    """A plan with its steps, what it gives, what the power flow says, and its reasons."""
    blocks = outcome.blocks
    if blocks is None:
        raise ValueError("a plan has blocks")
    candidate = one.candidate
    served = candidate.served.union(*(island.blocks for island in one.islands))
    back = int(blocks.customers[list(served)].sum())
    return {
        "method": candidate.method,
        "is_safe": one.is_safe,
        "why_not": _why_not(one),
        "customers": back,
        "critical": int(blocks.critical[list(served)].sum()),
        "kw": round(float(blocks.kw[list(served)].sum()), 1),
        "left": int(blocks.customers.sum()) - back,
        "operations": candidate.operations,
        "by_hand": candidate.by_hand,
        "customer_minutes": round(one.customer_minutes),
        "summary": _summary(one, blocks, back),
        "reasons": _reasons(present, outcome, one),
        "steps": _steps(present, one),
        "gains": _gains(blocks, one),
        "check": _check(one),
    }


def _steps(present: state.NetworkState, one: Planned) -> list[dict[str, Any]]:
    """Switches in their order; islands that live by themselves are told of as soon as the fault is held off."""
    named = dead_area.names(present, [move.branch for move in one.moves])
    told = [
        {
            "mrid": present.grid.branch_mrid_text(move.branch),
            "name": named[move.branch],
            "branch": move.branch,
            "close": move.close,
            "is_remote": move.is_remote,
            "purpose": move.purpose,
        }
        for move in one.moves
    ]
    for gain, island in zip(one.kept, one.islands, strict=True):
        machine = island.carrier
        own = {"mrid": machine.mrid, "name": machine.name, "branch": -1}
        told.insert(gain.step, own | {"close": True, "is_remote": True, "purpose": sequence.ISLAND})
    return told


def _gains(blocks: Blocks, one: Planned) -> list[dict[str, Any]]:
    """The steps that give supply, from 1: those of islands stand before those of switches."""
    switched = [replace(gain, step=gain.step + len(one.kept)) for gain in one.gains]
    return [
        {
            "step": gain.step + 1,
            "after_s": gain.after_s,
            "customers": int(blocks.customers[list(gain.blocks)].sum()),
            "nodes": _with_customers(blocks, gain.blocks),
        }
        for gain in (*one.kept, *switched)
    ]


def _summary(one: Planned, blocks: Blocks, back: int) -> str:
    hand = f", {one.candidate.by_hand} by hand" if one.candidate.by_hand else ", all by remote control"
    return f"{back} of {int(blocks.customers.sum())} customers back by {one.candidate.operations} switches{hand}"


def _why_not(one: Planned) -> str:
    if one.unchecked:
        return one.unchecked
    if one.checked is None or one.checked.holds:
        return ""
    if not one.checked.converged:
        return f"no power flow: {one.checked.reason}"
    return _listed(one.checked.violations)


def _listed(violations: Sequence[Violation]) -> str:
    kinds = sorted({f"{one.kind.replace('_', ' ')} at {one.name}" for one in violations})
    more = f" and {len(kinds) - 2} more" if len(kinds) > 2 else ""
    return ", ".join(kinds[:2]) + more


def _reasons(present: state.NetworkState, outcome: Outcome, one: Planned) -> list[str]:
    blocks, candidate = outcome.blocks, one.candidate
    if blocks is None:
        return []
    said = [f"Saves {round(one.customer_minutes):,} customer-minutes against waiting for the repair"]
    critical = int(blocks.critical.sum())
    if critical:
        said.append(f"{int(blocks.critical[list(candidate.served)].sum())} of {critical} critical customers are back")
    said += _left(present, blocks, candidate)
    said += [
        f"{name} picks up {kw:,.0f} kW" + (f" of {spare:,.0f} kW it has to spare" if np.isfinite(spare) else "")
        for name, kw, spare in _pickups(present, outcome, candidate)
    ]
    if one.checked and one.checked.converged and one.checked.v_min_pu is not None:
        said.append(f"Lowest voltage {one.checked.v_min_pu:.3f} pu at {one.checked.lowest}")
    if one.checked and one.checked.loading_percent is not None:
        said.append(f"Highest loading {one.checked.loading_percent:.0f} % at {one.checked.highest}")
    if one.checked and one.checked.excused:
        said.append(f"Out of limits, but no more than before: {_listed(one.checked.excused)}")
    if candidate.by_hand:
        said.append(f"Somebody drives to {candidate.by_hand} of {candidate.operations} switches")
    return said


def _left(present: state.NetworkState, blocks: Blocks, candidate: Candidate) -> list[str]:
    """Who stays dead, and why."""
    held = candidate.isolation
    said = []
    faulted = int(blocks.customers[list(held.faulted - held.added)].sum())
    said.append(f"{faulted} customers wait for the repair in the faulted section")
    blocked = {
        edge.branch: edge.blocked
        for one in held.added
        for edge in blocks.edges_of(one)
        if edge.blocked and edge.is_closed
    }
    named = dead_area.names(present, blocked)
    said += [f"{named[branch]} is left alone: {why}" for branch, why in sorted(blocked.items())]
    if added := int(blocks.customers[list(held.added)].sum()):
        said.append(f"{added} customers cannot be parted from the faulted section by the switches of this plan")
    if shed := int(blocks.customers[list(candidate.unserved)].sum()):
        critical = int(blocks.critical[list(candidate.unserved)].sum())
        said.append(
            f"{shed} healthy customers stay without supply, {critical} of them critical: the feeders around have no more to give"
        )
    return said


def _pickups(present: state.NetworkState, outcome: Outcome, candidate: Candidate) -> Iterable[tuple[str, float, float]]:
    grid, spare = present.grid, outcome.spare
    for key, kw in candidate.taken:
        if key >= 0:
            name = grid.feeder_name(key) or grid.branch_mrid_text(key)
            yield name, kw, spare.by_key.get(key, np.inf) if isinstance(spare, search.Spare) else np.inf


def _check(one: Planned) -> dict[str, Any] | None:
    checked = one.checked
    if checked is None:
        return None
    return {
        "converged": checked.converged,
        "reason": checked.reason,
        "v_min_pu": checked.v_min_pu,
        "lowest": checked.lowest,
        "loading_percent": checked.loading_percent,
        "highest": checked.highest,
        "loss_kw": checked.loss_kw,
        "violations": [
            {"kind": one.kind, "name": one.name, "value": one.value, "limit": one.limit}
            for one in checked.violations[:_LISTED_VIOLATIONS]
        ],
    }


def _with_customers(blocks: Blocks, some: frozenset[int]) -> list[int]:
    nodes = blocks.nodes_of(some)
    return [int(node) for node in nodes[blocks.grid.node_customers[nodes] > 0]]
