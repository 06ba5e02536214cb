"""Feeder reconfiguration: the radial set of open branches with the least loss.

Every set that is looked at is judged by its converged AC power flow; formulas for the change of loss by an exchange (Civanlar et al.,
IEEE Trans. Power Delivery 3(3), 1988) are not used, because they are wrong just where sets lie close together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.domain.reconfiguration import kernels
from network.domain.reconfiguration.case import Case
from network.domain.reconfiguration.flow import QUICK_CHECK, Workshop, connected

Bool = NDArray[np.bool_]

_PATIENCE = 400  # kicks without a better set before the search rests
_KICKS = (2, 3, 4, 6)  # branches exchanged by a kick, in turn
_WIDTH = 60  # exchanges that are followed by a second one when no single one helps
_LARGE = 2_000  # branches in rings, beyond which pairs of exchanges take too long


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """The best set found (positions of all branches), how many sets were descended from, and whether the search rested by itself."""

    closed: Bool
    descents: int
    is_settled: bool


def reconfigure(case: Case, *, is_over: Callable[[], bool] = lambda: False, seed: int = 1) -> Reconfigured | None:
    """The radial positions with the least loss that a search finds; None when no radial set has a solution.

    1. Begin at the normal positions, or where these hold a loop, at a spanning tree of short ways.
    2. Exchange an open branch for one of its ring as long as that lowers the loss (branch exchange).
    3. Where no exchange helps, try pairs: the better exchanges, each followed by the best of all second ones.
    4. Kick: exchange a few branches at random, descend again, keep what is better; rest after many kicks without success.

    Args:
        case: the network. What its normal positions leave without supply stays so.
        is_over: asked between descents, says that time is up.
        seed: of the kicks; the same seed finds the same set, given the time.
    """
    shop = Workshop(case)
    best = _start(case, shop)
    if best is None:
        return None
    rng = np.random.default_rng(seed)
    loss = _settle(shop, best, _loss(shop, best), is_over)
    descents, since = 1, 0
    while since < _PATIENCE and not is_over():
        trial = best.copy()
        if not _kick(shop, trial, _KICKS[descents % len(_KICKS)], rng):
            break
        found = kernels.descend(shop.lines, trial, shop.search, _loss(shop, trial), QUICK_CHECK)
        descents, since = descents + 1, since + 1
        if found < loss * (1.0 - 1e-9):
            loss, since, best = _settle(shop, trial, found, is_over), 0, trial
    return Reconfigured(best, descents, since >= _PATIENCE or not is_over())


def _loss(shop: Workshop, closed: Bool) -> float:
    """The loss of a set, p.u.; infinite without a solution."""
    flow = shop.flow(closed)
    return flow.loss_kw / shop.case.base_kw if flow.converged else np.inf


def _start(case: Case, shop: Workshop) -> Bool | None:
    """The normal positions if they are radial and have a solution, else a spanning tree that has one."""
    if shop.flow(case.closed).converged:
        return case.closed.copy()
    for closed in (_tree(case, only=case.closed), _tree(case, only=case.closed | case.switchable)):
        if closed is not None and shop.flow(closed).converged:
            return closed
    return None


def _tree(case: Case, only: Bool) -> Bool | None:
    """A spanning tree of electrically short ways from the sources over these branches; None if a loop cannot be opened."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - a second to import
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    weight = np.where(case.switchable, np.abs(case.z) + 1e-9, 1e-9)
    start, end = case.from_bus[only], case.to_bus[only]
    graph = coo_array((weight[only], (start, end)), shape=(case.buses, case.buses)).tocsr()
    _, above, _ = dijkstra(graph, directed=False, indices=case.sources, min_only=True, return_predecessors=True)
    closed = np.zeros(case.branches, bool)
    taken: set[tuple[int, int]] = set()
    for branch in np.flatnonzero(only)[np.argsort(weight[only], kind="stable")]:
        a, b = int(case.from_bus[branch]), int(case.to_bus[branch])
        ends = (min(a, b), max(a, b))
        if (above[a] == b or above[b] == a) and ends not in taken:
            taken.add(ends)
            closed[branch] = True
    held = only & ~case.switchable & ~closed
    return None if held.any() and connected(case, held).any() else closed


def _settle(shop: Workshop, closed: Bool, loss: float, is_over: Callable[[], bool]) -> float:
    """Descend by exchanges, and by pairs of them where one alone does not help; changes `closed`, returns its loss."""
    loss = kernels.descend(shop.lines, closed, shop.search, loss, QUICK_CHECK)
    while not is_over() and (better := _by_pairs(shop, closed, loss, is_over)) < loss:
        loss = kernels.descend(shop.lines, closed, shop.search, better, QUICK_CHECK)
    return loss


def _by_pairs(shop: Workshop, closed: Bool, loss: float, is_over: Callable[[], bool]) -> float:
    """Take the best of the pairs that begin with a promising exchange, if it lowers the loss; returns the loss."""
    close, open_, losses = _exchanges(shop, closed)
    if close.size > _LARGE:
        return loss
    best, chosen = loss * (1.0 - 1e-9), None
    for first in np.argsort(losses, kind="stable")[:_WIDTH]:
        if not np.isfinite(losses[first]) or is_over():
            break
        closed[close[first]], closed[open_[first]] = True, False
        then_close, then_open, then_losses = _exchanges(shop, closed)
        if then_losses.size and (second := int(np.argmin(then_losses))) >= 0 and then_losses[second] < best:
            best = float(then_losses[second])
            chosen = (close[first], open_[first], then_close[second], then_open[second])
        closed[close[first]], closed[open_[first]] = False, True
    if chosen is None:
        return loss
    closed[[chosen[0], chosen[2]]] = True
    closed[[chosen[1], chosen[3]]] = False
    return best


def _exchanges(shop: Workshop, closed: Bool) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Every single exchange: branch to close, branch to open, loss (p.u.)."""
    room = min(int((~closed & shop.case.switchable).sum()) * shop.case.buses, 10 * _LARGE)
    close, open_, losses = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room)
    count = kernels.neighbours(shop.lines, closed, shop.search, (close, open_, losses), QUICK_CHECK)
    return close[:count], open_[:count], losses[:count]


def _kick(shop: Workshop, closed: Bool, count: int, rng: np.random.Generator) -> bool:
    """Exchange some branches at random so that a power flow still converges; False when nothing can be exchanged."""
    done = 0
    for _ in range(20):
        ties = np.flatnonzero(~closed & shop.case.switchable)
        if not ties.size:
            return False
        before = closed.copy()
        for tie in rng.choice(ties, min(count, ties.size), replace=False):
            done += kernels.exchange_at(shop.lines, closed, shop.search, int(tie), float(rng.random())) >= 0
        if done and shop.flow(closed).converged:
            return True
        closed[:] = before
    return False
