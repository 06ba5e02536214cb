"""SwitchingPlans out and in: an order in the field, and what is said of its steps (P05, X04)."""

from __future__ import annotations

import pytest

from adms.core.services import dispatch
from integration.cim import envelope, schemas, xml
from integration.models import OutboxMessage, Partner
from integration.services import inbox
from network.selectors import state
from outages.models import SwitchingOrder
from outages.services.switching import approving, executing
from tests import cast
from tests.cast import ANNA, SYSTEM, after
from tests.integration.cim.messages import compose
from tests.integration.services.cast import Post, make_partner
from tests.outages.services.ordering import step, to_state, written
from workforce.services import crews

NS = "{urn:tieline:cim:2026:SwitchingPlans#}"


@pytest.fixture
def wfm(transactional_db: None) -> Partner:
    state.forget()
    cast.publish()
    crews.create_crew(
        actor=SYSTEM, key="c12", name="Line 12", kind="line", area="story-s", members=[], vehicle="", at=after(0)
    )
    return make_partner(
        "WFM", ["changed SwitchingPlans"], endpoint_url="https://wfm.example.org/", subscriptions=["SwitchingPlans"]
    )


def told() -> list[tuple[str, dict[str, list[str]]]]:
    """Verb and texts by name of every message, each valid by its schema."""
    dispatch.dispatch(clock=lambda: after(500))
    found = []
    for row in OutboxMessage.objects.filter(noun="SwitchingPlans").order_by("pk"):
        got = envelope.read(bytes(row.body))
        assert got.payload is not None
        schemas.validate_payload(got.payload, "SwitchingPlans")
        texts: dict[str, list[str]] = {}
        for element in got.payload.iter():
            if len(element) == 0:
                texts.setdefault(str(element.tag).removeprefix(NS), []).append(element.text or "")
        found.append((got.verb, texts))
    return found


def report(order: SwitchingOrder, key: str, status: str, message_id: str = "s-1") -> bytes:
    action = (
        f"<SwitchAction><description>By hand</description><executedDateTime>2026-03-01T12:01:00Z</executedDateTime>"
        f"<statusKind>{status}</statusKind><Names><name>{key}</name><NameType><name>StepKey</name></NameType></Names></SwitchAction>"
    )
    groups = f"<SwitchingStepGroups><SwitchingStep>{action}</SwitchingStep></SwitchingStepGroups>"
    plan = f"<SwitchingPlan><mRID>{order.mrid}</mRID>{groups}</SwitchingPlan>"
    payload = f'<SwitchingPlans xmlns="{NS[1:-1]}">{plan}</SwitchingPlans>'
    return compose.message(payload, compose.header("changed", "SwitchingPlans", source="WFM", message_id=message_id))


def codes(answer: inbox.Answer) -> list[str]:
    return [
        one.text or "" for one in xml.parse_message(answer.body).iter("{http://iec.ch/TC57/2011/schema/message}code")
    ]


def test_an_order_goes_out_when_it_is_issued_and_what_is_said_of_its_steps_comes_back(wfm: Partner, post: Post) -> None:
    order = to_state(written("open F1", "verify nobody at F1"), "approved")
    assert told() == []
    approving.issue(actor=ANNA, order_id=order.pk, at=after(6))
    key = step(order, 1).key
    executing.instruct(actor=ANNA, order_id=order.pk, step=key, crew="c12", at=after(10))
    first, second = told()
    assert first[0] == "create"
    assert (first[1]["mRID"][0], first[1]["purpose"], first[1]["kind"]) == (
        order.mrid,
        ["Replace L2"],
        ["open", "verify"],
    )
    assert (second[0], second[1]["kind"]) == ("changed", ["open"])  # the step it is about, not the whole order
    assert codes(post(wfm, report(order, key, "completed"), at=after(70))) == ["0.0"]
    done = step(order, 1)
    assert (done.state, done.occurred_at, done.note) == ("completed", after(60), "By hand")
    executing.do(actor=ANNA, order_id=order.pk, step=step(order, 2).key, at=after(600))
    executing.complete(actor=ANNA, order_id=order.pk, at=after(601))
    assert told()[-1][0] == "closed"


def test_what_cannot_be_taken_is_told_step_by_step(wfm: Partner, post: Post) -> None:
    order = to_state(written("open F1"), "issued")
    key = step(order, 1).key
    assert codes(post(wfm, report(order, key, "completed", "s-2"), at=after(70))) == ["1.8"]
    assert codes(post(wfm, report(order, "no-such-step", "completed", "s-3"), at=after(70))) == ["2.15"]
    assert codes(post(wfm, report(order, key, "dreamt", "s-4"), at=after(70))) == ["1.8"]
    assert step(order, 1).state == "not_started"
