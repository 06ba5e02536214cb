"""X05, planned outages: asked for, approved by another, carried out, restored, and counted as planned and nothing else."""

import pytest

from adms.core.errors import Invalid
from adms.core.models import AuditEntry
from adms.core.services import authority
from metering.models import Customer, UsagePoint
from outages.models import Evidence, Interruption, Outage, PlannedOutage
from outages.selectors import callers, planned_findings, reliability
from outages.selectors import planned as reading
from outages.services import planned, planned_execution, planned_scope
from outages.services.planned import PlannedOutageRefused, Wanted
from outages.services.switching import drafting, executing
from outages.services.switching.drafting import NewOrder
from tests.cast import ANNA, NOON, RAVI, TOM, after, deliver, gasp, meters_at, person
from tests.outages.services import ordering
from tests.outages.services.acting import MODEL, call, going, move, outage_at, redeliver, rows, settle
from workforce.models import WorkOrder

pytestmark = pytest.mark.django_db
SUE = person("sue", "SOP")
HOUR = 3600


def asked(device: str = "SW1", *, begins: float = HOUR, ends: float = 3 * HOUR, by=ANNA) -> PlannedOutage:
    return planned.request(
        actor=by, model=MODEL, devices=[Wanted(device)], begins_at=after(begins), ends_at=after(ends),
        purpose="Replace a pole", at=after(0),
    )  # fmt: skip


def approved(device: str = "SW1", **window: float) -> PlannedOutage:
    return planned.approve(actor=SUE, planned_id=asked(device, **window).pk, at=after(60))


def texts(row: PlannedOutage, at: float = 0) -> list[str]:
    return [one.text for one in planned_findings.findings(row, at=after(at))]


def state_of(row: PlannedOutage) -> str:
    return PlannedOutage.objects.get(pk=row.pk).state


def test_who_will_lose_supply_is_known_when_it_is_asked_for():
    hospital = Customer.objects.create(account_number="1", name="St Anna", critical="hospital")
    last = UsagePoint.objects.filter(equipment_mrid="T3").order_by("-pk")[:1].values("pk")
    UsagePoint.objects.filter(pk__in=last).update(customer=hospital)
    row = reading.one(ANNA, asked().pk)
    assert (row.state, row.customers_known, row.customers_normal, row.customers_present) == ("requested", 11, 11, 11)
    first = reading.described(list(reading.customers(row)[:1]))[0]
    assert (row.critical, first["critical"], first["customer"]) == (1, "hospital", "St Anna")
    assert AuditEntry.objects.filter(action="planned_outage_requested", object=f"planned_outage:{row.pk}").exists()


def test_the_scope_follows_the_network_and_the_difference_is_told():
    row = approved()
    move("TIE", close=True, at=100)
    settle(101)
    assert planned_scope.compute_due(at=after(102)) == 1
    assert planned_scope.compute_due(at=after(103)) == 0
    shown = reading.one(ANNA, row.pk)
    assert (shown.customers_normal, shown.customers_present) == (11, 0)
    move("TIE", close=False, at=110)
    move("SW1", close=False, at=120)
    settle(121)
    planned_scope.compute_due(at=after(122))
    assert reading.one(ANNA, row.pk).customers_present == 0
    assert "11 of these customers are out already" in " ".join(texts(shown))


def test_another_than_the_requester_approves():
    both = person("max", "SOP")
    row = asked(by=both)
    with pytest.raises(PlannedOutageRefused, match="another person"):
        planned.approve(actor=both, planned_id=row.pk, at=after(1))
    with pytest.raises(authority.NotAuthorised):
        planned.approve(actor=ANNA, planned_id=row.pk, at=after(1))
    with pytest.raises(authority.NotAuthorised):
        asked(by=RAVI)
    assert planned.approve(actor=SUE, planned_id=row.pk, at=after(2)).state == "approved"
    with pytest.raises(PlannedOutageRefused, match="it is approved"):
        planned.approve(actor=SUE, planned_id=row.pk, at=after(3))


def test_a_rejection_needs_a_reason_and_ends_it():
    row = asked()
    with pytest.raises(Invalid, match="reason"):
        planned.reject(actor=SUE, planned_id=row.pk, reason=" ", at=after(1))
    assert planned.reject(actor=SUE, planned_id=row.pk, reason="festival", at=after(1)).reason == "festival"
    with pytest.raises(PlannedOutageRefused):
        planned.cancel(actor=ANNA, planned_id=row.pk, reason="late", at=after(2))


