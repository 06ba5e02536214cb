"""What the control gate refuses, in which words, and who can lift it: freeze, local mode, way to the field, interlocks, guards, tags."""

from dataclasses import replace

import pytest

from adms.core import actors
from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry, ControlArea, Setting, StoredEvent
from adms.core.services import approvals, authority, leases, step_up
from adms.core.services.approvals import NoApproval
from adms.core.services.authority import NotAuthorised
from adms.core.services.step_up import WrongPassword
from network.domain.draft import TelemetryPoint
from network.models import AutomationPlan, ControlFreeze, FrontEnd, JournalEntry, Operation, SwitchState, Tag
from network.selectors import control, state
from network.services import operations, positions, telemetry
from network.services.control import automation, freezing, interlocks
from network.services.operations import OperationRefused, Request
from network.services.positions import PositionReport
from network.services.telemetry import Measurement
from tests import cast
from tests.builders.network import NetworkBuilder
from tests.cast import ANNA, GATEWAY, NOON, TOM, after, person
from tests.people import PASSWORD, Person

pytestmark = pytest.mark.django_db
BEN, INGRID, PAUL, MEI = person("ben", "OPR"), person("ingrid", "SOP"), person("paul", "SOP"), person("mei", "ENG")
AREA = "story"


@pytest.fixture(autouse=True)
def network():
    state.forget()
    return cast.publish()


def setting(key: str, value: object) -> None:
    Setting.objects.update_or_create(
        key=key, area=None, defaults={"value": value, "changed_by": "test", "changed_at": NOON}
    )


def area_key() -> str:
    return str(operations.find_switch("story", "SW1").area.key)


def ask(device: str = "SW1", *, close: bool = False, seen: int = 0, **more) -> Request:
    return Request("story", device, close, seen, **more)


def cause(actor=ANNA, request: Request | None = None, at=NOON) -> str:
    """The AddCause word with which selecting is refused."""
    with pytest.raises(OperationRefused) as refusal:
        operations.request_operation(actor=actor, request=request or ask(), at=at)
    return str(refusal.value.data["cause"])


def operate(device: str = "SW1", *, actor=ANNA, close: bool = False, at=NOON, **more) -> Operation:
    """Both steps, with what the second asks for."""
    current = SwitchState.objects.filter(equipment_mrid=device).first()
    request = ask(device, close=close, seen=current.number if current else 0, **more)
    row = operations.request_operation(actor=actor, request=request, at=at)
    digits = operations.digits_to_type(row.equipment_name)
    return operations.execute_operation(actor=actor, operation_id=row.pk, confirmation=digits, reason="test", at=at)


def told(device: str, *, closed: bool, at, quality: str = "good") -> None:
    report = PositionReport("story", device, at, is_closed=closed, quality=quality)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=at)


def agreed(request: Request, *, actor, by, at=NOON) -> None:
    """A second person says yes to a movement beyond a guard."""
    row = operations.ask_second_person(actor=actor, request=request, reason="the storm", at=at)
    approvals.decide(actor=by, approval_id=row.pk, is_yes=True, at=at)


def signed_in(role: str, name: str) -> actors.Actor:
    """Somebody with an account and a password."""
    user = Person(role, name=name, password=PASSWORD).user
    return authority.actor_for(user, way="browser", session=f"session of {name}")


# Area


def test_only_who_holds_the_area_operates_and_the_first_operation_takes_a_free_one():
    operate()
    assert leases.present(at=NOON)[0].holder == "anna"
    assert cause(BEN, ask("F1")) == "no-access-authority"
    assert AuditEntry.objects.get(actor="ben", action="select").result == "refused"


def test_who_lost_the_area_between_select_and_operate_is_refused_at_operate():
    row = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    leases.break_glass(actor=INGRID, area=area_key(), reason="she does not answer", at=after(1))
    with pytest.raises(OperationRefused) as refusal:
        operations.execute_operation(actor=ANNA, operation_id=row.pk, confirmation="1", reason="x", at=after(2))
    assert refusal.value.data["cause"] == "no-access-authority"
    assert not StoredEvent.objects.filter(name="CommandRequested").exists()


