"""A partner with a dialect and filters, in and out, through the real door and to a real listener."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from adms.core import actors
from adms.core.commands import BadInput
from adms.core.errors import Invalid
from adms.core.models import AuditEntry, ControlArea
from integration.cim import dialects, events
from integration.cim.nouns import unplanned_outages
from integration.models import InboxMessage, OutboxMessage, Partner
from integration.selectors import senders, understood
from integration.services import delivery, outbox, partners, routing
from integration.services.partners import Terms
from metering.models import MeterEvent
from tests.integration.cim.messages.test_dialects import GASP, VENDOR
from tests.integration.services.cast import AT, MillLane, make_partner, post
from tests.integration.services.test_outbox import Clock, Listener
from tests.rest import Api, error

SUMMER = AT.replace(month=7, day=1, hour=9, minute=1)
NOUN = "UnplannedOutages"
ADMIN = actors.system("test")


@pytest.fixture
def listener(transactional_db: None) -> Iterator[Listener]:
    opened = Listener()
    yield opened
    opened.close()


def outage(mrid: str, verb: str = "created", *, areas: tuple[str, ...] = ("north",), kind: str = "predicted") -> int:
    told = unplanned_outages.UnplannedOutage(
        mrid=mrid, number=mrid, kind=kind, modified_at=AT, community="F-12", meters_affected=1
    )
    with transaction.atomic():
        return outbox.enqueue(
            verb=verb,
            noun=NOUN,
            payload=unplanned_outages.build(told),
            object_key=f"outage:{mrid}",
            cause=f"{mrid} {verb} {kind}",
            areas=frozenset(areas),
            at=AT,
        )


def filtered(name: str, **wants: object) -> Partner:
    return make_partner(
        name, [], endpoint_url="https://x.example.org/", subscriptions=[NOUN], filters={NOUN: wants} if wants else {}
    )


def told() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, verb, key in OutboxMessage.objects.order_by("pk").values_list("partner__name", "verb", "object_key"):
        found.setdefault(name, []).append(f"{verb} {key.removeprefix('outage:')}")
    return found


def test_a_message_in_a_dialect_has_its_effect_and_is_answered_in_it(mill_lane: MillLane) -> None:
    codes = [*VENDOR["codes"]]
    hes = make_partner("HES", ["created EndDeviceEvents"], dialect=VENDOR | {"codes": codes})
    data = GASP.replace(b"<v:name>SerialNo</v:name><v:NameType>", b"<v:name>MTR-1</v:name><v:NameType>")
    answer = post(hes, data, at=SUMMER)
    assert answer.status == 200
    assert b'"http://iec.ch/TC57/2021/schema/message"' in answer.body
    assert b">OK<" in answer.body
    assert MeterEvent.objects.get().code == "26.0.85"
    assert post(hes, data, at=SUMMER) == answer
    kept = InboxMessage.objects.get()
    assert bytes(kept.body) == data
    (item,) = understood.items(data, b"", received_at=SUMMER, dialect=dialects.of(hes.dialect))
    assert item["about"] == "Meter: power lost"


def test_an_error_about_a_meter_names_it_as_the_partner_does(mill_lane: MillLane) -> None:
    hes = make_partner("HES", ["created EndDeviceEvents"], dialect=VENDOR)
    answer = post(hes, GASP, at=SUMMER)
    assert answer.status == 422
    assert b'idType="SerialNo"' in answer.body


def test_what_goes_out_leaves_in_the_dialect_and_is_kept_in_ours(listener: Listener) -> None:
    dialect = {
        "message": "http://iec.ch/TC57/2021/schema/message",
        "zone": "Europe/Vilnius",
        "codes": [["outageKind", "predicted", "SUSPECTED"]],
    }
    make_partner("OMS2", [], endpoint_url=listener.url, subscriptions=[NOUN], dialect=dialect)
    assert outage("o-1") == 1
    assert delivery.deliver(clock=Clock()) == 1
    (body,) = listener.bodies
    assert b"http://iec.ch/TC57/2021/schema/message" in body
    assert b">SUSPECTED<" in body
    assert b"2026-03-01T12:16:00+02:00" in body
    assert b">predicted<" in bytes(OutboxMessage.objects.get().body)


def test_each_is_told_what_its_filter_asks_for(transactional_db: None) -> None:
    filtered("ALL")
    filtered("NORTH", areas=["north"])
    filtered("SOUTH", areas=["south", "west"])
    filtered("FEEDER", values={"communityDescriptor": ["F-99"]})
    filtered("ONE", objects=["o-2"])
    filtered("ENDS", verbs=["closed"])
    filtered("SURE", values={"outageKind": ["confirmed"]})
    outage("o-1")
    outage("o-2", areas=())
    outage("o-2", "closed", areas=("south",), kind="confirmed")
    both = ["created o-1", "created o-2", "closed o-2"]
    assert told() == {
        "ALL": both,
        "NORTH": both,  # o-2 was about no area in particular, and who was told of it is told of its end
        "SOUTH": ["created o-2", "closed o-2"],
        "ONE": ["created o-2", "closed o-2"],
        "ENDS": ["closed o-2"],
        "SURE": ["closed o-2"],
    }


def test_who_was_told_that_it_began_is_told_how_it_ended(transactional_db: None) -> None:
    filtered("SUSPECTED", values={"outageKind": ["predicted"]})
    outage("o-1")
    outage("o-1", "closed", kind="closed")
    outage("o-3", "closed", kind="closed")
    assert told() == {"SUSPECTED": ["created o-1", "closed o-1"]}


@pytest.mark.parametrize(
    ("noun", "verb", "root"),
    [("Callbacks", "create", "RequestMessage"), ("MaintenanceOrders", "close", "RequestMessage"), (NOUN, "closed", "EventMessage")],
)  # fmt: skip
def test_what_asks_for_something_is_a_request(noun: str, verb: str, root: str) -> None:
    body = events.message(verb=verb, noun=noun, payload="<x/>", sender="TIELINE", message_id="m", at=AT)
    assert f"<{root} ".encode() in body


def test_terms_are_changed_at_once_and_on_the_record(transactional_db: None) -> None:
    ControlArea.objects.create(key="north", name="North")
    found = filtered("CIS")
    Partner.objects.filter(pk=found.pk).update(failures=4, paused_until=AT, endpoint_token="secret")
    terms = Terms(
        subscriptions=(NOUN,),
        filters={NOUN: {"areas": ["north"], "verbs": []}, "BreakerStatuses": {"areas": ["nowhere"]}},
        endpoint_url="https://y.example.org/",
        dialect={"zone": "Europe/Vilnius"},
    )
    changed = partners.change_partner(actor=ADMIN, partner_id=found.pk, terms=terms, at=AT)
    assert changed.filters == {NOUN: {"areas": ["north"]}}  # a filter of what it is not told any more is gone
    assert (changed.failures, changed.paused_until, changed.endpoint_token) == (0, None, "secret")
    entry = AuditEntry.objects.get(action="change_partner")
    assert (entry.object, entry.before["filters"], entry.after["filters"]) == ("CIS", {}, changed.filters)
    assert [one.wants for one in routing.subscribers_of(NOUN)] == [{"areas": ["north"]}]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (Terms(subscriptions=("Unicorns",), filters={"Unicorns": {"areas": ["north"]}}), "Unicorns is not sent"),
        (Terms(subscriptions=(NOUN,), filters={NOUN: {"areas": ["nowhere"]}}), "no control area nowhere"),
        (Terms(subscriptions=(NOUN,), filters={NOUN: {"verbs": ["get"]}}), "no verb get"),
        (Terms(subscriptions=(NOUN,), filters={NOUN: {"colours": ["red"]}}), "no filter by colours"),
        (Terms(subscriptions=(NOUN,), filters={NOUN: {"values": {"a b": ["x"]}}}), "a b is no element"),
        (Terms(subscriptions=(NOUN,), filters={NOUN: {"objects": ["x" * 201]}}), "200 characters"),
        (Terms(dialect={"zone": "Mars/Base"}), "Mars/Base is no time zone"),
        (Terms(endpoint_url="http://169.254.169.254/"), "no address of a partner"),
    ],
)
def test_terms_that_cannot_be_kept_change_nothing(transactional_db: None, terms: Terms, words: str) -> None:
    found = filtered("CIS")
    with pytest.raises(Invalid, match=words):
        partners.change_partner(actor=ADMIN, partner_id=found.pk, terms=terms, at=AT)
    found.refresh_from_db()
    assert (found.subscriptions, found.filters, found.dialect) == ([NOUN], {}, {})


def test_a_name_is_looked_up_once_for_many_messages(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real: Callable[[str], None] = delivery.endpoints.check_where_it_leads

    def counted(url: str) -> None:
        asked.append(url)
        real(url)

    monkeypatch.setattr(delivery.endpoints, "check_where_it_leads", counted)
    make_partner("OMS2", [], endpoint_url=listener.url, subscriptions=[NOUN])
    for number in range(5):
        outage(f"o-{number}")
    assert delivery.deliver(clock=Clock()) == 5
    assert asked == [listener.url]


def test_terms_are_read_and_changed_over_rest_by_who_may(mill_lane: MillLane) -> None:
    make_partner("CIS", [])
    admin, engineer = Api("ADM"), Api("ENG")
    assert [one["source"] for one in engineer.get("partners").json()["results"]] == ["CIS"]
    wanted = {
        "allowed": ["create TroubleTickets"],
        "subscriptions": [NOUN],
        "filters": {NOUN: {"areas": ["north"]}},
        "dialect": {"zone": "Europe/Vilnius", "elements": [["troubleCode", "reason"]]},
        "endpoint_url": "http://127.0.0.1:9/",
    }
    told = admin.client.put("/api/v1/partners/CIS", json.dumps(wanted), content_type="application/json")
    assert told.status_code == 200, told.content
    assert {key: told.json()[key] for key in wanted} == wanted
    assert engineer.get("partners/CIS").json()["dialect"]["zone"] == "Europe/Vilnius"
    assert AuditEntry.objects.filter(action="change_partner").count() == 1
    wrong = wanted | {"dialect": {"time_zone": "Europe/Vilnius"}}
    refused = admin.client.put("/api/v1/partners/CIS", json.dumps(wrong), content_type="application/json")
    assert "there is no part time_zone" in error(refused, 422)["message"]
    refused = engineer.client.put("/api/v1/partners/CIS", json.dumps(wanted), content_type="application/json")
    assert error(refused, 403)
    assert error(engineer.get("partners/NOBODY"), 404)


def test_a_token_is_renewed_over_rest_by_who_may(mill_lane: MillLane) -> None:
    make_partner("CIS", [])
    admin, engineer = Api("ADM"), Api("ENG")
    told = admin.client.post("/api/v1/partners/CIS/token", "{}", content_type="application/json")
    assert told.status_code == 200, told.content
    ends_at = dt.datetime.fromisoformat(told.json()["former_until"])
    found = senders.sender_of(f"Bearer {told.json()['token']}", at=ends_at)
    assert found is not None
    assert found.partner.source == "CIS"
    at_once = admin.client.post("/api/v1/partners/CIS/token", '{"overlap_h": 0}', content_type="application/json")
    later = dt.datetime.fromisoformat(at_once.json()["former_until"])
    assert senders.sender_of(f"Bearer {told.json()['token']}", at=later) is None
    wrong = admin.client.post("/api/v1/partners/CIS/token", '{"overlap_h": 745}', content_type="application/json")
    assert error(wrong, 422)
    assert error(engineer.client.post("/api/v1/partners/CIS/token", "{}", content_type="application/json"), 403)
    assert error(admin.client.post("/api/v1/partners/NOBODY/token", "{}", content_type="application/json"), 404)


def test_the_command_makes_a_partner_with_filters_and_dialect(mill_lane: MillLane, tmp_path: Path) -> None:
    filters, dialect, broken = (tmp_path / name for name in ("filters.json", "dialect.json", "broken.json"))
    filters.write_text(json.dumps({NOUN: {"areas": ["north"]}}))
    dialect.write_text(json.dumps(VENDOR))
    broken.write_text("[]")
    made = json.loads(command("HES-1", "--filters", filters, "--dialect", dialect))
    found = Partner.objects.get(pk=made["partner"])
    assert (found.filters, found.dialect) == ({NOUN: {"areas": ["north"]}}, VENDOR)
    for option, file, words in (("--dialect", broken, "holds no object"), ("--filters", dialect, "is not sent")):
        with pytest.raises(BadInput, match=words):
            command("HES-2", option, file)
    assert Partner.objects.count() == 1


def command(*words: object) -> str:
    out = StringIO()
    call_command("create_partner", *map(str, words), "--json", stdout=out)
    return out.getvalue()
