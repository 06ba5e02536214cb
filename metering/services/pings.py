"""Ask meters whether they have supply (on-demand read).

    request_pings --> Ping, one PingBatch per head-end and message, one PingAnswer per meter      all "waiting its turn"
    request_together  the same for many questions with one set of statements, as in a storm
    release       --> as many batches as the rate of their head-end allows become "sent": PingsRequested, the door writes the message
    ping_answers  --> answers come in, or the time is over: PingsAnswered, and the meters' words become evidence

Nobody is asked twice within a setting; who is not asked, and why, is kept with the ping.
"""

import datetime as dt
import uuid
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Max, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from adms.core import columns, lock_order, runtime_settings
from adms.core.actors import Actor
from adms.core.services import audit, authority, events
from metering.events import PingsRequested
from metering.models import Meter, Ping, PingAnswer, PingBatch

NOT_AGAIN = runtime_settings.declare(
    "ping.not_again_s",
    300.0,
    unit="s",
    help_=gettext_noop("A meter asked so lately is not asked again by a rule. May differ by area."),
)
NOT_AGAIN_BY_HAND = runtime_settings.declare(
    "ping.by_hand_not_again_s",
    30.0,
    unit="s",
    help_=gettext_noop("The same for a person who asks. May differ by area."),
)
MOST = runtime_settings.declare(
    "ping.most_meters",
    1000,
    unit=gettext_noop("meters"),
    help_=gettext_noop("So many meters at most are asked in one ping. May differ by area."),
)
BATCH = runtime_settings.declare(
    "ping.batch_meters",
    200,
    unit=gettext_noop("meters"),
    help_=gettext_noop("So many meters at most are named in one message to a head-end."),
)
RATE = runtime_settings.declare(
    "ping.meters_per_minute",
    1200,
    unit=gettext_noop("meters/min"),
    help_=gettext_noop(
        "So many meters a head-end is asked in a minute; the others wait their turn, those asked by people first."
    ),
)
LONGEST_WAIT = runtime_settings.declare(
    "ping.longest_wait_s",
    300.0,
    unit="s",
    help_=gettext_noop(
        "When questions wait longer than this for their turn, rules ask no more: the answers would come too late. People still may."
    ),
)
DEADLINE = runtime_settings.declare(
    "ping.deadline_s",
    60.0,
    unit="s",
    help_=gettext_noop("Who has not answered so long after being asked gives no answer. May differ by area."),
)
_MINUTE = dt.timedelta(minutes=1)
_KEY = zlib.crc32(b"metering.pings") - 2**31
#: Answers that tell nothing of the meter, so that asking again is right.
_TELLS_NOTHING = ("unknown", "refused")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and why. `silence_weight`: what no answer weighs as evidence, where 1 is a full report and 0 none."""

    purpose: str
    reference: str = ""
    rule: str = ""
    reason: str = ""
    silence_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Requested:
    """What became of a request: the ping (None where nobody is left to ask), how many are asked, why others are not."""

    ping: Ping | None
    asked: int
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """For a person."""
        told = ngettext("%(meters)s meter is asked", "%(meters)s meters are asked", self.asked) % {"meters": self.asked}
        others = ", ".join(f"{count} {why}" for why, count in sorted(self.skipped.items()))
        return _("%(asked)s; not asked: %(others)s") % {"asked": told, "others": others} if others else told


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to know what of the meters at these usage points.

    `not_again_s` and `most` are what the asker wishes where that is not what the settings say.
    """

    actor: Actor
    question: Question
    usage_points: Collection[int]
    not_again_s: float | None = None
    most: int | None = None


@transaction.atomic
def request_pings(
    *,
    actor: Actor,
    question: Question,
    usage_points: Collection[int],
    at: dt.datetime,
    not_again_s: float | None = None,
) -> Requested:
    """Ask meters as far as they may be asked now, never more than the settings allow, and send what the rates allow.

    Raises:
        NotAuthorised: a person without the right in the area of one of them.
    """
    request = Request(actor, question, usage_points, not_again_s)
    found = request_together(requests=[request], at=at)[0]
    if found.ping is not None:
        release(at=at)
    return found


