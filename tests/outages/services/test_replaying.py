"""A recorded story is predicted once more: by the same rules it comes out the same, by others the difference is told (X06)."""

import datetime as dt

import pytest

from adms.core.errors import Invalid
from outages.domain import replay_comparison
from outages.domain.rule_sets import BUILT_IN, InForce
from outages.models import Evidence, Interruption, Outage, OutageEntry
from outages.selectors.recorded import Period
from outages.services import lifecycle, prediction, regrouping, replaying, splitting, undoing
from outages.services.replaying import Outcome
from tests.cast import NOON, TOM, after, gasp, meters_at, power_back
from tests.outages.services.acting import answer, call, going, move, outage_at, settle

pytestmark = pytest.mark.django_db


def replayed(until: float, engine: str = "", **changes: object) -> Outcome:
    period = Period("story", NOON - dt.timedelta(minutes=1), after(until))
    return replaying.run(period=period, rules=InForce.of("other", 1, BUILT_IN["normal"] | changes), engine=engine)


def told(outcome: Outcome) -> list[tuple[str, int, int, tuple[str, ...]]]:
    return sorted(
        (row.replayed.device, row.replayed.customers, row.replayed.moves, row.differences)
        for row in outcome.rows
        if row.replayed
    )


def night() -> None:
    """T1 first, which then proves to be F1; two gasps in T3 and T4, so F2; one call at T5."""
    gasp(meters_at("T1")[:2], NOON)
    settle(40)
    gasp(meters_at("T2")[:2], after(60))
    gasp(meters_at("T3")[:1] + meters_at("T4")[:1], after(65))
    settle(66)
    settle(100)
    call("T5", at=110)
    settle(111)
    settle(240)


def test_by_the_same_rules_the_recorded_outages_come_out_again():
    night()
    outcome = replayed(300)
    assert told(outcome) == [("F1", 9, 1, ()), ("F2", 9, 0, ()), ("T5", 1, 0, ())]
    assert {(row.replayed.device, row.recorded.id) for row in outcome.rows} == set(
        Outage.objects.exclude(state="cancelled").values_list("device_mrid", "pk")
    )
    first = {one.device_mrid: one.predicted_at.timestamp() for one in Outage.objects.exclude(state="cancelled")}
    assert [row.replayed.turns[-1][0] <= first[row.replayed.device] for row in outcome.rows] == [True] * 3
    assert outcome.reports == 7


def test_by_stricter_rules_the_differences_are_told():
    night()
    assert told(replayed(300, min_transformers=3)) == [
        ("T1", 5, 0, ("device", "customers")),
        ("T2", 4, 0, ("only_replayed",)),
        ("T3", 1, 0, ("kind", "device", "customers")),
        ("T4", 1, 0, ("only_replayed",)),
        ("T5", 1, 0, ()),
    ]


def test_by_the_other_engine_it_is_played_too():
    night()
    outcome = replayed(300, engine="likelihood")
    assert {row.replayed.device for row in outcome.rows if row.replayed} >= {"F1", "F2"}


def test_how_long_each_took_to_the_right_device_is_told_where_it_was_confirmed():
    night()
    lifecycle.confirm(actor=TOM, outage_id=outage_at("F1").pk, at=after(250))
    (row,) = [row for row in replayed(245).rows if row.recorded and row.recorded.truth]
    assert (row.replayed.device, row.to_right_s) == ("F1", 60.0)
    assert row.recorded_to_right_s == 66.0


def test_meters_that_answer_settle_in_the_replay_when_they_did_in_the_record():
    gasp(meters_at("T1", "T2"), NOON)
    settle(40)
    answer(meters_at("T1", "T2"), 100)
    settle(101)
    (row,) = replayed(200).rows
    assert (row.replayed.device, row.replayed.ended) == ("F1", "over")


def minutes(outcome: Outcome) -> list[tuple[str, float | None, float | None]]:
    return sorted(
        ((row.replayed or row.recorded).device, row.customer_minutes, row.recorded_customer_minutes)
        for row in outcome.rows
    )


def test_customer_minutes_of_a_replay_by_the_same_rules_are_those_of_the_record():
    night()
    lifecycle.restore(actor=TOM, outage_id=outage_at("F1").pk, occurred_at=after(260), at=after(270))
    expected = [("F1", 9 * 260 / 60), ("F2", 9 * 235 / 60), ("T5", 190 / 60)]
    assert minutes(replayed(300)) == [(device, pytest.approx(one), pytest.approx(one)) for device, one in expected]


