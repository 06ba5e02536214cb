"""Take load off a piece of equipment: what it feeds is handed to a neighbour over an open tie, whole or in part.

    head --E-- [a] --S1-- [b] --S2-- [c] --tie/open-- other        E gets rid of [c] by tie and S2, of [b] and [c] by tie and S1

A feeder is unloaded at its head, an overload relieved at the branch that has it, a low voltage at the consumer that has it, and a
transformer made ready to be taken out at itself.

    1. Ties: open switches with supply on both sides, one side of it through the equipment.
    2. For each, every closed switch on the way up to the first at or above the equipment parts another share of the load.
    3. Joined before it is parted where both sides hang on one source; else parted first: joining would put two sources in parallel.
    4. The largest transfer after the other, until nothing hangs on the equipment, is a proposal of its own.

Every transfer is rehearsed; those that cannot be done, or leave somebody without supply, are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from network.domain import load_transfer, temporary
from network.domain.grid.arrays import Int
from network.domain.phases import ABC
from outages.domain.switching import rehearsal
from outages.domain.switching.rehearsal import Rehearsed, Stand
from outages.domain.switching.steps import Step
from outages.domain.switching.suggestions import IsOver, Namer, never

#: So many transfers are tried at most for one proposal, the largest first, and so many follow each other.
MOST_TRIED, MOST_IN_A_ROW = 60, 4


@dataclass(frozen=True, slots=True)
class Transfer:
    """Ties to close and switches to open, as steps and as they were rehearsed; `moved_kw` hangs on somebody else after it."""

    ties: tuple[int, ...]
    opened: tuple[int, ...]
    steps: tuple[Step, ...]
    rehearsed: Rehearsed
    moved_kw: float
    by_hand: int

    @property
    def customers_interrupted(self) -> int:
        """The most who are out after any step, of those who had supply before."""
        return max((one.customers_out for one in self.rehearsed.effects), default=0)


def below(stand: Stand, equipment: str) -> int:
    """The node behind which the load of the equipment hangs: its fed end, or where a consumer stands; -1 where it has no supply."""
    base = stand.fitted.base
    branch = base.branch_index(equipment)
    if branch < 0:
        return next(
            (node for node in temporary.ends_of(stand.fitted.base, equipment) if stand.energisation.live[node]), -1
        )
    ends = (int(base.branch_from[branch]), int(base.branch_to[branch]))
    return next((node for node in ends if int(stand.energisation.parent_branch[node]) == branch), -1)


def fed_kw(stand: Stand, node: int) -> float:
    """The load of the model that hangs on a node."""
    return float(stand.fitted.base.node_kw[_fed(stand, node)].sum()) if node >= 0 else 0.0


def singles(stand: Stand, equipment: str, name_of: Namer, *, is_over: IsOver = never) -> list[Transfer]:
    """Each with one tie and one switch, the largest first; of those over one tie that move the same load the handiest.

    The largest are tried first; once `is_over` no other is than the first that can be done.
    """
    root = below(stand, equipment)
    if root < 0:
        return []
    is_branch = stand.fitted.base.branch_index(equipment) >= 0
    found: list[Transfer] = []
    for tie, switch, kw in _candidates(stand, root, is_branch=is_branch):
        if found and is_over():
            break
        one = done(stand, [exchange(stand, tie, switch, name_of)], kw)
        if one is not None:
            found.append(one)
    found.sort(key=lambda one: (-one.moved_kw, one.by_hand, one.ties, one.opened))
    first = {(one.ties, round(one.moved_kw, 3)): one for one in reversed(found)}  # the two ends of a line part the same
    return [one for one in found if first[one.ties, round(one.moved_kw, 3)] is one]


def in_a_row(
    stand: Stand, equipment: str, name_of: Namer, *, most: int = MOST_IN_A_ROW, is_over: IsOver = never
) -> Transfer | None:
    """The largest transfer and then the largest of what is left, and so on; None where one does all that can be done.

    Once `is_over` no third is added.
    """
    parts: list[list[Step]] = []
    at, moved = stand, 0.0
    while len(parts) < most and not (len(parts) > 1 and is_over()):
        best = next(iter(singles(at, equipment, name_of, is_over=is_over)), None)
        if best is None or best.moved_kw <= 0:
            break
        parts.append(list(best.steps))
        moved += best.moved_kw
        at = best.rehearsed.stands[-1]
    return done(stand, parts, moved) if len(parts) > 1 else None


def _candidates(stand: Stand, root: int, *, is_branch: bool) -> list[tuple[int, int, float]]:
    found = [
        (tie, switch, float(stand.fitted.base.node_kw[_fed(stand, node)].sum()))
        for tie, inner in _ties(stand, root, is_branch=is_branch)
        for switch, node in _way_up(stand, inner, root, is_branch=is_branch)
    ]
    return sorted(found, key=lambda one: (-one[2], one[0], one[1]))[:MOST_TRIED]


def _fed(stand: Stand, node: int) -> Int:
    """All nodes of the version that hang on a node, itself first."""
    energisation = stand.energisation
    nodes = energisation.order[energisation.enter[node] : energisation.exit[node]]
    return nodes[nodes < stand.fitted.base.node_count]


def _ties(stand: Stand, root: int, *, is_branch: bool) -> Iterator[tuple[int, int]]:
    """Open switches that could be closed, with the end that lies on the side of the equipment."""
    base, energisation = stand.fitted.base, stand.energisation
    mine = np.zeros(base.node_count, np.bool_)
    mine[_fed(stand, root if is_branch else _head(stand, root))] = True
    for branch, inner in load_transfer.ties(base, energisation, (stand.positions & ABC) == 0, mine):
        if base.branch_mrid_text(branch) not in stand.tagged:
            yield branch, inner


def _head(stand: Stand, node: int) -> int:
    """The first node of the feeder that a node hangs on; without a feeder the node itself."""
    head = int(stand.energisation.feeder[node])
    if head < 0:
        return node
    base = stand.fitted.base
    ends = (int(base.branch_from[head]), int(base.branch_to[head]))
    return next((one for one in ends if int(stand.energisation.parent_branch[one]) == head), node)


def _way_up(stand: Stand, inner: int, root: int, *, is_branch: bool) -> Iterator[tuple[int, int]]:
    """Closed switches from a tie up to the first at or above the equipment, each with the node behind which the load moves.

    For a consumer only those above it, as far as the source: what is parted has to take it along.
    """
    base, is_above = stand.fitted.base, False
    for branch, node in load_transfer.way_up(stand.energisation, inner):
        is_above = is_above or node == root
        if branch < base.branch_count and _may_open(stand, branch) and (is_branch or _is_below(stand, root, node)):
            yield branch, node
            if is_branch and is_above:
                return


def _is_below(stand: Stand, node: int, above: int) -> bool:
    enter, leave = stand.energisation.enter, stand.energisation.exit
    return bool(enter[above] <= enter[node] < leave[above])


def _may_open(stand: Stand, branch: int) -> bool:
    base = stand.fitted.base
    return bool(base.is_switch[branch]) and base.branch_mrid_text(branch) not in stand.tagged


def exchange(stand: Stand, tie: int, switch: int, name_of: Namer) -> list[Step]:
    """Close a tie and open a switch: joined before it is parted where both sides hang on one source, else parted first."""
    base = stand.fitted.base
    close = Step(f"close-{tie}", "close", base.branch_mrid_text(tie), name_of(tie))
    open_ = Step(f"open-{switch}", "open", base.branch_mrid_text(switch), name_of(switch))
    ends = int(base.branch_from[tie]), int(base.branch_to[tie])
    is_one_source = load_transfer.is_one_source(stand.energisation, *ends)
    return [close, open_] if is_one_source else [open_, close]


def done(stand: Stand, parts: Sequence[Sequence[Step]], moved_kw: float) -> Transfer | None:
    """The transfer as it goes; None where a step cannot be done, or somebody stays without supply."""
    base = stand.fitted.base
    steps = [step for part in parts for step in part]
    if len({step.key for step in steps}) < len(steps):
        return None
    rehearsed = rehearsal.run(stand, steps)
    effects = rehearsed.effects
    if any(one.problem or one.nothing_changes or one.parallels_sources for one in effects) or effects[-1].customers_out:
        return None
    branches = [(step.kind, base.branch_index(step.device)) for step in steps]
    return Transfer(
        ties=tuple(branch for kind, branch in branches if kind == "close"),
        opened=tuple(branch for kind, branch in branches if kind == "open"),
        steps=tuple(steps),
        rehearsed=rehearsed,
        moved_kw=moved_kw,
        by_hand=sum(not base.is_telemetered[branch] for _, branch in branches),
    )