@transaction.atomic
def request_together(*, requests: Sequence[Request], at: dt.datetime) -> list[Requested]:
    """Many questions as if one came after the other, in a set of statements that does not grow with them; they wait for `release`.

    Raises:
        NotAuthorised: a person without the right in the area of one of them; then nothing is asked.
    """
    if not requests:
        return []
    at_point: dict[int, list[Meter]] = defaultdict(list)
    for meter in _meters({point for one in requests for point in one.usage_points}):
        at_point[meter.usage_point_id].append(meter)
    meters = [[meter for point in sorted(set(one.usage_points)) for meter in at_point[point]] for one in requests]
    for one, own in zip(requests, meters, strict=True):
        for key in sorted({meter.usage_point.area.key for meter in own}):
            authority.require(actor=one.actor, action="ping_meters", area=key)
    _lock()
    asked_at = _asked_at([meter.pk for own in meters for meter in own], at)
    found = []
    for one, own in zip(requests, meters, strict=True):
        wanted, skipped = _sifted(one, own, asked_at, at)
        if missing := len(set(one.usage_points) - {meter.usage_point_id for meter in own}):
            skipped[_("without a meter")] = missing
        asked_at |= dict.fromkeys((meter.pk for meter in wanted), at)
        ping = _ping(one, wanted, dict(skipped), at) if wanted else None
        found.append((one, wanted, Requested(ping, len(wanted), dict(skipped))))
    _store([(made.ping, wanted) for _, wanted, made in found if made.ping is not None], at)
    for one, wanted, made in found:
        _audit(one, wanted, made, at)
    return [made for _, _, made in found]


@transaction.atomic
def release(*, at: dt.datetime, is_patient: bool = True) -> int:
    """Send batches that wait, as far as the rate of each head-end allows; how many were sent.

    Who is not patient leaves where somebody else is asking: that one releases when it has asked.
    """
    if not _lock(is_patient=is_patient):
        return 0
    ids = _within_rate(at)
    chosen = list(PingBatch.objects.select_related("ping__area").filter(pk__in=ids))
    chosen.sort(key=lambda batch: ids.index(batch.pk))
    for batch in chosen:
        seconds = runtime_settings.get(DEADLINE, batch.ping.area.key)
        batch.state, batch.sent_at = PingBatch.State.SENT, at
        batch.deadline_at = at + dt.timedelta(seconds=float(seconds))
    columns.write(chosen, ["state", "sent_at", "deadline_at"])
    _publish(chosen, at)
    return len(chosen)


def is_full() -> bool:
    """Whether so much waits at one head-end that a rule's question would come too late, as in a storm: rules should not ask then."""
    waiting = PingBatch.objects.filter(state=PingBatch.State.QUEUED).order_by().values("head_end")
    longest = max(waiting.annotate(n=Sum("meters")).values_list("n", flat=True), default=0)
    return bool(longest > float(runtime_settings.get(LONGEST_WAIT)) / 60 * int(runtime_settings.get(RATE)))


def is_unreachable(*, at: dt.datetime) -> bool:
    """Whether what was asked latest, within the last minute, could not even be asked: rules then try again after that minute."""
    asked = PingBatch.objects.filter(sent_at__gt=at - _MINUTE).order_by("-sent_at")
    return asked.values_list("state", flat=True).first() == PingBatch.State.FAILED


def _lock(*, is_patient: bool = True) -> bool:
    """One asker at a time: nobody is asked twice because two ask at once. Taken after the lock of outages, before areas."""
    lock_order.note(lock_order.QUESTIONS, ["pings"])
    with connection.cursor() as cursor:
        if is_patient:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_KEY])
        return bool(cursor.fetchone()[0])


def _meters(usage_points: Collection[int]) -> QuerySet[Meter]:
    found = Meter.objects.select_related("usage_point__area").filter(usage_point__in=list(usage_points))
    return found.order_by("usage_point_id", "pk")


def _asked_at(meters: Collection[int], at: dt.datetime) -> dict[int, dt.datetime]:
    """When each of these meters was asked last, within a day and not in vain."""
    rows = PingAnswer.objects.filter(meter__in=meters, ping__asked_at__gt=at - dt.timedelta(days=1))
    latest = rows.exclude(answer__in=_TELLS_NOTHING).order_by().values_list("meter_id").annotate(Max("ping__asked_at"))
    return dict(latest)


def _sifted(
    request: Request, meters: Sequence[Meter], asked_at: Mapping[int, dt.datetime], at: dt.datetime
) -> tuple[list[Meter], Counter[str]]:
    """Who may be asked now, and how many of the others are not, by reason."""
    skipped: Counter[str] = Counter()
    key = NOT_AGAIN if request.actor.is_system else NOT_AGAIN_BY_HAND
    spans: dict[str, float] = {}
    wanted: list[Meter] = []
    for meter in meters:
        area = meter.usage_point.area.key
        if area not in spans:
            wished = request.not_again_s
            spans[area] = runtime_settings.get(key, area) if wished is None else wished
        latest = asked_at.get(meter.pk)
        if not meter.usage_point.is_connected:
            skipped[_("disconnected on purpose")] += 1
        elif latest is not None and (at - latest).total_seconds() < spans[area]:
            skipped[_("asked within %(seconds)s s") % {"seconds": f"{spans[area]:g}"}] += 1
        else:
            wanted.append(meter)
    most = int(runtime_settings.get(MOST, wanted[0].usage_point.area.key)) if wanted else 0
    most = most if request.most is None else min(most, request.most)
    if len(wanted) > most:
        skipped[_("beyond %(most)s at once") % {"most": most}] += len(wanted) - most
    return wanted[:most], skipped


