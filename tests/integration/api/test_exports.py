"""Models out by REST and page (X09): what comes out is the same grid again, and who took it stands on the audit trail."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest

from adms.core import clock
from adms.core.models import AuditEntry, ControlArea
from integration.cim.models import read_model, reading
from integration.models import Job, JobPart
from integration.services import export_jobs, jobs, sources, utilities
from network.domain import generation
from network.domain.draft import ModelDraft
from network.selectors import state
from network.services import positions
from network.services.positions import PositionReport
from tests.cast import GATEWAY, NOON, SYSTEM, after, publish
from tests.people import Person, text
from tests.rest import Api, error

pytestmark = pytest.mark.django_db
SMALL = "tests/samples/small_feeder.xml"


@pytest.fixture
def model() -> str:
    state.forget()
    return publish(reading.read_files([SMALL])).key


def drafted(archive: bytes) -> ModelDraft:
    """What the gate makes of an archive."""
    return sources.read_uploads([("model.zip", archive)], name="again")


def same(one: ModelDraft, other: ModelDraft) -> bool:
    return (one.nodes, one.branches, one.injections, one.usage_points) == (
        other.nodes, other.branches, other.injections, other.usage_points
    )  # fmt: skip


def taken(address: str, **query: Any) -> bytes:
    answer = Api("ENG").client.get(address, query)
    assert answer.status_code == 200, answer.content
    return answer.getvalue()


def test_a_small_model_comes_at_once_and_is_the_same_grid_again(model: str) -> None:
    archive = taken(f"/cim/v1/models/{model}/export")
    assert same(drafted(archive), read_model([SMALL], name="again"))
    row = AuditEntry.objects.get(action="export_model")
    assert row.after["model"] == model
    assert row.after["form"] == "cim100"


def test_as_operated_has_the_switches_as_they_stand(model: str) -> None:
    present = state.present(model)
    place = int(np.flatnonzero(present.grid.is_switch & (present.closed > 0))[0])
    mrid = present.grid.branch_mrid_text(place)
    report = PositionReport(model, mrid, after(10), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(11))
    built, now = (drafted(taken(f"/cim/v1/models/{model}/export", as_operated=one)) for one in ("false", "true"))
    assert built.branches[mrid].closed_phases > 0
    assert now.branches[mrid].closed_phases == 0
    assert {key for key in now.branches if now.branches[key] != built.branches[key]} == {mrid}


def test_a_job_makes_a_file_that_is_fetched_in_parts(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_jobs, "PART_BYTES", 500)
    asker = Api("INT")
    told = asker.post(f"/cim/v1/models/{model}/export", {"format": "cim100"})
    assert told.status_code == 202
    error(asker.get(f"{told['Location']}/file"), 404)
    jobs.run_waiting(clock=clock.now)
    done = asker.get(told["Location"]).json()
    assert done["state"] == "done", done["error"]
    answer = asker.get(f"{told['Location']}/file")
    archive = answer.getvalue()
    assert JobPart.objects.count() > 1
    assert len(archive) == done["result"]["bytes"] == int(answer["Content-Length"])
    assert same(drafted(archive), read_model([SMALL], name="again"))
    assert AuditEntry.objects.filter(action="fetch_export").count() == 1


def test_a_large_model_is_not_written_while_somebody_waits(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_jobs, "MOST_NODES", 2)
    told = error(Api("ENG").client.get(f"/cim/v1/models/{model}/export"), 409)
    assert "POST it, for a job" in told["message"]


def test_a_feeder_of_a_generated_network_goes_out_with_its_state(tmp_path: Any) -> None:
    state.forget()
    utility = generation.generate(1_200, 4, "european")
    key = utilities.publish(actor=SYSTEM, utility=utility, at=NOON).key
    name = utility.substations.feeder_name[1]
    archive = taken(f"/cim/v1/models/{key}/export", format="cgmes", feeder=name, power_flow="true")
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert {one.rpartition("_")[2] for one in packed.namelist()} >= {"EQ.xml", "SSH.xml", "TP.xml", "SV.xml"}
    again = drafted(archive)
    assert again.errors == []
    assert any(True for _ in again.kept.of_class("SvVoltage"))
    area = ControlArea.objects.filter(name__contains=utility.substations.name[utility.substations.feeder_of[1]]).get()
    of_area = drafted(taken(f"/cim/v1/models/{key}/export", area=area.key))
    assert again.branches.keys() < of_area.branches.keys()
    assert of_area.errors == []


def test_who_may_not_gets_nothing_and_what_does_not_go_together_is_refused(model: str) -> None:
    address = f"/cim/v1/models/{model}/export"
    error(Api("OPR").client.get(address), 403)
    error(Api("AUD").post(address, {}), 403)
    asker = Api("ENG")
    assert "state variables go with" in error(asker.client.get(address, {"power_flow": "true"}), 422)["message"]
    error(asker.client.get("/cim/v1/models/nobody/export"), 404)
    error(asker.client.get(address, {"feeder": "nowhere"}), 404)
    assert not Job.objects.exists()


def test_the_page_asks_and_the_job_page_gives_the_file(model: str) -> None:
    mei = Person("ENG", name="mei")
    assert "Export" in text(mei.get(f"/models/{model}/1/"))
    form = text(mei.get(f"/models/{model}/export/"))
    assert "CIM100" in form
    refused = mei.client.post(f"/models/{model}/export/", {"form": "cim100", "with_state": "1"})
    assert "tate variables go with cgmes" in text(refused, 422)
    answer = mei.client.post(f"/models/{model}/export/", {"form": "cim100"})
    assert answer.status_code == 302
    jobs.run_waiting(clock=clock.now)
    page = text(mei.get(answer["Location"]))
    assert f"{model}_cim100.zip" in page
    assert "Download" in page
    got = mei.client.get(f"{answer['Location']}file/")
    assert same(drafted(got.getvalue()), read_model([SMALL], name="again"))
    assert "Export" in text(mei.fetch("/models/"))
    assert "right to export" in text(Person("AUD", name="aud").get(answer["Location"]))
