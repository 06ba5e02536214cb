"""The breaker table (S04) and changes of the operated network (P07, X09), out to who subscribes them."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core import clock
from adms.core.services import dispatch
from integration.cim import envelope, schemas, xml
from integration.models import OutboxMessage, Partner
from network.domain.phases import ABC
from network.services import positions
from network.services.positions import PositionReport
from tests.integration.cim.messages import compose
from tests.integration.services.cast import Post, make_partner
from tests.rest import SYSTEM, publish


@pytest.fixture
def records(transactional_db: None) -> Partner:
    partner = make_partner(
        "GIS",
        ["get BreakerStatuses"],
        endpoint_url="https://gis.example.org/",
        subscriptions=["NetworkChanges", "BreakerStatuses"],
    )
    publish()
    dispatch.dispatch(clock=clock.now)
    return partner


def move(mrid: str, *, closed: bool) -> None:
    at = clock.now()
    report = PositionReport("twin", mrid, at, closed, ABC if closed else 0)
    positions.record_positions(actor=SYSTEM, source="crew", reports=[report], at=at)
    dispatch.dispatch(clock=clock.now)


def told(noun: str) -> list[tuple[str, dict[str, list[str]]]]:
    found = []
    for row in OutboxMessage.objects.filter(noun=noun).order_by("pk"):
        got = envelope.read(bytes(row.body))
        assert got.payload is not None
        schemas.validate_payload(got.payload, noun)
        texts: dict[str, list[str]] = {}
        for element in got.payload.iter():
            texts.setdefault(element.tag.rpartition("}")[2], []).append((element.text or "").strip())
        found.append((got.verb, texts))
    return found


def test_a_published_version_is_told_with_where_it_is_to_be_had(records: Partner) -> None:
    ((verb, texts),) = told("NetworkChanges")
    assert (verb, texts["name"], texts["version"]) == ("created", ["twin"], ["1"])
    assert texts["fullModel"] == ["/cim/v1/models/twin/export"]
    assert "SwitchChange" not in texts


def test_a_reconfiguration_names_the_switches_and_the_transformers_with_their_feeders(records: Partner) -> None:
    move("SWN", closed=False)
    move("TIE", closed=True)
    verb, texts = told("NetworkChanges")[-1]
    assert verb == "changed"
    assert texts["mRID"] == ["SWN", "TIE", "TN2"]
    assert texts["open"] == ["true", "false"]
    assert (texts["feeder"][-1], texts["normalFeeder"]) == ("Feeder S", ["Feeder N"])
    move("TIE", closed=False)
    move("SWN", closed=True)
    _, texts = told("NetworkChanges")[-1]
    assert not {"SwitchChange", "TransformerChange"} & set(texts)
    numbers = [int(one["sequence"][0]) for _, one in told("NetworkChanges")]
    assert numbers == sorted(numbers)


def test_a_breaker_that_opens_is_told_and_stands_in_the_table(records: Partner, post: Post) -> None:
    before = clock.now()
    move("CBN", closed=False)
    verb, texts = told("BreakerStatuses")[0]
    assert (verb, texts["mRID"][0], texts["open"], texts["normalOpen"]) == ("changed", "CBN", ["true"], ["false"])
    assert dt.datetime.fromisoformat(texts["statusDateTime"][0]) >= before
    _, latest = told("BreakerStatuses")[-1]
    assert latest["customersOut"] == ["9"], "its outage is known"
    assert "estimatedRestorationTime" in latest
    head = compose.header("get", "BreakerStatuses", source="GIS", message_id="g-1")
    question = f'<RequestMessage xmlns="http://iec.ch/TC57/2011/schema/message">{head}</RequestMessage>'
    answer = post(records, question.encode(), at=clock.now())
    lines = list(xml.parse_message(answer.body).iter("{urn:tieline:cim:2026:BreakerStatuses#}BreakerStatus"))
    assert len(lines) == 2
    assert b"2 of 2 breakers" in answer.body


def test_the_table_says_what_tripped_a_breaker_where_no_outage_has_a_cause_yet(records: Partner) -> None:
    at = clock.now()
    report = PositionReport("twin", "CBN", at, is_closed=False, closed_phases=0, reason="51 time overcurrent")
    positions.record_positions(actor=SYSTEM, source="scada", reports=[report], at=at)
    dispatch.dispatch(clock=clock.now)
    assert told("BreakerStatuses")[0][1]["cause"] == ["51 time overcurrent"]


def test_a_switch_that_is_no_breaker_is_not_in_the_table(records: Partner) -> None:
    move("SWN", closed=False)
    assert told("BreakerStatuses") == []
