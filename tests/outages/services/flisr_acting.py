"""What happens to an event of FLISR, in a test's words; times are seconds after noon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import transaction
from pytest_django import DjangoDbBlocker

from adms.core.models import FailedEvent
from integration.services import partners
from integration.services.partners import NewPartner
from network.selectors import operations as asked
from network.selectors import state
from outages.domain.flisr import modes as domain
from outages.models import FlisrEvent, FlisrStep
from outages.services import prediction
from outages.services.flisr import machine, modes, stepping
from tests.around import around
from tests.builders.town import Town
from tests.cast import ANNA, NOON, SYSTEM, after, deliver

Made = TypeVar("Made")


@contextmanager
def published_once(blocker: DjangoDbBlocker, make: Callable[[], Made]) -> Iterator[Made]:
    """A network for all tests of a module: to publish it takes longer than most of them. Each test's changes are taken back to here."""
    with blocker.unblock(), around():
        made = make()
        deliver(NOON)
        yield made
        transaction.set_rollback(True)
    state.forget()


def forgotten() -> Iterator[None]:
    """In place of the story feeder: nothing is kept of the test before, and no event failed in this one."""
    state.forget()
    prediction._tried.clear()
    yield
    assert [failed.reason for failed in FailedEvent.objects.all()] == []


def field_listens() -> None:
    """A gateway to the field subscribes to commands; the test answers for it."""
    listening = NewPartner("SCADA", "SCADA", (), ("Controls",), "http://127.0.0.1:9/")
    partners.create_partner(actor=SYSTEM, partner=listening, at=NOON)


def allow(mode: str, *, scope: str = domain.SYSTEM, key: str = "") -> None:
    """Set what FLISR may do."""
    modes.set_mode(actor=SYSTEM, wanted=modes.Wanted(scope, key, mode, "for a test"), at=after(0))


def pass_time(at: float) -> FlisrEvent | None:
    """Deliver, sweep and let workers work until nothing more is due at this time; the newest event."""
    for _ in range(20):
        deliver(after(at))
        if not machine.sweep(at=after(at)) + machine.work_due(at=after(at)):
            break
    else:
        raise AssertionError("FLISR never rests")
    return FlisrEvent.objects.order_by("pk").last()


def planned(town: Town, *, at: float = 60) -> FlisrEvent:
    """The head trips for a fault in a section with customers and stays open: the event after it was planned."""
    town.trip(at, operated=town.peopled)
    for later in (0.5, 21, 32):
        event = pass_time(at + later)
    assert event is not None
    return event


def steps(event: FlisrEvent) -> list[FlisrStep]:
    """Of the newest planning."""
    event.refresh_from_db()
    return list(event.steps.filter(revision=event.revision).order_by("place"))


def answer(town: Town, at: float, *, report_closed: bool | None = None) -> int:
    """The field does what it is commanded (or reports this position instead); how many commands there were."""
    running = list(asked.operations(state="executing").order_by("selected_at", "pk"))
    for operation in running:
        branch = town.present.grid.branch_index(operation.equipment_mrid)
        wanted = operation.closed_wanted != 0 if report_closed is None else report_closed
        town.report(branch, close=wanted, at=at)
    return len(running)


def carry_out(town: Town, event: FlisrEvent, at: float) -> float:
    """Anna does step after step and the field follows; when the last was done."""
    for step in steps(event):
        stepping.do_step(actor=ANNA, event_id=event.pk, place=step.place, at=after(at))
        answer(town, at + 2)
        pass_time(at + 3)
        at += 10
    return at
