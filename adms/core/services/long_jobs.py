"""The life of long jobs (`LongJob`): queued -> running -> done, failed or cancelled, whatever table they are in.

1. Whoever asks writes the row and calls `queued`; the ring wakes a worker, and the sweeper rings again for what nobody does.
2. A worker takes what nobody has (`long_work`), and with it one of the `attempts`: a job that ends its worker does not end them all.
3. While it works it writes nothing but how far it is. The answer and the end are one transaction, by the worker that took it last.
4. Cancelling is an end like the others. A worker that is at it finds that at its next word, and writes nothing.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from adms.core import bell
from adms.core.actors import Actor
from adms.core.models import LongJob
from adms.core.services import authority, long_work

TOLD_EVERY_S = 0.5
J = TypeVar("J", bound=LongJob)
Clock = Callable[[], dt.datetime]
#: Called within the transaction of the end; returns columns of the row. A refusal in it is the end, and nothing is kept.
Keep = Callable[[], Mapping[str, Any]]


def asked_by(actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """The columns that say who asks, and when."""
    return {"asked_by": actor.name, "asker": {"user_id": actor.user_id, "way": actor.way}, "asked_at": at}


def actor_of(job: LongJob) -> Actor:
    """Who asked, with the rights they have by now.

    Raises:
        NotAuthorised: the account is no longer active.
    """
    return authority.actor_again(job.asker, job.asked_by)


class Tell(Protocol):
    """Says how far a job is, as columns of its row.

    Raises:
        Cancelled: nobody wants it any more, or another worker has it.
    """

    def __call__(self, **columns: Any) -> None:
        """Written not more often than somebody could look."""


@dataclass(frozen=True, slots=True)
class Life(Generic[J]):
    """The jobs of one table.

    Attributes:
        table: theirs.
        kind: the name of their bell and of their locks.
        work: does one; begun at the given moment. A refusal it raises is told to whoever asked.
        changed: tells pages that a job went on or ended, last in its transaction, because publishing locks the area.
        attempts: so often a job is begun.
    """

    table: type[J]
    kind: str
    work: Callable[[J, Tell, Clock], Keep]
    changed: Callable[[J, dt.datetime], None] = lambda _job, _at: None
    attempts: int = 3

    def queued(self, job: J, at: dt.datetime) -> None:
        """Tell of a job that was written in this transaction, and ring when it is committed."""
        self.changed(job, at)
        transaction.on_commit(lambda: bell.ring(self.kind))

    @transaction.atomic
    def cancel(self, jobs: "QuerySet[J]", words: str, at: dt.datetime) -> int:
        """End those of these jobs that have no end yet; `words` say by whom or why. How many were ended."""
        found = list(jobs.filter(state__in=LongJob.WAITING).values_list("pk", flat=True))
        return sum(self._end(pk, LongJob.State.CANCELLED, words, at) for pk in found)

    def run_waiting(self, *, clock: Clock) -> int:
        """Do what nobody else is doing, the oldest first; how many were done."""
        return long_work.do_waiting(self.kind, self._waiting(), lambda pk: self._run(pk, clock))

    def ring_for_waiting(self) -> bool:
        """Ring again for what waits, or whose worker has died; whether there is any."""
        return long_work.ring_for_waiting(self.kind, self._waiting())

    def _of(self, pk: uuid.UUID) -> "QuerySet[J]":
        return self.table._default_manager.filter(pk=pk, state__in=LongJob.WAITING)  # noqa: SLF001 - of any table

    def _waiting(self) -> list[uuid.UUID]:
        rows = self.table._default_manager.filter(state__in=LongJob.WAITING)  # noqa: SLF001
        return list(rows.order_by("asked_at", "pk").values_list("pk", flat=True))

    def _run(self, pk: uuid.UUID, clock: Clock) -> bool:
        job = self._of(pk).first()
        if job is None:
            return False
        if job.attempts >= self.attempts:
            words = f"given up: its worker ended {self.attempts} times"
            return self._end(pk, LongJob.State.FAILED, words, clock())
        job.state, job.attempts, job.started_at = LongJob.State.RUNNING, job.attempts + 1, clock()
        job.save(update_fields=["state", "attempts", "started_at"])
        state, error = long_work.attempted(f"{self.kind} {pk}", lambda: self._work(job, clock))
        return state == "done" or (state == "failed" and self._end(pk, LongJob.State.FAILED, error, clock()))

    def _work(self, job: J, clock: Clock) -> None:
        keep = self.work(job, self.teller(job, clock), clock)
        with transaction.atomic():
            held = self._of(job.pk).filter(attempts=job.attempts).select_for_update(no_key=True).first()
            if held is None:
                raise long_work.Cancelled
            end = {"state": LongJob.State.DONE, "stage": "", "ended_at": clock(), **keep()}
            for column, value in end.items():
                setattr(held, column, value)
            held.save(update_fields=list(end))
            self.changed(held, clock())

    def teller(self, job: J, clock: Clock) -> Tell:
        """What says how far this attempt at a job is, and stops it."""
        told_at = float("-inf")

        def tell(**columns: Any) -> None:
            nonlocal told_at
            if time.monotonic() - told_at < TOLD_EVERY_S:
                return
            told_at = time.monotonic()
            with transaction.atomic():
                if not self._of(job.pk).filter(attempts=job.attempts).update(**columns):
                    raise long_work.Cancelled
                self.changed(job, clock())

        return tell

    @transaction.atomic
    def _end(self, pk: uuid.UUID, state: str, error: str, at: dt.datetime) -> bool:
        """An end without an answer, once: whoever finds it ended writes nothing."""
        if not self._of(pk).update(state=state, stage="", error=error[:2000], ended_at=at):
            return False
        self.changed(self.table._default_manager.get(pk=pk), at)  # noqa: SLF001
        return True
