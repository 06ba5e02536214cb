"""X05, S08: planned outages and notices of them out, requests for them in, and outages that a partner asks for."""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core.models import Setting
from integration.cim import envelope, schemas
from integration.models import OutboxMessage, Partner
from integration.services import delivery, inbox
from metering.models import Customer, UsagePoint
from network.selectors import state
from outages.models import PlannedNoticeCustomer, PlannedOutage
from outages.selectors import planned_notices
from outages.services import planned, planned_announcing
from tests.cast import ANNA, after, deliver, person, publish
from tests.faults.listener import Listener
from tests.integration.cim.messages import compose
from tests.integration.services.cast import make_partner, post
from tests.outages.services.acting import move, settle

SUE = person("sue", "SOP")
DAY = 86_400
MRID = "e3e5b1ff-2cf9-4c1c-9a39-3b2f5c7a1100"
SEND = [
    "create PlannedOutages",
    "change PlannedOutages",
    "cancel PlannedOutages",
    "get PlannedOutages",
    "get UnplannedOutages",
    "reply PlannedOutageNotifications",
]
NS = "urn:tieline:cim:2026:PlannedOutages#"
MESSAGE = "http://iec.ch/TC57/2011/schema/message"


@pytest.fixture
def network(transactional_db: None) -> None:
    state.forget()
    publish()


@pytest.fixture
def eam(network: None) -> Partner:
    nouns = ["PlannedOutages", "PlannedOutageNotifications"]
    return make_partner("EAM", SEND, endpoint_url="https://eam.example.org/", subscriptions=nouns)


def period(begins: float, ends: float) -> str:
    return f"<estimatedPeriod><end>{after(ends).isoformat()}</end><start>{after(begins).isoformat()}</start></estimatedPeriod>"


def plan(verb: str, item: str, number: str = "p-1") -> bytes:
    payload = f'<PlannedOutages xmlns="{NS}"><PlannedOutage>{item}</PlannedOutage></PlannedOutages>'
    head = compose.header(verb, "PlannedOutages", source="EAM", message_id=number)
    return compose.message(payload, head, root="RequestMessage")


def wanted(device: str = "<mRID>SW1</mRID>", begins: float = 5 * DAY) -> str:
    return (
        f"<mRID>{MRID}</mRID><reason>Transformer replacement</reason><Equipments>{device}</Equipments>"
        f"{period(begins, begins + 7200)}<Names><name>WO-17</name><NameType><name>SwitchingOrder</name></NameType></Names>"
    )


def question(noun: str, request: str, number: str = "q-1") -> bytes:
    head = compose.header("get", noun, source="EAM", message_id=number)
    return f'<RequestMessage xmlns="{MESSAGE}">{head}<Request>{request}</Request></RequestMessage>'.encode()


def said(answer: inbox.Answer) -> list[tuple[str, str]]:
    """Codes and words of an answer."""
    return [(code, words) for code, words, _ in envelope.read(answer.body).reply_errors]


def out(noun: str) -> list[envelope.Envelope]:
    """What lies in the outbox, each held against its schema."""
    found = [envelope.read(bytes(row.body)) for row in OutboxMessage.objects.filter(noun=noun).order_by("pk")]
    for one in found:
        assert one.payload is not None
        schemas.validate_payload(one.payload, noun)
    return found


def texts(read: envelope.Envelope, name: str) -> list[str]:
    assert read.payload is not None
    return [(one.text or "") for one in read.payload.iter() if str(one.tag).endswith("}" + name)]


def notified() -> PlannedOutage:
    row = PlannedOutage.objects.get()
    planned.approve(actor=SUE, planned_id=row.pk, at=after(60))
    planned_announcing.announce(actor=ANNA, planned_id=row.pk, at=after(70))
    deliver(after(71))
    return row


