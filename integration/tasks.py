"""Celery's entry points of the door: a ring of the bell, answered."""

from celery import shared_task

from adms.core import bell, clock
from integration.services import circuits, delivery, jobs

LONGEST_S = 3600


@shared_task(name="integration.import_model", soft_time_limit=LONGEST_S, time_limit=LONGEST_S + 60)
def import_model() -> int:
    """Do the imports that wait."""
    bell.answer(jobs.BELL)
    return jobs.run_waiting(clock=clock.now)


def send_import() -> None:
    """Wake a worker; a ring nobody hears within a minute is repeated by the sweeper."""
    import_model.apply_async(expires=60, ignore_result=True)


bell.on_ring(jobs.BELL, send_import)


@shared_task(name="integration.deliver_messages")
def deliver_messages() -> int:
    """Deliver the outbox."""
    bell.answer("outbox")
    return delivery.deliver(clock=clock.now)


def send_delivery() -> None:
    """Wake a worker; the sweeper delivers what no worker does."""
    deliver_messages.apply_async(expires=60, ignore_result=True)


bell.on_ring("outbox", send_delivery)


@shared_task(name="integration.build_circuits", soft_time_limit=LONGEST_S, time_limit=LONGEST_S + 60)
def build_circuits() -> int:
    """Build the circuits that published versions lack."""
    bell.answer(circuits.BELL)
    return circuits.build_missing()


def send_circuits() -> None:
    """Wake a worker; the sweeper rings again."""
    build_circuits.apply_async(expires=60, ignore_result=True)


bell.on_ring(circuits.BELL, send_circuits)