# Freeze


def test_a_freeze_gives_selections_back_and_lets_no_command_pass():
    row = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    freezing.freeze(actor=TOM, reason="men on the wrong line", at=after(1))
    row.refresh_from_db()
    assert (row.state, row.result) == ("cancelled", "remote control was frozen")
    assert cause(at=after(2)) == "blocked-by-mode"
    with pytest.raises(OperationRefused):
        operations.execute_operation(actor=ANNA, operation_id=row.pk, confirmation="1", reason="x", at=after(2))
    assert not StoredEvent.objects.filter(name="CommandRequested").exists()
    told_to = StoredEvent.objects.filter(name="RemoteControlFrozen").values_list("area__key", "payload__is_frozen")
    assert set(told_to) == {(key, True) for key in ControlArea.objects.values_list("key", flat=True)}


def test_a_command_that_is_written_but_not_sent_is_not_sent_once_control_is_frozen():
    row = operate()
    assert operations.is_waiting(operation_id=row.pk, at=after(1))
    freezing.freeze(actor=ANNA, reason="wrong line", at=after(2))
    assert not operations.is_waiting(operation_id=row.pk, at=after(3))


def test_what_is_operated_by_hand_is_still_written_down_while_control_is_frozen():
    freezing.freeze(actor=ANNA, reason="wrong line", at=NOON)
    assert operate("F1", at=after(1)).state == "completed"


def test_a_freeze_is_lifted_by_a_senior_operator_and_a_second_person_only():
    freezing.freeze(actor=ANNA, reason="wrong line", at=NOON)
    assert freezing.freeze(actor=INGRID, reason="me too", at=after(1)).frozen_by == "anna"
    with pytest.raises(NotAuthorised):
        freezing.lift(actor=ANNA, at=after(2))
    with pytest.raises(NoApproval):
        freezing.lift(actor=INGRID, at=after(2))
    row = freezing.ask_to_lift(actor=INGRID, reason="the line is clear", at=after(3))
    approvals.decide(actor=ANNA, approval_id=row.pk, is_yes=True, at=after(4))
    lifted = freezing.lift(actor=INGRID, at=after(5))
    assert (lifted.lifted_by, lifted.lifted_with) == ("ingrid", "anna")
    assert operations.request_operation(actor=ANNA, request=ask(), at=after(6)).state == "selected"
    with pytest.raises(freezing.NotFrozen):
        freezing.lift(actor=INGRID, at=after(7))


def test_who_may_not_freeze_and_who_gives_no_reason():
    with pytest.raises(NotAuthorised):
        freezing.freeze(actor=person("m", "MGR"), reason="why not", at=NOON)
    with pytest.raises(Invalid):
        freezing.freeze(actor=ANNA, reason=" ", at=NOON)
    assert not ControlFreeze.objects.exists()


# Automation

FLISR = actors.system("flisr")


def begin(feeder: str = "feeder 1", plan: str = "plan-1") -> AutomationPlan:
    return automation.begin(
        actor=FLISR, model="story", area=area_key(), feeder=feeder, origin="flisr", plan=plan, at=NOON
    )


def test_an_automation_acts_by_a_plan_that_has_begun_and_by_no_other_until_it_is_acknowledged():
    request = ask(origin="flisr", plan="plan-1")
    assert cause(FLISR, request) == "blocked-by-mode"
    plan = begin()
    assert begin().pk == plan.pk
    assert operate(actor=FLISR, origin="flisr", plan="plan-1").origin == "flisr"
    with pytest.raises(OperationRefused, match=r"^FLISR acted on feeder 1 and nobody has acknowledged it yet$"):
        begin(plan="plan-2")
    assert begin("feeder 2", "plan-3").pk != plan.pk
    automation.acknowledge(actor=ANNA, plan_id=plan.pk, note="seen", at=after(60))
    assert begin(plan="plan-2").plan == "plan-2"


