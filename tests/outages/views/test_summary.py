"""The manager's summary: each figure is that of its own page, the month is for who reads reliability, and nothing grows with outages."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core import clock, permissions
from outages.models import Expectation, Outage
from outages.selectors import outages as reading
from outages.selectors import summary
from tests import cast
from tests.outages.views import scene
from tests.people import Person, text

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def feeder():
    cast.publish(scene.named_feeder())
    scene.crew()


def tile(page: str, heading: str) -> str:
    """What a tile says under its heading, without its markup."""
    found = re.search(rf"<h2>{heading}[^<]*</h2>(.*?)</div>", page)
    assert found, heading
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_with_nothing_out_it_says_so(feeder):
    page = text(Person("MGR").get("/summary/"))
    for words in ("No outages in any area", "Nobody was out", "Nobody is without supply"):
        assert words in page
    assert tile(page, "Announced times") == "— none restored today"
    assert tile(page, "Crews on shift") == "1 1 free"


def test_each_figure_is_that_of_its_own_page(feeder):
    found = scene.outage()
    page = text(Person("MGR").get("/summary/"))
    assert tile(page, "Customers out") == f"{reading.kpis()['customers_out']} 0 critical"
    assert tile(page, "Outages") == "1 1 without a crew today 1 began, 0 over"
    assert tile(page, "Calls today") == "1 1 within the last hour"
    assert f'<a href="/outages/{found.pk}/">{found.pk}</a>' in page
    assert "?area=story-s" in page
    assert re.search(r"<h2>SAIDI</h2>.*, so far<br>", page)


def test_times_that_were_kept_and_times_that_have_passed(feeder):
    found, at = scene.outage(), clock.now()
    Outage.objects.update(etr_at=at - dt.timedelta(minutes=1))
    anna = cast.person("anna", "OPR")
    assert (summary.today(anna, at).overdue, summary.today(anna, at).promised.count) == (1, 0)
    restored = at - dt.timedelta(minutes=2)
    Outage.objects.update(state="restored", restored_at=restored)
    for minutes, promised in ((9, -30), (5, 30)):  # told too early first; the last word counts
        Expectation.objects.create(
            outage=found,
            source="operator",
            etr_at=restored + dt.timedelta(minutes=promised),
            given_at=at - dt.timedelta(minutes=minutes),
        )
    told = summary.today(anna, at)
    assert (told.overdue, told.restored, told.promised.count, told.promised.kept) == (0, 1, 1, 1.0)
    assert tile(text(Person("MGR").get("/summary/")), "Announced times").startswith("100")


def test_who_does_not_read_reliability_sees_no_index(feeder, monkeypatch):
    assert "<h2>SAIDI" in text(Person("DSP").get("/summary/"))
    monkeypatch.setitem(permissions.ACTIONS, "read_reliability", frozenset({"MGR"}))
    page = text(Person("DSP").get("/summary/"))
    assert "<h2>SAIDI" not in page and "<h2>Customers out</h2>" in page


def test_it_renews_itself_alone(feeder):
    manager = Person("MGR")
    page = text(manager.get("/summary/"))
    assert 'hx-trigger="tieline:outages from:body, tieline:crews from:body, tieline:calls from:body, every 60s"' in page
    assert text(manager.fetch("/summary/")).startswith('<div class="page-head">')


def test_what_it_asks_does_not_grow_with_the_outages(feeder):
    manager = Person("MGR")
    scene.outage()
    text(manager.get("/summary/"))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            text(manager.get("/summary/"))
        counts.append(len(asked))
        if len(counts) == 1:
            scene.second_outage()
    assert counts[1] <= counts[0]
