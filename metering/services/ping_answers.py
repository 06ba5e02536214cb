"""Answers of meters that were asked, and the end of waiting for them: each answer once, each a word of evidence."""

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils.translation import gettext as _

from adms.core.errors import NotFound, Refused
from adms.core.services import events
from metering.events import MetersLostPower, MetersRegainedPower, PingsAnswered
from metering.models import Meter, Ping, PingAnswer, PingBatch
from metering.services import device_events

#: Answers that a later word of the meter replaces: it is late, but it is its word.
_OPEN = ("", "none", "unknown")
_LIMIT = 300


class AnswerRefused(Refused):
    """The answer is not one to a question of ours to this system."""

    code = "answer_refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one meter said. `answer` is on, part, off, none or refused; phases are bits, 0 where it told of none."""

    meter_id: int
    answer: str
    occurred_at: dt.datetime | None = None
    phases_on: int = 0
    phases_off: int = 0
    volts: dict[str, float] = field(default_factory=dict)
    note: str = ""


@transaction.atomic
def record_answers(
    *, source: str, batch_id: uuid.UUID, answers: Sequence[Answer], is_last: bool, at: dt.datetime
) -> list[int]:
    """Keep what meters answered; the meters among these that were not asked in this batch.

    With `is_last` the head-end says nothing more: who is still missing gave no answer. A word that comes after the deadline
    replaces the silence noted then; the same answer again changes nothing.

    Raises:
        NotFound: no such question.
        AnswerRefused: it was put to another system.
    """
    batch = (
        PingBatch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("ping")
        .filter(pk=batch_id)
        .first()
    )
    if batch is None:
        raise NotFound(_("no question %(batch_id)s waits for an answer") % {"batch_id": batch_id}, batch=str(batch_id))
    if batch.addressee and batch.addressee != source:
        raise AnswerRefused(
            _("this question was put to %(addressee)s") % {"addressee": batch.addressee}, batch=str(batch_id)
        )
    asked = set(PingAnswer.objects.filter(batch=batch).values_list("meter_id", flat=True))
    changed = _write(batch, [one for one in answers if one.meter_id in asked], at)
    if is_last or not PingAnswer.objects.filter(batch=batch, answer="").exists():
        changed += _silence(batch, "none", at)
        _end(batch, PingBatch.State.ANSWERED, "", at)
    _tell(batch, source, changed, at)
    return [one.meter_id for one in answers if one.meter_id not in asked]


@transaction.atomic
def note_addressee(*, batch_ids: Collection[uuid.UUID], source: str) -> None:
    """To whom these questions were put."""
    PingBatch.objects.filter(pk__in=batch_ids).update(addressee=source)


@transaction.atomic
def fail(*, batch_id: uuid.UUID, reason: str, at: dt.datetime) -> None:
    """The meters could not be asked: that says nothing of their supply. What is answered already stays."""
    batch = (
        PingBatch.objects.select_for_update(of=("self",), no_key=True)
        .select_related("ping")
        .filter(pk=batch_id)
        .first()
    )
    if batch is None or batch.ended_at is not None:
        return
    changed = _silence(batch, "unknown", at)
    _end(batch, PingBatch.State.FAILED, reason, at)
    _tell(batch, "", changed, at)


@transaction.atomic
def end_overdue(*, at: dt.datetime) -> int:
    """Batches whose time is over: silence of a meter where its head-end answered for others, else nothing is known."""
    overdue = PingBatch.objects.filter(state=PingBatch.State.SENT, deadline_at__lte=at).order_by("pk")
    batches = list(overdue.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("ping")[:50])
    with events.deferred():
        for batch in batches:
            has_word = PingAnswer.objects.filter(batch=batch).exclude(answer="").exists()
            changed = _silence(batch, "none" if has_word else "unknown", at)
            reason = "" if has_word else "the head-end gave no word before the deadline"
            _end(batch, PingBatch.State.ANSWERED if has_word else PingBatch.State.SILENT, reason, at)
            _tell(batch, batch.addressee, changed, at)
    return len(batches)


def is_waiting(batch_id: uuid.UUID, at: dt.datetime) -> bool:
    """Whether an answer to this question is still waited for."""
    return PingBatch.objects.filter(pk=batch_id, state=PingBatch.State.SENT, deadline_at__gt=at).exists()


