"""Publish the end of the audit chain outside the database, each minute in which it has grown."""

import datetime as dt
import json
import logging
import os
from pathlib import Path

from django.conf import settings

from adms.core.selectors import audit_chain

EVERY = dt.timedelta(minutes=1)
log = logging.getLogger("adms.audit.head")
_published: list[tuple[dt.datetime, int]] = []


def publish_due(*, at: dt.datetime) -> int:
    """Publish the head if the latest was a minute ago and the chain has grown since; how many were published."""
    if _published and dt.timedelta() <= at - _published[0][0] < EVERY:
        return 0
    head = audit_chain.head()
    grown = head is not None and (not _published or _published[0][1] != head.number)
    _published[:] = [(at, head.number if head else 0)]
    if head is None or not grown:
        return 0
    publish(head=head, path=Path(settings.AUDIT_HEADS), at=at)
    return 1


def publish(*, head: audit_chain.Head, path: Path, at: dt.datetime) -> None:
    """Append one head to the file and tell the log, from where syslog or a collector carries it to another machine."""
    line = json.dumps({"number": head.number, "digest": head.digest, "at": at.isoformat()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    log.info("audit head %s %s", head.number, head.digest)
