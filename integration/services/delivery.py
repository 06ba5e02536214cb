"""Carry outgoing messages to their partners: at least once, in order per object, nobody held up by a partner that is slow or gone.

1. Partners with something due get a thread each; one at a time serves a partner (advisory lock), in whichever process.
2. Claim the partner's due messages that are the first of their object, and push their next attempt a lease ahead. Whoever dies
   after this has them sent again when the lease is over, under the same MessageID.
3. POST without following redirects. What the partner answered decides: sent; refused for good (dead letter, never repeated);
   failed (again after 1 to 60 s, dead after MAX_TRIES); unreachable (the partner is paused, the message is not to blame).
4. Until nothing is due any more.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from integration.cim import dialects
from integration.models import OutboxMessage, Partner
from integration.services import (
    controls,
    endpoints,
    partner_answers,
    pings,
    planned_messages,
    reading_questions,
    signing,
)
from integration.services.partner_answers import Outcome, Verdict

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
MAX_TRIES = 5
BATCH = 50
TIMEOUT_S = 10.0
RUN_FOR = dt.timedelta(seconds=120)
LEASE = dt.timedelta(seconds=60)
#: Failures in a row after which a partner is paused, and for how long at most.
TOLERATED_FAILURES = 2
MAX_PAUSE_S = 60.0
#: A message that could not be delivered to an unreachable partner for so long is dead.
GIVE_UP_AFTER = dt.timedelta(hours=24)
_LOCK_CLASS = 1_869_968_500  # any number of our own, so that this advisory lock is nobody else's
_POLL_S = 0.2
#: When something was last accepted is written down so often at most.
NOTED_EVERY = dt.timedelta(seconds=1)
_SENT = (
    "UPDATE integration_outboxmessage SET state = 'sent', sent_at = %s, attempts = %s, reply = %s, latest_error = ''"
    " WHERE id = %s"
)
#: Whose messages are only worth sending in time, and who must hear when one was not delivered: by what their object keys begin with.
_WAITING_FOR = {controls.KEY: controls, pings.KEY: pings, reading_questions.KEY: reading_questions}
#: Who hears what became of each message.
_FOLLOWED = {planned_messages.NOTICES: planned_messages}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in hand, its connection to the database already given back."""

    pk: int
    message_id: str
    body: bytes
    attempts: int
    created_at: dt.datetime
    noun: str
    object_key: str
    cause: str
    dialect: dict[str, Any]


def is_waited_for(object_key: str) -> bool:
    """Whether it is a command or question: worth sending only while somebody waits for what comes of it."""
    return object_key.partition(":")[0] in _WAITING_FOR


def deliver(*, clock: Clock, timeout_s: float = TIMEOUT_S) -> int:
    """Deliver everything that is due, to all partners side by side; the number of messages accepted."""
    deadline = clock() + RUN_FOR
    running: dict[int, _Service] = {}
    done: list[_Service] = []
    while True:
        done += [service for service in running.values() if not service.is_alive()]
        running = {key: service for key, service in running.items() if service.is_alive()}
        left_alone = {service.partner_id for service in done if service.is_left_alone}
        if clock() < deadline:
            for partner_id in _partners_with_due(clock()) - running.keys() - left_alone:
                running[partner_id] = _Service(partner_id, clock, timeout_s)
                running[partner_id].start()
        if not running:
            return sum(service.accepted or 0 for service in done)
        next(iter(running.values())).join(_POLL_S)


class _Service(threading.Thread):
    """One partner being served, on a connection of its own."""

    def __init__(self, partner_id: int, clock: Clock, timeout_s: float) -> None:
        super().__init__(daemon=True, name=f"delivery-{partner_id}")
        self.partner_id, self.clock, self.timeout_s = partner_id, clock, timeout_s
        self.accepted: int | None = None

    @property
    def is_left_alone(self) -> bool:
        """Somebody else serves it, or serving it broke off: not again in this run."""
        return self.accepted is None

    def run(self) -> None:
        try:
            self.accepted = deliver_to(partner_id=self.partner_id, clock=self.clock, timeout_s=self.timeout_s)
        except Exception:
            log.exception("delivery to partner %d broke off", self.partner_id)
        finally:
            connection.close()