def test_a_plan_of_flisr_is_told_by_its_event_to_people():
    begin(plan="flisr-12")
    with pytest.raises(OperationRefused, match=r"^FLISR acted on feeder 1 \(event 12\) and nobody"):
        begin(plan="flisr-13")
    page = Person("OPR", name="anna").get("/control/").content.decode()
    assert 'href="/flisr/12/">event 12</a>' in page
    assert "flisr-12" not in page


def test_an_interlock_names_the_other_device_as_people_call_it():
    state.forget()
    draft = cast.feeder()
    draft.branches["SW1"].name = "Switch One"
    cast.publish(draft)
    interlocks.make(
        actor=MEI, model="story", equipment_mrid="TIE", close=True, other_mrid="SW1", other_closed=False, at=NOON
    )
    with pytest.raises(OperationRefused, match=r"^Switch One must be open first$") as refusal:
        operations.request_operation(actor=ANNA, request=ask("TIE", close=True), at=NOON)
    assert refusal.value.data["lifted_by"] == "whoever brings Switch One there"


def test_a_freeze_stops_automation_as_well_even_where_it_records_by_hand():
    begin()
    freezing.freeze(actor=ANNA, reason="stop", at=NOON)
    assert cause(FLISR, ask("F1", origin="flisr", plan="plan-1")) == "blocked-by-mode"
    with pytest.raises(OperationRefused, match="frozen"):
        begin("feeder 2", "plan-2")


def test_an_acknowledged_plan_does_not_act_any_more():
    plan = begin()
    automation.acknowledge(actor=ANNA, plan_id=plan.pk, at=NOON)
    assert cause(FLISR, ask(origin="flisr", plan="plan-1")) == "blocked-by-mode"
    with pytest.raises(NotFound):
        automation.acknowledge(actor=ANNA, plan_id=plan.pk, at=NOON)


def test_a_machine_that_is_no_automation_commands_nothing():
    for origin in ("person", "order", "message", "simulator"):
        assert cause(actors.system("some job"), ask(origin=origin, plan="plan-1")) == "blocked-by-mode"
    with pytest.raises(Invalid):
        operations.request_operation(actor=ANNA, request=ask(origin="sorcery"), at=NOON)


# The device and the way to it


def test_a_device_in_local_is_not_commanded():
    state.forget()
    draft = cast.feeder()
    draft.telemetry_points["SW1 local"] = TelemetryPoint("SW1 local", "SW1 local", "SW1", "local_mode")
    cast.publish(draft)
    mode = Measurement("SW1 local", 1.0, NOON)
    telemetry.record_measurements(measurements=[mode], at=NOON)
    assert cause() == "blocked-by-switching-hierarchy"
    telemetry.record_measurements(measurements=[replace(mode, value=0.0, occurred_at=after(5))], at=after(5))
    assert operations.request_operation(actor=ANNA, request=ask(), at=after(6)).state == "selected"


def test_nothing_is_commanded_while_the_way_to_the_field_is_down():
    operations.report_front_end(key="SCADA-SIM", is_up=False, reason="connection refused", at=NOON)
    assert cause() == "abortion-by-communication-loss"
    assert operate("F1").state == "completed"
    operations.report_front_end(key="SCADA-SIM", is_up=True, at=after(5))
    assert FrontEnd.objects.get().since == after(5)
    assert operations.request_operation(actor=ANNA, request=ask(), at=after(6)).state == "selected"


def test_a_second_select_of_a_moving_device_says_so():
    operate()
    assert cause() == "command-already-in-execution"


def test_an_interlock_of_a_pair_holds_until_the_other_device_stands_right():
    with pytest.raises(NotAuthorised):
        interlocks.make(
            actor=ANNA, model="story", equipment_mrid="TIE", close=True, other_mrid="SW1", other_closed=False, at=NOON
        )
    rule = interlocks.make(
        actor=MEI, model="story", equipment_mrid="TIE", close=True, other_mrid="SW1", other_closed=False,
        text="no ring here", at=NOON,
    )  # fmt: skip
    assert cause(request=ask("TIE", close=True)) == "blocked-by-interlocking"
    told("SW1", closed=False, at=after(1))
    assert operations.request_operation(actor=ANNA, request=ask("TIE", close=True), at=after(2)).state == "selected"
    interlocks.remove(actor=MEI, interlock_id=rule.pk, at=NOON)
    with pytest.raises(NotFound):
        interlocks.remove(actor=MEI, interlock_id=rule.pk, at=NOON)
    with pytest.raises(Invalid):
        interlocks.make(
            actor=MEI, model="story", equipment_mrid="TIE", close=True, other_mrid="TIE", other_closed=True, at=NOON
        )


