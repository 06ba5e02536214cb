"""Plans for a part of the network that lost supply: the fault located and held off, the healthy rest supplied, checked by power flow.

Remote-controlled switches alone are tried first, then all. What the power flow refuses is searched again with less to give, so that
load is shed by priority until the limits hold. Where somebody healthy would be left without supply, load is moved away from the feeders
that pick up. A plan that no power flow has called safe says why, and nobody may carry it out.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from network.domain.energisation import reenergise
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.domain.physics.results import Violation
from network.domain.restoration import islands, search, sequence, transfer, worsening, worth
from network.domain.restoration.blocks import Blocks, Edge, Terms, contract
from network.domain.restoration.islands import Verdicts
from network.domain.restoration.location import Suspects, locate
from network.domain.restoration.search import Candidate, Isolation, Spare, Transfer
from network.domain.restoration.sequence import Move
from network.domain.restoration.transfer import Scope
from network.selectors import dead_area, state
from network.services import island_checks, step_checks, what_if
from network.services.restoration_outcome import (
    ELSEWHERE,
    FEEDS,
    NO_SWITCH,
    NOTHING_DEAD,
    PARTLY,
    STALE,
    Outcome,
    Planned,
    Wish,
)
from network.services.what_if import Checked

_MOST_CHECKED = 3  # of each kind of switches
_MOST_SHED = 3  # searches with less to give
_MOST_MOVED = 3  # plans with a load transfer; none is begun once this share of the time is used
_TIME_TO_MOVE = 0.5
#: A feeder that a check found out of its limits is asked for this share of what would just fit.
_MARGIN = 0.95
_SAG = 0.75  # and for this share of its load where nobody can say what would fit: the voltage of what was dead,
_COLLAPSE = 0.5  # or no solution at all
_NOBODY = 1e-3  # of weight: what nobody notices


def plan(*, present: state.NetworkState, wish: Wish) -> Outcome:
    """The plans for what a device that tripped has left dead, in the state as it is now."""
    began = time.perf_counter()
    area = dead_area.behind(present, wish.tripped, wish.opened)
    if declined := _declined(area):
        return Outcome(None, None, (), declined, time.perf_counter() - began)
    blocked = dead_area.blocked(present) | dict(wish.barred)
    wish = replace(wish, ahead=replace(wish.ahead, cold_nodes=frozenset(area.nodes.tolist())))
    terms = Terms(blocked, wish.critical, wish.ahead.by_node(present.energisation)[area.nodes])
    blocks = contract(present.grid, present.closed, present.energisation.live, area.nodes, terms)
    if doubtful := dead_area.is_stale(present, blocks, wish.barred):
        return Outcome(blocks, None, (), phrase(STALE, names=doubtful[:5]), time.perf_counter() - began)
    suspects = _suspects(present, blocks, wish)
    if suspects is None:
        return Outcome(None, None, (), phrase(ELSEWHERE), time.perf_counter() - began)
    verdicts = islands.judge(blocks, search.isolation(blocks, suspects.blocks), wish.generation)
    if verdicts.feeding:
        declined = phrase(FEEDS, names=[one.name for one in verdicts.feeding])
        return Outcome(
            blocks, suspects, (), declined, time.perf_counter() - began,
            ahead=wish.ahead, verdicts=verdicts, hours=wish.generation.hours, blocked=blocked,
        )  # fmt: skip
    planner = _Planner(present, blocks, (suspects, verdicts), wish, began, blocked)
    plans = planner.plans()
    declined = {} if plans else phrase(NO_SWITCH)
    took_s = time.perf_counter() - began
    return Outcome(
        blocks, suspects, tuple(plans), declined, took_s, planner.tried_all, planner.solved_before, planner.spare,
        wish.ahead, verdicts, wish.generation.hours, blocked,
    )  # fmt: skip


def _declined(area: dead_area.DeadArea) -> Phrase:
    if not area.nodes.size:
        return phrase(NOTHING_DEAD)
    return phrase(PARTLY) if area.partly else {}


def _suspects(present: state.NetworkState, blocks: Blocks, wish: Wish) -> Suspects | None:
    """The blocks in which the fault may be; None where nothing says so any more, because both sides of the device have supply."""
    if wish.suspected is not None:
        known = frozenset(one for node in wish.suspected if (one := blocks.of_node(node)) >= 0)
        if known:
            return Suspects(known, known)
    grid = present.grid
    if all(blocks.of_node(int(ends[wish.tripped])) < 0 for ends in (grid.branch_from, grid.branch_to)):
        return None
    return locate(blocks, wish.tripped, dead_area.indicators(present, wish.since))


class _Planner:
    """One search for plans, until the time is up."""

    def __init__(
        self,
        present: state.NetworkState,
        blocks: Blocks,
        found: tuple[Suspects, Verdicts],
        wish: Wish,
        began: float,
        blocked: Mapping[int, Phrase | str],
    ) -> None:
        self._present, self._blocks, self._wish = present, blocks, wish
        self._suspects, self._verdicts = suspects, _ = found
        self._deadline, self._last_move = began + wish.until_s, began + wish.until_s * _TIME_TO_MOVE
        self._faulted = blocks.nodes_of(suspects.blocks)
        self._seen: dict[object, Planned] = {}
        self._known: what_if.Known = {}
        self.tried_all = True
        self._ahead, self._blocked = wish.ahead, blocked
        self._sources = [edge for edge in blocks.edges if edge.is_source]
        heads = {int(present.energisation.feeder[edge.outside]) for edge in self._sources}
        by_node = wish.ahead.by_node(present.energisation)
        self._around = dead_area.around(present, heads, wish.ahead.of_group, by_node)
        self.spare = self._around.spare(self._sources, wish.tripped)
        self._befores: dict[int, Checked] = {}

    def plans(self) -> list[Planned]:
        for may_use in (_is_remote, _is_any):
            held = islands.held_off(self._blocks, self._suspects.blocks, self._verdicts, may_use)
            if held.healthy:
                self._try(held, may_use)
            if self._verdicts.kept_by(held) and not any(one.is_safe for one in self._seen.values()):
                self._judged(self._made(Candidate(held, (), (), frozenset(), (), "island")))
        return sorted(self._seen.values(), key=lambda one: one.rank)

    def _try(self, held: Isolation, may_use: search.MayUse) -> None:
        spare = self._as_feeders_stand(held, may_use)
        if self._safe_weight() + _NOBODY < search.weight(self._blocks, held.healthy):
            self._move_load(held, may_use, spare)

    def _as_feeders_stand(self, held: Isolation, may_use: search.MayUse) -> Spare:
        """Plans in which nobody who has supply is switched; what feeders can give by then, as power flows have told."""
        found = search.candidates(self._blocks, held, self.spare, may_use)
        made = sorted((self._made(one) for one in found), key=lambda one: one.rank)
        judged = [self._judged(one) for one in made[:_MOST_CHECKED]]
        if not made or self._is_best(made, judged):
            return self.spare
        is_safe, spare = self._shed(held, may_use)
        if not is_safe and not any(one.is_safe for one in judged):
            self._take_apart(made[0])
        return spare

    def _move_load(self, held: Isolation, may_use: search.MayUse, spare: Spare) -> None:
        """Plans in which a feeder hands load to another first: the first that is safe is enough."""
        scope = Scope(
            self._blocks, held, self._around, spare, self._wish.tripped, may_use, better_than=self._safe_weight()
        )
        found = self._transfers({self._around.key(edge.outside) for edge in scope.edges}, by_hand=may_use is _is_any)
        scope = replace(scope, around=self._around)
        plans = transfer.candidates(scope, found, is_over=self._is_too_late) if found else []
        for one in plans[:_MOST_MOVED]:
            if self._is_too_late():
                self.tried_all = False
                return
            if self._judged(self._made(one)).is_safe:
                return

    def _transfers(self, givers: set[int], *, by_hand: bool) -> list[Transfer]:
        may_move = dead_area.hands_over(self._present, self._blocked)
        takers, by_node = (
            transfer.takers(self._around, givers, may_move),
            self._ahead.by_node(self._present.energisation),
        )
        self._around = dead_area.around(
            self._present, givers | takers, self._ahead.of_group, by_node, known=self._around
        )
        found = transfer.possible(self._around, givers, may_move, by_hand=by_hand)
        switches = {branch for one in found for branch in (one.tie, one.part)}
        mine = dead_area.in_area_of(self._present, self._wish.tripped, switches)
        return [one for one in found if one.tie in mine and one.part in mine]

    def _safe_weight(self) -> float:
        """How much the best safe plan so far serves."""
        return max((self._weight(one) for one in self._seen.values() if one.is_safe), default=0.0)

    def _is_best(self, made: Sequence[Planned], judged: Sequence[Planned]) -> bool:
        """Whether nothing that was found serves more than a plan that is safe."""
        safe = [self._weight(one) for one in judged if one.is_safe]
        return bool(safe) and max(safe) >= max(self._weight(one) for one in made)

    def _weight(self, one: Planned) -> float:
        return search.weight(self._blocks, one.candidate.served)

    def _shed(self, held: Isolation, may_use: search.MayUse) -> tuple[bool, Spare]:
        """Search again with less to give, by what the check of the last search says; whether that found a safe plan."""
        spare = self.spare
        for _ in range(_MOST_SHED):
            one = search.search(self._blocks, held, spare, may_use)
            if one is None or self._is_over():
                return False, spare
            judged = self._judged(self._made(one))
            if judged.is_safe or judged.checked is None:
                return judged.is_safe, spare
            spare = self._tightened(spare, one, judged.checked)
        return False, spare

    def _take_apart(self, one: Planned) -> None:
        """Where all of it together does not hold, a part of it may: what each switch alone would bring back, the most first."""
        parts = [self._made(part) for part in sequence.parts(self._blocks, one.candidate)]
        for part in sorted(parts, key=lambda one: one.rank)[:_MOST_CHECKED]:
            if self._is_over() or self._judged(part).is_safe:
                return

    def _tightened(self, spare: Spare, one: Candidate, checked: Checked) -> Spare:
        """Less for every feeder that picks up too much: what would just fit by what is out of its limits there."""
        taken = dict(one.taken)
        found = self._by_feeder(one, checked, taken)
        for key in found or taken:
            share = _COLLAPSE
            if checked.converged:
                share = worsening.fitting_share(found.get(key, ()), self.before.figures, _SAG, self._dead)
            spare = spare.scaled(key, taken[key] * min(share * _MARGIN, 0.98))
        return spare

    def _by_feeder(
        self, one: Candidate, checked: Checked, taken: Mapping[int, float]
    ) -> Mapping[int, Sequence[Violation]]:
        """What is out of its limits by the feeder it would hang on; at each that picks up where it hangs on none of these."""
        grid, moves = self._present.grid, sequence.order(self._blocks, one)
        changed = np.array([move.branch for move in moves], np.int32)
        after = reenergise(grid, self._present.energisation, step_checks.moved(self._present, moves), changed)
        found: dict[int, list[Violation]] = {}
        for violation in checked.violations:
            branch = grid.branch_index(violation.mrid)
            node = int(grid.branch_to[branch]) if branch >= 0 else grid.node_index(violation.mrid)
            head = int(after.feeder[node])
            for key in [head] if head in taken else taken:
                found.setdefault(key, []).append(violation)
        return found

    @cached_property
    def _dead(self) -> frozenset[str]:
        grid = self._present.grid
        return frozenset(grid.node_mrid_text(int(node)) for node in self._blocks.nodes)

    def _made(self, candidate: Candidate) -> Planned:
        moves = tuple(sequence.order(self._blocks, candidate))
        found = tuple(worth.gains(self._blocks, candidate, moves, self._wish.pace))
        islands_ = self._verdicts.kept_by(candidate.isolation)
        kept = tuple(worth.kept_alive(moves, [one.blocks for one in islands_], self._wish.pace))
        every, pace = (*kept, *found), self._wish.pace
        minutes, value = worth.customer_minutes(self._blocks, every, pace), worth.value(self._blocks, every, pace)
        moved = candidate.transfer
        spare = self._around.spare(self._sources, self._wish.tripped, moved) if moved else None
        return Planned(candidate, moves, found, value, minutes, None, phrase("not_looked_at"), islands_, kept, spare)

    def _judged(self, one: Planned) -> Planned:
        """The plan with its check, once."""
        key = one.candidate.key
        if key not in self._seen:
            self._seen[key] = self._checked(one)
        return self._seen[key]

    def _checked(self, one: Planned) -> Planned:
        if why := sequence.unsafe(self._present.grid, self._present.energisation, self._faulted, one.moves):
            return replace(one, unchecked=why)
        # One is checked however long it takes.
        if self._is_over() and any(other.checked for other in self._seen.values()):
            self.tried_all = False
            return replace(one, unchecked=phrase("no_time"))
        return replace(one, checked=self._worst(one), unchecked={})

    def _worst(self, one: Planned) -> Checked:
        """Every state in which supply has come back is solved, from the last to the first, and every island that lives by itself.

        With a load transfer both its states are: the ring, and the load on its other feeder. The first that fails, else the last.
        """
        final, moved = None, one.candidate.transfer
        handed = [number for number, move in enumerate(one.moves, 1) if move.purpose == sequence.TRANSFER]
        for number in sorted({*handed, *(gain.step + 1 for gain in one.gains)}, reverse=True):
            checked = self._flow(one.moves[:number], moved.outer if moved else -1)
            if not checked.holds:
                return checked
            final = final or checked
        held = [move for move in one.moves if move.purpose == sequence.ISOLATE]
        for island in one.islands:
            machine = island.carrier.mrid
            checked = island_checks.checked(present=self._present, machine=machine, moves=held, ahead=self._ahead)
            if not checked.holds:
                return checked
            final = final or checked
        return final or Checked(converged=True)

    def _flow(self, moves: Sequence[Move], taker: int = -1) -> Checked:
        closed = step_checks.moved(self._present, moves)
        changed = np.array([move.branch for move in moves], np.int32)
        checked = what_if.check(
            present=self._present, closed=closed, changed=changed, ahead=self._ahead, known=self._known
        )
        # The state before is solved only where there is something to excuse: that takes longer than the check of most plans.
        return what_if.compared(checked, self._before(taker).figures) if checked.violations else checked

    @property
    def before(self) -> Checked:
        """The state before the device tripped at the same load, in its own feeder and in those that may pick up."""
        return self._before(-1)

    def _before(self, taker: int) -> Checked:
        """The same, and in the feeder of a node that takes load."""
        if taker not in self._befores:
            self._befores[taker] = self._solved_before({edge.outside for edge in self._sources} | ({taker} - {-1}))
        return self._befores[taker]

    def _solved_before(self, near: set[int]) -> Checked:
        stood = sorted({self._wish.tripped, *self._wish.opened})
        return what_if.check(
            present=self._present,
            closed=step_checks.moved(self._present, [Move(one, True, sequence.RESTORE, True) for one in stood]),  # noqa: FBT003
            changed=np.array(stood, np.int32),
            ahead=self._ahead,
            near=near,
            known=self._known,
        )

    @property
    def solved_before(self) -> Checked | None:
        """The state before, if any plan had to be held against it."""
        return max(self._befores.values(), key=lambda one: len(one.figures.volts), default=None)

    def _is_over(self) -> bool:
        return time.perf_counter() > self._deadline

    def _is_too_late(self) -> bool:
        """Whether no load transfer is looked for any more: what was found without has to be in time."""
        return time.perf_counter() > self._last_move


def _is_remote(edge: Edge) -> bool:
    return edge.is_remote


def _is_any(_: Edge) -> bool:
    return True


def customers_behind(present: state.NetworkState, tripped: int) -> int:
    """Customers who have no supply on any phase while a device is open."""
    area = dead_area.behind(present, tripped)
    dead = area.nodes[(present.energisation.live[area.nodes] & ABC) == 0]
    return int(present.grid.node_customers[dead].sum())
