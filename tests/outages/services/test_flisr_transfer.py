"""Load is moved away from the feeder that picks up (P02): planned, carried out, and safe when the field fails in the middle of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from adms.core.models import Alarm
from network.models import GroupPowerFlow, Operation, TelemetryPoint
from network.selectors import operations as asked
from network.services import operations, telemetry
from network.services.telemetry import Measurement
from outages.models import FlisrEvent
from outages.selectors.flisr_words import said
from outages.services import alarming
from outages.services.flisr import deciding, stepping
from outages.services.flisr.executing import FlisrRefused
from outages.services.switching import suggesting
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.suggesting import Wanted
from tests.builders.handing import Handing
from tests.cast import ANNA, SYSTEM, after
from tests.outages.services.flisr_acting import allow, field_listens, forgotten, pass_time, published_once, steps

pytestmark = pytest.mark.django_db
#: What the plan does: 30 houses of A2 come back by B, which gives B3 to C.
STEPS = [
    ("isolate", False, "SW-A2"), ("transfer", True, "T2"), ("transfer", False, "SW-B3"), ("restore", True, "T1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def published(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Handing]:
    """Published once; each test's changes are taken back to here."""

    def make() -> Handing:
        field_listens()
        return Handing(tmp_path_factory.mktemp("handing"))

    with published_once(django_db_blocker, make) as made:
        yield made


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    """Overrides the story feeder: these tests stand on three feeders."""
    yield from forgotten()


@pytest.fixture
def town(published: Handing, db: None) -> Handing:
    return published


def planned(town: Handing) -> FlisrEvent:
    """CB-A trips for a fault before SW-A2."""
    town.report("CB-A", close=False, at=60)
    telemetry.record_measurements(measurements=[Measurement("SW-A2-fi", 0.0, after(60))], at=after(60))
    for later in (60.5, 81, 92):
        event = pass_time(later)
    assert event is not None
    return event


def moves(event: FlisrEvent, plan: int = 0) -> list[tuple[str, bool, str]]:
    return [(one["purpose"], one["close"], one["name"]) for one in event.plans[plan]["steps"]]


def answer(town: Handing, at: float) -> list[str]:
    """The field does what it is commanded."""
    running = list(asked.operations(state="executing").order_by("selected_at", "pk"))
    for operation in running:
        town.report(operation.equipment_mrid, close=operation.closed_wanted != 0, at=at)
    return [operation.equipment_mrid for operation in running]


def called() -> set[tuple[str, int]]:
    """Kind and priority of the alarms that stand."""
    return set(Alarm.objects.filter(is_active=True).values_list("definition", "priority"))


def go_on(town: Handing, at: float, until: str) -> float:
    """The field obeys until a switch is commanded."""
    for _ in range(10):
        running = set(asked.operations(state="executing").values_list("equipment_mrid", flat=True))
        if until in running:
            return at
        answer(town, at)
        pass_time(at + 1)
        at += 3
    raise AssertionError(f"{until} was never commanded")


def test_the_plan_moves_load_away_from_the_feeder_that_picks_up_and_says_so(town: Handing) -> None:
    allow("manual")
    event = planned(town)
    assert event.state == "proposed", event.reason
    best = event.plans[0]
    assert best["is_safe"] and moves(event) == STEPS
    assert (best["customers"], best["left"]) == (30, 10)
    assert best["transfer"] == {
        "giver": best["transfer"]["giver"], "taker": best["transfer"]["taker"], "kw": 15.0, "customers": 15, "tie": "T2", "part": "SW-B3",
    }  # fmt: skip
    told = [said(reason) for reason in best["reasons"]]
    assert any("of 15 customers over to" in one and "by T2 and SW-B3" in one for one in told), told
    assert any("Without it no safe plan of these switches brings anybody back" in one for one in told), told
    assert "hands 15 kW over to" in said(best["summary"])
    assert all(plan["transfer"] for plan in event.plans if plan["is_safe"])


