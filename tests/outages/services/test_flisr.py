"""FLISR: a breaker trips and stays open; located, planned, checked, carried out through the gate (P02)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from adms.core.errors import NotFound
from network.models import Operation, TelemetryPoint
from network.services import operations, positions, telemetry
from network.services.positions import PositionReport
from network.services.telemetry import Measurement
from outages.models import FlisrEvent, Outage
from outages.selectors.flisr_words import said
from outages.services.flisr import deciding, scoring, stepping
from outages.services.flisr.executing import FlisrRefused
from tests.builders.town import Town
from tests.cast import ANNA, GATEWAY, after
from tests.outages.services.flisr_acting import (
    allow,
    answer,
    carry_out,
    field_listens,
    forgotten,
    pass_time,
    planned,
    published_once,
    steps,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Town]:
    """One town for all tests: to publish it takes longer than most of them. Each test's changes are taken back to here."""

    def make() -> Town:
        field_listens()
        return Town()

    with published_once(django_db_blocker, make) as made:
        yield made


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    """Overrides the story feeder: these tests stand on a town."""
    yield from forgotten()


@pytest.fixture
def town(published: Town, db: None) -> Town:
    return published


def test_a_trip_is_located_planned_carried_out_and_leaves_only_the_faulted_section_dead(town: Town) -> None:
    allow("manual")
    before = town.live_customers()
    event = planned(town)
    assert event.state == "proposed", event.reason
    assert event.location["suspected"] == 1
    assert set(event.location["bounds"]) == {town.name(one) for one in town.trunk[town.peopled - 1 : town.peopled + 1]}
    best = event.plans[0]
    assert best["is_safe"] and best["check"]["converged"] and best["by_hand"] == 0
    assert [(one["purpose"], one["close"]) for one in best["steps"]] == [
        ("isolate", False), ("isolate", False), ("restore", True), ("restore", True),
    ]  # fmt: skip
    lost = event.before["customers"]
    assert best["customers"] == lost - event.location["suspected_customers"]

    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    carry_out(town, event, 105)
    event.refresh_from_db()
    assert event.state == "done", event.reason
    assert town.live_customers() == before - event.location["suspected_customers"]
    outage = Outage.objects.get(device_mrid=event.device_mrid)
    assert outage.state == "partly_restored"
    assert outage.customers_out == event.location["suspected_customers"]
    assert "flisr" in set(outage.entries.values_list("kind", flat=True))
    assert set(Operation.objects.values_list("origin", flat=True)) == {"flisr"}


def test_whom_a_feeder_that_tripped_meanwhile_fed_is_not_told_to_have_supply_again(town: Town) -> None:
    allow("manual")
    event = planned(town)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    for number, step in enumerate(steps(event)):
        pass_time(105 + 10 * number)
        stepping.do_step(actor=ANNA, event_id=event.pk, place=step.place, at=after(106 + 10 * number))
        answer(town, 108 + 10 * number)
    gains = event.plans[0]["gains"]
    around = {int(town.present.energisation.feeder[gain["nodes"][0]]) for gain in gains} - {town.head}
    for head in around:
        town.report(head, close=False, at=150)
    pass_time(151)
    event.refresh_from_db()
    dead = [gain for gain in gains if not town.present.energisation.live[gain["nodes"][0]]]
    assert event.state == "done" and dead
    back = event.plans[0]["customers"] - sum(gain["customers"] for gain in dead)
    assert back > 0
    told = [said(entry.text) for entry in event.entries.all()]
    assert f"Carried out: {back} customers have supply again" in told


def test_what_a_person_opened_meanwhile_hides_neither_the_fault_nor_the_rest_and_is_left_open(town: Town) -> None:
    allow("manual")
    event = planned(town)
    before, nodes = event.plans[0]["customers"], set(event.location["nodes"])
    first = steps_of(event, 0)[0]
    town.report(town.present.grid.branch_index(first), close=False, at=100)
    deciding.plan_again(actor=ANNA, event_id=event.pk, at=after(110))
    pass_time(111)
    event.refresh_from_db()
    assert event.state == "proposed", event.reason
    assert set(event.location["nodes"]) == nodes
    assert event.plans[0]["customers"] == before
    assert first not in steps_of(event, 0)


