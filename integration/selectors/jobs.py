"""Jobs and how far they are."""

import uuid

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
