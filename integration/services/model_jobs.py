"""What the jobs about network models do: import one, publish a staged version, go back to an older one.

Reading, checking and comparing change nothing. Storing or publishing a version and the end of its job are one transaction: it happens
exactly once, however often a worker dies on the way.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction

from adms.core.actors import Actor
from adms.core.models import User
from adms.core.services import authority
from integration.cim.models import differences
from integration.models import Job
from integration.services import import_reports, models, sources, staging
from integration.services.progress import Cancelled, Clock, Teller
from network.domain import completion, gate
from network.domain.draft import ModelDraft

IMPORT, PUBLISH, GO_BACK = "import_model", "publish_model", "go_back_model"
Work = Callable[[Job, Teller, Clock], None]


def import_model(job: Job, tell: Teller, clock: Clock) -> None:
    """Read, complete, check; then stage, publish, or neither."""
    draft, based_on = _checked(job, tell)
    tell.count(errors=len(draft.errors), nodes=len(draft.nodes), customers=len(draft.usage_points))
    if job.parameters.get("is_staged"):
        _stage(job, draft, tell, clock)
    elif job.parameters["is_check"]:
        finish(job, clock(), result=import_reports.report(draft, None))
    else:
        tell.stage("publish", 80)
        with transaction.atomic():
            at = clock()
            published = models.publish_draft(
                actor=actor_of(job), draft=draft, source=_source(job), at=at, based_on=based_on
            )
            finish(job, at, result=import_reports.report(draft, published))


def _checked(job: Job, tell: Teller) -> tuple[ModelDraft, int | None]:
    """A checked draft of the files; of a set of differences, the running model changed by them, and its version."""
    asked, files = job.parameters, files_of(job)
    tell.stage("parse", 5, ", ".join(f"{name}, {size:,} bytes" for name, size in asked["files"]))
    if len(files) == 1 and differences.is_difference(files[0]):
        difference = differences.read_difference(files[0])
        tell.stage("validate", 40, "a set of differences, applied to the running model")
        return models.changed_draft(asked["name"] or models.only_model(), difference)
    draft = sources.read_uploads(files, name=asked["name"] or None, progress=tell.reading)
    if asked["complete"] is not None:
        tell.stage("parse", 50, "completing")
        completion.complete(draft, asked["complete"], customers=asked["customers"])
    tell.stage("validate", 60, _found(draft))
    draft.findings += gate.check(draft)
    return draft, None


def _stage(job: Job, draft: ModelDraft, tell: Teller, clock: Clock) -> None:
    tell.stage("compare", 70)
    found, compared_with = staging.compare(draft)
    counts = found.counts if found else {}
    words = f"with version {compared_with}" if found else "nothing is published: this is the first version"
    tell.stage("build", 80, words)
    with transaction.atomic():
        at = clock()
        staged = staging.stage_draft(
            actor=actor_of(job), draft=draft, found=found, compared_with=compared_with, source=_source(job), at=at
        )
        result = import_reports.report(draft, staged) | {
            "staged": True,
            "compared_with": compared_with,
            "differences": {kind: sum(by_class.values()) for kind, by_class in counts.items()},
        }
        finish(job, at, stage="ready", result=result)


def publish_version(job: Job, tell: Teller, clock: Clock) -> None:
    """Publish a staged version."""
    _change_version(job, tell, clock, staging.publish_version, compared_with=job.parameters["compared_with"])


def go_back(job: Job, tell: Teller, clock: Clock) -> None:
    """Publish a retired version once more."""
    _change_version(job, tell, clock, staging.go_back, instead_of=job.parameters["compared_with"])


def _change_version(
    job: Job, tell: Teller, clock: Clock, change: Callable[..., models.Published], **expected: int | None
) -> None:
    asked = job.parameters
    tell.stage("publish", 30, f"version {asked['number']} of {asked['model']}")
    with transaction.atomic():
        at = clock()
        published = change(
            actor=actor_of(job), model=asked["model"], number=asked["number"], reason=asked["reason"], at=at, **expected
        )
        result = {
            "model": published.name,
            "key": published.key,
            "version": published.number,
            "published": True,
            "customers": published.customers,
        }
        finish(job, at, result=result)


def finish(job: Job, at: dt.datetime, *, result: dict[str, Any], stage: str = "") -> None:
    """The end of a job that did its work, in the transaction of the work; its upload has served.

    Raises:
        Cancelled: somebody wants it to stop: the work is undone.
    """
    with transaction.atomic():
        row = Job.objects.select_for_update(no_key=True).defer("upload").get(pk=job.pk)
        if row.cancelled_by:
            raise Cancelled(f"cancelled by {row.cancelled_by}")
        last = stage or job.stage
        log = [*job.log, [at.isoformat(), last, "done"]]
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.DONE, ended_at=at, upload=b"", percent=100, stage=last, log=log, result=result
        )


def actor_of(job: Job) -> Actor:
    """Who asked, with the rights of this moment: they may have been taken away since.

    Raises:
        NotAuthorised: the account is no longer there or active.
    """
    user = User.objects.filter(pk=job.parameters["user_id"], is_active=True).first()
    if user is None:
        raise authority.NotAuthorised(f"the account of {job.asked_by} is no longer active")
    return authority.actor_for(user, way=job.parameters.get("way", "rest"), request_id=job.parameters["request_id"])


def files_of(job: Job) -> list[tuple[str, bytes]]:
    """The uploaded files: name and content."""
    upload, start, files = bytes(job.upload), 0, []
    for name, size in job.parameters["files"]:
        files.append((name, upload[start : start + size]))
        start += size
    return files


def _source(job: Job) -> str:
    return ", ".join(name for name, _ in job.parameters["files"])


def _found(draft: ModelDraft) -> str:
    return f"{sum(draft.classes.values()):,} objects, {len(draft.nodes):,} nodes, {len(draft.usage_points):,} customers"


WORK: dict[str, Work] = {IMPORT: import_model, PUBLISH: publish_version, GO_BACK: go_back}
