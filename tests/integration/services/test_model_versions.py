"""A running model changes: differences on what is stored, while positions and tags stay as they are."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from integration.cim.models import read_model
from integration.services import models as door
from integration.services import sources
from metering.models import Meter, UsagePoint
from network.domain import completion
from network.models import Equipment, JournalEntry, ModelRecords, ModelVersion, Tag
from network.selectors import records as stored_records
from network.selectors import state
from network.services import models as network_models
from network.services import positions
from network.services.positions import PositionReport
from tests.cast import SYSTEM, after
from tests.integration.cim.models.test_differences import HEAD, difference, says

pytestmark = pytest.mark.django_db
SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "small_feeder.xml"
LONGER = {
    "reverse": says("line", "<cim:Conductor.length>400</cim:Conductor.length>"),
    "forward": says("line", "<cim:Conductor.length>450</cim:Conductor.length>"),
}


def published(name="small"):
    return door.publish_draft(actor=SYSTEM, draft=read_model([SAMPLE], name=name), source="test", at=after(0))


def apply(seconds=60, model="small", **sections):
    draft, based_on = door.changed_draft(model, difference(**sections))
    return door.publish_draft(actor=SYSTEM, draft=draft, source="difference", at=after(seconds), based_on=based_on)


def closed(mrid):
    present = state.present("small")
    return int(present.closed[present.grid.branch_index(mrid)])


def move(mrid, seconds, *, is_closed):
    report = PositionReport("small", mrid, after(seconds), is_closed)
    positions.record_positions(actor=SYSTEM, source="scada", reports=[report], at=after(seconds))


def test_a_difference_is_a_new_version_with_its_own_records():
    published()
    assert apply(**LONGER).number == 2
    kept, stored = door.kept_records("small")
    assert (stored.version, kept.store.objects["line"].text["Conductor.length"]) == (2, "450")
    assert ModelRecords.objects.count() == 2


def test_positions_and_tags_survive_it():
    published()
    move("tie", 10, is_closed=True)
    tag = Tag.objects.create(
        model_id=ModelVersion.objects.get().model_id, area_id=JournalEntry.objects.first().area_id, equipment_mrid="tie",
        kind="note", text="being looked at", placed_by="anna", placed_at=after(20),
    )  # fmt: skip
    apply(**LONGER)
    assert closed("tie") == 7
    assert Tag.objects.get(removed_at=None).pk == tag.pk


def test_what_never_moved_does_not_move_by_a_change_of_what_is_normal():
    published()
    before = closed("breaker"), closed("tie")
    apply(
        reverse=says("tie", "<cim:Switch.normalOpen>true</cim:Switch.normalOpen>")
        + says("breaker", "<cim:Switch.normalOpen>false</cim:Switch.normalOpen>"),
        forward=says("tie", "<cim:Switch.normalOpen>false</cim:Switch.normalOpen>")
        + says("breaker", "<cim:Switch.normalOpen>true</cim:Switch.normalOpen>"),
    )
    assert (closed("breaker"), closed("tie")) == before == (7, 0)
    grid, normal = state.normal("small")
    assert [int(normal[grid.branch_index(mrid)]) for mrid in ("breaker", "tie")] == [0, 7]


def test_a_difference_made_from_an_older_version_is_refused():
    published()
    draft, based_on = door.changed_draft("small", difference(**LONGER))
    published()
    with pytest.raises(network_models.ModelMoved, match="made from version 1, but version 2 is published"):
        door.publish_draft(actor=SYSTEM, draft=draft, source="difference", at=after(60), based_on=based_on)
    assert stored_records.published("small").version == 2


def test_a_difference_that_breaks_the_model_leaves_it_as_it_was():
    published()
    with pytest.raises(network_models.ModelRefused):
        apply(reverse='<cim:LoadBreakSwitch rdf:about="#_tie"/>')
    assert ModelVersion.objects.filter(state="published").get().number == 1


def test_a_completed_model_is_completed_again_and_keeps_its_synthetic_devices():
    draft = read_model([SAMPLE], name="small")
    completion.complete(draft, 7)
    door.publish_draft(actor=SYSTEM, draft=draft, source="test", at=after(0))
    devices = {mrid for mrid, branch in draft.branches.items() if branch.synthetic}
    assert devices
    again, _ = door.changed_draft("small", difference(**LONGER))
    assert {mrid for mrid, branch in again.branches.items() if branch.synthetic} == devices
    assert set(again.usage_points) == set(draft.usage_points)


def test_the_command_applies_a_difference_to_the_only_model(tmp_path, capsys):
    published()
    path = tmp_path / "difference.xml"
    sections = "".join(
        f'<dm:{name}Differences rdf:parseType="Statements">{LONGER[name]}</dm:{name}Differences>'
        for name in ("reverse", "forward")
    )
    path.write_text(f'{HEAD}<dm:DifferenceModel rdf:about="urn:uuid:d1">{sections}</dm:DifferenceModel></rdf:RDF>')
    call_command("import_model", str(path), "--json")
    report = json.loads(capsys.readouterr().out)
    assert (report["model"], report["version"], report["published"]) == ("small", 2, True)
    with pytest.raises(SystemExit) as caught:
        call_command("import_model", str(path), "--name", "small", "--json")
    assert caught.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1] == (
        "import_model: difference.xml, line 2: line: Conductor.length should be '400', it is '450'"
    )


def test_network_equipment_and_consumers_come_with_one_model_from_the_records_system():
    """X01: the tables of a village, by the same door as any other model."""
    door.publish_draft(actor=SYSTEM, draft=sources.read_files(["tests/samples/village"]), source="test", at=after(0))
    assert set(Equipment.objects.filter(is_switch=True).values_list("name", flat=True)) == {"CB North", "Tie"}
    points = UsagePoint.objects.filter(node__gte=0).select_related("customer")
    assert {one.customer.name: one.customer.critical for one in points if one.customer} == {
        "Ada Sample": "life_support",
        "Ben Sample": "",
        "Cleo Sample": "",
    }
    assert Meter.objects.filter(usage_point__in=points).count() == 2
