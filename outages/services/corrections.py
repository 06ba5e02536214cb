"""Correct a row of the interruption ledger: a new row takes its place, both are kept, every figure moves with it."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority
from outages.models import Interruption
from outages.services import incidents


class CorrectionRefused(Refused):
    """The row is not one that can be corrected."""

    code = "correction_refused"


@dataclass(frozen=True, slots=True)
class Corrected:
    """How the row should have been."""

    began_at: dt.datetime
    ended_at: dt.datetime | None
    excluded_reason: str = ""


@transaction.atomic
def correct_row(*, actor: Actor, row_id: int, corrected: Corrected, reason: str, at: dt.datetime) -> Interruption:
    """Supersede a row by a corrected one.

    Raises:
        NotFound: no such row.
        NotAuthorised: not in its area.
        CorrectionRefused: it was corrected already, or its customers are still out.
        Invalid: it would end before it begins, or in the future.
    """
    number = Interruption.objects.filter(pk=row_id).values_list("outage_id", flat=True).first()
    if number is None:
        raise NotFound(f"no ledger row {row_id}", row=row_id)
    with incidents.begin(models=[incidents.model_of(number)], at=at) as now:
        outage = now.get(number)
        row = Interruption.objects.select_for_update(of=("self",)).select_related("area").get(pk=row_id)
        authority.require(actor=actor, action="correct_interruption", area=row.area.key)
        _check(row, corrected, at)
        before = {"began_at": row.began_at, "ended_at": row.ended_at, "excluded_reason": row.excluded_reason}
        row.superseded_at, row.superseded_reason = at, reason
        row.save(update_fields=["superseded_at", "superseded_reason"])
        made = _copy(row, corrected)
        audit.record(
            actor=actor,
            action="correct_interruption",
            object_=f"interruption:{row_id}",
            area=row.area.key,
            before={name: str(value) for name, value in before.items()},
            after={name: str(getattr(corrected, name)) for name in before},
            reason=reason,
            at=at,
        )
        now.note(outage, "corrected", f"Ledger row {row_id} corrected: {reason}", actor)
        now.tell(outage, "corrected")
    return made


def _check(row: Interruption, corrected: Corrected, at: dt.datetime) -> None:
    if row.superseded_at is not None:
        raise CorrectionRefused("it was corrected already", row=row.pk)
    if (row.ended_at is None) != (corrected.ended_at is None):
        raise CorrectionRefused("a correction neither ends nor reopens an interruption: restore the outage", row=row.pk)
    if corrected.began_at > at or (corrected.ended_at or corrected.began_at) > at:
        raise Invalid("it cannot begin or end in the future", field="began_at")
    if corrected.ended_at is not None and corrected.ended_at < corrected.began_at:
        raise Invalid("it cannot end before it begins", field="ended_at")


def _copy(row: Interruption, corrected: Corrected) -> Interruption:
    made = Interruption.objects.get(pk=row.pk)
    made.pk, made.superseded_at, made.superseded_reason = None, None, ""
    made.began_at, made.ended_at = corrected.began_at, corrected.ended_at
    made.excluded_reason = corrected.excluded_reason
    made.save(force_insert=True)
    return made
