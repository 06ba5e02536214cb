"""Outages follow evidence, trips, crews and restorations; the ledger follows the field."""

import datetime as dt

import pytest

from adms.core.models import FailedEvent
from metering.models import UsagePoint
from network.selectors import state
from network.services import positions
from network.services.positions import PositionReport
from outages.models import Evidence, Interruption, Outage
from outages.selectors import outages as reading
from outages.selectors import reports
from outages.services import calls, lifecycle, prediction
from outages.services.calls import CallReport
from tests.cast import ANNA, GATEWAY, NOON, SYSTEM, TOM, after, deliver, gasp, meters_at, power_back, publish
from workforce.services import crews, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    state.forget()
    yield publish()
    assert not FailedEvent.objects.exists()


def settle(seconds: float) -> None:
    """Deliver events and predict, at this time."""
    deliver(after(seconds))
    prediction.run(model="story", at=after(seconds))


def move(device: str, *, close: bool, at: float) -> None:
    """SCADA reports a position."""
    report = PositionReport("story", device, after(at), is_closed=close)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(at))


def one() -> Outage:
    return Outage.objects.exclude(state="cancelled").get()


def open_rows() -> set[tuple[str, int]]:
    rows = Interruption.objects.filter(ended_at=None, superseded_at=None)
    return set(rows.values_list("equipment_mrid", "customers"))


def test_gasps_below_a_fuse_become_one_explained_outage_there():
    gasp(meters_at("T1")[:3] + meters_at("T2")[:2], NOON)
    settle(31)
    outage = one()
    assert (outage.device_mrid, outage.confidence, outage.customers_out) == ("F1", "predicted", 9)
    assert outage.started_at == NOON
    assert open_rows() == {("T1", 5), ("T2", 4)}
    sentences = reading.explanation(outage)
    assert sentences[0].text == "F1 is predicted open: 9 customers at 2 transformers, from 5 reports."
    assert len(sentences[0].evidence) == 5


def test_nothing_is_shown_before_the_hold_time_has_passed():
    gasp(meters_at("T1", "T2"), NOON)
    settle(29)
    assert not Outage.objects.exists()
    assert prediction.next_run(model="story") == after(30)


def test_the_same_gasps_told_twice_change_nothing():
    meters = meters_at("T1", "T2")
    assert gasp(meters, NOON) == 9
    settle(31)
    revision = one().revision
    assert gasp(meters, NOON) == 0
    settle(40)
    assert one().revision == revision
    assert Evidence.objects.count() == 9


def test_one_piece_of_evidence_less_is_another_verdict():
    gasp(meters_at("T1")[:1], NOON)
    gasp(meters_at("T2")[:1], NOON)
    settle(31)
    assert one().device_mrid == "F1"
    Evidence.objects.filter(equipment_mrid="T2").update(settled_at=after(40), settled_reason="withdrawn in a test")
    settle(45)
    assert (one().kind, one().device_mrid, one().customers_out) == ("single", "T1", 1)


def test_a_meter_that_answers_pulls_the_prediction_down():
    gasp(meters_at("T1")[:3], NOON)
    gasp(meters_at("T2")[:1], NOON)
    settle(31)
    power_back(meters_at("T2")[1:2], after(60))
    settle(61)
    found = {(o.device_mrid, o.kind, o.customers_out) for o in Outage.objects.exclude(state="cancelled")}
    assert found == {("T1", "outage", 5), ("T2", "single", 1)}


def test_meters_that_come_back_one_by_one_do_not_move_the_outage_of_those_who_follow():
    gasp(meters_at("T1")[:3], NOON)
    gasp(meters_at("T2")[:3], NOON)
    settle(31)
    assert (one().device_mrid, one().customers_out) == ("F1", 9)
    power_back(meters_at("T1")[:3], after(60))
    settle(61)
    assert (one().device_mrid, one().customers_out) == ("F1", 4)
    assert prediction.next_run(model="story") == after(61 + 120)
    power_back(meters_at("T2")[:3], after(75))
    settle(76)
    assert (one().state, one().customers_out) == ("restored", 0)


def test_who_does_not_follow_those_who_came_back_is_predicted_anew_after_a_while():
    gasp(meters_at("T1")[:3], NOON)
    gasp(meters_at("T2")[:3], NOON)
    settle(31)
    power_back(meters_at("T1")[:3], after(60))
    settle(61)
    prediction.run_due(model="story", at=after(61 + 119))
    assert one().device_mrid == "F1"
    prediction.run_due(model="story", at=after(61 + 121))
    assert (one().device_mrid, one().customers_out) == ("T2", 4)
    assert one().returning_at is None