def _write(batch: PingBatch, answers: Sequence[Answer], at: dt.datetime) -> list[PingAnswer]:
    """Conditional, so that a repeat changes nothing; the rows that changed."""
    latest = {one.meter_id: one for one in answers}
    ordered = [latest[key] for key in sorted(latest)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE metering_pinganswer AS a SET answer = t.answer, phases_on = t.p_on, phases_off = t.p_off, volts = t.volts::jsonb,
                note = t.note, answered_at = t.at
            FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::smallint[], %s::text[], %s::text[], %s::timestamptz[])
                AS t(meter, answer, p_on, p_off, volts, note, at)
            WHERE a.batch_id = %s AND a.meter_id = t.meter AND a.answer = ANY(%s) AND NOT (t.answer = 'none' AND a.answer <> '')
            RETURNING a.id
            """,
            [
                [one.meter_id for one in ordered],
                [one.answer for one in ordered],
                [one.phases_on for one in ordered],
                [one.phases_off for one in ordered],
                [json.dumps(one.volts) for one in ordered],
                [one.note[:200] for one in ordered],
                [_seen_at(one, batch, at) for one in ordered],
                batch.pk,
                list(_OPEN),
            ],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(PingAnswer.objects.filter(pk__in=ids).order_by("meter_id"))


def _seen_at(answer: Answer, batch: PingBatch, at: dt.datetime) -> dt.datetime:
    """The field's time where it lies between question and answer; a meter's clock that is wrong must not decide an outage."""
    told, asked = answer.occurred_at, batch.sent_at or batch.queued_at
    return told if told is not None and asked <= told <= at else at


def _silence(batch: PingBatch, answer: str, at: dt.datetime) -> list[PingAnswer]:
    """Whoever has not answered in this batch."""
    rows = list(PingAnswer.objects.filter(batch=batch, answer="").order_by("meter_id"))
    for row in rows:
        row.answer, row.answered_at = answer, at
    PingAnswer.objects.filter(pk__in=[row.pk for row in rows]).update(answer=answer, answered_at=at)
    return rows


def _end(batch: PingBatch, state: str, error: str, at: dt.datetime) -> None:
    if batch.ended_at is not None:
        return
    batch.state, batch.error, batch.ended_at = state, error[:_LIMIT], at
    batch.save(update_fields=["state", "error", "ended_at"])
    if not PingBatch.objects.filter(ping=batch.ping_id, ended_at=None).exists():
        Ping.objects.filter(pk=batch.ping_id, ended_at=None).update(ended_at=at)


def _tell(batch: PingBatch, source: str, changed: Sequence[PingAnswer], at: dt.datetime) -> None:
    """Power states, the meters' words as evidence, and what was answered: per area, in the order of areas."""
    if not changed:
        return
    known = [(one.meter_id, "on" if one.answer == "on" else "off", one.answered_at) for one in changed]
    spoken = [state for state, one in zip(known, changed, strict=True) if one.answer in {"on", "off"}]
    device_events.settle_power([(m, power, moment or at) for m, power, moment in spoken], "ping", at)
    places = {
        meter.pk: meter.usage_point
        for meter in Meter.objects.select_related("usage_point").filter(pk__in=[one.meter_id for one in changed])
    }
    groups: dict[tuple[int, str], list[PingAnswer]] = defaultdict(list)
    for one in changed:
        point = places[one.meter_id]
        groups[(point.area_id, point.model_key)].append(one)
    is_complete = Ping.objects.filter(pk=batch.ping_id).exclude(ended_at=None).exists()
    for (area_id, model), rows in sorted(groups.items()):
        facts = _words(batch, source, model, rows, {key: point.pk for key, point in places.items()})
        told = PingsAnswered(
            model=model,
            ping=str(batch.ping_id),
            purpose=batch.ping.purpose,
            reference=batch.ping.reference,
            usage_point_ids=[places[one.meter_id].pk for one in rows],
            answers=[one.answer for one in rows],
            is_complete=is_complete,
        )
        events.publish(area_id=area_id, facts=[*facts, told], at=at)


def _words(
    batch: PingBatch, source: str, model: str, rows: Sequence[PingAnswer], point_of: dict[int, int]
) -> list[MetersLostPower | MetersRegainedPower]:
    """What these answers say as evidence. One on some phases says both; silence was when the meter was asked."""
    asked_at = (batch.sent_at or batch.queued_at).timestamp()
    dark: list[tuple[int, int, float, int, float]] = []
    live: list[tuple[int, int, float, int]] = []
    for row in rows:
        point, seen_at = point_of[row.meter_id], row.answered_at.timestamp() if row.answered_at else asked_at
        if row.answer in {"off", "part"}:
            dark.append((point, row.meter_id, seen_at, row.phases_off, 1.0))
        if row.answer in {"on", "part"}:
            live.append((point, row.meter_id, seen_at, row.phases_on if row.answer == "part" else 0))
        if row.answer == "none" and batch.ping.silence_weight > 0:
            dark.append((point, row.meter_id, asked_at, 0, batch.ping.silence_weight))
    facts: list[MetersLostPower | MetersRegainedPower] = []
    if live:
        points, meters, at, phases = (list(column) for column in zip(*live, strict=True))
        facts.append(MetersRegainedPower(model, points, meters, at, source, "ping_on", phases))
    if dark:
        points, meters, at, phases, weights = (list(column) for column in zip(*dark, strict=True))
        facts.append(MetersLostPower(model, points, meters, at, source, "ping_off", phases, weights))
    return facts
