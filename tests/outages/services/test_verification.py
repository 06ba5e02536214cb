"""The four meter processes: detection, a single call, a prediction, a restoration (O04, X08)."""

from __future__ import annotations

import pytest
from django.db import transaction

from adms.core.models import Setting
from metering.models import Meter, Ping, PingAnswer, PingBatch, UsagePoint
from metering.services import ping_answers
from metering.services.ping_answers import Answer
from outages.models import Call, Evidence, Outage, OutageEntry
from outages.selectors import timeline_words
from outages.services import lifecycle, prediction, rule_sets, verification, verifying
from outages.services.incidents import OutageRefused
from tests.cast import ANNA, NOON, after, gasp, meters_at, person, power_back
from tests.outages.services.acting import ask_about, call, going, move, outage_at, rows, settle
from workforce.models import WorkOrder


@pytest.fixture(autouse=True)
def _a_head_end(db: None) -> None:
    """Somebody who takes questions, so that they are not said to reach nobody."""
    from tests.integration.services.cast import make_partner

    make_partner("HES", ["reply MeterReadings"], endpoint_url="http://127.0.0.1:9/", subscriptions=["MeterReadings"])


def allow(key: str, value: object) -> None:
    Setting.objects.create(key=key, value=value, changed_by="test", changed_at=NOON)


def sampled(sample: object, **more: object) -> None:
    """The general rule set, with this sample of a prediction."""
    values = {"ask_on_prediction": sample} | more
    rule_sets.write(actor=person("mia", "MGR"), area=None, name="normal", values=values, reason="a test", at=NOON)


def asked(purpose: str) -> list[str]:
    """Transformers of the meters asked for a purpose, in order."""
    rows = PingAnswer.objects.filter(ping__purpose=purpose).order_by("ping__asked_at", "meter_id")
    return list(rows.values_list("meter__usage_point__equipment_mrid", flat=True))


def reply(
    at: float,
    *,
    dark: tuple[str, ...] = (),
    silent: tuple[int, ...] = (),
    part: dict[int, tuple[int, int]] | None = None,
) -> None:
    """The head-end answers every open question: meters at the dark transformers off, the silent ones not at all, others on."""
    for batch in PingBatch.objects.filter(ended_at=None):
        told = []
        for meter in Meter.objects.filter(ping_answers__batch=batch).select_related("usage_point"):
            if meter.pk in silent:
                continue
            on, off = (part or {}).get(meter.pk, (0, 0))
            word = "part" if off else "off" if meter.usage_point.equipment_mrid in dark else "on"
            told.append(Answer(meter.pk, word, after(at), on, off))
        ping_answers.record_answers(source="HES", batch_id=batch.pk, answers=told, is_last=True, at=after(at))
    settle(at)


def check_restorations(at: float) -> None:
    with transaction.atomic():
        verification.ask_after_restorations(at=after(at))
    settle(at)


# A single call


def test_a_single_caller_is_asked_before_a_crew_is_sent_and_one_with_supply_becomes_verify() -> None:
    told = call("T1", 0)
    settle(1)
    assert asked("verify_call") == ["T1"]
    reply(9)
    outage = Outage.objects.get()
    assert (outage.kind, outage.state, outage.customers_out, outage.work_order_id) == ("single", "verify", 0, None)
    assert rows() == []
    assert Call.objects.get(pk=told.pk).outage_id == outage.pk
    assert not WorkOrder.objects.exists()
    settle(600)
    assert Outage.objects.count() == 1


def test_rules_ask_nothing_while_questions_wait_too_long() -> None:
    allow("ping.meters_per_minute", 1)
    allow("ping.longest_wait_s", 0)
    for number, transformer in enumerate(
        ("T1", "T3", "T5")
    ):  # the first is asked, the second waits, the third is not asked
        call(transformer, number)
        settle(number + 1)
    assert asked("verify_call") == ["T1", "T3"]


def test_a_single_caller_whose_meter_is_dark_becomes_an_outage_for_a_crew() -> None:
    call("T1", 0)
    settle(1)
    reply(9, dark=("T1",))
    settle(130)
    outage = Outage.objects.get()
    assert (outage.kind, outage.state, outage.customers_out) == ("single", "new", 1)
    assert outage.work_order_id


def test_silence_does_not_hold_the_crew_up() -> None:
    call("T1", 0)
    settle(1)
    ping_answers.end_overdue(at=after(61))
    settle(130)
    assert (Outage.objects.get().state, PingBatch.objects.get().state) == ("new", "silent")