def test_an_earthing_switch_neither_closes_onto_what_is_live_nor_is_energised_while_closed():
    state.forget()
    draft = (
        NetworkBuilder("story")
        .source("S").breaker("CB1").line("L1").mark("end").device("GroundDisconnector", "EARTH", closed=False)
        .back_to("end").transformer("T1").customers(5).draft()
    )  # fmt: skip
    cast.publish(draft)
    assert cause(request=ask("EARTH", close=True)) == "blocked-by-interlocking"
    told("CB1", closed=False, at=after(1))
    assert operate("EARTH", close=True, at=after(2)).state == "completed"
    seen = SwitchState.objects.get(equipment_mrid="CB1").number
    assert cause(request=ask("CB1", close=True, seen=seen), at=after(3)) == "blocked-by-interlocking"
    operate("EARTH", close=False, at=after(4))
    assert operations.request_operation(
        actor=ANNA, request=ask("CB1", close=True, seen=seen), at=after(5)
    ).state == "selected"  # fmt: skip


# Quality and age


@pytest.mark.parametrize("quality", ["suspect", "stale", "failed"])
def test_on_a_bad_position_a_senior_operator_operates_with_a_reason_and_a_second_person(quality):
    told("SW1", closed=True, at=NOON, quality=quality)
    seen = SwitchState.objects.get(equipment_mrid="SW1").number
    request = ask(seen=seen)
    assert cause(ANNA, request) == "blocked-by-health"
    with pytest.raises(OperationRefused) as refusal:
        operations.request_operation(actor=INGRID, request=request, at=NOON)
    assert refusal.value.data["needs"] == ["second_person"]
    agreed(request, actor=INGRID, by=BEN)
    row = operations.request_operation(actor=INGRID, request=request, at=NOON)
    done = operations.execute_operation(actor=INGRID, operation_id=row.pk, confirmation="1", reason="seen", at=NOON)
    assert (done.state, done.guards) == ("executing", ["quality"])
    assert AuditEntry.objects.get(action="operate", result="ok").after["second_person"] == "ben"


@pytest.mark.parametrize("quality", ["suspect", "stale", "failed"])
def test_a_position_of_bad_quality_is_not_the_end_of_a_command(quality):
    assert operate("SW1", close=False).state == "executing"
    told("SW1", closed=False, at=after(1), quality=quality)
    assert Operation.objects.get().state == "executing"
    told("SW1", closed=False, at=after(2))
    assert (Operation.objects.get().state, Operation.objects.get().result) == ("completed", "position reported")


def test_an_operator_cannot_ask_for_what_only_a_senior_one_may():
    told("SW1", closed=True, at=NOON, quality="stale")
    seen = SwitchState.objects.get(equipment_mrid="SW1").number
    with pytest.raises(NotAuthorised):
        operations.ask_second_person(actor=ANNA, request=ask(seen=seen), reason="please", at=NOON)


def test_a_position_older_than_its_scan_class_allows_is_not_operated_on_until_telemetry_speaks_again():
    setting("control.position_age_s", 60)
    assert cause() == "blocked-by-health"  # telemetry has not spoken at all
    told("SW1", closed=True, at=NOON)
    assert operations.request_operation(actor=ANNA, request=ask(), at=after(60)).state == "selected"
    operations.end_overdue(at=after(100))
    assert cause(at=after(121)) == "blocked-by-health"
    told("SW1", closed=True, at=after(130))
    assert operations.request_operation(actor=ANNA, request=ask(), at=after(140)).state == "selected"
    assert JournalEntry.objects.filter(kind="position").count() == 0