def test_a_person_carries_it_out_and_types_the_digits_where_a_ring_is_made(town: Handing) -> None:
    allow("manual")
    event = planned(town)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    at = 105.0
    for step in steps(event):
        if step.equipment_mrid == "T2":
            with pytest.raises(operations.OperationRefused):
                stepping.do_step(actor=ANNA, event_id=event.pk, place=step.place, at=after(at))
        typed = operations.digits_to_type(step.equipment_name)
        stepping.do_step(
            actor=ANNA, event_id=event.pk, place=step.place, confirmation=typed, reason="hand over", at=after(at)
        )
        assert answer(town, at + 2) == [step.equipment_mrid]
        pass_time(at + 3)
        assert town.live_customers() >= 80  # nobody who had supply is ever without
        at += 10
    event.refresh_from_db()
    assert event.state == "done", event.reason
    assert town.live_customers() == 110
    assert not town.present.energisation.loops.size
    feeder, grid = town.present.energisation.feeder, town.present.grid
    assert feeder[grid.node_index("B3")] == town.branch("CB-C")
    assert feeder[grid.node_index("A2")] == town.branch("CB-B")


def test_after_the_repair_all_of_it_goes_back_and_nobody_is_interrupted_who_has_supply(town: Handing) -> None:
    allow("automatic")
    planned(town)
    go_on(town, 95, "T1")
    answer(town, 120)
    event = pass_time(121)
    assert event is not None and event.state == "done" and town.live_customers() == 110
    wanted = Wanted(town.key, "normal", "CB-A")
    best = suggesting.ways(actor=SYSTEM, wanted=wanted, at=after(200))[0]
    assert best["is_checked"] and best["problems"] == [] and best["customers_lost"] == 0
    did = [(step["kind"], step["name"]) for step in best["steps"] if step["kind"] != "verify"]
    assert set(did) == {("close", "CB-A"), ("close", "SW-A2"), ("close", "SW-B3"), ("open", "T1"), ("open", "T2")}
    for number, (kind, name) in enumerate(did):
        town.report(name, close=kind == "close", at=210 + number)
        assert town.live_customers() >= 110
    assert town.live_customers() == 120
    assert not town.present.energisation.loops.size
    with pytest.raises(OrderRefused, match="stands as built"):
        suggesting.ways(actor=SYSTEM, wanted=wanted, at=after(300))


def test_where_the_switch_refuses_the_ring_is_opened_again_and_it_is_planned_anew(town: Handing) -> None:
    allow("automatic")
    planned(town)
    at = go_on(town, 95, "SW-B3")
    assert town.is_closed("T2") and town.present.energisation.loops.size == 1
    (refused,) = asked.operations(state="executing")
    operations.fail_operation(actor=ANNA, operation_id=refused.pk, result="spring not charged", at=after(at))
    event = pass_time(at + 1)
    assert event is not None and (event.state, event.revision) == ("executing", 1)
    assert any("T2 is opened again first" in said(one.text) for one in event.entries.all())
    assert answer(town, at + 2) == ["T2"]
    event = pass_time(at + 3)
    assert event is not None and event.revision == 2
    assert not town.present.energisation.loops.size and town.live_customers() == 80
    assert "SW-B3" not in {step["name"] for plan in event.plans for step in plan["steps"]}


def test_where_the_tie_does_not_open_again_either_the_ring_stands_and_a_person_is_told(town: Handing) -> None:
    allow("automatic")
    planned(town)
    at = go_on(town, 95, "SW-B3")
    for later in (0, 2):
        (refused,) = asked.operations(state="executing")
        operations.fail_operation(
            actor=ANNA, operation_id=refused.pk, result="spring not charged", at=after(at + later)
        )
        event = pass_time(at + later + 1)
    assert event is not None and event.state == "held"
    assert "T2 and SW-B3 are both closed: two feeders run in a ring" in said(event.reason)
    assert town.live_customers() == 80
    assert {("flisr_held", 2), ("ring_stands", 1)} <= called()
    with pytest.raises(FlisrRefused, match="ring"):
        deciding.plan_again(actor=ANNA, event_id=event.pk, at=after(at + 10))
    town.report("T2", close=False, at=at + 20)  # somebody was there
    pass_time(at + 21)
    alarming.watch(at=after(at + 22))
    assert ("ring_stands", 1) not in called()
    deciding.plan_again(actor=ANNA, event_id=event.pk, at=after(at + 30))
    event = pass_time(at + 31)
    assert event is not None and event.revision == 2


