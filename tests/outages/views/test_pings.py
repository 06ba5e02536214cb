"""Asking meters from pages, the list of pings, and for and against on one screen."""

import csv
import io

import pytest

from adms.core import clock
from metering.models import Ping, PingAnswer, PingBatch, UsagePoint
from metering.services import ping_answers
from metering.services.ping_answers import Answer
from outages.models import Outage
from outages.services import prediction
from tests import cast
from tests.outages.services.acting import ask_about
from tests.outages.views import scene
from tests.people import Person, text, toast
from tests.rest import Api, error

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db) -> Person:
    return Person("OPR", name="anna")


@pytest.fixture
def head_end(db):
    from tests.integration.services.cast import make_partner

    return make_partner(
        "HES", ["reply MeterReadings"], endpoint_url="http://127.0.0.1:9/", subscriptions=["MeterReadings"]
    )


def answer(word: str = "on", **words: str) -> None:
    """The head-end answers what is open: this word, or another for some meter numbers."""
    for batch in PingBatch.objects.filter(ended_at=None):
        meters = PingAnswer.objects.filter(batch=batch).values_list("meter_id", "meter__number")
        told = [Answer(pk, words.get(number, word), clock.now()) for pk, number in meters]
        ping_answers.record_answers(source="HES", batch_id=batch.pk, answers=told, is_last=True, at=clock.now())
    scene.deliver()


def test_an_operator_asks_from_the_outage_and_sees_the_answers(outage, head_end, anna):
    Ping.objects.all().delete()
    assert "Ask meters…" in text(anna.fetch(f"/outages/{outage.pk}/pings/"))
    told = toast(anna.post(f"/outages/{outage.pk}/ping/", sample="transformer", reason="is it the fuse"))
    assert told["text"] == "2 meters are asked"
    scene.deliver()
    assert "2 waiting" in text(anna.fetch(f"/outages/{outage.pk}/pings/"))
    answer("off")
    panel = text(anna.fetch(f"/outages/{outage.pk}/pings/"))
    assert "2 off" in panel
    assert "Without supply" in panel
    assert "is it the fuse" in panel


def test_asking_again_at_once_is_refused_in_the_dialog(outage, head_end, anna):
    Ping.objects.all().delete()
    toast(anna.post(f"/outages/{outage.pk}/ping/", sample="transformer", reason="first"))
    page = text(anna.post(f"/outages/{outage.pk}/ping/", sample="transformer", reason="again"), 409)
    assert "0 meters are asked; not asked: 2 asked within 30 s." in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [({"sample": "all"}, "A reason is needed."), ({"sample": "some", "reason": "why not"}, "nobody is chosen by")],
)
def test_a_bad_question_is_told_in_the_dialog(fields, told, outage, anna):
    assert told.lower() in text(anna.post(f"/outages/{outage.pk}/ping/", **fields), 422).lower()


def test_who_may_not_ask_sees_why_and_cannot(outage):
    manager = Person("MGR")
    assert "Your role does not cover this here" in text(manager.fetch(f"/outages/{outage.pk}/pings/"))
    before = Ping.objects.count()
    assert manager.post(f"/outages/{outage.pk}/ping/", sample="all", reason="curious").status_code == 403
    assert Ping.objects.count() == before


def test_a_customer_and_a_device_are_asked_too(outage, head_end, anna):
    Ping.objects.all().delete()
    point = UsagePoint.objects.filter(equipment_mrid="T5").first()
    assert (
        toast(anna.post(f"/calls/customers/{point.pk}/ping/", reason="the caller insists"))["text"]
        == "1 meter is asked"
    )
    assert (
        toast(anna.post("/outages/of/story/F2/ping/", sample="all", reason="all well below"))["text"]
        == "9 meters are asked"
    )
    assert "1 asked within 30 s" in text(
        anna.post("/outages/of/story/T4/ping/", sample="transformer", reason="again"), 409
    )
    references = set(Ping.objects.values_list("reference", flat=True))
    assert {f"customer:{point.pk}", "device:F2"} <= references


def test_the_list_shows_rules_and_people_apart_and_goes_to_a_spreadsheet(head_end, outage, anna):
    toast(anna.post("/outages/of/story/F2/ping/", sample="transformer", reason="=cmd()"))
    answer("on")
    page = text(anna.get("/pings/"))
    assert "new prediction" in page
    assert "By a rule <span>" in page
    only = text(anna.get("/pings/", show="by_hand"))
    assert "one meter at each transformer" in only
    assert "new prediction" not in only.split("<tbody>")[1]
    assert f"Outage {outage.pk}" in text(anna.get("/pings/", outage=str(outage.pk)))
    rows = list(csv.DictReader(io.StringIO(anna.get("/pings/export.csv").content.decode())))
    assert len(rows) == PingAnswer.objects.count()
    assert "on" in {row["answer"] for row in rows}
    assert "'=cmd()" in {row["reason"] for row in rows}
    ping = Ping.objects.filter(is_automatic=True).first()
    assert "not those who reported" in text(anna.get(f"/pings/{ping.pk}/"))


