"""create(TroubleTickets) becomes calls."""

from __future__ import annotations

from typing import Any

import pytest

from integration.cim import xml
from integration.models import InboxMessage, Partner
from integration.services import inbox
from outages.models import Call
from tests.integration.cim.messages import compose
from tests.integration.services.cast import MillLane, Post, make_partner

NS = "{http://iec.ch/TC57/2011/schema/message}"


def tickets(*items: str, message_id: str = "t-1") -> bytes:
    content = "".join(f"<TroubleTicket>{item}</TroubleTicket>" for item in items)
    payload = f'<TroubleTickets xmlns="urn:tieline:cim:2026:TroubleTickets#">{content}</TroubleTickets>'
    head = compose.header("create", "TroubleTickets", source="CIS", message_id=message_id)
    return compose.message(payload, head, root="RequestMessage")


def ticket(who: str, *, mrid: str = "call-1", code: str = "NO_POWER", hazard: str = "", premises: str = "false") -> str:
    hazards = f"<Hazard><type>{hazard}</type></Hazard>" if hazard else ""
    customer, rest = (who, "") if who.startswith("<Customer") else ("", who)
    return (
        f"<mRID>{mrid}</mRID><dateTimeOfReport>2026-03-01T10:15:00Z</dateTimeOfReport><multiplePremises>{premises}</multiplePremises>"
        f"<troubleCode>{code}</troubleCode>{customer}{hazards}{rest}"
    )


def said(answer: inbox.Answer, name: str) -> list[str]:
    return [one.text or "" for one in xml.parse_message(answer.body).iter(NS + name)]


@pytest.mark.parametrize(
    "who",
    [
        "<UsagePoint><Names><name>SDP-1</name></Names></UsagePoint>",
        "<UsagePoint><mRID>point-1</mRID></UsagePoint>",
        "<ServiceLocation><Names><name>SDP-1</name></Names></ServiceLocation>",
        "<Customer><Names><name>K-1</name><NameType><name>KNumber</name></NameType></Names></Customer>",
    ],
)
def test_a_call_is_kept_for_the_usage_point_it_is_about(
    cis: Partner, mill_lane: MillLane, post: Post, who: str
) -> None:
    answer = post(cis, tickets(ticket(who)))
    assert (answer.status, said(answer, "code")) == (200, ["0.0"])
    call = Call.objects.get()
    assert (call.usage_point_id, call.source, call.mrid, call.trouble_codes) == (
        mill_lane.points[0].pk,
        "CIS",
        "call-1",
        ["NO_POWER"],
    )
    assert InboxMessage.objects.get().effects == {"calls": [call.pk]}


def test_hazards_and_dark_neighbours_count_as_codes(cis: Partner, mill_lane: MillLane, post: Post) -> None:
    who = "<UsagePoint><mRID>point-1</mRID></UsagePoint>"
    post(cis, tickets(ticket(who, hazard="wireDown", premises="true")))
    assert Call.objects.get().trouble_codes == ["NO_POWER", "WIRE_DOWN", "AREA_OUT"]
    assert Call.objects.get().hazard == "wire_down"


def test_the_same_ticket_in_another_message_is_the_same_call(cis: Partner, mill_lane: MillLane, post: Post) -> None:
    who = "<UsagePoint><mRID>point-1</mRID></UsagePoint>"
    for number in range(3):
        assert post(cis, tickets(ticket(who), message_id=f"t-{number}")).status == 200
    assert (Call.objects.count(), InboxMessage.objects.count()) == (1, 3)


@pytest.mark.parametrize(
    ("who", "code", "value"),
    [
        ("<UsagePoint><Names><name>SDP-9</name></Names></UsagePoint>", "2.12", "SDP-9"),
        ("<ServiceLocation><mRID>place-9</mRID></ServiceLocation>", "2.16", "place-9"),
        ("<Customer><Names><name>K-9</name></Names></Customer>", "2.22", "K-9"),
        ("<Customer><Names><name>K-2</name></Names></Customer>", "2.22", "K-2"),
    ],
)
def test_whoever_is_not_known_is_named(
    cis: Partner, mill_lane: MillLane, post: Post, who: str, code: str, value: str
) -> None:
    mill_lane.points[0].customer = mill_lane.points[1].customer  # K-2 is supplied at two points now
    mill_lane.points[0].save()
    good = "<UsagePoint><mRID>point-1</mRID></UsagePoint>"
    answer = post(cis, tickets(ticket(good, mrid="call-1"), ticket(who, mrid="call-2")))
    assert (answer.status, said(answer, "Result"), said(answer, "code"), said(answer, "ID")) == (
        200,
        ["PARTIAL"],
        [code],
        [value],
    )
    assert Call.objects.get().mrid == "call-1"


def test_a_system_without_the_right_enters_no_call(mill_lane: MillLane, post: Post, transactional_db: Any) -> None:
    other = make_partner("CIS", [])
    answer = post(other, tickets(ticket("<UsagePoint><mRID>point-1</mRID></UsagePoint>")))
    assert (answer.status, said(answer, "code")) == (403, ["7.5"])
    assert Call.objects.count() == 0
