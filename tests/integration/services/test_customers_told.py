"""create, change and delete(CustomerMeterDataSet): who is supplied where, as the customer system tells (C02)."""

from __future__ import annotations

import pytest

from integration.cim import xml
from integration.models import Partner
from metering.models import Customer, Meter, UsagePoint
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
