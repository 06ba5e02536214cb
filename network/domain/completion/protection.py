"""Breakers at feeder heads, reclosers on long trunks, fuses at laterals.

1. Bars: the nodes that transformers above low voltage join to a source. A link that leaves them begins a feeder.
2. Trunk: from the head always on to the child with most load; a child with at least 35 % of the feeder's load is trunk, too.
3. Lateral: any other child of a trunk node with load below it. One that can be fed from elsewhere (a tie is below) gets no fuse.

A protective switch that is reached before anything but switches protects the link already.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from network.domain import phases as ph
from network.domain.completion.forest import LOW_VOLTAGE, Forest
from network.domain.draft import Branch, ModelDraft, Node
from network.domain.identity import derived_mrid

_TRUNK_SHARE = 0.35
_LONG_TRUNK_M = 3_000.0
_FUSES_A = (10, 16, 25, 40, 63, 80, 100, 125, 160, 200, 250, 315)
_SETBACK_M = 25.0  # how far from the node a new switch is drawn


@dataclass(slots=True)
class Feeder:
    """The link that begins it, its breaker, and its trunk from the head outwards."""

    link: Branch
    start: str
    node: str
    breaker: Branch | None = None
    trunk: list[tuple[Branch, str]] = field(default_factory=list)


def add_breakers(draft: ModelDraft, forest: Forest) -> list[Feeder]:
    """One at each feeder head that has none; all feeders are given back."""
    feeders = []
    for node in _bars(draft, forest):
        for branch, fed in forest.children[node]:
            if not _continues_bar(draft, branch) and not _is_service(draft, branch) and forest.weight[fed] > 0:
                feeders.append(Feeder(branch, node, fed))
    for number, feeder in enumerate(feeders, start=1):
        feeder.breaker = _protecting(forest, feeder.link, feeder.node)
        if feeder.breaker is None:
            feeder.breaker = _insert(draft, feeder.link, feeder.start, "Breaker", f"CB{number:02d}", 630.0)
        feeder.trunk = _trunk(draft, forest, feeder)
    return feeders


def add_reclosers(draft: ModelDraft, forest: Forest, feeders: list[Feeder]) -> None:
    """Where half the load of a trunk longer than 3 km lies behind, unless the trunk has one already."""
    number = 0
    for feeder in feeders:
        length = sum(branch.length_m or 0.0 for branch, _ in feeder.trunk)
        has_one = any(branch.is_protective and branch is not feeder.breaker for branch, _ in feeder.trunk)
        half = forest.weight[feeder.node] / 2
        lines = [(branch, node) for branch, node in feeder.trunk[1:] if branch.cim_class == "ACLineSegment"]
        behind = next(((branch, node) for branch, node in lines if forest.weight[node] <= half), None)
        if length < _LONG_TRUNK_M or has_one or behind is None or forest.weight[behind[1]] <= 0:
            continue
        number += 1
        branch, node = behind
        _insert(draft, branch, _upper_end(branch, node), "Recloser", f"R{number:02d}", 400.0)


def add_fuses(draft: ModelDraft, forest: Forest, feeders: list[Feeder]) -> None:
    """One per lateral that is not protected yet."""
    number = 0
    for feeder in feeders:
        for link in _laterals(draft, forest, feeder):
            branch, node = _behind_switches(forest, *link)
            if _protecting(forest, *link) is None and not branch.is_switch:
                number += 1
                amperes = _fuse_size(forest.weight[node], draft.nodes[node].nominal_v, branch.phases)
                _insert(draft, branch, _upper_end(branch, node), "Fuse", f"FU{number:04d}", amperes)


def _bars(draft: ModelDraft, forest: Forest) -> list[str]:
    bars = [node for node in forest.order if node not in forest.parent]
    for node in bars:  # grows while it is walked
        bars += [fed for branch, fed in forest.children[node] if _continues_bar(draft, branch)]
    return bars


def _continues_bar(draft: ModelDraft, branch: Branch) -> bool:
    if branch.cim_class == "SeriesCompensator":
        return True
    return branch.cim_class == "PowerTransformer" and not _is_service(draft, branch)


def _is_service(draft: ModelDraft, branch: Branch) -> bool:
    if branch.cim_class != "PowerTransformer":
        return False
    volts = [draft.nodes[node].nominal_v for node in (branch.from_node, branch.to_node)]
    return 0 < min(volts) <= LOW_VOLTAGE


def _behind_switches(forest: Forest, branch: Branch, node: str) -> tuple[Branch, str]:
    """Follow a link through switches in a row to the first branch that is none (or the last switch)."""
    while branch.is_switch and len(forest.children[node]) == 1:
        branch, node = forest.children[node][0]
    return branch, node


def _protecting(forest: Forest, branch: Branch, node: str) -> Branch | None:
    """The protective switch in that row."""
    while branch.is_switch:
        if branch.is_protective:
            return branch
        if len(forest.children[node]) != 1:
            return None
        branch, node = forest.children[node][0]
    return None


def _trunk(draft: ModelDraft, forest: Forest, feeder: Feeder) -> list[tuple[Branch, str]]:
    trunk, branch, node = [], feeder.link, feeder.node
    while True:
        trunk.append((branch, node))
        onwards = [
            link for link in forest.children[node] if forest.weight[link[1]] > 0 and not _is_service(draft, link[0])
        ]
        if not onwards:
            return trunk
        branch, node = max(onwards, key=lambda link: forest.weight[link[1]])


def _laterals(draft: ModelDraft, forest: Forest, feeder: Feeder) -> list[tuple[Branch, str]]:
    """Links that leave the trunk, or a fork of it, with less than a trunk's share of the load."""
    total = forest.weight[feeder.node]
    on_trunk = {node for _, node in feeder.trunk}
    found, waiting = [], [feeder.node]
    for node in waiting:  # grows while it is walked
        for branch, fed in forest.children[node]:
            weight = forest.weight[fed]
            if weight <= 0 or _is_service(draft, branch):
                continue
            if fed in on_trunk or weight >= _TRUNK_SHARE * total:
                waiting.append(fed)
            elif fed not in forest.has_tie:
                found.append((branch, fed))
    return found


