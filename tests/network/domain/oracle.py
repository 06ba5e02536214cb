"""What is live, worked out in the plainest Python from the draft: no grid, no arrays, no shared code."""

from __future__ import annotations

from collections import deque

from network.domain.draft import ModelDraft

Positions = dict[str, int]


def normal_positions(draft: ModelDraft) -> Positions:
    return {
        mrid: branch.normal_closed_phases & branch.phases if branch.is_switch else branch.phases
        for mrid, branch in draft.branches.items()
    }


def live_phases(draft: ModelDraft, positions: Positions) -> dict[str, int]:
    """Per node, by a search for each phase on its own."""
    live = dict.fromkeys(draft.nodes, 0)
    for phase in (1, 2, 4):
        reached = {i.node for i in draft.injections.values() if i.is_source and i.phases & phase}
        waiting = deque(reached)
        while waiting:
            node = waiting.popleft()
            for mrid, branch in draft.branches.items():
                if node in (branch.from_node, branch.to_node) and positions[mrid] & phase:
                    far = branch.to_node if node == branch.from_node else branch.from_node
                    if far not in reached:
                        reached.add(far)
                        waiting.append(far)
        for node in reached:
            live[node] |= phase
    return live


def forest(draft: ModelDraft, positions: Positions) -> dict[str, tuple[str, str]]:
    """Per live node (branch to its parent, node of its source), breadth first; sources and branches by mRID."""
    live = live_phases(draft, positions)
    found: dict[str, tuple[str, str]] = {}
    for _, injection in sorted(draft.injections.items()):
        if injection.is_source and injection.node not in found:
            found[injection.node] = ("", injection.node)
    waiting = deque(found)
    while waiting:
        node = waiting.popleft()
        for mrid, branch in sorted(draft.branches.items()):
            if node not in (branch.from_node, branch.to_node) or not positions[mrid] & live[node]:
                continue
            far = branch.to_node if node == branch.from_node else branch.from_node
            if far not in found:
                found[far] = (mrid, found[node][1])
                waiting.append(far)
    return found


def below(draft: ModelDraft, positions: Positions, node: str) -> set[str]:
    """A live node and all that hangs on it in the forest."""
    laid = forest(draft, positions)
    children: dict[str, list[str]] = {}
    for child, (mrid, _) in laid.items():
        if mrid:
            branch = draft.branches[mrid]
            parent = branch.from_node if child == branch.to_node else branch.to_node
            children.setdefault(parent, []).append(child)
    found, waiting = {node}, [node]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def connected(draft: ModelDraft, positions: Positions, node: str, phases: int = 7, without: str = "") -> set[str]:
    """All that closed branches join to a node."""
    found, waiting = {node}, [node]
    while waiting:
        here = waiting.pop()
        for mrid, branch in draft.branches.items():
            if mrid != without and here in (branch.from_node, branch.to_node) and positions[mrid] & phases:
                far = branch.to_node if here == branch.from_node else branch.from_node
                if far not in found:
                    found.add(far)
                    waiting.append(far)
    return found
