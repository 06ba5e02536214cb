"""The pages of replays: asked for by a form, watched, read, filtered, taken as a file (X06)."""

import csv
import datetime as dt
import io

import pytest
from django.utils import timezone

from adms.core import clock
from network.selectors import state
from outages.models import PredictionReplay
from outages.services import prediction, replay_jobs
from tests.cast import deliver, gasp, meters_at, publish
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db
LIST = "/rules/replays/"


@pytest.fixture(autouse=True)
def night(db) -> dt.datetime:
    """F1 is predicted an hour ago."""
    state.forget()
    publish()
    at = clock.now() - dt.timedelta(hours=1)
    gasp(meters_at("T1", "T2"), at)
    deliver(at + dt.timedelta(seconds=1))
    prediction.run(model="story", at=at + dt.timedelta(seconds=60))
    return at


@pytest.fixture
def ida() -> Person:
    return Person("ENG", name="ida")


def local(at: dt.datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M:%S")


def ask(person: Person, at: dt.datetime, **changes: str) -> str:
    """Ask for a replay; the address of its page."""
    hour = dt.timedelta(hours=1)
    form = {"model": "story", "begin": local(at - hour), "end": local(at + hour / 2), "rules": "all/normal/0"}
    answer = person.submit(f"{LIST}ask/", **(form | changes))
    assert answer.status_code == 302, text(answer, 422)
    return str(answer["Location"])


def test_the_engine_chosen_beside_the_rules_plays_whatever_an_edited_copy_would_have(ida, night):
    assert text(ida.get(LIST)).count('name="engine"') == 1
    ask(ida, night, by_engine="likelihood", engine="rules")
    assert PredictionReplay.objects.get().engine == "likelihood"


def test_a_replay_is_watched_to_its_end_and_its_outages_stand_side_by_side(ida, night):
    there = ask(ida, night)
    waiting = text(ida.get(there))
    assert "waits for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert "HX-Refresh" not in ida.fetch(there).headers
    replay_jobs.JOBS.run_waiting(clock=clock.now)
    assert ida.fetch(there)["HX-Refresh"] == "true"
    page = text(ida.get(there))
    assert "As it was, and as it would have been" in page
    assert "the same" in page
    assert "What a replay leaves out" in page and "the ledger is not replayed" in page
    assert "No outage here" in text(ida.get(f"{there}?show=only_replayed"))
    assert "normal, as built in" in text(ida.get(LIST))


def test_an_edited_copy_says_what_was_edited_and_gives_its_file(ida, night):
    there = ask(ida, night, is_copy="1", min_transformers="3")
    replay_jobs.JOBS.run_waiting(clock=clock.now)
    assert "Transformers with reports 2 → 3" in text(ida.get(there))
    rows = list(csv.DictReader(io.StringIO(ida.get(f"{there}outages.csv?show=different").content.decode())))
    assert {row["device_replayed"] for row in rows} == {"T1", "T2"}
    assert [row["device_then"] for row in rows if row["outage"]] == ["F1"]
    all_then, all_replayed = (
        sum(float(row[f"customer_minutes_{side}"] or 0) for row in rows) for side in ("then", "replayed")
    )
    assert all_then == all_replayed > 0  # T1 and T2 are all of F1's customers
    page = text(ida.get(there))
    less = round(float(rows[1]["customer_minutes_replayed"]))  # those of T2
    assert f"-{less} customer-minutes" in page and f"+{less} customer-minutes" in page


def test_what_is_wrong_stays_typed_and_is_said_beside_its_field(ida, night):
    hour = dt.timedelta(hours=1)
    form = {"model": "story", "begin": local(night), "end": local(night - hour), "rules": "all/normal/0"}
    page = text(ida.submit(f"{LIST}ask/", **form), 422)
    assert "ends before it begins" in page
    assert f'value="{form["begin"]}"' in page
    page = text(ida.submit(f"{LIST}ask/", **form, is_copy="1", min_fraction="lots"), 422)
    assert 'value="lots"' in page
    page = text(ida.submit(f"{LIST}ask/", **(form | {"rules": "then", "is_copy": "1"})), 422)
    assert "Choose the version the edited copy begins from" in page
    assert not PredictionReplay.objects.exists()


def test_it_is_cancelled_from_its_page(ida, night):
    there = ask(ida, night, rules="then")
    assert toast(ida.post(f"{there}cancel/"))["text"] == "It is being cancelled"
    assert "cancelled by ida; nothing of it was kept" in text(ida.get(there))


def test_a_manager_reads_but_does_not_ask(night):
    mia = Person("MGR")
    assert "Operators, senior operators and engineers replay periods" in text(mia.get(LIST))
    form = {"model": "story", "begin": local(night), "end": local(clock.now()), "rules": "then"}
    assert mia.submit(f"{LIST}ask/", **form).status_code == 403


def test_the_page_of_a_set_shows_any_version_and_leads_to_its_replay():
    mia = Person("MGR")
    mia.submit("/rules/sets/all/normal/", min_transformers="4", reason="try", seen="0")
    page = text(mia.get("/rules/sets/all/normal/?version=0"))
    assert "as in version 0" in page
    assert "/rules/replays/?rules=all/normal/0" in page
    chosen = text(Person("ENG").get(f"{LIST}?rules=all/normal/1"))
    assert '<option value="all/normal/1" selected>' in chosen
    assert "They begin as in normal, version 1" in chosen
    assert mia.get("/rules/sets/all/normal/?version=9").status_code == 404
