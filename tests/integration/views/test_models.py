"""The pages of network models: upload, job, findings, difference, publishing and the way back, in every state they can be in."""

from pathlib import Path

import pytest

from adms.core import clock
from adms.core.models import AuditEntry
from integration.models import Job
from integration.services import jobs
from network.models import ModelVersion
from network.selectors import state
from tests.builders.street import street
from tests.integration.cim.models.test_differences import HEAD
from tests.integration.views import gate
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    state.forget()
    return Person("ENG", name="mei")


def states() -> list[tuple[int, str]]:
    return list(ModelVersion.objects.order_by("number").values_list("number", "state"))


def published(mei) -> None:
    """Version 1 in operation."""
    gate.staged(mei)
    gate.decide(mei, "publish", 1)
    assert states() == [(1, "published")]


def test_without_a_model_the_list_says_how_to_bring_one(mei):
    page = text(mei.get("/models/"))
    assert "No network model yet" in page
    assert "Upload a model" in page


def test_an_upload_becomes_a_job_that_waits_for_a_worker(mei):
    job = gate.upload(mei)
    page = text(mei.get(f"/models/jobs/{job.pk}/"))
    for words in ("Queued", "waits for a worker", "feeder.xml", "Cancel the job", 'hx-trigger="every 1s"'):
        assert words in page
    assert "feeder.xml" in text(mei.fetch("/models/"))


def test_an_upload_of_something_else_is_refused_in_words(mei):
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = mei.client.post("/models/upload/", {"file": SimpleUploadedFile("photo.png", b"\x89PNG")})
    assert "Photo.png is neither XML nor gzip nor zip" in text(answer, 422)
    photo = SimpleUploadedFile("photo.csv", b"\x89PNG\0")
    assert "or MATPOWER case" in text(mei.client.post("/models/upload/", {"file": photo}), 422)
    answer = mei.client.post("/models/upload/", {}, headers={"Accept": "application/json"})
    assert (answer.status_code, "no file" in answer.json()["error"]) == (422, True)
    assert Job.objects.count() == 0


def test_tables_are_uploaded_together_and_staged(mei):
    from django.core.files.uploadedfile import SimpleUploadedFile

    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in Path("tests/samples/village").iterdir()]
    assert mei.client.post("/models/upload/", {"file": files, "name": "village"}).status_code == 302
    jobs.run_waiting(clock=clock.now)
    job = Job.objects.get()
    assert (job.state, job.result["model"], job.result["staged"]) == ("done", "village", True)


def test_a_staged_version_changes_nothing_that_is_operated(mei):
    published(mei)
    job = gate.staged(mei, gate.TIED)
    assert (job.state, job.stage, job.result["staged"]) == ("done", "ready", True)
    assert states() == [(1, "published"), (2, "staged")]
    assert state.present("small").version == 1
    page = text(mei.get(f"/models/jobs/{job.pk}/"))
    assert "is staged as version" in page
    assert "/models/small/2/" in page
    assert [stage for _, stage, _ in job.log] == ["parse", "validate", "compare", "build", "ready"]


def test_the_gate_says_why_a_finding_matters_and_how_to_mend_it(mei):
    published(mei)
    gate.staged(mei, gate.TIED)
    page = text(mei.get("/models/small/2/"))
    for words in (
        "Normally open points lost",
        "Unintended loops",
        "To mend it:",
        "LoadBreakSwitch",
        "warnings need a person",
    ):
        assert words in page
    assert "Its warnings have to be accepted first" in page


def test_errors_block_a_version_and_it_can_still_be_looked_at(mei):
    job = gate.staged(mei, gate.DEFECTS)
    assert job.state == "done", job.error
    page = text(mei.get("/models/small/1/"))
    assert "errors block it" in page
    assert "Errors block it" in page
    refused = mei.post("/models/small/1/publish/")
    assert "errors block it" in toast(refused, 422)["text"]
    refused = mei.post("/models/small/1/accept/", reason="nobody will notice")
    assert "they must be mended" in toast(refused, 422)["text"]
    assert states() == [(1, "staged")]


