"""What differs between two versions: one drawn change each."""

from typing import Any

import pytest

from network.domain import comparison, grid
from network.domain.comparison import Change, Comparison
from network.domain.draft import ModelDraft
from tests.builders.network import NetworkBuilder
from tests.cast import feeder
from tests.paths import CIM, needs_shared


def contents(draft: ModelDraft) -> comparison.Contents:
    return comparison.contents_of_draft(draft, grid.compile_grid(draft))


def compared(old: ModelDraft, new: ModelDraft) -> Comparison:
    return comparison.compare(contents(old), contents(new))


def only(found: Comparison, kind: str) -> Change:
    (change,) = [one for one in found.changes if one.kind == kind]
    return change


def test_a_version_does_not_differ_from_itself():
    assert compared(feeder(), feeder()).changes == []


@needs_shared
@pytest.mark.parametrize("name", ["IEEE13.xml", "IEEE123.xml.gz"])
def test_a_published_feeder_read_twice_is_the_same(name):
    from integration.cim.models import read_model

    path = CIM / "gridappsd" / name
    assert compared(read_model([path]), read_model([path])).changes == []


def test_what_is_added_and_removed_is_told_by_class():
    old, new = feeder(), feeder()
    for mrid in ("T5", "T5 load"):
        (new.branches if mrid in new.branches else new.injections).pop(mrid, None)
    new.usage_points = {key: one for key, one in new.usage_points.items() if one.equipment_mrid != "T5"}
    found = compared(old, new)
    assert found.counts["removed"]["PowerTransformer"] == 1
    assert compared(new, old).counts["added"]["PowerTransformer"] == 1
    removed = next(one for one in found.changes if one.mrid == "T5")
    assert (removed.branch, removed.branch_before >= 0) == (-1, True)
    gone = [one for one in found.changes if one.kind == "customer"]
    assert [one.values for one in gone] == [[("transformer", "T5", None)]] * 2


def test_a_changed_attribute_is_told_with_its_old_and_new_value():
    old, new = feeder(), feeder()
    new.branches["L1"].rated_a = 400.0
    new.branches["L1"].attributes["Conductor.length"] = "120"
    change = only(compared(old, new), "changed")
    assert (change.mrid, change.cim_class) == ("L1", "ACLineSegment")
    assert change.values == [("Conductor.length", None, "120"), ("rated_a", None, 400.0)]


def test_a_node_that_is_placed_elsewhere_and_a_line_with_another_course_are_changes():
    old, new = feeder(), feeder()
    old.nodes["L1"].x, old.nodes["L1"].y = 1.0, 2.0
    new.nodes["L1"].x, new.nodes["L1"].y = 1.0, 3.0
    new.branches["L2"].points = [(0.0, 0.0), (1.0, 1.0)]
    changes = {one.mrid: one.values for one in compared(old, new).changes}
    assert changes == {"L1": [("y", 2.0, 3.0)], "L2": [("course", "0 points", "2 points")]}


def test_a_line_that_leads_elsewhere_is_a_changed_connection():
    """F2 moves from the end of L2 to the tee at L1."""
    old, new = feeder(), feeder()
    new.branches["F2"].from_node = "L1"
    change = only(compared(old, new), "connection")
    assert (change.mrid, change.values) == ("F2", [("from", "L2", "L1")])


def test_a_normally_open_point_that_is_closed_or_gone_is_lost_and_a_new_one_is_not():
    old, new = feeder(), feeder()
    new.branches["TIE"].normal_closed_phases = 7
    new.branches["SW1"].normal_closed_phases = 0
    found = compared(old, new)
    told = {one.mrid: one.values for one in found.changes if one.kind == "normal_open"}
    assert told == {
        "TIE": [("normal position", "open on ABC", "closed")],
        "SW1": [("normal position", "closed", "open on ABC")],
    }
    assert [one.mrid for one in found.lost_open_points] == ["TIE"]
    del new.branches["TIE"]
    assert [one.mrid for one in compared(old, new).lost_open_points] == ["TIE"]


def test_customers_that_move_to_another_transformer_are_told_one_by_one():
    old, new = feeder(), feeder()
    mrid = next(key for key, one in new.usage_points.items() if one.equipment_mrid == "T1")
    new.usage_points[mrid].equipment_mrid = "T3"
    change = only(compared(old, new), "customer")
    assert (change.mrid, change.values) == (mrid, [("transformer", "T1", "T3")])


def test_a_feeder_whose_customers_are_more_is_told_with_both_numbers():
    def model(customers: int) -> ModelDraft:
        builder = NetworkBuilder().in_container("North", "Substation").source("N").in_container("F7", parent="North")
        return builder.breaker("CB").line("L").transformer("T").customers(customers).draft()

    change = only(compared(model(3), model(5)), "feeder")
    assert change.values == [("customers", 3, 5)]


def test_one_in_a_hundred_of_many_objects_is_found():
    """10 000 objects; the 100 000 of a big utility take ten times as long."""

    def model() -> ModelDraft:
        builder = NetworkBuilder().source("S").breaker("CB")
        for number in range(2500):
            builder.back_to("CB").line(f"L{number}").transformer(f"T{number}").customers(1)
        return builder.draft()

    old, new = model(), model()
    for number in range(0, 2500, 50):
        new.branches[f"L{number}"].rated_a = 100.0
    before, after = contents(old), contents(new)
    found = comparison.compare(before, after)
    assert found.counts == {"changed": {"ACLineSegment": 50}}


def test_a_draft_with_loose_ends_is_cut_down_to_what_can_be_shown() -> None:
    from network.domain import buildable

    draft: Any = feeder()
    draft.branches["L1"].to_node = "nowhere"
    draft.telemetry_points["x"] = next(iter(draft.telemetry_points.values()))
    with pytest.raises(grid.DanglingReference):
        grid.compile_grid(draft)
    shown = grid.compile_grid(buildable.without_loose_ends(draft))
    assert shown.branch_index("L1") == -1
    assert shown.branch_index("L2") >= 0
