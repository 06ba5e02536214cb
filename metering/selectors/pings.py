"""Pings as lists and pages show them: what was asked by whom, what came back, how long it took."""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from metering.models import Ping, PingAnswer, PingBatch
from network.domain import phases as ph

#: Which lists there are.
ALL, AUTOMATIC, BY_HAND, WAITING, DARK, FAILED = "all", "automatic", "by_hand", "waiting", "dark", "failed"


@dataclass(frozen=True, slots=True)
class Question:
    """What goes to a head-end in one message: meters by number."""

    batch: uuid.UUID
    purpose: str
    meters: list[str]
    deadline_at: dt.datetime


def questions(batch_ids: Collection[str]) -> list[Question]:
    """What is to be sent, in the order given; without those that are gone or were never released."""
    batches = (
        PingBatch.objects.select_related("ping").exclude(deadline_at=None).in_bulk([uuid.UUID(x) for x in batch_ids])
    )
    numbers: dict[uuid.UUID, list[str]] = defaultdict(list)
    rows = PingAnswer.objects.filter(batch__in=list(batches)).order_by("pk").values_list("batch_id", "meter__number")
    for batch_id, number in rows:
        numbers[batch_id].append(number)
    found = [batches[pk] for pk in map(uuid.UUID, batch_ids) if pk in batches]
    return [
        Question(batch.pk, batch.ping.purpose, numbers[batch.pk], batch.deadline_at)
        for batch in found
        if batch.deadline_at is not None
    ]


