"""Keep evidence: each piece once, whatever the way and however often it was told."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Min, Q
from django.utils.translation import gettext_noop

from outages.domain import lifecycle
from outages.models import Evidence, Outage

#: Kinds that say somebody is without supply, and kinds that say they have it.
DARK = ("call", "gasp", "ping_off", "crew_off")
LIVE = ("restore", "ping_on")


#: So long reports may come late, and be held against a word of life.
LASTING = dt.timedelta(days=2)
#: Words of life settled at once.
A_ROUND = 5_000


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
    recorded_at: dt.datetime | None = None  # when it was known, where that is earlier than it is kept


def record(*, pieces: Sequence[Piece], at: dt.datetime) -> list[int]:
    """Insert what is new; ids of the new rows."""
    if not pieces:
        return []
    columns = list(zip(*((p.kind, p.reference, p.area_id, p.model, p.usage_point_id, p.equipment_mrid, p.node, p.phases,
                          p.weight, p.occurred_at, p.recorded_at or at) for p in pieces), strict=True))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO outages_evidence (kind, reference, area_id, model_key, usage_point_id, equipment_mrid, node, phases,
                                          weight, occurred_at, recorded_at, settled_reason)
            SELECT t.*, '' FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::int[],
                                           %s::smallint[], %s::float8[], %s::timestamptz[], %s::timestamptz[]) AS t
            ON CONFLICT (kind, reference) DO NOTHING RETURNING id
            """,
            [list(column) for column in columns],
        )
        return [row[0] for row in cursor.fetchall()]


def places_of_calls(calls: Collection[int]) -> set[int]:
    """The nodes of what these calls are evidence of."""
    rows = Evidence.objects.filter(kind="call", reference__in=[f"call:{pk}" for pk in calls])
    return set(rows.values_list("node", flat=True))


def settle(*, rows: Q, reason: str, at: dt.datetime) -> int:
    """Evidence that no longer asks for a prediction; it stays visible where it belongs."""
    return Evidence.objects.filter(rows, settled_at=None).update(settled_at=at, settled_reason=reason[:120])


#: What statements below write; it is told in the reader's language like every reason.
_WRITTEN = (gettext_noop("the meter has supply"), gettext_noop("restored"))


def settle_answered(*, usage_points: Collection[int], at: dt.datetime) -> None:
    """Settle what said that these were dark before their latest word of life, in whatever order the words came.

    Who is live on some phases only settles what was said of these.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE outages_evidence AS dark SET settled_at = %s, settled_reason = 'the meter has supply'
            FROM (SELECT usage_point_id, phases, max(occurred_at) AS live_at FROM outages_evidence
                  WHERE usage_point_id = ANY(%s) AND kind = ANY(%s) GROUP BY usage_point_id, phases) AS latest
            WHERE dark.usage_point_id = latest.usage_point_id AND dark.occurred_at <= latest.live_at
                AND dark.phases & ~latest.phases & 7 = 0
                AND dark.kind = ANY(%s) AND dark.settled_at IS NULL
            """,
            [at, list(usage_points), list(LIVE), list(DARK)],
        )


def settle_until(*, until: Mapping[int, dt.datetime], reason: str, at: dt.datetime) -> None:
    """Settle what said that these usage points were dark, each up to its own time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE outages_evidence AS dark SET settled_at = %s, settled_reason = %s
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS t(point, until)
            WHERE dark.usage_point_id = t.point AND dark.occurred_at <= t.until AND dark.kind = ANY(%s) AND dark.settled_at IS NULL
            """,
            [at, reason[:120], list(until), list(until.values()), list(DARK)],
        )


def settle_old_words(*, model: str, at: dt.datetime) -> int:
    """Settle words of life that no report is held against any more, some at a time; they would stay among what is open for ever.

    Such a word is `LASTING` older than now, than every report that waits and than every outage going on: reports come late.
    """
    waiting = Evidence.objects.filter(model_key=model, settled_at=None, outage=None, kind__in=DARK)
    going_on = Outage.objects.filter(model_key=model, state__in=lifecycle.RUNNING)
    oldest = (waiting.aggregate(at=Min("occurred_at"))["at"], going_on.aggregate(at=Min("started_at"))["at"])
    until = min([at, *(one for one in oldest if one is not None)]) - LASTING
    words = Evidence.objects.filter(model_key=model, settled_at=None, outage=None, kind__in=LIVE, occurred_at__lt=until)
    return settle(
        rows=Q(pk__in=words.values("pk")[:A_ROUND]), reason=gettext_noop("nothing asks for it any more"), at=at
    )


def let_go(*, ended_at: Mapping[int, dt.datetime], at: dt.datetime) -> None:
    """What is still open of outages (by id) in which nobody is out any more.

    Up to their end it is settled where it is of customers the outage counted; the rest belongs to none and is free for prediction.
    """
    if not ended_at:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE outages_evidence AS dark SET settled_at = %s, settled_reason = 'restored'
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS over(outage, ended_at)
            WHERE dark.outage_id = over.outage AND dark.occurred_at <= over.ended_at AND dark.kind = ANY(%s)
                AND dark.settled_at IS NULL
                AND EXISTS (SELECT FROM outages_interruption AS own
                            WHERE own.outage_id = over.outage AND own.superseded_at IS NULL
                                AND (dark.usage_point_id = ANY(own.usage_points)
                                     OR dark.usage_point_id IS NULL AND dark.node = own.node))
            """,
            [at, list(ended_at), list(ended_at.values()), list(DARK)],
        )
    left = Evidence.objects.filter(outage__in=ended_at, kind__in=DARK, settled_at=None)
    join(outage_of=dict.fromkeys(left.values_list("pk", flat=True)))


def latest_life(*, usage_points: Collection[int]) -> dict[int, dt.datetime]:
    """When each of these last said that it has supply."""
    words = Evidence.objects.filter(usage_point__in=usage_points, kind__in=LIVE).order_by()
    return dict(words.values_list("usage_point_id").annotate(Max("occurred_at")))


def join(*, outage_of: Mapping[int, int | None]) -> None:
    """Let evidence belong to outages (ids by evidence id; None: to none), and the calls behind it with it."""
    if not outage_of:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH joined AS (
                UPDATE outages_evidence AS e SET outage_id = t.outage, joined_at = COALESCE(e.joined_at, clock_timestamp())
                FROM unnest(%s::bigint[], %s::bigint[]) AS t(id, outage)
                WHERE e.id = t.id AND e.outage_id IS DISTINCT FROM t.outage RETURNING e.kind, e.reference, e.outage_id
            )
            UPDATE outages_call AS c SET outage_id = j.outage_id FROM joined AS j
            WHERE j.kind = 'call' AND c.id = split_part(j.reference, ':', 2)::bigint
            """,
            [list(outage_of), list(outage_of.values())],
        )
