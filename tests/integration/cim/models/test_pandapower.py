"""pandapower networks: switches become branches, ties stay, foreign classes in a file are refused."""

import json
import warnings
from collections import Counter

import pytest

from integration.cim.models import pandapower_files
from integration.cim.models.pandapower import read_pandapower
from integration.cim.models.pandapower_files import PandapowerRefused
from network.domain import completion, gate, reach


def found(draft, code):
    return [one for one in draft.findings + gate.check(draft) if one.code == code]


@pytest.fixture(scope="module")
def oberrhein():
    return read_pandapower("pandapower:mv_oberrhein")


@pytest.fixture(scope="module")
def small():
    """Drawn with pandapower itself.

    grid - hv --trafo-- mv --[CB]-- line 0 --[LBS/open]-- b2 --[DS, bus-bus]-- b3 (load)
                        mv --line 1 (out of service)----- b2
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower as pp

        net = pp.create_empty_network(name="small")
        hv, mv, b2, b3 = (
            pp.create_bus(net, kv, name=name) for kv, name in ((110, "hv"), (20, "mv"), (20, "b2"), (20, "b3"))
        )
        pp.create_ext_grid(net, hv)
        pp.create_transformer(net, hv, mv, "25 MVA 110/20 kV")
        for name in ("line 0", "line 1"):
            pp.create_line(net, mv, b2, 2.5, "NA2XS2Y 1x185 RM/25 12/20 kV", name=name)
        net.line.loc[1, "in_service"] = False
        pp.create_switch(net, mv, 0, et="l", type="CB", name="cb")
        pp.create_switch(net, b2, 0, et="l", type="LBS", closed=False, name="lbs")
        pp.create_switch(net, b2, b3, et="b", type="DS", name="ds")
        pp.create_load(net, b3, 0.2, 0.05, scaling=0.5, name="load")
        pp.create_sgen(net, b3, 0.1, name="pv")
        pp.create_shunt(net, b2, -0.3, name="capacitor")
        pp.create_impedance(net, mv, b2, 0.1, 0.1, 10)
    return net


def test_the_demo_network_is_whole(oberrhein):
    assert Counter(one.cim_class for one in oberrhein.branches.values()) == {
        "ACLineSegment": 181, "LoadBreakSwitch": 318, "Breaker": 4, "PowerTransformer": 2,
    }  # fmt: skip
    assert len(oberrhein.nodes) == 179 + 322  # one auxiliary node per switch at the end of a line
    assert oberrhein.crs == "EPSG:4326"
    assert all(7 < node.x < 8.5 and 48 < node.y < 49 for node in oberrhein.nodes.values())
    assert sum(not one.closed_phases for one in oberrhein.branches.values()) == 6
    assert [one for one in gate.check(oberrhein) if one.severity != "info"] == []
    assert [one.name for one in oberrhein.containers.values()] == ["Substation 1", "Substation 2"]


def test_lines_run_from_their_first_to_their_second_end(oberrhein):
    for line in (one for one in oberrhein.branches.values() if one.points):
        start, end = oberrhein.nodes[line.from_node], oberrhein.nodes[line.to_node]
        first, last = line.points[0], line.points[-1]
        assert abs(first[0] - start.x) + abs(first[1] - start.y) <= abs(last[0] - start.x) + abs(last[1] - start.y)
        assert end.x is not None


def test_the_demo_is_completed_with_ten_thousand_customers(oberrhein):
    completion.complete(oberrhein, 42, customers=10_000)
    assert len(oberrhein.usage_points) == 10_000
    served = {one.equipment_mrid for one in oberrhein.usage_points.values()}
    assert len(served) == 147
    assert all(oberrhein.branches[mrid].cim_class == "PowerTransformer" for mrid in served)
    wires = reach.wires_of(oberrhein)
    arriving = reach.arriving_phases(wires, wires.normal)
    assert all(arriving[wires.node_index[one.node]] == 7 for one in oberrhein.injections.values())
    assert {one.code for one in gate.check(oberrhein)} == {"missing_rating"}


def test_a_switch_at_the_end_of_a_line_is_a_branch_of_its_own(small):
    draft = read_pandapower(small)
    by_name = {one.name: one for one in draft.branches.values()}
    line, breaker, load_break = by_name["line 0"], by_name["cb"], by_name["lbs"]
    assert (breaker.cim_class, load_break.cim_class, by_name["ds"].cim_class) == (
        "Breaker",
        "LoadBreakSwitch",
        "Disconnector",
    )
    assert draft.nodes[breaker.from_node].name == "mv"
    assert (breaker.to_node, load_break.to_node) == (line.from_node, line.to_node)
    assert load_break.closed_phases == load_break.normal_closed_phases == 0
    assert (line.length_m, line.rated_a) == (2500.0, 362.0)


def test_a_line_out_of_service_is_a_tie(small):
    draft = read_pandapower(small)
    tie = next(one for one in draft.branches.values() if one.name == "line 1 tie")
    assert (tie.synthetic, tie.normal_closed_phases) == (True, 0)
    assert len(found(draft, "unreachable_customer")) == 1
    assert found(draft, "unreachable_customer")[0].text.endswith("a switch would reach it")


def test_powers_are_those_taken_from_the_network(small):
    powers = {one.name: (one.p_kw, one.q_kvar) for one in read_pandapower(small).injections.values()}
    assert powers["load"] == (100.0, 25.0)
    assert powers["pv"][0] == -100.0
    assert powers["capacitor"][1] == pytest.approx(-300.0)


def test_what_is_not_taken_is_counted(small):
    draft = read_pandapower(small)
    assert draft.skipped == {"impedance": 1}
    assert draft.classes["ACLineSegment"] == 2


def test_a_file_and_the_net_itself_give_the_same_model(small, tmp_path):
    import pandapower as pp

    path = tmp_path / "small.json"
    pp.to_json(small, str(path))
    one, other = read_pandapower(small), read_pandapower(path)
    assert one.branches == other.branches
    assert one.mrid == other.mrid
    assert read_pandapower(small, name="another").branches.keys().isdisjoint(one.branches)


@pytest.mark.parametrize(
    "hostile",
    [
        {"_module": "os", "_class": "system", "_object": "true"},
        json.dumps({"rows": {"_module": "pandas.io.pickle", "_class": "read_pickle", "_object": "x"}}),
        '{"\\u005fmodule": "subprocess", "_class": "run", "_object": "true"}',
        {"_module": "builtins", "_class": "exec", "_object": "1"},
    ],
    ids=["plain", "inside a table", "escaped", "builtin"],
)
def test_a_file_that_names_foreign_classes_is_refused(small, tmp_path, hostile):
    import pandapower as pp

    content = json.loads(pp.to_json(small))
    content["_object"]["surprise"] = hostile
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps(content))
    with pytest.raises(PandapowerRefused, match="which is not taken"):
        read_pandapower(path)


@pytest.mark.parametrize(
    ("content", "text"),
    [('{"a": 1}', "no pandapower network"), ('{\n"a"', "line 2: no JSON"), ("[1]", "no pandapower network")],
)
def test_what_is_no_pandapower_file_is_refused(tmp_path, content, text):
    path = tmp_path / "net.json"
    path.write_text(content)
    with pytest.raises(PandapowerRefused, match=text):
        read_pandapower(path)


@pytest.mark.parametrize("name", ["os", "nowhere", "__file__"])
def test_only_networks_can_be_asked_for_by_name(name):
    with pytest.raises(PandapowerRefused):
        pandapower_files.load(f"pandapower:{name}")
