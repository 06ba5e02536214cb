"""Generation in what a trip leaves dead: islands that sustain themselves, that do not, and machines on the faulted section (R01-R03)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from integration.cim.models import read_model
from integration.services import circuits, models
from network.models import PowerHour, TemporaryElement
from network.selectors import panels, state
from network.services import operations, positions, telemetry
from network.services.positions import PositionReport
from network.services.telemetry import Measurement
from outages.models import FlisrEvent, Interruption, Outage
from outages.selectors import lists
from outages.selectors.flisr_words import said
from outages.services.flisr import deciding, executing, stepping
from tests.builders.generating import SECTION_KW, generating
from tests.cast import ANNA, GATEWAY, NOON, SYSTEM, after, deliver
from tests.outages.services.flisr_acting import allow, pass_time
from tests.people import Person, text
from tests.rest import Api

pytestmark = pytest.mark.django_db
KEY = "generating"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def network(db: None, tmp_path: Path) -> None:
    """Overrides the story feeder: three feeders with generation."""
    state.forget()
    path = tmp_path / "generating.xml"
    path.write_text(generating())
    models.publish_draft(
        actor=SYSTEM, draft=read_model([path], name=KEY), source="test", at=NOON - dt.timedelta(days=5)
    )
    circuits.build_missing()
    deliver(NOON)
    allow("manual")


def read(values: dict[str, float], at: dt.datetime) -> None:
    told = [Measurement(point, value * 1e3 if point.endswith("-p") else value, at) for point, value in values.items()]
    telemetry.record_measurements(measurements=told, at=at)


def days_before(name: str, *, made_kw: float, taken_kw: float, days: int = 4) -> None:
    """Readings of the same hours of some days: what the machine made, and the feeder took altogether."""
    for back in range(days, 0, -1):
        for hour in range(5):
            at = NOON - dt.timedelta(days=back) + hour * HOUR
            read({f"G-{name}-p": made_kw, f"CB-{name}-p": taken_kw - made_kw}, at)


def report(mrid: str, *, close: bool, at: float) -> None:
    told = PositionReport(KEY, mrid, after(at), is_closed=close)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[told], at=after(at))


def planned(name: str, *, made_kw: float) -> FlisrEvent:
    """CB of a feeder trips for a fault before SW; its machine goes on making power."""
    report(f"CB-{name}", close=False, at=60)
    read({f"SW-{name}-fi": 0.0, f"G-{name}-p": made_kw}, after(62))
    for later in (60.5, 81, 92):
        event = pass_time(later)
    assert event is not None
    return event


def moves(event: FlisrEvent) -> list[tuple[str, str]]:
    return [(one["purpose"], one["name"]) for one in event.plans[0]["steps"]]


def test_r01_an_island_that_lasts_until_the_repair_is_held_off_the_fault_and_left_alone() -> None:
    days_before("A", made_kw=40.0, taken_kw=2 * SECTION_KW)
    event = planned("A", made_kw=35.0)
    (island,) = event.location["islands"]
    assert (island["verdict"], island["customers"]) == ("self_sustaining", 10)
    assert [hour["generation_kw"] for hour in island["hours"]] == [40.0] * len(island["hours"])
    assert {hour["load_kw"] for hour in island["hours"]} == {SECTION_KW}
    assert len(island["hours"]) == 3  # 12:01 to 14:01, begun hours
    # the near section has the fault; the far one is held off it, and lives by itself: nobody closes the tie onto it
    assert event.state == "proposed", event.reason
    assert moves(event) == [("isolate", "SW-A"), ("island", "G-A")]
    assert (event.plans[0]["customers"], event.plans[0]["left"]) == (10, 10)


def held(name: str) -> FlisrEvent:
    """The event of a feeder whose island lasts, once the fault is held off and Anna was refused for lack of a reading since."""
    days_before(name, made_kw=40.0, taken_kw=2 * SECTION_KW)
    event = planned(name, made_kw=35.0)
    deciding.take_plan(actor=ANNA, event_id=event.pk, place=0, revision=event.revision, at=after(95))
    stepping.do_step(actor=ANNA, event_id=event.pk, place=1, at=after(100))
    report(f"SW-{name}", close=False, at=102)
    pass_time(103)
    return event


def out() -> int:
    """Customers who count as without supply, by the ledger."""
    rows = Interruption.objects.filter(ended_at=None, superseded_at=None)
    return sum(rows.values_list("customers", flat=True))


def live(node: str) -> bool:
    present = state.present(KEY)
    return bool(present.energisation.live[present.grid.node_index(node)])


def test_r01_customers_of_the_island_are_supplied_once_its_machine_says_so() -> None:
    event = held("A")
    assert (out(), live("farA")) == (20, False)
    with pytest.raises(executing.FlisrRefused, match="waits for a reading of the machine"):
        stepping.do_step(actor=ANNA, event_id=event.pk, place=2, at=after(104))
    read({"G-A-p": 20.0}, after(105))
    stepping.do_step(actor=ANNA, event_id=event.pk, place=2, at=after(106))
    again = pass_time(107)
    assert again is not None and again.state == "done", again
    assert (out(), live("farA"), live("nearA")) == (10, True, False)
    ended = Interruption.objects.get(superseded_at=None, ended_at__isnull=False)
    assert (ended.customers, ended.ended_at) == (10, after(106))


def test_r01_a_machine_that_stops_takes_supply_from_its_island_again() -> None:
    event = held("A")
    read({"G-A-p": 20.0}, after(105))
    stepping.do_step(actor=ANNA, event_id=event.pk, place=2, at=after(106))
    pass_time(107)
    read({"G-A-p": 0.0}, after(900))
    pass_time(901)
    assert (out(), live("farA")) == (20, False)
    own = Outage.objects.get(device_mrid="G-A")
    assert lists.branches([own]) == {own.pk: state.present(KEY).grid.branch_index("SWG-A")}  # the map shows it there


def test_r01_an_island_that_hangs_on_the_network_again_is_no_island() -> None:
    event = held("A")
    read({"G-A-p": 20.0}, after(105))
    stepping.do_step(actor=ANNA, event_id=event.pk, place=2, at=after(106))
    pass_time(107)
    report("SW-A", close=True, at=3600)
    report("CB-A", close=True, at=3610)
    pass_time(3611)
    assert (out(), live("farA"), live("nearA")) == (0, True, True)
    assert not TemporaryElement.objects.filter(removed_at=None).exists()


def test_r01_a_machine_that_stopped_when_the_fault_was_held_off_is_planned_for_anew() -> None:
    event = held("A")
    read({"G-A-p": 0.0}, after(105))
    with pytest.raises(executing.FlisrRefused, match="has stopped"):
        stepping.do_step(actor=ANNA, event_id=event.pk, place=2, at=after(106))
    deciding.plan_again(actor=ANNA, event_id=event.pk, at=after(107))
    again = pass_time(108)
    assert again is not None and again.state == "proposed", (again.reason, again.location, again.plans)
    assert moves(again) == [("restore", "TIE-A")]


def test_r02_an_island_that_does_not_last_loses_its_machine_and_is_supplied_over_the_tie() -> None:
    days_before("B", made_kw=6.0, taken_kw=2 * SECTION_KW)
    event = planned("B", made_kw=7.0)
    (island,) = event.location["islands"]
    assert (island["verdict"], island["customers"]) == ("insufficient", 10)
    assert "3 kW are missing" in said(island["text"]) and "SWG-B" in said(island["text"])
    assert event.state == "proposed", event.plans
    assert moves(event) == [("isolate", "SW-B"), ("isolate", "SWG-B"), ("restore", "TIE-B")]
    assert event.plans[0]["customers"] == 10


def test_r02_a_history_that_is_too_short_is_no_ground_to_rely_on() -> None:
    days_before("A", made_kw=40.0, taken_kw=2 * SECTION_KW, days=2)
    event = planned("A", made_kw=35.0)
    (island,) = event.location["islands"]
    assert island["verdict"] == "insufficient" and "its history is too short" in said(island["text"])
    assert event.state == "proposed" and ("isolate", "SWG-A") in moves(event)


def test_r03_a_machine_on_the_faulted_section_is_parted_before_anything_is_restored() -> None:
    event = planned("C", made_kw=20.0)
    (island,) = event.location["islands"]
    assert island["verdict"] == "parted" and "SWG-C" in said(island["text"])
    assert event.state == "proposed", event.plans
    assert moves(event) == [("isolate", "SW-C"), ("isolate", "SWG-C"), ("restore", "TIE-C")]


def test_a_machine_that_does_not_run_changes_nothing() -> None:
    event = planned("B", made_kw=0.0)
    assert event.state == "proposed", event.plans
    assert event.location["islands"] == []
    assert moves(event) == [("isolate", "SW-B"), ("restore", "TIE-B")]


def test_values_of_an_hour_are_kept_as_their_mean_and_bad_ones_are_not() -> None:
    for minute, value, quality in ((0, 10.0, "good"), (20, 20.0, "good"), (40, 900.0, "suspect")):
        told = Measurement("G-A-p", value * 1e3, NOON + dt.timedelta(minutes=minute), quality)
        telemetry.record_measurements(measurements=[told], at=after(0))
    row = PowerHour.objects.get(point_mrid="G-A-p")
    assert (row.hour, row.total_kw / row.samples) == (NOON, 15.0)


def test_r03_where_no_switch_may_part_it_nothing_is_restored_before_it_stops() -> None:
    operations.place_tag(actor=ANNA, model=KEY, equipment_mrid="SWG-C", kind="inhibit", text="worn", at=after(10))
    event = planned("C", made_kw=20.0)
    assert [one["verdict"] for one in event.location["islands"]] == ["feeding"]
    assert (event.state, event.plans) == ("held", []) and "no switch parts it: G-C" in said(event.reason)
    read({"G-C-p": 0.0}, after(95))
    again = pass_time(110)
    assert again is not None and again.state == "proposed", again
    assert moves(again) == [("isolate", "SW-C"), ("restore", "TIE-C")]


def test_the_page_and_rest_show_what_is_expected_by_the_hour() -> None:
    days_before("B", made_kw=6.0, taken_kw=2 * SECTION_KW)
    event = planned("B", made_kw=7.0)
    told = Api("OPR").get(f"flisr/events/{event.pk}").json()["location"]["islands"]
    assert [hour["generation_kw"] for hour in told[0]["hours"]] == [6.0, 6.0, 6.0]
    page = text(Person("OPR").get(f"/flisr/{event.pk}/"))
    assert "Generation in the dead area" in page and said(told[0]["text"]) in page
    assert ">insufficient</span>" in page and '<td class="number tone-p1">-3</td>' in page
    assert "In each hour until the repair generation must be 1.1 times the load" in page


def test_an_island_that_lacks_only_the_reserve_says_so_and_no_kw() -> None:
    days_before("B", made_kw=9.5, taken_kw=2 * SECTION_KW)
    event = planned("B", made_kw=9.5)
    (island,) = event.location["islands"]
    assert island["verdict"] == "insufficient"
    assert "in the worst hour it makes less than 1.1 times what they take" in said(island["text"])
    assert "missing" not in said(island["text"])


def test_the_journal_leads_to_where_the_machine_of_an_island_hangs_and_to_no_other_device() -> None:
    event = held("A")
    read({"G-A-p": 20.0}, after(105))
    stepping.do_step(actor=ANNA, event_id=event.pk, place=2, at=after(106))
    latest = panels.journal(KEY)[0]
    grid = state.present(KEY).fitted.base
    assert (latest["equipment_name"], latest["branch"]) == ("G-A", grid.branch_index("SWG-A"))
