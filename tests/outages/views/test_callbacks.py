"""Pages and REST of callbacks and critical customers (X07)."""

import csv
import io
import re

import pytest

from adms.core import clock
from adms.core.models import Setting
from metering.models import Customer, UsagePoint
from outages.models import Callback, Outage
from outages.services import callbacks
from outages.views import critical as critical_views
from tests import cast
from tests.outages.views import scene
from tests.people import Person, text, toast
from tests.rest import Api, error


@pytest.fixture
def promised(outage):
    """The caller of the scene wants to be called back."""
    callbacks.look_after(at=clock.now())
    return Callback.objects.get()


def point(transformer):
    return UsagePoint.objects.filter(equipment_mrid=transformer).order_by("pk").first()


def test_the_list_shows_who_waits_with_the_outage(promised):
    page = text(Person("DSP").get("/callbacks/", show="waiting"))
    assert "Ida Weber" in page and "Call now" in page
    assert f"/outages/{promised.outage_id}/" in page
    assert "No callbacks here" in text(Person("DSP").get("/callbacks/"))
    assert "Ida Weber" not in text(Person("DSP", "story-s2").get("/callbacks/", show="all"), 200)


def test_a_person_calls_and_says_what_became_of_it(promised):
    tom = Person("DSP")
    assert "is to be called now" in toast(tom.post(f"/callbacks/{promised.pk}/now/"))["text"]
    scene.deliver()
    page = text(tom.get("/callbacks/"))
    assert "by a person" in page and "Not reached" in page
    assert "taken as a new call" in toast(tom.post(f"/callbacks/{promised.pk}/still_out/"))["text"]
    assert "Still out" in text(tom.get("/callbacks/", show="still_out"))
    assert "over" in toast(tom.post(f"/callbacks/{promised.pk}/reached/"), 409)["text"]
    assert "1 still out" in text(tom.get(f"/outages/{promised.outage_id}/")).replace('<b class="tone-p2">', "")


def test_withdrawing_asks_why(promised):
    tom = Person("DSP")
    assert "Reason" in text(tom.fetch(f"/callbacks/{promised.pk}/withdraw/"))
    assert "Say why" in text(tom.post(f"/callbacks/{promised.pk}/withdraw/", reason=""), 422)
    toast(tom.post(f"/callbacks/{promised.pk}/withdraw/", reason="he came by"))
    promised.refresh_from_db()
    assert (promised.state, promised.answer) == ("withdrawn", "he came by")


def test_the_list_as_a_file(promised):
    answer = Person("DSP").get("/callbacks/file.csv", show="all")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (row["customer"], row["outage"], row["state"]) == ("Ida Weber", str(promised.outage_id), "Waits for supply")


def test_callbacks_over_rest(promised):
    api = Api("INT")
    (one,) = api.get("callbacks", show="waiting").json()["results"]
    assert (one["id"], one["name"], one["outage"]) == (promised.pk, "Ida Weber", promised.outage_id)
    made = api.post("callbacks", {"usage_point": point("T3").pk})
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    assert api.post(f"callbacks/{promised.pk}/now").json()["state"] == "due"
    told = api.post(f"callbacks/{promised.pk}/answer", {"outcome": "reached"})
    assert (told.status_code, told.json()["state"]) == (200, "reached")
    assert error(api.post(f"callbacks/{promised.pk}/now"), 409)
    assert error(api.post(f"callbacks/{promised.pk}/answer", {"outcome": "maybe"}), 422)
    assert Api("MGR").get("callbacks").status_code == 403


# Critical customers: T3's are hospitals


@pytest.fixture
def hospital_out(outage):
    scene.second_outage()
    return Outage.objects.get(critical_out__gt=0)


def test_critical_customers_out_are_shown_with_what_they_manage_and_a_call(hospital_out):
    tom = Person("DSP")
    page = text(tom.get("/critical/"))
    number = hospital_out.critical_out
    assert page.count("Own generator; ask for its fuel") == number > 0
    assert f"/outages/{hospital_out.pk}/" in page and "usually until" in page
    assert "No critical customer is out" in text(tom.get("/critical/", kind="water"))
    member = UsagePoint.objects.exclude(customer__critical="").order_by("pk").first()
    assert "will be called back" in toast(tom.post(f"/callbacks/of/{member.pk}/"))["text"]
    assert "Waits for supply" in text(tom.get("/critical/"))


def test_the_list_of_critical_customers_is_paged_and_each_is_on_one_page(hospital_out, monkeypatch):
    Customer.objects.update(critical="hospital")
    tom = Person("DSP")
    everybody = re.findall(r'data-row="(\d+)"', text(tom.get("/critical/")))
    assert len(everybody) == len(set(everybody)) > 1
    monkeypatch.setattr(critical_views, "PAGE_SIZE", 1)
    pages = [text(tom.get("/critical/", page=str(number))) for number in range(1, len(everybody) + 1)]
    assert [re.findall(r'data-row="(\d+)"', page) for page in pages] == [[one] for one in everybody]
    assert f"of {len(everybody)} customers" in pages[0] and "Next" in pages[0] and "Previous" in pages[-1]
    assert "Older" not in pages[0]
    assert 'href="?kind=hospital"' in pages[-1]


def test_the_raised_priority_says_why_everywhere(hospital_out):
    tom = Person("DSP")
    number = hospital_out.critical_out
    assert f"Priority raised by {100 * number}: {number} × Hospital" in text(tom.get(f"/outages/{hospital_out.pk}/"))
    assert f"{number} × Hospital" in text(tom.get("/dispatch/"))
    assert 'href="/critical/"' in text(tom.get("/storm/"))


def test_kinds_are_data(hospital_out):
    kinds = {"hospital": {"label": "Klinik", "rank": 1, "backup_hours": 1, "note": "Fragen"}}
    Setting.objects.create(key="critical.kinds", value=kinds, changed_by="test", changed_at=clock.now())
    page = text(Person("DSP").get("/critical/"))
    assert "Klinik" in page and "Fragen" in page and ">Hospital<" not in page.replace(" ", "")


def test_critical_customers_over_rest(hospital_out):
    items = Api("INT").get("critical-customers", kind="hospital").json()["items"]
    assert {one["outage"] for one in items} == {hospital_out.pk}
    assert {one["kind_label"] for one in items} == {"Hospital"}
    assert len(items) == hospital_out.critical_out
    assert Api("MGR").get("critical-customers").status_code == 403


def test_who_has_supply_again_is_gone_from_the_list(hospital_out):
    at = clock.now()
    cast.power_back(cast.meters_at("T3"), at)
    scene.deliver(at)
    assert "No critical customer is out" in text(Person("DSP").get("/critical/"))
