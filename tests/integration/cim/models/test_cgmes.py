"""CGMES sets: several files of one model, in any order and any packing."""

import io
import zipfile
from collections import Counter

import pytest

from integration.cim.models import read_model
from integration.cim.xml import XmlRefused
from network.domain import gate, reach
from network.domain.phases import ABC
from tests.paths import CIM, needs_shared

pytestmark = needs_shared

MINIGRIDS = {"2.4.15": CIM / "cgmes24_minigrid_nb", "3.0": CIM / "cgmes3_minigrid"}
TELEMARK = CIM / "telemark120"


def files_of(folder, leave_out=""):
    return sorted(path for path in folder.iterdir() if not leave_out or leave_out not in path.name)


@pytest.mark.parametrize("edition", MINIGRIDS)
def test_the_minigrid_is_whole(edition):
    draft = read_model(files_of(MINIGRIDS[edition]), name="MiniGrid")
    counts = {"ACLineSegment": 9, "Breaker": 30, "Disconnector": 60, "PowerTransformer": 6, "Bay": 30}
    assert {cls: draft.classes[cls] for cls in counts} == counts
    assert draft.classes["ConnectivityNode"] == 101 + 2  # two of the boundary
    assert draft.classes["Terminal"] == {"2.4.15": 233, "3.0": 234}[edition]
    classes = Counter(branch.cim_class for branch in draft.branches.values())
    assert classes == {"Breaker": 30, "Disconnector": 60, "ACLineSegment": 9, "PowerTransformer": 4 + 2 * 3}
    assert Counter(one.cim_class for one in draft.injections.values())["ExternalNetworkInjection"] == 2
    assert draft.errors == []
    assert [one for one in gate.check(draft) if one.severity == "error"] == []
    assert {node.nominal_v for node in draft.nodes.values()} >= {380_000.0, 110_000.0, 10_000.0}
    assert sum(node.nominal_v == 0 for node in draft.nodes.values()) == 0


@pytest.mark.parametrize("edition", MINIGRIDS)
def test_everything_in_the_minigrid_is_reached_by_its_sources(edition):
    draft = read_model(files_of(MINIGRIDS[edition]))
    wires = reach.wires_of(draft)
    assert reach.arriving_phases(wires, wires.normal).min() == ABC
    lengths = {one.name: one.length_m for one in draft.branches.values() if one.cim_class == "ACLineSegment"}
    assert lengths["L5"] == 15_000.0


def test_the_order_of_the_files_changes_nothing():
    paths = files_of(MINIGRIDS["3.0"])
    forwards, backwards = read_model(paths, name="m"), read_model(paths[::-1], name="m")
    assert set(forwards.branches) == set(backwards.branches)
    for mrid, branch in forwards.branches.items():
        other = backwards.branches[mrid]
        assert (branch.from_node, branch.to_node, branch.closed_phases) == (
            other.from_node,
            other.to_node,
            other.closed_phases,
        )
    assert forwards.classes == backwards.classes


def test_a_zip_of_the_set_is_the_set():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files_of(MINIGRIDS["2.4.15"]):
            archive.write(path, path.name)
    whole = read_model(files_of(MINIGRIDS["2.4.15"]), name="m")
    assert read_model([("set.zip", packed.getvalue())], name="m").branches == whole.branches


def test_the_steady_state_overrides_the_normal_position():
    path = MINIGRIDS["2.4.15"] / "MiniGridTestConfiguration_BC_SSH_v3.0.0.xml"
    opened = path.read_bytes().replace(b"<cim:Switch.open>false", b"<cim:Switch.open>true", 1)
    others = files_of(MINIGRIDS["2.4.15"], leave_out="SSH")
    for sources in ([*others, ("SSH.xml", opened)], [("SSH.xml", opened), *others]):
        draft = read_model(sources)
        changed = [one for one in draft.branches.values() if one.closed_phases != one.normal_closed_phases]
        assert len(changed) == 1
        assert changed[0].closed_phases == 0


def test_a_file_that_is_not_well_formed_is_refused_with_its_line():
    with pytest.raises(XmlRefused) as caught:
        read_model([TELEMARK / "Telemark-120-LV1_EQ.xml", TELEMARK / "Telemark-120-LV1_SSH.xml"])
    assert (caught.value.file, caught.value.line, caught.value.code) == ("Telemark-120-LV1_SSH.xml", 129, "malformed")


@pytest.fixture(scope="module")
def telemark():
    return read_model(files_of(TELEMARK, leave_out="LV1_SSH"))


def test_the_defects_of_telemark_are_found_with_their_lines(telemark):
    repeated = [one for one in telemark.findings if one.code == "duplicate_id"]
    assert sorted((one.cim_class, one.line) for one in repeated) == [
        ("ReadingQualityType", 238), ("ReadingType", 156), ("ReadingType", 168),
    ]  # fmt: skip
    dangling = [one for one in telemark.findings if one.code == "dangling_reference"]
    assert sorted((one.cim_class, one.line) for one in dangling) == [("SvVoltage", 1387), ("SvVoltage", 1392)]
    assert telemark.errors == []


def test_a_line_that_cannot_be_so_long_in_kilometres_makes_all_lengths_metres(telemark):
    lengths = {one.name: one.length_m for one in telemark.branches.values() if one.cim_class == "ACLineSegment"}
    assert lengths["132 FROLAND-T_ENGENE ACLS 1"] == 27_070.0  # and not that many km: round two thirds of the Earth
    assert lengths["023 ZT1-EFC ACLS 1"] == 21.0  # 25 milliohm at 230 V
    assert lengths["04 TELEMA2 ACLS1"] == 50.0
    (said,) = [one for one in telemark.findings if one.code == "milliohm"]
    assert "27070 cannot be km" in said.text


def test_usage_points_meters_and_places_are_taken(telemark):
    assert len(telemark.usage_points) == 14
    assert telemark.crs == "EPSG:4326"
    assert all(7 < node.x < 10 and 57 < node.y < 60 for node in telemark.nodes.values() if node.x is not None)
    points = {point.kind for point in telemark.telemetry_points.values()}
    assert {"position", "current", "voltage", "active_power"} <= points


def test_where_no_source_is_modelled_the_generating_machine_is_taken_for_it(telemark):
    sources = [one for one in telemark.injections.values() if one.is_source]
    assert [one.name for one in sources] == ["ARENDAL 420 M1"]
    assert "taken_as_source" in {one.code for one in telemark.findings}


def test_half_a_set_says_what_it_misses_instead_of_failing():
    draft = read_model([TELEMARK / "Telemark-120-MV1_EQ.xml"])
    assert {one.code for one in draft.errors} == {"dangling_reference", "not_two_terminals", "not_one_terminal"}
    assert all(one.line for one in draft.errors)


def test_a_steady_state_alone_defines_nothing():
    draft = read_model([MINIGRIDS["2.4.15"] / "MiniGridTestConfiguration_BC_SSH_v3.0.0.xml"])
    assert "undefined_object" in {one.code for one in draft.findings}
    assert not draft.branches


def test_a_set_of_differences_is_not_taken_for_a_model():
    with pytest.raises(XmlRefused) as caught:
        read_model([CIM / "diff_samples" / "test_incremental.xml"])
    assert (caught.value.code, caught.value.line) == ("difference_model", 3)
