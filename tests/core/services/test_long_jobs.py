"""The life of a long job, whatever its table: its answer and its end are one, written once, by the worker that has it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from adms.core.errors import Refused
from adms.core.models import ControlArea, User
from adms.core.services import authority, long_jobs, long_work
from adms.core.services.long_jobs import Clock, Keep, Life, Tell
from outages.models import SwitchingSuggestion
from tests.cast import NOON, after, publish

pytestmark = pytest.mark.django_db
Work = Callable[[SwitchingSuggestion, Tell, Clock], Keep]


def now() -> dt.datetime:
    return after(60)


@pytest.fixture(autouse=True)
def network() -> None:
    """Overrides the story feeder: an area is enough."""
    publish()


@pytest.fixture
def job() -> SwitchingSuggestion:
    user = User.objects.create(username="anna")
    actor = authority.actor_for(user, way="browser")
    area = ControlArea.objects.order_by("pk")[0]
    return SwitchingSuggestion.objects.create(
        area=area, model_key="story", goal="isolate", **long_jobs.asked_by(actor, NOON)
    )


def life(work: Work, **more: Any) -> "Life[SwitchingSuggestion]":
    return Life(SwitchingSuggestion, "suggestions", work, **more)


def answered(_job: SwitchingSuggestion, _tell: Tell, _clock: Clock) -> Keep:
    return lambda: {"proposals": [{"title": "so"}]}


def test_the_answer_is_kept_with_the_end_and_pages_are_told(job: SwitchingSuggestion) -> None:
    told: list[str] = []
    jobs = life(answered, changed=lambda row, _at: told.append(row.state))
    assert jobs.run_waiting(clock=now) == 1
    job.refresh_from_db()
    assert (job.state, job.proposals, job.started_at, job.ended_at) == ("done", [{"title": "so"}], now(), now())
    assert told == ["done"]
    assert jobs.run_waiting(clock=now) == 0


def test_it_is_done_with_the_rights_its_asker_has_by_then(job: SwitchingSuggestion) -> None:
    User.objects.update(is_active=False)

    def work(row: SwitchingSuggestion, _tell: Tell, _clock: Clock) -> Keep:
        long_jobs.actor_of(row)
        return dict

    assert life(work).run_waiting(clock=now) == 1
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "the account of anna is no longer active")


def test_what_is_refused_while_it_is_kept_is_its_end_and_nothing_is_kept(job: SwitchingSuggestion) -> None:
    def work(row: SwitchingSuggestion, _tell: Tell, _clock: Clock) -> Keep:
        def keep() -> dict[str, Any]:
            SwitchingSuggestion.objects.filter(pk=row.pk).update(equipment_name="half")
            raise Refused("it was changed meanwhile")

        return keep

    assert life(work).run_waiting(clock=now) == 1
    job.refresh_from_db()
    assert (job.state, job.error, job.equipment_name) == ("failed", "it was changed meanwhile", "")


def test_how_far_it_is_is_told_not_more_often_than_somebody_could_look(job: SwitchingSuggestion) -> None:
    seen: list[str] = []

    def work(row: SwitchingSuggestion, tell: Tell, _clock: Clock) -> Keep:
        for number in range(3):
            tell(stage=f"way {number}")
            row.refresh_from_db()
            seen.append(row.stage)
        return dict

    life(work).run_waiting(clock=now)
    job.refresh_from_db()
    assert seen == ["way 0"] * 3
    assert job.stage == ""


def test_one_that_is_cancelled_stops_at_its_next_word_and_keeps_nothing(job: SwitchingSuggestion) -> None:
    went_on: list[str] = []

    def work(row: SwitchingSuggestion, tell: Tell, _clock: Clock) -> Keep:
        assert jobs.cancel(SwitchingSuggestion.objects.filter(pk=row.pk), "cancelled by eve", after(50)) == 1
        tell(stage="on")
        went_on.append("on")
        return dict

    jobs = life(work)
    assert jobs.run_waiting(clock=now) == 0
    job.refresh_from_db()
    assert (job.state, job.error, job.ended_at, went_on) == ("cancelled", "cancelled by eve", after(50), [])
    assert jobs.cancel(SwitchingSuggestion.objects.all(), "again", now()) == 0


def test_one_that_is_cancelled_after_its_last_word_keeps_nothing_either(job: SwitchingSuggestion) -> None:
    def work(row: SwitchingSuggestion, _tell: Tell, _clock: Clock) -> Keep:
        jobs.cancel(SwitchingSuggestion.objects.filter(pk=row.pk), "cancelled by eve", after(50))
        return answered(row, _tell, _clock)

    jobs = life(work)
    assert jobs.run_waiting(clock=now) == 0
    job.refresh_from_db()
    assert (job.state, job.proposals) == ("cancelled", [])


def test_a_worker_that_lost_it_to_another_writes_nothing(job: SwitchingSuggestion) -> None:
    def work(row: SwitchingSuggestion, _tell: Tell, _clock: Clock) -> Keep:
        SwitchingSuggestion.objects.filter(pk=row.pk).update(attempts=row.attempts + 1)
        return answered(row, _tell, _clock)

    assert life(work).run_waiting(clock=now) == 0
    job.refresh_from_db()
    assert (job.state, job.proposals) == ("running", [])


def test_one_whose_worker_died_is_begun_again_and_given_up_in_the_end(job: SwitchingSuggestion) -> None:
    SwitchingSuggestion.objects.update(state="running", attempts=1)
    jobs = life(answered, attempts=2)
    assert jobs.ring_for_waiting()
    assert jobs.run_waiting(clock=now) == 1
    SwitchingSuggestion.objects.update(state="running", ended_at=None)
    assert jobs.run_waiting(clock=now) == 1
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "given up: its worker ended 2 times")


def test_what_goes_wrong_is_told_with_a_number_and_the_next_is_done(job: SwitchingSuggestion) -> None:
    def work(_row: SwitchingSuggestion, _tell: Tell, _clock: Clock) -> Keep:
        raise ZeroDivisionError

    assert life(work).run_waiting(clock=now) == 1
    job.refresh_from_db()
    assert job.state == "failed"
    assert "logged as incident" in job.error


def test_the_database_gone_leaves_it_as_it_was(job: SwitchingSuggestion) -> None:
    def work(_row: SwitchingSuggestion, _tell: Tell, _clock: Clock) -> Keep:
        raise long_work.OperationalError

    with pytest.raises(long_work.OperationalError):
        life(work).run_waiting(clock=now)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("running", 1)
