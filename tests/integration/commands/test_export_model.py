"""`manage.py export_model`: files of the running model, as built and as operated."""

import json

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from integration.cim.models import read_model
from integration.cim.models.differences import is_difference, read_difference
from integration.cim.models.pandapower import read_pandapower
from integration.services import models as door
from network.domain import completion
from network.services import positions
from network.services.positions import PositionReport
from tests.cast import SYSTEM, after
from tests.samples.where import SAMPLES

pytestmark = pytest.mark.django_db


@pytest.fixture
def small():
    draft = read_model([SAMPLES / "small_feeder.xml"], name="small")
    completion.complete(draft, 5)
    door.publish_draft(actor=SYSTEM, draft=draft, source="test", at=after(0))
    report = PositionReport("small", "tie", after(10), is_closed=True)
    positions.record_positions(actor=SYSTEM, source="crew", reports=[report], at=after(10))
    return draft


def run(capsys, *arguments):
    call_command("export_model", *map(str, arguments), "--json")
    return json.loads(capsys.readouterr().out)


def test_as_built_and_as_operated_differ_by_the_positions(small, tmp_path, capsys):
    built = run(capsys, "--model", "small", "--format", "cim100", "--out", tmp_path / "built")
    operated = run(capsys, "--model", "small", "--format", "cim100", "--out", tmp_path / "operated", "--as-operated")
    assert list(built) == ["files", "classes"]
    assert built["classes"] == operated["classes"]
    one, two = (read_model(done["files"], name="small") for done in (built, operated))
    assert one.branches.keys() == two.branches.keys() == small.branches.keys()
    assert {mrid for mrid, branch in one.branches.items() if branch != two.branches[mrid]} == {"tie"}
    assert (one.branches["tie"].closed_phases, two.branches["tie"].closed_phases) == (0, 7)
    assert len(one.usage_points) == len(small.usage_points)


def test_the_difference_for_the_gis_is_without_synthetic_devices(small, tmp_path, capsys):
    done = run(capsys, "--model", "small", "--format", "difference", "--out", tmp_path)
    assert done["classes"] == {"Description": 1}
    assert is_difference(done["files"][0])
    assert read_difference(done["files"][0]).forward["tie"].text == {"Switch.open": "false"}


def test_a_feeder_and_a_cgmes_set(small, tmp_path, capsys):
    done = run(capsys, "--model", "small", "--feeder", "CB 1", "--format", "cgmes", "--out", tmp_path, "--as-operated")
    again = read_model(done["files"], name="small")
    assert again.errors == []
    assert again.branches["tie"].closed_phases == 7


def test_a_pandapower_network_published_goes_out_too(tmp_path, capsys):
    draft = read_pandapower("pandapower:create_cigre_network_mv")
    door.publish_draft(actor=SYSTEM, draft=draft, source="test", at=after(0))
    done = run(capsys, "--model", draft.name, "--format", "cgmes", "--out", tmp_path)
    assert read_model(done["files"], name=draft.name).branches.keys() == draft.branches.keys()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--model", "nobody", "--format", "cim100"), "no network model 'nobody' is published"),
        (("--model", "small", "--format", "cim100", "--feeder", "F9"), "small has no feeder 'F9'; it has"),
    ],
)
def test_what_cannot_be_written_is_one_line(small, tmp_path, arguments, text):
    with pytest.raises(BadInput, match=text) as caught:
        call_command("export_model", *arguments, "--out", str(tmp_path))
    assert caught.value.returncode == 2
    assert list(tmp_path.iterdir()) == []
