"""Whatever a utility has of its network comes through one door: folders, uploads, and what is none of both."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from adms.core.errors import Refused
from integration.services import sources

VILLAGE = Path("tests/samples/village")
BUSES = "bus,type,load_kW,load_kvar,kv\n1,source,0,0,20\n2,load,100,60,20\n"
BRANCHES = "branch,from_bus,to_bus,r_ohm,x_ohm,normally\n1,1,2,0.4,0.8,closed\n"
CASE = """function mpc = case2
mpc.baseMVA = 1;
mpc.bus = [1 3 0 0 0 0 1 1 0 20 1 1.1 0.9; 2 1 0.1 0.06 0 0 1 1 0 20 1 1.1 0.9];
mpc.gen = [1 0 0 10 -10 1 1 1 10 0];
mpc.branch = [1 2 0.001 0.002 0 0 0 0 0 0 1 -360 360];
"""


@pytest.fixture(scope="module")
def pandapower_json() -> bytes:
    import pandapower

    net = pandapower.create_empty_network(name="two")
    first, second = (pandapower.create_bus(net, 20.0, name=name) for name in ("one", "two"))
    pandapower.create_ext_grid(net, first)
    pandapower.create_line_from_parameters(net, first, second, 1.0, 0.4, 0.8, 0.0, 0.2, name="L")
    pandapower.create_load(net, second, p_mw=0.1, q_mvar=0.06, name="load")
    return pandapower.to_json(net, filename=None).encode()


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), content)
    return packed.getvalue()


def shape(draft: Any) -> tuple[int, int, int]:
    return len(draft.nodes), len(draft.branches), len(draft.injections)


def test_an_uploaded_pandapower_network_is_read_as_its_file_is(pandapower_json, tmp_path):
    draft = sources.read_uploads([("two.json", pandapower_json)])
    (tmp_path / "two.json").write_bytes(pandapower_json)
    assert draft.branches == sources.read_files([str(tmp_path / "two.json")], name=draft.name).branches
    assert shape(draft) == (2, 1, 2)
    assert draft.kept is not None


def test_a_pandapower_network_is_known_by_its_beginning_whatever_it_is_called(pandapower_json):
    assert shape(sources.read_uploads([("model.bin", b"\n " + pandapower_json)])) == (2, 1, 2)


def test_an_uploaded_network_that_names_foreign_classes_builds_none(pandapower_json):
    content = json.loads(pandapower_json)
    content["_object"]["bus"]["_module"] = "os"
    with pytest.raises(Refused, match="os"):
        sources.read_uploads([("two.json", json.dumps(content).encode())])


def test_tables_come_one_by_one_or_in_a_zip_whatever_their_folders():
    files = [(path.name, path.read_bytes()) for path in sorted(VILLAGE.iterdir())]
    read = shape(sources.read_files([str(VILLAGE)]))
    assert shape(sources.read_uploads(files)) == read
    packed = zipped(**{f"gis__village__{name.replace('.csv', '_csv')}": content.decode() for name, content in files})
    assert shape(sources.read_uploads([("village.zip", packed)])) == read


def test_tables_of_buses_and_branches_and_matpower_cases_are_models_too(tmp_path):
    (tmp_path / "buses.csv").write_text(BUSES)
    (tmp_path / "branches.csv").write_text(BRANCHES)
    assert shape(sources.read_files([str(tmp_path)])) == (2, 1, 2)
    draft = sources.read_uploads([("case2.m", CASE.encode())])
    assert (draft.name, shape(draft)) == ("case2", (2, 1, 2))


def test_a_folder_stands_for_the_cim_files_in_it(tmp_path):
    (tmp_path / "eq.xml").write_text('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>')
    (tmp_path / "notes.txt").write_text("no model")
    assert sources.read_files([str(tmp_path)]).source == "eq.xml"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("a.csv", b"x,y\n1,2\n")], "a.csv: no network among them; known are CIM files .*, tables"),
        ([("a.json", b'{"a": 1}')], "no pandapower network"),
        ([("a.json", b"{")], "no JSON"),
        ([("case.m", b"system('rm x');")], "case.m, line 1: this statement is not understood"),
        ([("a.csv", b"\xff\xfe"), ("b.csv", b"")], "a.csv, b.csv: no network among them"),
        ([("nodes.csv", b"id;kv\n\xff;20\n")], "nodes.csv: not UTF-8"),
    ],
)
def test_what_is_no_network_is_refused_in_words(files, said):
    with pytest.raises(Refused, match=said):
        sources.read_uploads(files)


def test_a_zip_of_tables_that_expands_too_far_is_not_unpacked():
    with pytest.raises(Refused, match="too much"):
        sources.read_uploads([("bomb.zip", zipped(nodes_csv="id,kv\n" + " " * 60_000_000))])


def test_a_name_that_points_elsewhere_writes_nothing_there(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"../../../../../../../..{tmp_path}/nodes.csv", "id,kv\nn1,20\n")
    sources.read_uploads([("tables.zip", packed.getvalue())])
    assert not list(tmp_path.iterdir())


def test_a_file_of_an_unknown_kind_says_what_may_be_imported(tmp_path):
    (tmp_path / "grid.txt").write_text("no model")
    with pytest.raises(
        Refused, match=r"grid.txt: neither XML nor gzip nor zip; known are CIM files .*MATPOWER \.m"
    ) as refused:
        sources.read_files([str(tmp_path / "grid.txt")])
    assert refused.value.code == "unknown_kind"


def test_a_folder_without_any_network_says_what_it_may_hold(tmp_path):
    with pytest.raises(Refused, match=r"a folder without a network in it; known are CIM files .*, tables"):
        sources.read_files([str(tmp_path)])
