"""The page of one outage: why, who, what happened; and what people do with it."""

import datetime as dt
import uuid

import pytest

from adms.core import clock
from outages.models import Interruption, Outage
from tests.outages.views import scene
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db) -> Person:
    return Person("OPR", name="anna")


def test_each_line_of_the_explanation_opens_its_evidence_and_threshold(outage, anna):
    page = text(anna.get(f"/outages/{outage.pk}/"))
    assert "F1 is predicted open: 9 customers at 2 transformers, from 6 reports." in page
    assert "<dt>Counted</dt><dd>2 of 2</dd>" in page
    assert "<dt>Threshold</dt><dd>at least 2" in page
    assert page.count("Last gasp") >= 10  # in the list of evidence, and again behind the lines


def test_customers_are_named_only_to_those_who_may_see_them(outage, anna):
    named = text(anna.get(f"/outages/{outage.pk}/"))
    assert "Ida Weber" in named
    manager = text(Person("MGR").get(f"/outages/{outage.pk}/"))
    customer = next(iter(Interruption.objects.values_list("usage_points", flat=True)))[0]
    from metering.models import UsagePoint

    point = UsagePoint.objects.select_related("customer").get(pk=customer)
    assert point.customer.name in named
    assert point.customer.name not in manager
    assert point.name in manager
    assert "Ida Weber" not in manager


def test_what_somebody_may_not_do_is_shown_with_the_reason(outage):
    page = text(Person("MGR").get(f"/outages/{outage.pk}/"))
    assert 'disabled title="Your role does not cover this in story S"' in page
    assert "Assign…" not in page


def test_acknowledging_is_one_key(outage, anna):
    told = toast(anna.post(f"/outages/{outage.pk}/acknowledge/"))
    assert told["text"] == f"Outage {outage.pk} is acknowledged"
    outage.refresh_from_db()
    assert outage.state == "acknowledged"


def test_confirming_twice_is_refused_in_the_dialog(outage, anna):
    assert toast(anna.post(f"/outages/{outage.pk}/confirm/"))["text"] == f"Outage {outage.pk} is confirmed at F1"
    again = anna.post(f"/outages/{outage.pk}/confirm/")
    page = text(again, 409)
    assert "It is confirmed already. Nothing was changed." in page
    assert again["X-Request-ID"] in page


def test_an_etr_is_a_span_or_the_next_such_time(outage, anna):
    toast(anna.post(f"/outages/{outage.pk}/etr/", minutes="120"))
    outage.refresh_from_db()
    assert dt.timedelta(minutes=119) < outage.etr_at - clock.now() <= dt.timedelta(minutes=120)
    before = (clock.now() - dt.timedelta(hours=1)).strftime("%H:%M")
    toast(anna.post(f"/outages/{outage.pk}/etr/", at=before))
    outage.refresh_from_db()
    assert dt.timedelta(hours=22) < outage.etr_at - clock.now() < dt.timedelta(hours=24)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choose a span, or type a time."),
        ({"at": "25:99"}, "At: Enter a valid time."),
        ({"minutes": "7"}, "Minutes: "),
    ],
)
def test_a_bad_etr_is_told_in_the_dialog(fields, told, outage, anna):
    assert told in text(anna.post(f"/outages/{outage.pk}/etr/", **fields), 422)
    outage.refresh_from_db()
    assert outage.etr_source != "operator"


def test_restoring_then_completing_closes_the_ledger_and_asks_for_a_cause(outage, anna):
    assert "restored" in toast(anna.post(f"/outages/{outage.pk}/restore/"))["text"]
    assert not Interruption.objects.filter(ended_at=None).exists()
    assert "Cause: Choose a cause." in text(anna.post(f"/outages/{outage.pk}/complete/"), 422)
    toast(anna.post(f"/outages/{outage.pk}/complete/", cause="tree", remedy="branch removed"))
    outage.refresh_from_db()
    assert (outage.state, outage.cause, outage.remedy) == ("completed", "tree", "branch removed")
    assert "<dd>Tree</dd>" in text(anna.get(f"/outages/{outage.pk}/"))


def test_completing_has_to_wait_while_customers_are_out(outage, anna):
    assert "Nothing was changed" in text(anna.post(f"/outages/{outage.pk}/complete/", cause="tree"), 409)


def test_cancelling_needs_a_reason(outage, anna):
    assert "A reason is needed." in text(anna.post(f"/outages/{outage.pk}/cancel/"), 422)
    toast(anna.post(f"/outages/{outage.pk}/cancel/", reason="false gasps"))
    assert "Cancelled: false gasps" in text(anna.get(f"/outages/{outage.pk}/"))


def test_a_report_can_be_opened_again(outage, anna):
    anna.post(f"/outages/{outage.pk}/restore/")
    anna.post(f"/outages/{outage.pk}/complete/", cause="tree")
    toast(anna.post(f"/outages/{outage.pk}/reopen/", reason="wrong cause"))
    outage.refresh_from_db()
    assert outage.state == "restored"


def test_an_action_without_the_right_is_a_toast_with_the_number_of_the_request(outage):
    manager = Person("MGR")
    answer = manager.post(f"/outages/{outage.pk}/acknowledge/")
    told = toast(answer, 403)
    assert told["tone"] == "error"
    assert answer["HX-Reswap"] == "none"
    assert answer["X-Request-ID"] in told["text"]
    outage.refresh_from_db()
    assert outage.state == "new"


def test_an_operator_of_another_area_changes_nothing_here(outage):
    ravi = Person("OPR", "story-s2")
    assert toast(ravi.post(f"/outages/{outage.pk}/confirm/", target="dialog"), 403)["tone"] == "error"
    assert Outage.objects.get().confidence == "predicted"


def test_changes_need_a_post(outage, anna):
    address = f"/outages/{outage.pk}/acknowledge/"
    for asked in (anna.client.get(address), anna.client.head(address)):
        assert (asked.status_code, asked["Allow"]) == (405, "POST")
    outage.refresh_from_db()
    assert outage.state == "new"
    refused = anna.client.put(f"/outages/{outage.pk}/")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")
    assert anna.client.head(f"/outages/{outage.pk}/").status_code == 200


def test_an_outage_that_is_not_there_is_a_page_that_says_so(network, anna):
    assert "There is nothing here" in text(anna.get("/outages/4711/"), 404)
    assert toast(anna.fetch("/outages/4711/confirm/", target="dialog"), 404)["tone"] == "error"


def test_without_htmx_an_action_leads_back_to_the_page(outage, anna):
    assert anna.submit(f"/outages/{outage.pk}/acknowledge/")["Location"] == f"/outages/{outage.pk}/"


def test_a_new_report_appears_on_the_page(outage, anna):
    from metering.models import UsagePoint
    from outages.services import calls
    from outages.services.calls import CallReport
    from tests import cast

    point = UsagePoint.objects.filter(equipment_mrid="T2").first()
    calls.record_call(
        actor=cast.ANNA,
        report=CallReport(point.pk, clock.now(), caller_name="Karl Neu", mrid=str(uuid.uuid4())),
        at=clock.now(),
    )
    scene.deliver()
    assert "Karl Neu" in text(anna.fetch(f"/outages/{outage.pk}/"))