def test_who_asked_is_called_by_name_and_a_rule_by_its_own(head_end, outage, anna):
    anna.is_called("Anna", "Lind")
    toast(anna.post(f"/outages/{outage.pk}/ping/", sample="all", reason="anybody there"))
    (asked,) = Ping.objects.filter(is_automatic=False)
    for page in ("/pings/?show=by_hand", f"/pings/{asked.pk}/", f"/outages/{outage.pk}/pings/"):
        shown = text(anna.fetch(page))
        assert "Anna Lind" in shown and ">anna<" not in shown, page
    assert "new prediction" in text(anna.get("/pings/"))


def test_without_a_head_end_the_list_says_so(outage, anna):
    toast(anna.post(f"/outages/{outage.pk}/ping/", sample="all", reason="anybody there"))
    scene.deliver()
    assert "no head-end is registered" in text(anna.get("/pings/", show="failed"))


def test_for_and_against_are_on_one_screen_with_who_decided(outage, head_end, anna):
    point = UsagePoint.objects.filter(equipment_mrid="T1").order_by("pk").last()
    number = point.meters.first().number
    toast(anna.post(f"/calls/customers/{point.pk}/ping/", reason="she called"))
    scene.deliver()
    answer("off", **{number: "on"})
    own = Outage.objects.get(state="verify")
    page = text(anna.get(f"/outages/{own.pk}/evidence/"))
    assert "Why it is believed" in page
    assert '<b class="tone-p1">1</b> × trouble call' in page
    assert "the same customer" in page
    assert "verification of a call" in page
    outage.refresh_from_db()
    page = text(anna.get(f"/outages/{outage.pk}/evidence/"))
    assert "Predicted at F1 from 6 reports" in page
    assert f"Moved from F1 to {outage.device_name}" in page
    assert "<title>" in page


def test_the_screen_names_the_device_that_was_left_and_why(outage, head_end, anna):
    ask_about(outage, clock.now())
    scene.deliver()
    for batch in PingBatch.objects.filter(ended_at=None):
        told = [
            Answer(row.meter_id, "on" if row.meter.usage_point.equipment_mrid == "T2" else "off", clock.now())
            for row in PingAnswer.objects.filter(batch=batch).select_related("meter__usage_point")
        ]
        ping_answers.record_answers(source="HES", batch_id=batch.pk, answers=told, is_last=True, at=clock.now())
    scene.deliver()
    outage.refresh_from_db()
    assert outage.device_mrid == "T1"
    page = text(anna.get(f"/outages/{outage.pk}/evidence/"))
    assert "Moved from F1 to T1" in page
    assert "not F1: meters or telemetry below it are live" in page


def test_a_verified_caller_has_its_own_list_and_a_crew_only_with_a_reason(network, head_end, anna):
    from outages.services import calls
    from outages.services.calls import CallReport

    at = clock.now()
    point = UsagePoint.objects.filter(equipment_mrid="T5").first()
    calls.record_call(actor=cast.TOM, report=CallReport(point.pk, at), at=at)
    scene.deliver()
    scene.deliver()
    answer("on")
    found = Outage.objects.get()
    listed = text(anna.get("/outages/", show="verify"))
    assert "Verify: meter has supply" in listed
    assert "call the customer" in text(anna.get(f"/outages/{found.pk}/")).lower()
    panel = text(anna.fetch(f"/outages/{found.pk}/pings/"))
    assert "A crew is wanted…" in panel
    assert "Is the caller dark?" in panel
    assert "A reason is needed" in text(anna.post(f"/outages/{found.pk}/verify/crew/"), 422)
    toast(anna.post(f"/outages/{found.pk}/verify/crew/", reason="she sees dark houses"))
    found.refresh_from_db()
    assert (found.state, found.customers_out) == ("acknowledged", 1)
    prediction.run(model="story", at=clock.now())
    assert Outage.objects.get().state == "acknowledged"


def test_rest_lists_shows_and_asks(outage, head_end):
    api = Api("OPR")
    asked = api.post("pings", {"outage": outage.pk, "sample": "all", "reason": "by script"})
    assert asked.status_code == 201, asked.content
    assert asked.json()["asked"] > 0
    listed = api.get("pings", outage=outage.pk).json()
    assert listed["count"] == Ping.objects.count()
    one = api.get(f"pings/{asked.json()['ping']}").json()
    assert {answer["answer"] for answer in one["answers"]} == {"waiting"}
    assert error(api.post("pings", {"reason": "about nothing"}), 422)["data"]["field"] == "outage"
    assert Api("MGR").post("pings", {"outage": outage.pk, "reason": "curious"}).status_code == 403


def test_the_chips_count_what_the_chosen_span_lists(outage, head_end, anna):
    Ping.objects.all().delete()
    anna.post(f"/outages/{outage.pk}/ping/", sample="transformer", reason="is it the fuse")
    assert text(anna.get("/pings/?hours=1")).count("<span>1</span>") == 3  # all, by hand, waiting
    Ping.objects.update(asked_at=clock.now() - scene.MINUTES * 120)
    page = text(anna.get("/pings/?hours=1"))
    assert "<span>1</span>" not in page and page.count("<span>0</span>") == 6
