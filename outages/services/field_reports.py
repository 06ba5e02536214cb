"""What the field force reports of an outage through its own system: when to expect supply, that it is back, and why it was gone.

Whoever may report work may report these; the report stands on the timeline in the name of who reported. What the network shows
outranks it, as it outranks a person: an outage whose device is seen open is not restored by words.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from adms.core.services import authority
from outages.models import Outage
from outages.services import lifecycle

_OVER = frozenset({"restored", "completed"})


@dataclass(frozen=True, slots=True)
class FieldReport:
    """What is said; empty is nothing said. `cause` is one of our codes."""

    expected_at: dt.datetime | None = None
    restored_at: dt.datetime | None = None
    cause: str = ""
    remedy: str = ""

    def __bool__(self) -> bool:
        return bool(self.expected_at or self.restored_at or self.cause)


@transaction.atomic
def report(*, actor: Actor, outage_id: int, said: FieldReport, at: dt.datetime) -> None:
    """Take all of it or nothing; the same report again changes nothing.

    Raises:
        NotFound: no such outage.
        NotAuthorised: the actor may not report work in its area.
        OutageRefused: it is cancelled, or the network shows it dead.
        Invalid: a time that cannot be, or an unknown cause.
    """
    outage = Outage.objects.select_related("area").filter(pk=outage_id).first()
    if outage is None:
        raise NotFound(_("no outage %(outage_id)s") % {"outage_id": outage_id}, outage=outage_id)
    authority.require(actor=actor, action="report_work", area=outage.area.key)
    trusted = replace(actor, is_system=True)  # a report of work may say this, whatever else its sender may
    if said.expected_at is not None and outage.state not in _OVER and outage.etr_at != said.expected_at:
        lifecycle.set_etr(actor=trusted, outage_id=outage_id, etr_at=said.expected_at, source="crew", at=at)
    if said.restored_at is not None and outage.state not in _OVER:
        _restore(trusted, outage, said.restored_at, at)
    if said.cause:
        _close(trusted, outage_id, said, at)


def _restore(actor: Actor, outage: Outage, restored_at: dt.datetime, at: dt.datetime) -> None:
    """Who repaired it found it: the device is confirmed first."""
    if outage.confidence != "confirmed":
        lifecycle.confirm(actor=actor, outage_id=outage.pk, occurred_at=outage.started_at, at=at)
    lifecycle.restore(actor=actor, outage_id=outage.pk, occurred_at=restored_at, at=at)


def _close(actor: Actor, outage_id: int, said: FieldReport, at: dt.datetime) -> None:
    """A cause completes the report of an outage that is over; of one that is not it is noted."""
    outage = Outage.objects.get(pk=outage_id)
    if outage.state == "restored":
        lifecycle.complete(actor=actor, outage_id=outage_id, cause=said.cause, remedy=said.remedy, at=at)
    elif outage.state != "completed" and outage.cause != said.cause:
        lifecycle.set_cause(actor=actor, outage_id=outage_id, cause=said.cause, at=at)
