"""S09, X11: the indices of every day as rows, restated as new versions; over REST and out to partners as CIM."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adms.core.models import StoredEvent
from integration.cim import envelope, schemas
from integration.models import OutboxMessage
from outages.domain.corrections import Change
from outages.models import DayIndices, Interruption, ServedDay
from outages.services import corrections, daily_figures
from tests import cast
from tests.integration.services.cast import make_partner
from tests.outages.views import scene
from tests.outages.views.ledger_rows import MARCH, outage, row
from tests.rest import Api

pytestmark = pytest.mark.django_db
NIGHT = dt.datetime(2026, 3, 11, 0, 5, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 10)
NS = "{urn:tieline:cim:2026:ReliabilityIndices#}"


@pytest.fixture
def rows(db):
    """4 of 20 customers for an hour on 10 March, a day whose customers were kept: SAIDI 12, SAIFI 0.2."""
    from network.selectors import state

    state.forget()
    cast.publish(scene.named_feeder())
    of = outage()
    daily_figures.keep_served(day=DAY)
    return [row(of, "T1", 4, 60), row(of, "T2", 3, 3)]


def latest(area=None):
    return (
        DayIndices.objects.get(day=DAY, area__key=area, is_latest=True)
        if area
        else DayIndices.objects.get(day=DAY, area=None, is_latest=True)
    )


def shorten(of):
    change = Change(began_at=MARCH, ended_at=MARCH + dt.timedelta(minutes=30), sets_end=True)
    return corrections.correct(
        actor=cast.SYSTEM, row_ids=[of.pk], change=change, reason="crew's time", at=NIGHT + dt.timedelta(hours=1)
    )


def test_customers_served_are_kept_once_a_day(rows):
    ServedDay.objects.all().delete()
    assert daily_figures.keep_served(day=DAY) > 0
    assert sum(ServedDay.objects.filter(day=DAY).values_list("customers", flat=True)) == 20
    assert daily_figures.keep_served(day=DAY) == 0


def test_every_day_that_is_over_gets_its_indices_and_the_present_one_none(rows):
    assert daily_figures.run_due(at=NIGHT) == 1
    found = latest()
    assert (found.version, found.border_minutes) == (1, 5.0)
    assert (found.figures["saidi_min"], found.figures["saifi"], found.figures["maifi"]) == (12.0, 0.2, 0.15)
    assert found.figures["asai"] == 1 - 12 / 1440
    assert latest("story-s").figures["ci"] == 4
    assert not DayIndices.objects.filter(day__gt=DAY).exists()
    assert daily_figures.run_due(at=NIGHT) == 0


def test_areas_are_locked_only_when_the_figures_of_all_of_them_are_there(rows):
    with CaptureQueriesContext(connection) as captured:
        daily_figures.run_due(at=NIGHT)
    words = [one["sql"] for one in captured]
    locks = [place for place, one in enumerate(words) if "core_controlarea" in one and ("UPDATE" in one)]
    figures = [place for place, one in enumerate(words) if 'INSERT INTO "outages_dayindices"' in one]
    assert len(figures) == 3  # of everything and of two areas
    assert min(locks) > max(figures)


def test_customers_are_counted_once_for_all_days_and_areas_of_a_round(rows):
    daily_figures.keep_served(day=timezone.localdate(NIGHT))
    with CaptureQueriesContext(connection) as captured:
        assert daily_figures.run_due(at=NIGHT) == 1
    assert sum("metering_usagepoint" in one["sql"] for one in captured) == 1


def test_many_days_are_done_a_few_at_a_time(rows):
    ServedDay.objects.update(day=DAY - dt.timedelta(days=60))
    rounds = [daily_figures.run_due(at=NIGHT) for _ in range(17)]
    assert rounds == [daily_figures.A_ROUND] * 15 + [1, 0]
    assert DayIndices.objects.filter(area=None).count() == daily_figures.FIRST_BACK


def test_days_wait_while_evidence_does(rows):
    scene.deliver(NIGHT)
    cast.gasp(cast.meters_at("T2")[:1], NIGHT)
    recorded = StoredEvent.objects.filter(name="MetersLostPower").latest("pk").recorded_at
    assert daily_figures.run_due(at=recorded + 2 * daily_figures.PATIENCE) == 0
    scene.deliver(NIGHT)
    assert daily_figures.run_due(at=NIGHT) == 1


def test_a_corrected_row_restates_its_day_and_both_versions_stay(rows):
    daily_figures.run_due(at=NIGHT)
    shorten(rows[0])
    assert daily_figures.run_due(at=NIGHT + dt.timedelta(hours=2)) == 1
    told = DayIndices.objects.filter(day=DAY, area=None).order_by("version")
    assert [(one.version, one.figures["saidi_min"], one.is_latest) for one in told] == [
        (1, 12.0, False),
        (2, 6.0, True),
    ]
    assert daily_figures.run_due(at=NIGHT + dt.timedelta(hours=3)) == 0


def test_a_day_that_goes_on_is_computed_again_once_a_day(rows):
    Interruption.objects.filter(pk=rows[0].pk).update(ended_at=None)
    daily_figures.run_due(at=NIGHT)
    assert latest().figures["open_rows"] == 1
    assert daily_figures.run_due(at=NIGHT + dt.timedelta(minutes=5)) == 0
    Interruption.objects.filter(pk=rows[0].pk).update(ended_at=MARCH + dt.timedelta(hours=20))
    assert daily_figures.run_due(at=NIGHT + dt.timedelta(days=1)) == 2
    assert (latest().version, latest().figures["saidi_min"], latest().figures["open_rows"]) == (2, 240.0, 0)


def test_the_days_are_told_over_rest_with_their_versions(rows):
    daily_figures.run_due(at=NIGHT)
    shorten(rows[0])
    daily_figures.run_due(at=NIGHT + dt.timedelta(hours=2))
    manager = Api("MGR")
    (day,) = manager.get("/api/v1/indices/days", first="2026-03-10", last="2026-03-10").json()["results"]
    assert (day["day"], day["area"], day["version"], day["figures"]["saidi_min"]) == ("2026-03-10", None, 2, 6.0)
    both = manager.get("/api/v1/indices/days", first="2026-03-10", versions="true").json()["results"]
    assert [one["figures"]["saidi_min"] for one in both] == [12.0, 6.0]
    (area,) = manager.get("/api/v1/indices/days", area="story-s").json()["results"]
    assert area["area"] == "story-s"


def test_subscribers_are_told_each_day_and_each_restatement_of_it(rows):
    make_partner("BI", [], endpoint_url="https://bi.example.org/cim", subscriptions=["ReliabilityIndices"])
    daily_figures.run_due(at=NIGHT)
    scene.deliver(NIGHT)
    shorten(rows[0])
    daily_figures.run_due(at=NIGHT + dt.timedelta(hours=2))
    scene.deliver(NIGHT + dt.timedelta(hours=2))
    messages = [read(bytes(one.body)) for one in OutboxMessage.objects.order_by("pk")]
    whole = [found for found in messages if found["area"] is None]
    assert [(one["verb"], one["version"], one["saidi"], one["day"]) for one in whole] == [
        ("created", "1", "12.0", "2026-03-10"),
        ("changed", "2", "6.0", "2026-03-10"),
    ]
    assert {one["area"] for one in messages} == {None, "story-s", "story-s2"}
    assert len({one["mRID"] for one in whole}) == 1
    assert StoredEvent.objects.filter(name="IndicesComputed").count() == len(messages)


def test_days_of_an_area_that_come_together_are_one_message(rows):
    make_partner("BI", [], endpoint_url="https://bi.example.org/cim", subscriptions=["ReliabilityIndices"])
    for day in (8, 9, 10):
        daily_figures.compute(day=dt.date(2026, 3, day), at=NIGHT)
    shorten(rows[0])
    daily_figures.compute(day=dt.date(2026, 3, 10), at=NIGHT)
    scene.deliver(NIGHT)
    messages = [envelope.read(bytes(one.body)) for one in OutboxMessage.objects.order_by("pk")]
    told = {}
    for one in messages:
        schemas.validate_payload(one.payload, "ReliabilityIndices")
        for day in one.payload:
            key = (day.findtext(NS + "area"), day.findtext(NS + "day"))
            assert key not in told
            told[key] = (one.verb, day.findtext(NS + "version"))
    assert len(messages) == 3
    assert [told[None, f"2026-03-{day}"] for day in ("08", "09", "10")] == [
        ("created", "1"),
        ("created", "1"),
        ("created", "2"),
    ]
    scene.deliver(NIGHT)
    assert OutboxMessage.objects.count() == 3


def read(body):
    got = envelope.read(body)
    schemas.validate_payload(got.payload, "ReliabilityIndices")
    (day,) = got.payload
    found = {element.tag.removeprefix(NS): element.text for element in day}
    return {"verb": got.verb, "area": None} | found


def test_days_before_the_ledger_begins_get_no_indices(rows):
    ServedDay.objects.all().delete()
    daily_figures.keep_served(day=NIGHT.date())
    assert daily_figures.due_days(before=NIGHT.date()) == []
    assert daily_figures.due_days(before=NIGHT.date() + dt.timedelta(days=2)) == [
        NIGHT.date(),
        NIGHT.date() + dt.timedelta(days=1),
    ]