def _ping(request: Request, meters: Sequence[Meter], skipped: dict[str, int], at: dt.datetime) -> Ping:
    actor, question = request.actor, request.question
    return Ping(
        asked_by=actor.label or actor.name,
        is_automatic=actor.is_system,
        purpose=question.purpose,
        rule=question.rule[:200],
        reason=question.reason[:200],
        reference=question.reference,
        area=meters[0].usage_point.area,
        model_key=meters[0].usage_point.model_key,
        silence_weight=question.silence_weight,
        skipped=skipped,
        asked_at=at,
    )


def _store(asked: Sequence[tuple[Ping, Sequence[Meter]]], at: dt.datetime) -> None:
    """Pings with whom they ask: a batch for each head-end and message of it."""
    heads = head_ends([meter.pk for _, meters in asked for meter in meters])
    size = max(1, int(runtime_settings.get(BATCH)))
    batches: list[PingBatch] = []
    answers: list[PingAnswer] = []
    for ping, meters in asked:
        groups: dict[str, list[Meter]] = defaultdict(list)
        for meter in meters:
            groups[heads.get(meter.pk, "")].append(meter)
        for head_end, members in sorted(groups.items()):
            for part in _cut(members, size):
                batches.append(batch := PingBatch(ping=ping, head_end=head_end, meters=len(part), queued_at=at))
                answers += [PingAnswer(ping=ping, batch=batch, meter=meter) for meter in part]
    Ping.objects.bulk_create([ping for ping, _ in asked])
    PingBatch.objects.bulk_create(batches)
    PingAnswer.objects.bulk_create(answers, batch_size=2_000)


def _audit(request: Request, meters: Sequence[Meter], made: Requested, at: dt.datetime) -> None:
    if request.actor.is_system or made.ping is None:
        return
    audit.record(
        actor=request.actor,
        action="ping_meters",
        object_=request.question.reference or f"ping:{made.ping.pk}",
        area=meters[0].usage_point.area.key,
        after={"ping": str(made.ping.pk), "meters": len(meters)},
        reason=request.question.reason,
        at=at,
    )


def _cut(members: Sequence[Meter], size: int) -> list[Sequence[Meter]]:
    return [members[start : start + size] for start in range(0, len(members), size)]


def head_ends(meters: Collection[int]) -> dict[int, str]:
    """Through which system each meter spoke last; those that never did are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m, e.source FROM unnest(%s::bigint[]) AS m
            CROSS JOIN LATERAL (SELECT source FROM metering_meterevent WHERE meter_id = m ORDER BY occurred_at DESC LIMIT 1) AS e
            """,
            [list(meters)],
        )
        return dict(cursor.fetchall())


def _within_rate(at: dt.datetime) -> list[uuid.UUID]:
    """The batches that wait and whose head-end's rate allows them, the first first.

    One that is larger than the rate goes when nothing else went. Of a head-end that has been asked as much as it may be, nothing is
    looked at: in a storm thousands wait there.
    """
    waiting = PingBatch.objects.filter(state=PingBatch.State.QUEUED)
    heads = list(waiting.order_by().values_list("head_end", flat=True).distinct())
    if not heads:
        return []
    recent = PingBatch.objects.filter(sent_at__gt=at - _MINUTE, head_end__in=heads)
    used: Counter[str] = Counter(dict(recent.order_by().values_list("head_end").annotate(Sum("meters"))))
    most = int(runtime_settings.get(RATE))
    full = {head_end for head_end in heads if used[head_end] >= max(most, 1)}
    ordered = waiting.exclude(head_end__in=full).order_by("ping__is_automatic", "queued_at", "-meters", "pk")
    chosen = []
    for pk, head_end, meters in ordered.values_list("pk", "head_end", "meters")[:1000]:
        if head_end in full or (used[head_end] and used[head_end] + meters > most):
            full.add(head_end)
            continue
        used[head_end] += meters
        chosen.append(pk)
    return chosen


def _publish(batches: Sequence[PingBatch], at: dt.datetime) -> None:
    by_ping: dict[Ping, list[PingBatch]] = defaultdict(list)
    for batch in batches:
        by_ping[batch.ping].append(batch)
    facts: dict[int, list[PingsRequested]] = defaultdict(list)
    for ping, parts in by_ping.items():
        facts[ping.area_id].append(
            PingsRequested(
                ping=str(ping.pk),
                purpose=ping.purpose,
                reference=ping.reference,
                batches=[str(batch.pk) for batch in parts],
                head_ends=[batch.head_end for batch in parts],
                meters=[batch.meters for batch in parts],
                deadline_at=max(batch.deadline_at for batch in parts if batch.deadline_at),
            )
        )
    for area_id in sorted(facts):
        events.publish(area_id=area_id, facts=facts[area_id], at=at)
