"""Real networks against independent programs: pandapower's own topology, networkx per phase."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from integration.cim.models import read_model
from integration.cim.models.pandapower import read_pandapower
from network.domain.draft import ModelDraft
from network.domain.energisation import energise, reenergise
from network.domain.grid import Grid, compile_grid
from network.domain.identity import derived_mrid
from tests.paths import CIM, needs_shared

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_mv_oberrhein_agrees_with_pandapower_after_any_switching() -> None:
    pn = pytest.importorskip("pandapower.networks")
    from pandapower.topology import unsupplied_buses

    net = pn.mv_oberrhein()
    draft = read_pandapower(net, name="oberrhein")
    grid = compile_grid(draft)
    state, closed = energise(grid, grid.initial_closed), grid.initial_closed
    rng = np.random.default_rng(5)
    for switch in rng.choice(net.switch.index, 15):
        net.switch.loc[switch, "closed"] = not net.switch.closed[switch]
        branch = grid.branch_index(derived_mrid("oberrhein", "switch", str(switch)))
        closed = closed.copy()
        closed[branch] ^= 7
        state = reenergise(grid, state, closed, np.array([branch], np.int32))
        theirs = {derived_mrid("oberrhein", "bus", str(bus)) for bus in unsupplied_buses(net)}
        dead = {grid.node_mrid_text(node) for node in np.flatnonzero(state.live == 0)}
        buses = {derived_mrid("oberrhein", "bus", str(bus)) for bus in net.bus.index}
        assert dead & buses == theirs


@needs_shared
@pytest.mark.parametrize("name", ["IEEE13.xml", "IEEE123.xml.gz", "IEEE8500bal_derived.xml.gz"])
def test_published_feeders_agree_with_networkx_phase_by_phase(name: str) -> None:
    draft = read_model([CIM / "gridappsd" / name])
    grid = compile_grid(draft)
    state, closed = energise(grid, grid.normal_closed), grid.normal_closed
    agree_with_networkx(draft, grid, state.live, closed)
    rng = np.random.default_rng(6)
    for branch in rng.choice(np.flatnonzero(grid.is_switch), 8):
        closed = closed.copy()
        closed[branch] = rng.integers(0, 8) & grid.branch_phases[branch]
        state = reenergise(grid, state, closed, np.array([branch], np.int32))
        agree_with_networkx(draft, grid, state.live, closed)


def agree_with_networkx(draft: ModelDraft, grid: Grid, live: np.ndarray, closed: np.ndarray) -> None:
    for phase in (1, 2, 4):
        graph = nx.Graph()
        graph.add_nodes_from(draft.nodes)
        graph.add_edges_from(
            (branch.from_node, branch.to_node)
            for mrid, branch in draft.branches.items()
            if closed[grid.branch_index(mrid)] & phase
        )
        graph.add_edges_from(
            ("earth", one.node) for one in draft.injections.values() if one.is_source and one.phases & phase
        )
        supplied = nx.node_connected_component(graph, "earth") - {"earth"} if "earth" in graph else set()
        assert {grid.node_mrid_text(node) for node in np.flatnonzero(live & phase)} == supplied
