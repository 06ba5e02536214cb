"""Restoration after a permanent fault: which ties to close, and which sectionalizers to open so that all stays radial.

    S --- a --x-- b --- c --- d          the faulted branch x is open at both ends; b, c, d are dead
                        |     |
          T1 - - - - - -+     + - - - T2     one tie brings all back, or both with one branch between c and d opened

All combinations are tried, each by the AC power flow of the whole case. A plan leaves every supplied bus within the limit; if
none brings everything back, plans that shed the least come first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.reconfiguration import kernels
from network.domain.reconfiguration.case import Case
from network.domain.reconfiguration.flow import EXACT, Workshop, connected, outcomes

Bool = NDArray[np.bool_]
Int = NDArray[np.int32]

_AT_ONCE = 4_096  # combinations between two looks at the clock


@dataclass(frozen=True, slots=True)
class Plan:
    """Branches to close and to open, and what the whole case comes to then; figures are NaN when the power flow does not converge.

    `unserved_buses` are those of the supplied ones before that have no supply, -1 when it does not converge: a bus without load is
    brought back as one with it.
    """

    close: tuple[int, ...]
    open: tuple[int, ...]
    converged: bool
    loss_kw: float
    v_min_pu: float
    v_min_bus: int
    served_kw: float
    unserved_kw: float
    unserved_buses: int

    @property
    def operations(self) -> int:
        """How many switches are moved."""
        return len(self.close) + len(self.open)

    @property
    def is_whole(self) -> bool:
        """Whether everything that was supplied before is."""
        return self.unserved_buses == 0

    @property
    def rank(self) -> tuple[bool, float, int, float, int]:
        """Sorts the better plan first: less unserved (load, then buses), then less loss, then fewer operations."""
        if not self.converged:
            return True, math.inf, 0, math.inf, self.operations
        return False, round(self.unserved_kw, 6), self.unserved_buses, round(self.loss_kw, 6), self.operations


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan may do: the lowest voltage (p.u.), ties to close, sectionalizers to open."""

    v_min_pu: float = 0.9
    ties: int = 2
    sectionalizers: int = 1


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a search came to.

    Attributes:
        plans: within the limits, best first.
        beyond: where none of these brings everything back, plans that would, the highest of the lowest voltages first.
        tried_all: whether all combinations were tried before time was up.
    """

    plans: list[Plan]
    beyond: list[Plan]
    tried_all: bool


@dataclass(frozen=True, eq=False)
class Outlook:
    """The case with its faulted branch open.

    Attributes:
        closed: positions after the fault is cleared.
        supplied_before: what was supplied before; `dead` what the fault has cut off of it.
        ties: open branches with one end in what is dead and one in what lives.
        sections: closed branches within what is dead.
    """

    case: Case
    closed: Bool
    supplied_before: Bool
    dead: Bool
    ties: Int
    sections: Int

    @property
    def asked_kw(self) -> float:
        """The load that was supplied before."""
        return float(self.case.load[self.supplied_before].real.sum() * self.case.base_kw)


def look(case: Case, fault: int) -> Outlook:
    """What a permanent fault on a branch leaves, isolated at both its ends."""
    closed = case.closed.copy()
    closed[fault] = False
    before, after = connected(case, case.closed), connected(case, closed)
    dead = before & ~after
    in_dead = dead[case.from_bus].astype(int) + dead[case.to_bus]
    lives = after[case.from_bus] | after[case.to_bus]
    free = case.switchable.copy()
    free[fault] = False
    ties = np.flatnonzero(~case.closed & free & (in_dead == 1) & lives)
    sections = np.flatnonzero(closed & free & (in_dead == 2))
    return Outlook(case, closed, before, dead, ties.astype(np.int32), sections.astype(np.int32))


def single_ties(outlook: Outlook) -> list[Plan]:
    """Every single tie that gives the dead area back, in the order of loss; those without solution last."""
    found = _try(outlook, [(int(tie),) for tie in outlook.ties], [()], Workshop(outlook.case))
    return sorted(found, key=lambda plan: plan.rank)


def restore(outlook: Outlook, limits: Limits, *, is_over: Callable[[], bool] = lambda: False) -> Restoration:
    """The plans within the limits, best first.

    Plans that bring everything back; only where there is none, those that leave part of the dead area without supply. With
    nothing dead there is one plan, which does nothing.
    """
    shop = Workshop(outlook.case)
    if not outlook.dead.any():
        return Restoration([one for one in _try(outlook, [()], [()], shop) if one.converged], [], tried_all=True)
    found: list[Plan] = []
    for ties, sections in _stages(outlook, limits):
        for close, open_ in _pieces(ties, sections):
            if is_over():
                return _sorted(found, limits, tried_all=False)
            found += _try(outlook, close, open_, shop)
    return _sorted(found, limits, tried_all=True)


def _stages(outlook: Outlook, limits: Limits) -> Iterator[tuple[list[tuple[int, ...]], list[tuple[int, ...]]]]:
    """Combinations of ties with those of sectionalizers, fewest operations first; too few openings could not be radial."""
    most_ties = min(limits.ties, outlook.ties.size)
    for count in range(1, most_ties + 1):
        ties = list(itertools.combinations(outlook.ties.tolist(), count))
        for opened in range(count - 1, limits.sectionalizers + 1):
            yield ties, list(itertools.combinations(outlook.sections.tolist(), opened))


def _pieces(
    ties: Sequence[tuple[int, ...]], sections: Sequence[tuple[int, ...]]
) -> Iterator[tuple[Sequence[tuple[int, ...]], Sequence[tuple[int, ...]]]]:
    """The product of both, a few at a time."""
    for tie in ties:
        for start in range(0, len(sections), _AT_ONCE):
            yield [tie], sections[start : start + _AT_ONCE]


def _try(
    outlook: Outlook, close: Sequence[tuple[int, ...]], open_: Sequence[tuple[int, ...]], shop: Workshop
) -> list[Plan]:
    """Solve every combination; those with a loop are no plans."""
    outcome = outcomes(len(close) * len(open_))
    kernels.try_all(
        shop.lines, outlook.closed.copy(), _padded(close), _padded(open_), shop.forest(), shop.work, outcome, EXACT
    )
    plans = []
    for row, (closing, opening) in enumerate(itertools.product(close, open_)):
        if outcome.v_min[row] >= 0.0:
            plans.append(_plan(outlook, closing, opening, [column[row] for column in outcome]))
    return plans


def _padded(rows: Sequence[tuple[int, ...]]) -> Int:
    """Rows of equal length, at least one column."""
    width = max(1, *(len(row) for row in rows)) if rows else 1
    table = np.full((len(rows), width), -1, np.int32)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table


def _plan(outlook: Outlook, close: tuple[int, ...], open_: tuple[int, ...], figures: Sequence[float]) -> Plan:
    loss, lowest, where, served, reached = figures
    base = outlook.case.base_kw
    if not np.isfinite(loss):
        return Plan(close, open_, False, math.nan, math.nan, -1, math.nan, math.nan, -1)  # noqa: FBT003
    served_kw = float(served) * base
    unserved = max(0.0, outlook.asked_kw - served_kw)
    unserved = 0.0 if unserved < 1e-9 * max(1.0, outlook.asked_kw) else unserved
    dark = int(outlook.supplied_before.sum()) - int(reached)
    return Plan(close, open_, True, float(loss) * base, float(lowest), int(where), served_kw, unserved, dark)  # noqa: FBT003


def _sorted(found: Sequence[Plan], limits: Limits, *, tried_all: bool) -> Restoration:
    """Within the limit, best first, without the partial ones if there is a whole one."""
    solved = sorted((one for one in found if one.converged), key=lambda one: one.rank)
    within = [one for one in solved if one.v_min_pu >= limits.v_min_pu]
    whole = [one for one in within if one.is_whole]
    if whole:
        return Restoration(whole, [], tried_all)
    beyond = [one for one in solved if one.v_min_pu < limits.v_min_pu and one.is_whole]
    return Restoration(within, sorted(beyond, key=lambda one: -one.v_min_pu), tried_all)