def test_telemetry_beats_prediction():
    """CB1 is telemetered and closed: reports below both fuses never climb to it."""
    gasp(meters_at("T1", "T2", "T3", "T4"), NOON)
    settle(31)
    assert set(Outage.objects.values_list("device_mrid", flat=True)) == {"F1", "F2"}


def test_a_trip_is_a_confirmed_outage_at_once_and_takes_over_what_was_predicted_of_it():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    move("CB1", close=False, at=1)
    settle(35)
    outage = one()
    assert (outage.device_mrid, outage.confidence, outage.customers_out) == ("CB1", "confirmed", 20)
    assert Outage.objects.get(state="cancelled").device_mrid == "F1"
    assert sum(n for _, n in open_rows()) == 20
    assert {e.outage_id for e in Evidence.objects.all()} == {outage.pk}


def test_evidence_below_a_known_outage_joins_it_and_opens_nothing():
    move("CB1", close=False, at=0)
    settle(1)
    gasp(meters_at("T3"), after(2))
    settle(40)
    assert one().device_mrid == "CB1"
    assert Evidence.objects.filter(outage=one(), kind="gasp").count() == 6


def test_each_customer_is_back_when_its_own_supply_is():
    move("CB1", close=False, at=0)
    settle(1)
    move("SW1", close=False, at=300)
    move("CB1", close=True, at=600)
    settle(601)
    outage = one()
    assert (outage.state, outage.customers_out, outage.customers_affected) == ("partly_restored", 11, 20)
    move("SW1", close=True, at=1200)
    settle(1201)
    outage = one()
    assert (outage.state, outage.restored_at) == ("restored", after(1200))
    times = dict(Interruption.objects.values_list("equipment_mrid", "ended_at"))
    assert times == {"T1": after(600), "T2": after(600), "T3": after(1200), "T4": after(1200), "T5": after(1200)}


def test_a_nested_outage_stays_out_when_the_device_above_closes():
    gasp(meters_at("T3", "T4"), NOON)
    settle(31)
    inner = one()
    move("CB1", close=False, at=600)
    settle(601)
    outer = Outage.objects.get(device_mrid="CB1")
    assert outer.customers_affected == 11
    assert Outage.objects.get(pk=inner.pk).parent_id == outer.pk
    move("CB1", close=True, at=900)
    settle(901)
    outer.refresh_from_db()
    inner.refresh_from_db()
    assert (outer.state, inner.state, inner.customers_out) == ("restored", "new", 9)
    assert Interruption.objects.filter(outage=inner, ended_at=None).first().began_at == NOON


def test_customers_who_call_after_a_restoration_never_came_back():
    move("CB1", close=False, at=0)
    settle(1)
    move("CB1", close=True, at=600)
    settle(601)
    for transformer in ("T3", "T4"):
        point = UsagePoint.objects.filter(equipment_mrid=transformer).first()
        report = CallReport(point.pk, after(700), ("STILL_OUT",))
        calls.record_call(actor=TOM, report=report, at=after(700))
    settle(830)
    inner = Outage.objects.get(device_mrid="F2")
    assert inner.parent.device_mrid == "CB1"
    assert inner.customers_out == 9
    assert Interruption.objects.get(outage=inner, equipment_mrid="T3").began_at == NOON
    outer = Outage.objects.get(device_mrid="CB1")
    assert sum(row.customers for row in reading.ledger(outer)) == 11


def test_a_confirmed_fuse_is_shown_open_and_closes_with_its_outage():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    lifecycle.confirm(actor=TOM, outage_id=one().pk, at=after(300))
    settle(301)
    present = state.present("story")
    assert present.closed[present.grid.branch_index("F1")] == 0
    assert one().confidence == "confirmed"
    assert not Interruption.objects.filter(is_provisional=True).exists()
    lifecycle.restore(actor=TOM, outage_id=one().pk, occurred_at=after(1800), at=after(1810))
    settle(1811)
    present = state.present("story")
    assert present.closed[present.grid.branch_index("F1")] == 7
    assert set(Interruption.objects.values_list("ended_at", flat=True)) == {after(1800)}
    lifecycle.complete(actor=TOM, outage_id=one().pk, cause="tree", remedy="fuse replaced", at=after(1900))
    assert one().state == "completed"