def test_an_answer_after_the_outage_was_opened_takes_the_crew_back() -> None:
    call("T1", 0)
    settle(1)
    settle(130)
    assert WorkOrder.objects.get().state == "open"
    reply(140)
    outage = Outage.objects.get()
    assert (outage.state, outage.customers_out, WorkOrder.objects.get().state) == ("verify", 0, "cancelled")
    assert rows() == []
    told = OutageEntry.objects.get(kind="verify")
    assert (told.actor, timeline_words.line(told).startswith("The caller's meter answers")) == (
        "verification of a call",
        True,
    )


def test_an_answer_long_after_the_call_means_that_supply_came_back() -> None:
    call("T1", 0)
    settle(130)
    PingBatch.objects.all().delete()
    Ping.objects.all().delete()
    allow("ping.customer_side_s", 60)
    ask_about(Outage.objects.get(), after(500))
    reply(505)
    assert Outage.objects.get().state == "restored"


def test_who_calls_again_is_kept_with_the_first_call() -> None:
    call("T1", 0)
    settle(1)
    reply(9)
    call("T1", 400)
    settle(401)
    reply(409)
    assert Outage.objects.count() == 1
    assert Call.objects.filter(outage=Outage.objects.get()).count() == 2


def test_a_crew_can_be_wanted_all_the_same_and_then_the_customer_counts_as_out_since_the_call() -> None:
    call("T1", 0)
    settle(1)
    reply(9)
    outage = Outage.objects.get()
    verifying.send_crew(actor=ANNA, outage_id=outage.pk, reason="the meter hangs next door", at=after(300))
    outage.refresh_from_db()
    assert (outage.state, outage.customers_out) == ("acknowledged", 1)
    assert rows(outage) == [("T1", 1, 0.0, None)]
    assert WorkOrder.objects.get().state == "open"
    with pytest.raises(OutageRefused):
        verifying.send_crew(actor=ANNA, outage_id=outage.pk, reason="again", at=after(301))


def test_a_verified_caller_is_completed_as_the_customers_own_fault() -> None:
    call("T1", 0)
    settle(1)
    reply(9)
    outage = Outage.objects.get()
    lifecycle.complete(actor=ANNA, outage_id=outage.pk, cause="customer", at=after(900))
    outage.refresh_from_db()
    assert (outage.state, outage.cause) == ("completed", "customer")


def test_one_caller_among_dark_neighbours_is_not_asked_by_himself() -> None:
    call("T1", 0)
    call("T1", 5, number=1)
    settle(6)
    assert len(asked("verify_call")) == 0


def test_where_it_is_switched_off_nobody_is_asked() -> None:
    allow("ping.calls", value=False)
    call("T1", 0)
    settle(1)
    assert not Ping.objects.exists()


# A prediction


def test_a_prediction_is_verified_at_each_transformer_by_one_who_said_nothing() -> None:
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    assert outage_at("F1").customers_out == 9
    assert sorted(asked("verify_prediction")) == ["T1", "T2"]
    reported = set(Evidence.objects.values_list("usage_point__meters", flat=True))
    assert not reported & set(PingAnswer.objects.values_list("meter_id", flat=True))


def test_a_prediction_moves_down_when_a_part_of_it_answers_that_it_has_supply() -> None:
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    first = outage_at("F1")
    reply(45, dark=("T1",))
    first.refresh_from_db()
    assert (first.device_mrid, first.state) == ("T1", "new")
    moved = OutageEntry.objects.get(kind="moved", outage=first)
    assert timeline_words.line(moved) == "Moved from F1 to T1"
    assert moved.data["stopped_by"]["device"] == "F1"
    told = OutageEntry.objects.filter(kind="ping").first()
    assert told is not None
    assert "1 have supply, 1 without supply" in timeline_words.line(told)
    assert "rule: new prediction" in told.actor


def test_silence_under_a_prediction_keeps_it_and_opens_nothing_elsewhere() -> None:
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    reply(45, silent=tuple(PingAnswer.objects.values_list("meter_id", flat=True)))
    assert going() == {("F1", "new", 9)}
    assert Evidence.objects.filter(kind="ping_off", weight=0.5).count() == 2


def test_a_silent_meter_beside_a_live_one_opens_no_outage_of_its_own() -> None:
    sampled("all")
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    reply(45, silent=(meters_at("T2")[3],))
    settle(400)
    assert {device for device, _, _ in going()} <= {"T1", "T2"}
    assert not Outage.objects.filter(
        kind="single", evidence__kind="ping_off", evidence__usage_point__meters=meters_at("T2")[3]
    ).exists()