def _fuse_size(kw: float, volts: float, phases: int) -> float:
    """The next size above twice the load current."""
    wires = (phases & ph.ABC).bit_count() or 3
    amperes = 2.0 * kw * 1000.0 / (wires * volts / 1.732) if volts > 0 else 100.0
    return float(next((size for size in _FUSES_A if size >= amperes), _FUSES_A[-1]))


def _upper_end(branch: Branch, fed: str) -> str:
    return branch.to_node if branch.from_node == fed else branch.from_node


def _insert(draft: ModelDraft, branch: Branch, node: str, cim_class: str, name: str, rated_a: float) -> Branch:
    """Put a switch between a node and the branch that leaves it: node --[new]-- new node --- branch."""
    near = draft.nodes[node]
    mrid = derived_mrid(draft.mrid or draft.name, cim_class, branch.mrid)
    behind = Node(derived_mrid(mrid, "node"), f"{name} load side", near.container_mrid, near.nominal_v, near.x, near.y)
    switch = Branch(mrid, name, cim_class, node, behind.mrid, rated_a=rated_a, synthetic=True)
    switch.phases = switch.closed_phases = switch.normal_closed_phases = branch.phases
    switch.container_mrid = near.container_mrid
    _cut_course(draft, branch, switch, near, behind)
    if branch.from_node == node:
        branch.from_node = behind.mrid
    else:
        branch.to_node = behind.mrid
    draft.nodes[behind.mrid] = behind
    draft.branches[mrid] = switch
    return switch


def _cut_course(draft: ModelDraft, branch: Branch, switch: Branch, near: Node, behind: Node) -> None:
    """Draw the switch on the first metres of its branch."""
    far = draft.nodes[branch.to_node if branch.from_node == near.mrid else branch.from_node]
    if near.x is None or near.y is None or far.x is None or far.y is None or branch.is_switch:
        return
    is_forward = branch.from_node == near.mrid
    course = (branch.points if is_forward else branch.points[::-1]) or [(near.x, near.y), (far.x, far.y)]
    share = min(0.2, _SETBACK_M / branch.length_m) if branch.length_m else 0.1
    (x0, y0), (x1, y1) = course[:2]
    cut = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    behind.x, behind.y = cut
    switch.points = [(x0, y0), cut]
    rest = [cut, *course[1:]]
    branch.points = rest if is_forward else rest[::-1]
