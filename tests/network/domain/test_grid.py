"""A draft compiled to arrays: numbering, what belongs to what, files."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.domain import grid as grids
from network.domain.draft import Branch, Container, Injection, ModelDraft, Node, UsagePoint
from tests.builders import random_networks
from tests.builders.network import NetworkBuilder

EXAMPLES = settings(max_examples=100, deadline=None)


def feeder_with_a_lateral() -> ModelDraft:
    """
    S --CB-- CB --L1-- L1 --F1-- F1 --T1-- T1 (3 customers)
                        +---L2-- L2 --TIE/open-- P --PB-- P2
    """
    return (
        NetworkBuilder()
        .source("S").breaker("CB").line("L1").mark("tee")
        .fuse("F1").transformer("T1").customers(3, kw_each=2.0)
        .back_to("tee").line("L2").switch("TIE", closed=False).to("P2")
        .source("P").breaker("PB").to("P2")
        .draft()
    )  # fmt: skip


def test_lookups_find_what_is_there_and_say_minus_one_otherwise() -> None:
    grid = grids.compile_grid(feeder_with_a_lateral())
    for mrid in ("CB", "L1", "F1", "T1", "L2", "TIE", "PB"):
        branch = grid.branch_index(mrid)
        assert grid.branch_mrid_text(branch) == mrid
    assert grid.node_mrid_text(grid.node_index("T1")) == "T1"
    assert grid.injection_node[grid.injection_index("T1 load")] == grid.node_index("T1")
    assert grid.node_index("?") == grid.branch_index("?") == grid.injection_index("?") == -1


def test_kinds_of_branches_are_told_apart() -> None:
    grid = grids.compile_grid(feeder_with_a_lateral())
    b = grid.branch_index
    assert [bool(grid.is_switch[b(m)]) for m in ("CB", "F1", "TIE", "L1", "T1")] == [True, True, True, False, False]
    assert [bool(grid.is_protective[b(m)]) for m in ("CB", "F1", "TIE", "T1")] == [True, True, False, False]
    assert [bool(grid.is_telemetered[b(m)]) for m in ("CB", "F1")] == [True, False]
    assert [bool(grid.service_transformer[b(m)]) for m in ("T1", "L1")] == [True, False]
    assert grid.branch_class_name(b("TIE")) == "LoadBreakSwitch"
    assert grid.normal_closed[b("TIE")] == 0
    assert grid.normal_closed[b("L1")] == 7


def test_customers_and_load_stand_at_the_low_side_of_their_transformer() -> None:
    grid = grids.compile_grid(feeder_with_a_lateral())
    low = grid.node_index("T1")
    assert grid.node_customers[low] == grid.node_customers.sum() == 3
    assert grid.node_kw[low] == grid.node_kw.sum() == 6.0


def test_counts_of_consumers_serve_where_there_are_no_usage_points() -> None:
    draft = NetworkBuilder().source("S").breaker("CB").load(5).draft()
    draft.injections["CB load"].customer_count = 4
    grid = grids.compile_grid(draft)
    assert grid.node_customers[grid.node_index("CB")] == 4
    draft.usage_points["u"] = UsagePoint("u", "u", "CB load")
    assert grids.compile_grid(draft).node_customers.sum() == 1


def test_sources_at_one_node_count_as_one_with_all_their_phases() -> None:
    draft = NetworkBuilder().source("S").draft()
    draft.injections["a"] = Injection("a", "a", "EnergySource", "S", 1)
    draft.injections["S source"].phases = 4
    grid = grids.compile_grid(draft)
    assert grid.source_phases.tolist() == [5]
    assert grid.source_at[grid.source_node[0]] == 0


def test_a_machine_may_hold_supply() -> None:
    draft = NetworkBuilder().node("A").draft()
    draft.injections["G"] = Injection("G", "G", "SynchronousMachine", "A", holds_supply=True)
    assert grids.compile_grid(draft).source_node.size == 1


def test_phases_that_nobody_gave_carry_what_comes() -> None:
    draft = NetworkBuilder().source("S", phases="B").line("L").draft()
    draft.branches["L"].phases = 0
    grid = grids.compile_grid(draft)
    assert grid.branch_phases[0] == grid.normal_closed[0] == 7


def test_all_dangling_references_are_named_at_once() -> None:
    draft = feeder_with_a_lateral()
    draft.branches["L1"].to_node = "nowhere"
    draft.injections["T1 load"].node = "gone"
    draft.usage_points["u"] = UsagePoint("u", "u", "no transformer")
    with pytest.raises(grids.DanglingReference) as refused:
        grids.compile_grid(draft)
    assert set(refused.value.references) == {
        ("L1", "to_node", "nowhere"),
        ("T1 load", "node", "gone"),
        ("u", "equipment_mrid", "no transformer"),
    }
    assert "L1: to_node names nowhere" in str(refused.value)


def test_an_empty_model_is_an_empty_grid() -> None:
    grid = grids.compile_grid(ModelDraft("empty"))
    assert (grid.node_count, grid.branch_count, grid.source_node.size) == (0, 0, 0)


def test_courses_follow_their_branches() -> None:
    draft = feeder_with_a_lateral()
    draft.branches["L2"].points = [(0.0, 0.0), (1.0, 2.0), (3.0, 4.0)]
    draft.branches["CB"].points = [(9.0, 9.0)]
    draft.nodes["L2"].x, draft.nodes["L2"].y = 3.0, 4.0
    grid = grids.compile_grid(draft)
    assert grid.course(grid.branch_index("L2")).tolist() == [[0, 0], [1, 2], [3, 4]]
    assert grid.course(grid.branch_index("CB")).tolist() == [[9, 9]]
    assert grid.course(grid.branch_index("L1")).shape == (0, 2)
    node = grid.node_index("L2")
    assert (grid.node_x[node], grid.node_y[node]) == (3.0, 4.0)
    assert np.isnan(grid.node_x[grid.node_index("S")])


def test_arrays_cannot_be_written_to() -> None:
    grid = grids.compile_grid(feeder_with_a_lateral())
    for field in dataclasses.fields(grid):
        assert not getattr(grid, field.name).flags.writeable, field.name


@EXAMPLES
@given(random_networks.networks())
def test_normal_subtrees_are_runs_of_nodes(draft: ModelDraft) -> None:
    grid = grids.compile_grid(draft)
    for node in range(grid.node_count):
        parent, branch = grid.normal_parent[node], grid.normal_branch[node]
        assert parent < node < grid.normal_exit[node]
        if parent >= 0:
            assert grid.normal_exit[node] <= grid.normal_exit[parent]
            assert {grid.branch_from[branch], grid.branch_to[branch]} == {parent, node}
            assert grid.normal_closed[branch]
            assert grid.normal_fed[branch] == node
    in_forest = np.setdiff1d(np.arange(grid.branch_count), grid.off_forest)
    assert sorted(grid.normal_branch[grid.normal_branch >= 0]) == in_forest.tolist()


@EXAMPLES
@given(random_networks.networks())
def test_adjacency_lists_both_ends_of_every_branch(draft: ModelDraft) -> None:
    grid = grids.compile_grid(draft)
    listed = [
        (node, int(grid.adj_branch[slot]), int(grid.adj_node[slot]))
        for node in range(grid.node_count)
        for slot in range(grid.indptr[node], grid.indptr[node + 1])
    ]
    expected = [
        entry
        for branch, (start, end) in enumerate(zip(grid.branch_from.tolist(), grid.branch_to.tolist(), strict=True))
        for entry in ((start, branch, end), (end, branch, start))
    ]
    assert sorted(listed) == sorted(expected)


@EXAMPLES
@given(random_networks.networks(), st.randoms(use_true_random=False))
def test_the_order_of_the_file_changes_nothing(draft: ModelDraft, shuffler: random.Random) -> None:
    shuffled = ModelDraft("random")
    for part in ("nodes", "branches", "injections"):
        items = list(getattr(draft, part).items())
        shuffler.shuffle(items)
        setattr(shuffled, part, dict(items))
    assert grids.to_blob(grids.compile_grid(shuffled)) == grids.to_blob(grids.compile_grid(draft))


class TestFeeders:
    """Which branch begins a feeder, and what it is called."""

    def heads(self, draft: ModelDraft) -> dict[str, str]:
        """Per node, the head of its feeder."""
        grid = grids.compile_grid(draft)
        return {
            mrid: grid.branch_mrid_text(head) if (head := grid.node_feeder[grid.node_index(mrid)]) >= 0 else ""
            for mrid in draft.nodes
        }

    def test_begin_at_the_first_breaker(self) -> None:
        draft = (
            NetworkBuilder().source("S")
            .breaker("CB1").line("L1").recloser("R").line("L2").load(9)
            .back_to("S").breaker("CB2").line("M1").load(9)
            .draft()
        )  # fmt: skip
        assert self.heads(draft) == {
            "S": "",
            "CB1": "CB1",
            "L1": "CB1",
            "R": "CB1",
            "L2": "CB1",
            "CB2": "CB2",
            "M1": "CB2",
        }

    def test_begin_below_the_substation_transformer(self) -> None:
        """
        S(110 kV) --HB-- --TR/20 kV-- bar --CB1-- --L1--
                                       +---CB2-- --L2--
        """
        draft = (
            NetworkBuilder(voltage=110_000).source("S").breaker("HB").transformer("TR", voltage=20_000)
            .breaker("CB1").line("L1").load(9)
            .back_to("TR").breaker("CB2").line("L2").load(9)
            .draft()
        )  # fmt: skip
        heads = self.heads(draft)
        assert (heads["HB"], heads["TR"], heads["L1"], heads["L2"]) == ("", "", "CB1", "CB2")

    def test_do_not_begin_at_a_coupler_of_bars(self) -> None:
        """
        bar A --COUPLER-- bar B --CB1-- L1
          +-CB3-- L3        +-----CB2-- L2
        """
        draft = (
            NetworkBuilder().source("A")
            .breaker("COUPLER")
            .breaker("CB1").line("L1").load(9)
            .back_to("COUPLER").breaker("CB2").line("L2").load(9)
            .back_to("A").breaker("CB3").line("L3").load(9)
            .draft()
        )  # fmt: skip
        heads = self.heads(draft)
        assert (heads["COUPLER"], heads["L1"], heads["L2"], heads["L3"]) == ("", "CB1", "CB2", "CB3")

    def test_begin_at_the_line_where_no_breaker_guards_it(self) -> None:
        draft = NetworkBuilder().source("S").line("L1").load(1).line("L2").recloser("R").line("L3").load(1).draft()
        assert set(self.heads(draft).values()) == {"", "L1"}

    def test_regulators_are_no_substation_transformers(self) -> None:
        draft = (
            NetworkBuilder()
            .source("S")
            .breaker("CB")
            .line("L1")
            .transformer("REG", voltage=20_000)
            .line("L2")
            .load(3)
            .draft()
        )
        draft.containers["sub"] = Container("sub", "West", "Substation")
        draft.branches["REG"].container_mrid = "sub"
        assert self.heads(draft)["L2"] == "CB"

    def test_take_name_and_substation_from_the_containers(self) -> None:
        """
        S --HB-- --CB1-- --L1--        CB1 and L1 in Feeder F1 of Substation West
        """
        draft = (
            NetworkBuilder()
            .in_container("West", "Substation").source("S").breaker("HB")
            .in_container("F1", "Feeder", parent="West").breaker("CB1").line("L1").load(3)
            .in_container("").line("L2").load(1)
            .draft()
        )  # fmt: skip
        grid = grids.compile_grid(draft)
        assert self.heads(draft)["L1"] == "CB1"
        assert [grid.feeder_name(grid.branch_index(m)) for m in ("HB", "CB1", "L1", "L2")] == ["", "F1", "F1", "F1"]
        assert {grid.substation_name(grid.branch_index(m)) for m in draft.branches} == {"West"}
        assert grid.node_substation_name(grid.node_index("L2")) == "West"
        assert grid.node_feeder_name(grid.node_index("L2")) == "F1"

    def test_are_called_after_their_head_where_there_are_no_containers(self) -> None:
        grid = grids.compile_grid(feeder_with_a_lateral())
        assert grid.feeder_name(grid.branch_index("T1")) == "CB"
        assert grid.feeder_name(grid.branch_index("CB")) == "CB"
        assert grid.substation_name(grid.branch_index("CB")) == ""

    def test_containers_in_a_circle_do_no_harm(self) -> None:
        draft = feeder_with_a_lateral()
        draft.containers = {"a": Container("a", "a", "Bay", "b"), "b": Container("b", "b", "Bay", "a")}
        draft.branches["L1"].container_mrid = "a"
        grid = grids.compile_grid(draft)
        assert grid.substation_name(grid.branch_index("L1")) == ""


class TestFiles:
    """A grid as bytes and as a mapped file."""

    @EXAMPLES
    @given(random_networks.networks())
    def test_bytes_come_back_as_the_same_grid(self, draft: ModelDraft) -> None:
        grid = grids.compile_grid(draft)
        back = grids.from_blob(grids.to_blob(grid))
        for field in dataclasses.fields(grid):
            one, other = getattr(grid, field.name), getattr(back, field.name)
            assert one.dtype == other.dtype, field.name
            assert one.shape == other.shape, field.name
            assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), field.name
            assert not other.flags.writeable

    def test_a_folder_comes_back_mapped(self, tmp_path: Path) -> None:
        grid = grids.compile_grid(feeder_with_a_lateral())
        grids.save(grid, tmp_path)
        back = grids.load(tmp_path)
        assert grids.to_blob(back) == grids.to_blob(grid)
        assert back.branch_index("TIE") == grid.branch_index("TIE")

    def test_bytes_cut_short_are_refused(self) -> None:
        blob = grids.to_blob(grids.compile_grid(feeder_with_a_lateral()))
        for length in (0, 5, 40, len(blob) // 2, len(blob) - 1):
            with pytest.raises(grids.GridUnreadable):
                grids.from_blob(blob[:length])

    def test_another_format_is_refused_by_name(self) -> None:
        blob = grids.to_blob(grids.compile_grid(feeder_with_a_lateral()))
        with pytest.raises(grids.GridUnreadable, match="format 0"):
            grids.from_blob(blob.replace(f'"format":{grids.files.FORMAT}'.encode(), b'"format":0', 1))

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "grid.bin").touch()
        with pytest.raises(grids.GridUnreadable):
            grids.load(tmp_path)


def test_nodes_of_any_name_are_found() -> None:
    draft = ModelDraft("names", nodes={"Überlandwerk/7": Node("Überlandwerk/7", "")})
    draft.branches["ß"] = Branch("ß", "ß", "Fuse", "Überlandwerk/7", "Überlandwerk/7")
    grid = grids.compile_grid(draft)
    assert grid.node_mrid_text(grid.node_index("Überlandwerk/7")) == "Überlandwerk/7"
    assert grid.branch_index("ß") == 0
