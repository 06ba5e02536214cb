"""create, change and delete(CustomerMeterDataSet): who is supplied where, as the customer system tells (C02)."""

from __future__ import annotations

import pytest

from integration.cim import xml
from integration.models import Partner
from metering.models import Customer, Meter, UsagePoint
from metering.selectors import identification, supply
from tests.integration.cim.messages import compose
from tests.integration.services.cast import MillLane, Post, make_partner

NS = "{http://iec.ch/TC57/2011/schema/message}"


@pytest.fixture
def cis(mill_lane: MillLane) -> Partner:
    return make_partner("CIS", [f"{verb} CustomerMeterDataSet" for verb in ("create", "change", "delete")])


def record(account: str, point: str, more: str = "") -> str:
    return (
        f"<CustomerMeterData><Customer>{more}<Names><name>{account}</name><NameType><name>KNumber</name></NameType></Names></Customer>"
        f"<UsagePoint><Names><name>{point}</name></Names></UsagePoint></CustomerMeterData>"
    )


def says(post: Post, cis: Partner, verb: str, *records: str, number: str = "c-1") -> tuple[int, list[str]]:
    payload = f'<CustomerMeterDataSet xmlns="urn:tieline:cim:2026:CustomerMeterDataSet#">{"".join(records)}</CustomerMeterDataSet>'
    head = compose.header(verb, "CustomerMeterDataSet", source="CIS", message_id=number)
    answer = post(cis, compose.message(payload, head, root="RequestMessage"))
    return answer.status, [one.text or "" for one in xml.parse_message(answer.body).iter(NS + "code")]


def at(point: str) -> str:
    customer = UsagePoint.objects.select_related("customer").get(name=point).customer
    return customer.account_number if customer else ""


def test_who_moves_out_is_parted_and_deleted_and_place_and_meter_stay(post: Post, cis: Partner) -> None:
    assert says(post, cis, "delete", record("K-1", "SDP-1")) == (200, ["0.0"])
    assert at("SDP-1") == ""
    assert not Customer.objects.filter(account_number="K-1").exists()
    assert Meter.objects.get(number="MTR-1").usage_point.name == "SDP-1"
    assert says(post, cis, "delete", record("K-1", "SDP-1"), number="c-2") == (200, ["0.0"]), "gone is gone"
    assert says(post, cis, "create", record("K-9", "SDP-1", "<name>Next</name>"), number="c-3") == (200, ["0.0"])
    assert at("SDP-1") == "K-9"


def test_who_is_supplied_elsewhere_too_is_kept(post: Post, cis: Partner) -> None:
    assert says(post, cis, "change", record("K-1", "SDP-2")) == (200, ["0.0"])
    assert says(post, cis, "delete", record("K-1", "SDP-1"), number="c-2") == (200, ["0.0"])
    assert (at("SDP-1"), at("SDP-2")) == ("", "K-1")


def test_another_account_or_an_unknown_place_is_named_and_the_others_are_done(post: Post, cis: Partner) -> None:
    told = says(post, cis, "delete", record("K-2", "SDP-1"), record("K-2", "NOWHERE"), record("K-2", "SDP-2"))
    assert told == (200, ["2.12", "2.27"])
    assert Customer.objects.filter(account_number="K-1").exists()
    assert (at("SDP-1"), at("SDP-2")) == ("K-1", "")


def test_person_account_agreement_premises_and_connection_are_kept_and_found(post: Post, cis: Partner) -> None:
    whole = (
        "<CustomerMeterData><Customer><name>Ada Weber</name>"
        "<Names><name>P-77</name><NameType><name>CustomerNumber</name></NameType></Names></Customer>"
        "<CustomerAccount><Names><name>ACC-9</name></Names></CustomerAccount>"
        "<CustomerAgreement><Names><name>AG-12</name></Names></CustomerAgreement>"
        "<ServiceLocation><mainAddress><streetDetail><addressGeneral>Mill Lane 1</addressGeneral></streetDetail></mainAddress>"
        "<Names><name>PREM-5521</name></Names></ServiceLocation>"
        "<UsagePoint><Names><name>SDP-1</name></Names><Names><name>K123</name><NameType><name>KNumber</name></NameType></Names>"
        "</UsagePoint></CustomerMeterData>"
    )
    assert says(post, cis, "create", whole) == (200, ["0.0"])
    place = UsagePoint.objects.select_related("customer").get(name="SDP-1")
    assert place.customer is not None
    kept = (
        place.customer.customer_number,
        place.customer.account_number,
        place.agreement_number,
        place.premises,
        place.k_number,
    )
    assert kept == ("P-77", "ACC-9", "AG-12", "PREM-5521", "K123")
    assert [one["name"] for one in supply.search("k123")] == ["SDP-1"]
    assert identification.find_usage_points(account_numbers=["K123"]).by_account(["K123"]) == [place.pk]
    assert says(post, cis, "change", record("K-3", "SDP-1"), number="c-2") == (200, ["0.0"])
    place.refresh_from_db()
    assert (place.agreement_number, place.premises, place.k_number) == ("", "PREM-5521", "K123"), (
        "another customer's agreement"
    )


def test_who_has_no_account_is_named(post: Post, cis: Partner) -> None:
    assert says(post, cis, "create", record("K-1", "SDP-1").replace("KNumber", "Nickname")) == (422, ["1.7"])
