"""The quality gate, one drawn network per kind of defect."""

import dataclasses

import pytest

from network.domain import gate
from network.domain.draft import ModelDraft
from tests.builders.network import NetworkBuilder


def sound():
    """S --CB-- L1 --T1 (3 customers)."""
    return NetworkBuilder().source("S").breaker("CB").line("L1").transformer("T1").customers(3)


def found(draft, code):
    return [(one.severity, one.object.partition(" (")[0]) for one in gate.check(draft) if one.code == code]


def test_a_sound_feeder_passes_with_nothing_but_a_missing_rating():
    assert {one.code for one in gate.check(sound().draft())} == {"missing_rating"}


def test_an_empty_model_has_no_source():
    assert found(ModelDraft("empty"), "no_source") == [("error", "")]


def test_without_a_source_nobody_is_reported_as_unreachable():
    draft = sound().draft()
    del draft.injections["S source"]
    assert found(draft, "no_source")
    assert not found(draft, "unreachable_customer")


@pytest.mark.parametrize("closed", [True, False])
def test_who_is_dark_in_the_normal_state_is_found_and_whether_a_switch_would_help(closed):
    """S --CB-- L1 --SW/open-- T1, or with no switch at all."""
    builder = (
        NetworkBuilder().source("S").breaker("CB").line("L1").switch("SW", closed=False).transformer("T1").customers(2)
    )
    draft = builder.draft()
    if closed:
        del draft.branches["SW"]
    (finding,) = [one for one in gate.check(draft) if one.code == "unreachable_customer"]
    assert finding.text.endswith("no switch could reach it" if closed else "a switch would reach it")


def test_a_ring_closed_in_the_normal_state_is_reported_at_its_switch():
    """S --CB-- L1 --+-- L2 --+
                     +-- SW --+   closed
    """  # fmt: skip
    builder = sound().back_to("L1").switch("SW").line("L2").to("L1")
    assert found(builder.draft(), "loop") == [("warning", "SW")]


def test_a_ring_with_a_normally_open_point_is_no_loop():
    builder = sound().back_to("L1").line("L2").switch("TIE", closed=False).to("L1")
    assert not found(builder.draft(), "loop")


def test_three_single_phase_switches_side_by_side_are_no_loop():
    """S --+-- FA (A) --+
           +-- FB (B) --+-- L1
           +-- FC (C) --+
    """  # fmt: skip
    builder = NetworkBuilder().source("S").fuse("FA", phases="A").back_to("S").fuse("FB", phases="B").to("FA")
    builder.back_to("S").fuse("FC", phases="C").to("FA").back_to("FA").line("L1", phases="ABC")
    assert not found(builder.draft(), "loop")


def test_two_lines_side_by_side_are_a_loop():
    builder = sound().back_to("CB").line("L2").to("L1")
    assert len(found(builder.draft(), "loop")) == 1


def test_sources_that_the_normal_state_connects_are_reported():
    draft = sound().back_to("L1").switch("TIE").to("S2").source("S2").draft()
    assert found(draft, "parallel_sources") == [("warning", "S source")]
    draft.branches["TIE"].normal_closed_phases = 0
    assert not found(draft, "parallel_sources")


def test_a_consumer_on_a_phase_that_cannot_arrive_is_a_conflict():
    """S --CB-- L1 (A) -- T1 (C)."""
    draft = NetworkBuilder().source("S").breaker("CB").line("L1", phases="A").transformer("T1").customers(1).draft()
    draft.injections["T1 load"].phases = 4
    assert found(draft, "phase_conflict") == [("warning", "T1 load")]


def test_a_line_with_more_phases_than_its_supply_is_a_conflict():
    draft = NetworkBuilder().source("S").line("L1", phases="AB").line("L2", phases="ABC").draft()
    assert found(draft, "phase_conflict") == [("warning", "L2")]


@pytest.mark.parametrize(("volts", "severity"), [(22_000.0, "warning"), (400.0, "error")])
def test_voltages_that_change_without_a_transformer_are_a_conflict(volts, severity):
    draft = sound().draft()
    draft.nodes["L1"].nominal_v = volts
    assert (severity, "L1") in found(draft, "voltage_conflict")


def test_an_end_on_no_node_and_equipment_that_is_not_there_are_errors():
    draft = sound().draft()
    draft.branches["L1"].to_node = "gone"
    draft.usage_points["T1 customer 1"].equipment_mrid = "gone"
    assert found(draft, "dangling_terminal") == [("error", "L1")]
    assert found(draft, "dangling_equipment") == [("error", "T1 customer 1")]


def test_one_mrid_for_two_things_is_an_error():
    draft = sound().draft()
    draft.injections["L1"] = dataclasses.replace(draft.injections["T1 load"], mrid="CB")
    assert found(draft, "duplicate_mrid") == [("error", "T1 load")]


def test_an_mrid_longer_than_we_store_is_an_error():
    draft = sound().draft()
    draft.branches["L1"].mrid = "x" * 81
    assert found(draft, "mrid_too_long") == [("error", "L1")]


def test_two_switches_of_one_name_are_a_warning():
    draft = sound().back_to("L1").breaker("CB2").draft()
    draft.branches["CB2"].name = "CB"
    assert found(draft, "duplicate_name") == [("warning", "CB")]


def test_a_consumer_above_low_voltage_without_transformer_is_counted():
    draft = sound().back_to("L1").load(5.0).draft()
    (finding,) = [one for one in gate.check(draft) if one.code == "customer_without_transformer"]
    assert finding.text == "supplied at 20000 V, above 1000 V, without a service transformer"


def test_a_finding_names_the_line_where_a_reader_knew_it():
    draft = sound().draft()
    draft.branches["L1"].to_node = "gone"
    draft.places["L1"] = ("EQ.xml", 42)
    (finding,) = [one for one in gate.check(draft) if one.code == "dangling_terminal"]
    assert (finding.line, finding.file, finding.mrid) == (42, "EQ.xml", "L1")


def test_each_line_and_transformer_without_a_rating_is_listed_and_a_flood_of_them_is_counted():
    builder = sound()
    for number in range(600):
        builder.back_to("L1").line(f"X{number}")
    findings = [one for one in gate.check(builder.draft()) if one.code == "missing_rating"]
    assert {one.cim_class for one in findings} == {"ACLineSegment", "Breaker"}
    lines = [one for one in findings if one.cim_class == "ACLineSegment"]
    assert len(lines) == 501
    assert sum(one.count for one in lines) == 601
