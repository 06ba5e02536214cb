"""Celery's entry points of the core: a ring of the bell, answered."""

from celery import shared_task

from adms.core import bell, clock
from adms.core.services import dispatch


@shared_task(name="core.dispatch_events")
def dispatch_events() -> int:
    """Deliver stored events to their subscribers."""
    bell.answer("events")
    return dispatch.dispatch(clock=clock.now)


bell.on_ring("events", lambda: dispatch_events.apply_async(expires=60, ignore_result=True))