def listed(
    actor: Actor,
    *,
    show: str = ALL,
    reference: str = "",
    also: Collection[str] = (),
    area: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> QuerySet[Ping]:
    """Pings of the areas whose meters the actor may ask or see, the latest first."""
    found = Ping.objects.select_related("area").order_by("-asked_at", "pk")
    if not actor.may("see_network"):
        return found.none()
    if show in {AUTOMATIC, BY_HAND}:
        found = found.filter(is_automatic=show == AUTOMATIC)
    if show == WAITING:
        found = found.filter(ended_at=None)
    if show == DARK:
        found = found.filter(pk__in=PingAnswer.objects.filter(answer__in=("off", "part", "none")).values("ping"))
    if show == FAILED:
        found = found.filter(pk__in=PingBatch.objects.filter(state__in=("silent", "failed")).values("ping"))
    if reference:
        found = found.filter(reference__in=[reference, *also])
    if area:
        found = found.filter(area__key=area)
    if since:
        found = found.filter(asked_at__gte=since)
    return found.filter(asked_at__lt=until) if until else found


def one(actor: Actor, ping_id: uuid.UUID) -> Ping:
    """One ping.

    Raises:
        NotFound: none, or none the actor may see.
    """
    found = listed(actor).filter(pk=ping_id).first()
    if found is None:
        raise NotFound(_("no ping %(ping_id)s") % {"ping_id": ping_id}, ping=str(ping_id))
    return found


def told(found: Sequence[Ping]) -> list[dict[str, Any]]:
    """Pings as rows: counts of answers, latency of the quickest and the slowest, what went wrong."""
    ids = [ping.pk for ping in found]
    counts: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    took: dict[uuid.UUID, list[float]] = defaultdict(list)
    rows = PingAnswer.objects.filter(ping__in=ids).values_list("ping_id", "answer", "answered_at", "batch__sent_at")
    for ping_id, answer, answered_at, sent_at in rows.order_by():
        counts[ping_id][answer or "waiting"] += 1
        if answer in {"on", "off", "part"} and answered_at and sent_at:
            took[ping_id].append(max(0.0, (answered_at - sent_at).total_seconds()))
    batches: dict[uuid.UUID, list[PingBatch]] = defaultdict(list)
    for batch in PingBatch.objects.filter(ping__in=ids).order_by("queued_at", "pk"):
        batches[batch.ping_id].append(batch)
    return [_row(ping, counts[ping.pk], sorted(took[ping.pk]), batches[ping.pk]) for ping in found]


def _row(ping: Ping, counts: Counter[str], took: list[float], batches: Sequence[PingBatch]) -> dict[str, Any]:
    errors = list(dict.fromkeys(batch.error for batch in batches if batch.error))
    return {
        "id": str(ping.pk),
        "asked_at": ping.asked_at,
        "ended_at": ping.ended_at,
        "asked_by": ping.asked_by,
        "is_automatic": ping.is_automatic,
        "purpose": ping.purpose,
        "purpose_words": ping.get_purpose_display(),
        "rule": ping.rule,
        "reason": ping.reason,
        "reference": ping.reference,
        "area": ping.area.key,
        "area_name": ping.area.name,
        "model": ping.model_key,
        "head_ends": sorted({batch.addressee or batch.head_end for batch in batches} - {""}),
        "messages": len(batches),
        "is_queued": any(batch.state == PingBatch.State.QUEUED for batch in batches),
        "meters": sum(counts.values()),
        **{name: counts[name] for name in ("on", "part", "off", "none", "refused", "unknown", "waiting")},
        "skipped": ping.skipped,
        "median_s": took[len(took) // 2] if took else None,
        "slowest_s": took[-1] if took else None,
        "errors": errors,
    }


def answers(pings: Collection[Any]) -> list[dict[str, Any]]:
    """What each meter answered, in the order in which the answers came; those still waited for last."""
    rows = (
        PingAnswer.objects.select_related("meter__usage_point", "batch", "ping")
        .filter(ping__in=list(pings))
        .order_by("answered_at", "pk")
    )
    return [
        {
            "id": row.pk,
            "ping": str(row.ping_id),
            "purpose": row.ping.purpose,
            "asked_by": row.ping.asked_by,
            "meter": row.meter.number,
            "usage_point": row.meter.usage_point_id,
            "usage_point_name": row.meter.usage_point.name,
            "equipment_mrid": row.meter.usage_point.equipment_mrid,
            "node": row.meter.usage_point.node,
            "area": row.ping.area_id,
            "answer": row.answer or "waiting",
            "answer_words": row.get_answer_display() or "Waiting",
            "phases": row.meter.usage_point.phases & ph.ABC,
            "phases_on": row.phases_on,
            "phases_off": row.phases_off,
            "volts": row.volts,
            "note": row.note or (row.batch.error if row.answer == "unknown" else ""),
            "asked_at": row.batch.sent_at or row.batch.queued_at,
            "answered_at": row.answered_at,
            "latency_s": _latency(row),
            "is_late": bool(row.answered_at and row.batch.deadline_at and row.answered_at > row.batch.deadline_at),
        }
        for row in rows
    ]


def _latency(row: PingAnswer) -> float | None:
    if row.answer not in {"on", "off", "part"} or row.answered_at is None or row.batch.sent_at is None:
        return None
    return max(0.0, (row.answered_at - row.batch.sent_at).total_seconds())


def counted(actor: Actor, *, reference: str = "", area: str = "", since: dt.datetime | None = None) -> dict[str, int]:
    """How many are in each list."""
    shows = (ALL, AUTOMATIC, BY_HAND, WAITING, DARK, FAILED)
    found = {show: listed(actor, show=show, reference=reference, area=area, since=since) for show in shows}
    return {show: rows.order_by().count() for show, rows in found.items()}


@dataclass(frozen=True, slots=True)
class Summary:
    """One ping in figures."""

    purpose: str
    asked_by: str
    is_automatic: bool
    asked_at: dt.datetime
    rule: str
    meters: int
    counts: Counter[str]


def summaries(ping_ids: Collection[str]) -> dict[str, Summary]:
    """What came back of these pings, by their ids; of those that are gone nothing."""
    pings = Ping.objects.in_bulk([uuid.UUID(one) for one in ping_ids])
    counts: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    rows = PingAnswer.objects.filter(ping__in=list(pings)).order_by().values_list("ping_id", "answer")
    for ping_id, answer, count in rows.annotate(Count("pk")):
        counts[ping_id][answer] += count
    return {
        str(pk): Summary(
            one.purpose, one.asked_by, one.is_automatic, one.asked_at, one.rule, counts[pk].total(), counts[pk]
        )
        for pk, one in pings.items()
    }


def tries_since(reference: str, purpose: str, since: dt.datetime | None) -> int:
    """How often one thing was asked about since then."""
    found = Ping.objects.filter(reference=reference, purpose=purpose)
    return (found.filter(asked_at__gte=since) if since else found).count()


def silent_of(ping_id: str) -> list[int]:
    """Usage points of a ping whose meters did not answer."""
    return points_of(ping_id, "none")


def points_of(ping_id: str, answer: str) -> list[int]:
    """Usage points of a ping with this answer, in the order in which their meters were asked."""
    rows = PingAnswer.objects.filter(ping=uuid.UUID(ping_id), answer=answer)
    return list(rows.order_by("pk").values_list("meter__usage_point_id", flat=True))


def of_reference(reference: str) -> list[uuid.UUID]:
    """The pings about one thing."""
    return list(Ping.objects.filter(reference=reference).order_by("asked_at").values_list("pk", flat=True))
