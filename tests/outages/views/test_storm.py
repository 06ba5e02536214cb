"""X07: the storm page, area by area."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from adms.core import clock
from adms.core.models import ControlArea
from adms.core.services import events
from outages.events import CallRecorded
from outages.models import Outage
from outages.selectors import storm
from outages.services import rule_sets
from tests import cast
from tests.outages.views import scene
from tests.people import Person, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def feeder():
    cast.publish(scene.named_feeder())


def rows() -> dict[str, storm.Row]:
    return {row.key: row for row in storm.areas(cast.SYSTEM, at=clock.now())}


def copies(outage: Outage, count: int) -> None:
    """So many more of the same, for a page under load."""
    Outage.objects.bulk_create(
        Outage(**{
            name: getattr(outage, name)
            for name in (
                *("area", "model_key", "kind", "state", "confidence", "device_mrid", "device_name", "feeder", "phases"),
                *("node", "customers_out", "customers_affected", "started_at", "predicted_at", "priority"),
            )
        }, mrid=f"copy-{number}")
        for number in range(count)
    )  # fmt: skip


def test_without_outages_the_page_says_so(feeder):
    page = text(Person("DSP").get("/storm/"))
    assert "No outages in any area" in page
    assert "Intake keeps up" in page
    assert "No outage goes on" in page


def test_an_area_tells_outages_by_stage_and_tier_with_crews_and_customers(feeder):
    scene.crew()
    outage = scene.outage()
    scene.second_outage()
    Outage.objects.update(critical_out=0)
    found = rows()["story-s"]
    assert (found.outages, found.customers_out) == (2, sum(Outage.objects.values_list("customers_out", flat=True)))
    assert (found.stages["waits"], found.tiers["lateral"], found.tiers.total()) == (2, 2, 2)
    assert (found.crews, found.crews_free) == (1, 1)
    Outage.objects.filter(pk=outage.pk).update(critical_out=1, state="on_site")
    found = rows()["story-s"]
    assert (found.stages["on_site"], found.tiers["critical"], found.critical_out) == (1, 1, 1)
    assert found.name in text(Person("DSP").get("/storm/"))


def test_the_course_of_customers_out_is_that_of_the_ledger(feeder):
    outage = scene.outage()
    out = Outage.objects.get(pk=outage.pk).customers_out
    course = [customers for _, customers in storm.customers_out(at=clock.now(), hours=1, bars=12)]
    assert (course[0], course[-1]) == (0, out)


def test_intake_that_is_behind_says_how_far_in_the_area_in_the_control_room_and_to_who_balances(feeder):
    at = clock.now() - dt.timedelta(seconds=40)
    scene.deliver(at)  # what the network's first publication told
    area = ControlArea.objects.get(key="story-s")
    with transaction.atomic():
        events.publish(area_id=area.pk, facts=[CallRecorded(1, "", at), CallRecorded(2, "", at)], at=at)
    found = rows()["story-s"].lag
    assert (found.waiting, found.seconds >= 40) == (2, True)  # and as much longer as this machine took
    person = Person("SOP")
    assert "behind: 2 messages wait to be taken" in text(person.get("/storm/"))
    assert "behind: 2 messages wait to be taken" in text(person.fetch("/outages/intake/"))
    ready = person.get("/readyz").json()["checks"]["sweeper"]
    assert (ready["status"], ready["areas"]["story-s"] >= 40) == ("degraded", True)


def test_one_message_that_waits_is_told_in_the_singular(feeder):
    at = clock.now() - dt.timedelta(seconds=40)
    scene.deliver(at)
    with transaction.atomic():
        area = ControlArea.objects.get(key="story-s")
        events.publish(area_id=area.pk, facts=[CallRecorded(1, "", at)], at=at)
    page = text(Person("SOP").get("/storm/"))
    assert "1 message waits" in page
    assert "behind: 1 message waits to be taken" in page


def test_an_area_by_its_storm_rules_is_shown_so(feeder):
    rule_sets.switch(actor=cast.TOM, area="story-s", name="storm", reason="wind", at=clock.now())
    assert rows()["story-s"].mode == "storm"


def test_the_control_room_counts_the_outages_it_does_not_list(feeder):
    outage = scene.outage()
    copies(outage, 250)
    page = text(Person("SOP").fetch("/outages/side/"))
    assert page.count("data-row=") == 200
    assert "<span>251</span>" in page
    assert "51 more are in the list of all." in page
    Outage.objects.filter(mrid__startswith="copy").delete()
    page = text(Person("SOP").fetch("/outages/side/"))
    assert "<span>1</span>" in page and "more are" not in page


@pytest.mark.parametrize("page", ["/storm/", "/outages/", "/outages/side/", "/dispatch/", "/outages/kpis/", "/"])
def test_five_thousand_outages_ask_no_more_queries_than_five(feeder, page):
    outage = scene.outage()
    copies(outage, 5)
    person = Person("SOP")

    def queries() -> int:
        text(person.get(page))
        with CaptureQueriesContext(connection) as captured:
            text(person.get(page))
        # the session is written once a minute, whoever asks for what
        return sum("django_session" not in one["sql"] and "SAVEPOINT" not in one["sql"] for one in captured)

    few = queries()
    Outage.objects.filter(mrid__startswith="copy").delete()
    copies(outage, 5_000)
    assert queries() <= few
