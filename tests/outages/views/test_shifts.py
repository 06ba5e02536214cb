"""Pages of the shift log and of handovers: what they show, what events write there, files, and REST beside them."""

import datetime as dt
import re

import pytest

from adms.core import clock
from adms.core.events import Recorded
from adms.core.models import Handover, ShiftEntry, User
from adms.core.services import leases
from outages.events import OutageChanged
from outages.models import Outage
from outages.services import shift_entries
from tests.cast import deliver
from tests.people import Person, text, toast
from tests.rest import Api, error

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(outage) -> Person:
    return Person("OPR", name="anna-x")


@pytest.fixture
def ben(outage) -> Person:
    return Person("OPR", name="ben-x")


def area() -> str:
    return leases.present(at=clock.now())[0].area


def write(who: Person, words: str, **more) -> ShiftEntry:
    answer = who.post("/shift/", area=area(), text=words, **more)
    assert answer.status_code == 204, answer.content
    return ShiftEntry.objects.filter(text=words).latest("pk")


def test_an_entry_about_an_outage_links_to_it(anna, outage):
    row = write(anna, "Crew sees a broken insulator", about=f"outage {outage.pk}")
    assert (row.about, row.link) == (f"Outage {outage.pk}", f"/outages/{outage.pk}/")
    assert f'href="/outages/{outage.pk}/"' in text(anna.get("/shift/"))


def test_an_entry_about_a_device_leads_to_the_map(anna):
    assert "branch=" in write(anna, "Oil stain", about="f1").link


def test_an_entry_about_nothing_that_is_called_so_is_refused_in_words(anna):
    assert "Nothing was changed" in toast(anna.post("/shift/", area=area(), text="x", about="zzz"), 422)["text"]
    assert not ShiftEntry.objects.exclude(author="").exists()


def test_a_correction_shows_both_versions(anna):
    row = write(anna, "At ten past")
    address = f"/shift/entries/{row.entry}/"
    assert anna.post(address, text="At twenty past", reason="misheard", seen="1").status_code == 204
    body = text(anna.fetch(address, target="dialog"))
    assert "At ten past" in body
    assert "misheard" in body
    assert "At ten past" not in text(anna.get("/shift/"))


def test_events_write_themselves_down_once(anna, outage):
    at = clock.now() + dt.timedelta(seconds=1)
    deliver(at)
    deliver(at)
    assert ShiftEntry.objects.filter(kind="outage", about=f"Outage {outage.pk}").count() == 1


def test_an_outage_of_one_customer_is_written_down_in_the_singular(outage):
    Outage.objects.filter(pk=outage.pk).update(customers_affected=1)
    at = clock.now()
    fact = OutageChanged(outage.pk, str(outage.mrid), outage.model_key, "changed", 9, "confirmed", at)
    shift_entries.follow(batch=[Recorded(area(), 9_999, at, fact)], at=at)
    assert ShiftEntry.objects.filter(text=f"Outage confirmed: {outage.device_name}, 1 customer").exists()


def test_taking_an_area_writes_itself_down(anna):
    text(anna.post(f"/control/areas/{area()}/take/"), 204)
    deliver(clock.now())
    assert ShiftEntry.objects.get(kind="authority").text == "anna-x took the area"


def test_who_took_an_area_is_told_by_their_full_name(anna):
    User.objects.filter(username="anna-x").update(first_name="Anna", last_name="Moreno")
    done = anna.post(f"/control/areas/{area()}/take/")
    assert toast(done)["text"].startswith("You hold ")
    deliver(clock.now())
    assert ShiftEntry.objects.get(kind="authority").text == "Anna Moreno took the area"


def test_the_file_of_the_log_holds_no_formula(anna):
    write(anna, "=1+1")
    lines = anna.get("/shift/log.csv").content.decode().splitlines()
    assert any("'=1+1" in line for line in lines[1:])


def test_two_persons_hand_a_shift_over_with_the_area(anna, ben, outage):
    text(anna.post(f"/control/areas/{area()}/take/"), 204)
    write(anna, "Key of TX4 is with crew 2", for_next="1")
    page = text(anna.get("/shift/handovers/"))
    assert re.search(r"Key of TX4 is with crew 2 \(anna-x, \d\d [A-Z][a-z]{2} \d\d:\d\d\)", page)
    text(anna.post(f"/shift/areas/{area()}/sign/", choice="ben-x", reason="Quiet night"), 204)
    assert 'disabled title="Handed over already: withdraw that first"' in text(anna.get("/shift/handovers/"))
    row = Handover.objects.get()
    titles = {section["title"]: section["rows"] for section in row.contents}
    assert titles["Outages"][0]["link"] == f"/outages/{outage.pk}/" or len(titles["Outages"]) > 1
    assert "Accept" not in text(anna.get(f"/shift/handovers/{row.pk}/"))
    assert "Accept" in text(ben.get(f"/shift/handovers/{row.pk}/"))
    assert "goes with it" in text(ben.fetch(f"/shift/handovers/{row.pk}/accept/", target="dialog"))
    text(ben.post(f"/shift/handovers/{row.pk}/accept/"), 204)
    assert next(one.holder for one in leases.present(at=clock.now()) if one.area == area()) == "ben-x"
    assert anna.get(f"/shift/handovers/{row.pk}/print.pdf").content.startswith(b"%PDF")
    assert "disabled" not in text(anna.get("/shift/handovers/")).partition('data-key="s"')[2].partition("</button>")[0]


@pytest.mark.parametrize("role", ["CRW", "ADM"])
def test_who_may_not_see_the_network_sees_no_log_and_no_handover(role, outage):
    who = Person(role)
    for address in ("/shift/", "/shift/log.csv", "/shift/handovers/"):
        assert who.get(address).status_code == 403


def test_other_systems_write_correct_and_hand_over_by_rest(outage):
    anna, ben, engineer = Api("OPR", name="anna-r"), Api("OPR", name="ben-r"), Api("ENG")
    told = anna.post("shift-log", {"area": area(), "text": "Fog", "is_for_next": True}).json()
    assert (told["kind"], told["author"], told["version"]) == ("next", "anna-r", 1)
    corrected = anna.post(
        f"shift-log/{told['id']}/corrections", {"seen": 1, "text": "Dense fog", "reason": "denser"}
    ).json()
    assert corrected["version"] == 2
    error(anna.post(f"shift-log/{told['id']}/corrections", {"seen": 1, "text": "x", "reason": "late"}), 409)
    assert "Dense fog" in [one["text"] for one in engineer.get("shift-log", kind="next").json()["results"]]
    error(engineer.post("shift-log", {"area": area(), "text": "x"}), 403)
    signed = anna.post("handovers", {"area": area(), "to": "ben-r"}).json()
    error(anna.post(f"handovers/{signed['id']}/accept"), 409)
    assert ben.post(f"handovers/{signed['id']}/accept").json()["state"] == "accepted"
    assert [one["state"] for one in ben.get("handovers").json()["results"]] == ["accepted"]
