"""Ask meters for readings of a time (IEC 61968-9, get MeterReadings), and keep what they answer.

request_readings --> one ReadingRequest per head-end and message: ReadingsRequested, the door writes the message
keep_answer      --> readings of an answer, in one or more messages
end_overdue      --> whose time is over is silent; a later answer is kept all the same
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import audit, authority, events
from metering.domain import reading_types
from metering.events import ReadingsRequested
from metering.models import Meter, ReadingRequest
from metering.services import pings, readings
from metering.services.ping_answers import AnswerRefused
from metering.services.readings import Kept, Reading

DEADLINE = runtime_settings.declare(
    "readings.deadline_s",
    300.0,
    unit="s",
    help_=gettext_noop(
        "A head-end that has not answered a question for readings so long after it was asked counts as silent."
    ),
)
BATCH = 200
MOST_METERS, MOST_TYPES, LONGEST = 1_000, 20, dt.timedelta(days=62)
State = ReadingRequest.State


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings: kinds by code, from and to, and why."""

    types: tuple[str, ...]
    first_at: dt.datetime
    last_at: dt.datetime
    reason: str = ""


@transaction.atomic
def request_readings(*, actor: Actor, meters: Collection[int], wanted: Wanted, at: dt.datetime) -> list[ReadingRequest]:
    """Ask these meters; one request for each message to a head-end.

    Raises:
        Invalid: no meter, no kind, too many, a code that is none, or a time that ends before it begins or is longer than 62 days.
        NotAuthorised: a person without the right in the area of one of them.
    """
    _check(meters, wanted)
    found = list(Meter.objects.select_related("usage_point__area").filter(pk__in=list(meters)).order_by("pk"))
    areas = {one.usage_point.area.key for one in found}
    for key in sorted(areas):
        authority.require(actor=actor, action="ping_meters", area=key)
    heads = pings.head_ends([one.pk for one in found])
    groups: dict[tuple[int, str], list[Meter]] = defaultdict(list)
    for one in found:
        groups[one.usage_point.area_id, heads.get(one.pk, "")].append(one)
    made: dict[int, list[ReadingRequest]] = defaultdict(list)
    for (area, head_end), members in sorted(groups.items()):
        for start in range(0, len(members), BATCH):
            made[area].append(_store(actor, area, head_end, members[start : start + BATCH], wanted, at))
    for area, rows in sorted(made.items()):
        fact = ReadingsRequested([str(one.pk) for one in rows], [one.head_end for one in rows])
        events.publish(area_id=area, facts=[fact], at=at)
    if not actor.is_system and found:
        audit.record(
            actor=actor,
            action="ask_readings",
            object_=f"meter:{found[0].number}" if len(found) == 1 else f"{len(found)} meters",
            area=found[0].usage_point.area.key,
            after={"types": list(wanted.types), "first_at": str(wanted.first_at), "last_at": str(wanted.last_at)},
            reason=wanted.reason,
            at=at,
        )
    return [one for rows in made.values() for one in rows]


def _check(meters: Collection[int], wanted: Wanted) -> None:
    if not 0 < len(meters) <= MOST_METERS:
        raise Invalid(_("meters: 1 to %(most)s are asked at once") % {"most": MOST_METERS}, field="meters")
    if not 0 < len(wanted.types) <= MOST_TYPES:
        raise Invalid(_("types: 1 to %(most)s kinds are asked for at once") % {"most": MOST_TYPES}, field="types")
    if wrong := [one for one in wanted.types if not reading_types.is_code(one)]:
        raise Invalid(_("types: %(code)s is no code of eighteen fields") % {"code": wrong[0]}, field="types")
    if not dt.timedelta() <= wanted.last_at - wanted.first_at <= LONGEST:
        raise Invalid(_("last_at: not before first_at, and 62 days after it at most"), field="last_at")


def _store(
    actor: Actor, area: int, head_end: str, members: Sequence[Meter], wanted: Wanted, at: dt.datetime
) -> ReadingRequest:
    row = ReadingRequest.objects.create(
        asked_by=actor.label or actor.name,
        is_automatic=actor.is_system,
        reason=wanted.reason[:200],
        head_end=head_end,
        area_id=area,
        types=list(wanted.types),
        first_at=wanted.first_at,
        last_at=wanted.last_at,
        asked_at=at,
        deadline_at=at + dt.timedelta(seconds=float(runtime_settings.get(DEADLINE))),
    )
    row.meters.set(members)
    return row


def note_addressee(*, request_id: uuid.UUID, source: str) -> None:
    """To whom the question went: nobody else may answer it."""
    ReadingRequest.objects.filter(pk=request_id).update(addressee=source)


def is_waiting(*, request_id: uuid.UUID, at: dt.datetime) -> bool:
    """Whether an answer is still waited for."""
    return ReadingRequest.objects.filter(pk=request_id, state=State.ASKED, deadline_at__gt=at).exists()


def is_known(request_id: uuid.UUID) -> bool:
    """Whether it is the number of a question for readings."""
    return ReadingRequest.objects.filter(pk=request_id).exists()


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer brought: what was kept, and the meters in it that were not asked."""

    kept: Kept
    unasked: frozenset[int]


@transaction.atomic
def keep_answer(
    *, source: str, request_id: uuid.UUID, told: Sequence[Reading], is_last: bool, at: dt.datetime
) -> Answered:
    """Keep the readings of meters that were asked; with `is_last` the head-end says nothing more.

    Raises:
        NotFound: no such question.
        AnswerRefused: it was put to another system.
    """
    row = ReadingRequest.objects.select_for_update(of=("self",), no_key=True).filter(pk=request_id).first()
    if row is None:
        raise NotFound(
            _("no question %(request_id)s waits for an answer") % {"request_id": request_id}, request=str(request_id)
        )
    if row.addressee and row.addressee != source:
        raise AnswerRefused(
            _("this question was put to %(addressee)s") % {"addressee": row.addressee}, request=str(request_id)
        )
    asked = set(row.meters.values_list("pk", flat=True))
    own = [one for one in told if one.meter_id in asked]
    kept = readings.record_readings(readings=own, at=at)
    row.readings += len(own)
    if is_last:
        row.state, row.ended_at = State.ANSWERED, at
    row.save(update_fields=["readings", "state", "ended_at"])
    return Answered(kept, frozenset(one.meter_id for one in told) - asked)


def fail(*, request_id: uuid.UUID, reason: str, at: dt.datetime) -> None:
    """The head-end refused the question, or could not be reached."""
    waiting = ReadingRequest.objects.filter(pk=request_id, state=State.ASKED)
    waiting.update(state=State.FAILED, error=reason[:300], ended_at=at)


def end_overdue(*, at: dt.datetime) -> int:
    """Questions whose time is over."""
    overdue = ReadingRequest.objects.filter(state=State.ASKED, deadline_at__lte=at)
    return overdue.update(state=State.SILENT, ended_at=at)
