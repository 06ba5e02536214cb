"""The second verdict on the page of an outage: asked for when wanted, taken with a reason (X06)."""

import pytest

from adms.core import clock
from outages.models import Outage
from outages.services import prediction
from tests import cast
from tests.outages.views import scene
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db) -> Person:
    return Person("OPR", name="anna")


@pytest.fixture
def moved(network) -> Outage:
    """Predicted at F1 from both transformers, then moved by hand to T1: the other engine sees F1."""
    from outages.services import regrouping

    found = scene.outage()
    regrouping.move(actor=cast.TOM, outage_id=found.pk, device_mrid="T1", at=clock.now())
    found.refresh_from_db()
    return found


def test_the_page_fetches_it_by_itself_and_asks_no_engine_for_its_own_answer(outage, anna):
    page = text(anna.get(f"/outages/{outage.pk}/"))
    assert f'hx-get="/outages/{outage.pk}/verdict/"' in page
    assert "Likelihood" not in page


def test_asked_the_other_engine_says_whether_it_agrees_and_which_one_acts(outage, anna):
    told = text(anna.get(f"/outages/{outage.pk}/verdict/"))
    assert "The likelihood engine agrees: F1, from the same 6 reports." in told
    assert "acts here: Rules, rule set normal, as built in" in told
    assert "Take the other verdict" not in told


def test_what_is_over_says_so(outage, anna):
    anna.post(f"/outages/{outage.pk}/restore/")
    assert "Second verdict" not in text(anna.get(f"/outages/{outage.pk}/"))
    assert "It is over" in text(anna.get(f"/outages/{outage.pk}/verdict/"))


def take(anna: Person, found: Outage, **fields: str):
    return anna.post(f"/outages/{found.pk}/verdict/take/", **fields)


def test_the_other_verdict_is_taken_with_a_reason_and_its_effect_shown_before(moved, anna):
    moved_to_t1 = text(anna.get(f"/outages/{moved.pk}/verdict/"))
    assert "The likelihood engine says F1, not T1" in moved_to_t1
    dialog = text(anna.get(f"/outages/{moved.pk}/verdict/take/"))
    assert "Counted out now: 5, of whom 5 stay; 4 more are counted out." in dialog
    assert "A reason is needed" in text(take(anna, moved, seen="F1/7"), 422)
    assert toast(take(anna, moved, seen="F1/7", reason="two transformers dark"))["text"].endswith("is moved to F1")
    moved.refresh_from_db()
    assert (moved.device_mrid, moved.customers_out, moved.confidence) == ("F1", 9, "probable")


def test_a_verdict_that_changed_meanwhile_is_not_taken(moved, anna):
    told = text(take(anna, moved, seen="CB1/7", reason="quick"), 409)
    assert "look at it first" in told
    moved.refresh_from_db()
    assert moved.device_mrid == "T1"


def test_who_may_not_move_it_is_told_why(moved):
    page = text(Person("MGR").get(f"/outages/{moved.pk}/verdict/"))
    assert "Your role does not cover this in story S." in page
    assert take(Person("MGR"), moved, seen="F1/7", reason="because").status_code == 403


def test_prediction_leaves_it_where_a_person_put_it(moved, anna):
    take(anna, moved, seen="F1/7", reason="two transformers dark")
    prediction.run(model="story", at=clock.now())
    moved.refresh_from_db()
    assert moved.device_mrid == "F1"