def test_who_plans_the_work_asks_moves_and_cancels_and_hears_of_each_step(eam: Partner) -> None:
    assert [code for code, _ in said(post(eam, plan("create", wanted()), at=after(0)))] == ["0.0"]
    row = PlannedOutage.objects.get()
    assert (row.mrid, row.state, row.customers_known, row.order_reference) == (MRID, "requested", 11, "WO-17")
    assert (row.requested_by, row.purpose) == ("eam", "Transformer replacement")
    deliver(after(1))
    notified()
    moved = f"<mRID>{MRID}</mRID>{period(6 * DAY, 6 * DAY + 3600)}<status><reason>Crane is late</reason></status>"
    assert post(eam, plan("change", moved, "p-2"), at=after(80)).status == 200
    deliver(after(81))
    ended = f"<mRID>{MRID}</mRID><status><reason>Crane broke</reason></status>"
    assert post(eam, plan("cancel", ended, "p-3"), at=after(90)).status == 200
    deliver(after(91))
    heard = out("PlannedOutages")
    assert [(one.verb, texts(one, "value")[-1]) for one in heard] == [
        ("created", "requested"), ("changed", "notified"), ("changed", "requested"), ("canceled", "cancelled"),
    ]  # fmt: skip
    assert (texts(heard[0], "totalCount"), texts(heard[-1], "outageKind")) == (["11"], ["closed"])
    assert [one.verb for one in out("PlannedOutageNotifications")] == ["created", "canceled"]


@pytest.mark.parametrize(
    ("verb", "item", "code"),
    [
        ("create", wanted("<mRID>NOWHERE</mRID>"), "2.15"),
        ("create", wanted("<mRID>L1</mRID>"), "1.8"),
        ("create", f"<mRID>{MRID}</mRID><reason>x</reason><Equipments><mRID>SW1</mRID></Equipments>", "1.7"),
        ("create", wanted(begins=-5 * DAY), "1.8"),
        ("change", f"<mRID>{MRID}</mRID>{period(DAY, 2 * DAY)}", "2.15"),
        ("cancel", f"<mRID>{MRID}</mRID><reason>x</reason>", "2.15"),
    ],
)
def test_what_cannot_be_is_named(eam: Partner, verb: str, item: str, code: str) -> None:
    answer = post(eam, plan(verb, item), at=after(0))
    assert (answer.status, [one for one, _ in said(answer)]) == (422, [code])
    assert PlannedOutage.objects.count() == 0


def test_the_same_one_twice_is_refused_and_changes_nothing(eam: Partner) -> None:
    assert post(eam, plan("create", wanted()), at=after(0)).status == 200
    assert [code for code, _ in said(post(eam, plan("create", wanted(), "p-2"), at=after(1)))] == ["6.1"]
    assert PlannedOutage.objects.count() == 1


def test_notices_go_out_by_customer_in_messages_of_bounded_size(eam: Partner) -> None:
    Setting.objects.create(key="planned.notices_per_message", value=4, changed_by="test", changed_at=after(0))
    post(eam, plan("create", wanted()), at=after(0))
    row = notified()
    messages = out("PlannedOutageNotifications")
    sizes = [len(list(one.payload)) for one in messages if one.payload is not None]
    assert (sum(sizes), max(sizes)) == (11, 4)
    first = messages[0]
    assert (first.verb, set(texts(first, "reason"))) == ("created", {"Transformer replacement"})
    assert set(texts(first, "start")) == {after(5 * DAY).isoformat().replace("+00:00", "Z")}
    names = {name for one in messages for name in texts(one, "name")}
    points = UsagePoint.objects.filter(equipment_mrid__in=("T3", "T4", "T5")).values_list("name", flat=True)
    assert set(points) <= names
    assert row.notices.get().customers.filter(state="waiting").count() == 11
    deliver(after(80))
    assert len(out("PlannedOutageNotifications")) == len(messages)


