"""Steps by hand of a FLISR plan go to crews as steps of a switching order, and come back as their reports (P02)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from integration.models import OutboxMessage, Partner
from network.models import Operation
from outages.models import FlisrEvent, FlisrStep, SwitchingOrder, SwitchingStep
from outages.selectors.flisr_words import said
from outages.services.flisr import deciding, executing, instructing, record, stepping
from outages.services.switching import executing as carrying_out
from outages.services.switching.life_cycle import OrderRefused
from tests.builders.town import Town
from tests.cast import ANNA, SYSTEM, after
from tests.integration.services.cast import make_partner, post
from tests.integration.services.test_switching_plans import codes, report
from tests.outages.services.flisr_acting import allow, answer, forgotten, pass_time, planned, published_once, steps
from workforce.services import crews

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Town]:
    """One town without remote control behind its breakers; each test's changes are taken back to here."""
    with published_once(django_db_blocker, lambda: Town(remote=0.0)) as made:
        yield made


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    """Overrides the story feeder: these tests stand on a town."""
    yield from forgotten()


@pytest.fixture
def taken(published: Town, db: None) -> FlisrEvent:
    """A plan whose steps are done by hand was taken; crew c12 is there."""
    allow("manual")
    event = planned(published)
    assert event.state == "proposed", event.reason
    area = event.area.key
    crews.create_crew(
        actor=SYSTEM, key="c12", name="Line 12", kind="line", area=area, members=[], vehicle="", at=after(90)
    )
    crews.set_shift(actor=SYSTEM, key="c12", shift="on", at=after(91))
    place = next(n for n, one in enumerate(event.plans) if one["by_hand"] and one["is_safe"])
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=place, revision=event.revision, at=after(100))
    return event


def tell(event: FlisrEvent, place: int, at: float) -> SwitchingStep:
    """Anna tells crew c12; the step of the order."""
    told = instructing.instruct_step(actor=ANNA, event_id=event.pk, place=place, crew="c12", at=after(at)).order_step
    assert told is not None
    return told


def order() -> SwitchingOrder:
    return SwitchingOrder.objects.get(kind="flisr")


def say(event: FlisrEvent, place: int, status: str, at: float) -> list[str]:
    """The work-force system reports a step; the codes of the answer."""
    told = steps(event)[place - 1].order_step
    assert told is not None
    message = report(order(), told.key, status, f"w-{place}-{at}").replace(
        b"2026-03-01T12:01:00Z", after(at).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    )
    return codes(post(Partner.objects.get(source="WFM"), message, at=after(at + 1)))


def test_a_crew_does_the_steps_by_hand_and_its_messages_end_them(taken: FlisrEvent, published: Town) -> None:
    make_partner(
        "WFM", ["changed SwitchingPlans"], endpoint_url="https://wfm.example.org/", subscriptions=["SwitchingPlans"]
    )
    at = 110.0
    for step in steps(taken):
        if step.is_remote:
            by_remote_control(published, taken, step, at)
        else:
            tell(taken, step.place, at)
            pass_time(at + 1)
            assert steps(taken)[step.place - 1].state == "instructed"
            assert say(taken, step.place, "completed", at + 5) == ["0.0"]
        pass_time(at + 7)
        at += 10
    taken.refresh_from_db()
    assert taken.state == "done", (taken.reason, [(one.place, one.state, one.result) for one in steps(taken)])
    by_hand = [one for one in steps(taken) if not one.is_remote]
    assert by_hand and {one.state for one in by_hand} == {"completed"}
    assert said(by_hand[0].result) == "reported by Line 12"
    first = by_hand[0]
    stands = "closed" if first.is_close else "open"
    report = [said(one.text) for one in taken.entries.order_by("at", "pk")]
    assert f"Step {first.place}: Line 12 says that {first.equipment_name} is {stands}. By hand" in report
    assert order().state == "completed"
    assert not Operation.objects.filter(state="completed", equipment_mrid=by_hand[0].equipment_mrid).exists()
    verbs = list(OutboxMessage.objects.filter(noun="SwitchingPlans").order_by("pk").values_list("verb", flat=True))
    assert (verbs[0], verbs[-1]) == ("create", "closed")
    assert b"instructed" in b"".join(bytes(one.body) for one in OutboxMessage.objects.filter(noun="SwitchingPlans"))


