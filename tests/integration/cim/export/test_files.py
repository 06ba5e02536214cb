"""Whole exports: pandapower computes the same network from them, a feeder stands alone, positions go out and come back."""

import io
import warnings
from pathlib import Path

import pytest

from integration.cim.export import files, operated, selection, topology
from integration.cim.export.changes import write_difference
from integration.cim.models import read_model
from integration.cim.models.differences import apply_difference, read_difference
from integration.cim.models.pandapower import read_pandapower
from integration.cim.models.reader import draft_of
from network.domain import reach
from network.domain.identity import derived_mrid
from network.domain.physics.results import BusVoltage, PowerFlowResult
from tests.integration.cim.export.sets import NOON, read_set, said
from tests.integration.cim.models.test_records import assert_same
from tests.paths import needs_shared
from tests.samples.where import SAMPLES


def write(draft, folder, form, **options):
    return files.write_model(draft.kept, draft, Path(folder), form=form, name=draft.name, at=NOON, **options)


def solved(paths):
    """By pandapower's own converter and power flow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower
        from pandapower.converter.cim.cim2pp.from_cim import from_cim

        net = from_cim(file_list=[str(path) for path in paths])
        pandapower.runpp(net, calculate_voltage_angles=True)
    return net


@pytest.fixture(scope="module")
def oberrhein():
    return read_pandapower("pandapower:mv_oberrhein")


@pytest.fixture(scope="module")
def source():
    import pandapower
    import pandapower.networks

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = pandapower.networks.mv_oberrhein()
        pandapower.runpp(net, calculate_voltage_angles=True)
    return net


@pytest.mark.parametrize("form", ["cgmes", "bus-branch"])
def test_pandapower_computes_an_exported_network_as_the_one_it_came_from(oberrhein, source, form, tmp_path):
    done = write(oberrhein, tmp_path, form)
    net = solved(done.files)
    tables = ("line", "load", "trafo", "ext_grid", "sgen")
    assert {table: len(net[table]) for table in tables} == {table: len(source[table]) for table in tables}
    assert abs(net.res_line.pl_mw.sum() - source.res_line.pl_mw.sum()) < 1e-8
    if form == "bus-branch":
        assert (len(net.bus), len(net.switch)) == (185, 0)
        assert net.res_bus.vm_pu.min() == pytest.approx(source.res_bus.vm_pu.min(), abs=1e-9)
        return
    assert len(net.bus) == len(oberrhein.nodes)
    ours = net.res_bus.set_index(net.bus.origin_id)
    for index, row in source.res_bus.iterrows():
        mine = ours.loc["_" + derived_mrid(oberrhein.name, "bus", str(index))]
        assert (mine.vm_pu, mine.va_degree) == pytest.approx((row.vm_pu, row.va_degree), abs=1e-8)


def test_windings_of_which_no_shunt_is_told_are_solved_beside_those_of_which_one_is(oberrhein, tmp_path):
    store = operated.copied(oberrhein.kept)
    ends = sorted(key for key, one in store.objects.items() if one.cls == "PowerTransformerEnd")
    owner = store.objects[ends[0]].refs["PowerTransformerEnd.PowerTransformer"]
    for key in ends:
        if store.objects[key].refs["PowerTransformerEnd.PowerTransformer"] == owner:
            for name in ("g", "b"):
                operated.own(store, key).text.pop(f"PowerTransformerEnd.{name}")
    store.close()
    net = solved(files.write_model(store, oberrhein, tmp_path, form="bus-branch", name="n", at=NOON).files)
    assert net.converged
    assert sorted(net.trafo.pfe_kw == 0.0) == [False, True]


@pytest.mark.parametrize("form", ["cim100", "cgmes"])
def test_a_pandapower_network_comes_back_from_its_files(oberrhein, form, tmp_path):
    again = read_model(write(oberrhein, tmp_path, form).files, name=oberrhein.name)
    assert again.nodes.keys() == oberrhein.nodes.keys()
    assert again.branches.keys() == oberrhein.branches.keys()
    if form == "cim100":
        assert_same(oberrhein, again)


@needs_shared
def test_an_unbalanced_feeder_goes_out_as_a_balanced_set_that_pandapower_solves(tmp_path):
    feeder = read_set("IEEE34_derived.xml")
    net = solved(write(feeder, tmp_path, "cgmes").files)
    assert (len(net.line), len(net.load)) == (32, 68)
    assert net.res_bus.vm_pu.between(0.6, 1.1).all()  # regulators stand at neutral


def test_the_state_of_a_power_flow_goes_with_the_set(oberrhein, source, tmp_path):
    buses = [
        BusVoltage("", "ABC", row.vm_pu, row.va_degree, derived_mrid(oberrhein.name, "bus", str(index)))
        for index, row in source.res_bus.iterrows()
    ]
    result = PowerFlowResult("pandapower", converged=True, buses=buses)
    done = write(oberrhein, tmp_path, "cgmes", result=result)
    assert [path.stem.rpartition("_")[2] for path in done.files] == ["EQ", "SSH", "TP", "SV", "GL"]
    kept = read_model(done.files).kept
    volts = [record.number("SvVoltage.v") for _, record in kept.of_class("SvVoltage")]
    assert min(volts) / 20.0 == pytest.approx(source.res_bus.vm_pu[source.bus.vn_kv == 20].min(), abs=1e-9)
    bus_of = topology.buses(oberrhein)
    assert done.classes["SvVoltage"] == len({bus_of[bus.mrid] for bus in buses})
    assert done.classes["SvPowerFlow"] == 147 + 2 + 153
    assert done.classes["SvTapStep"] == 2


def test_without_convergence_there_are_no_state_variables(oberrhein, tmp_path):
    done = write(oberrhein, tmp_path, "cgmes", result=PowerFlowResult("pandapower", converged=False))
    assert not any(cls.startswith("Sv") for cls in done.classes)


def test_a_bus_is_what_closed_switches_join():
    draft = read_model([SAMPLES / "small_feeder.xml"])
    assert topology.buses(draft) == {"n1": "n1", "n2": "n1", "n3": "n3"}


def test_positions_go_out_as_a_file_and_as_a_difference_that_gives_the_same(tmp_path):
    draft = read_model([SAMPLES / "small_feeder.xml"])
    after = operated.as_operated(draft.kept, draft, {"tie": 7, "breaker": 0})
    moved = draft_of(after)
    assert (moved.branches["tie"].closed_phases, moved.branches["tie"].normal_closed_phases) == (7, 0)
    assert (moved.branches["breaker"].closed_phases, moved.branches["breaker"].normal_closed_phases) == (0, 7)
    done = files.write_changes(draft.kept, after, tmp_path, name="small", at=NOON)
    assert done.classes == {"Description": 2}
    again = apply_difference(draft.kept, read_difference(done.files[0]))
    assert said(again) == said(after)


def test_single_phases_and_normal_positions_can_be_told():
    draft = read_model([SAMPLES / "small_feeder.xml"])
    one = draft_of(operated.as_operated(draft.kept, draft, {"breaker": 3}))
    assert (one.branches["breaker"].closed_phases, one.branches["breaker"].normal_closed_phases) == (3, 7)
    usual = draft_of(operated.as_operated(draft.kept, draft, {"tie": 7}, normal=True))
    assert usual.branches["tie"].normal_closed_phases == 7


def test_a_difference_adds_changes_and_removes():
    draft = read_model([SAMPLES / "small_feeder.xml"])
    after = operated.copied(draft.kept)
    for key in ("tie", "tie-t1", "tie-t2"):
        del after.objects[key]
    operated.own(after, "line").text["Conductor.length"] = "500"
    house = after.objects["load"]
    after.objects["house"] = type(house)("house", house.cls, 0, 0, True, dict(house.text), {}, "_house")
    stream = io.BytesIO()
    write_difference(operated.difference_between(draft.kept, after), draft.kept, stream, name="x", at=NOON)
    again = apply_difference(draft.kept, read_difference(("d.xml", stream.getvalue())))
    after.close()
    assert said(again) == said(after)


@needs_shared
@pytest.mark.parametrize("name", ["maple10nodebreaker.xml", "IEEE123_PV.xml.gz"])
def test_a_feeder_stands_alone_and_is_fed(name):
    draft = read_set(name)
    feeders = selection.feeder_names(draft)
    assert feeders
    for feeder in feeders[:3]:
        alone = draft_of(selection.of_feeder(draft.kept, draft, feeder), name="alone")
        assert alone.errors == [], feeder
        assert 0 < len(alone.branches) <= len(draft.branches)
        wires = reach.wires_of(alone)
        assert reach.arriving_phases(wires, wires.phases).all(), feeder


def test_a_feeder_nobody_knows_is_said(oberrhein):
    with pytest.raises(KeyError):
        selection.of_feeder(oberrhein.kept, oberrhein, "nobody")
