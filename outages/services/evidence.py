"""Keep evidence: each piece once, whatever the way and however often it was told."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from outages.models import Evidence

#: Kinds that say somebody is without supply, and kinds that say they have it.
DARK = ("call", "gasp", "ping_off", "crew_off")
LIVE = ("restore", "ping_on")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence to keep."""

    kind: str
    reference: str
    area_id: int
    model: str
    usage_point_id: int | None
    equipment_mrid: str
    node: int
    phases: int
    occurred_at: dt.datetime
    weight: float = 1.0


def record(*, pieces: Sequence[Piece], at: dt.datetime) -> list[int]:
    """Insert what is new; ids of the new rows."""
    if not pieces:
        return []
    columns = list(zip(*((p.kind, p.reference, p.area_id, p.model, p.usage_point_id, p.equipment_mrid, p.node, p.phases,
                          p.weight, p.occurred_at) for p in pieces), strict=True))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO outages_evidence (kind, reference, area_id, model_key, usage_point_id, equipment_mrid, node, phases,
                                          weight, occurred_at, recorded_at, settled_reason)
            SELECT t.*, %s, '' FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::int[],
                                           %s::smallint[], %s::float8[], %s::timestamptz[]) AS t
            ON CONFLICT (kind, reference) DO NOTHING RETURNING id
            """,
            [at, *(list(column) for column in columns)],
        )
        return [row[0] for row in cursor.fetchall()]


def settle(*, rows: Q, reason: str, at: dt.datetime) -> int:
    """Evidence that no longer asks for a prediction; it stays visible where it belongs."""
    return Evidence.objects.filter(rows, settled_at=None).update(settled_at=at, settled_reason=reason[:120])


def join(*, outage_id: int, evidence_ids: Iterable[int]) -> int:
    """Let evidence belong to an outage."""
    return Evidence.objects.filter(pk__in=list(evidence_ids)).update(outage_id=outage_id)