def test_warnings_are_accepted_by_name_and_with_a_reason(mei):
    published(mei)
    gate.staged(mei, gate.TIED)
    assert "Nobody has accepted" in toast(mei.post("/models/small/2/publish/"), 422)["text"]
    assert "Why they are acceptable" in text(mei.fetch("/models/small/2/accept/"))
    assert mei.post("/models/small/2/accept/", reason="").status_code == 422
    answer = mei.post("/models/small/2/accept/", reason="ring by design")
    assert answer["HX-Redirect"].startswith("/models/small/2/")
    entry = AuditEntry.objects.get(action="accept_warnings")
    assert (entry.actor, entry.reason, entry.object) == ("mei", "ring by design", "small")
    assert "accepted by mei" in text(mei.get("/models/small/2/"))
    gate.decide(mei, "publish", 2)
    assert states() == [(1, "retired"), (2, "published")]


def test_the_difference_is_listed_by_kind_class_and_word(mei):
    published(mei)
    gate.staged(mei, gate.RERATED)
    page = text(mei.get("/models/small/2/?tab=difference"))
    for words in ("Difference to v1", "ratedCurrent", '<span class="was">400', '<span class="now">630', "Village"):
        assert words in page, words
    only = text(mei.get("/models/small/2/?tab=difference&class=EnergyConsumer"))
    assert "Village" in only
    assert "ratedCurrent" not in only
    assert "Nothing of this kind" in text(mei.get("/models/small/2/?tab=difference&q=nowhere&page=9"))
    assert "changed" in text(mei.get("/models/small/2/?tab=map&side=before"))


def test_publishing_takes_two_steps_and_a_typed_number(mei):
    gate.staged(mei)
    first = text(mei.fetch("/models/small/1/publish/"))
    assert "Step 1 of 2" in first
    assert 'name="token"' not in first
    second = text(mei.post("/models/small/1/publish/"))
    assert "Step 2 of 2" in second
    token = second.partition('name="token" value="')[2].partition('"')[0]
    for confirmation, reason in (("2", "agreed"), ("1", "")):
        refused = mei.post("/models/small/1/publish/", token=token, confirmation=confirmation, reason=reason)
        assert refused.status_code == 422
    forged = mei.post("/models/small/1/publish/", token=token + "x", confirmation="1", reason="agreed")
    assert "lapsed" in toast(forged, 409)["text"]
    other = Person("SOP", name="sam").post("/models/small/1/publish/", token=token, confirmation="1", reason="agreed")
    assert other.status_code == 409
    assert states() == [(1, "staged")]


def test_the_version_before_is_one_click_back_and_back_again(mei):
    published(mei)
    gate.staged(mei, gate.RERATED)
    gate.decide(mei, "publish", 2)
    assert "Go back to v1" in text(mei.get("/models/small/2/"))
    job = gate.decide(mei, "back", 1, reason="ratings were wrong")
    assert (job.state, job.result["version"]) == ("done", 1)
    assert states() == [(1, "published"), (2, "retired")]
    entry = AuditEntry.objects.get(action="go_back_model")
    assert (entry.before["version"], entry.after["version"], entry.reason) == (2, 1, "ratings were wrong")
    gate.decide(mei, "back", 2)
    assert states() == [(1, "retired"), (2, "published")]


def test_a_version_compared_with_another_than_the_operated_one_must_be_compared_again(mei):
    published(mei)
    gate.staged(mei, gate.RERATED)
    gate.staged(mei)
    gate.decide(mei, "publish", 3)
    assert "Another version was published since" in text(mei.get("/models/small/2/"))
    job = gate.decide(mei, "publish", 2)
    assert (job.state, "compare again" in job.error) == ("failed", True)
    assert "Failed, nothing of it was kept" in text(mei.get(f"/models/jobs/{job.pk}/"))
    mei.post("/models/small/2/compare/")
    assert gate.decide(mei, "publish", 2).state == "done"
    assert state.present("small").version == 2


