"""The guided tour: steps are done by what really happened since it began, for each person by themselves."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings

from adms.core import clock
from adms.core.models import Tour
from tests.outages.views import scene
from tests.people import Person, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(network) -> Person:
    return Person("SOP", name="anna-t")


def done(who: Person, address: str = "/") -> int:
    answer = who.client.get("/tour/", headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{address}"})
    return int(re.search(r"(\d) / 6", text(answer))[1])


def begin(who: Person, how: str = "begin") -> None:
    answer = who.client.post("/tour/", {"do": how}, headers={"Referer": "http://testserver/outages/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/outages/")


def test_there_is_no_card_before_it_is_begun_and_pages_do_not_ask_for_one(anna):
    assert text(anna.fetch("/tour/")) == ""
    assert 'id="tour"' not in text(anna.get("/outages/"))
    begin(anna)
    assert 'id="tour"' in text(anna.get("/outages/"))


def test_steps_are_done_by_what_happens_after_it_began(anna):
    scene.outage()
    begin(anna)
    Tour.objects.update(started_at=clock.now() + dt.timedelta(hours=1))
    assert done(anna) == 0
    Tour.objects.update(started_at=clock.now() - dt.timedelta(days=4000))
    first = done(anna)
    assert first >= 1
    assert done(anna, "/reliability/") == first + 1


def test_reading_another_page_than_the_index_is_no_step(anna):
    begin(anna)
    assert done(anna, "/reliability/reports/") == 0


def test_it_is_closed_gone_on_with_and_started_again_by_each_for_themselves(anna):
    ben = Person("SOP", name="ben-t")
    begin(anna)
    begin(ben)
    done(anna, "/reliability/")
    anna.submit("/tour/", do="close")
    assert text(anna.fetch("/tour/")) == ""
    assert 'id="tour"' not in text(anna.get("/outages/"))
    begin(anna)
    assert done(anna) == 1
    begin(anna, "again")
    assert done(anna) == 0
    assert done(ben) == 0


def test_it_never_leads_away_from_the_console(anna):
    answer = anna.client.post(
        "/tour/", {"do": "begin"}, headers={"Referer": "https://elsewhere.example//evil.example/"}
    )
    assert answer.headers["Location"] == "/"


def test_the_help_of_a_page_says_what_it_shows(anna):
    assert "Who wrote an order never approves it" in text(anna.get("/orders/"))
    assert "predicted ones wait for confirmation" in text(anna.get("/outages/"))


def test_a_step_that_the_roles_of_a_person_do_not_cover_says_whose_it_is(network):
    found = scene.outage()
    olga = Person("OPR", name="olga-t")
    begin(olga)
    Tour.objects.update(started_at=clock.now() - dt.timedelta(days=4000))
    assert olga.post(f"/outages/{found.pk}/confirm/").status_code == 204
    card = text(olga.client.get("/tour/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/"}))
    assert "It is done by: Dispatcher, Senior operator." in card


def test_the_card_stands_before_the_work_and_covers_nothing_of_it(anna):
    begin(anna)
    page = text(anna.get("/dispatch/"))
    assert page.index('id="tour"') < page.index('<main id="main"')
    styles = (Path(settings.BASE_DIR) / "static/css/pages.css").read_text()
    assert "fixed" not in re.search(r"^\.tour \{.*\}", styles, re.MULTILINE)[0]
