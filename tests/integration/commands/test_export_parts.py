"""`manage.py export_model` of feeders, areas and generated utilities, with state variables."""

import json
import warnings

import numpy as np
import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from adms.core.models import ControlArea
from integration.cim.export import selection
from integration.cim.models import generated, read_model
from integration.cim.models.pandapower import read_pandapower
from integration.services import models as door
from integration.services import utilities
from network.domain import generation
from network.domain.generation import Utility
from network.selectors import state
from network.services import positions
from network.services.positions import PositionReport
from tests.cast import SYSTEM, after

pytestmark = pytest.mark.django_db
AMERICAN, EUROPEAN = "Synthetic american 1200 seed 4", "Synthetic european 1200 seed 4"


def published(style: str) -> Utility:
    state.forget()
    utility = generation.generate(1_200, 4, style)
    utilities.publish(actor=SYSTEM, utility=utility, at=after(0))
    return utility


def run(capsys, *arguments):
    call_command("export_model", *map(str, arguments), "--json")
    return json.loads(capsys.readouterr().out)


def whole(utility, folder):
    """The utility as its own files give it."""
    return read_model(generated.write(utility, folder / "all", progress=lambda _: None), name=utility.name)


def told(store):
    """What records say, without those that say what a file is; references to what is not there do not count."""
    return {
        key: (one.cls, one.text, {n: r for n, r in one.refs.items() if r in store.objects})
        for key, one in store.objects.items()
        if one.cls not in ("FullModel", "IEC61970CIMVersion")
    }


def test_a_feeder_of_a_generated_utility_has_the_records_its_files_have(tmp_path, capsys):
    utility = published("american")
    everything = whole(utility, tmp_path)
    name = utility.substations.feeder_name[2]
    done = run(capsys, "--model", AMERICAN, "--feeder", name, "--format", "cim100", "--out", tmp_path / "feeder")
    again = read_model(done["files"], name=name)
    assert again.errors == []
    expected = selection.of_feeder(everything.kept, everything, name)
    assert told(again.kept) == told(expected)
    assert done["classes"]["EnergySource"] == 1
    assert done["classes"]["UsagePoint"] > 50


def test_a_control_area_goes_out_with_its_customers_and_no_other(tmp_path, capsys):
    utility = published("american")
    area = ControlArea.objects.filter(name__contains=utility.substations.name[1]).get()
    done = run(capsys, "--model", AMERICAN, "--area", area.key, "--format", "cim100", "--out", tmp_path / "area")
    again = read_model(done["files"], name="area")
    assert again.errors == []
    mine = {one.decode() for one in generation.columns(utility).injection_mrid.tolist()} & again.injections.keys()
    columns = generation.columns(utility)
    station = utility.substations.name.index(utility.substations.name[1])
    containers = {station} | {
        len(utility.substations.name) + i for i, of in enumerate(utility.substations.feeder_of) if of == station
    }
    consumers = np.isin(utility.consumers["container"], sorted(containers))
    expected = {one.decode() for one in columns.injection_mrid[~columns.is_source][consumers].tolist()}
    assert expected < mine
    assert len(mine) == len(expected) + 1  # and the source
    assert done["classes"]["UsagePoint"] == int(consumers[utility.people.consumer].sum())


def test_a_whole_utility_goes_out_as_its_switches_stand(tmp_path, capsys):
    utility = published("european")
    present = state.present("synthetic-european-1200-seed-4")
    switch = int(np.flatnonzero(present.grid.is_switch & (present.closed == 7))[0])
    mrid = present.grid.branch_mrid_text(switch)
    report = PositionReport(present.model, mrid, after(10), is_closed=False)
    positions.record_positions(actor=SYSTEM, source="crew", reports=[report], at=after(10))
    done = run(capsys, "--model", EUROPEAN, "--format", "cim100", "--out", tmp_path / "now", "--as-operated")
    now, built = read_model(done["files"], name=EUROPEAN), whole(utility, tmp_path)
    changed = {key for key, one in now.branches.items() if one != built.branches[key]}
    assert changed == {mrid}
    assert now.branches[mrid].closed_phases == 0
    assert now.branches[mrid].normal_closed_phases == 7
    assert done["classes"]["EnergyConsumer"] == len(built.injections) - len(utility.substations.name)


def loaded(paths):
    """By pandapower's own converter and power flow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower
        from pandapower.converter.cim.cim2pp.from_cim import from_cim

        net = from_cim(file_list=[str(path) for path in paths])
        pandapower.runpp(net, calculate_voltage_angles=True)
    return net


def stated(paths):
    """SvVoltage in kV by bus, with the nominal voltage pandapower has for the bus."""
    store = read_model(paths).kept
    return sorted(record.number("SvVoltage.v") for _, record in store.of_class("SvVoltage"))


@pytest.mark.parametrize("part", ["feeder", "area"])
def test_the_state_the_command_computes_is_the_one_pandapower_computes_of_the_set(part, tmp_path, capsys):
    utility = published("european")
    area = ControlArea.objects.filter(name__contains=utility.substations.name[0]).get()
    value = utility.substations.feeder_name[0] if part == "feeder" else area.name
    done = run(
        capsys, "--model", EUROPEAN, f"--{part}", value, "--format", "cgmes", "--out", tmp_path, "--power-flow", "--as-operated"
    )  # fmt: skip
    net = loaded(done["files"])
    draft = read_model(done["files"])
    assert len(net.line) == sum(one.cim_class == "ACLineSegment" for one in draft.branches.values())
    assert len(net.load) == done["classes"]["EnergyConsumer"]
    assert len(net.trafo) == done["classes"]["PowerTransformer"]
    alive = net.res_bus.vm_pu.notna()
    ours = stated(done["files"])
    theirs = sorted({round(float(v), 9) for v in (net.res_bus.vm_pu * net.bus.vn_kv)[alive]})
    assert min(ours) == pytest.approx(min(theirs), abs=1e-6)
    assert max(ours) == pytest.approx(max(theirs), abs=1e-6)
    assert all(min(abs(one - other) for other in theirs) < 1e-5 for one in ours)


def test_state_variables_of_a_published_pandapower_network_are_its_own(tmp_path, capsys):
    import pandapower
    import pandapower.networks

    draft = read_pandapower("pandapower:mv_oberrhein")
    door.publish_draft(actor=SYSTEM, draft=draft, source="test", at=after(0))
    done = run(capsys, "--model", draft.name, "--format", "cgmes", "--out", tmp_path, "--power-flow")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = pandapower.networks.mv_oberrhein()
        pandapower.runpp(net, calculate_voltage_angles=True)
    kv20 = [one for one in stated(done["files"]) if 15 < one < 25]
    solved = net.res_bus.vm_pu[net.bus.vn_kv == 20] * 20
    assert min(kv20) == pytest.approx(solved.min(), abs=1e-5)
    assert max(kv20) == pytest.approx(solved.max(), abs=1e-5)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--format", "cim100", "--feeder", "Nowhere-01"), "has no feeder 'Nowhere-01'; it has "),
        (("--format", "cim100", "--area", "nowhere"), "has no area 'nowhere'; it has "),
        (("--format", "cim100", "--area", "a", "--feeder", "b"), "name a feeder or an area, not both"),
        (("--format", "cim100", "--power-flow"), "state variables go with cgmes and bus-branch"),
        (("--format", "difference", "--feeder", "b"), "a difference is of the whole model"),
    ],
)
def test_what_is_not_there_is_one_line_and_no_file(tmp_path, arguments, text):
    published("european")
    with pytest.raises(BadInput, match=text):
        call_command("export_model", "--model", EUROPEAN, *arguments, "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
