"""The published CIM100 feeders: what is in the file is in the model, and supply reaches everybody in it."""

from collections import Counter

import pytest

from integration.cim.models import read_model
from network.domain import gate
from network.domain import phases as ph
from tests.paths import CIM, needs_shared

pytestmark = needs_shared

FEEDERS = CIM / "gridappsd"
#: File: classes as counted by its collectors; nodes, branches, switches of the draft; kW of the consumers.
PUBLISHED = {
    "IEEE13.xml": (
        {"ACLineSegment": 11, "EnergyConsumer": 16, "LoadBreakSwitch": 2, "Breaker": 1, "Recloser": 1, "Fuse": 1,
         "PowerTransformer": 4, "Terminal": 70, "ConnectivityNode": 22, "PowerElectronicsConnection": 5, "BatteryUnit": 3},
        (23, 22, 5),  # a three-winding transformer brings a star point and two more branches
    ),
    "IEEE13_meas.xml": ({"Analog": 161, "Discrete": 17, "Terminal": 70, "SwitchArea": 4, "FeederArea": 1}, (23, 22, 5)),
    "IEEE13_Assets.xml": (
        {"ACLineSegment": 11, "EnergyConsumer": 15, "LoadBreakSwitch": 1, "PowerTransformer": 3, "Terminal": 52,
         "ConnectivityNode": 16},
        (16, 15, 1),
    ),
    "IEEE34_derived.xml": (
        {"ACLineSegment": 32, "EnergyConsumer": 68, "PowerTransformer": 4, "Terminal": 151, "ConnectivityNode": 37,
         "LinearShuntCompensator": 2},
        (37, 36, 0),
    ),
    "IEEE123.xml.gz": (
        {"ACLineSegment": 118, "EnergyConsumer": 91, "LoadBreakSwitch": 8, "PowerTransformer": 5, "Terminal": 364,
         "ConnectivityNode": 130, "LinearShuntCompensator": 4},
        (130, 131, 8),
    ),
    "IEEE123_meas.xml.gz": ({"Analog": 745, "Discrete": 37, "SwitchArea": 6, "Terminal": 364}, (130, 131, 8)),
    "IEEE123_PV.xml.gz": (
        {"ACLineSegment": 118, "EnergyConsumer": 91, "LoadBreakSwitch": 8, "PowerTransformer": 87, "Terminal": 624,
         "ConnectivityNode": 214, "PhotovoltaicUnit": 14},
        (214, 213, 8),
    ),
    "ACEP_PSIL.xml": (
        {"ACLineSegment": 5, "EnergyConsumer": 2, "PowerTransformer": 2, "Terminal": 20, "ConnectivityNode": 8,
         "PowerElectronicsConnection": 2, "SynchronousMachine": 1},
        (8, 7, 0),
    ),
    "maple10nodebreaker.xml": (
        {"ACLineSegment": 2, "EnergyConsumer": 13, "Breaker": 12, "PowerTransformer": 8, "Terminal": 70,
         "ConnectivityNode": 22, "Feeder": 11, "Substation": 2, "VoltageLevel": 8},
        (22, 22, 12),
    ),
    "IEEE8500bal_derived.xml.gz": (
        {"ACLineSegment": 3660, "EnergyConsumer": 1177, "LoadBreakSwitch": 38, "PowerTransformer": 1182,
         "Terminal": 12_143, "ConnectivityNode": 4876, "TransformerTank": 1189, "LinearShuntCompensator": 10, "Feeder": 1},
        (4876, 4881, 38),
    ),
}  # fmt: skip
OBJECTS = {
    "IEEE13.xml": 500, "IEEE13_meas.xml": 686, "IEEE13_Assets.xml": 417, "IEEE34_derived.xml": 1013, "IEEE123.xml.gz": 2051,
    "IEEE123_meas.xml.gz": 2842, "IEEE123_PV.xml.gz": 3408, "ACEP_PSIL.xml": 141, "maple10nodebreaker.xml": 405,
    "IEEE8500bal_derived.xml.gz": 59_852,
}  # fmt: skip


@pytest.fixture(scope="module")
def drafts():
    """Each file is read once."""
    return {name: read_model([FEEDERS / name]) for name in PUBLISHED}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_object_of_the_file_is_counted(drafts, name):
    classes, sizes = PUBLISHED[name]
    draft = drafts[name]
    assert {cls: draft.classes.get(cls) for cls in classes} == classes
    assert sum(draft.classes.values()) == OBJECTS[name]
    switches = sum(branch.is_switch for branch in draft.branches.values())
    assert (len(draft.nodes), len(draft.branches), switches) == sizes


@pytest.mark.parametrize("name", PUBLISHED)
def test_nothing_keeps_it_from_being_operated_and_every_consumer_has_its_phases(drafts, name):
    draft = drafts[name]
    found = draft.findings + gate.check(draft)
    assert [one for one in found if one.severity == "error"] == []
    assert {one.code for one in found if one.severity == "warning"} <= {"loop", "duplicate_name"}
    assert all(node.nominal_v > 0 for node in draft.nodes.values())
    assert all(branch.rated_a or branch.rated_kva for branch in draft.branches.values())


