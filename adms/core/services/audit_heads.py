"""Publish the end of the audit chain outside the database, each minute in which it has grown."""

import datetime as dt
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

EVERY = dt.timedelta(minutes=1)
log = logging.getLogger("adms.audit.head")
_published: list[tuple[dt.datetime, int]] = []


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at a moment."""

    number: int
    digest: str
    at: str = ""


def head() -> Head | None:
    """The present end of the chain; None when nothing was ever written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, digest FROM core_auditlink ORDER BY number DESC LIMIT 1")
        row = cursor.fetchone()
    return Head(*row) if row else None


def published(path: Path) -> list[Head]:
    """The heads a file holds, one JSON document a line; none where there is no file.

    Raises:
        ValueError: a line is no head.
    """
    heads = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], 1):
        try:
            told = json.loads(line)
            heads.append(Head(int(told["number"]), str(told["digest"]), str(told.get("at", ""))))
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path}: line {number} is no published head") from None
    return heads


def publish_due(*, at: dt.datetime) -> int:
    """Publish the head if the latest was a minute ago and the chain has grown since; how many were published."""
    if _published and dt.timedelta() <= at - _published[0][0] < EVERY:
        return 0
    end = head()
    grown = end is not None and (not _published or _published[0][1] != end.number)
    _published[:] = [(at, end.number if end else 0)]
    if end is None or not grown:
        return 0
    publish(head=end, path=Path(settings.AUDIT_HEADS), at=at)
    return 1


def publish(*, head: Head, path: Path, at: dt.datetime) -> None:
    """Append one head to the file and tell the log, from where syslog or a collector carries it to another machine."""
    line = json.dumps({"number": head.number, "digest": head.digest, "at": at.isoformat()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    log.info("audit head %s %s", head.number, head.digest)