def steps_of(event: FlisrEvent, place: int) -> list[str]:
    return [one["mrid"] for one in event.plans[place]["steps"]]


def test_a_trip_of_one_phase_is_left_to_people_and_says_so(town: Town) -> None:
    allow("automatic")
    before = town.live_customers()
    report = PositionReport(town.key, town.mrid(town.head), after(60), is_closed=True, closed_phases=6)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(60))
    for later in (60.5, 81, 92):
        event = pass_time(later)
    assert event is not None
    assert (event.state, event.plans) == ("declined", [])
    assert said(event.reason) == "only some phases lost supply: who is to be switched is a person's decision"
    assert not Operation.objects.exists()
    assert town.live_customers() == before  # on two phases
    town.report(town.head, close=True, at=100)
    assert pass_time(101) == event


def test_a_breaker_that_recloses_in_time_is_no_event_to_plan(town: Town) -> None:
    allow("manual")
    town.trip(60, operated=town.peopled)
    pass_time(60.5)
    town.report(town.head, close=True, at=65)
    event = pass_time(66)
    assert event is not None and event.state == "reclosed"
    assert pass_time(120) == event and event.revision == 0


def test_a_plan_is_over_when_the_device_was_closed_again_otherwise(town: Town) -> None:
    allow("manual")
    event = planned(town)
    assert event.state == "proposed"
    town.report(town.head, close=True, at=100)
    pass_time(101)
    event.refresh_from_db()
    assert event.state == "over"
    assert "closed again" in said(event.entries.latest("pk").text)


def test_a_plan_in_execution_is_over_when_the_device_was_closed_before_its_first_step(town: Town) -> None:
    allow("manual")
    event = planned(town)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    town.report(town.head, close=True, at=101)
    pass_time(102)
    event.refresh_from_db()
    assert event.state == "over"
    with pytest.raises(NotFound):
        stepping.do_step(actor=ANNA, event_id=event.pk, place=1, at=after(103))


def test_a_plan_in_execution_is_held_when_the_device_was_closed_between_its_steps(town: Town) -> None:
    allow("manual")
    event = planned(town)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    stepping.do_step(actor=ANNA, event_id=event.pk, place=1, at=after(105))
    answer(town, 107)
    town.report(town.head, close=True, at=108)
    pass_time(109)
    event.refresh_from_db()
    assert event.state == "held"
    assert "not by this plan" in said(event.reason)


def test_automatic_goes_by_itself_and_stops_on_the_feeder_until_acknowledged(town: Town) -> None:
    allow("automatic")
    event = planned(town)
    assert event.state == "executing", event.reason
    at = 95.0
    while FlisrEvent.objects.get(pk=event.pk).state == "executing":
        assert answer(town, at) == 1, "one step at a time"
        pass_time(at + 1)
        at += 3
    event.refresh_from_db()
    assert event.state == "done"
    # The same feeder trips again: nobody has acknowledged yet, so the plan is only offered.
    town.report(town.head, close=False, at=200)
    for later in (200.5, 221, 232):
        second = pass_time(later)
    assert second is not None and second.pk != event.pk
    assert second.state in ("proposed", "declined")
    if second.state == "proposed":
        assert "acknowledged" in said(second.reason)
    deciding.acknowledge(actor=ANNA, event_id=event.pk, verdict="right", at=after(300))
    event.refresh_from_db()
    assert event.verdict == "right"


def test_in_the_shadow_nothing_is_touched(town: Town) -> None:
    event = planned(town)  # nobody has set a mode: the shadow
    assert event.state == "shadowed" and event.plans[0]["is_safe"]
    assert not Operation.objects.exists()


def test_a_plan_is_taken_only_as_it_was_seen(town: Town) -> None:
    allow("manual")
    event = planned(town)
    with pytest.raises(FlisrRefused, match="made anew"):
        deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision + 1, at=after(100))
    deciding.plan_again(actor=ANNA, event_id=event.pk, at=after(100))
    event = pass_time(101)
    assert event is not None and (event.state, event.revision) == ("proposed", 2)


