"""Once everybody is back: what a plan would have been worth, or was."""

import datetime as dt
from dataclasses import asdict

from django.db import transaction

from network.domain.phrases import phrase
from outages.domain.flisr import life, scoring
from outages.domain.flisr.scoring import Row
from outages.models import FlisrEvent, Interruption
from outages.services.flisr import record

_SCORED = (life.SHADOWED, life.DONE)


def score_due(*, at: dt.datetime) -> int:
    """Score the events whose outage is over; how many."""
    waiting = FlisrEvent.objects.filter(state__in=_SCORED, scored_at=None, outage__isnull=False)
    over = waiting.filter(outage__restored_at__isnull=False).order_by("pk").values_list("pk", flat=True)
    return sum(_score(event_id, at) for event_id in list(over))


@transaction.atomic
def _score(event_id: int, at: dt.datetime) -> int:
    found = FlisrEvent.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("area")
    row = found.filter(pk=event_id, scored_at=None).first()
    if row is None or not row.plans:
        return 0
    rows = _rows(row.outage_id or 0)
    score = _of_shadow(row, rows) if row.state == life.SHADOWED else _of_deed(row, rows)
    row.score, row.scored_at = {key: round(value, 1) for key, value in asdict(score).items()}, at
    row.save(update_fields=["score", "scored_at"])
    code = "would_have_saved" if row.state == life.SHADOWED else "saved"
    record.note(row, "scored", phrase(code, minutes=score.saved, of=score.happened), at)
    record.tell(row, at)
    return 1


def _rows(outage_id: int) -> list[Row]:
    """The customers of an outage who are back."""
    found = Interruption.objects.filter(outage_id=outage_id, superseded_at=None).order_by("pk")
    return [Row(one.node, one.customers, one.began_at, one.ended_at) for one in found if one.ended_at is not None]


def _of_shadow(row: FlisrEvent, rows: list[Row]) -> scoring.Score:
    """The best plan, begun when it was made."""
    begun = row.planned_at or row.tripped_at
    back_at = {
        node: begun + dt.timedelta(seconds=gain["after_s"]) for gain in row.plans[0]["gains"] for node in gain["nodes"]
    }
    return scoring.shadow(rows, back_at)


def _of_deed(row: FlisrEvent, rows: list[Row]) -> scoring.Score:
    """The plan that was taken; what it did not bring back waited for the repair."""
    gains = row.plans[row.chosen or 0]["gains"]
    return scoring.carried_out(rows, frozenset(node for gain in gains for node in gain["nodes"]))