@pytest.mark.parametrize(("sample", "count"), [("none", 0), ("transformer", 2), (0.5, 3), ("all", 5)])
def test_the_sample_belongs_to_the_rule_set(sample: object, count: int) -> None:
    sampled(sample)
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    assert len(asked("verify_prediction")) == count


def test_a_round_asks_no_more_than_the_rule_set_allows_and_not_again_too_soon() -> None:
    sampled("all", ask_most=3, ask_not_again_s=600)
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    assert len(asked("verify_prediction")) == 3
    point = UsagePoint.objects.get(meters=PingAnswer.objects.order_by("meter_id").values_list("meter_id", flat=True)[0])
    again = verification.pings.request_pings(
        actor=verification.PREDICTION_RULE, question=verification.Question("verify_prediction"), usage_points=[point.pk],
        at=after(500), not_again_s=600.0,
    )  # fmt: skip
    assert (again.asked, again.skipped) == (0, {"asked within 600 s": 1})


def test_nobody_is_asked_while_evidence_waits_for_longer() -> None:
    sampled("all")
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    PingBatch.objects.all().delete()
    Ping.objects.all().delete()
    gasp(meters_at("T3")[:1], after(60))
    ask_about(Outage.objects.get(), after(60 + verification.BEHIND.total_seconds() + 1))
    assert not Ping.objects.exists()
    ask_about(Outage.objects.get(), after(60 + verification.BEHIND.total_seconds() - 1))
    assert Ping.objects.exists()


def test_one_dark_phase_is_dark_on_that_phase_only() -> None:
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    meters = list(PingAnswer.objects.values_list("meter_id", flat=True))
    reply(45, part=dict.fromkeys(meters, (6, 1)))
    assert dict(Evidence.objects.filter(kind__startswith="ping").values_list("kind", "phases")) == {
        "ping_off": 1,
        "ping_on": 6,
    }
    assert outage_at("F1").phases == 1
    assert not Evidence.objects.filter(kind="ping_off").exclude(settled_at=None).exists()


# Meters that come back by themselves


def one_back_of_each() -> Outage:
    """Everybody behind F1 said he was dark; of each transformer one says that he is back, and then nobody for long."""
    gasp(meters_at("T1", "T2"), after(0))
    settle(31)
    found = outage_at("F1")
    power_back([meters_at("T1")[0], meters_at("T2")[0]], after(50))
    settle(51)
    return found


def test_when_no_more_meters_come_back_one_of_a_transformer_speaks_for_the_others_who_are_asked() -> None:
    found = one_back_of_each()
    prediction.run_due(model="story", at=after(51 + 119))
    assert going() == {("F1", "new", 7)}
    prediction.run_due(model="story", at=after(51 + 121))
    settle(175)
    assert (going(), Outage.objects.count()) == (set(), 1)
    assert rows(found) == [("T1", 1, 0.0, 50.0), ("T1", 4, 0.0, 50.0), ("T2", 1, 0.0, 50.0), ("T2", 3, 0.0, 50.0)]
    told = timeline_words.line(OutageEntry.objects.get(outage=found, kind="spoken_for"))
    assert told.startswith("7 customers are taken to be back")
    check_restorations(210)
    assert sorted(asked("verify_restoration")) == ["T1"] * 4 + ["T2"] * 3


def test_of_those_spoken_for_who_answers_that_he_is_dark_was_so_all_the_time() -> None:
    found = one_back_of_each()
    settle(175)
    settle(176)
    check_restorations(210)
    reply(220, dark=("T2",))
    settle(260)
    (nested,) = Outage.objects.filter(state="new")
    assert nested.parent_id == found.pk
    assert rows(nested) == [("T2", 1, 220.0, None), ("T2", 3, 0.0, None)]


def test_where_nobody_is_asked_afterwards_one_meter_speaks_for_nobody() -> None:
    sampled("none", ask_after_restoration="none")
    one_back_of_each()
    settle(175)
    assert sum(one.customers_out for one in Outage.objects.filter(kind="single", state="new")) == 7
    assert not OutageEntry.objects.filter(kind="spoken_for").exists()


def test_who_says_again_that_he_is_dark_is_not_spoken_for() -> None:
    one_back_of_each()
    gasp([meters_at("T1")[2]], after(60))
    settle(175)
    settle(215)
    assert sum(customers for _, _, customers in going()) == 1