def test_an_outage_confirmed_and_restored_at_one_stroke_counts_once():
    """The opening of the fuse reaches the outages only after the outage is over: it must not begin a second one."""
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    lifecycle.confirm(actor=TOM, outage_id=one().pk, at=after(300))
    lifecycle.restore(actor=TOM, outage_id=one().pk, occurred_at=after(1800), at=after(1810))
    settle(1811)
    assert one().state == "restored"
    assert not open_rows()
    assert sum(row.customers for row in reading.ledger(one())) == 9


def test_meters_that_come_back_by_themselves_end_the_outage_as_momentary_material():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    power_back(meters_at("T1", "T2"), after(40))
    settle(41)
    outage = one()
    assert (outage.state, outage.customers_out, outage.restored_at) == ("restored", 0, after(40))


def test_two_meters_of_a_transformer_that_come_back_speak_for_the_silent_ones():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    power_back(meters_at("T1")[:2] + meters_at("T2")[:1], after(600))
    settle(601)
    assert {mrid for mrid, _ in open_rows()} == {"T2"}
    assert set(Interruption.objects.filter(equipment_mrid="T1").values_list("ended_at", flat=True)) == {after(600)}


def test_who_reports_being_dark_later_is_not_spoken_for():
    gasp(meters_at("T1"), NOON)
    settle(31)
    point = UsagePoint.objects.filter(equipment_mrid="T1").order_by("pk").last()
    calls.record_call(actor=TOM, report=CallReport(point.pk, after(660), ("STILL_OUT",)), at=after(660))
    power_back(meters_at("T1")[:2], after(600))
    settle(800)
    assert open_rows() == {("T1", 1)}


def test_a_false_gasp_leaves_nothing_behind():
    gasp(meters_at("T1")[:1], NOON)
    power_back(meters_at("T1")[:1], after(5))
    settle(31)
    assert not Outage.objects.exists()


def test_the_crew_moves_the_outage_along():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    outage = one()
    crews.create_crew(
        actor=SYSTEM, key="c1", name="Crew 1", kind="trouble", area=outage.area.key, members=[], vehicle="V1", at=NOON
    )
    crews.set_shift(actor=SYSTEM, key="c1", shift="on", at=NOON)
    assignment = work.assign_crew(actor=TOM, work_order_id=outage.work_order_id, crew_key="c1", at=after(60))
    told = []
    for number, step in enumerate(("en_route", "on_site", "made_safe"), 2):
        settle(60 * number)
        told.append(one().state)
        work.report_progress(actor=TOM, assignment_id=assignment.pk, state=step, at=after(60 * number))
    settle(400)
    assert [*told, one().state] == ["assigned", "en_route", "on_site", "made_safe"]
    kinds = list(one().entries.values_list("kind", flat=True))
    assert kinds == ["created", "crew_assigned", "crew_en_route", "crew_on_site", "crew_made_safe"]


def test_an_outage_that_is_over_cannot_be_confirmed():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    lifecycle.cancel(actor=ANNA, outage_id=one().pk if Outage.objects.count() == 1 else 0, reason="test", at=after(60))
    with pytest.raises(Exception, match="cancelled"):
        lifecycle.confirm(actor=TOM, outage_id=Outage.objects.get().pk, at=after(61))
    assert not open_rows()


def test_what_tripped_its_device_is_told_with_the_outage():
    """X02: as the relay named it; not what a person gave as a reason for switching."""
    tripped = PositionReport("story", "CB1", NOON, is_closed=False, reason="51N earth fault")
    positions.record_positions(actor=GATEWAY, source="scada", reports=[tripped], at=NOON)
    settle(1)
    assert reports.tripped_by(one()) == "51N earth fault"
    Outage.objects.update(device_mrid="SW")
    assert reports.tripped_by(one()) == ""


def test_single_phase_loss_only_takes_those_served_by_it():
    move_a = PositionReport("story", "CB1", NOON, is_closed=False, closed_phases=6)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[move_a], at=NOON)
    settle(1)
    assert one().phases == 1
    back = PositionReport("story", "CB1", NOON + dt.timedelta(seconds=60), is_closed=True)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[back], at=after(61))
    settle(62)
    assert one().state == "restored"
