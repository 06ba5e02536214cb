"""A tagged device is refused whichever way it is asked for: map, REST, an order's step (page, REST, a crew), FLISR, CIM, SOAP (P02, P05, P06).

Negative tests 17 and 18: what was selected for one thing operates no other; nothing reaches the field; every refusal is on the audit trail.
`tests/test_permissions.py` asks the same of each origin at the gate itself.
"""

import uuid

import pytest

from adms.core.models import AuditEntry, StoredEvent
from integration.cim import registry
from integration.services import partners
from integration.services.partners import NewPartner
from network.models import Operation
from network.selectors import state
from network.services import operations
from outages.services.flisr import deciding
from outages.services.switching import executing
from outages.services.switching.life_cycle import OrderRefused
from tests import cast
from tests.builders.town import Town
from tests.cast import ANNA, NOON, SYSTEM, after, person
from tests.integration.cim.messages import compose
from tests.outages.services.flisr_acting import allow, answer, pass_time, planned, steps
from tests.outages.services.ordering import step, to_state, written
from tests.people import Person
from tests.rest import Api
from workforce.services import crews

pytestmark = pytest.mark.django_db
TAG = "men at work"


def hang(model: str, mrid: str, at: float = 8) -> None:
    operations.place_tag(
        actor=person("zoe", "OPR"), model=model, equipment_mrid=mrid, kind="inhibit", text=TAG, at=after(at)
    )


def refusals() -> int:
    return AuditEntry.objects.filter(result="refused", reason__contains="carries a tag").count()


def commands() -> int:
    return StoredEvent.objects.filter(name="CommandRequested").count()


@pytest.fixture
def order(db):
    """An order whose first step opens SW1, which is tagged after it was issued."""
    state.forget()
    cast.publish()
    crews.create_crew(
        actor=SYSTEM, key="c12", name="Line 12", kind="line", area="story-s", members=[], vehicle="", at=after(0)
    )
    row = to_state(written("open SW1", "close SW1"), "issued")
    hang("story", "SW1")
    return row


def soap(message: bytes) -> bytes:
    body = message.decode()
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}</s:Body></s:Envelope>'.encode()
    )


def control() -> bytes:
    command = (
        f"<Control><mRID>{uuid.UUID(int=7)}</mRID><timeStamp>2026-03-01T10:15:00Z</timeStamp><value>0</value>"
        "<validUntil>2036-03-01T10:15:00Z</validUntil><Switch><mRID>SW1</mRID></Switch></Control>"
    )
    payload = f'<Controls xmlns="urn:tieline:cim:2026:Controls#">{command}</Controls>'
    return compose.message(payload, compose.header("create", "Controls", source="BUS"))


def in_the_order(verb: str):
    def go(order) -> int:
        at = f"/orders/{order.pk}/steps/{step(order, 1).key}/{verb}/"
        return int(Person("OPR").post(at, seen_number="0", crew="c12", target="dialog").status_code)

    return go


def of_the_order_over_rest(verb: str, body: dict[str, object]):
    def go(order) -> int:
        answer_ = Api("OPR").post(f"switching-orders/{order.pk}/steps/{step(order, 1).key}/{verb}", body)
        assert answer_.status_code == 409, answer_.content
        return int(answer_.status_code)

    return go


PEOPLES_WAYS = {
    "map": lambda _: Person("OPR").post("/network/story/select/SW1/open/", seen_number=0).status_code,
    "rest": lambda _: Api("OPR").post("operations", {"device": "SW1", "action": "open", "seen_number": 0}).status_code,
    "step of an order": in_the_order("operate"),
    "step of an order, by a crew": in_the_order("instruct"),
    "step of an order over rest": of_the_order_over_rest("select", {"seen_number": 0}),
    "step of an order over rest, by a crew": of_the_order_over_rest("instruct", {"crew": "c12"}),
}


