"""Long work asked for through the door: importing and publishing models. The row is the record; Celery only rings the bell.

1. Asking stores the upload with the job, in one transaction, and rings.
2. Whoever answers takes the oldest job whose advisory lock is free: a worker that was killed holds none, so its job is taken up again,
   ATTEMPTS times at most (a file that kills its worker must not kill them all).
3. Cancelling marks the row: the worker stops at its next step and what it was storing is rolled back; where no worker has the job, it
   ends at once.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from adms.core import bell
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services import audit, authority, long_work
from integration.models import Job
from integration.services import export_jobs, model_jobs, sources
from integration.services.exports import Wanted
from integration.services.model_jobs import GO_BACK, IMPORT, PUBLISH
from integration.services.progress import Cancelled, Clock, Teller

log = logging.getLogger(__name__)

BELL = "jobs"
ATTEMPTS = 3
WAITING = (Job.State.QUEUED, Job.State.RUNNING)
Files = Sequence[tuple[str, bytes]]


class UploadRefused(Refused):
    """The upload cannot be a network model."""

    code = "upload_refused"
    status = 422


class JobOver(Refused):
    """The job has ended already."""

    code = "job_over"


WORK = model_jobs.WORK | {export_jobs.EXPORT: export_jobs.work}


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be imported and how: `complete` is the seed of synthetic additions, `is_check` publishes nothing.

    `is_staged` stores a version for a person to look at and to publish.
    """

    files: Files
    name: str = ""
    complete: int | None = None
    customers: int | None = None
    is_check: bool = False
    is_staged: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A version to be published, or gone back to; `compared_with` is the published one the person saw."""

    model: str
    number: int
    compared_with: int | None
    reason: str = ""


@transaction.atomic
def ask_import(*, actor: Actor, wanted: Import, at: dt.datetime) -> Job:
    """Queue an import.

    Raises:
        NotAuthorised: the actor may not publish models.
        UploadRefused: nothing in it, or nothing of a known kind.
    """
    authority.require(actor=actor, action="publish_model")
    if not wanted.files:
        raise UploadRefused("there is no file in it", field="file")
    for name, content in wanted.files:
        _check_beginning(name, content)
    listed = [[name, len(content)] for name, content in wanted.files]
    parameters = {
        "files": listed,
        "name": wanted.name,
        "complete": wanted.complete,
        "customers": wanted.customers,
        "is_check": wanted.is_check,
        "is_staged": wanted.is_staged,
    }
    upload = b"".join(content for _, content in wanted.files)
    job = _queue(actor, IMPORT, parameters, at, upload=upload, stage="upload", percent=2)
    audit.record(actor=actor, action="ask_import", object_=f"job:{job.pk}", after={"files": listed}, at=at)
    return job


def ask_publish(*, actor: Actor, wanted: Change, at: dt.datetime) -> Job:
    """Queue the publication of a staged version.

    Raises:
        NotAuthorised: the actor may not publish models.
    """
    return _ask_change(actor, PUBLISH, wanted, at)


def ask_go_back(*, actor: Actor, wanted: Change, at: dt.datetime) -> Job:
    """Queue the way back to an older version.

    Raises:
        NotAuthorised: the actor may not publish models.
    """
    return _ask_change(actor, GO_BACK, wanted, at)


@transaction.atomic
def ask_export(*, actor: Actor, model: str, wanted: Wanted, at: dt.datetime) -> Job:
    """Queue an export.

    Raises:
        NotAuthorised, Invalid, NotFound: see `export_jobs.parameters`.
    """
    parameters = export_jobs.parameters(actor=actor, model=model, wanted=wanted, at=at)
    return _queue(actor, export_jobs.EXPORT, parameters, at)


def cancel(*, actor: Actor, job_id: uuid.UUID, at: dt.datetime) -> Job:
    """Stop a job: nothing of it stays.

    Raises:
        NotFound: there is none.
        NotAuthorised: the actor may not publish models.
        JobOver: it has ended already.
    """
    authority.require(actor=actor, action="publish_model")
    with transaction.atomic():
        job = Job.objects.select_for_update(no_key=True).defer("upload").filter(pk=job_id).first()
        if job is None:
            raise NotFound("no such job", job=str(job_id))
        if job.state not in WAITING:
            raise JobOver(f"the job is {job.get_state_display().lower()} already", job=str(job_id))
        job.cancelled_by = actor.name
        job.save(update_fields=["cancelled_by"])
        audit.record(actor=actor, action="cancel_job", object_=f"job:{job.pk}", at=at)
    with long_work.taken(BELL, job.pk) as is_free:  # no worker has it
        if is_free:
            _end_cancelled(job, at)
    job.refresh_from_db(fields=["state", "ended_at"])
    return job


def run_waiting(*, clock: Clock) -> int:
    """Do all jobs that nobody else is doing, oldest first; how many were done."""
    return long_work.do_waiting(BELL, _waiting(), lambda pk: _run(Job.objects.get(pk=pk), clock))


def ring_for_waiting() -> bool:
    """Ring again for jobs that wait, or whose worker has died; whether there are any."""
    return long_work.ring_for_waiting(BELL, _waiting())


def _waiting() -> list[uuid.UUID]:
    return list(Job.objects.filter(state__in=WAITING).order_by("created_at", "pk").values_list("pk", flat=True))


def _ask_change(actor: Actor, kind: str, wanted: Change, at: dt.datetime) -> Job:
    authority.require(actor=actor, action="publish_model")
    parameters = {
        "model": wanted.model,
        "number": wanted.number,
        "compared_with": wanted.compared_with,
        "reason": wanted.reason.strip()[:400],
    }
    with transaction.atomic():
        return _queue(actor, kind, parameters, at)


def _queue(actor: Actor, kind: str, parameters: dict[str, Any], at: dt.datetime, **fields: Any) -> Job:
    who = {"user_id": actor.user_id, "request_id": actor.request_id, "way": actor.way}
    job = Job.objects.create(kind=kind, asked_by=actor.name, parameters=who | parameters, created_at=at, **fields)
    transaction.on_commit(lambda: bell.ring(BELL))
    return job


def _run(job: Job, clock: Clock) -> bool:
    """One job, to its end."""
    if job.state not in WAITING:
        return False
    if job.cancelled_by:
        return _end_cancelled(job, clock())
    attempt = job.parameters.get("attempt", 0) + 1
    if attempt > ATTEMPTS:
        return _fail(job, f"given up: its worker ended {ATTEMPTS} times", clock())
    if attempt > 1:
        job.log = [*job.log, [clock().isoformat(), job.stage, "its worker ended: taken up again from the start"]]
    job.state, job.started_at, job.parameters = Job.State.RUNNING, clock(), job.parameters | {"attempt": attempt}
    job.save(update_fields=["state", "started_at", "parameters", "log"])
    return _work(job, clock)


def _work(job: Job, clock: Clock) -> bool:
    try:
        WORK[job.kind](job, Teller(job, clock), clock)
    except (OperationalError, InterfaceError):
        raise  # the database went away: the job is as it was, and is taken up again
    except Cancelled:
        return _end_cancelled(job, clock())
    except Refused as refusal:
        return _fail(job, str(refusal), clock(), {"code": refusal.code, **_plain(refusal.data)})
    except Exception:  # whatever goes wrong, the asker is told and the next job is done
        incident = uuid.uuid4().hex[:12]
        log.exception("incident %s in job %s", incident, job.pk)
        return _fail(job, f"something went wrong here; it has been logged as incident {incident}", clock())
    return True


def _check_beginning(name: str, content: bytes) -> None:
    beginning = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    is_known = beginning.startswith((b"<", b"PK", b"\x1f\x8b"))
    if beginning.startswith(b"{"):
        is_known = any(word in content for word in (b"pandapowerNet", b'"features"'))
    elif not is_known:
        is_known = name.lower().endswith(sources.OTHER_ENDINGS) and b"\0" not in content
    if not is_known:
        others = "no table (.csv), GeoJSON, pandapower network (.json) or MATPOWER case (.m)"
        raise UploadRefused(f"{name} is neither XML nor gzip nor zip, and {others}", field="file", file=name)


def _fail(job: Job, words: str, at: dt.datetime, result: dict[str, Any] | None = None) -> bool:
    return _end(job, Job.State.FAILED, at, error=words[:2000], result=result or {})


def _end_cancelled(job: Job, at: dt.datetime) -> bool:
    by = Job.objects.filter(pk=job.pk).values_list("cancelled_by", flat=True).first()
    return _end(job, Job.State.CANCELLED, at, error=f"cancelled by {by}; nothing of it was kept")


def _end(job: Job, state: str, at: dt.datetime, **fields: Any) -> bool:
    """The end of a job that did not do its work; its upload has served."""
    Job.objects.filter(pk=job.pk, state__in=WAITING).update(state=state, ended_at=at, upload=b"", **fields)
    return True


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, str | int | list | dict | None) else str(value) for key, value in data.items()
    }