def test_a_tagged_switch_is_left_alone_and_the_section_behind_it_waits(town: Town) -> None:
    allow("manual")
    tagged = town.trunk[town.peopled]
    operations.place_tag(
        actor=ANNA, model=town.key, equipment_mrid=town.mrid(tagged), kind="inhibit", text="worn", at=after(10)
    )
    event = planned(town)
    assert event.state == "proposed"
    assert town.mrid(tagged) not in {one["mrid"] for plan in event.plans for one in plan["steps"]}
    assert town.mrid(town.trunk[town.peopled + 1]) in {one["mrid"] for one in event.plans[0]["steps"]}
    assert any("it carries a tag of anna: worn" in said(reason) for reason in event.plans[0]["reasons"])


# What the field does with commands


def test_a_step_the_field_refuses_is_planned_anew_around_the_switch(town: Town) -> None:
    allow("automatic")
    event = planned(town)
    first = steps(event)[0]
    assert first.operation_id is not None
    operations.fail_operation(actor=ANNA, operation_id=first.operation_id, result="spring not charged", at=after(95))
    event = pass_time(96)
    assert event is not None and event.state == "executing" and event.revision == 2
    assert first.equipment_mrid not in {step.equipment_mrid for step in steps(event)}


def test_a_late_report_counts_and_the_plan_goes_on(town: Town) -> None:
    allow("automatic")
    event = planned(town)
    operations.end_overdue(at=after(120))  # nobody answered
    pass_time(121)
    event.refresh_from_db()
    assert (event.state, event.revision) == ("executing", 1)
    branch = town.present.grid.branch_index(steps(event)[0].equipment_mrid)
    town.report(branch, close=False, at=125)
    event = pass_time(126)
    assert event is not None
    told = steps(event)
    assert (told[0].state, told[0].result) == ("completed", {"code": "reported_late"})
    assert told[1].state == "pending"


def test_a_switch_that_never_answers_is_taken_not_to_have_opened(town: Town) -> None:
    allow("automatic")
    event = planned(town)
    silent = steps(event)[0].equipment_mrid
    operations.end_overdue(at=after(120))
    pass_time(121)
    event = pass_time(155)
    assert event is not None and event.revision == 2
    assert silent not in {step.equipment_mrid for step in steps(event)}
    assert len(event.plans[event.chosen or 0]["steps"]) == 4


def test_another_position_than_commanded_is_not_taken_for_done(town: Town) -> None:
    allow("automatic")
    event = planned(town)
    answer(town, 95, report_closed=True)  # it says that it stands closed still
    pass_time(96)
    assert steps(event)[0].state == "pending"
    operations.end_overdue(at=after(120))
    pass_time(121)
    event = pass_time(155)
    assert event is not None and event.revision == 2


def test_a_tie_nobody_knows_of_stops_the_plan_until_a_person_finds_out(town: Town) -> None:
    allow("automatic")
    event = planned(town)
    at = 95.0
    while steps(event) and not any(step.is_close and step.state == "pending" for step in steps(event)):
        answer(town, at)
        pass_time(at + 1)
        at += 3
    operations.end_overdue(at=after(at + 25))
    pass_time(at + 26)
    event = pass_time(at + 60)
    assert event is not None and event.state == "held"
    assert "nobody knows whether" in said(event.reason)


def test_a_freeze_of_remote_control_holds_the_event(town: Town) -> None:
    from network.services.control import freezing

    allow("automatic")
    event = planned(town)
    freezing.freeze(actor=ANNA, reason="smoke in the station", at=after(94))
    answer(town, 95)
    event = pass_time(96)
    assert event is not None and event.state == "held"
    assert "frozen" in said(event.reason)


# What starts it, and what it waits for


def test_a_lockout_signal_triggers_at_once(town: Town) -> None:
    allow("manual")
    TelemetryPoint.objects.create(
        version_id=town.present.version_id, mrid="lockout", name="lockout", equipment_mrid=town.mrid(town.head),
        kind="lockout", phases=7,
    )  # fmt: skip
    town.trip(60, operated=town.peopled)
    event = pass_time(60.5)
    assert event is not None and event.state == "watching"
    telemetry.record_measurements(measurements=[Measurement("lockout", 1.0, after(61))], at=after(61))
    event = pass_time(61)  # long before flisr.reclose_s
    assert event is not None and (event.state, event.trigger) == ("scanning", "lockout")
    assert "locked out" in said(event.entries.get(kind="scanning").text)
    event = pass_time(72)
    assert event is not None and event.state == "proposed"


