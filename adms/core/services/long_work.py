"""Long jobs whose rows are the record, in whatever table: who does one holds its advisory lock, and a worker that is killed holds none.

A bell wakes a worker, the sweeper rings again for what nobody does (`ring_for_waiting`), and whoever answers does what is free
(`do_waiting`), the oldest first. The lock belongs to the database session: it ends with its worker, however that ended.
"""

import logging
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection

from adms.core import bell
from adms.core.errors import Refused

log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Raised by whatever tells how far a job is, once it is to stop."""


def do_waiting(kind: str, jobs: Iterable[uuid.UUID], do: Callable[[uuid.UUID], bool]) -> int:
    """Do those of these jobs that nobody else is doing, in the order given; how many were done."""
    done = 0
    for job in jobs:
        with taken(kind, job) as is_ours:
            done += is_ours and do(job)
    return done


def ring_for_waiting(kind: str, jobs: Iterable[uuid.UUID]) -> bool:
    """Ring for the first of these jobs that nobody is doing: its ring was lost, or its worker has died. Whether there is one."""
    for job in jobs:
        with taken(kind, job) as is_ours:
            if is_ours:
                bell.ring(kind)
                return True
    return False


def attempted(what: str, work: Callable[[], None]) -> tuple[str, str]:
    """Do one job that somebody waits for; how it ended (done, failed, cancelled), and why it failed in words for whoever asked.

    Raises:
        OperationalError, InterfaceError: the database went away; the job is as it was, and is taken up again.
    """
    try:
        work()
    except (OperationalError, InterfaceError):
        raise
    except Cancelled:
        return "cancelled", ""
    except Refused as refusal:
        return "failed", refusal.message
    except Exception:  # whatever goes wrong, the asker is told and the next job is done
        incident = uuid.uuid4().hex[:12]
        log.exception("incident %s in %s", incident, what)
        return "failed", f"something went wrong here; it has been logged as incident {incident}"
    return "done", ""


@contextmanager
def taken(kind: str, job: uuid.UUID) -> Iterator[bool]:
    """Whether nobody else has this job; it is ours until the end of the block."""
    if not _ask("pg_try_advisory_lock", kind, job):
        yield False
        return
    try:
        yield True
    finally:
        _ask("pg_advisory_unlock", kind, job)


def _ask(function: str, kind: str, job: uuid.UUID) -> bool:
    key = [zlib.crc32(kind.encode()) - 2**31, zlib.crc32(job.bytes) - 2**31]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", key)
        row = cursor.fetchone()
    return bool(row and row[0])
