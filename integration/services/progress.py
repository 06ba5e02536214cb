"""How far a job is, written into its row: stage, percent, counts, log; and whether somebody wants it to stop."""

import datetime as dt
import re
import time
from collections.abc import Callable

from adms.core.errors import Refused
from integration.models import Job

#: The stages of a model on its way in, in their order.
STAGES = ("upload", "parse", "validate", "compare", "build", "ready", "publish")
TOLD_EVERY_S = 1.0
OBJECTS_PER_BYTE = 1 / 220  # in CIM RDF/XML; packed files hold fifteen times as many
_OBJECTS = re.compile(r"([\d,]+) objects$")
Clock = Callable[[], dt.datetime]


class Cancelled(Refused):
    """Somebody has cancelled the job: what it was doing is undone."""

    code = "cancelled"


class Teller:
    """Writes down how far a job is, not more often than somebody could look, and stops it where that is wanted."""

    def __init__(self, job: Job, clock: Clock) -> None:
        self.job, self.clock = job, clock
        self.told_at = 0.0
        size = sum(size * (15 if _is_packed(name) else 1) for name, size in job.parameters.get("files", ()))
        self.expected = max(1.0, size * OBJECTS_PER_BYTE)

    def stage(self, stage: str, percent: int, words: str = "") -> None:
        """A new stage, or another step of one.

        Raises:
            Cancelled: somebody wants the job to stop.
        """
        self.told_at = time.monotonic()
        self.job.stage, self.job.percent = stage, percent
        self.job.log = [*self.job.log, [self.clock().isoformat(), stage, words]][-100:]
        self._tell("stage", "percent", "log")

    def reading(self, words: str) -> None:
        """What the reader says of itself, now and then.

        Raises:
            Cancelled: somebody wants the job to stop.
        """
        if time.monotonic() - self.told_at < TOLD_EVERY_S:
            return
        self.told_at = time.monotonic()
        if found := _OBJECTS.search(words):
            objects = int(found[1].replace(",", ""))
            self.job.counts = {"objects": objects}
            share = 1.0 if words.startswith("building") else min(0.9, objects / self.expected)
            self.job.percent = 5 + int(40 * share)
        self._tell("percent", "counts")

    def count(self, **counts: int) -> None:
        """What has been found so far."""
        self.job.counts = {**self.job.counts, **counts}
        self._tell("counts")

    def _tell(self, *fields: str) -> None:
        row = Job.objects.filter(pk=self.job.pk)
        row.update(**{field: getattr(self.job, field) for field in fields})
        if by := row.values_list("cancelled_by", flat=True).first():
            raise Cancelled(f"cancelled by {by}")


def _is_packed(name: str) -> bool:
    return name.lower().endswith((".gz", ".zip"))
