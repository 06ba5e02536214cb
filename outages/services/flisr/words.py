"""A plan and a location as an event keeps them: names, figures, and phrases that say why (`selectors.flisr_words` has the words)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from network.domain.phrases import Phrase, phrase
from network.domain.physics.results import Violation
from network.domain.restoration import islands, search, sequence
from network.domain.restoration.blocks import Blocks
from network.domain.restoration.islands import Island
from network.domain.restoration.search import Candidate
from network.selectors import dead_area, state
from network.services import what_if
from network.services.restoration_outcome import Outcome, Planned

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
    reasons = [phrase("by_protection", suspected=len(suspects.by_protection), sections=blocks.size)]
    for after, before in suspects.sections:
        code = ("indicators_after" if after >= 0 else "indicators_from_device") + ("" if before else "_to_the_end")
        until = {"until": [named[one] for one in before]} if before else {}
        reasons.append(phrase(code, **({"name": named[after]} if after >= 0 else {}), **until))
    reasons += [phrase("inconsistent", name=named[one]) for one in suspects.inconsistent]
    if suspects.contradicts:
        reasons.append(phrase("contradicts"))
    if outcome.unsolved_before:
        reasons.append(phrase("unsolved_before", why=outcome.unsolved_before))
    reasons += _loads(present, outcome)
    if outcome.before and outcome.before.violations:
        reasons.append(phrase("beyond_before", what=_listed(outcome.before.violations)))
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
    machines = [phrase("machine", name=machine.name, kw=machine.kw) for machine in one.machines]
    switches = list(dead_area.names(present, one.switches).values())
    ends = outcome.hours[-1] + dt.timedelta(hours=1) if outcome.hours else None
    code, told = f"island_{one.verdict}", phrase("", machines=machines, customers=one.customers)
    if one.verdict == islands.INSUFFICIENT:
        told |= {"missing": _missing(one)}
    if switches and one.verdict in (islands.INSUFFICIENT, islands.PARTED):
        code, told = f"{code}_by", told | {"switches": switches}
    return {
        "verdict": one.verdict,
        "text": told | {"code": code},
        "machines": [{"mrid": machine.mrid, "name": machine.name, "kw": round(machine.kw, 1)} for machine in one.machines],
        "customers": one.customers,
        "until": ends.isoformat() if ends else None,
        "reserve": one.reserve,
        "hours": [
            {"at": hour.isoformat(), "load_kw": round(load, 1), "generation_kw": round(made, 1)}
            for hour, load, made in zip(outcome.hours, one.load, one.generation, strict=False)
        ],
    }  # fmt: skip


def _missing(one: Island) -> Phrase:
    """What an island lacks: a history, kW, or only the reserve."""
    if not any(one.generation):
        return phrase("too_little_history")
    if one.short_kw > 0:
        return phrase("short", kw=one.short_kw)
    return phrase("no_reserve", reserve=one.reserve)


def _loads(present: state.NetworkState, outcome: Outcome) -> list[Phrase]:
    """Whose loads telemetry tells: what was dead, and the feeders that may pick up."""
    ahead, spare, said = outcome.ahead, outcome.spare, list[Phrase]()
    if ahead.dead_share is not None:
        said.append(phrase("dead_took", percent=ahead.dead_share * 100))
    told = sorted(set(spare.key_of.values()) & set(ahead.shares)) if spare else []
    said += [phrase("feeder_takes", name=_feeder(present, head), percent=ahead.shares[head] * 100) for head in told]
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
        "summary": _summary(present, one, blocks, back),
        "reasons": _reasons(present, outcome, one),
        "steps": _steps(present, one),
        "gains": _gains(blocks, one),
        "transfer": _transfer(present, one),
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
    """The steps that give supply, from 1, with those of islands among those of switches."""
    first = one.kept[0].step if one.kept else len(one.moves)
    switched = [replace(gain, step=gain.step + len(one.kept) * (gain.step >= first)) for gain in one.gains]
    return [
        {
            "step": gain.step + 1,
            "after_s": gain.after_s,
            "customers": int(blocks.customers[list(gain.blocks)].sum()),
            "nodes": _with_customers(blocks, gain.blocks),
        }
        for gain in sorted((*one.kept, *switched), key=lambda gain: gain.step)
    ]


def _summary(present: state.NetworkState, one: Planned, blocks: Blocks, back: int) -> Phrase:
    """Who is back by how many switches, and whose load moves."""
    told, moved = _back(one, blocks, back), _transfer(present, one)
    if moved is None:
        return told
    return phrase("back_transfer", what=told, giver=moved["giver"], kw=moved["kw"], taker=moved["taker"])


def _back(one: Planned, blocks: Blocks, back: int) -> Phrase:
    told = {"customers": back, "of": int(blocks.customers.sum()), "switches": one.candidate.operations}
    hand = one.candidate.by_hand
    return phrase("back_by_hand", **told, by_hand=hand) if hand else phrase("back", **told)


def _transfer(present: state.NetworkState, one: Planned) -> dict[str, Any] | None:
    """Which load moves from which feeder to which, and over what; None where none does."""
    moved = one.candidate.transfer
    if moved is None:
        return None
    named = dead_area.names(present, [moved.tie, moved.part])
    return {
        "giver": _feeder(present, moved.giver),
        "taker": _feeder(present, moved.taker),
        "kw": round(moved.kw, 1),
        "customers": moved.customers,
        "tie": named[moved.tie],
        "part": named[moved.part],
    }


def _why_transfer(present: state.NetworkState, outcome: Outcome, one: Planned) -> list[Phrase]:
    """What the transfer is, and what would be without."""
    told, blocks = _transfer(present, one), outcome.blocks
    if told is None or blocks is None:
        return []
    others = [
        other for other in outcome.plans
        if other.is_safe and other.candidate.transfer is None and other.candidate.by_hand <= one.candidate.by_hand
    ]  # fmt: skip
    back = max((int(blocks.customers[list(other.candidate.served)].sum()) for other in others), default=0)
    why = phrase("transfer_why", customers=back) if back else phrase("transfer_only")
    return [phrase("transfer_moves", **told), why]


def _why_not(one: Planned) -> Phrase:
    if one.unchecked:
        return one.unchecked
    if one.checked is None or one.checked.holds:
        return {}
    if not one.checked.converged:
        return phrase("no_power_flow", why=one.checked.reason)
    return _listed(one.checked.violations)


def _listed(violations: Sequence[Violation]) -> Phrase:
    return what_if.beyond(violations, 2)


def _feeder(present: state.NetworkState, head: int) -> str:
    return present.grid.feeder_name(head) or present.grid.branch_mrid_text(head)


def _reasons(present: state.NetworkState, outcome: Outcome, one: Planned) -> list[Phrase]:
    blocks, candidate = outcome.blocks, one.candidate
    if blocks is None:
        return []
    said = [phrase("saves", customer_minutes=round(one.customer_minutes))]
    critical = int(blocks.critical.sum())
    if critical:
        back = int(blocks.critical[list(candidate.served)].sum())
        said.append(phrase("critical_back", customers=back, of=critical))
    said += _left(present, outcome, candidate)
    said += _why_transfer(present, outcome, one)
    said += [
        phrase("picks_up_of", name=name, kw=kw, spare_kw=spare)
        if np.isfinite(spare)
        else phrase("picks_up", name=name, kw=kw)
        for name, kw, spare in _pickups(present, one.spare or outcome.spare, candidate)
    ]
    if one.checked and one.checked.converged and one.checked.v_min_pu is not None:
        said.append(phrase("lowest_voltage", pu=one.checked.v_min_pu, name=one.checked.lowest))
    if one.checked and one.checked.loading_percent is not None:
        said.append(phrase("highest_loading", percent=one.checked.loading_percent, name=one.checked.highest))
    if one.checked and one.checked.excused:
        said.append(phrase("excused", what=_listed(one.checked.excused)))
    if candidate.by_hand:
        said.append(phrase("somebody_drives", by_hand=candidate.by_hand, of=candidate.operations))
    return said


def _left(present: state.NetworkState, outcome: Outcome, candidate: Candidate) -> list[Phrase]:
    """Who stays dead, and why."""
    blocks, held = outcome.blocks, candidate.isolation
    if blocks is None:
        return []
    faulted = int(blocks.customers[list(held.faulted - held.added)].sum())
    said = [phrase("wait_for_repair", customers=faulted)]
    edges = (edge for one in held.added for edge in blocks.edges_of(one))
    blocked = {edge.branch: outcome.blocked.get(edge.branch, "") for edge in edges if edge.blocked and edge.is_closed}
    named = dead_area.names(present, blocked)
    said += [
        phrase("left_alone", name=named[branch], why=why)
        for branch, why in sorted(blocked.items(), key=lambda one: one[0])
    ]
    if added := int(blocks.customers[list(held.added)].sum()):
        said.append(phrase("not_parted", customers=added))
    if shed := int(blocks.customers[list(candidate.unserved)].sum()):
        told = {"customers": shed, "critical": int(blocks.critical[list(candidate.unserved)].sum())}
        by_hand = _back_by_hand(outcome, candidate)
        said.append(phrase("shed_by_hand", **told, others=by_hand) if by_hand else phrase("shed", **told))
    return said


def _back_by_hand(outcome: Outcome, candidate: Candidate) -> int:
    """How many of the healthy customers whom a plan leaves dead the best plan with more switches by hand brings back."""
    blocks = outcome.blocks
    more = [
        one.candidate.served & candidate.unserved for one in outcome.plans if one.candidate.by_hand > candidate.by_hand
    ]
    return max((int(blocks.customers[list(served)].sum()) for served in more), default=0) if blocks else 0


def _pickups(
    present: state.NetworkState, spare: search.Spare | None, candidate: Candidate
) -> Iterable[tuple[str, float, float]]:
    for key, kw in candidate.taken:
        if key >= 0:
            yield (
                _feeder(present, key),
                kw,
                np.inf if spare is None else spare.by_key.get(key, np.inf),
            )


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