def test_of_an_outage_kept_by_its_age_too_one_meter_speaks_for_its_transformer() -> None:
    gasp(meters_at("T1", "T2"), after(0))
    settle(31)
    settle(5000)
    assert outage_at("F1").confidence == "probable"
    power_back([meters_at("T1")[0]], after(5050))
    settle(5051)
    prediction.run_due(model="story", at=after(5051 + 121))
    assert going() == {("F1", "new", 4)}


# A restoration


def restored_trip() -> Outage:
    """CB1 trips at 0 and closes at 600; only T3's meters say that they are back."""
    move("CB1", close=False, at=0)
    settle(1)
    move("CB1", close=True, at=600)
    settle(601)
    power_back(meters_at("T3"), after(602))
    settle(605)
    return outage_at("CB1")


def test_after_a_restoration_those_who_did_not_speak_are_asked_once_they_had_time_to_start() -> None:
    restored_trip()
    check_restorations(620)
    assert asked("verify_restoration") == []
    check_restorations(632)
    assert sorted(set(asked("verify_restoration"))) == ["T1", "T2", "T4", "T5"]
    check_restorations(700)
    assert Ping.objects.filter(purpose="verify_restoration").count() == 1


def test_a_meter_still_dark_after_the_restoration_is_a_nested_outage_that_never_ended() -> None:
    above = restored_trip()
    check_restorations(632)
    reply(640, dark=("T1", "T2"))
    settle(680)
    nested = outage_at("F1")
    assert (nested.parent_id, nested.customers_out) == (above.pk, 9)
    assert {(mrid, began, ended) for mrid, _, began, ended in rows(nested)} == {("T1", 0.0, None), ("T2", 0.0, None)}
    assert outage_at("CB1").state == "restored"


def test_silence_counts_as_darkness_only_when_it_was_asked_twice() -> None:
    restored_trip()
    check_restorations(632)
    lonely = meters_at("T5")[0]
    reply(640, silent=(lonely,))
    assert not Evidence.objects.filter(kind="ping_off").exists()
    again = Ping.objects.filter(purpose="verify_restoration").order_by("asked_at").last()
    assert again is not None
    assert (again.rule, again.silence_weight) == ("those who were silent, try 2 of 2", 1.0)
    reply(650, silent=(lonely,))
    settle(690)
    nested = Outage.objects.get(kind="single")
    assert (nested.customers_out, nested.parent_id) == (1, outage_at("CB1").pk)
    reply(700)
    assert Ping.objects.filter(purpose="verify_restoration").count() == 2


def test_where_many_are_silent_beside_neighbours_with_supply_their_communication_is_at_fault() -> None:
    """Seven of fourteen at T1 and T2, where others answer that they have supply; at T4 nobody answers."""
    above = restored_trip()
    check_restorations(632)
    beside = tuple(meters_at("T1")[1:] + meters_at("T2")[1:])
    silent = beside + tuple(meters_at("T4"))
    reply(640, silent=silent)
    told = OutageEntry.objects.get(outage=above, told__code="unreachable")
    assert timeline_words.line(told).startswith("7 meters are silent beside neighbours that have supply")
    weights = Ping.objects.filter(purpose="verify_restoration").order_by("asked_at", "silence_weight")
    assert list(weights.values_list("silence_weight", flat=True)) == [0.0, 0.0, 1.0]
    reply(650, silent=silent)
    settle(690)
    (nested,) = Outage.objects.exclude(pk=above.pk)
    assert (nested.device_mrid, nested.kind, nested.customers_out) == ("T4", "outage", 3)
    reply(700)
    assert Ping.objects.filter(purpose="verify_restoration").count() == 3


def test_those_still_dark_are_not_to_be_called_back() -> None:
    restored_trip()
    points = {
        one: list(UsagePoint.objects.filter(equipment_mrid=one).values_list("pk", flat=True)) for one in ("T1", "T3")
    }
    assert verifying.callers_to_leave(points["T1"]) == set(points["T1"])  # their check is still to come
    check_restorations(632)
    reply(640, dark=("T1",))
    settle(680)
    assert verifying.callers_to_leave(points["T1"] + points["T3"]) == set(points["T1"])


def test_nothing_is_asked_of_meters_nobody_can_reach_and_that_is_no_evidence() -> None:
    from integration.models import Partner

    Partner.objects.all().delete()
    gasp(meters_at("T1")[:2] + meters_at("T2")[:2], after(0))
    settle(31)
    settle(32)
    assert set(PingAnswer.objects.values_list("answer", flat=True)) == {"unknown"}
    assert not Evidence.objects.filter(kind="ping_off").exists()
    assert not OutageEntry.objects.filter(kind="ping").exists()
