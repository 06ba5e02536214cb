"""The forest of protective devices and service transformers that outage prediction walks."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from network.domain.draft import PROTECTIVE_CLASSES, ModelDraft
from network.domain.energisation import energise
from network.domain.grid import Grid, compile_grid
from network.domain.protection import ProtectionTree, protection_tree
from tests.builders import random_networks
from tests.builders.network import NetworkBuilder
from tests.network.domain import oracle
from tests.paths import REFERENCE, needs_shared

DEVICES = {"CB": "breaker", "R": "recloser", "F": "fuse", "T": "transformer"}


def tree_of(grid: Grid, closed: np.ndarray | None = None) -> ProtectionTree:
    closed = grid.normal_closed if closed is None else closed
    return protection_tree(grid, energise(grid, closed), closed)


def lateral() -> ModelDraft:
    """
    S --CB-- --R1-- R1 --F1-- --T1-- (4 customers)
                    +--SW-- --T2-- (6 customers)
                    +--L-- L (2 customers, no transformer)
    """
    return (
        NetworkBuilder()
        .source("S").breaker("CB").recloser("R1")
        .fuse("F1").transformer("T1").customers(4)
        .back_to("R1").switch("SW").transformer("T2").customers(6)
        .back_to("R1").line("L").customers(2)
        .draft()
    )  # fmt: skip


def test_devices_hang_on_the_next_device_towards_the_source() -> None:
    grid = compile_grid(lateral())
    tree = tree_of(grid)
    device = {mrid: tree.device_of_branch(grid.branch_index(mrid)) for mrid in ("CB", "R1", "F1", "T1", "T2")}
    parents = {mrid: int(tree.parent[index]) for mrid, index in device.items()}
    assert parents == {"CB": -1, "R1": device["CB"], "F1": device["R1"], "T1": device["F1"], "T2": device["R1"]}
    assert tree.device_of_branch(grid.branch_index("SW")) == tree.device_of_branch(-1) == -1


def test_customers_without_a_transformer_are_their_own_device() -> None:
    grid = compile_grid(lateral())
    tree = tree_of(grid)
    device = int(tree.device_of_node[grid.node_index("L")])
    assert (tree.branch[device], tree.node[device]) == (-1, grid.node_index("L"))
    assert tree.is_transformer[device]
    assert tree.customers[device] == 2
    assert tree.nodes_below(device).tolist() == [grid.node_index("L")]


def test_customers_add_up_towards_the_source() -> None:
    grid = compile_grid(lateral())
    tree = tree_of(grid)
    below = {
        m: int(tree.customers_below[tree.device_of_branch(grid.branch_index(m))]) for m in ("CB", "R1", "F1", "T2")
    }
    assert below == {"CB": 12, "R1": 12, "F1": 4, "T2": 6}
    assert tree.transformers_below[tree.device_of_branch(grid.branch_index("CB"))] == 3
    assert tree.customers[~tree.is_transformer].sum() == 0


def test_a_device_takes_with_it_all_that_it_feeds() -> None:
    grid = compile_grid(lateral())
    tree = tree_of(grid)
    lost = tree.nodes_below(tree.device_of_branch(grid.branch_index("F1")))
    assert {grid.node_mrid_text(node) for node in lost} == {"F1", "T1"}


def test_what_is_dead_now_still_knows_what_it_hung_on() -> None:
    grid = compile_grid(lateral())
    now = grid.normal_closed.copy()
    now[grid.branch_index("CB")] = 0
    assert tree_of(grid, now).size == 0
    before_the_fault = protection_tree(grid, energise(grid, grid.normal_closed), now)
    assert before_the_fault.size == 6
    breaker = before_the_fault.device_of_branch(grid.branch_index("CB"))
    assert not before_the_fault.is_closed[breaker]
    assert before_the_fault.is_closed.sum() == 5


def test_the_tree_follows_a_transferred_load() -> None:
    """T2 hangs on P's breaker once SW is open and TIE closed."""
    draft = lateral()
    builder = NetworkBuilder()
    builder._draft = draft
    builder.back_to("SW").switch("TIE", closed=False).to("P1").source("P").breaker("PB").to("P1")
    grid = compile_grid(draft)
    closed = grid.normal_closed.copy()
    closed[[grid.branch_index("SW"), grid.branch_index("TIE")]] = 0, 7
    tree = tree_of(grid, closed)
    transformer = tree.device_of_branch(grid.branch_index("T2"))
    assert tree.parent[transformer] == tree.device_of_branch(grid.branch_index("PB"))
    assert tree.feeder[transformer] == grid.branch_index("PB")