def test_powers_are_kilowatts(drafts):
    consumers = [one for one in drafts["IEEE13.xml"].injections.values() if one.is_consumer]
    assert sum(one.p_kw for one in consumers) == pytest.approx(3466 + 10 + 10 + 1 + 1 + 1 + 0, abs=600)
    assert next(one.p_kw for one in consumers if one.name == "671") == 1155.0


def test_what_a_machine_produces_is_negative(drafts):
    school = [one for one in drafts["IEEE13.xml"].injections.values() if one.name == "school"]
    assert sorted(one.p_kw for one in school if one.attributes.get("unit") == "PhotovoltaicUnit") == [-240.0]


def test_a_capacitor_takes_less_than_nothing(drafts):
    banks = [one for one in drafts["IEEE123.xml.gz"].injections.values() if one.cim_class == "LinearShuntCompensator"]
    assert sorted(round(one.q_kvar) for one in banks) == [-600, -50, -50, -50]


def test_open_switches_are_open(drafts):
    branches = drafts["IEEE123.xml.gz"].branches.values()
    assert sorted(one.name for one in branches if one.is_switch and not one.closed_phases) == ["sw7", "sw8"]


def test_a_switch_has_the_phases_of_its_parts(drafts):
    switches = {one.name: one for one in drafts["IEEE8500bal_derived.xml.gz"].branches.values() if one.is_switch}
    assert ph.text(switches["v9287_48332_sw"].phases) == "C"
    assert Counter(ph.text(one.phases) for one in switches.values())["ABC"] == 25


def test_single_phase_regulators_between_two_nodes_are_one_branch(drafts):
    regulators = [one for one in drafts["IEEE8500bal_derived.xml.gz"].branches.values() if one.name == "FEEDER_REG"]
    assert [ph.text(one.phases) for one in regulators] == ["ABCN"]


def test_behind_a_single_phase_transformer_a_house_is_on_the_phase_of_its_primary(drafts):
    draft = drafts["IEEE8500bal_derived.xml.gz"]
    transformers = {one.to_node: one for one in draft.branches.values() if one.cim_class == "PowerTransformer"}
    wires = {one.to_node: one for one in draft.branches.values() if one.cim_class == "ACLineSegment"}
    wires |= {one.from_node: one for one in draft.branches.values() if one.cim_class == "ACLineSegment"}
    for consumer in (one for one in draft.injections.values() if one.is_consumer):
        wire = wires[consumer.node]
        transformer = transformers.get(wire.from_node) or transformers[wire.to_node]
        assert consumer.phases & ph.ABC == wire.phases & ph.ABC == transformer.phases & ph.ABC
        assert (consumer.phases & ph.ABC).bit_count() == 1


def test_coordinates_of_a_drawing_do_not_pass_for_places_on_earth(drafts):
    draft = drafts["IEEE8500bal_derived.xml.gz"]
    assert draft.crs == ""
    assert all(node.x is not None and node.y is not None for node in draft.nodes.values())
    lines = [one for one in draft.branches.values() if one.points]
    for line in lines:
        assert line.points[0] == (draft.nodes[line.from_node].x, draft.nodes[line.from_node].y)
    assert len(lines) > 3000


def test_measurements_become_telemetry_points(drafts):
    draft = drafts["IEEE13_meas.xml"]
    kinds = Counter(point.kind for point in draft.telemetry_points.values())
    assert sum(kinds.values()) == 161 + 17
    assert kinds["position"] == 10
    positions = [point for point in draft.telemetry_points.values() if point.kind == "position"]
    assert all(draft.branches[point.equipment_mrid].is_switch for point in positions)


def test_a_feeder_gives_the_model_its_name_and_mrid(drafts):
    draft = drafts["IEEE8500bal_derived.xml.gz"]
    assert (draft.name, draft.mrid) == ("ieee8500", "4F76A5F9-271D-9EB8-5E31-AA362D86F2C3")
    assert drafts["maple10nodebreaker.xml"].name == "maple10nodebreaker"


def test_what_is_not_used_is_said_by_class(drafts):
    skipped = drafts["IEEE13_meas.xml"].skipped
    assert (skipped["SwitchArea"], skipped["SecondaryArea"]) == (4, 2)
    assert not skipped.keys() & {"Terminal", "ACLineSegment", "EnergyConsumer", "Analog"}


def test_each_object_knows_the_line_that_defines_it(drafts):
    draft = drafts["IEEE13.xml"]
    breaker = next(one for one in draft.branches.values() if one.cim_class == "Breaker")
    file, line = draft.places[breaker.mrid]
    text = (FEEDERS / file).read_text().splitlines()[line - 1]
    assert "cim:Breaker" in text
    assert breaker.mrid in text
