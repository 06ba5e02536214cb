"""The crew's telephone."""

import datetime as dt

import pytest
from django.utils import timezone

from adms.core import clock
from outages.models import OutageEntry
from tests import cast
from tests.outages.views import scene
from tests.people import Person, text, toast
from workforce.models import Assignment
from workforce.services import crews

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(outage) -> Person:
    """The crew's own account, with a job."""
    lena = Person("CRW", name="lena")
    crews.link_user(key="c12", username="lena", at=clock.now())
    Person("DSP").post(f"/dispatch/{outage.pk}/assign/?crew=c12", crew="c12")
    return lena


def test_a_crew_sees_its_job_and_nothing_else(lena, outage):
    page = text(lena.get("/crew/"))
    assert f"Outage {outage.pk} · F1" in page
    assert "Accept" in page
    assert lena.get(f"/outages/{outage.pk}/").status_code == 403


def test_a_crew_tells_its_steps_until_it_is_done(lena, outage):
    job = Assignment.objects.get()
    for state in (
        "accepted",
        "en_route",
        "en_route",
        "on_site",
    ):  # a phone without a connection sends what it kept, perhaps again
        page = text(lena.post(f"/crew/{job.pk}/progress/", state=state))
    assert f'data-unsent="{lena.user.pk}"' in text(lena.get("/crew/"))
    assert "Done</button>" in page
    assert "No job" in text(lena.post(f"/crew/{job.pk}/done/", cause="tree", note="Branch taken away"))
    job.refresh_from_db()
    assert (job.state, job.note) == ("completed", "Cause found: Tree. Branch taken away")
    scene.deliver()
    assert OutageEntry.objects.filter(outage=outage, told__note__icontains="Branch taken away").exists()


def test_a_crew_on_site_says_when_supply_is_expected_back_and_no_machine_changes_it(lena, outage):
    job = Assignment.objects.get()
    assert "expected back at" not in text(lena.get("/crew/"))
    page = ""
    for state in ("accepted", "en_route", "on_site"):
        page = text(lena.post(f"/crew/{job.pk}/progress/", state=state))
    assert "Supply expected back at" in page
    soon = timezone.localtime(clock.now() + dt.timedelta(hours=3)).replace(second=0, microsecond=0)
    assert f">{soon:%H:%M}</time>" in text(lena.post(f"/crew/{job.pk}/etr/", at=f"{soon:%H:%M}"))
    outage.refresh_from_db()
    assert (outage.etr_at, outage.etr_source) == (soon, "crew")
    assert "as 22:30" in text(lena.post(f"/crew/{job.pk}/etr/", at=""), 422)
    assert lena.post(f"/crew/{job.pk + 1}/etr/", at="22:30").status_code == 404


def test_a_step_that_does_not_follow_is_told_on_the_page(lena):
    job = Assignment.objects.get()
    assert "completed cannot follow" in text(lena.post(f"/crew/{job.pk}/progress/", state="completed"), 409)
    assert "Select a valid choice" in text(lena.post(f"/crew/{job.pk}/done/", cause="gremlins"), 422)


def test_a_crew_does_not_report_for_another_one(lena, outage):
    scene.crew("c11", "Trouble 11")
    Person("DSP").post(f"/dispatch/{outage.pk}/assign/?crew=c11", crew="c11")
    other = Assignment.objects.get(crew__key="c11")
    assert toast(lena.post(f"/crew/{other.pk}/progress/", state="accepted"), 403)["tone"] == "error"


def test_an_account_without_a_crew_is_told_so(network):
    assert "There is nothing here" in text(Person("CRW").get("/crew/"), 404)


def test_a_callers_warning_is_on_the_job(lena, outage):
    from metering.models import UsagePoint
    from outages.services import calls
    from outages.services.calls import CallReport

    point = UsagePoint.objects.filter(equipment_mrid="T1").first()
    calls.record_call(
        actor=cast.ANNA, report=CallReport(point.pk, clock.now(), ("NO_POWER", "WIRE_DOWN")), at=clock.now()
    )
    scene.deliver()
    assert "<b>Wire down</b>" in text(lena.fetch("/crew/jobs/"))