def deliver_to(*, partner_id: int, clock: Clock, timeout_s: float = TIMEOUT_S) -> int | None:
    """Deliver what is due to one partner; None where another process is just doing so."""
    if not _lock(partner_id):
        return None
    accepted = 0
    try:
        with httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False) as client:
            while claimed := _claim(partner_id, clock()):
                accepted += _deliver_batch(client, partner_id, claimed, clock)
    finally:
        _unlock(partner_id)
    return accepted


def _deliver_batch(client: httpx.Client, partner_id: int, claimed: list[Claimed], clock: Clock) -> int:
    """Post one after the other; when the partner cannot be reached the rest goes back at once."""
    accepted = 0
    partner = Partner.objects.get(pk=partner_id)
    refused = _refused_address(partner)  # asked once for all of them: a name server is not called a message
    for position, message in enumerate(claimed):
        outcome = refused or _attempt(client, partner, message, clock())
        _settle(partner, message, outcome, clock())
        accepted += outcome.verdict is Verdict.SENT
        if outcome.verdict is Verdict.UNREACHABLE:
            _give_back([one.pk for one in claimed[position + 1 :]], clock())
            break
    return accepted


def _refused_address(partner: Partner) -> Outcome | None:
    """What comes of every message where its address leads somewhere we do not send to; None where it does not."""
    try:
        endpoints.check_where_it_leads(partner.endpoint_url)
    except endpoints.EndpointRefused as refused:
        return Outcome(Verdict.UNREACHABLE, refused.message)
    return None


def _attempt(client: httpx.Client, partner: Partner, message: Claimed, at: dt.datetime) -> Outcome:
    """Post it, unless it is a command or question nobody waits for any more."""
    waiting = _WAITING_FOR.get(message.object_key.partition(":")[0])
    if waiting and not waiting.is_wanted(object_key=message.object_key, at=at):
        return Outcome(Verdict.REFUSED, f"not sent: {waiting.TOO_LATE}", was_sent=False)
    body = dialects.write(message.body, dialects.of(message.dialect))
    if partner.is_signed_to:
        try:
            body = signing.signed(body)
        except signing.NoSigningKey as error:
            return Outcome(Verdict.FAILED, f"not sent: {error}", was_sent=False)
    return partner_answers.post(client, partner.endpoint_url, partner.endpoint_token, body)


def _due(at: dt.datetime) -> Q:
    return (
        Q(state=OutboxMessage.State.PENDING, next_attempt_at__lte=at, partner__is_active=True)
        & (Q(partner__paused_until=None) | Q(partner__paused_until__lte=at))
        & ~Q(partner__endpoint_url="")
    )


def _partners_with_due(at: dt.datetime) -> set[int]:
    return set(_first_of_their_object().filter(_due(at)).values_list("partner_id", flat=True).distinct())


def _first_of_their_object() -> QuerySet[OutboxMessage]:
    earlier = OutboxMessage.objects.filter(
        partner=OuterRef("partner"), object_key=OuterRef("object_key"), pk__lt=OuterRef("pk"), state="pending"
    )
    return OutboxMessage.objects.filter(~Exists(earlier))


@transaction.atomic
def _claim(partner_id: int, at: dt.datetime) -> list[Claimed]:
    """Lease the next messages. A partner that failed lately gets one, to see whether it is back."""
    failures = Partner.objects.values_list("failures", flat=True).get(pk=partner_id)
    due = _first_of_their_object().filter(_due(at), partner=partner_id).order_by("pk")
    rows = list(due.select_for_update(skip_locked=True, of=("self",), no_key=True)[: 1 if failures else BATCH])
    own = OutboxMessage.objects.filter(pk__in=[row.pk for row in rows])
    own.update(next_attempt_at=at + LEASE)
    if new := [row for row in rows if row.dialect is None]:  # from here on it may have arrived
        dialect = Partner.objects.values_list("dialect", flat=True).get(pk=partner_id)
        own.filter(dialect=None).update(dialect=dialect)
        for row in new:
            row.dialect = dialect
    return [
        Claimed(
            pk=row.pk,
            message_id=str(row.message_id),
            body=bytes(row.body),
            attempts=row.attempts,
            created_at=row.created_at,
            noun=row.noun,
            object_key=row.object_key,
            cause=row.cause,
            dialect=dict(row.dialect or {}),
        )
        for row in rows
    ]


