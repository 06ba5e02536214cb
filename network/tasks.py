"""Celery's entry points of the network: a ring of the bell, answered."""

from celery import shared_task

from adms.core import bell, clock
from network.services import power_flow, study_answers


@shared_task(name="network.power_flow")
def compute_power_flow() -> int:
    """Compute the power flows that are due."""
    bell.answer(power_flow.BELL)
    return power_flow.run_due(at=clock.now())


def send_power_flow() -> None:
    """Wake a worker; what nobody hears is rung for again by the sweeper."""
    compute_power_flow.apply_async(expires=60, ignore_result=True)


bell.on_ring(power_flow.BELL, send_power_flow)


@shared_task(name="network.answer_studies", soft_time_limit=1800, time_limit=1860)
def answer_studies() -> int:
    """Compute what was asked of studies."""
    bell.answer(study_answers.BELL)
    return study_answers.JOBS.run_waiting(clock=clock.now)


def send_study_answers() -> None:
    """Wake a worker; what nobody hears is rung for again by the sweeper."""
    answer_studies.apply_async(expires=60, ignore_result=True)


bell.on_ring(study_answers.BELL, send_study_answers)