# Size and rate


def test_a_great_operation_needs_the_password_again_and_a_second_person():
    anna = signed_in("OPR", "anna")
    setting("control.customers_at_once", 10)
    with pytest.raises(OperationRefused) as refusal:
        operations.request_operation(actor=anna, request=ask(), at=NOON)
    assert (refusal.value.data["cause"], refusal.value.data["needs"]) == (
        "blocked-by-process",
        ["step_up", "second_person"],
    )
    assert "more customers or load at once" in refusal.value.message
    step_up.confirm(actor=anna, password=PASSWORD, at=NOON)
    agreed(ask(), actor=anna, by=INGRID)
    assert operate(actor=anna).guards == ["size"]


def test_load_counts_as_customers_do():
    setting("control.mw_at_once", 0.01)
    assert cause() == "blocked-by-process"
    setting("control.mw_at_once", 0)
    assert operate().state == "executing"


def test_a_second_persons_word_is_for_one_movement_and_is_used_up():
    anna = signed_in("OPR", "anna")
    setting("control.customers_at_once", 1)
    step_up.confirm(actor=anna, password=PASSWORD, at=NOON)
    agreed(ask("F1"), actor=anna, by=INGRID)
    assert cause(anna, ask("SW1")) == "blocked-by-process"
    assert operate("F1", actor=anna).state == "completed"
    operate("F1", actor=anna, close=True, at=after(1))
    seen = SwitchState.objects.get(equipment_mrid="F1").number
    assert cause(anna, ask("F1", seen=seen), at=after(2)) == "blocked-by-process"


def test_the_password_is_good_for_its_session_and_for_some_minutes():
    anna = signed_in("OPR", "anna")
    with pytest.raises(WrongPassword):
        step_up.confirm(actor=anna, password="guess", at=NOON)
    step_up.confirm(actor=anna, password=PASSWORD, at=NOON)
    assert step_up.is_fresh(actor=anna, at=after(299))
    assert not step_up.is_fresh(actor=anna, at=after(301))
    assert not step_up.is_fresh(actor=replace(anna, session="stolen elsewhere"), at=after(1))
    assert AuditEntry.objects.filter(action="step_up", result="refused").count() == 1


def test_passwords_are_not_tried_out():
    anna = signed_in("OPR", "anna")
    for second in range(5):
        with pytest.raises(WrongPassword, match="not your password"):
            step_up.confirm(actor=anna, password="guess", at=after(second))
    with pytest.raises(WrongPassword, match="too many"):
        step_up.confirm(actor=anna, password=PASSWORD, at=after(6))


def test_where_no_guard_is_reached_nobody_is_asked():
    with pytest.raises(OperationRefused, match="needs no second person"):
        operations.ask_second_person(actor=ANNA, request=ask(), reason="to be sure", at=NOON)


def test_guards_of_zero_are_none_and_what_is_just_at_the_guard_passes():
    """SW1 drops 11 customers; 11 at once are allowed, 10 are not, and 0 means no limit. So with the load, and with the rate."""
    kw = operations.request_operation(actor=ANNA, request=ask(), at=NOON).look_ahead["lost_kw"]
    operations.end_overdue(at=after(40))
    for key, at_the_guard, below in (("customers_at_once", 11, 10), ("mw_at_once", kw / 1000, kw / 1001)):
        setting(f"control.{key}", below)
        assert cause(at=after(50)) == "blocked-by-process"
        for value in (at_the_guard, 0):
            setting(f"control.{key}", value)
            row = operations.request_operation(actor=ANNA, request=ask(), at=after(50))
            operations.cancel_operation(actor=ANNA, operation_id=row.pk, at=after(50))
    setting("control.mw_at_once", 0.001)
    assert cause(at=after(55)) == "blocked-by-process"
    setting("control.mw_at_once", 0)
    setting("control.opens_in_window", 1)
    operate("F1", at=after(56))
    assert cause(request=ask("SW1"), at=after(57)) == "blocked-by-process"
    operate("F1", close=True, at=after(58))
    setting("control.opens_in_window", 0)
    for number in range(4):
        operate("F1", close=bool(number % 2), at=after(60 + number))
    assert operate("SW1", at=after(70)).guards == []


