"""Reports that belong to a known outage join it and open nothing; all others do not."""

import pytest

from adms.core.models import ControlArea
from outages.models import Call, Evidence, Outage
from outages.services import prediction
from tests.cast import NOON, after, gasp, meters_at, power_back
from tests.outages.services.acting import call, going, move, outage_at, rows, settle

pytestmark = pytest.mark.django_db


def test_a_call_below_a_tripped_breaker_joins_its_outage_and_so_does_the_row_of_the_call():
    move("CB1", close=False, at=0)
    made = call("T3", at=60)
    settle(200)
    assert going() == {("CB1", "new", 20)}
    assert Call.objects.get(pk=made.pk).outage == outage_at("CB1")


def test_a_gasp_from_before_a_restoration_that_arrives_late_tells_nothing_new():
    move("CB1", close=False, at=0)
    move("CB1", close=True, at=600)
    settle(601)
    gasp(meters_at("T1", "T2"), after(1))
    settle(700)
    assert going() == set()
    late = Evidence.objects.filter(kind="gasp")
    assert set(late.values_list("outage", flat=True)) == {outage_at("CB1").pk}
    assert not late.filter(settled_at=None).exists()


def test_who_came_back_and_gasps_again_is_another_outage():
    """SW1 isolates; CB1 closes and gives T1 and T2 back while the outage goes on behind SW1."""
    move("CB1", close=False, at=0)
    move("SW1", close=False, at=300)
    move("CB1", close=True, at=600)
    settle(601)
    gasp(meters_at("T1", "T2"), after(700))
    settle(740)
    assert going() == {("CB1", "partly_restored", 11), ("F1", "new", 9)}


def test_customers_behind_a_switch_opened_to_isolate_still_belong_to_the_outage():
    """T3 hangs on no source by now; the ledger still knows where it belongs."""
    move("CB1", close=False, at=0)
    move("SW1", close=False, at=300)
    move("CB1", close=True, at=600)
    settle(601)
    call("T3", at=700)
    settle(900)
    assert going() == {("CB1", "partly_restored", 11)}
    assert Evidence.objects.get(kind="call").outage == outage_at("CB1")


def test_gasps_from_long_before_a_trip_are_an_outage_of_their_own_below_it():
    """The head-end was away for an hour: F1 had blown long before CB1 opened."""
    move("CB1", close=False, at=3600)
    settle(3601)
    gasp(meters_at("T1", "T2"), NOON)
    settle(3640)
    inner, outer = outage_at("F1"), outage_at("CB1")
    assert (inner.parent, inner.customers_out, outer.customers_out) == (outer, 9, 11)
    assert rows(inner) == [("T1", 5, 0.0, None), ("T2", 4, 0.0, None)]
    move("CB1", close=True, at=5000)
    settle(5001)
    assert going() == {("F1", "new", 9)}


def test_old_gasps_never_predict_the_device_that_opened_later_nor_one_above():
    move("CB1", close=False, at=3600)
    settle(3601)
    gasp(meters_at("T1", "T2", "T3", "T4", "T5"), NOON)
    settle(3640)
    predicted = Outage.objects.filter(confidence="predicted")
    assert {one.device_mrid for one in predicted} == {"F1", "F2", "T5"}
    assert {one.parent for one in predicted} == {outage_at("CB1")}


def test_no_second_outage_opens_on_the_device_of_a_known_one():
    """T1 is frozen with one customer still out when the others, who were back, report again."""
    gasp(meters_at("T1"), NOON)
    settle(31)
    prediction.run(model="story", at=after(1231))
    call("T1", at=1310, number=4)
    power_back(meters_at("T1")[:2], after(1300))
    settle(1311)
    assert rows() == [("T1", 1, 0.0, None), ("T1", 2, 0.0, 1300.0), ("T1", 2, 0.0, 1300.0)]
    gasp(meters_at("T1")[:2], after(1400))
    settle(1440)
    assert going() == {("T1", "new", 5)}
    assert [row for row in rows() if row[3] is None] == [("T1", 1, 0.0, None), ("T1", 4, 1400.0, None)]


def test_a_frozen_outage_takes_new_reports_and_is_not_moved_by_them():
    gasp(meters_at("T1"), NOON)
    settle(31)
    prediction.run(model="story", at=after(31 + 1200))
    gasp(meters_at("T1")[:1], after(1300))
    assert outage_at("T1").confidence == "probable"
    gasp(meters_at("T2"), after(1300))
    settle(1340)
    assert going() == {("T1", "new", 5), ("T2", "new", 4)}


def test_a_report_no_outage_explains_is_laid_aside_after_an_hour():
    Evidence.objects.create(
        kind="call", reference="call:0", area=ControlArea.objects.first(), model_key="story", node=10**6, phases=7,
        equipment_mrid="nowhere", occurred_at=NOON, recorded_at=NOON,
    )  # fmt: skip
    prediction.run(model="story", at=after(3599))
    assert Evidence.objects.get().settled_at is None
    prediction.run(model="story", at=after(3601))
    assert Evidence.objects.get().settled_reason == "no outage explains it"
