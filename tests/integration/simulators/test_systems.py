"""Business systems alone: what they do with what they are told, well and badly behaved."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from integration.cim import dialects, envelope, payloads, registry, schemas
from integration.cim.nouns import service_orders
from integration.cim.xml import validate_element
from integration.simulators import accents, offers, temper
from integration.simulators.accents import Accent
from integration.simulators.client import Unreachable
from integration.simulators.systems import SYSTEMS
from integration.simulators.systems.running import Running, SystemRun
from integration.simulators.temper import Temper
from tests.integration.simulators.counterpart import Counterpart, running

PATIENCE_S = 60


def wait_until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value


@contextmanager
def system(
    server: Counterpart,
    name: str,
    *,
    mood: Temper | None = None,
    rate: float | None = 20,
    accent: Accent | None = None,
    is_offering: bool = False,
) -> Iterator[tuple[Running, list[dict]]]:
    wanted = SystemRun(
        server.url,
        "t",
        name,
        SYSTEMS[name],
        rate=rate,
        port=0,
        temper=mood or Temper(),
        accent=accent,
        is_offering=is_offering,
    )
    run = Running(wanted)
    reports: list[dict] = []
    thread = threading.Thread(target=lambda: reports.append(run.run()), daemon=True)
    thread.start()
    assert run.ready.wait(PATIENCE_S)
    yield run, reports
    run.stop()
    thread.join(PATIENCE_S)
    assert reports, "it did not end in order"


def post(run: Running, verb: str, noun: str, payload: str, message_id: str) -> httpx.Response:
    body = (
        '<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message">'
        f"<Header><Verb>{verb}</Verb><Noun>{noun}</Noun><MessageID>{message_id}</MessageID></Header>"
        f"<Payload>{payload}</Payload></EventMessage>"
    )
    return httpx.post(run.address, content=body.encode(), trust_env=False, timeout=PATIENCE_S)


def order(number: str) -> str:
    names = f"<Names><name>{number}</name><NameType><name>WorkOrderNumber</name></NameType></Names>"
    crews = "<Crews><Names><name>c1</name><NameType><name>CrewID</name></NameType></Names></Crews>"
    work = f"<Work><statusKind>dispatched</statusKind><WorkTasks><subject>Outage</subject>{crews}</WorkTasks></Work>"
    return f'<MaintenanceOrders xmlns="http://iec.ch/TC57/2015/MaintenanceOrders#"><MaintenanceOrder>{names}{work}</MaintenanceOrder></MaintenanceOrders>'


def test_a_work_order_is_carried_out_and_reported_step_by_step() -> None:
    with running(Counterpart()) as server, system(server, "wfm") as (run, reports):
        first = post(run, "create", "MaintenanceOrders", order("WO-1"), "o-1")
        again = post(run, "create", "MaintenanceOrders", order("WO-1"), "o-1")
        assert (first.status_code, first.content) == (200, again.content)
        wait_until(lambda: len(server.bodies) == 4)
    told = [body.decode() for body in server.bodies.values()]
    assert [next(s for s in ("dispatched", "enroute", "onSite", "completed") if s in one) for one in told] == [
        "dispatched",
        "enroute",
        "onSite",
        "completed",
    ]
    assert "restored" in told[-1]
    report = reports[0]
    assert (report["sent"], report["accepted"], report["refused"], report["waiting"]) == (4, 4, 0, 0)
    assert report["received"]["repeats"] == 1


def test_bad_manners_lose_nothing() -> None:
    mood = temper.parse("repeating=1,reordering=0.5,garbled=1,slow=0.05")
    with (
        running(Counterpart(failing=0.2, seed=4)) as server,
        system(server, "wfm", mood=mood) as (run, reports),
    ):
        answer = post(run, "create", "MaintenanceOrders", order("WO-1"), "o-1")
        assert answer.status_code == 200
        post(run, "create", "MaintenanceOrders", order("WO-2"), "o-2")
        wait_until(lambda: len(server.bodies) == 8)
    report = reports[0]
    assert (report["temper"]["sent_broken"], report["temper"]["sent_twice"]) == (8, 8)
    assert report["accepted"] == 8
    assert report["repeats"] >= 8
    assert {envelope.read(body).noun for body in server.bodies.values()} == {"MaintenanceOrders"}


def test_meter_data_management_speaks_for_its_meters_and_answers_questions() -> None:
    with running(Counterpart()) as server, system(server, "mdm", rate=50) as (run, reports):
        wait_until(lambda: len(server.bodies) > 3)
        number = server.document["meters"][0]["number"]
        device = f"<EndDevice><Names><name>{number}</name></Names></EndDevice>"
        asked = f'<GetMeterReadings xmlns="http://iec.ch/TC57/2011/GetMeterReadings#">{device}</GetMeterReadings>'
        answer = post(run, "get", "MeterReadings", asked, "q-1")
        assert b"<code>0.3</code>" in answer.content
        wait_until(lambda: server.nouns()["MeterReadings"])
    assert reports[0]["knows"]["asked"] == 1
    assert reports[0]["refused"] == 0


def test_a_visit_to_a_meter_is_asked_for_made_and_heard_of() -> None:
    """A03, with the bus played by hand between the two."""
    with running(Counterpart()) as server, system(server, "mdm", rate=5) as (run, reports):
        wait_until(lambda: server.nouns()["ServiceOrders"])
        asked = next(one for one in map(envelope.read, server.bodies.values()) if one.noun == "ServiceOrders")
        assert asked.verb == "create"
        validate_element(asked.payload, schemas.schema("ServiceOrders"))
        (visit,) = service_orders.parse(asked.payload, received_at=dt.datetime.now(dt.UTC)).items
        with running(Counterpart()) as other, system(other, "wfm") as (force, _):
            assert post(force, "create", "ServiceOrders", service_orders.build([visit]), "o-1").status_code == 200
            wait_until(lambda: other.nouns()["ServiceOrders"] == 2)
            for number, body in enumerate(other.bodies.values()):
                told = envelope.read(body)
                assert (told.verb, told.noun) == ("changed", "ServiceOrders")
                validate_element(told.payload, schemas.schema("ServiceOrders"))
                content = etree.tostring(told.payload, encoding="unicode")
                assert post(run, told.verb, told.noun, content, f"w-{number}").status_code == 200
    assert reports[0]["knows"]["visits"][visit.number] == "completed"


def test_an_aggregator_takes_a_dispatch_and_reports_what_its_group_does() -> None:
    with running(Counterpart()) as server, system(server, "aggregator", rate=5) as (run, reports):
        curve = "<DERCurveData><intervalNumber>1</intervalNumber><nominalYValue>120</nominalYValue></DERCurveData>"
        wanted = f'<DERGroupDispatches xmlns="http://iec.ch/TC57/2017/DERGroupDispatches#">{curve}</DERGroupDispatches>'
        assert post(run, "create", "DERGroupDispatches", wanted, "d-1").status_code == 200
        assert b"<code>1.7</code>" in post(run, "create", "DERGroupDispatches", "<x/>", "d-2").content
        wait_until(lambda: any(b"<nominalYValue>120.0<" in body for body in server.taken()))
    assert reports[0]["knows"] == {"power_kw": 120.0, "dispatches": 1}


def test_what_a_system_does_not_take_it_says() -> None:
    with running(Counterpart()) as server, system(server, "wfm") as (run, reports):
        assert b"<code>2.9</code>" in post(run, "created", "EndDeviceEvents", "<x/>", "m-1").content
        assert httpx.post(run.address, content=b"<broken", trust_env=False).status_code == 400
    assert reports[0]["sent"] == 0


VILNIUS = Path(accents.__file__).with_name("vilnius.json")


def test_a_system_with_an_accent_is_understood_by_the_dialect_in_the_same_file() -> None:
    dialect = dialects.of(json.loads(VILNIUS.read_text()))
    with (
        running(Counterpart(dialect=dialect)) as server,
        system(server, "cis", rate=50, accent=accents.read(VILNIUS)) as (run, reports),
    ):
        wait_until(lambda: len(server.bodies) > 5)
        asked = b'<UnplannedOutages xmlns="urn:tieline:cim:2026:UnplannedOutages#"/>'
        answer = post(run, "changed", "UnplannedOutages", asked.decode(), "m-1")
    spoken = next(iter(server.bodies.values()))
    for words in (
        b"schema/message",
        b"2021",
        b"urn:other-maker:tickets:4",
        b"<complaint>",
        b"<reportedAt>",
        b"PremiseNo",
    ):
        assert words in spoken
    for body in server.taken():
        read = envelope.read(body, dialect)
        parsed = payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=dt.datetime.now(dt.UTC))
        assert (len(parsed.items), parsed.errors) == (1, [])
        assert parsed.items[0].usage_point.names[0].type == "UsagePointNumber"
        assert abs(parsed.items[0].reported_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    assert b"http://iec.ch/TC57/2021/schema/message" in answer.content
    assert (reports[0]["refused"], reports[0]["received"]["messages"]) == (0, 1)


@pytest.mark.parametrize("text", ["", "[]", '{"zone": "Mars/Base"}', '{"codes": [["a"]]}'])
def test_a_file_that_is_no_accent_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "accent.json").write_text(text)
    with pytest.raises(accents.AccentRefused, match=r"accent\.json"):
        accents.read(tmp_path / "accent.json")


def test_nobody_there_is_told_after_the_patience_is_over() -> None:
    run = SystemRun("http://127.0.0.1:9/", "t", "gis", SYSTEMS["gis"], port=0, patience_s=0)
    with pytest.raises(Unreachable):
        Running(run).run()


@pytest.mark.parametrize("words", ["lazy=1", "failing=2", "slow=100", "repeating=much"])
def test_a_temper_that_cannot_be_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        temper.parse(words)


def test_billing_asks_for_the_readings_of_one_meter_after_the_other_and_books_what_it_is_told() -> None:
    with running(Counterpart()) as server, system(server, "billing") as (_run, reports):
        wait_until(lambda: len(server.bodies) >= 3)
    asked = [envelope.read(body) for body in server.bodies.values()]
    assert {(one.root, one.verb, one.noun, one.source) for one in asked} == {
        ("RequestMessage", "get", "MeterReadings", "BILLING-SIM")
    }
    row = registry.incoming("get", "MeterReadings")
    meters = [
        payloads.parse(one, row, received_at=dt.datetime.now(dt.UTC)).items[0].meters[0].names[0] for one in asked
    ]
    assert len(set(meters)) == len(meters)
    known = reports[0]["knows"]
    assert (known["asked"] >= 3, known["readings"], known["nothing_of"]) == (True, 0, known["nothing_of"])


def test_billing_counts_the_quarters_of_an_answer() -> None:
    books = SYSTEMS["billing"]
    one = books.__new__(books)
    one.readings = one.empty = 0
    one._told(b"<m:IntervalReadings><timeStamp/></m:IntervalReadings><IntervalReadings x='1'/><ReadingType/>")
    one._told(b"<Payload/>")
    assert (one.readings, one.empty) == (2, 1)


@pytest.mark.parametrize("name", sorted(offers.OFFERS))
def test_what_a_system_offers_is_as_our_schemas_have_it_and_its_answer_is_noted(name: str) -> None:
    with running(Counterpart()) as server, system(server, name, rate=None, is_offering=True) as (_run, reports):
        wait_until(lambda: len(server.bodies) >= len(offers.OFFERS[name]))
    told = {}
    for body in server.bodies.values():
        read = envelope.read(body)
        row = registry.incoming(read.verb, read.noun)
        assert not row.is_acted_on, "what is acted on is no offer any more"
        parsed = payloads.parse(read, row, received_at=dt.datetime.now(dt.UTC))
        assert parsed.items
        assert parsed.errors == []
        told[row.name] = "0.0"
    assert reports[0]["offered"] == told
    assert told.keys() == {f"{one.verb} {one.noun}" for one in offers.OFFERS[name]}
