"""B02: several operations in one message; nothing half-applied where all or none was asked for."""

from __future__ import annotations

import pytest

from integration.cim import envelope
from integration.models import InboxMessage, Partner, Quarantine
from integration.services import inbox
from network.selectors import state
from outages.models import PlannedOutage
from tests.cast import after, publish
from tests.integration.cim.messages import compose
from tests.integration.services.cast import make_partner, post

DAY = 86_400
NS = "urn:tieline:cim:2026:PlannedOutages#"
WHOLE = "<enforceTransactionalIntegrity>true</enforceTransactionalIntegrity>"
ORDERED = "<enforceMsgSequence>true</enforceMsgSequence>"
ALLOWED = ["create PlannedOutages", "cancel PlannedOutages", "get PlannedOutages"]


@pytest.fixture
def eam(transactional_db: None) -> Partner:
    state.forget()
    publish()
    return make_partner("EAM", ALLOWED)


def mrid(number: int) -> str:
    return f"e3e5b1ff-2cf9-4c1c-9a39-3b2f5c7a11{number:02}"


def wanted(number: int, device: str = "SW1") -> str:
    start = after((5 + number) * DAY)
    period = (
        f"<estimatedPeriod><end>{after((5 + number) * DAY + 3600).isoformat()}</end><start>{start.isoformat()}</start>"
    )
    item = (
        f"<mRID>{mrid(number)}</mRID><reason>Pole replacement</reason><Equipments><mRID>{device}</mRID></Equipments>"
        f"{period}</estimatedPeriod>"
    )
    return operation(number, "create", item)


def operation(number: int, verb: str, item: str, noun: str = "PlannedOutages") -> str:
    payload = f'<PlannedOutages xmlns="{NS}"><PlannedOutage>{item}</PlannedOutage></PlannedOutages>'
    return f"<Operation><operationId>{number}</operationId><noun>{noun}</noun><verb>{verb}</verb>{payload}</Operation>"


def several(content: str, number: str = "s-1", verb: str = "execute") -> bytes:
    head = compose.header(verb, "OperationSet", source="EAM", message_id=number)
    return compose.message(f"<OperationSet>{content}</OperationSet>", head, root="RequestMessage")


def told(answer: inbox.Answer) -> list[tuple[str, str]]:
    """(code, operationId) of each error."""
    root = envelope.forms.take_apart(envelope.xml.parse_message(answer.body)).reply
    assert root is not None
    spaces = {"m": root.nsmap[None]}
    found = root.iterfind("m:Error", spaces)
    return [(one.findtext("m:code", "", spaces), one.findtext("m:operationId", "", spaces)) for one in found]


def test_all_of_a_good_set_is_done_once(eam: Partner) -> None:
    data = several(WHOLE + "".join(wanted(number) for number in range(1, 4)))
    answers = [post(eam, data, at=after(number)) for number in range(3)]
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert told(answers[0]) == [("0.0", "")]
    assert sorted(PlannedOutage.objects.values_list("mrid", flat=True)) == [mrid(1), mrid(2), mrid(3)]
    row = InboxMessage.objects.get()
    assert (row.items, row.items_failed, len(row.effects["planned_outages"]), row.repeats) == (3, 0, 3, 2)


def test_of_ten_that_belong_together_with_a_bad_seventh_none_is_done(eam: Partner) -> None:
    """Case 16 of the negative tests; sent again it gets the same answer."""
    operations = [wanted(number, "SW1" if number != 7 else "no such device") for number in range(1, 11)]
    data = several(WHOLE + "".join(operations))
    for _ in range(2):
        answer = post(eam, data, at=after(0))
        assert (answer.status, told(answer)) == (422, [("5.9", "7"), ("2.15", "7")])
    assert (PlannedOutage.objects.count(), InboxMessage.objects.count()) == (0, 0)
    assert Quarantine.objects.get().seen == 2


def test_without_that_wish_each_stands_for_itself(eam: Partner) -> None:
    operations = [wanted(1), wanted(2, "no such device"), operation(3, "create", "<mRID/>"), wanted(4)]
    answer = post(eam, several("".join(operations)), at=after(0))
    assert (answer.status, told(answer)) == (200, [("2.15", "2"), ("1.8", "3")])
    assert b"<Result>PARTIAL</Result>" in answer.body
    assert sorted(PlannedOutage.objects.values_list("mrid", flat=True)) == [mrid(1), mrid(4)]


def test_in_sequence_nothing_is_tried_after_a_failure(eam: Partner) -> None:
    answer = post(eam, several(ORDERED + wanted(1) + wanted(2, "no such device") + wanted(3)), at=after(0))
    assert told(answer) == [("2.15", "2"), ("5.2", "3")]
    assert list(PlannedOutage.objects.values_list("mrid", flat=True)) == [mrid(1)]


def test_an_operation_builds_on_the_one_before(eam: Partner) -> None:
    ended = operation(2, "cancel", f"<mRID>{mrid(1)}</mRID><status><reason>Crane broke</reason></status>")
    answer = post(eam, several(ORDERED + WHOLE + wanted(1) + ended), at=after(0))
    assert told(answer) == [("0.0", "")]
    assert PlannedOutage.objects.get().state == "cancelled"


def test_what_the_sender_may_not_send_alone_it_may_not_in_a_set(eam: Partner) -> None:
    moved = operation(2, "change", f"<mRID>{mrid(1)}</mRID>")
    assert told(post(eam, several(wanted(1) + moved), at=after(0))) == [("7.5", "2")]
    eam.user.grants.all().delete()
    answer = post(eam, several(wanted(3) + wanted(4), "s-2"), at=after(1))
    assert (answer.status, told(answer)) == (422, [("7.5", "3"), ("7.5", "4")])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (operation(1, "get", "<mRID>x</mRID>"), "2.9"),
        (operation(1, "created", "<mRID>x</mRID>"), "2.9"),
        (operation(1, "create", "<mRID>x</mRID>", "Unicorns"), "2.5"),
        (wanted(1).replace("<PlannedOutages", "<elementOperation>true</elementOperation><PlannedOutages"), "2.9"),
    ],
)
def test_what_a_set_cannot_hold_is_said_of_the_operation(eam: Partner, content: str, code: str) -> None:
    answer = post(eam, several(content), at=after(0))
    assert (answer.status, told(answer)) == (422, [(code, "1")])
    assert PlannedOutage.objects.count() == 0


def test_a_set_that_was_executed_elsewhere_is_not_taken(eam: Partner) -> None:
    assert told(post(eam, several(wanted(1), verb="executed"), at=after(0))) == [("2.9", "")]


def test_a_message_of_a_set_without_one_is_refused(eam: Partner) -> None:
    head = compose.header("execute", "OperationSet", source="EAM")
    assert told(post(eam, compose.message("", head, root="RequestMessage"), at=after(0))) == [("1.7", "")]
