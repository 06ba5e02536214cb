"""A small feeder as CIM RDF/XML that can be changed line by line, and the people who bring it through the gate."""

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from adms.core import clock
from integration.models import Job
from integration.services import jobs
from tests.people import Person

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SMALL = (SAMPLES / "small_feeder.xml").read_text()
DEFECTS = (SAMPLES / "feeder_with_defects.xml").read_text()
TIED = SMALL.replace(
    "<cim:Switch.normalOpen>true<", "<cim:Switch.normalOpen>false<"
)  # the open point is lost, a loop closed
RERATED = SMALL.replace("ratedCurrent>400<", "ratedCurrent>630<").replace("Village", "Town")


def upload(person: Person, text: str = SMALL, name: str = "feeder.xml", **fields: Any) -> Job:
    """Send a file through the upload page, as a browser without scripts does; the job it became."""
    file = SimpleUploadedFile(name, text.encode())
    answer = person.client.post("/models/upload/", {"file": file, "name": "Small", **fields})
    assert answer.status_code == 302, answer.content
    return Job.objects.get(pk=answer["Location"].strip("/").rpartition("/")[2])


def staged(person: Person, text: str = SMALL, **fields: Any) -> Job:
    """The same, done."""
    job = upload(person, text, **fields)
    run()
    job.refresh_from_db()
    return job


def run() -> int:
    """What a worker does."""
    return jobs.run_waiting(clock=clock.now)


def decide(person: Person, action: str, number: int, reason: str = "agreed with GIS") -> Job:
    """Publish a version or go back to it, through both steps of the dialog; the job, done."""
    address = reverse(f"integration:model_{action}", args=["small", number])
    second = person.client.post(address, headers={"HX-Request": "true"}).content.decode()
    token = second.partition('name="token" value="')[2].partition('"')[0]
    answer = person.post(address, token=token, confirmation=str(number), reason=reason)
    assert answer.status_code == 204, answer.content
    run()
    return Job.objects.order_by("created_at").last()
