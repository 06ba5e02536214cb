"""Corrections that need two persons: drafted by one, done with the word of another.

Whoever may only draft (a manager), and everybody where a report of the period is frozen, asks for a second person. The draft is an
approval of the kind the gate uses, waited for in days instead of minutes: nobody agrees to his own, by no account of his. With the
word the rows are corrected in the same transaction, checked anew: a row that was corrected meanwhile is refused.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.models import Approval
from adms.core.services import approvals, events
from adms.core.services.approvals import Wanted
from outages.domain.corrections import Change
from outages.models import Interruption
from outages.selectors.restatements import Restated
from outages.services import corrections, incidents
from outages.services.corrections import Deed

ACTION, AGREES = "draft_correction", "correct_interruption"
LASTS = runtime_settings.declare(
    "reliability.correction_draft_days",
    30,
    unit="d",
    help_=gettext_noop("How long a drafted correction of the ledger waits for its second person before it lapses."),
)


@transaction.atomic
def draft(*, actor: Actor, row_ids: Collection[int], change: Change, reason: str, at: dt.datetime) -> Approval:
    """Ask another person to agree to a correction of rows of one outage. Another draft of one's own for this outage takes its place.

    Raises:
        NotFound, NotAuthorised, CorrectionRefused, Invalid: as `corrections.correct`, had it been done now.
    """
    rows = corrections.locked(row_ids)
    if not rows:
        raise NotFound(_("no ledger row"), row=0)
    corrections.require(actor, ACTION, rows)
    corrections.corrected(rows=rows, change=change, at=at)
    count = f"{len(rows)} rows" if len(rows) > 1 else f"row {rows[0].pk}"
    wanted = Wanted(
        action=ACTION,
        object=f"outage:{rows[0].outage_id}",
        area=rows[0].area.key,
        words=f"Correct {count} of outage {rows[0].outage_id}",
        reason=reason,
        needs=AGREES,
        details={"rows": [row.pk for row in rows], "change": change.to_json()},
        lasts=dt.timedelta(days=float(runtime_settings.get(LASTS, rows[0].area.key))),
    )
    return approvals.ask(actor=actor, wanted=wanted, at=at)


@transaction.atomic
def agree(*, actor: Actor, draft_id: uuid.UUID, at: dt.datetime) -> list[Interruption]:
    """Do what was drafted, as its second person.

    Raises:
        NotFound: nothing of this number waits (any more).
        NotAuthorised: not one who corrects in the areas of all its rows.
        NotSecond: it is one's own.
        CorrectionRefused, Invalid: a row was corrected meanwhile, or the ledger no longer allows it.
    """
    waiting = _draft(draft_id)
    row_ids, change = content(waiting)
    model = incidents.model_of(int(waiting.object.removeprefix("outage:")))
    with events.deferred(), incidents.begin(models=[model], at=at) as now:
        rows = corrections.locked(row_ids)
        corrections.require(actor, AGREES, rows)
        given = approvals.decide(actor=actor, approval_id=draft_id, is_yes=True, at=at)
        made = corrections.corrected(rows=rows, change=change, at=at)
        deed = Deed(actor, given.reason, given.asked_by, given.decided_by)
        corrections.replace(now, deed, rows, made)
        approvals.spend(approval_id=draft_id, at=at)
    return made


def decline(*, actor: Actor, draft_id: uuid.UUID, reason: str, at: dt.datetime) -> Approval:
    """Do not agree.

    Raises:
        NotFound, NotAuthorised, NotSecond: as `agree`.
    """
    _draft(draft_id)
    return approvals.decide(actor=actor, approval_id=draft_id, is_yes=False, reason=reason, at=at)


def withdraw(*, actor: Actor, draft_id: uuid.UUID, at: dt.datetime) -> Approval:
    """Whoever drafted it does not want it any more.

    Raises:
        NotFound: nothing of this number of theirs waits.
    """
    _draft(draft_id)
    return approvals.withdraw(actor=actor, approval_id=draft_id, at=at)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits for its second person: each row and what it would become, or why it can no longer be done."""

    approval: Approval
    outage: int
    pairs: list[Restated]
    refused: str = ""


def waiting(*, at: dt.datetime) -> list[Waiting]:
    """All of them, oldest first."""
    return [_waiting(row, at) for row in approvals.waiting_for(action=ACTION, at=at)]


def one(draft_id: uuid.UUID, *, at: dt.datetime) -> Waiting:
    """One of them.

    Raises:
        NotFound: nothing of this number waits (any more).
    """
    row = _draft(draft_id)
    if row.state != Approval.State.WAITING or row.expires_at <= at:
        raise NotFound(_("nobody waits for this word any more"), draft=str(draft_id))
    return _waiting(row, at)


def _waiting(row: Approval, at: dt.datetime) -> Waiting:
    row_ids, change = content(row)
    outage = int(row.object.removeprefix("outage:"))
    rows = list(Interruption.objects.select_related("area", "outage").filter(pk__in=row_ids).order_by("pk"))
    try:
        made = corrections.corrected(rows=rows, change=change, at=at)
    except Refused as refused:
        return Waiting(row, outage, [Restated(one, one) for one in rows], refused.message)
    return Waiting(row, outage, [Restated(old, new) for old, new in zip(rows, made, strict=True)])


def content(row: Approval) -> tuple[Sequence[int], Change]:
    """Which rows a draft corrects, and how."""
    return row.details["rows"], Change.from_json(row.details["change"])


def _draft(draft_id: uuid.UUID) -> Approval:
    row = approvals.find(draft_id)
    if row.action != ACTION:
        raise NotFound(_("no correction is drafted under this number"), draft=str(draft_id))
    return row
