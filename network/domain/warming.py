"""Compile all kernels before the first switch is operated: on a fresh machine that takes half a minute, later a second."""

from __future__ import annotations

import numpy as np

from network.domain import energisation, impact, protection, trace
from network.domain.draft import Branch, Injection, ModelDraft, Node
from network.domain.grid import Grid, compile_grid
from network.domain.grid.nameplates import beginning, plates
from network.domain.switchboard import Switchboard


def warm() -> None:
    """Run every kernel once, on a ring of three switches with two sources and one customer."""
    grid = compile_grid(_tiny_network())
    normal = energisation.energise(grid, grid.normal_closed)
    tie, switch = grid.branch_index("3"), grid.branch_index("1")
    closed = grid.normal_closed.copy()
    closed[tie] = 7
    ringed = energisation.reenergise(grid, normal, closed, np.array([tie], np.int32))
    energisation.energise(grid, closed)
    impact.look_ahead(grid, grid.normal_closed, normal, switch, 0)
    trace.ring(ringed, tie)
    for state in (normal, ringed):
        tree = protection.protection_tree(grid, state, state.closed)
        _ = tree.customers_below, tree.exit, state.source_islands
    _trace_all(grid, normal)
    plates([""], np.ones(1, np.bool_), 1).search("x", 1)
    beginning(grid.branch_mrid, "1", 1)
    board = Switchboard(normal)
    board.operate(switch, 0)
    board.operate_all([tie], [7])


def _trace_all(grid: Grid, state: energisation.Energisation) -> None:
    trace.downstream(state, 0)
    trace.section(state, 0, grid.is_protective)
    trace.path(state, 0, grid.node_count - 1)


def _tiny_network() -> ModelDraft:
    """S --1-- a --2-- b --3/open-- T."""
    draft = ModelDraft("tiny")
    draft.nodes = {name: Node(name, name) for name in "SabT"}
    for mrid, start, end, closed in (("1", "S", "a", 7), ("2", "a", "b", 7), ("3", "b", "T", 0)):
        draft.branches[mrid] = Branch(mrid, mrid, "Breaker", start, end, 7, closed, closed)
    for name in "ST":
        draft.injections[name] = Injection(name, name, "EnergySource", name)
    draft.injections["c"] = Injection("c", "c", "EnergyConsumer", "b", customer_count=1)
    return draft
