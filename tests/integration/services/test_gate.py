"""Versions through the gate: what is staged touches nothing; what is published moves nothing; what is gone back to is as it was."""

import datetime as dt
import threading

import pytest
from django.db import connection

from adms.core import clock
from adms.core.models import AuditEntry
from integration.models import Job
from integration.services import dossiers, jobs, model_jobs, staging
from integration.services.progress import Cancelled
from metering.models import UsagePoint
from network.domain import gate
from network.domain.draft import Branch, ModelDraft, Node
from network.models import JournalEntry, ModelVersion, Operation, Tag
from network.selectors import equipment, state
from network.services import operations, positions, versions
from network.services.operations import Request
from network.services.positions import PositionReport
from outages.models import Evidence, Interruption, Outage
from tests import cast
from tests.cast import ANNA, NOON, SYSTEM, after
from tests.outages.views import scene

pytestmark = pytest.mark.django_db
MEI = cast.person("mei", "ENG")


def rebuilt() -> ModelDraft:
    """The story's feeder with a new breaker before L1, F2 moved to T5's node, and a customer of T1 moved to T2: other numbers throughout."""
    draft = scene.named_feeder()
    draft.nodes["A0"] = Node("A0", "A0", nominal_v=20_000.0)
    draft.branches["A0"] = Branch("A0", "A0", "Breaker", "CB1", "A0", attributes={})
    draft.branches["L1"].from_node = "A0"
    moved = next(one for one in draft.usage_points.values() if one.equipment_mrid == "T1")
    moved.equipment_mrid = "T2"
    return draft


def stage(draft: ModelDraft) -> int:
    draft.findings += gate.check(draft)
    found, number = staging.compare(draft)
    staged = staging.stage_draft(actor=MEI, draft=draft, found=found, compared_with=number, source="gis", at=after(60))
    return staged.number


def publish(number: int, against: int | None) -> None:
    if versions.severities(ModelVersion.objects.get(number=number))["warning"]:
        versions.accept_warnings(actor=MEI, model="story", number=number, reason="known", at=after(90))
    staging.publish_version(
        actor=MEI, model="story", number=number, compared_with=against, reason="agreed", at=after(100)
    )


@pytest.fixture
def story():
    """The feeder in operation: TIE closed and SW1 opened, a tag, a selected operation, an outage at F1."""
    state.forget()
    cast.publish(scene.named_feeder())
    scene.outage()
    at = clock.now()
    reports = [PositionReport("story", "TIE", at, is_closed=True), PositionReport("story", "SW1", at, is_closed=False)]
    positions.record_positions(actor=SYSTEM, source="scada", reports=reports, at=at)
    operations.place_tag(actor=ANNA, model="story", equipment_mrid="F1", kind="note", text="bird nest", at=at)
    wanted = Request("story", "CB1", close=False, seen_number=0)
    operations.request_operation(actor=ANNA, request=wanted, at=at)
    return Outage.objects.get()


def standing() -> dict[str, int]:
    """Phases on which each switch is closed."""
    present = state.present("story")
    grid = present.grid
    return {mrid: int(present.closed[grid.branch_index(mrid)]) for mrid in ("CB1", "SW1", "TIE", "F1", "F2")}


def places() -> list[tuple[str, str]]:
    """What is open, and the mRID of the node it is said to be at."""
    grid = state.present("story").grid
    rows = [(one.device_mrid, one.node) for one in Outage.objects.all()]
    rows += list(Interruption.objects.filter(ended_at=None).values_list("equipment_mrid", "node"))
    rows += list(Evidence.objects.filter(settled_at=None).values_list("equipment_mrid", "node"))
    return sorted((mrid, grid.node_mrid_text(node)) for mrid, node in rows)


def test_what_is_staged_touches_nothing_that_is_operated(story):
    before, numbers = standing(), JournalEntry.objects.count()
    customers = set(UsagePoint.objects.values_list("mrid", "node", "equipment_mrid"))
    assert stage(rebuilt()) == 2
    assert (standing(), state.present("story").version) == (before, 1)
    assert JournalEntry.objects.count() == numbers
    assert set(UsagePoint.objects.values_list("mrid", "node", "equipment_mrid")) == customers
    assert equipment.find("F1", "story").version.number == 1


def test_positions_tags_operations_and_open_outages_survive_publishing_and_the_way_back(story):
    before, at = standing(), places()
    assert before["TIE"] == 7
    number = stage(rebuilt())
    publish(number, 1)
    assert state.present("story").version == 2
    assert state.present("story").grid.branch_index("A0") >= 0
    assert (standing(), places()) == (before, at)
    assert Tag.objects.filter(removed_at=None, equipment_mrid="F1").count() == 1
    assert Operation.objects.get(state="selected").equipment_mrid == "CB1"
    staging.go_back(actor=MEI, model="story", number=1, instead_of=2, reason="wrong", at=after(200))
    assert state.present("story").version == 1
    assert (standing(), places()) == (before, at)
    story.refresh_from_db()
    assert story.device_mrid == "F1"