def test_a_discarded_version_stays_in_the_list_and_cannot_be_published(mei):
    gate.staged(mei)
    assert "Discard version 1" in text(mei.fetch("/models/small/1/discard/"))
    mei.post("/models/small/1/discard/", reason="wrong export")
    assert states() == [(1, "discarded")]
    assert "Discarded" in text(mei.get("/models/"))
    assert "There is no map of this version" in text(mei.get("/models/small/1/?tab=map"))
    assert gate.decide(mei, "back", 1).state == "failed"


def test_a_job_is_cancelled_before_a_worker_has_it(mei):
    job = gate.upload(mei)
    toast(mei.post(f"/models/jobs/{job.pk}/cancel/"))
    job.refresh_from_db()
    assert (job.state, bytes(job.upload)) == ("cancelled", b"")
    assert "cancelled by mei; nothing of it was kept" in text(mei.get(f"/models/jobs/{job.pk}/"))
    assert "already" in toast(mei.post(f"/models/jobs/{job.pk}/cancel/"), 409)["text"]
    gate.run()
    assert ModelVersion.objects.count() == 0


def test_a_file_that_cannot_be_read_is_told_on_its_job_page(mei):
    job = gate.staged(mei, "<rdf:RDF")
    page = text(mei.get(f"/models/jobs/{job.pk}/"))
    assert "Failed, nothing of it was kept" in page
    assert "Upload again" in page


def test_findings_are_marked_on_the_map_of_a_model_that_has_coordinates(mei):
    gate.staged(mei, street(6, gap=4))
    page = text(mei.get("/models/small/1/"))
    assert "data-network-map" in page
    assert page.count("data-marker=") == 3
    assert 'data-label="V4"' in page
    gate.staged(mei, gate.DEFECTS)
    page = text(mei.get("/models/small/2/"))
    assert "data-network-map" not in page
    assert "feeder.xml, 31" in page


def test_the_map_of_a_version_is_told_whether_or_not_it_is_operated(mei):
    gate.staged(mei)
    assert mei.get("/models/small/1/geometry.bin").content[:4] == b"TLG1"
    answer = mei.get("/models/small/1/state.bin")
    assert (answer.content[:4], answer["X-Tieline-Version"]) == (b"TLS1", "1")
    assert mei.get("/models/small/1/names.json").json()["branches"] != []


def test_who_publishes_no_models_may_look_or_is_refused_in_words(mei):
    gate.staged(mei)
    auditor = Person("AUD")
    assert "Needs the role of an engineer" in text(auditor.get("/models/"))
    assert "disabled" in text(auditor.get("/models/small/1/"))
    assert "You may look, but not upload" in text(auditor.get("/models/upload/"))
    assert "publish model" in text(auditor.submit("/models/upload/", name="x"), 403)
    for role in ("OPR", "DSP", "MGR"):
        assert "You may not do this" in text(Person(role).get("/models/"), 403)
    assert auditor.post("/models/small/1/publish/").status_code == 403
    assert auditor.post("/models/small/1/discard/", reason="no").status_code == 403


def test_the_navigation_leads_there_for_those_who_may(mei):
    assert 'href="/models/"' in text(mei.get("/messages/"))
    assert 'href="/models/"' not in text(Person("DSP").get("/outages/"))


def difference(old: str, new: str) -> str:
    """A set of differences: the length of the line."""

    def says(name: str, length: str) -> str:
        about = f'<rdf:Description rdf:about="#_line"><cim:Conductor.length>{length}</cim:Conductor.length></rdf:Description>'
        return f'<dm:{name}Differences rdf:parseType="Statements">{about}</dm:{name}Differences>'

    return f"{HEAD}<dm:DifferenceModel>{says('reverse', old)}{says('forward', new)}</dm:DifferenceModel></rdf:RDF>"


def test_a_set_of_differences_goes_through_the_gate_too(mei):
    published(mei)
    job = gate.staged(mei, difference("400", "450"))
    assert (job.state, job.result["version"]) == ("done", 2), job.error
    assert "450" in text(mei.get("/models/small/2/?tab=difference"))
    refused = gate.staged(mei, difference("399", "450"))
    assert (refused.state, "399" in refused.error) == ("failed", True)
    assert states() == [(1, "published"), (2, "staged")]
