"""Celery's entry points of outages: a ring of the bell, answered."""

import logging
import threading

from celery import shared_task
from celery.signals import worker_process_init
from django.conf import settings
from django.db import connection

from adms.core import bell, clock
from network.services import solver_warming
from outages.domain import warming
from outages.services import replay_jobs, study_restoration  # noqa: F401 - answers what studies ask
from outages.services.flisr import machine
from outages.services.switching import rehearsal_jobs, suggestion_jobs

LONGEST_S = 3600
log = logging.getLogger(__name__)


@shared_task(name="outages.replay_predictions", soft_time_limit=LONGEST_S, time_limit=LONGEST_S + 60)
def replay_predictions() -> int:
    """Do the replays that wait."""
    bell.answer(replay_jobs.BELL)
    return replay_jobs.JOBS.run_waiting(clock=clock.now)


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


@shared_task(name="outages.rehearse", soft_time_limit=LONGEST_S, time_limit=LONGEST_S + 60)
def rehearse_orders() -> int:
    """Do the rehearsals of switching orders that wait."""
    bell.answer(rehearsal_jobs.BELL)
    return rehearsal_jobs.JOBS.run_waiting(clock=clock.now)


def send_rehearsals() -> None:
    """Wake a worker; a ring nobody hears within a minute is repeated by the sweeper."""
    rehearse_orders.apply_async(expires=60, ignore_result=True)


bell.on_ring(rehearsal_jobs.BELL, send_rehearsals)


@shared_task(name="outages.suggest", soft_time_limit=LONGEST_S, time_limit=LONGEST_S + 60)
def suggest_switching() -> int:
    """Find the switching that people asked to be suggested."""
    bell.answer(suggestion_jobs.BELL)
    return suggestion_jobs.JOBS.run_waiting(clock=clock.now)


def send_suggestions() -> None:
    """Wake a worker; a ring nobody hears within a minute is repeated by the sweeper."""
    suggest_switching.apply_async(expires=60, ignore_result=True)


bell.on_ring(suggestion_jobs.BELL, send_suggestions)


@worker_process_init.connect
def begin_warming(**_: object) -> None:
    """Get ready for the first plan beside the first tasks: Celery gives up a process that takes long to start."""
    if settings.WARM_SOLVERS:
        threading.Thread(target=warm, name="warming", daemon=True).start()


def warm() -> None:
    """Warm up this process; where that fails the first plan only takes longer."""
    try:
        warming.warm()
        log.info("ready for plans after %.1f s", solver_warming.warm())
    except Exception:
        log.exception("could not warm up for plans")
    finally:
        connection.close()