def test_a_word_that_was_given_for_less_does_not_cover_more():
    """The second person agreed to a great operation while the position was good; since then it is not."""
    ingrid = signed_in("SOP", "ingrid")
    told("SW1", closed=True, at=NOON)
    setting("control.customers_at_once", 10)
    step_up.confirm(actor=ingrid, password=PASSWORD, at=NOON)
    agreed(ask(), actor=ingrid, by=PAUL)
    told("SW1", closed=True, at=after(1), quality="suspect")
    known = SwitchState.objects.filter(equipment_mrid="SW1").first()
    assert cause(ingrid, ask(seen=known.number if known else 0), at=after(2)) == "blocked-by-process"


# A stolen session


def test_a_stolen_session_that_opens_thirty_breakers_is_stopped_at_the_third():
    state.forget()
    drawn = NetworkBuilder("story").source("S")
    for number in range(30):
        drawn = drawn.back_to("S").breaker(f"CB{number}").line(f"L{number}").transformer(f"T{number}").customers(20)
    cast.publish(drawn.draft())
    stolen = signed_in("OPR", "anna")
    opened = []
    for number in range(30):
        try:
            operate(f"CB{number}", actor=stolen, at=after(number))
        except OperationRefused as refusal:
            assert refusal.data["needs"] == ["step_up", "second_person"]
            with pytest.raises(WrongPassword):
                step_up.confirm(actor=stolen, password=f"guess {number}", at=after(number))
        else:
            opened.append(number)
    assert opened == [0, 1]
    assert StoredEvent.objects.filter(name="CommandRequested").count() == 2
    assert AuditEntry.objects.filter(action="select", result="refused").count() == 28


def test_selecting_many_first_and_operating_them_all_at_once_does_not_help():
    state.forget()
    drawn = NetworkBuilder("story").source("S")
    for number in range(5):
        drawn = drawn.back_to("S").breaker(f"CB{number}").line(f"L{number}").transformer(f"T{number}").customers(20)
    cast.publish(drawn.draft())
    rows = [operations.request_operation(actor=ANNA, request=ask(f"CB{number}"), at=NOON) for number in range(5)]
    done = 0
    for number, row in enumerate(rows):
        try:
            operations.execute_operation(
                actor=ANNA, operation_id=row.pk, confirmation=str(number), reason="x", at=after(1)
            )
            done += 1
        except OperationRefused as refusal:
            assert refusal.data["cause"] == "blocked-by-process"
    assert done == 2


def test_opening_what_is_dead_is_not_counted_and_the_window_passes():
    told("CB1", closed=False, at=NOON)
    for device, at in (("SW1", after(1)), ("F1", after(2)), ("F2", after(3))):
        assert operate(device, at=at).look_ahead["opens_live"] is False
    assert (
        cause(request=ask("F1", seen=SwitchState.objects.get(equipment_mrid="F1").number), at=after(4))
        == "position-reached"
    )


# Tags


def place(kind: str = "inhibit", actor=ANNA) -> Tag:
    return operations.place_tag(
        actor=actor, model="story", equipment_mrid="SW1", kind=kind, text="men at work", at=NOON
    )


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("OPR", {"note", "inhibit", "clearance"}),
        ("SOP", {"note", "inhibit", "clearance"}),
        ("DSP", {"note"}),
        ("ENG", {"note"}),
        ("CRW", {"note"}),
        ("MGR", set()),
        ("AUD", set()),
        ("ADM", set()),
    ],
)
def test_who_places_which_class_of_tag(role, allowed):
    placed = set()
    for kind in ("note", "inhibit", "clearance"):
        try:
            place(kind, person("somebody", role))
        except NotAuthorised:
            continue
        placed.add(kind)
    assert placed == allowed


