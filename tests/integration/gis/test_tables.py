"""Plain tables and GeoJSON: a network without CIM, checked, solved and exported like any other; bad cells with their line."""

import json
import shutil
import warnings

import pytest

from integration import gis
from integration.cim.export import files
from integration.cim.models import making, read_model
from integration.gis.rows import TableRefused
from network.domain import gate, reach
from tests.integration.cim.export.sets import NOON
from tests.integration.cim.models.test_records import assert_same
from tests.samples.where import SAMPLES

VILLAGE = SAMPLES / "village"


@pytest.fixture(scope="module")
def village():
    return gis.read_tables(VILLAGE)


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "village"
    shutil.copytree(VILLAGE, copy)
    return copy


def edit(folder, table, old, new):
    path = folder / f"{table}.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    return folder


def by_name(objects):
    return {one.name: one for one in objects.values()}


def test_the_sample_is_a_whole_network(village):
    assert gis.is_tables(VILLAGE)
    assert [one for one in village.findings + gate.check(village) if one.severity == "error"] == []
    branches = by_name(village.branches)
    assert {name: one.cim_class for name, one in branches.items()} == {
        "CB North": "Breaker", "Tie": "LoadBreakSwitch", "1": "ACLineSegment", "2": "ACLineSegment", "Village": "PowerTransformer",
    }  # fmt: skip
    assert (branches["Tie"].closed_phases, branches["Tie"].normal_closed_phases) == (0, 0)
    assert (branches["1"].length_m, branches["1"].rated_a, branches["Village"].rated_kva) == (1200.0, 270.0, 400.0)
    assert village.crs == "EPSG:4326"
    assert by_name(village.containers)["North"].cim_class == "Substation"
    assert {one.customer_name: one.critical for one in village.usage_points.values()} == {
        "Ada Sample": "life_support", "Ben Sample": "", "Cleo Sample": "",
    }  # fmt: skip
    assert [one.kind for one in village.telemetry_points.values()] == ["position"]
    assert by_name(village.injections)["farm"].phases == 2
    wires = reach.wires_of(village)
    assert reach.arriving_phases(wires, wires.normal).all()


def test_columns_nobody_asks_for_are_kept_and_counted(village):
    assert village.skipped_attributes == {"ACLineSegment": {"laid": 2}, "ConnectivityNode": {"ground_height": 1}}
    assert by_name(village.branches)["1"].attributes["gis.laid"] == "1998"


def test_the_same_row_is_the_same_object_in_every_version(village, folder):
    again = gis.read_tables(edit(folder, "lines", "1;H;A;1200", "1;H;A;1250"))
    assert again.branches.keys() == village.branches.keys()
    assert by_name(again.branches)["1"].length_m == 1250.0


def test_it_goes_out_as_cim_and_comes_back(village, tmp_path):
    store = making.records_of(village)
    done = files.write_model(store, village, tmp_path, form="cim100", name="village", at=NOON)
    again = read_model(done.files, name="village")
    assert_same(village, again)


def test_pandapower_solves_its_cgmes_set(village, tmp_path):
    done = files.write_model(making.records_of(village), village, tmp_path, form="cgmes", name="village", at=NOON)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower
        from pandapower.converter.cim.cim2pp.from_cim import from_cim

        net = from_cim(file_list=[str(path) for path in done.files])
        pandapower.runpp(net)
    assert (len(net.bus), len(net.line), len(net.load)) == (5, 2, 2)
    assert net.res_bus.vm_pu.max() == pytest.approx(1.02)
    assert 0.98 < net.res_bus.vm_pu.min() < 1.02


