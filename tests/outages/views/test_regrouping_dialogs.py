"""Another device, one outage into another, on the page: the effect is shown before, and what has changed since is refused."""

import pytest

from outages.models import Outage
from outages.services import prediction
from tests import pseudo
from tests.outages.views import scene
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db) -> Person:
    return Person("OPR", name="anna")


def test_a_move_is_shown_before_it_is_done_and_done_with_a_reason(outage, anna):
    page = text(anna.get(f"/outages/{outage.pk}/"))
    assert f"/outages/{outage.pk}/move/?to=up" in page
    assert 'value="T1"' in text(anna.get(f"/outages/{outage.pk}/move/"))
    look = text(anna.post(f"/outages/{outage.pk}/move/", device="T1"))
    assert "Counted out now: 9, of whom 5 stay and 4 are released; 0 more are counted out." in look
    assert "Reports set free for prediction: 2." in look
    outage.refresh_from_db()
    assert outage.device_mrid == "F1"
    seen = str(outage.revision)
    assert "A reason is needed" in text(anna.post(f"/outages/{outage.pk}/move/", device="T1", seen=seen), 422)
    told = toast(anna.post(f"/outages/{outage.pk}/move/", device="T1", seen=seen, reason="fuse found blown"))
    assert told["text"] == f"Outage {outage.pk} is moved to T1"
    outage.refresh_from_db()
    assert (outage.device_mrid, outage.customers_out, outage.confidence) == ("T1", 5, "probable")


def test_the_look_before_a_move_is_told_in_the_readers_language(outage, anna):
    with pseudo.language():
        look = text(anna.post(f"/outages/{outage.pk}/move/", device="T1"))
        toasted = toast(anna.post(f"/outages/{outage.pk}/move/", device="T1", seen=str(outage.revision), reason="seen"))
    assert f"⟦Move outage {outage.pk} to T1?⟧" in look
    assert "⟦Counted out now: 9, of whom 5 stay and 4 are released; 0 more are counted out." in look
    assert toasted["text"] == f"⟦Outage {outage.pk} is moved to T1⟧"


def test_of_two_people_who_saw_the_same_one_wins_and_the_other_is_told_what_changed(outage, anna):
    seen = str(outage.revision)
    toast(anna.post(f"/outages/{outage.pk}/move/", device="T1", seen=seen, reason="fuse found blown"))
    ben = Person("OPR", name="ben")
    late = text(ben.post(f"/outages/{outage.pk}/move/", device="T2", seen=seen, reason="caller said so"), 409)
    assert "It has changed since you looked at it (last: Moved from F1 to T1 by anna" in late
    outage.refresh_from_db()
    assert outage.device_mrid == "T1"


def test_what_cannot_be_is_said_where_it_is_chosen(outage, anna):
    assert "No equipment is called" in text(anna.post(f"/outages/{outage.pk}/move/", device="nowhere"), 422)
    assert "Telemetry shows that device closed" in text(anna.get(f"/outages/{outage.pk}/move/?to=up"), 409)


def test_two_outages_of_a_feeder_are_merged_after_a_look(outage, anna):
    assert "No other outage goes on" in text(anna.get(f"/outages/{outage.pk}/merge/"))
    scene.second_outage()
    prediction.run(model="story", at=scene.clock.now())
    other = Outage.objects.exclude(pk=outage.pk).get()
    assert f"{outage.pk} · F1 · 9" in text(anna.get(f"/outages/{other.pk}/merge/"))
    look = text(anna.post(f"/outages/{other.pk}/merge/", into=str(outage.pk)))
    assert f"Outage {other.pk} is cancelled." in look
    other.refresh_from_db()
    fields = {"into": str(outage.pk), "seen": str(other.revision), "reason": "merged by hand"}
    assert toast(anna.post(f"/outages/{other.pk}/merge/", **fields))["text"].endswith(f"into outage {outage.pk}")
    outage.refresh_from_db()
    assert outage.customers_out == 18


def test_who_may_not_change_it_is_refused(outage):
    seen = str(outage.revision)
    refused = Person("MGR").post(f"/outages/{outage.pk}/move/", device="T1", seen=seen, reason="why not")
    assert refused.status_code == 403
    outage.refresh_from_db()
    assert outage.device_mrid == "F1"
