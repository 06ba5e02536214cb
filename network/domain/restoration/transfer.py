"""Load is moved away from a feeder that picks up, where it has not enough to spare for all that is healthy.

    dead --TIE1/open-- [ ] --S1-- [ ] --S2-- [ ] --TIE2/open-- C        B gives the last two sections to C by TIE2 and S1, or the last
                        |                                               one by TIE2 and S2; then it can bring more in by TIE1
                       CB-B

Only what nobody loses supply by: the tie is closed before the switch is opened, for that moment there is a ring. So both sides hang on
one source, neither is in a ring already, and the switch that opens the ring goes by remote control: no ring waits for somebody to
drive there. Between two sources nothing is moved, for it would have to be parted first.

What the feeders could give after each of these is searched by the very search of plans without one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from network.domain import load_transfer
from network.domain.grid.arrays import Bool
from network.domain.phases import ABC
from network.domain.restoration import search
from network.domain.restoration.around import Around
from network.domain.restoration.blocks import OUTSIDE, Blocks, Edge
from network.domain.restoration.search import Candidate, Isolation, MayUse, Spare, Transfer

_SAME_LEVEL = 0.01  # relative difference of nominal voltages
_MARGIN = 1.1  # more than this share of what is dead nobody needs to have room for
#: So many are searched with, those that free what is needed first, the least load first; and of those so many by the programme.
MOST, MOST_BY_PROGRAMME = 60, 8
_PROGRAMME_S = 0.25


def possible(around: Around, givers: Iterable[int], may_move: Bool, *, by_hand: bool) -> list[Transfer]:
    """Every tie and switch by which a feeder could hand load to another that can carry it, the least load first.

    Args:
        around: the live network.
        givers: feeders that may get rid of load, by `Around.key`.
        may_move: (branches) switches that make and break load on three phases, and that nothing keeps from being operated.
        by_hand: ties may be closed by hand.
    """
    grid, live = around.grid, around.energisation
    ringed = {around.key(int(end)) for loop in live.loops for end in (grid.branch_from[loop], grid.branch_to[loop])}
    is_open = may_move & ((live.closed & ABC) == 0) & (grid.is_telemetered | by_hand)
    found = []
    for giver in sorted(set(givers) - ringed):
        mine = (live.live > 0) & (live.feeder == giver)
        for tie, inner in load_transfer.ties(grid, live, is_open, mine) if giver >= 0 else ():
            outer = int(grid.branch_to[tie]) if int(grid.branch_from[tie]) == inner else int(grid.branch_from[tie])
            if (
                around.key(outer) < 0
                or around.key(outer) in ringed
                or not load_transfer.is_one_source(live, inner, outer)
            ):
                continue
            found += [one for one in _over(around, tie, inner, outer, may_move) if around.fits(one)]
    return sorted(found, key=lambda one: (one.kw, not one.is_remote, one.tie, one.part))


def takers(around: Around, givers: Iterable[int], may_move: Bool) -> set[int]:
    """The feeders beyond the open ties of some feeders: what they carry decides what they can take."""
    grid, live = around.grid, around.energisation
    mine = (live.live > 0) & np.isin(live.feeder, [giver for giver in givers if giver >= 0])
    found = load_transfer.ties(grid, live, may_move & ((live.closed & ABC) == 0), mine)
    ends = (grid.branch_from, grid.branch_to)
    return {around.key(int(end[tie])) for tie, _ in found for end in ends}


def _over(around: Around, tie: int, inner: int, outer: int, may_move: Bool) -> Iterator[Transfer]:
    """What could go over a tie: up to the head of its feeder, or to what a tie may not feed backwards."""
    grid, live = around.grid, around.energisation
    volts, bits = float(grid.node_nominal_v[outer]), int(live.live[outer]) & ABC
    for branch, node in load_transfer.way_up(live, inner):
        need = int(live.live[node]) & ABC
        is_level = abs(float(grid.node_nominal_v[node]) - volts) <= _SAME_LEVEL * volts
        if grid.is_transformer[branch] or grid.is_feeder_head[branch] or not is_level or need & ~bits:
            return
        if may_move[branch] and grid.is_telemetered[branch] and live.live[node] == live.closed[branch] & ABC:
            yield Transfer(
                tie, inner, outer, branch, node, around.key(inner), around.key(outer), around.below(node),
                live.customers_below(node), bool(grid.is_telemetered[tie]),
            )  # fmt: skip
        bits &= int(live.closed[branch])


@dataclass(frozen=True, eq=False)
class Scope:
    """What is searched for: the healthy parts of a dead area, by some switches.

    Attributes:
        spare: what feeders can give without a transfer, as far as power flows have told.
        better_than: only what serves more than this weight is of use.
    """

    blocks: Blocks
    held: Isolation
    around: Around
    spare: Spare
    tripped: int
    may_use: MayUse = lambda _: True
    better_than: float = 0.0

    @property
    def edges(self) -> list[Edge]:
        """The switches that could bring supply in."""
        return [edge for edge in self.blocks.edges if search.usable(edge, self.held, self.may_use)]

    def after(self, one: Transfer) -> Spare:
        """What feeders can give after a transfer; by no more than it frees where a power flow told less than the ratings do."""
        found = self.around.spare([edge for edge in self.blocks.edges if edge.is_source], self.tripped, one)
        moved = {one.giver: one.kw, one.taker: -one.kw}
        told = {key: self.spare.by_key.get(key, math.inf) + moved.get(key, 0.0) for key in found.by_key}
        return replace(found, by_key={key: max(0.0, min(kw, told[key])) for key, kw in found.by_key.items()})


def candidates(
    scope: Scope, found: Sequence[Transfer], *, most: int = MOST, is_over: Callable[[], bool] = lambda: False
) -> list[Candidate]:
    """Plans with a transfer that serve more than is served without, best first by arithmetic; those over other ties come early."""
    options = sorted(_useful(scope, found), key=lambda one: one[0])[:most]
    plans = [one for _, transfer, spare in options for one in _by_singles(scope, transfer, spare)]
    if not any(search.is_whole(scope.blocks, one) for one in plans):
        for _, transfer, spare in options[:MOST_BY_PROGRAMME] if most == MOST else options:
            if is_over():
                break
            searched = search.search(scope.blocks, scope.held, spare, scope.may_use, time_limit_s=_PROGRAMME_S)
            plans += [_with(scope, searched, transfer, spare)] if searched else []
    better = [one for one in plans if search.weight(scope.blocks, one.served) > scope.better_than + 1e-6]
    return _spread(sorted(better, key=lambda one: _rank(scope.blocks, one)))


_Rank = tuple[float, float, bool, int, int]


def _useful(scope: Scope, found: Sequence[Transfer]) -> Iterator[tuple[_Rank, Transfer, Spare]]:
    """Transfers after which a switch can bring more in: the most that is needed first, then the least load that moves."""
    needed = _MARGIN * float(scope.blocks.kw[list(scope.held.healthy)].sum())
    before = {edge.branch: min(needed, search.room(scope.spare, edge)) for edge in scope.edges}
    for one in found:
        spare = scope.after(one)
        freed = max((min(needed, search.room(spare, edge)) - before[edge.branch] for edge in scope.edges), default=0.0)
        if freed > 1e-6:
            yield (-round(freed, 3), round(one.kw, 3), not one.is_remote, one.tie, one.part), one, spare


def _by_singles(scope: Scope, transfer: Transfer, spare: Spare) -> Iterator[Candidate]:
    for one in search.singles(scope.blocks, scope.held, spare, scope.may_use):
        yield _with(scope, one, transfer, spare)


def _with(scope: Scope, one: Candidate, transfer: Transfer, spare: Spare) -> Candidate:
    """The plan with its transfer, and which of its switches must wait for it: those that the giver, or what it gave, feeds."""
    outside = [edge.branch for edge in one.close if edge.b == OUTSIDE]
    feeders = {branch: (spare.key_of.get(branch, -1), scope.spare.key_of.get(branch, -1)) for branch in outside}
    waiting = frozenset(branch for branch, hangs_on in feeders.items() if transfer.giver in hangs_on)
    return replace(one, method="transfer", transfer=transfer, waiting=waiting)


def _rank(blocks: Blocks, one: Candidate) -> tuple[object, ...]:
    moved = one.transfer
    if moved is None:
        raise ValueError("a plan without a transfer")
    return *one.rank(blocks), round(moved.kw, 3), moved.tie, moved.part, sorted(edge.branch for edge in one.close)


def _spread(plans: Sequence[Candidate]) -> list[Candidate]:
    """Of those that serve alike one over each tie first, the least load before the most: where one does not hold its like does not."""
    like: dict[tuple[object, ...], list[int]] = {}
    for place, one in enumerate(plans):
        like.setdefault((one.served, one.transfer and one.transfer.tie), []).append(place)
    turn = dict[int, int]()
    for places in like.values():
        turn |= {place: number for number, place in enumerate([places[0], *places[:0:-1]])}
    serves = [sorted(one.served) for one in plans]
    first = {tuple(one): serves.index(one) for one in serves}
    order = sorted(range(len(plans)), key=lambda place: (first[tuple(serves[place])], turn[place], place))
    return [plans[place] for place in order]