@pytest.mark.parametrize(
    ("device", "begins", "ends", "field"),
    [
        ("NOWHERE", 10, 20, "devices"),
        ("L1", 10, 20, "devices"),
        ("SW1", 20, 10, "ends_at"),
        ("SW1", -20, -10, "ends_at"),
    ],
)
def test_what_cannot_be_is_refused_by_name(device, begins, ends, field):
    with pytest.raises(Invalid) as refused:
        asked(device, begins=begins, ends=ends)
    assert refused.value.data["field"] == field
    assert not PlannedOutage.objects.exists()


def test_the_opening_of_its_device_is_the_planned_work_and_evidence_opens_nothing():
    row = approved()
    move("SW1", close=False, at=HOUR + 5)
    settle(HOUR + 6)
    outage = outage_at("SW1")
    assert (outage.kind, outage.etr_at, outage.planned_outage_id, outage.cause) == (
        "planned", after(3 * HOUR), row.pk, "planned",
    )  # fmt: skip
    assert not WorkOrder.objects.exists()
    gasp(meters_at("T3", "T4"), after(HOUR + 8))
    caller = call("T5", at=HOUR + 300)
    settle(HOUR + 900)
    assert going() == {("SW1", "new", 11)}
    assert set(Evidence.objects.values_list("outage", flat=True)) == {outage.pk}
    card = callers.card(TOM, caller.usage_point_id, at=after(HOUR + 900))
    assert card["advice"].startswith("Planned work until 15:00 UTC")
    assert state_of(row) == "in_execution"


def test_evidence_of_customers_beside_it_is_treated_as_always():
    approved()
    move("SW1", close=False, at=HOUR + 5)
    settle(HOUR + 6)
    gasp(meters_at("T1", "T2"), after(HOUR + 60))
    settle(HOUR + 200)
    assert going() == {("SW1", "new", 11), ("F1", "new", 9)}
    assert outage_at("F1").kind == "outage"
    assert [order.subject for order in WorkOrder.objects.all()] == [f"outage:{outage_at('F1').pk}"]
    assert set(Interruption.objects.filter(outage=outage_at("F1")).values_list("is_planned", flat=True)) == {False}


def test_gasps_that_come_before_the_switch_are_told_become_planned_with_it():
    approved()
    gasp(meters_at("T3", "T4", "T5"), after(HOUR + 5))
    settle(HOUR + 40)
    move("SW1", close=False, at=HOUR + 5)
    settle(HOUR + 50)
    assert going() == {("SW1", "new", 11)}
    assert set(Interruption.objects.filter(superseded_at=None).values_list("is_planned", flat=True)) == {True}
    assert set(WorkOrder.objects.values_list("state", flat=True)) <= {"cancelled"}


@pytest.mark.parametrize("opened", [600, 4 * HOUR])
def test_outside_its_window_an_opening_is_an_outage_like_any_other(opened):
    approved()
    move("SW1", close=False, at=opened)
    settle(opened + 1)
    assert (outage_at("SW1").kind, WorkOrder.objects.count()) == ("outage", 1)


def test_what_is_not_approved_excuses_nothing():
    asked()
    move("SW1", close=False, at=HOUR + 5)
    settle(HOUR + 6)
    assert outage_at("SW1").kind == "outage"


def test_work_beyond_its_window_gets_a_new_expectation_once():
    row = approved()
    move("SW1", close=False, at=HOUR)
    settle(HOUR + 1)
    assert planned_execution.notice_overruns(at=after(2 * HOUR)) == 0
    assert planned_execution.notice_overruns(at=after(3 * HOUR + 60)) == 1
    assert planned_execution.notice_overruns(at=after(3 * HOUR + 61)) == 0
    assert outage_at("SW1").etr_at == after(4 * HOUR + 60)
    assert "overrun" in row.entries.values_list("kind", flat=True)


