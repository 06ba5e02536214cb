"""Random small networks for property tests: loops, parallel branches, islands, several sources, single phases, open phases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from network.domain.draft import Branch, Injection, ModelDraft, Node
from network.domain.grid import Grid
from network.domain.phases import ABC

_PHASES = st.sampled_from([7, 7, 7, 1, 2, 4, 3, 5, 6])
_CLASSES = st.sampled_from(
    ["Breaker", "Fuse", "LoadBreakSwitch", "Recloser", "LoadBreakSwitch", "ACLineSegment", "PowerTransformer"]
)


@dataclass
class Operation:
    """Some switches (mRIDs) take these positions (phase bits) at once."""

    positions: dict[str, int]


@st.composite
def networks(draw: st.DrawFn, *, max_nodes: int = 12, radial: bool = False) -> ModelDraft:
    """A network; `radial` keeps its branches to a tree with a few open ties."""
    draft = ModelDraft("random")
    count = draw(st.integers(1, max_nodes))
    for number in range(count):
        draft.nodes[f"n{number:02}"] = Node(f"n{number:02}", "", nominal_v=20_000)
    if radial:
        pairs = [(draw(st.integers(0, number - 1)), number) for number in range(1, count)]
        ties = draw(st.integers(0, 2)) if count > 1 else 0
    else:
        ends = st.integers(0, count - 1)
        pairs = draw(st.lists(st.tuples(ends, ends), max_size=2 * count))
        ties = 0
    names = draw(st.permutations(range(len(pairs) + ties)))
    for index, (start, end) in enumerate(pairs):
        _add_branch(draw, draft, f"b{names[index]:02}", start, end, simple=radial)
    for index in range(ties):
        start, end = draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))
        mrid = f"b{names[len(pairs) + index]:02}"
        draft.branches[mrid] = Branch(mrid, mrid, "LoadBreakSwitch", f"n{start:02}", f"n{end:02}", ABC, 0, 0)
    for number in range(draw(st.integers(0, 3))):
        node, bits = f"n{draw(st.integers(0, count - 1)):02}", draw(_PHASES)
        draft.injections[f"s{number}"] = Injection(f"s{number}", "", "EnergySource", node, bits)
    for number in range(draw(st.integers(0, 4))):
        node, bits = f"n{draw(st.integers(0, count - 1)):02}", draw(_PHASES)
        customers = draw(st.integers(0, 5))
        draft.injections[f"c{number}"] = Injection(
            f"c{number}", "", "EnergyConsumer", node, bits, p_kw=customers, customer_count=customers
        )
    return draft


@st.composite
def rings(draw: st.DrawFn, *, max_nodes: int = 18) -> ModelDraft:
    """Feeders of up to three sources that open ties join, most of their branches switches: what can be handed over."""
    draft = ModelDraft("rings")
    sources = draw(st.integers(1, 3))
    count = sources + draw(st.integers(7, max_nodes - sources))
    for number in range(count):
        draft.nodes[f"n{number:02}"] = Node(f"n{number:02}", "", nominal_v=20_000)
    for number in range(sources):
        draft.injections[f"s{number}"] = Injection(f"s{number}", "", "EnergySource", f"n{number:02}", ABC)
    kinds = st.sampled_from(
        ["Breaker", "LoadBreakSwitch", "LoadBreakSwitch", "LoadBreakSwitch", "Recloser", "ACLineSegment"]
    )
    ends = [(draw(st.integers(0, number - 1)), number, True) for number in range(sources, count)]
    any_node = st.integers(0, count - 1)
    ends += [(draw(any_node), draw(any_node), False) for _ in range(draw(st.integers(3, 8)))]
    names = draw(st.permutations(range(len(ends))))
    for name, (start, end, is_closed) in zip(names, ends, strict=True):
        mrid, cim_class = f"b{name:02}", draw(kinds) if is_closed else "LoadBreakSwitch"
        bits = ABC if is_closed else 0
        draft.branches[mrid] = Branch(mrid, mrid, cim_class, f"n{start:02}", f"n{end:02}", ABC, bits, bits)
    for number in range(sources, count):
        customers = draw(st.integers(0, 5))
        draft.injections[f"c{number}"] = Injection(
            f"c{number}", "", "EnergyConsumer", f"n{number:02}", ABC, p_kw=customers, customer_count=customers
        )
    return draft


def _add_branch(draw: st.DrawFn, draft: ModelDraft, mrid: str, start: int, end: int, *, simple: bool) -> None:
    cim_class = draw(_CLASSES)
    bits = ABC if simple else draw(_PHASES)
    normal = bits if simple else draw(st.sampled_from([bits, bits, bits, 0, 1, 3, 6])) & bits
    present = draw(st.sampled_from([normal, normal, 0, bits]))
    draft.branches[mrid] = Branch(mrid, mrid, cim_class, f"n{start:02}", f"n{end:02}", bits, present, normal)


@st.composite
def operations(draw: st.DrawFn, draft: ModelDraft, *, max_steps: int = 8, max_at_once: int = 3) -> list[Operation]:
    """A sequence of operations on a network's switches; mostly whole switches, sometimes single phases."""
    switches = sorted(mrid for mrid, branch in draft.branches.items() if branch.is_switch)
    if not switches:
        return []
    steps = []
    for _ in range(draw(st.integers(1, max_steps))):
        chosen = draw(st.lists(st.sampled_from(switches), min_size=1, max_size=max_at_once, unique=True))
        steps.append(Operation({mrid: _position(draw, draft.branches[mrid].phases) for mrid in chosen}))
    return steps


def _position(draw: st.DrawFn, bits: int) -> int:
    return draw(st.sampled_from([0, bits, bits & draw(st.integers(0, 7))]))


def operated(grid: Grid, closed: np.ndarray, operation: Operation) -> tuple[np.ndarray, np.ndarray]:
    """(positions after, branches named)."""
    after = closed.copy()
    branches = np.array([grid.branch_index(mrid) for mrid in operation.positions], np.int32)
    after[branches] = list(operation.positions.values())
    return after, branches