def test_every_blocking_tag_must_be_off():
    first, second = place("inhibit"), place("clearance")
    for tag in (first, second):
        assert cause() == "blocked-by-interlocking"
        operations.remove_tag(actor=ANNA, tag_id=tag.pk, at=after(1))
    assert operations.request_operation(actor=ANNA, request=ask(), at=after(2)).state == "selected"


def test_anothers_tag_comes_off_by_a_senior_operator_and_a_second_person_only():
    tag = place()
    for actor, why in ((BEN, OperationRefused), (INGRID, NoApproval), (TOM, NotAuthorised)):
        with pytest.raises(why):
            operations.remove_tag(actor=actor, tag_id=tag.pk, at=after(1))
    with pytest.raises(NotAuthorised):
        operations.ask_to_remove(actor=BEN, tag_id=tag.pk, reason="she went home", at=after(1))
    row = operations.ask_to_remove(actor=INGRID, tag_id=tag.pk, reason="she went home", at=after(1))
    approvals.decide(actor=BEN, approval_id=row.pk, is_yes=True, at=after(2))
    operations.remove_tag(actor=INGRID, tag_id=tag.pk, at=after(3))
    told = AuditEntry.objects.get(action="remove_tag", result="ok").after
    assert told == {"placed_by": "anna", "second_person": "ben"}


def test_the_word_on_one_tag_does_not_take_another_one_off():
    first, second = place(), place("clearance")
    row = operations.ask_to_remove(actor=INGRID, tag_id=first.pk, reason="she went home", at=NOON)
    approvals.decide(actor=PAUL, approval_id=row.pk, is_yes=True, at=NOON)
    with pytest.raises(NoApproval):
        operations.remove_tag(actor=INGRID, tag_id=second.pk, at=NOON)


# Commands without an answer


def timed_out() -> Operation:
    row = operate()
    operations.end_overdue(at=after(21))
    return Operation.objects.get(pk=row.pk)


@pytest.mark.parametrize(("outcome", "closed"), [("done", 0), ("failed", 7), ("retried", 7)])
def test_a_command_without_an_answer_is_settled_by_a_person(outcome, closed):
    row = timed_out()
    assert [one.pk for one in control.tasks()] == [row.pk]
    operations.settle_operation(actor=BEN, operation_id=row.pk, outcome=outcome, reason="the crew saw it", at=after(60))
    assert not control.tasks().exists()
    present = state.present("story")
    assert int(present.positions[present.grid.branch_index("SW1")]) == closed
    with pytest.raises(NotFound):
        operations.settle_operation(actor=BEN, operation_id=row.pk, outcome="failed", reason="again", at=after(61))


def test_settling_needs_an_operator_a_known_outcome_and_how_one_knows():
    row = timed_out()
    wanted = {"operation_id": row.pk, "at": after(60)}
    with pytest.raises(NotAuthorised):
        operations.settle_operation(actor=TOM, outcome="done", reason="seen", **wanted)
    with pytest.raises(Invalid):
        operations.settle_operation(actor=ANNA, outcome="perhaps", reason="seen", **wanted)
    with pytest.raises(Invalid):
        operations.settle_operation(actor=ANNA, outcome="done", reason=" ", **wanted)
    assert control.tasks().exists()


# Nothing else moves a switch


def test_positions_are_not_written_down_as_operations_by_anybody_but_the_gate():
    report = PositionReport("story", "SW1", NOON, is_closed=False)
    with pytest.raises(ValueError, match="control gate"):
        positions.record_positions(actor=ANNA, source="operation", reports=[report], at=NOON)


def test_an_area_that_nobody_holds_is_the_actors_to_take_and_another_ones_is_its_holders():
    setting(leases.FIRST_TAKES, value=False)
    with pytest.raises(OperationRefused, match="take control of it first") as refusal:
        operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    assert refusal.value.data["lifted_by"] == "you"
    leases.take(actor=BEN, area=area_key(), at=NOON)
    with pytest.raises(OperationRefused, match="held by ben") as refusal:
        operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    assert refusal.value.data["lifted_by"] == "who holds the area"