def test_restored_and_completed_it_counts_as_planned_only():
    row = approved()
    move("SW1", close=False, at=HOUR)
    settle(HOUR + 1)
    move("SW1", close=True, at=2 * HOUR)
    settle(2 * HOUR + 1)
    redeliver()
    deliver(after(2 * HOUR + 2))
    assert (state_of(row), PlannedOutage.objects.get(pk=row.pk).restored_at) == ("restored", after(2 * HOUR))
    planned.complete(actor=ANNA, planned_id=row.pk, at=after(2 * HOUR + 60))
    assert (state_of(row), Outage.objects.get().state, Outage.objects.get().cause) == (
        "completed", "completed", "planned",
    )  # fmt: skip
    assert sum(one[1] * (one[3] - one[2]) for one in rows()) == 11 * HOUR
    day = {"begin": NOON.replace(hour=0), "end": NOON.replace(hour=23)}
    for kind, minutes in ((reliability.PLANNED, 11 * 60), (reliability.UNPLANNED, 0)):
        found = reliability.figures(**day, kind=kind)
        assert found.cmi == minutes, kind


def test_two_at_one_time_for_the_same_customers_warn():
    day = 86_400
    row, other = asked(begins=5 * day, ends=5 * day + HOUR), asked("F2", begins=5 * day, ends=5 * day + 2 * HOUR)
    asked("F1")
    assert texts(row) == [f"Planned outage {other.pk} overlaps: 9 customers in both"]
    again = asked("F2", begins=20 * day, ends=21 * day)
    assert f"9 of these customers are out for planned outage {row.pk} on 06 Mar too: within 30 days" in texts(again)


def test_one_device_in_two_at_once_and_both_feeds_at_once_are_errors_that_need_a_reason():
    day = 86_400
    window = {"begins": 5 * day, "ends": 5 * day + HOUR}
    asked(**window)
    same = asked(**window)
    assert [(one.level, one.code) for one in planned_findings.findings(same, at=after(1))] == [("error", "same_device")]
    with pytest.raises(PlannedOutageRefused, match="SW1 is opened in both"):
        planned.approve(actor=SUE, planned_id=same.pk, at=after(1))
    assert state_of(same) == "requested"
    planned.approve(actor=SUE, planned_id=same.pk, despite="one crew does both", at=after(2))
    assert "one crew does both" in same.entries.get(kind="despite").text
    move("TIE", close=True, at=100)
    settle(101)
    one, two = asked("CB1", begins=60 * day, ends=61 * day), asked("TIE", begins=60 * day, ends=61 * day)
    found = [each for each in planned_findings.findings(two, at=after(200)) if each.level == "error"]
    assert [(each.code, each.planned) for each in found] == [("both_feeds", one.pk)]


def ordered(plan: PlannedOutage, *told: str):
    """An order written for a planned outage, issued."""
    steps = ordering.new_steps(*told)
    new = NewOrder(MODEL, "planned", plan.purpose, steps, plan.begins_at, plan.ends_at, plan.pk)
    return drafting.write(actor=ANNA, new=new, at=after(61))


def test_an_order_that_is_carried_out_in_the_window_moves_it_though_nobody_loses_supply():
    row = approved()
    order = ordered(row, "note the crew is told", "note the pole stands")
    assert any(f"{order.reference} is draft: no order for it is approved yet" in one for one in texts(row))
    ordering.to_state(order, "issued")
    assert not any("no order for it" in one for one in texts(row))
    ordering.done_by_hand(order, 1, at=100)
    deliver(after(101))
    assert state_of(row) == "approved"  # long before its window: notices may still go out
    ordering.done_by_hand(order, 2, at=HOUR)
    deliver(after(HOUR + 1))
    assert state_of(row) == "in_execution"
    assert row.entries.filter(text=f"{order.reference} is carried out").count() == 1
    executing.complete(actor=ANNA, order_id=order.pk, at=after(2 * HOUR))
    deliver(after(2 * HOUR + 1))
    assert state_of(row) == "restored"
    redeliver()
    deliver(after(2 * HOUR + 2))
    assert row.entries.filter(kind="restored").count() == 1
    assert planned.complete(actor=ANNA, planned_id=row.pk, at=after(3 * HOUR)).state == "completed"


def test_an_order_that_ends_restores_nothing_while_customers_are_out():
    row = approved()
    order = ordering.to_state(ordered(row, "note the crew is told"), "issued")
    move("SW1", close=False, at=HOUR)
    settle(HOUR + 1)
    ordering.done_by_hand(order, 1, at=HOUR + 10)
    executing.complete(actor=ANNA, order_id=order.pk, at=after(2 * HOUR))
    settle(2 * HOUR + 1)
    assert state_of(row) == "in_execution"
    move("SW1", close=True, at=2 * HOUR + 10)
    settle(2 * HOUR + 11)
    assert state_of(row) == "restored"
