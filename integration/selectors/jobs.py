"""Jobs and how far they are."""

import uuid

from django.db.models import QuerySet

from adms.core.errors import NotFound
from integration.models import Job


def job(job_id: uuid.UUID) -> Job:
    """One job, without its upload.

    Raises:
        NotFound: there is none.
    """
    found = Job.objects.defer("upload").filter(pk=job_id).first()
    if found is None:
        raise NotFound("no such job", job=str(job_id))
    return found


def latest() -> "QuerySet[Job]":
    """All jobs, the newest first, without what they were sent and what they found."""
    return Job.objects.defer("upload", "result", "log").order_by("-created_at")