def test_where_nobody_knows_whether_the_switch_has_opened_nothing_more_is_done(town: Handing) -> None:
    """To open the tie would take supply from B3 if it has."""
    allow("automatic")
    planned(town)
    at = go_on(town, 95, "SW-B3")
    operations.end_overdue(at=after(at + 25))
    pass_time(at + 26)
    event = pass_time(at + 60)
    assert event is not None and event.state == "held"
    assert "nobody knows whether SW-B3 has opened" in said(event.reason)
    assert "are both closed" in said(event.reason)
    assert not Operation.objects.filter(state="executing").exists()


def test_a_person_who_stops_it_in_the_middle_is_told_of_the_ring(town: Handing) -> None:
    allow("manual")
    event = planned(town)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    for number, step in enumerate(steps(event)[:2]):
        typed = operations.digits_to_type(step.equipment_name)
        stepping.do_step(
            actor=ANNA, event_id=event.pk, place=step.place, confirmation=typed, reason="go", at=after(105 + 5 * number)
        )
        answer(town, 107 + 5 * number)
        pass_time(108 + 5 * number)
    with pytest.raises(FlisrRefused, match="ring"):
        deciding.plan_again(actor=ANNA, event_id=event.pk, at=after(115))
    deciding.stop(actor=ANNA, event_id=event.pk, reason="storm", at=after(116))
    assert any("T2 and SW-B3 are both closed" in said(one.text) for one in event.entries.all())


def test_a_tie_that_closes_after_somebody_has_stopped_it_calls_people(town: Handing) -> None:
    allow("manual")
    event = planned(town)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(100))
    first, tie, *_ = steps(event)
    for at, step in ((105, first), (110, tie)):
        typed = operations.digits_to_type(step.equipment_name)
        stepping.do_step(actor=ANNA, event_id=event.pk, place=step.place, confirmation=typed, reason="go", at=after(at))
        if step is first:
            answer(town, 107)
            pass_time(108)
    deciding.stop(actor=ANNA, event_id=event.pk, reason="storm", at=after(112))
    assert any("T2 is commanded still" in said(one.text) for one in event.entries.all())
    alarming.watch(at=after(113))
    assert ("ring_stands", 1) not in called()
    town.report("T2", close=True, at=114)
    pass_time(115)
    alarming.watch(at=after(116))
    assert ("ring_stands", 1) in called()
    town.report("SW-B3", close=False, at=120)
    pass_time(121)
    alarming.watch(at=after(122))
    assert ("ring_stands", 1) not in called()
    assert town.live_customers() == 80


@pytest.mark.parametrize("why", ["tag", "local", "quality"])
def test_a_switch_that_may_not_be_moved_moves_no_load(town: Handing, why: str) -> None:
    allow("manual")
    if why == "tag":
        operations.place_tag(
            actor=ANNA, model=town.key, equipment_mrid="SW-B3", kind="inhibit", text="worn", at=after(1)
        )
    elif why == "quality":
        town.report("SW-B3", close=True, at=1, quality="stale")
    else:
        TelemetryPoint.objects.create(
            version_id=town.present.version_id, mrid="local", name="local", equipment_mrid="SW-B3", kind="local_mode", phases=7,
            value=1.0,
        )  # fmt: skip
    event = planned(town)
    assert "SW-B3" not in {step["name"] for plan in event.plans for step in plan["steps"]}
    assert not [plan for plan in event.plans if plan["is_safe"]]


def test_the_power_flow_alone_finds_it_where_no_result_says_what_feeders_carry(town: Handing) -> None:
    GroupPowerFlow.objects.all().delete()
    allow("manual")
    event = planned(town)
    assert event.state == "proposed", event.reason
    assert moves(event) == STEPS and event.plans[0]["is_safe"]
    assert [plan["why_not"] for plan in event.plans if not plan["transfer"]]
