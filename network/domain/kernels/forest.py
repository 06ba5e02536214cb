"""Kernels that lay a spanning forest anew where switching has touched it.

Words. A branch is closed when any phase of it is; it conducts when a phase is closed and live. The forest gives every node the
branch by which it hangs on its parent: for live nodes the breadth-first tree from the sources (rows in order, sources in order),
for dead ones whatever they last hung on. All kernels rely on four facts and keep them:

1. a closed branch that is not in the forest has RING set at both ends;
2. a live node's parent branch conducts, and a source is the root of its tree;
3. the forest of the live nodes is the breadth-first one;
4. source and feeder of two nodes joined by a closed branch of the forest agree.

`relay` works in these steps:

1. seed: what hangs on a changed branch of the forest, dead ends of the others, whole trees where two live ends are joined;
2. flood: grow the seeds over closed branches to all that is dead or seeded. A component may then touch the untouched live network
   at one node at most, and hold no source if it does; else the trees it touches join it and the flood is repeated;
3. settle: in each component let the phases spread, then lay the forest breadth first;
4. flags: note anew who has a branch that is not in the forest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import inlined, kernel, part

Int = NDArray[np.int32]
Byte = NDArray[np.uint8]

ABC = 7
#: Flags of a node: it touches a closed branch outside of the forest; hangs elsewhere than normally; is dead under a parent that has
#: another source or feeder since; has a child that hangs elsewhere than normally.
RING, MOVED, STALE, ADOPTS = 1, 2, 4, 8
_OUTSIDE, _SEEDED, _TAKEN, _HERE, _STACKED, _PLACED = 0, 1, 2, 3, 4, 5


class Wires(NamedTuple):
    """What never changes: rows of adjacency, branch ends, sources, feeder heads, the normal forest."""

    indptr: Int
    adj_branch: Int
    adj_node: Int
    branch_from: Int
    branch_to: Int
    source_at: Int  # per node: which source stands there, -1 if none
    source_node: Int
    source_phases: Byte
    is_head: NDArray[np.bool_]  # per branch: a feeder begins here
    normal_branch: Int


class Forest(NamedTuple):
    """Per node: the branch to its parent, the source and the feeder head above it (-1 if none), flags."""

    parent_branch: Int
    source: Int
    feeder: Int
    flags: Byte


class Scratch(NamedTuple):
    """Room to work in: `mark` must be zero and is left so, the rest may hold anything."""

    mark: Byte
    region: Int
    queue: Int
    stack: Int
    bounds: Int
    entry: Int


def bare(size: int) -> Forest:
    """A forest of so many roots."""
    parent_branch, source, feeder = (np.full(size, -1, np.int32) for _ in range(3))
    return Forest(parent_branch, source, feeder, np.zeros(size, np.uint8))


def copied(laid: Forest) -> Forest:
    """A copy that may be written to."""
    return Forest(laid.parent_branch.copy(), laid.source.copy(), laid.feeder.copy(), laid.flags.copy())


def read_only(laid: Forest) -> Forest:
    """A read-only view of it; kernels are compiled for such arrays where they do not write."""
    views = Forest(laid.parent_branch.view(), laid.source.view(), laid.feeder.view(), laid.flags.view())
    for view in views:
        view.setflags(write=False)
    return views


def scratch(size: int) -> Scratch:
    """Room for a network of so many nodes."""
    region, queue, stack, entry = (np.empty(size, np.int32) for _ in range(4))
    return Scratch(np.zeros(size, np.uint8), region, queue, stack, np.empty(size + 1, np.int32), entry)


@inlined
def other_end(wires: Wires, branch: int, node: int) -> int:
    """The node at the far end."""
    return int(wires.branch_from[branch] + wires.branch_to[branch] - node)


@inlined
def child_of(wires: Wires, forest: Forest, branch: int) -> int:
    """The node that hangs on this branch, or -1."""
    if forest.parent_branch[wires.branch_to[branch]] == branch:
        return int(wires.branch_to[branch])
    if forest.parent_branch[wires.branch_from[branch]] == branch:
        return int(wires.branch_from[branch])
    return -1


@inlined
def _seed(node: int, room: Scratch, count: int) -> int:
    if room.mark[node] != _OUTSIDE:
        return count
    room.mark[node] = _SEEDED
    room.region[count] = node
    return count + 1


@part
def _seed_below(wires: Wires, forest: Forest, live: Byte, room: Scratch, count: int, top: int) -> int:
    """Seed a live node and all that lives below it."""
    if room.mark[top] != _OUTSIDE:
        return count
    count = _seed(top, room, count)
    room.stack[0] = top
    depth = 1
    while depth:
        depth -= 1
        node = room.stack[depth]
        for slot in range(wires.indptr[node], wires.indptr[node + 1]):
            child = wires.adj_node[slot]
            hangs_here = forest.parent_branch[child] == wires.adj_branch[slot] and child != node
            if hangs_here and live[child] and room.mark[child] == _OUTSIDE:
                count = _seed(child, room, count)
                room.stack[depth] = child
                depth += 1
    return count


@part
def _seed_tree(wires: Wires, forest: Forest, live: Byte, room: Scratch, count: int, node: int) -> int:
    """Seed the whole tree a live node is in."""
    while forest.parent_branch[node] >= 0:
        node = other_end(wires, forest.parent_branch[node], node)
    return _seed_below(wires, forest, live, room, count, node)


@part
def _stands_alone(wires: Wires, closed: Byte, live: Byte, forest: Forest, node: int) -> bool:
    """Whether every live phase of a node comes down its own path from its own source."""
    needed = live[node]
    while forest.parent_branch[node] >= 0:
        branch = forest.parent_branch[node]
        node = other_end(wires, branch, node)
        if needed & ~(closed[branch] & live[node]):
            return False
    return not needed & ~wires.source_phases[wires.source_at[node]]


@part
def _seed_edges(wires: Wires, closed: Byte, live: Byte, forest: Forest, room: Scratch, changed: Int, count: int) -> int:
    """Step 1, first half: what hangs on changed branches, and their dead ends."""
    for branch in changed:
        child = child_of(wires, forest, branch)
        start, end = wires.branch_from[branch], wires.branch_to[branch]
        if child >= 0 and live[child]:
            count = _seed_below(wires, forest, live, room, count, child)
        elif closed[branch] & ABC:
            if not live[start]:
                count = _seed(start, room, count)
            if not live[end]:
                count = _seed(end, room, count)
    return count


@part
def _seed_loops(wires: Wires, closed: Byte, live: Byte, forest: Forest, room: Scratch, changed: Int, count: int) -> int:
    """Step 1, second half: trees that a changed branch joins, or that had phases through it."""
    for branch in changed:
        start, end = wires.branch_from[branch], wires.branch_to[branch]
        joins = closed[branch] & ABC and room.mark[start] == _OUTSIDE and room.mark[end] == _OUTSIDE
        for node in (start, end):
            if live[node] and room.mark[node] == _OUTSIDE:
                in_forest = child_of(wires, forest, branch) >= 0
                if (joins and not in_forest) or not _stands_alone(wires, closed, live, forest, node):
                    count = _seed_tree(wires, forest, live, room, count, node)
    return count


@part
def _fill(
    wires: Wires, closed: Byte, live: Byte, room: Scratch, count: int, span: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Take one component, from span[0] of the queue on. Returns (count, its end, the node it touches or -1, how many)."""
    place, filled = span
    contact, contacts = -1, 0
    while place < filled:
        node = room.queue[place]
        place += 1
        for slot in range(wires.indptr[node], wires.indptr[node + 1]):
            near = wires.adj_node[slot]
            if not closed[wires.adj_branch[slot]] & ABC or room.mark[near] == _TAKEN:
                continue
            if room.mark[near] == _OUTSIDE and live[near]:
                contacts += near != contact
                contact = near
                continue
            count = _seed(near, room, count)
            room.mark[near] = _TAKEN
            room.queue[filled] = near
            filled += 1
    return count, filled, contact, contacts


