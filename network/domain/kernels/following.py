"""Kernels for a change that leaves the spanning forest as it is: no ring touches what hangs on the changed branch (see `forest`)."""

from __future__ import annotations

from network.domain.kernels.compiler import kernel, part
from network.domain.kernels.forest import ABC, RING, STALE, Byte, Forest, Int, Wires, child_of, other_end


@part
def _list_below(wires: Wires, closed: Byte, laid: Forest, region: Int, stack: Int) -> int:
    """Append to the region's first node all that hangs on it by closed branches, parents first; -1 if a ring touches it."""
    stack[0] = region[0]
    depth, count = 1, 1
    while depth:
        depth -= 1
        node = stack[depth]
        if laid.flags[node] & RING:
            return -1
        for slot in range(wires.indptr[node], wires.indptr[node + 1]):
            child, branch = wires.adj_node[slot], wires.adj_branch[slot]
            if laid.parent_branch[child] == branch and closed[branch] & ABC:
                region[count] = child
                stack[depth] = child
                count += 1
                depth += 1
    return count


@kernel
def follow(wires: Wires, closed: Byte, live: Byte, laid: Forest, region: Int, stack: Int, branch: int) -> int:
    """Bring `live` up to a changed position of one branch where the forest stays as it is: no ring touches what hangs on it.

    Returns how many nodes that is, listed in `region`; -1, with nothing written, where more is needed.
    """
    top = child_of(wires, laid, branch)
    if top < 0 or laid.flags[top] & STALE:
        return -1
    region[0] = top
    count = _list_below(wires, closed, laid, region, stack)
    for place in range(count):
        node = region[place]
        above = laid.parent_branch[node]
        live[node] = live[other_end(wires, above, node)] & closed[above]
    return count
