"""Asking meters: who is asked, who is not, how many at once, what an answer changes (O04, A05)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from adms.core.models import AuditEntry, ControlArea, FailedEvent, Setting, StoredEvent
from adms.core.services.authority import NotAuthorised
from metering.models import Meter, Ping, PingAnswer, PingBatch, PowerState, UsagePoint
from metering.selectors import pings as listed
from metering.services import device_events, ping_answers, pings
from metering.services.ping_answers import Answer, AnswerRefused
from metering.services.pings import Question
from network.selectors import state
from tests.cast import ANNA, NOON, RAVI, SYSTEM, after, meters_at, publish


@pytest.fixture(autouse=True)
def network(db: None) -> Iterator[None]:
    """The story feeder, operated."""
    state.forget()
    publish()
    yield
    assert [failed.reason for failed in FailedEvent.objects.all()] == []


BY_RULE = Question("verify_prediction", "outage:1", silence_weight=0.5)
BY_HAND = Question("by_hand", "outage:1")


def points_at(*transformers: str) -> list[int]:
    return list(UsagePoint.objects.filter(equipment_mrid__in=transformers).order_by("pk").values_list("pk", flat=True))


def ask(points: list[int], at: dt.datetime = NOON, *, question: Question = BY_RULE, actor=SYSTEM) -> pings.Requested:
    return pings.request_pings(actor=actor, question=question, usage_points=points, at=at)


def allow(key: str, value: object, area: str | None = None) -> None:
    where = ControlArea.objects.get(key=area) if area else None
    Setting.objects.update_or_create(
        key=key, area=where, defaults={"value": value, "changed_by": "test", "changed_at": NOON}
    )


def facts(name: str) -> list[dict]:
    return list(StoredEvent.objects.filter(name=name).order_by("pk").values_list("payload", flat=True))


def answer(
    batch: PingBatch, words: dict[int, str], at: dt.datetime, *, is_last: bool = True, source: str = "HES"
) -> list[int]:
    told = [Answer(meter, word, at) for meter, word in words.items()]
    return ping_answers.record_answers(source=source, batch_id=batch.pk, answers=told, is_last=is_last, at=at)


def test_a_ping_is_a_row_with_who_asked_why_whom_and_until_when() -> None:
    asked = ask(points_at("T1"))
    assert asked.asked == 5
    ping = Ping.objects.get()
    assert (ping.asked_by, ping.is_automatic, ping.purpose, ping.reference) == (
        "test",
        True,
        "verify_prediction",
        "outage:1",
    )
    batch = PingBatch.objects.get()
    assert (batch.state, batch.meters, batch.deadline_at) == ("sent", 5, after(60))
    assert facts("PingsRequested")[0]["batches"] == [str(batch.pk)]


def test_nobody_is_asked_twice_within_the_setting_and_who_was_left_out_is_told() -> None:
    ask(points_at("T1"))
    again = ask(points_at("T1", "T2"), after(100))
    assert (again.asked, again.skipped) == (4, {"asked within 300 s": 5})
    assert Ping.objects.get(pk=again.ping.pk).skipped == {"asked within 300 s": 5}
    assert ask(points_at("T1"), after(301)).asked == 5


def test_where_nobody_is_left_to_ask_there_is_no_ping() -> None:
    ask(points_at("T1"))
    again = ask(points_at("T1"), after(10))
    assert (again.ping, again.words) == (None, "0 meters are asked; not asked: 5 asked within 300 s")
    assert Ping.objects.count() == 1


def test_a_question_that_never_reached_a_meter_does_not_keep_it_from_being_asked_again() -> None:
    ask(points_at("T1"))
    ping_answers.fail(batch_id=PingBatch.objects.get().pk, reason="unreachable", at=after(5))
    assert ask(points_at("T1"), after(10)).asked == 5


def test_who_is_disconnected_on_purpose_is_not_asked() -> None:
    UsagePoint.objects.filter(pk=points_at("T1")[0]).update(is_connected=False)
    assert ask(points_at("T1")).skipped == {"disconnected on purpose": 1}


def test_a_person_needs_the_right_in_the_area_and_is_on_the_audit_trail() -> None:
    with pytest.raises(NotAuthorised):
        ask(points_at("T1"), question=BY_HAND, actor=RAVI)
    assert not Ping.objects.exists()
    ask(points_at("T1"), question=BY_HAND, actor=ANNA)
    entry = AuditEntry.objects.get(action="ping_meters")
    assert (entry.actor, entry.object, entry.after["meters"]) == ("anna", "outage:1", 5)


def test_large_questions_are_cut_and_wait_for_the_rate_of_the_head_end_people_first() -> None:
    allow("ping.batch_meters", 4)
    allow("ping.meters_per_minute", 8)
    ask(points_at("T1", "T2", "T3"))  # 15 meters: 4, 4 go, 4 and 3 wait
    assert sorted(PingBatch.objects.values_list("state", "meters")) == [
        ("queued", 3),
        ("queued", 4),
        ("sent", 4),
        ("sent", 4),
    ]
    ask(points_at("T5"), after(30), question=BY_HAND, actor=ANNA)
    assert pings.release(at=after(59)) == 0
    assert pings.release(at=after(61)) == 2
    sent = PingBatch.objects.filter(sent_at=after(61)).order_by("pk")
    assert {batch.ping.purpose for batch in sent} == {"by_hand", "verify_prediction"}


def test_rules_hear_when_a_question_would_wait_too_long() -> None:
    allow("ping.batch_meters", 4)
    allow("ping.meters_per_minute", 4)
    allow("ping.longest_wait_s", 120)
    assert not pings.is_full()
    ask(points_at("T1", "T2"))  # 10 meters: 4 go, 6 wait, which takes a minute and a half
    assert not pings.is_full()
    ask(points_at("T3"))  # 11 wait: two and three quarters
    assert pings.is_full()


def test_more_than_the_most_are_left_out_with_the_reason() -> None:
    allow("ping.most_meters", 6, "story-s")
    assert ask(points_at("T1", "T2")).skipped == {"beyond 6 at once": 3}


def test_meters_are_asked_through_the_system_they_spoke_through_last() -> None:
    first, second = meters_at("T1")[:2]
    for meter, source, at in ((first, "HES-A", 1), (first, "HES-B", 2), (second, "HES-A", 1)):
        item = device_events.DeviceEvent(meter, "1.1.1", after(at))
        device_events.record_events(source=source, items=[item], at=after(at))
    ask(points_at("T1"), after(5))
    assert dict(PingBatch.objects.values_list("head_end", "meters")) == {"": 3, "HES-A": 1, "HES-B": 1}


def test_answers_become_power_states_and_words_of_evidence_once() -> None:
    ask(points_at("T1"))
    batch, (one, two, three, *_) = PingBatch.objects.get(), meters_at("T1")
    told = {one: "on", two: "off", three: "none"}
    answer(batch, told, after(8), is_last=False)
    answer(batch, told, after(9), is_last=False)
    assert dict(PowerState.objects.values_list("meter_id", "power")) == {one: "on", two: "off"}
    assert [fact["meter_ids"] for fact in facts("MetersRegainedPower")] == [[one]]
    (dark,) = facts("MetersLostPower")
    assert (dark["meter_ids"], dark["weights"], dark["kind"]) == ([two, three], [1.0, 0.5], "ping_off")
    assert [sorted(fact["answers"]) for fact in facts("PingsAnswered")] == [["none", "off", "on"]]
    assert PingBatch.objects.get().state == "sent"


def test_who_is_missing_in_the_last_word_of_the_head_end_gave_no_answer() -> None:
    ask(points_at("T1"))
    answer(PingBatch.objects.get(), {meters_at("T1")[0]: "on"}, after(8))
    assert sorted(PingAnswer.objects.values_list("answer", flat=True)) == ["none"] * 4 + ["on"]
    assert Ping.objects.get().ended_at == after(8)
    assert facts("PingsAnswered")[0]["is_complete"]


def test_silence_of_meters_is_told_apart_from_silence_of_the_head_end() -> None:
    ask(points_at("T1"))
    ask(points_at("T2"))
    first = PingBatch.objects.get(meters=5)
    answer(first, {meters_at("T1")[0]: "on"}, after(8), is_last=False)
    assert ping_answers.end_overdue(at=after(59)) == 0
    assert ping_answers.end_overdue(at=after(60)) == 2
    assert sorted(PingAnswer.objects.filter(batch=first).values_list("answer", flat=True)) == ["none"] * 4 + ["on"]
    other = PingBatch.objects.get(meters=4)
    assert (other.state, other.error) == ("silent", "the head-end gave no word before the deadline")
    assert set(PingAnswer.objects.filter(batch=other).values_list("answer", flat=True)) == {"unknown"}
    assert len(facts("MetersLostPower")[0]["meter_ids"]) == 4  # of the first only: of the second nothing is known


def test_a_word_that_comes_too_late_replaces_the_silence() -> None:
    ask(points_at("T1"))
    batch, meters = PingBatch.objects.get(), meters_at("T1")
    ping_answers.end_overdue(at=after(60))
    answer(batch, {meters[0]: "on"}, after(75))
    assert PingAnswer.objects.get(meter=meters[0]).answer == "on"
    assert listed.answers([batch.ping_id])[-1]["is_late"]
    assert facts("MetersRegainedPower")[0]["occurred_at"] == [after(75).timestamp()]
    answer(batch, {meters[0]: "none"}, after(80))
    assert PingAnswer.objects.get(meter=meters[0]).answer == "on"


def test_a_meter_clock_that_is_wrong_does_not_date_the_answer() -> None:
    ask(points_at("T1"))
    told = [Answer(meters_at("T1")[0], "on", after(-9000))]
    ping_answers.record_answers(
        source="HES", batch_id=PingBatch.objects.get().pk, answers=told, is_last=True, at=after(8)
    )
    assert PowerState.objects.get().occurred_at == after(8)


def test_only_the_system_that_was_asked_may_answer_and_only_for_the_meters_asked() -> None:
    ask(points_at("T1"))
    batch = PingBatch.objects.get()
    ping_answers.note_addressee(batch_ids=[batch.pk], source="HES")
    stranger = Meter.objects.get(pk=meters_at("T5")[0])
    with pytest.raises(AnswerRefused):
        answer(batch, {meters_at("T1")[0]: "on"}, after(8), source="OTHER")
    assert answer(batch, {stranger.pk: "on"}, after(9)) == [stranger.pk]


def test_the_list_counts_answers_and_tells_how_long_they_took() -> None:
    ask(points_at("T1"))
    one, two, *_ = meters_at("T1")
    answer(PingBatch.objects.get(), {one: "on"}, after(4), is_last=False)
    answer(PingBatch.objects.get(), {two: "off"}, after(9))
    (row,) = listed.told(list(listed.listed(ANNA)))
    assert (row["on"], row["off"], row["none"], row["meters"]) == (1, 1, 3, 5)
    assert (row["median_s"], row["slowest_s"]) == (9.0, 9.0)
    assert listed.counted(ANNA) == {"all": 1, "automatic": 1, "by_hand": 0, "waiting": 0, "dark": 1, "failed": 0}