def _give_back(pks: list[int], at: dt.datetime) -> None:
    OutboxMessage.objects.filter(pk__in=pks, state="pending").update(next_attempt_at=at)


def _settle(partner: Partner, message: Claimed, outcome: Outcome, at: dt.datetime) -> None:
    """Write down what became of one delivery; where it was accepted and nobody follows it, that is one statement."""
    if outcome.verdict is not Verdict.SENT:
        _settle_failure(partner, message, outcome, at)
        return
    if message.noun in _FOLLOWED:
        with transaction.atomic():
            _FOLLOWED[message.noun].settled(cause=message.cause, partner=partner.name, reply=outcome.reply, at=at)
            _write_sent(message, outcome, at)
    else:
        _write_sent(message, outcome, at)
    _note_answer(partner, at)
    if partner.latest_delivered_at is None or at - partner.latest_delivered_at >= NOTED_EVERY:
        partner.latest_delivered_at = at
        Partner.objects.filter(pk=partner.pk).update(latest_delivered_at=at)


def _write_sent(message: Claimed, outcome: Outcome, at: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SENT, [at, message.attempts + 1, outcome.reply, message.pk])


@transaction.atomic
def _settle_failure(partner: Partner, message: Claimed, outcome: Outcome, at: dt.datetime) -> None:
    row = OutboxMessage.objects.filter(pk=message.pk)
    log.warning("message %s to %s: %s", message.message_id, partner.name, outcome.text)
    if outcome.verdict is Verdict.UNREACHABLE:
        is_dead, tries = at - message.created_at > GIVE_UP_AFTER, message.attempts
        _note_failure(partner, outcome, at)
    else:
        tries = message.attempts + 1
        is_dead = outcome.verdict is Verdict.REFUSED or tries >= MAX_TRIES
        if outcome.was_sent:  # of what never left nobody knows whether the partner would have answered
            _note_answer(partner, at)
    waiting = _WAITING_FOR.get(message.object_key.partition(":")[0])
    if is_dead and waiting:
        waiting.fail(object_key=message.object_key, reason=outcome.text, at=at)
    if is_dead and message.noun in _FOLLOWED:
        _FOLLOWED[message.noun].failed(cause=message.cause, partner=partner.name, reason=outcome.text, at=at)
    row.update(
        state="dead" if is_dead else "pending",
        attempts=tries,
        next_attempt_at=at + _wait(tries),
        latest_error=outcome.text,
        reply=outcome.reply,
    )


def _note_answer(partner: Partner, at: dt.datetime) -> None:
    """It answers, whatever it says: the circuit closes."""
    if not (partner.failures or partner.paused_until or partner.latest_error):
        return
    was_left_alone = partner.failures > TOLERATED_FAILURES
    partner.failures, partner.paused_until, partner.latest_error = 0, None, ""
    Partner.objects.filter(pk=partner.pk).update(failures=0, paused_until=None, latest_error="")
    if was_left_alone:
        controls.note_way(partner=partner, tolerated=TOLERATED_FAILURES, at=at)


def _note_failure(partner: Partner, outcome: Outcome, at: dt.datetime) -> None:
    """It does not answer: after some failures in a row the circuit opens, longer each time."""
    partner.failures += 1
    excess = partner.failures - TOLERATED_FAILURES
    pause = min(2.0**excess, MAX_PAUSE_S) if excess > 0 else 1.0
    partner.paused_until = at + dt.timedelta(seconds=_jittered(pause))
    partner.latest_error = outcome.text
    partner.save(update_fields=["failures", "paused_until", "latest_error"])
    if excess > 0:
        controls.note_way(partner=partner, tolerated=TOLERATED_FAILURES, at=at)


def _wait(tries: int) -> dt.timedelta:
    """1 to 60 s, doubling, jittered."""
    return dt.timedelta(seconds=_jittered(min(2.0**tries, 60.0)))


def _jittered(seconds: float) -> float:
    return max(1.0, random.uniform(seconds / 2, seconds))  # noqa: S311 - spreads load, guards nothing


def _lock(partner_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, partner_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def _unlock(partner_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, partner_id])
