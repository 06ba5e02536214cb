"""reply(MeterReadings): what meters answered to a ping or to a question for readings, by the CorrelationID of the question."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from integration.cim.errors import ReplyError
from integration.cim.nouns import meter_readings
from integration.cim.nouns.meter_readings import MeterAnswer, Told
from integration.services.handled import Handled
from metering.domain import pings as arithmetic
from metering.services import device_events, ping_answers, reading_requests
from metering.services.ping_answers import Answer
from metering.services.readings import Reading
from network.domain import phases as ph

BELOW = runtime_settings.declare(
    "ping.dark_below_v",
    50.0,
    unit="V",
    help_=gettext_noop("A phase on which a meter reads less than so many volts is dark."),
)


def handle(*, actor: Actor, source: str, items: Sequence[Told | MeterAnswer], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Keep what the meters said; 2.15 where nobody asked, 2.4 for meters that were not asked."""
    told = next(item for item in items if isinstance(item, Told))
    answers = [item for item in items if isinstance(item, MeterAnswer)]
    handled = Handled()
    try:
        batch_id = uuid.UUID(told.correlation_id)
        if reading_requests.is_known(batch_id):
            return _keep_readings(batch_id, told, answers, source, at)
        if told.code and not answers:
            ping_answers.fail(batch_id=batch_id, reason=f"{told.code} {told.words}".strip(), at=at)
            return Handled(taken=1, effects={"ping": told.correlation_id, "failed": told.code})
        known = _meters(answers)
        found = [(item, meter) for item in answers if (meter := _meter(item, known)) is not None]
        unasked = ping_answers.record_answers(
            source=source,
            batch_id=batch_id,
            answers=[_translate(item, meter) for item, meter in found],
            is_last=told.is_last,
            at=at,
        )
    except (ValueError, NotFound):
        handled.errors.append(ReplyError("2.15", "no question of ours has this CorrelationID", told.object_id))
        return handled
    except Refused as refused:
        handled.errors.append(ReplyError("6.1", refused.message, told.object_id))
        return handled
    taken = [item for item, meter in found if meter not in unasked]
    handled.errors = [ReplyError("2.4", "was not asked", item.object_id) for item in answers if item not in taken]
    handled.taken = max(1, len(taken)) if not handled.errors else len(taken)
    handled.effects = {"ping": told.correlation_id, "answers": len(taken), "is_last": told.is_last}
    return handled


def _keep_readings(
    request_id: uuid.UUID, told: Told, answers: Sequence[MeterAnswer], source: str, at: dt.datetime
) -> Handled:
    """Readings that were asked for; an error for each meter that was not asked, or whose readings cannot be kept."""
    if told.code and not answers:
        reading_requests.fail(request_id=request_id, reason=f"{told.code} {told.words}".strip(), at=at)
        return Handled(taken=1, effects={"request": told.correlation_id, "failed": told.code})
    known = _meters(answers)
    found = [(item, meter) for item in answers if (meter := _meter(item, known)) is not None and not item.trouble]
    answered = reading_requests.keep_answer(
        source=source,
        request_id=request_id,
        told=[
            Reading(meter, one.type, one.read_at, one.value, one.quality, one.reason)
            for item, meter in found
            for one in item.values
        ],
        is_last=told.is_last,
        at=at,
    )
    taken = [item for item, meter in found if meter not in answered.unasked]
    handled = Handled(taken=len(taken))
    for item in answers:
        if item not in taken:
            code, words = ("1.8", item.trouble) if item.trouble else ("2.4", "was not asked")
            handled.errors.append(ReplyError(code, words, item.object_id))
    handled.taken = handled.taken or int(not handled.errors)
    kept = answered.kept
    handled.effects = {"request": told.correlation_id, "meters": len(taken), "new": kept.new, "changed": kept.changed}
    return handled


def _meters(answers: Sequence[MeterAnswer]) -> dict[str, int]:
    names = {name.name for item in answers for name in item.meter.names}
    mrids = {item.meter.mrid for item in answers if item.meter.mrid}
    return device_events.meters_by_identification(numbers=names | mrids, mrids=mrids)


def _meter(item: MeterAnswer, known: dict[str, int]) -> int | None:
    wanted = (item.meter.mrid, *(name.name for name in item.meter.names))
    return next((known[name] for name in wanted if name in known), None)


def _translate(item: MeterAnswer, meter: int) -> Answer:
    if item.code:
        answer = "none" if item.code in meter_readings.SILENT else "refused"
        return Answer(meter, answer, note=f"{item.code} {item.words}".strip())
    found = arithmetic.verdict(item.volts, below=float(runtime_settings.get(BELOW)))
    volts = {ph.text(bits): value for bits, value in item.volts.items()}
    return Answer(meter, found.answer, item.occurred_at, found.phases_on, found.phases_off, volts)