def test_phases_and_telemetry_are_those_of_the_branch() -> None:
    draft = NetworkBuilder().source("S").breaker("CB").fuse("F", phases="B").transformer("T").customers(1).draft()
    grid = compile_grid(draft)
    tree = tree_of(grid)
    assert tree.phases.tolist() == [7, 2, 2]
    assert tree.is_telemetered.tolist() == [True, False, False]


@needs_shared
def test_the_reference_tree_comes_out_of_its_network() -> None:
    case = json.loads((REFERENCE / "outage" / "prediction_cases.json").read_text())["network"]
    draft = network_of(case["parent"], case["customers_per_transformer"])
    grid = compile_grid(draft)
    tree = tree_of(grid)
    name = [grid.branch_mrid_text(branch) for branch in tree.branch]
    assert {name[i]: name[p] for i, p in enumerate(tree.parent) if p >= 0} == case["parent"]
    customers = {name[i]: int(tree.customers[i]) for i in np.flatnonzero(tree.is_transformer)}
    assert customers == case["customers_per_transformer"]


def network_of(parent: dict[str, str], customers: dict[str, int]) -> ModelDraft:
    """A line behind every device, so that devices and branches are not the same."""
    builder = NetworkBuilder().source("S").breaker("CB").line("line CB")
    placed = {"CB"}
    while len(placed) <= len(parent):
        for device, above in parent.items():
            if device in placed or above not in placed:
                continue
            builder.back_to(f"line {above}")
            kind = {"R": builder.recloser, "F": builder.fuse, "T": builder.transformer}[device[0]]
            kind(device)
            if device in customers:
                builder.customers(customers[device])
            builder.line(f"line {device}")
            placed.add(device)
    return builder.draft()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_device_of_a_node_is_the_first_met_going_up(data: st.DataObject) -> None:
    draft = data.draw(random_networks.networks())
    grid = compile_grid(draft)
    positions = oracle.normal_positions(draft)
    laid = oracle.forest(draft, positions)
    tree = tree_of(grid)
    served = {i.node for i in draft.injections.values() if i.customer_count}
    for mrid in draft.nodes:
        device = int(tree.device_of_node[grid.node_index(mrid)])
        if mrid not in laid:
            assert device == -1
            continue
        expected = "" if mrid in served else first_device(draft, laid, mrid)
        found = grid.branch_mrid_text(tree.branch[device]) if device >= 0 and tree.branch[device] >= 0 else ""
        assert found == expected or (mrid in served and found == first_device(draft, laid, mrid))
        if mrid in served:
            assert tree.is_transformer[device]
    assert (tree.parent < np.arange(tree.size)).all()
    for device in range(tree.size):
        below = tree.customers[device : tree.exit[device]].sum()
        assert below == tree.customers_below[device]
        assert (tree.parent[device + 1 : tree.exit[device]] >= device).all()


def first_device(draft: ModelDraft, laid: dict[str, tuple[str, str]], node: str) -> str:
    while laid[node][0]:
        branch = draft.branches[laid[node][0]]
        if branch.is_switch and branch.cim_class in PROTECTIVE_CLASSES:
            return branch.mrid
        node = branch.from_node if node == branch.to_node else branch.to_node
    return ""