def test_without_a_subscriber_a_person_tells_them(network: None) -> None:
    row = planned.request(
        actor=ANNA, model="story", devices=[planned.Wanted("SW1")], begins_at=after(5 * DAY), ends_at=after(6 * DAY),
        purpose="Pole", at=after(0),
    )  # fmt: skip
    notified()
    assert row.notices.get().is_by_hand
    assert set(PlannedNoticeCustomer.objects.values_list("state", flat=True)) == {"by_hand"}


def test_delivery_and_refusal_come_back_to_each_customer(eam: Partner) -> None:
    listener = Listener(refuse=0)
    try:
        Partner.objects.update(endpoint_url=listener.url)
        post(eam, plan("create", wanted()), at=after(0))
        notified()
        delivery.deliver(clock=lambda: after(100))
        assert set(PlannedNoticeCustomer.objects.values_list("state", "detail")) == {("delivered", "taken by EAM")}
    finally:
        listener.close()


def acknowledged(correlation_id: str, *mrids: str, number: str, more: str = "") -> bytes:
    told = f"<CorrelationID>{correlation_id}</CorrelationID>{more}"
    head = compose.header("reply", "PlannedOutageNotifications", source="EAM", message_id=number, more=told)
    ids = "".join(f'<ID kind="uuid">{one}</ID>' for one in mrids)
    content = f"{head}<Reply><Result>OK</Result>{ids}</Reply>"
    return f'<ResponseMessage xmlns="{MESSAGE}">{content}</ResponseMessage>'.encode()


def test_a_critical_customer_acknowledges_by_a_later_reply_and_again_after_a_change(eam: Partner) -> None:
    customer = Customer.objects.create(account_number="H1", name="St Anna", critical="hospital")
    point = UsagePoint.objects.filter(equipment_mrid="T5").order_by("pk").last()
    assert point is not None
    UsagePoint.objects.filter(pk=point.pk).update(customer=customer)
    post(eam, plan("create", wanted()), at=after(0))
    row = notified()
    told = PlannedNoticeCustomer.objects.get(is_critical=True)
    other = PlannedNoticeCustomer.objects.filter(is_critical=False).order_by("pk").first()
    assert other is not None
    first, second = (
        str(OutboxMessage.objects.get(noun="PlannedOutageNotifications", cause=f"notices:{one.notice_id}/{one.chunk}/created").message_id)
        for one in (told, other)
    )  # fmt: skip
    answer = post(
        eam, acknowledged(first, told.mrid, number="a-1", more="<Comment>Dr Lenz by telephone</Comment>"), at=after(100)
    )
    assert (answer.status, [code for code, _ in said(answer)]) == (200, ["0.0"])
    told.refresh_from_db()
    assert (told.acknowledged_at, told.acknowledged_by, told.acknowledged_how) == (
        after(100),
        "eam",
        "Dr Lenz by telephone",
    )
    again = post(eam, acknowledged(first, told.mrid, number="a-2"), at=after(110))
    told.refresh_from_db()
    assert (again.status, told.acknowledged_at) == (200, after(100))
    assert planned_notices.unacknowledged(row) == 0
    assert [code for code, _ in said(post(eam, acknowledged(second, other.mrid, number="a-3"), at=after(120)))] == [
        "1.8"
    ]
    assert [code for code, _ in said(post(eam, acknowledged(first, other.mrid, number="a-4"), at=after(120)))] == [
        "2.15"
    ]
    nobody = post(eam, acknowledged(first, number="a-0"), at=after(120))
    assert (nobody.status, [code for code, _ in said(nobody)]) == (422, ["1.7"])
    strange = "6f1d7bb5-4b0e-4f0f-93a5-0d2f37a3f001"
    assert [code for code, _ in said(post(eam, acknowledged(strange, told.mrid, number="a-5"), at=after(120)))] == [
        "2.15"
    ]
    window = {"begins_at": after(6 * DAY), "ends_at": after(6 * DAY + 3600), "reason": "Crane is late"}
    planned.change_window(actor=SUE, planned_id=row.pk, at=after(200), **window)
    deliver(after(201))
    assert planned_notices.unacknowledged(row) == 1
    post(eam, acknowledged(first, told.mrid, number="a-6"), at=after(210))
    assert planned_notices.unacknowledged(row) == 1
    changed = OutboxMessage.objects.get(noun="PlannedOutageNotifications", verb="changed", cause__contains="/1/")
    post(eam, acknowledged(str(changed.message_id), told.mrid, number="a-7"), at=after(220))
    assert planned_notices.unacknowledged(row) == 0


