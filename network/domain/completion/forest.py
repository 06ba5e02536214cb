"""The normal state of a draft as trees from its sources, with the load below each node."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from network.domain.draft import Branch, ModelDraft

LOW_VOLTAGE = 1_000.0  # V
HIGH_VOLTAGE = 30_000.0  # V


@dataclass(slots=True)
class Forest:
    """Nodes in breadth-first order; every link is a branch and the node it feeds."""

    order: list[str] = field(default_factory=list)
    parent: dict[str, tuple[Branch, str]] = field(default_factory=dict)  # by fed node: branch and feeding node
    children: dict[str, list[tuple[Branch, str]]] = field(default_factory=lambda: defaultdict(list))
    weight: dict[str, float] = field(
        default_factory=lambda: defaultdict(float)
    )  # kW at and below; 1 for a consumer without
    has_tie: set[str] = field(default_factory=set)  # a normally open switch ends at or below


def grow(draft: ModelDraft) -> Forest:
    """Breadth first over what is closed in the normal state on any phase."""
    links: dict[str, list[tuple[Branch, str]]] = defaultdict(list)
    for branch in draft.branches.values():
        if branch.normal_closed_phases:
            links[branch.from_node].append((branch, branch.to_node))
            links[branch.to_node].append((branch, branch.from_node))
    forest = Forest()
    sources = dict.fromkeys(one.node for one in draft.injections.values() if one.is_source)
    forest.order += sources
    seen = set(sources)
    for node in forest.order:  # grows while it is walked
        for branch, other in links[node]:
            if other not in seen:
                seen.add(other)
                forest.order.append(other)
                forest.parent[other] = (branch, node)
                forest.children[node].append((branch, other))
    _weigh(draft, forest)
    return forest


def _weigh(draft: ModelDraft, forest: Forest) -> None:
    for injection in draft.injections.values():
        if injection.is_consumer:
            forest.weight[injection.node] += injection.p_kw if injection.p_kw > 0 else 1.0
    for branch in draft.branches.values():
        if branch.is_switch and not branch.normal_closed_phases:
            forest.has_tie |= {branch.from_node, branch.to_node}
    for node in reversed(forest.order):
        if node in forest.parent:
            _, above = forest.parent[node]
            forest.weight[above] += forest.weight[node]
            if node in forest.has_tie:
                forest.has_tie.add(above)