@part
def _has_source(wires: Wires, room: Scratch, start: int, end: int) -> bool:
    for place in range(start, end):  # noqa: SIM110  any() is no loop to the compiler
        if wires.source_at[room.queue[place]] >= 0:
            return True
    return False


@part
def _join_touched(
    wires: Wires, closed: Byte, live: Byte, forest: Forest, room: Scratch, count: int, span: tuple[int, int]
) -> int:
    """Seed the trees that a component touches."""
    for place in range(span[0], span[1]):
        node = room.queue[place]
        for slot in range(wires.indptr[node], wires.indptr[node + 1]):
            near = wires.adj_node[slot]
            if closed[wires.adj_branch[slot]] & ABC and room.mark[near] == _OUTSIDE and live[near]:
                count = _seed_tree(wires, forest, live, room, count, near)
    return count


@part
def _flood(wires: Wires, closed: Byte, live: Byte, forest: Forest, room: Scratch, count: int) -> tuple[int, int, bool]:
    """Step 2, one pass. Returns (region size, components, whether another pass is needed)."""
    for place in range(count):
        room.mark[room.region[place]] = _SEEDED
    components, filled, place, again = 0, 0, 0, False
    while place < count:
        node = room.region[place]
        place += 1
        if room.mark[node] != _SEEDED:
            continue
        start = filled
        room.mark[node] = _TAKEN
        room.queue[start] = node
        count, filled, contact, contacts = _fill(wires, closed, live, room, count, (start, start + 1))
        room.bounds[components], room.entry[components] = start, contact
        components += 1
        if contacts > 1 or (
            contacts == 1
            and (_has_source(wires, room, start, filled) or not _stands_alone(wires, closed, live, forest, contact))
        ):
            count = _join_touched(wires, closed, live, forest, room, count, (start, filled))
            again = True
    room.bounds[components] = filled
    return count, components, again