@pytest.mark.parametrize(
    ("table", "old", "new", "text"),
    [
        ("nodes", "id,name,kv", "id,name,volts", "nodes.csv, line 1: column kv is missing"),
        ("nodes", "A,,20", "A,,twenty", "nodes.csv, line 4: kv: 'twenty' is not a number"),
        ("nodes", "A,,20", "A,,nan", "nodes.csv, line 4: kv: 'nan' is not a number"),
        ("nodes", "A,,20", "A,,-20", "nodes.csv, line 4: kv: a node needs a voltage above zero, not '-20'"),
        ("lines", "1;H;A", "1;;A", "lines.csv, line 2: from is empty"),
        ("loads", "houses,T,ABC", "houses,T,XY", "loads.csv, line 2: phases: 'XY' names none of A, B, C"),
        (
            "transformers",
            ",400,",
            ",0,",
            "transformers.csv, line 2: kva: a transformer needs a rating above zero, not '0'",
        ),
        ("loads", "farm,T,B,4,1,", "farm,T,B,4,1,2,3", "loads.csv, line 3: 7 cells, 6 columns"),
    ],
)
def test_a_cell_that_means_nothing_is_refused_with_its_line(folder, table, old, new, text):
    with pytest.raises(TableRefused) as caught:
        gis.read_tables(edit(folder, table, old, new))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("table", "old", "new", "code", "object_", "line"),
    [
        ("lines", "1;H;A;1200", "1;H;A;-3", "negative_length", "1", 2),
        ("lines", "1;H;A;", "1;H;Z;", "dangling_reference", "1", 2),
        ("lines", "2;H;B;", "1;H;B;", "duplicate_id", "1", 3),
        ("customers", "c3,farm", "c3,barn", "dangling_reference", "c3", 4),
        ("loads", "farm,T", "farm,Q", "dangling_reference", "farm", 3),
    ],
)
def test_what_does_not_hang_together_is_an_error_with_its_line(folder, table, old, new, code, object_, line):
    found = gis.read_tables(edit(folder, table, old, new)).errors
    assert [(one.code, one.object, one.line) for one in found] == [(code, object_, line)]


def test_zero_impedance_is_a_warning(folder):
    draft = gis.read_tables(edit(folder, "lines", "1200;0.206;0.35", "1200;0;0"))
    assert [(one.severity, one.object) for one in draft.findings if one.code == "zero_impedance"] == [("warning", "1")]


def feature(kind, coordinates, **properties):
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features})


GEO = [
    feature("Point", [8.1, 49.1], table="nodes", id="a", kv=20),
    feature("Point", [8.2, 49.2], table="nodes", id="b", kv=20),
    feature("LineString", [[8.1, 49.1], [8.15, 49.18], [8.2, 49.2]], table="lines", id="ab", r_ohm_per_km=0.2),
    feature("Point", [8.1, 49.1], table="sources", id="s", node="a"),
    feature("Point", [8.2, 49.2], table="loads", id="l", node="b", kw=5),
]


def test_lines_of_geojson_find_their_nodes_where_they_begin_and_end(tmp_path):
    path = tmp_path / "net.geojson"
    path.write_text(collection(*GEO))
    draft = gis.read_tables(path)
    (line,) = draft.branches.values()
    names = [draft.nodes[mrid].name for mrid in (line.from_node, line.to_node)]
    assert (names, len(line.points)) == (["a", "b"], 3)
    assert draft.errors == []


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "net.geojson, line 1: no JSON"),
        ("[]", "net.geojson: no FeatureCollection"),
        (collection({"type": "Feature"}), "net.geojson, feature 1: no properties"),
        (collection(), "no table of a network in it"),
    ],
)
def test_geojson_that_is_none_is_refused(tmp_path, content, text):
    path = tmp_path / "net.geojson"
    path.write_text(content)
    with pytest.raises(TableRefused, match=text):
        gis.read_tables(path)


def test_a_line_that_ends_nowhere_is_an_error(tmp_path):
    path = tmp_path / "net.geojson"
    stray = feature("LineString", [[8.1, 49.1], [9, 50]], table="lines", id="stray", r_ohm_per_km=0.2)
    path.write_text(collection(*GEO, stray))
    assert [(one.code, one.object, one.line) for one in gis.read_tables(path).errors] == [("no_node_there", "stray", 6)]
