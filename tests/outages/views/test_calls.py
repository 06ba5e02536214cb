"""Taking calls: two keystrokes to a customer, one call however often it is sent."""

import uuid

import pytest

from metering.models import UsagePoint
from outages.models import Call, Evidence
from tests.outages.views import scene
from tests.people import Person, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom(db) -> Person:
    return Person("DSP", name="tom")


def call(**fields):
    point = UsagePoint.objects.filter(equipment_mrid="T1").first()
    return {
        "form_id": str(uuid.uuid4()),
        "usage_point": point.pk,
        "trouble_codes": ["NO_POWER", "FIRE"],
        "comment": "smoke",
    } | fields


def test_two_letters_find_a_customer_and_the_card_says_what_is_known(outage, tom):
    point = UsagePoint.objects.select_related("customer").filter(equipment_mrid="T1").first()
    assert point.customer.name in text(tom.fetch("/calls/customers/", q=point.customer.name[:2]))
    card = text(tom.fetch(f"/calls/customers/{point.pk}/"))
    assert f"Known outage {outage.pk}" in card
    assert "Predicted at F1" in card
    assert f'name="usage_point" value="{point.pk}"' in card


def test_one_letter_finds_nobody(network, tom):
    assert text(tom.fetch("/calls/customers/", q="w")) == ""


def test_a_call_sent_twice_is_one_call_and_one_piece_of_evidence(network, tom):
    fields = call()
    for _ in range(2):
        assert tom.submit("/calls/new/", **fields)["Location"] == "/calls/"
    taken = Call.objects.get()
    assert (taken.mrid, taken.trouble_codes, taken.hazard, taken.taken_by) == (
        fields["form_id"],
        ["NO_POWER", "FIRE"],
        "fire",
        "tom",
    )
    assert Evidence.objects.filter(kind="call").count() == 1


def test_each_form_is_another_call(network, tom):
    pages = [text(tom.get("/calls/new/")) for _ in range(2)]
    assert len({page.split('name="form_id" value="')[1][:36] for page in pages}) == 2


def test_a_call_needs_a_place_and_a_trouble(network, tom):
    page = text(tom.submit("/calls/new/", form_id=str(uuid.uuid4()), comment="kept as typed"), 422)
    assert "Choose a customer, or say where it is." in page
    assert "Say what is wrong" in page
    assert "kept as typed" in page
    assert not Call.objects.exists()


def test_a_call_can_be_taken_with_an_address_alone(network, tom):
    tom.submit("/calls/new/", **call(usage_point="", address="Corner of Long Street"))
    assert Call.objects.get().usage_point is None
    assert "Corner of Long Street" in text(tom.get("/calls/"))


@pytest.mark.parametrize(
    "fields",
    [
        {"form_id": "1"},
        {"trouble_codes": ["GREMLINS"]},
        {"usage_point": "abc"},
        {"hazard": "<b>"},
        {"caller_name": "x" * 151},
    ],
)
def test_a_forged_form_is_refused(fields, network, tom):
    assert tom.submit("/calls/new/", **call(**fields)).status_code == 422
    assert not Call.objects.exists()


def test_a_customer_that_does_not_exist_is_told(network, tom):
    assert tom.submit("/calls/new/", **call(usage_point=999999999)).status_code == 404
    assert "There is nothing here" in text(tom.get("/calls/new/?usage_point=999999999"), 404)


def test_the_list_says_which_outage_a_call_belongs_to(outage, tom):
    page = text(tom.get("/calls/"))
    assert "Ida Weber" in page
    assert f'href="/outages/{outage.pk}/"' in page
    assert "No calls" in text(tom.get("/calls/?show=hazard"))


def test_what_is_typed_is_shown_as_text(network, tom):
    tom.submit("/calls/new/", **call(comment="<script>alert(1)</script>"))
    assert "<script>alert" not in text(tom.get("/calls/"))
    scene.deliver()


def test_customers_of_another_area_are_not_found(network):
    ravi = Person("OPR", "story-s2")
    point = UsagePoint.objects.select_related("customer").filter(area__key="story-s").first()
    assert point.customer.name not in text(ravi.fetch("/calls/customers/", q=point.customer.name[:3]))
    assert ravi.fetch(f"/calls/customers/{point.pk}/").status_code == 404
