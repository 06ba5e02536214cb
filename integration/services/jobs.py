"""Long work asked for through the door: model imports. The row is the record; Celery only rings the bell.

1. Asking stores the upload with the job, in one transaction, and rings.
2. Whoever answers takes the oldest job whose advisory lock is free: a worker that was killed holds none, so its job is taken up again,
   ATTEMPTS times at most (a file that kills its worker must not kill them all).
3. Reading and checking change nothing. Publishing and the end of the job are one transaction: a model is published exactly once.
"""

import datetime as dt
import logging
import time
import uuid
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from adms.core import bell
from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.models import User
from adms.core.services import audit, authority
from integration.cim.models import read_model
from integration.models import Job
from integration.services import import_reports, models
from network.domain import completion, gate
from network.domain.draft import ModelDraft

log = logging.getLogger(__name__)

IMPORT = "import_model"
BELL = "jobs"
ATTEMPTS = 3
WAITING = (Job.State.QUEUED, Job.State.RUNNING)
TOLD_EVERY_S = 1.0
Clock = Callable[[], dt.datetime]
Files = Sequence[tuple[str, bytes]]


class UploadRefused(Refused):
    """The upload cannot be a network model."""

    code = "upload_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be imported and how: `complete` is the seed of synthetic additions, `is_check` publishes nothing."""

    files: Files
    name: str = ""
    complete: int | None = None
    customers: int | None = None
    is_check: bool = False


@transaction.atomic
def ask_import(*, actor: Actor, wanted: Import, at: dt.datetime) -> Job:
    """Queue an import.

    Raises:
        NotAuthorised: the actor may not publish models.
        UploadRefused: nothing in it, or nothing that begins like XML, gzip or zip.
    """
    authority.require(actor=actor, action="publish_model")
    if not wanted.files:
        raise UploadRefused("there is no file in it", field="file")
    for name, content in wanted.files:
        _check_beginning(name, content)
    listed = [[name, len(content)] for name, content in wanted.files]
    job = Job.objects.create(
        kind=IMPORT,
        asked_by=actor.name,
        parameters={
            "user_id": actor.user_id,
            "request_id": actor.request_id,
            "files": listed,
            "name": wanted.name,
            "complete": wanted.complete,
            "customers": wanted.customers,
            "is_check": wanted.is_check,
        },
        upload=b"".join(content for _, content in wanted.files),
        created_at=at,
    )
    audit.record(actor=actor, action="ask_import", object_=f"job:{job.pk}", after={"files": listed}, at=at)
    transaction.on_commit(lambda: bell.ring(BELL))
    return job


def run_waiting(*, clock: Clock) -> int:
    """Do all jobs that nobody else is doing, oldest first; how many were done."""
    done = 0
    for pk in Job.objects.filter(state__in=WAITING).order_by("created_at").values_list("pk", flat=True):
        if not _try_lock(pk):
            continue
        try:
            done += _run(Job.objects.get(pk=pk), clock)
        finally:
            _unlock(pk)
    return done


def ring_for_waiting() -> bool:
    """Ring again for jobs that wait, or whose worker has died; whether there are any."""
    for pk in Job.objects.filter(state__in=WAITING).values_list("pk", flat=True):
        if _try_lock(pk):
            _unlock(pk)
            bell.ring(BELL)
            return True
    return False


def _run(job: Job, clock: Clock) -> bool:
    """One job, to its end."""
    if job.state not in WAITING:
        return False
    attempt = job.parameters.get("attempt", 0) + 1
    if attempt > ATTEMPTS:
        return _fail(job, f"given up: its worker ended {ATTEMPTS} times", clock())
    job.state, job.started_at, job.parameters = Job.State.RUNNING, clock(), job.parameters | {"attempt": attempt}
    job.save(update_fields=["state", "started_at", "parameters"])
    try:
        _import(job, clock)
    except (OperationalError, InterfaceError):
        raise  # the database went away: the job is as it was, and is taken up again
    except Refused as refusal:
        return _fail(job, str(refusal), clock(), {"code": refusal.code, **_plain(refusal.data)})
    except Exception:  # whatever goes wrong, the asker is told and the next job is done
        incident = uuid.uuid4().hex[:12]
        log.exception("incident %s in job %s", incident, job.pk)
        return _fail(job, f"something went wrong here; it has been logged as incident {incident}", clock())
    return True


def _import(job: Job, clock: Clock) -> None:
    """Read, complete, check, publish."""
    asked = job.parameters
    tell = _Teller(job)
    draft = read_model(_files(job), name=asked["name"] or None, progress=tell.reading)
    if asked["complete"] is not None:
        tell.stage("completing", 60)
        completion.complete(draft, asked["complete"], customers=asked["customers"])
    tell.stage("checking", 70)
    draft.findings += gate.check(draft)
    tell.stage("publishing", 80)
    with transaction.atomic():
        _publish(job, draft, clock())


def _publish(job: Job, draft: ModelDraft, at: dt.datetime) -> None:
    """The version and the end of its job, both or neither."""
    published = None
    if not job.parameters["is_check"]:
        source = ", ".join(name for name, _ in job.parameters["files"])
        published = models.publish_draft(actor=_actor(job), draft=draft, source=source, at=at)
    result = import_reports.report(draft, published)
    _end(job, Job.State.DONE, at, percent=100, stage="done", result=result)


def _actor(job: Job) -> Actor:
    """Who asked, with the rights of this moment: they may have been taken away since.

    Raises:
        NotAuthorised: the account is no longer there or active.
    """
    user = User.objects.filter(pk=job.parameters["user_id"], is_active=True).first()
    if user is None:
        raise authority.NotAuthorised(f"the account of {job.asked_by} is no longer active")
    return authority.actor_for(user, way="rest", request_id=job.parameters["request_id"])


class _Teller:
    """Writes down how far a job is, not more often than somebody could look."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.told_at = 0.0

    def reading(self, words: str) -> None:
        """What the reader says of itself."""
        if time.monotonic() - self.told_at >= TOLD_EVERY_S:
            self.stage(words, 50 if words.startswith("building") else 20)

    def stage(self, words: str, percent: int) -> None:
        """A new stage."""
        self.told_at = time.monotonic()
        Job.objects.filter(pk=self.job.pk).update(stage=words[:40], percent=percent)


def _files(job: Job) -> list[tuple[str, bytes]]:
    upload, start, files = bytes(job.upload), 0, []
    for name, size in job.parameters["files"]:
        files.append((name, upload[start : start + size]))
        start += size
    return files


def _check_beginning(name: str, content: bytes) -> None:
    beginning = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not beginning.startswith((b"<", b"PK", b"\x1f\x8b")):
        raise UploadRefused(f"{name} is neither XML nor gzip nor zip", field="file", file=name)


def _fail(job: Job, words: str, at: dt.datetime, result: dict[str, Any] | None = None) -> bool:
    _end(job, Job.State.FAILED, at, error=words[:2000], result=result or {})
    return True


def _end(job: Job, state: str, at: dt.datetime, **fields: Any) -> None:
    """The end of a job; its upload has served."""
    Job.objects.filter(pk=job.pk).update(state=state, ended_at=at, upload=b"", **fields)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, str | int | list | dict | None) else str(value) for key, value in data.items()
    }


def _key(pk: uuid.UUID) -> list[int]:
    return [zlib.crc32(BELL.encode()) - 2**31, zlib.crc32(pk.bytes) - 2**31]


def _try_lock(pk: uuid.UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", _key(pk))
        row = cursor.fetchone()
    return bool(row and row[0])


def _unlock(pk: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _key(pk))