def test_customer_minutes_by_stricter_rules_fall_behind_those_of_the_record():
    night()
    outcome = replayed(300, min_transformers=3)
    assert minutes(outcome) == [
        ("T1", pytest.approx(5 * 300 / 60), pytest.approx(9 * 300 / 60)),
        ("T2", pytest.approx(4 * 240 / 60), None),
        ("T3", pytest.approx(235 / 60), pytest.approx(9 * 235 / 60)),
        ("T4", pytest.approx(235 / 60), None),
        ("T5", pytest.approx(190 / 60), pytest.approx(190 / 60)),
    ]
    summary = replay_comparison.summarise(outcome.rows)
    assert summary.customer_minutes == pytest.approx((1500 + 960 + 235 + 235 + 190) / 60)
    assert summary.recorded_customer_minutes == pytest.approx((2700 + 2115 + 190) / 60)


def test_from_its_confirmation_on_the_outage_of_the_record_counts_in_the_replay_too():
    night()
    lifecycle.confirm(actor=TOM, outage_id=outage_at("F1").pk, at=after(250))
    found = {device: (mine, theirs) for device, mine, theirs in minutes(replayed(300, min_transformers=3))}
    assert found["T1"] == (pytest.approx((5 * 250 + 9 * 50) / 60), pytest.approx(9 * 300 / 60))
    assert found["T2"] == (pytest.approx(4 * 190 / 60), None)


def test_an_outage_that_was_cancelled_counts_until_then():
    night()
    lifecycle.cancel(actor=TOM, outage_id=outage_at("T5").pk, reason="his own fuse", at=after(250))
    (row,) = [row for row in replayed(300).rows if row.recorded and row.recorded.device == "T5"]
    assert row.recorded.ended_at == after(250).timestamp()
    assert row.recorded_customer_minutes == pytest.approx(row.recorded.customers * 140 / 60)


def test_nothing_is_written():
    night()
    tables = (Evidence, Outage, OutageEntry, Interruption)
    before = [list(one.objects.order_by("pk").values()) for one in tables]
    tried = dict(prediction._tried)
    replayed(300, engine="likelihood")
    assert [list(one.objects.order_by("pk").values()) for one in tables] == before
    assert prediction._tried == tried


def test_a_period_that_cannot_be_is_refused():
    with pytest.raises(Invalid, match="ends before it begins"):
        replayed(-3600)
    with pytest.raises(Invalid, match="no engine"):
        replayed(10, engine="oracle")


# What people did


def row_of(outcome: Outcome, device: str) -> replay_comparison.Row:
    (row,) = [one for one in outcome.rows if one.recorded and one.recorded.device == device]
    return row


def test_an_outage_moved_up_by_hand_stands_there_in_the_replay_from_then_on():
    """T1 is dark; at 100 s a person says it is F1. What is dark at T2 later joins it on both sides."""
    gasp(meters_at("T1")[:2], NOON)
    settle(40)
    regrouping.move(actor=TOM, outage_id=outage_at("T1").pk, device_mrid="F1", reason="seen", at=after(100))
    gasp(meters_at("T2")[:2], after(120))
    settle(160)
    assert going() == {("F1", "new", 9)}
    outcome = replayed(300)
    row = row_of(outcome, "F1")
    assert (row.replayed.device, row.replayed.ended, row.differences) == ("T1", "known", ())
    assert (row.recorded.by_hand, row.recorded.as_predicted) == (("moved",), ("outage", "T1"))
    assert row.customer_minutes == pytest.approx((5 * 100 + 9 * 200) / 60)
    assert len(outcome.rows) == 1


def test_what_was_moved_and_taken_back_is_free_again_from_then_on():
    gasp(meters_at("T1")[:2], NOON)
    settle(40)
    number = outage_at("T1").pk
    regrouping.move(actor=TOM, outage_id=number, device_mrid="F1", reason="seen", at=after(100))
    undoing.undo(actor=TOM, outage_id=number, at=after(130))
    gasp(meters_at("T3")[:2], after(140))
    settle(200)
    outcome = replayed(300)
    assert row_of(outcome, "T1").recorded.by_hand == ()
    assert [one.device for one in (row.replayed for row in outcome.rows if row.replayed) if not one.ended] == [
        "T1",
        "T3",
    ]


def test_parts_split_off_by_hand_are_held_in_the_replay():
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], NOON)
    settle(40)
    number = outage_at("F1").pk
    splitting.split(
        actor=TOM, outage_id=number, device_mrids=["T1", "T2"], stays=False, reason="two fuses", at=after(100)
    )
    settle(160)
    assert going() == {("T1", "new", 5), ("T2", "new", 4)}
    outcome = replayed(300)
    row = row_of(outcome, "T1")
    assert (row.replayed.device, row.replayed.ended, row.differences) == ("F1", "known", ())
    made = row_of(outcome, "T2")
    assert (made.replayed, made.differences, made.is_held) == (None, (), True)
    summary = replay_comparison.summarise(outcome.rows)
    assert (summary.outages, summary.recorded_outages, summary.same, summary.held) == (2, 2, 2, 1)