def test_a_report_that_comes_while_the_event_is_looked_at_is_heard_once_it_is_free(
    taken: FlisrEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_partner("WFM", ["changed SwitchingPlans"])
    step = first_by_hand(taken)
    tell(taken, step.place, 110)
    pass_time(111)
    with monkeypatch.context() as held:
        held.setattr(record, "locked", lambda _: None)  # as where a worker solves a power flow for it
        assert say(taken, step.place, "completed", 120) == ["0.0"]
        pass_time(122)
        assert steps(taken)[step.place - 1].state == "instructed"
    pass_time(123)
    assert steps(taken)[step.place - 1].state == "completed"


def by_remote_control(town: Town, event: FlisrEvent, step: FlisrStep, at: float) -> None:
    """Anna operates it and the field follows."""
    stepping.do_step(actor=ANNA, event_id=event.pk, place=step.place, at=after(at))
    answer(town, at + 1)
    pass_time(at + 2)


def first_by_hand(event: FlisrEvent) -> FlisrStep:
    """The first step: the fault is held off by hand here."""
    step = steps(event)[0]
    assert not step.is_remote
    return step


def test_a_step_that_a_crew_has_is_begun_by_nobody_else(taken: FlisrEvent) -> None:
    step = first_by_hand(taken)
    told = tell(taken, step.place, 110)
    with pytest.raises(executing.FlisrRefused, match="a crew was told"):
        stepping.do_step(actor=ANNA, event_id=taken.pk, place=step.place, at=after(111))
    with pytest.raises(executing.FlisrRefused, match="a crew was told"):
        tell(taken, step.place, 112)
    with pytest.raises(executing.FlisrRefused, match="cannot be planned anew"):
        deciding.plan_again(actor=ANNA, event_id=taken.pk, at=after(113))
    later = next(one for one in steps(taken) if one.place > step.place)
    with pytest.raises(executing.FlisrRefused, match="not this step's turn"):
        tell(taken, later.place, 114)
    carrying_out.take_back(actor=ANNA, order_id=order().pk, step=told.key, at=after(115))
    with pytest.raises(OrderRefused, match="FLISR's"):
        carrying_out.instruct(actor=ANNA, order_id=order().pk, step=told.key, crew="c12", at=after(116))
    pass_time(117)
    assert (steps(taken)[step.place - 1].state, SwitchingStep.objects.get(pk=told.pk).state) == (
        "not_started",
        "deleted",
    )
    assert tell(taken, step.place, 120).order_id == told.order_id


def test_what_a_crew_cannot_do_is_planned_anew_without_that_switch(taken: FlisrEvent) -> None:
    make_partner("WFM", ["changed SwitchingPlans"])
    step = first_by_hand(taken)
    tell(taken, step.place, 110)
    assert say(taken, step.place, "failed", 115) == ["0.0"]
    pass_time(118)
    taken.refresh_from_db()
    assert taken.revision == 2
    assert said(FlisrStep.objects.get(pk=step.pk).result) == "Line 12 could not do it: By hand"
    assert all(step.equipment_mrid != one["mrid"] for plan in taken.plans for one in plan["steps"])


def test_a_step_is_taken_back_and_stopping_takes_it_back_too(taken: FlisrEvent) -> None:
    step = first_by_hand(taken)
    told = tell(taken, step.place, 110)
    instructing.take_step_back(actor=ANNA, event_id=taken.pk, place=step.place, at=after(115))
    assert (steps(taken)[step.place - 1].state, SwitchingStep.objects.get(pk=told.pk).state) == (
        "not_started",
        "deleted",
    )
    again = tell(taken, step.place, 120)
    deciding.stop(actor=ANNA, event_id=taken.pk, reason="storm", at=after(125))
    pass_time(126)
    assert steps(taken)[step.place - 1].state == "skipped"
    assert (SwitchingStep.objects.get(pk=again.pk).state, order().state) == ("deleted", "completed")


def test_a_crew_is_called_back_where_what_it_was_told_is_not_safe_any_more(taken: FlisrEvent, published: Town) -> None:
    make_partner("WFM", ["changed SwitchingPlans"])
    at = 105.0
    for step in steps(taken):
        if step.purpose == "restore" and not step.is_remote:
            break
        if step.is_remote:
            by_remote_control(published, taken, step, at)
        else:
            tell(taken, step.place, at)
            say(taken, step.place, "completed", at + 2)
        pass_time(at + 4)
        at += 10
    else:
        pytest.skip("this plan restores by remote control alone")
    told = tell(taken, step.place, at)
    opened = next(one for one in steps(taken) if one.purpose == "isolate" and not one.is_close)
    published.report(published.present.grid.branch_index(opened.equipment_mrid), close=True, at=at + 5)
    pass_time(at + 6)
    taken.refresh_from_db()
    assert SwitchingStep.objects.get(pk=told.pk).state == "deleted"
    assert FlisrStep.objects.get(pk=step.pk).state == "failed"
    assert "is not safe any more" in said(FlisrStep.objects.get(pk=step.pk).result)
    assert (taken.state, said(taken.reason).startswith("the device that tripped has supply")) == ("held", True)