@pytest.mark.parametrize("way", PEOPLES_WAYS)
def test_a_tagged_device_is_refused_to_people(order, way):
    PEOPLES_WAYS[way](order)
    assert refusals() >= 1
    assert (Operation.objects.count(), commands()) == (0, 0)
    assert step(order, 1).state == "not_started"


@pytest.mark.parametrize("kind", ["emergency", "load_shed", "cold_load"])
def test_a_tagged_device_is_refused_to_orders_that_are_issued_when_they_are_written(kind):
    state.forget()
    cast.publish()
    row = written("open SW1", kind=kind)
    hang("story", "SW1")
    in_the_order("operate")(row)
    of_the_order_over_rest("select", {"seen_number": 0})(row)
    assert refusals() >= 2
    assert (Operation.objects.count(), commands(), step(row, 1).state) == (0, 0, "not_started")


@pytest.mark.parametrize("way", ["cim", "soap"])
def test_no_message_operates_a_device_tagged_or_not(order, way):
    new = NewPartner(name="Bus", source="BUS", allowed=tuple({row.name for row in registry.ROWS}))
    _, secret = partners.create_partner(actor=SYSTEM, partner=new, at=NOON)
    address, body, kind = {
        "cim": ("/cim/v1/messages", control(), "application/xml"),
        "soap": ("/cim/v1/soap", soap(control()), "text/xml"),
    }[way]
    client = Api("INT").client
    answer_ = client.post(address, body, content_type=kind, headers={"Authorization": f"Bearer {secret}"})
    assert b"FAILED" in answer_.content or answer_.status_code >= 400
    assert (Operation.objects.count(), commands()) == (0, 0)


@pytest.mark.parametrize("way", ["page", "rest", "automatic"])
def test_a_tagged_device_is_refused_to_flisr(way):
    """By hand its step stays where it is; by itself it plans around the device, which it never commands."""
    state.forget()
    partners.create_partner(
        actor=SYSTEM, partner=NewPartner("SCADA", "SCADA", (), ("Controls",), "http://127.0.0.1:9/"), at=NOON
    )
    town = Town()
    allow("automatic" if way == "automatic" else "manual")
    if way == "automatic":
        event = planned(town)
        pending = [one for one in steps(event) if one.state == "not_started"]
        hang(event.model_key, pending[0].equipment_mrid, 100)
        answer(town, 105)
        pass_time(106)
        tagged = pending[0].equipment_mrid
        assert not Operation.objects.filter(equipment_mrid=tagged).exists()
        return
    event = planned(town)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    first = steps(event)[0]
    hang(event.model_key, first.equipment_mrid, 101)
    if way == "page":
        Person("OPR").post(f"/flisr/{event.pk}/step/{first.place}/", seen_number="0", target="dialog")
    else:
        assert Api("OPR").post(f"flisr/events/{event.pk}/steps/{first.place}").status_code == 409
    first.refresh_from_db()
    assert first.state == "not_started"
    assert refusals() >= 1
    assert (Operation.objects.count(), commands()) == (0, 0)


def test_what_was_selected_for_something_else_operates_no_step(order):
    """Negative test 17: the token of another wanted state is refused with inconsistent-parameters, and nothing is commanded."""
    for tag in operations.find_switch("story", "SW1").version.model.tag_set.all():
        operations.remove_tag(actor=person("zoe", "OPR"), tag_id=tag.pk, at=after(9))
    request = operations.Request("story", "SW1", False, 0)
    picked = operations.request_operation(actor=ANNA, request=request, at=after(10))
    with pytest.raises(OrderRefused, match="selected for something else") as refused:
        executing.operate(
            actor=ANNA, order_id=order.pk, step=step(order, 1).key, operation_id=picked.pk, confirmation="1", reason="x", at=after(11)
        )  # fmt: skip
    assert refused.value.data["cause"] == "inconsistent-parameters"
    assert commands() == 0
    assert AuditEntry.objects.filter(action="order_operate", result="refused").count() == 1
