"""Models out by page and REST: a zip while somebody waits where the network is small, else a job whose file is fetched afterwards.

Both are asked for by name and stand on the audit trail, as does every time a file is fetched: with cim100 customers leave the house.
"""

import datetime as dt
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from adms.core.actors import Actor
from adms.core.errors import NotFound
from adms.core.services import audit, authority
from integration.models import Job, JobPart
from integration.services import exports, model_jobs
from integration.services.engine_models import MOST_NODES, TooLargeToExport
from integration.services.exports import Wanted
from integration.services.progress import Clock, Teller
from network.selectors import records as stored_records
from network.selectors import state

EXPORT = "export_model"
ACTION = "export_model"
PART_BYTES = 4 * 1024**2
_IN_MEMORY = 8 * 1024**2


def parameters(*, actor: Actor, model: str, wanted: Wanted, at: dt.datetime) -> dict[str, Any]:
    """What a job of this export is asked; the audit row is written.

    Raises:
        NotAuthorised: the actor may not export models.
        Invalid: what is wanted does not go together.
        NotFound: no such model is published.
    """
    authority.require(actor=actor, action=ACTION)
    exports.check(wanted)
    key = stored_records.published(model).key
    told = {"model": key, **asdict(wanted)}
    audit.record(actor=actor, action=ACTION, object_=f"model:{key}", after=told, at=at)
    return told


@transaction.atomic
def at_once(*, actor: Actor, model: str, wanted: Wanted, at: dt.datetime) -> IO[bytes]:
    """A zip of the files, at its beginning; whoever sends it closes it.

    Raises:
        NotAuthorised, Invalid, NotFound: see `parameters`; or see `exports.export_model`.
        TooLargeToExport: the network has more nodes than `MOST_NODES`: ask for a job.
    """
    key = parameters(actor=actor, model=model, wanted=wanted, at=at)["model"]
    if state.present(key).fitted.base.node_count > MOST_NODES:
        raise TooLargeToExport(f"{key} has more than {MOST_NODES:,} nodes: POST it, for a job", model=key)
    # closed by whoever sends it
    archive = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
    try:
        _zip(key, wanted, at, archive)
    except BaseException:
        archive.close()
        raise
    archive.seek(0)
    return archive


def work(job: Job, tell: Teller, clock: Clock) -> None:
    """Write the files, pack them, keep the archive in parts."""
    authority.require(actor=model_jobs.actor_of(job), action=ACTION)
    asked = dict(job.parameters)
    wanted = Wanted(**{name: asked[name] for name in Wanted.__dataclass_fields__})
    tell.stage("write", 10, _words(asked))
    with tempfile.TemporaryFile() as archive:
        classes = _zip(asked["model"], wanted, clock(), archive)
        tell.stage("pack", 80, f"{sum(classes.values()):,} objects")
        size = archive.tell()
        archive.seek(0)
        with transaction.atomic():
            at = clock()
            for number, content in enumerate(iter(lambda: archive.read(PART_BYTES), b"")):
                JobPart.objects.create(job=job, number=number, content=content, made_at=at)
            result = {"model": asked["model"], "file": file_name(asked), "bytes": size, "classes": classes}
            result["objects"] = sum(classes.values())
            model_jobs.finish(job, at, result=result)


def fetched(*, actor: Actor, job: Job, at: dt.datetime) -> Iterator[bytes]:
    """The archive a job has made, part by part.

    Raises:
        NotAuthorised: the actor may not export models.
        NotFound: the job made none, or it is no longer kept.
    """
    authority.require(actor=actor, action=ACTION)
    count = JobPart.objects.filter(job=job).count()
    if not count:
        raise NotFound("this job has no file, or it is no longer kept", job=str(job.pk))
    audit.record(actor=actor, action="fetch_export", object_=f"job:{job.pk}", after=_asked(job), at=at)
    return _parts(job, count)


def file_name(asked: dict[str, Any]) -> str:
    """What the archive is called."""
    part = asked["area"] or asked["feeder"]
    safe = "".join(one if one.isalnum() or one in "-_" else "_" for one in part)
    return "_".join(filter(None, (asked["model"], safe, asked["form"]))) + ".zip"


def _parts(job: Job, count: int) -> Iterator[bytes]:
    for number in range(count):
        yield bytes(JobPart.objects.values_list("content", flat=True).get(job=job, number=number))


def _asked(job: Job) -> dict[str, Any]:
    return {name: job.parameters[name] for name in ("model", *Wanted.__dataclass_fields__)}


def _words(asked: dict[str, Any]) -> str:
    part = asked["area"] or asked["feeder"] or "the whole model"
    return f"{part} as {asked['form']}, as {'operated' if asked['as_operated'] else 'built'}"


def _zip(model: str, wanted: Wanted, at: dt.datetime, archive: IO[bytes]) -> dict[str, int]:
    """Write the files into an archive; how many objects of each class they hold."""
    with tempfile.TemporaryDirectory() as folder:
        done = exports.export_model(model=model, folder=Path(folder), wanted=wanted, at=at)
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
            for path in done.files:
                into.write(path, path.name)
    return done.classes
