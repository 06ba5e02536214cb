"""Predicted outages follow the evidence: they move, merge, split and end, and keep their number while they do."""

import pytest
from django.db.models import Q

from adms.core.models import ControlArea
from adms.core.services import events
from metering.events import MetersRegainedPower
from metering.models import Meter
from outages.models import Call, Interruption, Outage, OutageEntry
from outages.services import incidents, merging, prediction
from outages.services.evidence import settle as settle_evidence
from tests.cast import NOON, SYSTEM, TOM, after, deliver, gasp, meters_at, power_back
from tests.outages.services.acting import call, going, outage_at, redeliver, rows, settle
from workforce.models import Assignment, WorkOrder
from workforce.services import crews, work

pytestmark = pytest.mark.django_db


def test_a_single_call_grows_into_an_outage_and_keeps_its_number():
    call("T1", at=0)
    settle(121)
    single = outage_at("T1", kind="single")
    call("T2", at=200)
    settle(330)
    grown = outage_at("F1")
    assert (grown.pk, grown.kind, grown.customers_out) == (single.pk, "outage", 9)
    assert [entry.kind for entry in grown.entries.all()] == ["created", "moved"]
    assert rows() == [("T1", 1, 0.0, None), ("T1", 4, 0.0, None), ("T2", 4, 0.0, None)]


def test_the_calls_of_an_outage_are_marked_with_it():
    calls = [call("T1", at=0), call("T1", at=1, number=1), call("T2", at=0)]
    settle(130)
    assert going() == {("F1", "new", 9)}
    assert {Call.objects.get(pk=one.pk).outage for one in calls} == {outage_at("F1")}


def test_outages_one_device_explains_become_one_with_rows_and_crews():
    """Two singles at T3 and T4, each with its crew; a third report makes one outage of them at F2."""
    call("T3", at=0)
    settle(125)
    first = outage_at("T3")
    _crew_on(first, "c1")
    Outage.objects.filter(pk=first.pk).update(parent=None)
    call("T5", at=0)
    settle(126)
    second = outage_at("T5")
    _crew_on(second, "c2")
    merged = _merge(second, first)
    assert rows(merged) == [("T3", 1, 0.0, None), ("T5", 1, 0.0, None)]
    deliver(after(130))
    assert set(Assignment.objects.values_list("crew__key", "work_order__subject", "state")) == {
        ("c1", f"outage:{first.pk}", "assigned"), ("c2", f"outage:{first.pk}", "assigned"),
    }  # fmt: skip
    assert WorkOrder.objects.get(subject=f"outage:{second.pk}").state == "cancelled"
    assert Outage.objects.get(pk=second.pk).cancelled_reason == "for the test"
    assert "merged" in set(first.entries.values_list("kind", flat=True))


def test_told_twice_the_crews_step_is_one_line():
    gasp(meters_at("T1"), NOON)
    settle(31)
    _crew_on(outage_at("T1"), "c1")
    settle(60)
    lines = OutageEntry.objects.count()
    revision = outage_at("T1").revision
    redeliver()
    settle(61)
    assert (OutageEntry.objects.count(), outage_at("T1").revision) == (lines, revision)


def test_an_outage_whose_evidence_is_withdrawn_never_was():
    gasp(meters_at("T1"), NOON)
    settle(31)
    settle_evidence(rows=Q(kind="gasp"), reason="withdrawn", at=after(40))
    prediction.run(model="story", at=after(41))
    assert going() == set()
    assert rows() == []
    assert Outage.objects.get().state == "cancelled"
    assert WorkOrder.objects.get().state == "cancelled"


def test_an_outage_that_splits_keeps_its_number_where_most_reports_are():
    gasp(meters_at("T1")[:3] + meters_at("T2")[:2], NOON)
    settle(31)
    whole = outage_at("F1")
    settle_evidence(rows=Q(equipment_mrid="T2", kind="gasp"), reason="withdrawn", at=after(40))
    gasp(meters_at("T4")[:2], after(45))
    prediction.run(model="story", at=after(46))
    assert outage_at("T1").pk == whole.pk
    assert rows(outage_at("T1")) == [("T1", 5, 0.0, None)]


def test_an_earlier_report_that_arrives_late_dates_the_outage_back():
    gasp(meters_at("T1")[:3], after(20))
    settle(60)
    gasp(meters_at("T1")[3:], after(5))
    settle(70)
    assert outage_at("T1").started_at == after(5)
    assert rows() == [("T1", 5, 5.0, None)]


def test_nobody_is_out_twice_when_a_prediction_climbs_over_one_who_came_back():
    gasp(meters_at("T1"), NOON)
    settle(31)
    power_back(meters_at("T1"), after(100))
    settle(101)
    gasp(meters_at("T1"), after(110))
    gasp(meters_at("T2"), after(90))
    settle(150)
    assert rows(outage_at("F1")) == [("T1", 5, 100.0, None), ("T2", 4, 90.0, None)]


def test_a_meter_that_answers_was_never_out_unless_it_said_so():
    """A word "restored" ends an interruption; an answer "on" proves that a mere prediction was wrong."""
    gasp(meters_at("T1")[:3], NOON)
    settle(31)
    meters = Meter.objects.filter(pk__in=[meters_at("T1")[0], meters_at("T1")[4]]).order_by("usage_point_id")
    area = ControlArea.objects.get(name="story S")
    points = [meter.usage_point_id for meter in meters]
    fact = MetersRegainedPower("story", points, [m.pk for m in meters], [after(60).timestamp()] * 2, "HES", "ping_on")
    events.publish(area_id=area.pk, facts=[fact], at=after(61))
    deliver(after(61))
    assert [row.usage_points for row in Interruption.objects.exclude(superseded_at=None)] == [[points[1]]]
    first = Interruption.objects.get(usage_points=[points[0]])
    assert first.ended_at == after(60)


def test_a_split_hands_the_interruptions_on():
    gasp(meters_at("T1", "T4"), NOON)
    settle(31)
    assert {row[:2] for row in going()} == {("T1", "new"), ("T4", "new")}
    gasp(meters_at("T2")[:1], after(20))
    settle(51)
    before = set(Interruption.objects.values_list("pk", flat=True))
    settle_evidence(rows=Q(equipment_mrid="T1", kind="gasp"), reason="withdrawn", at=after(60))
    prediction.run(model="story", at=after(61))
    kept = Interruption.objects.filter(outage=outage_at("T2"), superseded_at=None)
    assert rows(outage_at("T2")) == [("T2", 1, 0.0, None)]
    assert before & set(kept.values_list("pk", flat=True)) or kept.count() == 1


def _merge(outage: Outage, into: Outage) -> Outage:
    with incidents.begin(models=["story"], at=after(127)) as now:
        merging.merge(now, outage=now.get(outage.pk), into=now.get(into.pk), reason="for the test", actor=SYSTEM)
    return Outage.objects.get(pk=into.pk)


def _crew_on(outage: Outage, key: str) -> Assignment:
    crews.create_crew(
        actor=SYSTEM,
        key=key,
        name=f"Crew {key}",
        kind="trouble",
        area=outage.area.key,
        members=[],
        vehicle="V1",
        at=NOON,
    )
    crews.set_shift(actor=SYSTEM, key=key, shift="on", at=NOON)
    return work.assign_crew(actor=TOM, work_order_id=outage.work_order_id, crew_key=key, at=after(126))
