"""Kernels over one set of open branches: its forest, its AC power flow, and the sets one exchange away.

The power flow is the backward/forward sweep on the forest in breadth-first order (Shirmohammadi et al., IEEE Trans. Power Systems 3(2),
1988): currents are summed towards the sources, voltages follow away from them. It needs neither a matrix nor a Jacobian, so a
set of positions costs microseconds, and it either converges to the AC solution or says that it does not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Bool = NDArray[np.bool_]
Int = NDArray[np.int32]
Float = NDArray[np.float64]
Complex = NDArray[np.complex128]

UNREACHED = -2
LOOP = -1
_LOWEST = 0.04  # squared p.u.: below a fifth of the voltage there is no solution to be found


class Lines(NamedTuple):
    """The case: see `case.Case`."""

    indptr: Int
    adj_branch: Int
    adj_node: Int
    from_bus: Int
    z: Complex
    y: Complex
    tap: Complex
    load: Complex
    shunt: Complex
    sources: Int
    held: Complex


class Forest(NamedTuple):
    """Buses in breadth-first order from the sources, with the place of the parent (-1 at a source) of each in that order.

    Per bus its parent (-1 at a source, UNREACHED), the branch to it, and its depth.
    """

    order: Int
    above: Int
    parent: Int
    via: Int
    depth: Int


class Work(NamedTuple):
    """Scratch of a power flow, by places of the order, so that a sweep runs through memory from end to end.

    A branch seen from above is v = ratio * v_above - z * i, whichever of its ends has the tap; i is what flows into the place and
    all below it.
    """

    v: Complex
    i: Complex
    load: Complex
    ground: Complex
    ratio: Complex
    z: Complex


class Outcome(NamedTuple):
    """A row per set of positions tried: loss (p.u., infinite without solution), lowest voltage and where, load and buses served."""

    loss: Float
    v_min: Float
    v_min_bus: Int
    served: Float
    reached: Int


@part
def grow(lines: Lines, closed: Bool, forest: Forest) -> int:
    """Write the forest of the closed branches; returns how many buses it reaches, or LOOP."""
    forest.parent[:] = UNREACHED
    reached = 0
    for source in lines.sources:
        forest.parent[source] = forest.via[source] = -1
        forest.depth[source] = 0
        forest.order[reached] = source
        forest.above[reached] = -1
        reached += 1
    at = 0
    while at < reached:
        bus = forest.order[at]
        for slot in range(lines.indptr[bus], lines.indptr[bus + 1]):
            branch = lines.adj_branch[slot]
            if not closed[branch] or branch == forest.via[bus]:
                continue
            near = lines.adj_node[slot]
            if forest.parent[near] != UNREACHED:
                return LOOP
            forest.parent[near] = bus
            forest.via[near] = branch
            forest.depth[near] = forest.depth[bus] + 1
            forest.order[reached] = near
            forest.above[reached] = at
            reached += 1
        at += 1
    return reached


@part
def _prepare(lines: Lines, forest: Forest, reached: int, work: Work) -> None:
    """Bring the case into the order of the forest; begin at the voltage of the source."""
    for place in range(lines.sources.size):
        work.v[place] = lines.held[place]
    for place in range(reached):
        bus = forest.order[place]
        work.load[place] = lines.load[bus].conjugate()
        work.ground[place] = lines.shunt[bus]
        above = forest.above[place]
        if above >= 0:
            branch = forest.via[bus]
            tap, half = lines.tap[branch], lines.y[branch] / 2.0
            square = (tap * tap.conjugate()).real
            if lines.from_bus[branch] == forest.order[above]:
                work.ratio[place] = 1.0 / tap
                work.z[place] = lines.z[branch]
                work.ground[above] += half / square
                work.ground[place] += half
            else:
                work.ratio[place] = tap
                work.z[place] = lines.z[branch] * square
                work.ground[above] += half
                work.ground[place] += half / square
            work.v[place] = work.v[above] * work.ratio[place]


@part
def _backward(forest: Forest, reached: int, work: Work) -> None:
    """Sum the currents towards the sources."""
    for place in range(reached):
        v = work.v[place]
        square = v.real * v.real + v.imag * v.imag
        work.i[place] = (work.load[place] * (1.0 / square) + work.ground[place]) * v
    for place in range(reached - 1, -1, -1):
        above = forest.above[place]
        if above >= 0:
            work.i[above] += work.i[place] * work.ratio[place].conjugate()


@part
def _forward(forest: Forest, reached: int, work: Work) -> float:
    """Let the voltages follow; returns the square of the largest change (p.u.), negative when a voltage collapses."""
    largest = 0.0
    for place in range(reached):
        above = forest.above[place]
        if above < 0:
            continue
        new = work.v[above] * work.ratio[place] - work.z[place] * work.i[place]
        if not new.real * new.real + new.imag * new.imag > _LOWEST:
            return -1.0
        change = new - work.v[place]
        largest = max(largest, change.real * change.real + change.imag * change.imag)
        work.v[place] = new
    return largest


@part
def solve(lines: Lines, forest: Forest, reached: int, work: Work, tolerance: float, limit: int) -> int:
    """Solve the power flow of a forest; returns the iterations, or -1 when it does not converge."""
    _prepare(lines, forest, reached, work)
    for iteration in range(limit):
        _backward(forest, reached, work)
        change = _forward(forest, reached, work)
        if change < 0.0:
            return -1
        if change < tolerance * tolerance:
            return iteration + 1
    return -1


@part
def lost(lines: Lines, forest: Forest, reached: int, work: Work) -> float:
    """Power lost in the branches of a solved forest, p.u."""
    total = 0.0
    for place in range(reached):
        above = forest.above[place]
        if above < 0:
            continue
        i, v = work.i[place], work.v[place]
        total += (i.real * i.real + i.imag * i.imag) * work.z[place].real
        branch = forest.via[forest.order[place]]
        leak = lines.y[branch].real / 2.0
        if leak != 0.0:
            tap = lines.tap[branch]
            near, far = work.v[above], v
            if lines.from_bus[branch] == forest.order[above]:
                near = near / tap
            else:
                far = far / tap
            total += leak * (abs(near) ** 2 + abs(far) ** 2)
    return total


@part
def loss_of(lines: Lines, closed: Bool, forest: Forest, work: Work, tolerance: float, limit: int) -> float:
    """The loss of one set of positions, p.u.; infinite with a loop or without a solution."""
    reached = grow(lines, closed, forest)
    if reached == LOOP or solve(lines, forest, reached, work, tolerance, limit) < 0:
        return np.inf
    return lost(lines, forest, reached, work)


@part
def _note(lines: Lines, forest: Forest, reached: int, work: Work, outcome: Outcome, row: int) -> None:
    """Write what a solved forest comes to."""
    outcome.loss[row] = lost(lines, forest, reached, work)
    lowest, where, served = np.inf, -1, 0.0
    for place in range(reached):
        bus, v = forest.order[place], work.v[place]
        served += work.load[place].real
        size = v.real * v.real + v.imag * v.imag
        if size < lowest or (size == lowest and bus < where):  # of equal ones the first of the file is named
            lowest, where = size, bus
    lowest = np.sqrt(lowest)
    outcome.v_min[row], outcome.v_min_bus[row] = lowest, where
    outcome.served[row], outcome.reached[row] = served, reached


@kernel
def flow(lines: Lines, closed: Bool, forest: Forest, work: Work, outcome: Outcome, tolerance: float, limit: int) -> int:
    """Solve one set of positions into row 0; returns the iterations, -1 without solution, -2 with a loop."""
    outcome.loss[0] = np.inf
    reached = grow(lines, closed, forest)
    if reached == LOOP:
        return -2
    iterations = solve(lines, forest, reached, work, tolerance, limit)
    if iterations >= 0:
        _note(lines, forest, reached, work, outcome, 0)
    return iterations


@kernel
def try_all(
    lines: Lines,
    closed: Bool,
    close: Int,
    open_: Int,
    forest: Forest,
    work: Work,
    outcome: Outcome,
    limits: tuple[float, int],
) -> None:
    """Try every combination of a row of `close` with a row of `open_` (each padded with -1): row i * len(open_) + j of the outcome.

    A combination with a loop keeps an infinite loss and a lowest voltage of -1; one without solution an infinite loss and 0.
    """
    tolerance, limit = limits
    for first in range(close.shape[0]):
        for second in range(open_.shape[0]):
            row = first * open_.shape[0] + second
            _set(closed, close[first], open_[second])
            reached = grow(lines, closed, forest)
            outcome.loss[row] = np.inf
            outcome.v_min[row] = -1.0
            if reached != LOOP:
                outcome.v_min[row] = 0.0
                if solve(lines, forest, reached, work, tolerance, limit) >= 0:
                    _note(lines, forest, reached, work, outcome, row)
            _set(closed, open_[second], close[first])


@part
def _set(closed: Bool, close: Int, open_: Int) -> None:
    for branch in close:
        if branch >= 0:
            closed[branch] = True
    for branch in open_:
        if branch >= 0:
            closed[branch] = False


@part
def ring(forest: Forest, start: int, end: int, found: Int) -> int:
    """Write the branches on the way between two buses of the forest (over the sources where they hang on two); returns how many."""
    count = 0
    while start != end:
        if forest.depth[start] < forest.depth[end]:
            start, end = end, start
        if forest.parent[start] < 0:
            if forest.parent[end] < 0:
                break  # two sources: what lies beyond them is one
            start, end = end, start
        found[count] = forest.via[start]
        count += 1
        start = forest.parent[start]
    return count


class Search(NamedTuple):
    """What a search among exchanges works with: far ends, what may move, the standing forest, a trial one, and scratch."""

    to_bus: Int
    switchable: Bool
    forest: Forest
    trial: Forest
    work: Work
    loop: Int


@part
def _best_in_ring(
    lines: Lines, closed: Bool, tie: int, search: Search, best: float, limits: tuple[float, int]
) -> tuple[int, float]:
    """The branch to open instead of a tie with the least loss below `best`, -1 when there is none; `closed` leaves as it came."""
    start, end = lines.from_bus[tie], search.to_bus[tie]
    if search.forest.parent[start] == UNREACHED or search.forest.parent[end] == UNREACHED:
        return -1, best
    chosen = -1
    closed[tie] = True
    for place in range(ring(search.forest, start, end, search.loop)):
        branch = search.loop[place]
        if search.switchable[branch]:
            closed[branch] = False
            loss = loss_of(lines, closed, search.trial, search.work, limits[0], limits[1])
            closed[branch] = True
            if loss < best:
                chosen, best = branch, loss
    closed[tie] = False
    return chosen, best


@kernel
def descend(lines: Lines, closed: Bool, search: Search, loss: float, limits: tuple[float, int]) -> float:
    """Exchange open branches for better ones of their rings until no exchange helps; returns the loss, `closed` is changed."""
    stale, tie = 0, 0
    grow(lines, closed, search.forest)
    while stale < closed.size:
        if not closed[tie] and search.switchable[tie]:
            branch, better = _best_in_ring(lines, closed, tie, search, loss - 1e-12, limits)
            if branch >= 0:
                closed[tie], closed[branch] = True, False
                loss, stale = better, -1
                grow(lines, closed, search.forest)
        stale += 1
        tie = (tie + 1) % closed.size
    return loss


@kernel
def neighbours(
    lines: Lines, closed: Bool, search: Search, found: tuple[Int, Int, Float], limits: tuple[float, int]
) -> int:
    """Write every exchange (close, open, loss) of one branch for another; returns how many there are."""
    close, open_, losses = found
    count = 0
    grow(lines, closed, search.forest)
    for tie in range(closed.size):
        if closed[tie] or not search.switchable[tie]:
            continue
        start, end = lines.from_bus[tie], search.to_bus[tie]
        if search.forest.parent[start] == UNREACHED or search.forest.parent[end] == UNREACHED:
            continue
        closed[tie] = True
        for place in range(ring(search.forest, start, end, search.loop)):
            branch = search.loop[place]
            if search.switchable[branch] and count < close.size:
                closed[branch] = False
                close[count], open_[count] = tie, branch
                losses[count] = loss_of(lines, closed, search.trial, search.work, limits[0], limits[1])
                closed[branch] = True
                count += 1
        closed[tie] = False
    return count


@kernel
def exchange_at(lines: Lines, closed: Bool, search: Search, tie: int, share: float) -> int:
    """Close a tie and open the branch at this share (0 to 1) of its ring; returns that branch, -1 when nothing can be exchanged."""
    grow(lines, closed, search.forest)
    start, end = lines.from_bus[tie], search.to_bus[tie]
    if closed[tie] or search.forest.parent[start] == UNREACHED or search.forest.parent[end] == UNREACHED:
        return -1
    count = 0
    for place in range(ring(search.forest, start, end, search.loop)):
        if search.switchable[search.loop[place]]:
            search.loop[count] = search.loop[place]
            count += 1
    if count == 0:
        return -1
    branch = search.loop[min(int(share * count), count - 1)]
    closed[tie], closed[branch] = True, False
    return int(branch)