@part
def _sources_in(wires: Wires, room: Scratch, start: int, end: int) -> int:
    """Put the sources of a component on the stack, in their order."""
    count = 0
    for place in range(start, end):
        source = wires.source_at[room.queue[place]]
        if source < 0:
            continue
        slot = count
        while slot and room.stack[slot - 1] > source:
            room.stack[slot] = room.stack[slot - 1]
            slot -= 1
        room.stack[slot] = source
        count += 1
    for slot in range(count):
        room.stack[slot] = wires.source_node[room.stack[slot]]
    return count


@part
def _spread(wires: Wires, closed: Byte, live: Byte, room: Scratch, depth: int) -> None:
    """Let the phases of the stacked nodes reach all that they can."""
    while depth:
        depth -= 1
        node = room.stack[depth]
        room.mark[node] = _HERE
        for slot in range(wires.indptr[node], wires.indptr[node + 1]):
            near = wires.adj_node[slot]
            gain = closed[wires.adj_branch[slot]] & live[node] & ~live[near]
            if not gain:
                continue
            live[near] |= gain
            if room.mark[near] != _STACKED:
                room.mark[near] = _STACKED
                room.stack[depth] = near
                depth += 1


@part
def _energise(wires: Wires, closed: Byte, live: Byte, room: Scratch, span: tuple[int, int], entry: int) -> None:
    """Step 3, first half: the live phases of one component."""
    for place in range(span[0], span[1]):
        live[room.queue[place]] = 0
        room.mark[room.queue[place]] = _HERE
    depth = _sources_in(wires, room, span[0], span[1])
    for slot in range(depth):
        node = room.stack[slot]
        live[node] = wires.source_phases[wires.source_at[node]]
        room.mark[node] = _STACKED
    if entry >= 0:
        depth = _enter(wires, closed, live, room, entry)
    _spread(wires, closed, live, room, depth)


@part
def _enter(wires: Wires, closed: Byte, live: Byte, room: Scratch, entry: int) -> int:
    """Carry the phases of the node outside over the branches into the component."""
    depth = 0
    for slot in range(wires.indptr[entry], wires.indptr[entry + 1]):
        near = wires.adj_node[slot]
        carried = closed[wires.adj_branch[slot]] & live[entry]
        if not carried or room.mark[near] < _HERE or room.mark[near] == _PLACED:
            continue
        live[near] |= carried
        if room.mark[near] == _HERE:
            room.mark[near] = _STACKED
            room.stack[depth] = near
            depth += 1
    return depth


@inlined
def _adopt(wires: Wires, closed: Byte, forest: Forest, room: Scratch, node: int, carried: int, tail: int) -> int:
    """Hang the unplaced neighbours on a node over branches that carry one of these phases."""
    for slot in range(wires.indptr[node], wires.indptr[node + 1]):
        child, branch = wires.adj_node[slot], wires.adj_branch[slot]
        if room.mark[child] != _HERE or not closed[branch] & carried:
            continue
        room.mark[child] = _PLACED
        forest.parent_branch[child] = branch
        forest.source[child] = forest.source[node]
        head = branch if wires.is_head[branch] else -1
        forest.feeder[child] = forest.feeder[node] if forest.feeder[node] >= 0 else head
        room.stack[tail] = child
        tail += 1
    return tail


@inlined
def _root(forest: Forest, room: Scratch, node: int, source: int) -> None:
    room.mark[node] = _PLACED
    forest.parent_branch[node] = -1
    forest.source[node] = source
    forest.feeder[node] = -1


