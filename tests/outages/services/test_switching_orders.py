"""P05, P06: switching orders from draft to completed, through the gate, with every refusal on the way."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.models import AuditEntry, User
from adms.core.services import authority
from metering.models import Customer, UsagePoint
from network.models import JournalEntry, Operation, SwitchState, Tag, TemporaryElement
from network.selectors import control, equipment
from network.services import operations
from network.services.operations import OperationRefused
from outages.models import OrderVersion, SwitchingOrder
from outages.selectors import switching as reading
from outages.services import planned
from outages.services.planned import Wanted
from outages.services.switching import approving, drafting, executing, rehearsing, reporting
from outages.services.switching.drafting import NewOrder
from outages.services.switching.life_cycle import OrderRefused
from tests.cast import ANNA, RAVI, SYSTEM, TOM, after, deliver, person
from tests.outages.services.acting import MODEL, move
from tests.outages.services.ordering import BACK, HOUR, ISOLATE, SUE, done_by_hand, new_steps, step, to_state, written
from tests.rest import Api
from workforce.services import crews, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    user = User.objects.create(username="dias")
    crews.create_crew(
        actor=SYSTEM, key="c12", name="Line 12", kind="line", area="story-s", members=[], vehicle="", at=after(0)
    )
    crews.set_shift(actor=SYSTEM, key="c12", shift="on", at=after(0))
    crews.link_user(key="c12", username="dias", at=after(0))
    return Actor(name="dias", grants=frozenset({("CRW", None)}), user_id=user.pk)


def position(mrid: str) -> str:
    return equipment.position(operations.find_switch(MODEL, mrid))["position"]


def seen(mrid: str) -> int:
    return int(equipment.position(operations.find_switch(MODEL, mrid))["seen_number"])


def operate(row: SwitchingOrder, number: int, *, at: float, confirmation: str = "") -> SwitchingOrder:
    one = step(row, number)
    picked = executing.select(
        actor=ANNA, order_id=row.pk, step=one.key, seen_number=seen(one.device_mrid), at=after(at)
    )
    executing.operate(
        actor=ANNA, order_id=row.pk, step=one.key, operation_id=picked.pk, confirmation=confirmation, at=after(at)
    )
    return SwitchingOrder.objects.get(pk=row.pk)


def state_of(row: SwitchingOrder) -> str:
    return SwitchingOrder.objects.get(pk=row.pk).state


def test_a_planned_order_from_draft_to_completed_with_commands_tags_and_a_ground():
    row = to_state(written(), "issued")
    operate(row, 1, at=10, confirmation="1")
    assert (state_of(row), step(row, 1).state, position("SW1")) == ("in_execution", "pending", "closed")
    move("SW1", close=False, at=12)
    deliver(after(13))
    first = step(row, 1)
    assert (first.state, first.occurred_at, first.note) == ("completed", after(12), "Position reported")
    done_by_hand(row, 2, 3, 4, 5, at=20)
    assert Tag.objects.filter(removed_at=None, placed_by=row.reference).count() == 2
    assert TemporaryElement.objects.get(removed_at=None).kind == "ground"
    done_by_hand(row, 6, 7, 8, at=30)
    with pytest.raises(OrderRefused, match=r"1 step of .* has no end yet"):
        executing.complete(actor=ANNA, order_id=row.pk, at=after(40))
    operate(row, 9, at=41)
    move("SW1", close=True, at=42)
    deliver(after(43))
    done = executing.complete(actor=ANNA, order_id=row.pk, at=after(44))
    assert (done.state, position("SW1")) == ("completed", "closed")
    assert not Tag.objects.filter(removed_at=None).exists()
    told = list(row.entries.values_list("kind", flat=True))
    assert told[:7] == ["written", "requested", "prepared", "checked", "approved", "scheduled", "issued"]
    assert AuditEntry.objects.filter(object=f"switching_order:{row.pk}").count() >= len(told)


def test_who_wrote_it_never_approves_it_neither_renamed_nor_by_a_second_account():
    account = User.objects.create(username="sam", first_name="Sam", last_name="Ray", email="sam@utility.example")
    deputy = User.objects.create(username="deputy", first_name="S.", last_name="Ray", email="SAM@utility.example")
    other = User.objects.create(username="kim", first_name="Kim", last_name="Low", email="kim@utility.example")
    grants = frozenset({("SOP", None)})
    sam = Actor(name="sam", grants=grants, user_id=account.pk)
    row = to_state(written(by=sam), "checked")
    for actor in (
        sam,
        Actor(name="renamed", grants=grants, user_id=account.pk),
        Actor(name="deputy", grants=grants, user_id=deputy.pk),
    ):
        with pytest.raises(OrderRefused, match="another person"):
            approving.approve(actor=actor, order_id=row.pk, at=after(5))
    assert AuditEntry.objects.filter(action="order_approved", result="refused").count() == 3
    with pytest.raises(authority.NotAuthorised):
        approving.approve(actor=ANNA, order_id=row.pk, at=after(5))
    kim = Actor(name="kim", grants=grants, user_id=other.pk)
    assert approving.approve(actor=kim, order_id=row.pk, at=after(6)).approved_by == "kim"


def test_whoever_prepares_or_rewrites_is_an_author_as_well():
    row = written()
    new = NewOrder("", "", "Other words", new_steps("verify all is well"), after(HOUR), after(2 * HOUR))
    drafting.rewrite(actor=SUE, order_id=row.pk, new=new, at=after(1))
    to_row = SwitchingOrder.objects.get(pk=row.pk)
    drafting.request(actor=ANNA, order_id=row.pk, at=after(2))
    approving.prepare(actor=ANNA, order_id=row.pk, at=after(3))
    approving.check(actor=ANNA, order_id=row.pk, at=after(3))
    assert [one["name"] for one in to_row.authors] == ["anna", "sue"]
    with pytest.raises(OrderRefused, match="another person"):
        approving.approve(actor=SUE, order_id=row.pk, at=after(4))


def test_errors_of_the_rehearsal_block_check_approval_and_issue():
    row = to_state(written("open SW1", "ground L2"), "prepared")
    with pytest.raises(OrderRefused, match="without a test dead"):
        approving.check(actor=ANNA, order_id=row.pk, at=after(3))
    sound = to_state(written("open F1", "close F1"), "approved")
    operations.place_tag(actor=SUE, model=MODEL, equipment_mrid="F1", kind="inhibit", text="Burnt", at=after(5))
    with pytest.raises(OrderRefused, match="carries a tag"):
        approving.issue(actor=ANNA, order_id=sound.pk, at=after(6))
    assert state_of(sound) == "approved"


def test_the_rehearsal_on_the_future_sees_what_other_orders_will_have_left():
    first = to_state(written("open SW1"), "approved")
    SwitchingOrder.objects.filter(pk=first.pk).update(begins_at=after(HOUR), ends_at=after(HOUR + 60))
    second = written("open F2", "close F2")
    now = rehearsing.rehearse(actor=ANNA, order_id=second.pk, basis="present", at=after(5))
    then = rehearsing.rehearse(actor=ANNA, order_id=second.pk, basis="future", at=after(6))
    assert [one["lost_customers"] for one in now["steps"]] == [9, 0]
    assert [one["lost_customers"] for one in then["steps"]] == [0, 0]
    assert SwitchingOrder.objects.get(pk=second.pk).rehearsal["basis"] == "future"
    assert not JournalEntry.objects.filter(kind="position").exists()


def test_a_step_says_how_many_critical_customers_it_takes_from():
    hospital = Customer.objects.create(account_number="1", name="St Anna", critical="hospital")
    last = UsagePoint.objects.filter(equipment_mrid="T3").order_by("-pk")[:1].values("pk")
    UsagePoint.objects.filter(pk__in=last).update(customer=hospital)
    told = rehearsing.rehearse(actor=ANNA, order_id=written().pk, at=after(5))
    assert [one["lost_critical"] for one in told["steps"]] == [1] + [0] * 8
    first = told["steps"][0]["key"]
    assert [one["text"] for one in told["findings"] if (one["code"], one["step"]) == ("critical", first)] == [
        "1 critical customer loses supply"
    ]


def test_the_orders_of_a_planned_outage_are_found_by_it():
    plan = planned.request(
        actor=ANNA, model=MODEL, devices=[Wanted("SW1")], begins_at=after(HOUR), ends_at=after(3 * HOUR),
        purpose="Replace a pole", at=after(0),
    )  # fmt: skip
    written()
    new = NewOrder(MODEL, "planned", "For the pole", new_steps("open SW1"), after(HOUR), after(3 * HOUR), plan.pk)
    mine = drafting.write(actor=ANNA, new=new, at=after(1))
    assert [row.pk for row in reading.orders(ANNA, plan=plan.pk)] == [mine.pk]
    answer = Api("OPR", name="anna").get("switching-orders", planned_outage=plan.pk).json()
    assert [one["id"] for one in answer["results"]] == [row.pk for row in reading.orders(ANNA, plan=plan.pk)]


def test_a_network_without_impedances_says_why_no_power_flow_was_computed():
    told = rehearsing.rehearse(actor=ANNA, order_id=written().pk, at=after(5))
    assert {one["flow"]["reason"] for one in told["steps"]} == {"the model has no impedances"}
    assert not any(one["flow"]["is_computed"] for one in told["steps"])


def test_two_orders_at_one_device_in_one_window_exclude_each_other():
    to_state(written("open SW1", "close SW1"), "approved")
    second = to_state(written("open SW1", "close SW1"), "prepared")
    with pytest.raises(OrderRefused, match="uses SW1 in the same time"):
        approving.check(actor=ANNA, order_id=second.pk, at=after(7))


def crew_findings(row: SwitchingOrder, at: float) -> set[tuple[str, str, str]]:
    told = rehearsing.rehearse(actor=SYSTEM, order_id=row.pk, at=after(at))["findings"]
    return {(one["severity"], one["code"], one["text"]) for one in told if one["code"].startswith("crew")}


@pytest.mark.usefixtures("crew")
def test_a_crew_that_two_orders_want_in_one_window_or_that_is_off_shift_or_on_other_work_is_told():
    first, second = _two_for("c12")
    wanted = f"Line 12 is wanted by {first.reference} in the same time"
    assert crew_findings(second, 1) == {("warning", "crew_taken", wanted)}
    urgent = drafting.write(
        actor=ANNA, new=NewOrder("story", "emergency", "Tree", new_steps("verify all", crew="c12")), at=after(2)
    )
    executing.instruct(actor=ANNA, order_id=urgent.pk, step=step(urgent, 1).key, crew="c12", at=after(3))
    busy = f"Line 12 is on {urgent.reference} step 1 now"
    assert ("note", "crew_busy", busy) in crew_findings(second, 4)
    assert ("warning", "crew_busy", busy) in crew_findings(second, HOUR + 1)  # its window has begun
    reporting.report(
        actor=SYSTEM,
        order_id=urgent.pk,
        step=step(urgent, 1).key,
        outcome="completed",
        occurred_at=after(5),
        at=after(6),
    )
    found = work.raise_work_order(
        area_id=second.area_id, subject="outage:1", title="Tree on line", kind="line", priority=1, equipment_mrid="",
        x=None, y=None, at=after(7),
    )  # fmt: skip
    work.assign_crew(actor=SYSTEM, work_order_id=found.pk, crew_key="c12", at=after(8))
    assert ("note", "crew_busy", "Line 12 is on Tree on line (assigned) now") in crew_findings(second, 9)
    crews.set_shift(actor=SYSTEM, key="c12", shift="off", at=after(10))
    assert ("warning", "crew_off", "Line 12 is not on shift now") in crew_findings(second, HOUR + 2)


def _two_for(crew: str) -> list[SwitchingOrder]:
    told = (new_steps(device, crew=crew) for device in ("open SW1", "close TIE"))
    return [
        drafting.write(
            actor=ANNA, new=NewOrder("story", "planned", "Work", steps, after(HOUR), after(3 * HOUR)), at=after(0)
        )
        for steps in told
    ]


def test_versions_stand_and_differ_visibly():
    row = to_state(written(), "approved")
    keys = [one.key for one in reading.steps(row)]
    drafting.rework(actor=ANNA, order_id=row.pk, reason="Another tie", at=after(10))
    said = zip(new_steps(*ISOLATE, *BACK), keys, strict=True)
    steps = [drafting.NewStep(one.kind, one.device, key=key) for one, key in said]
    steps = [*steps[:4], drafting.NewStep("verify", text="Nobody at the line", key="new"), *steps[4:]]
    new = NewOrder("", "", "Replace L2", steps, after(HOUR), after(4 * HOUR))
    drafting.rewrite(actor=ANNA, order_id=row.pk, new=new, at=after(11))
    drafting.request(actor=ANNA, order_id=row.pk, at=after(12))
    approving.prepare(actor=ANNA, order_id=row.pk, at=after(13))
    one, two = (reading.version(row, number).content for number in (1, 2))
    found = reading.differences(one, two)
    assert [head["name"] for head in found["heads"]] == ["ends_at"]
    assert [line.after["key"] for line in found["steps"] if line.what == "added"] == ["new"]
    assert {line.what for line in found["steps"]} == {"same", "added"}
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        OrderVersion.objects.filter(order=row).update(content={})


def test_an_approved_version_cannot_be_rewritten():
    row = to_state(written(), "approved")
    with pytest.raises(OrderRefused, match="take it back for rework"):
        drafting.rewrite(actor=ANNA, order_id=row.pk, new=NewOrder("", "", "x", new_steps("open F1")), at=after(9))


def test_who_saw_an_older_revision_is_refused():
    row = written()
    old = row.revision
    new = NewOrder("", "", "New words", new_steps("open F1"), after(HOUR), after(2 * HOUR))
    drafting.rewrite(actor=ANNA, order_id=row.pk, new=new, revision=old, at=after(1))
    with pytest.raises(OrderRefused, match="has changed since"):
        drafting.rewrite(actor=ANNA, order_id=row.pk, new=new, revision=old, at=after(2))


def test_steps_come_in_sequence_but_for_free_groups():
    new = new_steps("open F1", "open F2", "verify both are open")
    free = [
        drafting.NewStep(one.kind, one.device, text=one.text, group=g) for one, g in zip(new, (1, 1, 0), strict=True)
    ]
    order = NewOrder(MODEL, "planned", "Fuses", free, after(HOUR), after(2 * HOUR))
    row = to_state(drafting.write(actor=ANNA, new=order, at=after(0)), "issued")
    with pytest.raises(OrderRefused, match="Step 1 comes first"):
        executing.do(actor=ANNA, order_id=row.pk, step=step(row, 3).key, at=after(10))
    operate(row, 2, at=11, confirmation="2")
    operate(row, 1, at=12, confirmation="1")
    done_by_hand(row, 3, at=13)
    assert executing.complete(actor=ANNA, order_id=row.pk, at=after(14)).state == "completed"


def test_an_emergency_order_is_issued_at_once_in_any_sequence_and_grows():
    row = written("open F1", "open F2", kind="emergency")
    assert row.state == "issued"
    operate(row, 2, at=10, confirmation="2")
    drafting.append(actor=ANNA, order_id=row.pk, steps=new_steps("verify wire is down"), at=after(11))
    assert list(row.versions.values_list("number", flat=True)) == [1, 2]
    with pytest.raises(authority.NotAuthorised):
        written("open F1", kind="emergency", by=TOM)


def test_a_crew_is_instructed_and_reports_with_the_time_of_the_field(crew):
    row = to_state(written("open F1", "close F1"), "issued")
    one = step(row, 1)
    executing.instruct(actor=ANNA, order_id=row.pk, step=one.key, crew="c12", at=after(10))
    assert [found.key for found in reading.instructed_to("c12")] == [one.key]
    told = {"order_id": row.pk, "step": one.key, "outcome": "completed", "occurred_at": after(50)}
    reporting.report(actor=crew, **told, at=after(60))
    reporting.report(actor=crew, **told, at=after(90))  # a weak link sends it twice
    entry = JournalEntry.objects.get(equipment_mrid="F1", kind="position")
    assert (entry.occurred_at, entry.recorded_at, entry.source, entry.actor) == (after(50), after(60), "crew", "dias")
    assert (step(row, 1).state, position("F1")) == ("completed", "open")
    with pytest.raises(authority.NotAuthorised, match="not instructed to your crew"):
        reporting.report(actor=crew, order_id=row.pk, step=step(row, 2).key, outcome="completed", at=after(91))


def test_a_crew_finds_it_already_there_or_cannot_do_it(crew):
    row = to_state(written("open F1", "open F2"), "issued")
    one, two = step(row, 1), step(row, 2)
    executing.instruct(actor=ANNA, order_id=row.pk, step=one.key, crew="c12", at=after(10))
    reporting.report(actor=crew, order_id=row.pk, step=one.key, outcome="already_there", at=after(20))
    assert (step(row, 1).state, position("F1")) == ("already_there", "open")
    executing.instruct(actor=ANNA, order_id=row.pk, step=two.key, crew="c12", at=after(30))
    with pytest.raises(Invalid, match="why"):
        reporting.report(actor=crew, order_id=row.pk, step=two.key, outcome="failed", at=after(40))
    reporting.report(actor=crew, order_id=row.pk, step=two.key, outcome="failed", note="Rusted", at=after(41))
    assert (step(row, 2).state, position("F2")) == ("failed", "closed")
    with pytest.raises(OrderRefused, match="no end yet"):
        executing.complete(actor=ANNA, order_id=row.pk, at=after(42))
    executing.leave_out(actor=ANNA, order_id=row.pk, step=two.key, reason="Next week", at=after(43))
    assert executing.complete(actor=ANNA, order_id=row.pk, at=after(44)).state == "completed"


@pytest.mark.parametrize(("occurred", "words"), [(100, "in the future"), (5, "before it was instructed")])
def test_a_time_that_cannot_be_is_refused(crew, occurred, words):
    row = to_state(written("open F1"), "issued")
    key = step(row, 1).key
    executing.instruct(actor=ANNA, order_id=row.pk, step=key, crew="c12", at=after(10))
    with pytest.raises(Invalid, match=words):
        reporting.report(
            actor=crew, order_id=row.pk, step=key, outcome="completed", occurred_at=after(occurred), at=after(60)
        )
    assert position("F1") == "closed"


def test_a_tag_refuses_the_step_whichever_way_it_is_given(crew):
    row = to_state(written("open F1"), "issued")
    operations.place_tag(actor=SUE, model=MODEL, equipment_mrid="F1", kind="clearance", text="Men", at=after(8))
    key = step(row, 1).key
    with pytest.raises(OperationRefused, match="carries a tag"):
        executing.instruct(actor=ANNA, order_id=row.pk, step=key, crew="c12", at=after(10))
    with pytest.raises(OperationRefused, match="carries a tag"):
        executing.select(actor=ANNA, order_id=row.pk, step=key, seen_number=seen("F1"), at=after(11))
    assert (step(row, 1).state, state_of(row)) == ("not_started", "issued")
    assert AuditEntry.objects.filter(result="refused", action="order_instruct").exists()
    assert not Operation.objects.filter(state__in=("selected", "executing")).exists()


def test_a_command_without_an_answer_stays_pending_until_a_person_says_what_became_of_it():
    row = to_state(written("open SW1"), "issued")
    operate(row, 1, at=10, confirmation="1")
    operations.end_overdue(at=after(200))
    deliver(after(201))
    assert step(row, 1).state == "pending"
    assert row.entries.filter(kind="timed_out").exists()
    with pytest.raises(OrderRefused, match="under way"):
        executing.abort(actor=ANNA, order_id=row.pk, reason="Late", at=after(202))
    with pytest.raises(Invalid, match="how it is known"):
        executing.resolve(actor=ANNA, order_id=row.pk, step=step(row, 1).key, is_done=True, note=" ", at=after(203))
    executing.resolve(
        actor=ANNA, order_id=row.pk, step=step(row, 1).key, is_done=True, note="Seen on site", at=after(204)
    )
    assert (step(row, 1).state, position("SW1")) == ("completed", "open")
    assert SwitchState.objects.get(equipment_mrid="SW1").occurred_at == after(204)


def timed_out(row: SwitchingOrder) -> Operation:
    operate(row, 1, at=10, confirmation="1")
    operations.end_overdue(at=after(200))
    deliver(after(201))
    assert step(row, 1).note == "No position reported in time"
    return Operation.objects.get(pk=step(row, 1).operation)


def test_what_became_of_a_step_settles_its_command_as_well():
    """Nobody is asked twice: the task in control goes with the step, and the step with the task."""
    row = to_state(written("open SW1"), "issued")
    command = timed_out(row)
    executing.resolve(
        actor=ANNA, order_id=row.pk, step=step(row, 1).key, is_done=False, note="Stands as it was", at=after(204)
    )
    command.refresh_from_db()
    assert (command.settled_as, command.settled_by, step(row, 1).state) == ("failed", "anna", "failed")
    assert not control.tasks().exists()


@pytest.mark.parametrize(
    ("outcome", "state", "stands"), [("done", "completed", "open"), ("failed", "failed", "closed")]
)
def test_a_command_settled_in_control_ends_its_step(outcome, state, stands):
    row = to_state(written("open SW1"), "issued")
    command = timed_out(row)
    operations.settle_operation(
        actor=ANNA, operation_id=command.pk, outcome=outcome, reason="Seen on site", at=after(204)
    )
    deliver(after(205))
    assert (step(row, 1).state, position("SW1")) == (state, stands)
    assert row.entries.filter(kind="timed_out").count() == 1


def test_a_failed_step_that_is_tried_again_does_not_go_on_telling_of_its_failure():
    row = to_state(written("open SW1"), "issued")
    timed_out(row)
    executing.resolve(
        actor=ANNA, order_id=row.pk, step=step(row, 1).key, is_done=False, note="Stands as it was", at=after(204)
    )
    operate(row, 1, at=210, confirmation="1")
    again = step(row, 1)
    assert (again.state, again.note, again.ended_by, again.ended_at) == ("pending", "", "", None)


def test_nobody_says_what_became_of_a_command_whose_answer_is_awaited():
    row = to_state(written("open SW1"), "issued")
    operate(row, 1, at=10, confirmation="1")
    with pytest.raises(OrderRefused, match="answer is awaited still"):
        executing.resolve(actor=ANNA, order_id=row.pk, step=step(row, 1).key, is_done=True, note="Seen", at=after(12))
    assert step(row, 1).state == "pending"


def test_a_reported_position_ends_a_step_in_the_name_of_who_commanded_it():
    row = to_state(written("open SW1"), "issued")
    operate(row, 1, at=10, confirmation="1")
    move("SW1", close=False, at=12)
    deliver(after(13))
    assert (step(row, 1).state, step(row, 1).ended_by) == ("completed", "anna")


def test_an_abort_leads_back_what_was_done_the_latest_first():
    row = to_state(written(), "issued")
    operate(row, 1, at=10, confirmation="1")
    move("SW1", close=False, at=12)
    deliver(after(13))
    done_by_hand(row, 2, 3, at=20)
    aborted = executing.abort(actor=ANNA, order_id=row.pk, reason="Thunderstorm", at=after(30))
    assert aborted.state == "aborting"
    back = [one for one in reading.steps(row) if one.is_go_back]
    assert [(one.kind, one.device_mrid) for one in back] == [("untag", "TIE"), ("untag", "SW1"), ("close", "SW1")]
    done_by_hand(row, back[0].position, back[1].position, at=40)
    operate(row, back[2].position, at=50)
    move("SW1", close=True, at=52)
    deliver(after(53))
    assert (state_of(row), position("SW1")) == ("aborted", "closed")
    ends = {one.state for one in reading.steps(row)}
    assert ends == {"completed", "aborted"}


def test_a_training_order_moves_nothing():
    row = to_state(written("open F1", "tag F1", kind="training"), "issued")
    with pytest.raises(OrderRefused, match="moves nothing"):
        executing.select(actor=ANNA, order_id=row.pk, step=step(row, 1).key, seen_number=0, at=after(10))
    reporting.report(actor=ANNA, order_id=row.pk, step=step(row, 1).key, outcome="completed", at=after(11))
    done_by_hand(row, 2, at=12)
    assert (position("F1"), Tag.objects.count()) == ("closed", 0)
    assert executing.complete(actor=ANNA, order_id=row.pk, at=after(14)).state == "completed"


def test_another_area_neither_writes_nor_moves_it_on():
    with pytest.raises(authority.NotAuthorised):
        written(by=RAVI)
    row = written()
    for go in (drafting.request, approving.issue, executing.complete):
        with pytest.raises(authority.NotAuthorised):
            go(actor=person("rita", "SOP", "south"), order_id=row.pk, at=after(1))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (("open L2",), "L2 is no switch"),
        (("open NOBODY",), "not in the published network"),
        (("ground ",), "needs a device"),
        (("verify ",), "needs its text"),
    ],
)
def test_what_a_step_lacks_is_named_with_its_number(told, words):
    with pytest.raises(Invalid, match=f"step 1: .*{words}"):
        written(*told)
    assert not SwitchingOrder.objects.exists()


def test_a_window_that_ends_before_it_begins_is_refused():
    new = NewOrder(MODEL, "planned", "x", new_steps("open F1"), after(HOUR), after(HOUR) - dt.timedelta(seconds=1))
    with pytest.raises(Invalid, match="end after it begins"):
        drafting.write(actor=ANNA, new=new, at=after(0))
