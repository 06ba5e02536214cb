"""X05 in the browser: list, calendar, request with a look ahead, page and steps of planned outages, customers as page and file."""

import csv
import datetime as dt
import io

import pytest
from django.utils import timezone

from adms.core import clock
from outages.models import PlannedOutage
from outages.services import planned
from outages.services.planned import Wanted
from tests.cast import ANNA, person
from tests.outages.views import scene
from tests.people import Person, text, toast

AREA = "story-s"
SUE = person("sue", "SOP")


def moment(days: float) -> str:
    return (timezone.localtime(clock.now()) + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def asked(device: str = "SW1", *, days: float = 5, by=ANNA) -> PlannedOutage:
    at = clock.now()
    begins = at + dt.timedelta(days=days)
    return planned.request(
        actor=by, model="story", devices=[Wanted(device)], begins_at=begins, ends_at=begins + dt.timedelta(hours=2),
        purpose="Replace a pole", at=at,
    )  # fmt: skip


def typed(go: str, **more: object) -> dict[str, object]:
    window = {"begins_at": moment(5), "ends_at": moment(5.1)}
    return {
        "go": go,
        "model": "story",
        "device": "",
        "purpose": "New pole",
        "order_reference": "SO-7",
        **window,
        **more,
    }


@pytest.mark.usefixtures("network")
def test_who_asked_and_decided_is_called_by_name():
    anna, sue = Person("OPR", AREA, name="anna"), Person("SOP", AREA, name="sue")
    anna.is_called("Anna", "Lind")
    sue.is_called("Susan", "Bell")
    row = asked()
    planned.approve(actor=SUE, planned_id=row.pk, at=clock.now())
    assert '<td class="phone-hide">Anna Lind</td>' in text(anna.get("/planned/", show="all"))
    page = text(anna.get(f"/planned/{row.pk}/"))
    assert "asked by Anna Lind · decided by Susan Bell" in page
    assert page.count("Susan Bell") > 1  # on the timeline, too


@pytest.mark.usefixtures("network")
class TestRequest:
    """From the map or by search, with a look ahead."""

    def test_a_device_of_the_map_is_looked_at_before_it_is_asked_for(self):
        anna = Person("OPR", AREA)
        anna.get("/planned/new/", model="story", device="SW1")
        page = text(anna.get("/planned/new/"))
        assert "SW1" in page and "What it would do" in page
        ahead = text(anna.submit("/planned/new/", **typed("preview")))
        assert "<dd>11</dd>" in ahead
        assert PlannedOutage.objects.count() == 0
        made = anna.submit("/planned/new/", **typed("request"))
        row = PlannedOutage.objects.get()
        assert (made.status_code, made["Location"]) == (302, f"/planned/{row.pk}/")
        assert (row.device_mrids, row.purpose, row.order_reference) == (["SW1"], "New pole", "SO-7")
        assert "No device yet" in text(anna.get("/planned/new/"))

    def test_devices_are_found_added_and_removed_without_losing_what_is_typed(self):
        anna = Person("OPR", AREA)
        page = text(anna.submit("/planned/new/", **typed("find", device="sw1")))
        assert 'value="remove:SW1"' in page and 'value="New pole"' in page
        assert "add:TIE" in text(anna.submit("/planned/new/", **typed("find", device="ti")))
        page = text(anna.submit("/planned/new/", **typed("add:TIE")))
        assert "remove:TIE" in page and "remove:SW1" in page
        assert "remove:SW1" not in text(anna.submit("/planned/new/", **typed("remove:SW1")))
        assert "No switch is called that" in text(anna.submit("/planned/new/", **typed("find", device="zz")))
        to_map = anna.submit("/planned/new/", **typed("map"))
        assert to_map["Location"] == "/?model=story"
        anna.get("/planned/new/", model="story", device="SW1")
        page = text(anna.get("/planned/new/"))
        assert "remove:SW1" in page and 'value="New pole"' in page
        assert "remove:TIE" not in text(anna.submit("/planned/new/", **typed("clear")), 302)

    def test_what_cannot_be_is_said_in_place(self):
        anna = Person("OPR", AREA)
        anna.get("/planned/new/", model="story", device="SW1")
        assert "purpose is needed" in text(anna.submit("/planned/new/", **typed("request", purpose="")), 422)
        late = typed("request", begins_at=moment(-2), ends_at=moment(-1))
        assert "window is over" in text(anna.submit("/planned/new/", **late), 422)
        assert "Say when" in text(anna.submit("/planned/new/", **typed("request", ends_at="")), 422)
        assert PlannedOutage.objects.count() == 0

    def test_who_may_not_ask_sees_no_form(self):
        assert Person("MGR").get("/planned/new/").status_code == 403
        assert "/planned/new/" not in text(Person("MGR").get("/planned/"))


@pytest.mark.usefixtures("network")
class TestSteps:
    """Buttons by role and state; each asks before it acts."""

    def test_from_request_to_notices_by_two_people(self):
        anna, ingrid = Person("OPR", AREA), Person("SOP", AREA)
        anna.get("/planned/new/", model="story", device="SW1")
        anna.submit("/planned/new/", **typed("request"))
        row = PlannedOutage.objects.get()
        page = text(anna.get(f"/planned/{row.pk}/"))
        assert "Your role does not cover this" in page and "hospital" in page
        assert "Approve planned outage" in text(ingrid.fetch(f"/planned/{row.pk}/approve/"))
        assert "is approved" in toast(ingrid.post(f"/planned/{row.pk}/approve/"))["text"]
        assert "11 customers lose supply, 6 of them critical" in text(anna.fetch(f"/planned/{row.pk}/notify/"))
        assert "11 customers are being told" in toast(anna.post(f"/planned/{row.pk}/notify/"))["text"]
        scene.deliver()
        page = text(anna.get(f"/planned/{row.pk}/"))
        assert "Announced" in page and "0 of 6" in page and "critical customers have not acknowledged" in page
        told = row.notices.get().customers.filter(is_critical=True).order_by("pk").first()
        assert "Who said so" in text(anna.fetch(f"/planned/notices/{told.pk}/acknowledge/"))
        toast(anna.post(f"/planned/notices/{told.pk}/acknowledge/", reason="Dr Lenz by telephone"))
        assert "Dr Lenz by telephone" in text(anna.get(f"/planned/{row.pk}/customers/"))
        assert "Told in another way" in text(anna.get(f"/planned/{row.pk}/notices/1/"))
        assert "11 customers count" in toast(anna.post(f"/planned/{row.pk}/notices/1/told/", reason="letter"))["text"]
        assert Person("DSP", "story-s2").get(f"/planned/{row.pk}/notices/1/").status_code == 404

    def test_who_asked_for_it_cannot_press_approve(self):
        ingrid = Person("SOP", AREA)
        row = asked(by=person(ingrid.name, "SOP", AREA))
        assert "another person approves it" in text(ingrid.get(f"/planned/{row.pk}/"))
        assert "another person" in text(ingrid.post(f"/planned/{row.pk}/approve/"), 409)

    def test_a_collision_asks_why_nevertheless(self):
        ingrid = Person("SOP", AREA)
        asked()
        row = asked()
        assert "Why nevertheless" in text(ingrid.fetch(f"/planned/{row.pk}/approve/"))
        assert "A reason is needed" in text(ingrid.post(f"/planned/{row.pk}/approve/"), 422)
        toast(ingrid.post(f"/planned/{row.pk}/approve/", reason="one crew does both"))
        assert PlannedOutage.objects.get(pk=row.pk).state == "approved"

    def test_window_rejection_and_cancellation_ask_why(self):
        ingrid = Person("SOP", AREA)
        row, other = asked(), asked("F1")
        page = text(ingrid.fetch(f"/planned/{row.pk}/window/"))
        assert 'type="datetime-local"' in page
        window = {"begins_at": moment(8), "ends_at": moment(8.1)}
        assert "A reason is needed" in text(ingrid.post(f"/planned/{row.pk}/window/", **window), 422)
        toast(ingrid.post(f"/planned/{row.pk}/window/", reason="rain", **window))
        toast(ingrid.post(f"/planned/{row.pk}/cancel/", reason="no pole"))
        toast(ingrid.post(f"/planned/{other.pk}/reject/", reason="festival"))
        states = dict(PlannedOutage.objects.values_list("pk", "state"))
        assert states == {row.pk: "cancelled", other.pk: "rejected"}
        assert "no pole" in text(ingrid.get(f"/planned/{row.pk}/"))


@pytest.mark.usefixtures("network")
class TestLists:
    """List, calendar and customers."""

    def test_nothing_yet_is_said_with_what_to_do(self):
        anna = Person("OPR", AREA)
        assert "No planned outages here" in text(anna.get("/planned/"))
        assert "Planned outages by day" in text(anna.get("/planned/calendar/"))

    def test_lists_by_state_word_and_day(self):
        anna = Person("OPR", AREA)
        row = asked()
        link = f'href="/planned/{row.pk}/"'
        assert link in text(anna.get("/planned/"))
        assert link in text(anna.get("/planned/", show="todo", q="pole sw1"))
        assert link not in text(anna.get("/planned/", show="ended"))
        assert link not in text(anna.get("/planned/", q="cable"))
        day = timezone.localtime(row.begins_at).date()
        assert link in text(anna.get("/planned/", day=day.isoformat()))
        assert link not in text(anna.get("/planned/", day=(day - dt.timedelta(days=2)).isoformat()))
        assert link in text(anna.get("/planned/", day="no day"))

    @pytest.mark.parametrize("view", ["month", "week"])
    def test_the_calendar_shows_the_first_of_a_day_and_how_many_more(self, view):
        anna = Person("OPR", AREA)
        rows = [asked(days=5) for _ in range(6)]
        day = timezone.localtime(rows[0].begins_at).date()
        page = text(anna.get("/planned/calendar/", view=view, day=day.isoformat()))
        shown = sum(f'href="/planned/{row.pk}/"' in page for row in rows)
        assert (shown >= 4, " more</a>" in page) == (True, view == "month")
        other = text(anna.get("/planned/calendar/", view=view, day=(day + dt.timedelta(days=70)).isoformat()))
        assert f'href="/planned/{rows[0].pk}/"' not in other

    def test_customers_are_for_who_may_see_them(self):
        row = asked()
        anna = Person("OPR", AREA)
        answer = anna.get(f"/planned/{row.pk}/customers.csv")
        lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
        assert (len(lines), lines[0]["critical"], lines[0]["customer"]) == (11, "hospital", "Wendt-10")
        for other in (Person("MGR"), Person("ENG")):
            assert other.get(f"/planned/{row.pk}/customers.csv").status_code == 403
            assert "Wendt-10" not in text(other.get(f"/planned/{row.pk}/"))
        assert Person("OPR", "story-s2").get(f"/planned/{row.pk}/customers/").status_code == 404

    def test_the_panel_of_a_switch_leads_there(self):
        row = asked()
        panel = text(Person("OPR", AREA).fetch("/outages/of/story/SW1/"))
        assert f'href="/planned/{row.pk}/"' in panel and "/planned/new/?model=story&amp;device=SW1" in panel
        assert "/planned/new/" not in text(Person("OPR", AREA).fetch("/outages/of/story/L1/"))
        assert "/planned/new/" not in text(Person("MGR").fetch("/outages/of/story/SW1/"))


@pytest.mark.usefixtures("network")
class TestOrders:
    """Its orders stand on its page, and one is written from there."""

    def test_an_order_is_written_for_it_with_its_devices_and_window(self):
        row = asked()
        anna = Person("OPR")
        assert "No order is written for it yet" in text(anna.get(f"/planned/{row.pk}/"))
        address = f"/orders/new/?planned={row.pk}"
        assert address in text(anna.get(f"/planned/{row.pk}/"))
        form = text(anna.get("/orders/new/", planned=row.pk))
        assert "open SW1\nnote : Replace a pole\nclose SW1" in form_lines(anna, row)
        assert f'name="planned_outage" value="{row.pk}"' in form
        steps = "open SW1\nnote : Replace a pole\nclose SW1"
        made = anna.submit(
            "/orders/new/", model="story", kind="planned", purpose="Pole", planned_outage=row.pk, steps=steps
        )
        order = row.orders.get()
        assert (made.status_code, made["Location"]) == (302, f"/orders/{order.pk}/")
        assert f'href="/planned/{row.pk}/"' in text(anna.get(f"/orders/{order.pk}/"))
        page = text(anna.get(f"/planned/{row.pk}/"))
        assert order.reference in page
        assert "0 of 3 steps" in page

    def test_one_of_another_area_or_unknown_is_not_found(self):
        assert Person("OPR").get("/orders/new/", planned=999_999).status_code == 404


def form_lines(who: Person, row: PlannedOutage) -> str:
    """The page of a new order with its lines kept apart."""
    return who.get("/orders/new/", planned=row.pk).content.decode()