def test_two_outages_merged_by_hand_are_one_in_the_replay():
    gasp(meters_at("T1")[:2], NOON)
    gasp(meters_at("T5")[:2], after(5))
    settle(40)
    one, other = outage_at("T1").pk, outage_at("T5").pk
    regrouping.merge(actor=TOM, outage_id=other, into_id=one, at=after(100))
    settle(160)
    outcome = replayed(300)
    (row,) = [row for row in outcome.rows if row.recorded]
    assert (row.recorded.device, row.recorded.by_hand) == ("T1", ("merged",))
    assert {one.ended for one in (row.replayed for row in outcome.rows) if one} == {"known"}


def test_a_cancellation_taken_back_silences_its_reports_meanwhile_only():
    gasp(meters_at("T1")[:2], NOON)
    settle(40)
    number = outage_at("T1").pk
    lifecycle.cancel(actor=TOM, outage_id=number, reason="a test of meters", at=after(100))
    undoing.undo(actor=TOM, outage_id=number, at=after(200))
    settle(201)
    (row,) = replayed(300).rows
    assert (row.replayed.device, row.replayed.ended, row.differences) == ("T1", "", ())
    assert row.replayed.first_at == after(30).timestamp()
    (meanwhile,) = replayed(150).rows
    assert (meanwhile.replayed.ended, meanwhile.replayed.ended_at) == ("over", after(100).timestamp())


# Nested


def test_an_older_outage_below_a_device_that_trips_is_nested_and_left_alone():
    gasp(meters_at("T1")[:2], NOON)
    settle(40)
    move("CB1", close=False, at=300)
    gasp(meters_at("T3")[:1] + meters_at("T5")[:1], after(301))
    settle(340)
    inner = outage_at("T1")
    assert inner.parent == outage_at("CB1")
    outcome = replayed(600)
    row = row_of(outcome, "T1")
    assert (row.replayed.device, row.replayed.nested_in, row.replayed.ended, row.differences) == (
        "T1",
        inner.parent_id,
        "",
        (),
    )
    assert row_of(outcome, "CB1").is_held


def test_what_began_with_the_trip_is_part_of_it():
    gasp(meters_at("T1")[:2], after(220))
    settle(260)
    move("CB1", close=False, at=300)
    settle(301)
    assert {device for device, _, _ in going()} == {"CB1"}
    (row,) = replayed(600).rows
    assert (row.recorded.device, row.replayed.ended) == ("CB1", "known")


def test_who_is_dark_soon_after_a_restoration_is_nested_as_in_life():
    move("CB1", close=False, at=0)
    gasp(meters_at("T1", "T2", "T5"), after(1))
    settle(40)
    move("CB1", close=True, at=300)
    settle(301)
    gasp(meters_at("T1", "T2"), after(320))
    settle(380)
    inner = outage_at("F1")
    assert inner.parent == outage_at("CB1")
    outcome = replayed(600)
    row = row_of(outcome, "F1")
    assert (row.replayed.device, row.replayed.nested_in, row.differences) == ("F1", inner.parent_id, ())
    assert row_of(outcome, "CB1").is_held


def test_a_caller_whose_meter_has_supply_and_a_short_outage_of_one_customer_come_out_the_same():
    gasp(meters_at("T5")[:1], NOON)
    settle(40)
    answer(meters_at("T5")[:1], 100)
    settle(101)
    assert outage_at("T5").kind == "momentary"
    (row,) = replayed(200).rows
    assert (row.recorded.kind, row.replayed.kind, row.differences) == ("single", "single", ())


def test_meters_that_come_back_one_by_one_hold_their_outage_in_the_replay_as_in_life():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    power_back(meters_at("T1"), after(60))
    settle(61)
    settle(100)
    prediction.run_due(model="story", at=after(61 + 121))
    recorded = {one.device_mrid for one in Outage.objects.exclude(state="cancelled")}
    (row,) = [row for row in replayed(170).rows if row.replayed]
    assert [device for _, device in row.replayed.turns] == ["F1"]
    (row,) = [row for row in replayed(300).rows if row.replayed]
    assert [device for _, device in row.replayed.turns] == ["F1", "T2"]
    assert row.replayed.turns[-1][0] == after(60 + 120).timestamp()
    assert recorded == {"T2"}


def test_what_one_meter_that_is_back_says_of_its_transformer_is_said_in_the_replay_too():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    power_back([meters_at("T1")[0], meters_at("T2")[0]], after(60))
    settle(61)
    settle(61 + 121)
    assert going() == set()
    (row,) = replayed(600).rows
    assert (row.replayed.customers, [device for _, device in row.replayed.turns]) == (row.recorded.customers, ["F1"])
    assert row.replayed.ended_at == after(60 + 120).timestamp()
