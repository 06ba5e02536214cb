"""A replay as a job: asked for, taken up again after its worker died, cancelled, kept once (X06)."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connections

from adms.core import actors
from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry, ControlArea
from adms.core.services import long_jobs, long_work
from adms.core.services.authority import NotAuthorised
from outages.models import PredictionReplay, ReplayRow
from outages.selectors import replays, rule_sets
from outages.services import lifecycle, replay_jobs, replaying
from outages.services import rule_sets as writing
from outages.services.replay_jobs import Wanted
from outages.services.replaying import Outcome
from tests.cast import NOON, TOM, after, gasp, meters_at, person
from tests.outages.services.acting import call, outage_at, settle
from tests.people import Person

MIA = person("mia", "MGR")
pytestmark = pytest.mark.django_db


def now() -> dt.datetime:
    return after(7200)


def night() -> None:
    """T1 first, which then proves to be F1; one call at T5."""
    gasp(meters_at("T1")[:2], NOON)
    settle(40)
    gasp(meters_at("T2")[:2], after(60))
    settle(66)
    call("T5", at=110)
    settle(111)
    settle(240)
    lifecycle.confirm(actor=TOM, outage_id=outage_at("F1").pk, at=after(250))


def wanted(**changes: object) -> Wanted:
    return Wanted("story", NOON - dt.timedelta(minutes=1), after(300), **changes)


def ask(asker: Person | None = None, **changes: object) -> PredictionReplay:
    asker = asker or Person("ENG")
    actor = replay_jobs.authority.actor_for(asker.user, way="browser")
    return replay_jobs.ask(actor=actor, wanted=wanted(**changes), at=now())


def played(**changes: object) -> PredictionReplay:
    row = ask(**changes)
    assert replay_jobs.JOBS.run_waiting(clock=now) == 1
    row.refresh_from_db()
    return row


def told(row: PredictionReplay) -> list[tuple[str, str, list[str]]]:
    found = ReplayRow.objects.filter(replay=row)
    return sorted(
        ((one.recorded or {}).get("device", ""), (one.replayed or {}).get("device", ""), one.differences)
        for one in found
    )


def test_the_end_holds_figures_and_every_outage_on_both_sides():
    night()
    row = played()
    assert (row.state, row.percent, row.error) == ("done", 100, "")
    assert told(row) == [("F1", "F1", []), ("T5", "T5", [])]
    assert {name: row.result[name] for name in ("outages", "recorded_outages", "same", "confirmed", "right")} == {
        "outages": 2,
        "recorded_outages": 2,
        "same": 2,
        "confirmed": 1,
        "right": 1,
    }
    one = ReplayRow.objects.get(replay=row, outage=outage_at("F1").pk)
    assert (one.recorded["truth"], one.recorded_to_right_s, one.to_right_s) == ("F1", 66.0, 60.0)
    assert one.recorded["customer_minutes"] == one.replayed["customer_minutes"] == pytest.approx(9 * 300 / 60)
    assert (
        row.result["customer_minutes"] == row.result["recorded_customer_minutes"] == pytest.approx((9 * 300 + 190) / 60)
    )


def test_an_edited_copy_is_played_and_no_rule_set_is_written():
    night()
    row = played(by="copy", values={"min_transformers": 3})
    assert ("F1", "T1", ["device", "customers"]) in told(row)
    assert (row.rules_name, row.rules_version, row.rules_values["min_transformers"]) == ("normal", 0, 3)
    assert list(replays.rows(row.pk, "only_replayed").values_list("replayed__device", flat=True)) == ["T2"]
    assert rule_sets.named(None, "normal").version == 0


def test_a_version_is_chosen_by_its_number():
    night()
    for least in (3, 5):
        writing.write(actor=MIA, area=None, name="ice", values={"min_transformers": least}, reason="try", at=now())
    assert ask(rules="ice", version=1).rules_values["min_transformers"] == 3
    assert ask(rules="ice").rules_version == 2
    with pytest.raises(NotFound, match="ice has no version 7"):
        ask(rules="ice", version=7)


def test_rules_as_they_were_are_those_each_area_followed_then():
    night()
    writing.write(actor=MIA, area=None, name="normal", values={"min_transformers": 9}, reason="later", at=after(3600))
    row = played(by="then")
    assert (row.state, row.rules_values) == ("done", {})
    assert told(row) == [("F1", "F1", []), ("T5", "T5", [])]


def test_a_switch_in_the_middle_of_the_period_holds_from_then_on():
    area = ControlArea.objects.order_by("key").first()
    writing.write(actor=MIA, area=None, name="strict", values={"min_transformers": 9}, reason="a", at=NOON)
    writing.switch(actor=MIA, area=area.key, name="strict", reason="b", at=after(50))
    course = rule_sets.course(area.pk, NOON, after(300))
    assert [(at, rules.name) for at, rules in course.turns] == [(NOON, "normal"), (after(50), "strict")]
    assert [course.at(after(second)).name for second in (0, 49, 50, 299)] == ["normal", "normal", "strict", "strict"]


def test_who_may_not_and_what_cannot_be_is_refused():
    night()
    with pytest.raises(NotAuthorised):
        ask(Person("DSP"))
    for changes, words in (
        ({"engine": "oracle"}, "no engine"),
        ({"by": "copy", "values": {"min_fraction": 7}}, "min_fraction"),
        ({"step_s": 0.0}, "a step"),
    ):
        with pytest.raises(Invalid, match=words):
            ask(**changes)
    with pytest.raises(NotFound, match="no network model"):
        replay_jobs.ask(actor=actors.system("x"), wanted=Wanted("other", NOON, after(1)), at=now())
    assert not PredictionReplay.objects.exists()


def test_rights_that_were_taken_away_meanwhile_count():
    night()
    asker = Person("ENG")
    row = ask(asker)
    asker.user.grants.update(role="MGR")
    replay_jobs.JOBS.run_waiting(clock=now)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "may not replay predictions" in row.error


def test_a_replay_that_waits_is_cancelled_at_once_and_stays_so():
    night()
    row = ask()
    replay_jobs.cancel(actor=person("eve", "ENG"), replay_id=row.pk, at=now())
    row.refresh_from_db()
    assert (row.state, row.error) == ("cancelled", "cancelled by eve; nothing of it was kept")
    assert replay_jobs.JOBS.run_waiting(clock=now) == 0
    with pytest.raises(replay_jobs.ReplayOver, match="cancelled already"):
        replay_jobs.cancel(actor=person("eve", "ENG"), replay_id=row.pk, at=now())
    assert AuditEntry.objects.filter(action="cancel_replay", object=f"replay:{row.pk}").count() == 1


def test_one_that_runs_stops_at_its_next_step_and_keeps_nothing(monkeypatch):
    night()
    row = ask()
    monkeypatch.setattr(long_jobs, "TOLD_EVERY_S", 0.0)

    def cancelled(**asked: Any) -> Outcome:
        replay_jobs.cancel(actor=person("eve", "ENG"), replay_id=row.pk, at=now())
        return run(**asked)

    run = replaying.run
    monkeypatch.setattr(replaying, "run", cancelled)
    assert replay_jobs.JOBS.run_waiting(clock=now) == 0
    row.refresh_from_db()
    assert (row.state, row.percent, ReplayRow.objects.count()) == ("cancelled", 0, 0)


def test_one_whose_worker_died_is_begun_again_and_kept_once():
    night()
    row = ask()
    PredictionReplay.objects.filter(pk=row.pk).update(state="running", attempts=1, percent=60, started_at=now())
    assert replay_jobs.JOBS.ring_for_waiting()
    assert replay_jobs.JOBS.run_waiting(clock=now) == 1
    assert replay_jobs.JOBS.run_waiting(clock=now) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, ReplayRow.objects.filter(replay=row).count()) == ("done", 2, 2)


def test_a_worker_that_lost_its_replay_to_another_writes_nothing(monkeypatch):
    night()
    row = ask()

    def overtaken(**asked: Any) -> Outcome:
        PredictionReplay.objects.filter(pk=row.pk).update(attempts=2)
        return run(**asked)

    run = replaying.run
    monkeypatch.setattr(replaying, "run", overtaken)
    assert replay_jobs.JOBS.run_waiting(clock=now) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, ReplayRow.objects.count()) == ("running", 2, 0)


def test_a_replay_that_kills_its_worker_is_given_up():
    night()
    row = ask()
    PredictionReplay.objects.filter(pk=row.pk).update(state="running", attempts=replay_jobs.JOBS.attempts)
    replay_jobs.JOBS.run_waiting(clock=now)
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "given up: its worker ended 3 times")


@pytest.mark.django_db(transaction=True)
def test_what_another_session_does_is_left_to_it():
    row = PredictionReplay.objects.create(
        model_key="story", begins_at=NOON, ends_at=after(60), by="then", asked_by="x", asked_at=NOON
    )
    taken, leave = threading.Event(), threading.Event()

    def other() -> None:
        with long_work.taken(replay_jobs.BELL, row.pk) as is_ours:
            assert is_ours
            taken.set()
            leave.wait(120)
        connections.close_all()

    worker = threading.Thread(target=other)
    worker.start()
    try:
        assert taken.wait(120)
        assert replay_jobs.JOBS.run_waiting(clock=now) == 0
        assert not replay_jobs.JOBS.ring_for_waiting()
        replay_jobs.cancel(actor=person("eve", "ENG"), replay_id=row.pk, at=now())
        row.refresh_from_db()
        assert (row.state, row.error) == ("cancelled", "cancelled by eve; nothing of it was kept")
    finally:
        leave.set()
        worker.join()
    assert replay_jobs.JOBS.run_waiting(clock=now) == 0
