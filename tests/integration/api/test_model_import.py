"""A network model through POST /cim/v1/models: a job, an address to ask at, a published version, exactly once."""

import datetime as dt
import gzip
import io
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from adms.core import clock
from adms.core.models import AuditEntry
from integration.models import Job
from integration.services import jobs
from network.models import ModelVersion
from network.selectors import state
from tests.paths import CIM, needs_shared
from tests.rest import Api, error

pytestmark = pytest.mark.django_db

ADDRESS = "/cim/v1/models"
FEEDER = CIM / "gridappsd" / "IEEE13.xml"


@pytest.fixture
def engineer():
    return Api("ENG")


def send(asker: Api, body: bytes, content_type: str = "application/rdf+xml", **query):
    return asker.client.post(ADDRESS, body, content_type=content_type, query_params=query)


def run() -> int:
    return jobs.run_waiting(clock=clock.now)


def finished(asker: Api, answer) -> dict:
    assert answer.status_code == 202, answer.content
    run()
    return asker.get(answer["Location"]).json()


def feeder() -> bytes:
    return FEEDER.read_bytes()


def test_nothing_is_read_before_the_answer(engineer):
    answer = send(engineer, b"<rdf/>")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer["Location"] == answer.json()["address"] == f"/api/v1/jobs/{answer.json()['id']}"


@needs_shared
def test_a_published_feeder_is_imported(engineer):
    told = finished(engineer, send(engineer, feeder(), complete=7))
    assert (told["state"], told["percent"], told["error"]) == ("done", 100, "")
    assert told["result"]["published"] is True
    assert told["result"]["classes"]["ACLineSegment"] > 0
    versions = engineer.get("models").json()["results"]
    assert [(one["name"], one["version"], one["state"]) for one in versions] == [
        (told["result"]["model"], 1, "published")
    ]
    assert AuditEntry.objects.filter(action="publish_model", way="rest", actor=engineer.name).count() == 1
    assert bytes(Job.objects.get().upload) == b""


@needs_shared
def test_compressed_files_and_several_at_once_are_taken(engineer):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("feeder.xml", feeder())
    assert finished(engineer, send(engineer, packed.getvalue(), "application/zip", check="true"))["state"] == "done"
    assert (
        finished(engineer, send(engineer, gzip.compress(feeder()), "application/gzip", check="true"))["state"] == "done"
    )
    upload = {"file": [SimpleUploadedFile("feeder.xml.gz", gzip.compress(feeder()))]}
    answer = engineer.client.post(f"{ADDRESS}?name=Thirteen&check=true", upload)
    told = finished(engineer, answer)
    assert (told["state"], told["result"]["model"], told["result"]["published"]) == ("done", "Thirteen", False)
    assert ModelVersion.objects.count() == 0


def test_a_file_that_cannot_be_read_fails_its_job_with_the_reason(engineer):
    told = finished(engineer, send(engineer, b"<rdf:RDF"))
    assert told["state"] == "failed"
    assert told["error"]
    assert ModelVersion.objects.count() == 0


def test_an_entity_is_refused_and_nothing_of_it_is_read(engineer):
    bomb = b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>'
    told = finished(engineer, send(engineer, bomb))
    assert (told["state"], told["result"]["code"]) == ("failed", "doctype")
    assert "root:" not in str(told)


@pytest.mark.parametrize("body", [b"", b"{}", b"\x00\x01", b"MZ"])
def test_what_is_no_model_is_refused_at_the_door(engineer, body):
    assert error(send(engineer, body), 422)["code"] == "upload_refused"
    assert Job.objects.count() == 0


def test_a_content_encoding_is_refused(engineer):
    answer = engineer.client.post(
        ADDRESS, b"<x/>", content_type="application/xml", headers={"Content-Encoding": "gzip"}
    )
    assert error(answer, 415)["code"] == "wrong_content_type"


@pytest.mark.parametrize("role", ["OPR", "DSP", "AUD", "ADM", "MGR"])
def test_who_may_not_publish_models_imports_none(role):
    assert error(send(Api(role), b"<x/>"), 403)["code"] == "no_access_authority"
    assert Job.objects.count() == 0


@needs_shared
def test_rights_that_were_taken_away_meanwhile_count(engineer):
    answer = send(engineer, feeder(), complete=7)
    engineer.user.grants.update(role="MGR")
    run()
    assert Job.objects.get().state == "failed"
    assert answer.status_code == 202
    assert ModelVersion.objects.count() == 0


@needs_shared
def test_a_job_whose_worker_died_is_taken_up_again_and_published_once(engineer):
    answer = send(engineer, feeder(), complete=7)
    Job.objects.update(state="running", started_at=clock.now() - dt.timedelta(minutes=1))
    assert finished(engineer, answer)["state"] == "done"
    assert run() == 0
    assert ModelVersion.objects.count() == 1


def test_a_file_that_kills_its_worker_is_given_up(engineer):
    send(engineer, b"<x/>")
    job = Job.objects.get()
    job.parameters["attempt"] = jobs.ATTEMPTS
    job.state = "running"
    job.save()
    run()
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "given up: its worker ended 3 times")


def test_jobs_are_shown_to_those_who_import(engineer):
    number = send(engineer, b"<x/>").json()["id"]
    error(Api("MGR").get(f"jobs/{number}"), 403)
    assert Api("SOP").get(f"jobs/{number}").status_code == 200
    error(engineer.get(f"jobs/{uuid.uuid4()}"), 404)


@needs_shared
@pytest.mark.django_db(transaction=True)
def test_of_workers_who_hear_the_bell_at_the_same_instant_one_does_the_job():
    state.forget()
    send(Api("ENG"), feeder(), complete=7)
    barrier = Barrier(3)

    def work(_: int) -> int:
        barrier.wait()
        try:
            return run()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 1
    assert Job.objects.get().state == "done"
    assert ModelVersion.objects.count() == 1


def test_a_pandapower_network_comes_through_the_same_door(engineer):
    import pandapower

    net = pandapower.create_empty_network(name="two")
    first, second = (pandapower.create_bus(net, 20.0, name=name) for name in ("one", "two"))
    pandapower.create_ext_grid(net, first)
    pandapower.create_line_from_parameters(net, first, second, 1.0, 0.4, 0.8, 0.0, 0.2, name="L")
    pandapower.create_load(net, second, p_mw=0.1, q_mvar=0.06, name="load")
    body = pandapower.to_json(net, filename=None).encode()
    job = finished(engineer, send(engineer, body, "application/json", name="two"))
    assert (job["state"], job["result"]["published"], job["result"]["nodes"]) == ("done", True, 2)
    hostile = body.replace(b"pandas.core.frame", b"subprocess")
    job = finished(engineer, send(engineer, hostile, "application/json", name="two"))
    assert job["state"] == "failed"
    assert "subprocess" in job["error"]
    assert ModelVersion.objects.count() == 1
