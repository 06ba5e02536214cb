"""Celery's entry points of outages: a ring of the bell, answered."""

from celery import shared_task

from adms.core import bell, clock
from outages.services import replay_jobs
from outages.services.flisr import machine

LONGEST_S = 3600


@shared_task(name="outages.replay_predictions", soft_time_limit=LONGEST_S, time_limit=LONGEST_S + 60)
def replay_predictions() -> int:
    """Do the replays that wait."""
    bell.answer(replay_jobs.BELL)
    return replay_jobs.run_waiting(clock=clock.now)


def send_replay() -> None:
    """Wake a worker; a ring nobody hears within a minute is repeated by the sweeper."""
    replay_predictions.apply_async(expires=60, ignore_result=True)


bell.on_ring(replay_jobs.BELL, send_replay)


@shared_task(name="outages.flisr")
def work_flisr() -> int:
    """Plan the events of FLISR that wait for it, and go on with those that are carried out."""
    bell.answer(machine.BELL)
    return machine.work_due(at=clock.now())


def send_flisr() -> None:
    """Wake a worker; what nobody hears is rung for again by the sweeper."""
    work_flisr.apply_async(expires=60, ignore_result=True)


bell.on_ring(machine.BELL, send_flisr)