def test_customers_follow_the_version(story):
    moved = next(one.mrid for one in rebuilt().usage_points.values() if one.equipment_mrid == "T2")

    def supplied() -> str:
        point = UsagePoint.objects.get(mrid=moved)
        grid = state.present("story").grid
        return f"{point.equipment_mrid} at {grid.node_mrid_text(point.node)}"

    assert supplied() == "T1 at T1"
    publish(stage(rebuilt()), 1)
    assert supplied() == "T2 at T2"
    staging.go_back(actor=MEI, model="story", number=1, instead_of=2, reason="wrong", at=after(200))
    assert supplied() == "T1 at T1"


def test_a_version_of_which_no_customers_were_kept_is_gone_back_to_by_their_equipment(story):
    publish(stage(rebuilt()), 1)
    dossiers.Dossier.objects.all().delete()
    published = staging.go_back(actor=MEI, model="story", number=1, instead_of=2, reason="wrong", at=after(200))
    grid = state.present("story").grid
    assert published.customers == 20
    assert {grid.node_mrid_text(node) for node in UsagePoint.objects.values_list("node", flat=True)} == {
        "T1", "T2", "T3", "T4", "T5",
    }  # fmt: skip


def test_the_difference_is_kept_with_the_version(story):
    stage(rebuilt())
    found = dossiers.difference(ModelVersion.objects.get(number=2).pk)
    assert found.compared_with == 1
    assert found.counts["added"] == {"Breaker": 1, "ConnectivityNode": 1}
    assert found.counts["connection"] == {"ACLineSegment": 1}
    assert found.counts["customer"] == {"UsagePoint": 1}


def test_publishing_is_on_the_audit_trail_with_who_accepted_what(story):
    draft = rebuilt()
    draft.branches["TIE"].normal_closed_phases = 7
    number = stage(draft)
    with pytest.raises(versions.VersionBlocked, match="nobody has accepted"):
        staging.publish_version(actor=MEI, model="story", number=number, compared_with=1, reason="", at=after(90))
    publish(number, 1)
    entry = AuditEntry.objects.get(action="publish_model", actor="mei")
    assert (entry.reason, entry.after["accepted"]["by"]) == ("agreed", "mei")
    assert JournalEntry.objects.filter(kind="model", data__version=2, actor="mei").exists()


def test_who_saw_another_version_in_operation_is_refused(story):
    number = stage(rebuilt())
    with pytest.raises(versions.VersionMoved, match="compare again"):
        staging.publish_version(actor=MEI, model="story", number=number, compared_with=None, reason="", at=NOON)
    with pytest.raises(versions.VersionMoved, match="is published, not retired"):
        staging.go_back(actor=MEI, model="story", number=1, instead_of=1, reason="why not", at=NOON)


def test_a_publication_that_fails_on_its_way_leaves_everything_as_it_was(story, monkeypatch):
    number = stage(rebuilt())
    before, at = standing(), places()
    customers = set(UsagePoint.objects.values_list("mrid", "node", "equipment_mrid"))
    job = asked(number)

    def give_in(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("outages.services.renumbering.follow", give_in)
    jobs.run_waiting(clock=clock.now)
    job.refresh_from_db()
    assert (job.state, "logged as incident" in job.error) == ("failed", True)
    assert state.present("story").version == 1
    assert (standing(), places()) == (before, at)
    assert set(UsagePoint.objects.values_list("mrid", "node", "equipment_mrid")) == customers


def asked(number: int) -> Job:
    """A job to publish a version."""
    from tests.people import Person

    user = Person("ENG", name="mei").user
    actor = cast.person("mei", "ENG")
    wanted = jobs.Change("story", number, 1, "agreed")
    job = jobs.ask_publish(actor=actor, wanted=wanted, at=clock.now())
    job.parameters["user_id"] = user.pk
    job.save()
    return job


@pytest.mark.parametrize("step", ["stage", "reading", "count"])
def test_a_cancelled_job_stops_at_its_next_step_and_keeps_nothing(story, step, monkeypatch):
    job = asked(stage(rebuilt()))
    tell = model_jobs.Teller(job, clock.now)
    Job.objects.update(cancelled_by="sam")
    with pytest.raises(Cancelled, match="cancelled by sam"):
        {
            "stage": lambda: tell.stage("parse", 5),
            "reading": lambda: tell.reading("x: 20,000 objects"),
            "count": tell.count,
        }[step]()


@pytest.mark.django_db(transaction=True)
def test_cancelling_in_the_middle_of_publishing_rolls_it_back(story, monkeypatch):
    job = asked(stage(rebuilt()))
    real = staging.publish_version

    def slowly(**words: object) -> object:
        published = real(**words)
        other = threading.Thread(target=cancel_elsewhere, args=(job,))
        other.start()
        other.join()
        return published

    monkeypatch.setattr(staging, "publish_version", slowly)
    jobs.run_waiting(clock=clock.now)
    job.refresh_from_db()
    assert (job.state, job.error) == ("cancelled", "cancelled by mei; nothing of it was kept")
    state.forget()
    assert state.present("story").version == 1


def cancel_elsewhere(job: Job) -> None:
    """As another process does it."""
    jobs.cancel(actor=MEI, job_id=job.pk, at=clock.now() + dt.timedelta(seconds=1))
    connection.close()