def test_a_stale_picture_is_waited_for(town: Town) -> None:
    allow("manual")
    doubtful = town.trunk[town.peopled]
    report = PositionReport(town.key, town.mrid(doubtful), after(10), is_closed=True, quality="stale")
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(10))
    event = planned(town)
    assert event.state == "held" and town.name(doubtful) in said(event.reason) and not event.plans
    assert pass_time(93) == event and FlisrEvent.objects.get().state == "held"
    town.report(doubtful, close=True, at=100)
    event = pass_time(112)
    assert event is not None and event.state == "proposed" and event.plans[0]["is_safe"]


def test_restore_only_leaves_it_to_people_to_hold_the_fault_off(town: Town) -> None:
    allow("restore_only")
    event = planned(town)
    assert event.state == "proposed"
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    at = 105.0
    for step in steps(event):
        if step.purpose == "isolate":
            with pytest.raises(FlisrRefused, match="restore only"):
                stepping.do_step(actor=ANNA, event_id=event.pk, place=step.place, at=after(at))
            assert not Operation.objects.filter(equipment_mrid=step.equipment_mrid).exists()
            town.report(town.present.grid.branch_index(step.equipment_mrid), close=False, at=at)  # somebody was there
        else:
            stepping.do_step(actor=ANNA, event_id=event.pk, place=step.place, at=after(at))
            answer(town, at + 2)
        pass_time(at + 3)
        at += 10
    event.refresh_from_db()
    assert event.state == "done", event.reason
    assert [step.state for step in steps(event) if step.purpose == "isolate"] == ["already", "already"]


def test_what_a_plan_in_the_shadow_would_have_saved_is_counted(town: Town) -> None:
    event = planned(town)
    assert event.state == "shadowed" and event.planned_at is not None
    repaired = 60 + 3_600
    town.report(town.head, close=True, at=repaired)
    pass_time(repaired + 1)
    assert scoring.score_due(at=after(repaired + 1)) == 1
    event.refresh_from_db()
    assert event.scored_at is not None
    lost = event.before["customers"]
    assert event.score["happened"] == pytest.approx(lost * 60.0, abs=0.1)
    begun = (event.planned_at - after(60)).total_seconds()
    gains = event.plans[0]["gains"]
    waited = sum(one["customers"] * (begun + one["after_s"]) for one in gains)
    waited += (lost - sum(one["customers"] for one in gains)) * 3_600
    assert event.score["saved"] == pytest.approx(lost * 60.0 - waited / 60.0, abs=0.2)
    assert 0 < event.score["saved"] < event.score["happened"]


def test_what_a_plan_that_was_carried_out_has_saved_is_held_against_what_happened(town: Town) -> None:
    """Without the plan everybody would have waited for the repair."""
    allow("manual")
    event = planned(town)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    carry_out(town, event, 105)
    repaired = 60 + 3_600
    for step in [one for one in steps(event) if not one.is_close]:
        town.report(town.present.grid.branch_index(step.equipment_mrid), close=True, at=repaired)
        pass_time(repaired + 1)
        if scoring.score_due(at=after(repaired + 2)):
            break
    event.refresh_from_db()
    assert event.scored_at is not None
    done = {step.place: step.ended_at for step in steps(event)}
    lost, back = event.before["customers"], event.plans[0]["gains"]
    waited = sum(one["customers"] * (done[one["step"]] - after(60)).total_seconds() for one in back)  # type: ignore[operator]
    waited += event.location["suspected_customers"] * 3_600
    assert event.score["otherwise"] == pytest.approx(lost * 60.0, abs=0.2)
    assert event.score["happened"] == pytest.approx(waited / 60.0, abs=0.2)
    assert event.score["saved"] == pytest.approx(lost * 60.0 - waited / 60.0, abs=0.4)
