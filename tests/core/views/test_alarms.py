"""Alarms by page and by REST: the same rights, the same words."""

import pytest

from adms.core import alarms as declaring
from adms.core import clock
from adms.core.alarms import Raised
from adms.core.models import Alarm, AlarmShelf
from adms.core.services import alarms, areas
from tests.people import Person, text, toast
from tests.rest import Api, error

TRIP = declaring.declare("page_trip", priority=1, title="Unexpected trip", response="Look.")


@pytest.fixture
def trip(db):
    areas.ensure(key="north", name="North")
    areas.ensure(key="south", name="South")
    alarms.raise_(facts=[Raised(TRIP, "CB1", "north", "CB1 Northgate", link="/control/")], at=clock.now())
    return Alarm.objects.get()


def test_the_page_and_the_list_beside_the_map_tell_it(trip):
    anna = Person("OPR")
    page = text(anna.get("/alarms/"))
    assert "Unexpected trip" in page
    assert "CB1 Northgate" in page
    assert "Unexpected trip" in text(anna.fetch("/alarms/beside/"))
    assert "1 new" in text(anna.fetch("/alarms/bar/"))


@pytest.mark.parametrize("tab", ["shelved", "stale", "journal", "rates", "kinds"])
def test_every_tab_answers(trip, tab):
    assert "<h1>Alarms</h1>" in text(Person("OPR").get(f"/alarms/{tab}/"))


def test_acknowledged_on_the_page(trip):
    anna = Person("OPR")
    told = toast(anna.post("/alarms/acknowledge/", numbers=str(trip.pk), seen=str(trip.latest)))
    assert told["text"] == "1 acknowledged"
    trip.refresh_from_db()
    assert trip.acknowledged_by == anna.name


def test_the_wrong_desk_is_refused(trip):
    answer = Person("OPR", "south").post("/alarms/acknowledge/", numbers=str(trip.pk), seen=str(trip.latest))
    assert answer.status_code == 403
    trip.refresh_from_db()
    assert not trip.is_acknowledged


def test_shelved_with_undo(trip):
    anna = Person("OPR")
    assert "until it returns to normal" in text(anna.fetch(f"/alarms/{trip.pk}/shelve/", target="dialog"))
    told = toast(anna.post(f"/alarms/{trip.pk}/shelve/", choice="2", reason="known"))
    assert "CB1 Northgate" in text(anna.get("/alarms/shelved/"))
    toast(anna.post(told["undo"]))
    assert AlarmShelf.objects.get().ended_by == anna.name


def test_a_kind_changed_by_an_engineer(trip):
    ina = Person("ENG")
    toast(ina.post("/alarms/kinds/page_trip/", choice="2", reason="not that urgent"))
    assert "not that urgent" in text(ina.get("/alarms/kinds/"))
    assert Person("OPR").post("/alarms/kinds/page_trip/", choice="2", reason="no").status_code == 403


def test_rest_does_the_same(trip):
    anna = Api("OPR")
    (told,) = anna.get("alarms", unacknowledged="true").json()["results"]
    assert (told["title"], told["priority"], told["area"]) == ("Unexpected trip", 1, "north")
    shelf = anna.post(f"alarms/{told['id']}/shelve", {"hours": None, "reason": "until mended"}).json()
    assert anna.get("alarms/shelves").json()["results"][0]["id"] == shelf["id"]
    assert anna.delete(f"alarms/shelves/{shelf['id']}").status_code == 200
    (again,) = anna.get("alarms").json()["results"]
    done = anna.post("alarms/acknowledge", {"alarms": [again["id"]], "seen": again["latest"]}).json()
    assert done == {"acknowledged": 1, "newer": 0, "elsewhere": 0}
    assert anna.get("alarms/rates", days=1).json()["alarms"] == 1
    kinds = {one["definition"]: one for one in anna.get("alarms/kinds").json()["results"]}
    assert kinds["switch_opened"]["priority"] == 1


def test_rest_says_where_it_is_wrong(trip):
    anna = Api("OPR")
    assert (
        error(anna.post(f"alarms/{trip.pk}/shelve", {"hours": 99, "reason": "long"}), 422)["data"]["field"] == "hours"
    )
    assert error(anna.post("alarms/acknowledge", {"alarms": [10**9], "seen": 1}), 404)["code"] == "not_found"
    assert error(Api("MGR").post("alarms/acknowledge", {"alarms": [trip.pk], "seen": trip.latest}), 403)