def test_a_question_for_planned_outages_is_answered_with_those_that_were_approved(eam: Partner) -> None:
    post(eam, plan("create", wanted()), at=after(0))
    nothing = post(eam, question("PlannedOutages", ""), at=after(50))
    assert said(nothing)[0][1].endswith("0 of 0 planned outages")
    notified()
    start = f"<StartTime>{after(4 * DAY).isoformat()}</StartTime>"
    answer = envelope.read(post(eam, question("PlannedOutages", start, "q-2"), at=after(100)).body)
    assert answer.payload is not None
    schemas.validate_payload(answer.payload, "PlannedOutages")
    assert (texts(answer, "mRID")[0], texts(answer, "outageKind")) == (MRID, ["predicted"])
    assert texts(answer, "DeEnergizedUsagePoint") == []
    late = f"<StartTime>{after(9 * DAY).isoformat()}</StartTime>"
    assert envelope.read(post(eam, question("PlannedOutages", late, "q-3"), at=after(100)).body).payload is None


def test_a_question_for_outages_tells_public_fields_and_only_the_customer_asked_for(eam: Partner) -> None:
    move("CB1", close=False, at=10)
    settle(20)
    point, other = (UsagePoint.objects.filter(equipment_mrid=name).order_by("pk").first() for name in ("T1", "T3"))
    assert point is not None and other is not None
    whole = envelope.read(
        post(
            eam, question("UnplannedOutages", "<Option><name>state</name><value>all</value></Option>"), at=after(30)
        ).body
    )
    assert whole.payload is not None
    schemas.validate_payload(whole.payload, "UnplannedOutages")
    assert (texts(whole, "totalCount"), texts(whole, "DeEnergizedUsagePoint"), texts(whole, "Crew")) == (["20"], [], [])
    asked = f'<ID kind="name" idType="UsagePointNumber">{point.name}</ID>'
    own = envelope.read(post(eam, question("UnplannedOutages", asked, "q-2"), at=after(40)).body)
    assert point.name in texts(own, "name") and other.name not in texts(own, "name")
    gone = '<ID kind="name" idType="UsagePointNumber">SDP-NOWHERE</ID>'
    assert envelope.read(post(eam, question("UnplannedOutages", gone, "q-3"), at=after(50)).body).payload is None


def test_an_option_nobody_knows_and_a_right_nobody_gave_are_refused(eam: Partner) -> None:
    odd = "<Option><name>colour</name><value>red</value></Option>"
    answer = post(eam, question("UnplannedOutages", odd), at=after(10))
    assert answer.status == 422 and b"known are: area" in answer.body
    portal = make_partner("PORTAL", ["get UnplannedOutages"])
    head = compose.header("get", "PlannedOutages", source="PORTAL", message_id="q-9")
    body = f'<RequestMessage xmlns="{MESSAGE}">{head}<Request/></RequestMessage>'.encode()
    assert post(portal, body, at=after(10)).status == 403


def test_the_example_of_a_notification_is_valid() -> None:
    read = envelope.read(compose.sample("planned_outage_notification"))
    assert read.payload is not None
    schemas.validate_payload(read.payload, "PlannedOutageNotifications")
    read = envelope.read(compose.sample("planned_outage"))
    assert read.payload is not None
    schemas.validate_payload(read.payload, "PlannedOutages")
    assert dt.datetime.fromisoformat(texts(read, "start")[0]).tzinfo is not None