@part
def _lay(
    wires: Wires, closed: Byte, live: Byte, forest: Forest, room: Scratch, span: tuple[int, int], entry: int
) -> None:
    """Step 3, second half: the forest of one component, the live nodes first."""
    tail = _sources_in(wires, room, span[0], span[1])
    for slot in range(tail):
        _root(forest, room, room.stack[slot], wires.source_at[room.stack[slot]])
    if entry >= 0:
        tail = _adopt(wires, closed, forest, room, entry, live[entry], tail)
    place = 0
    while place < tail:
        tail = _adopt(wires, closed, forest, room, room.stack[place], live[room.stack[place]], tail)
        place += 1
    if not tail and entry >= 0:
        tail = _adopt(wires, closed, forest, room, entry, ABC, tail)
    if not tail:
        room.stack[0] = room.queue[span[0]]
        _root(forest, room, room.stack[0], -1)
        tail = 1
    place = 0 if tail < span[1] - span[0] else tail  # nothing left: as a rule
    while place < tail:
        tail = _adopt(wires, closed, forest, room, room.stack[place], ABC, tail)
        place += 1


@inlined
def _is_stale(wires: Wires, forest: Forest, node: int) -> bool:
    """Whether a node would get another source or feeder if its parent branch closed."""
    branch = forest.parent_branch[node]
    if branch < 0:
        return False
    above = other_end(wires, branch, node)
    feeder = forest.feeder[above]
    if feeder < 0 and wires.is_head[branch]:
        feeder = branch
    return bool(forest.source[node] != forest.source[above] or forest.feeder[node] != feeder)


@inlined
def _refresh(wires: Wires, closed: Byte, forest: Forest, node: int) -> None:
    """Step 4 for one node."""
    flags = MOVED if forest.parent_branch[node] != wires.normal_branch[node] else 0
    flags |= STALE if _is_stale(wires, forest, node) else 0
    for slot in range(wires.indptr[node], wires.indptr[node + 1]):
        near, branch = wires.adj_node[slot], wires.adj_branch[slot]
        if forest.parent_branch[node] == branch:
            continue
        if forest.parent_branch[near] == branch:
            flags |= ADOPTS if wires.normal_branch[near] != branch else 0
        elif closed[branch] & ABC:
            flags |= RING
    forest.flags[node] = flags


@part
def _refresh_around(wires: Wires, closed: Byte, forest: Forest, room: Scratch, count: int) -> None:
    """Step 4 for the region and its neighbours."""
    for place in range(count):
        node = room.region[place]
        _refresh(wires, closed, forest, node)
        for slot in range(wires.indptr[node], wires.indptr[node + 1]):
            if room.mark[wires.adj_node[slot]] == _OUTSIDE:
                _refresh(wires, closed, forest, wires.adj_node[slot])


@part
def _settle(wires: Wires, closed: Byte, live: Byte, forest: Forest, room: Scratch, count: int) -> int:
    """Steps 2 to 4 for the seeded region. Returns its size; `room.region` lists it."""
    again, components = True, 0
    while again:
        count, components, again = _flood(wires, closed, live, forest, room, count)
    for index in range(components):
        span = (room.bounds[index], room.bounds[index + 1])
        _energise(wires, closed, live, room, span, room.entry[index])
        _lay(wires, closed, live, forest, room, span, room.entry[index])
    _refresh_around(wires, closed, forest, room, count)
    for place in range(count):
        room.mark[room.region[place]] = _OUTSIDE
    return count


@kernel
def relay(wires: Wires, closed: Byte, live: Byte, forest: Forest, room: Scratch, changed: Int, seeded: int) -> int:
    """Bring `live` and `forest` up to these positions after some branches changed, in place. Returns the nodes touched.

    The first `seeded` nodes of `room.region`, marked in `room.mark`, are laid anew in any case.
    """
    count = _seed_edges(wires, closed, live, forest, room, changed, seeded)
    count = _seed_loops(wires, closed, live, forest, room, changed, count)
    count = _settle(wires, closed, live, forest, room, count)
    for branch in changed:
        _refresh(wires, closed, forest, wires.branch_from[branch])
        _refresh(wires, closed, forest, wires.branch_to[branch])
    return count


def lay_all(wires: Wires, closed: Byte, live: Byte, forest: Forest) -> None:
    """The forest of everything, from nothing."""
    room = scratch(live.size)
    room.mark[:] = _SEEDED
    room.region[:] = np.arange(live.size)
    relay(wires, closed, live, forest, room, np.empty(0, np.int32), live.size)
