"""A person has a message go its way once more: one of ours sent again, one that was refused taken after all.

Nothing about a message changes by it but when it is tried: ours go under their old MessageID and in the bytes they were first sent in,
so that whoever has had them already answers as he did then. Only where the partner refused one, and its dialect was mended since, is it
another message for the partner, and gets an id of its own. What was refused is taken through every check as if it came just now.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from adms.core import bell
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services import audit, authority
from integration.models import OutboxMessage, Quarantine
from integration.services import delivery, inbox
from integration.services.inbox import Answer

MAY = "manage_partners"


class NotAgain(Refused):
    """This message cannot go its way once more."""

    code = "not_again"


@transaction.atomic
def send_again(*, actor: Actor, outbox_id: int, reason: str, at: dt.datetime) -> OutboxMessage:
    """Send a message that was accepted or is dead once more.

    Raises:
        NotAuthorised: the actor may not.
        NotFound: there is no message of this number.
        NotAgain: it waits for delivery anyway; it is a command or question, which are made anew and never repeated; or its bytes are
            older than messages are kept.
    """
    authority.require(actor=actor, action=MAY)
    message = (
        OutboxMessage.objects.select_for_update(of=("self",), no_key=True)
        .select_related("partner")
        .filter(pk=outbox_id)
        .first()
    )
    if message is None:
        raise NotFound(f"no message {outbox_id}", outbox=outbox_id)
    if message.state == OutboxMessage.State.PENDING:
        raise NotAgain("it waits for delivery anyway")
    if delivery.is_waited_for(message.object_key):
        raise NotAgain("a command or question is made anew, not repeated")
    if not message.body:
        raise NotAgain("its bytes are older than messages are kept")
    before = message.state
    was_answered = before == OutboxMessage.State.DEAD and message.attempts > 0
    if was_answered and message.dialect not in (None, message.partner.dialect):
        _rename(message)
    message.state, message.attempts, message.next_attempt_at = OutboxMessage.State.PENDING, 0, at
    message.created_at = at if before == OutboxMessage.State.DEAD else message.created_at
    message.save(update_fields=["state", "attempts", "next_attempt_at", "created_at", "message_id", "body", "dialect"])
    audit.record(
        actor=actor,
        action="send_message_again",
        object_=f"outbox:{outbox_id}",
        before={"state": before, "error": message.latest_error[:200]},
        after={"message_id": str(message.message_id)},
        reason=reason[:200],
        at=at,
    )
    transaction.on_commit(lambda: bell.ring("outbox"))
    return message


def _rename(message: OutboxMessage) -> None:
    """Another id, also within the message: what leaves now is not what the partner refused."""
    old, new = str(message.message_id), uuid.uuid4()
    message.body = bytes(message.body).replace(old.encode(), str(new).encode())
    message.message_id, message.dialect = new, None


def rehearse_again(*, actor: Actor, quarantine_id: int, at: dt.datetime) -> Answer:
    """What a refused message would be answered now; nothing is kept.

    Raises:
        NotAuthorised, NotFound, NotAgain: as `take_again`.
    """
    row = _refused(actor, quarantine_id)
    return inbox.rehearse(partner=row.partner, data=bytes(row.excerpt), content_type=inbox.XML, at=at)


def take_again(*, actor: Actor, quarantine_id: int, reason: str, at: dt.datetime) -> Answer:
    """Take a message that was refused, as its partner's; the answer it got, which may be another refusal.

    Must not be called inside a transaction. The partner is not told: sending it again it gets this answer.

    Raises:
        NotAuthorised: the actor may not.
        NotFound: there is no refused message of this number.
        NotAgain: only its beginning was kept, or nobody knows whose it is.
    """
    row = _refused(actor, quarantine_id)
    answer = inbox.accept(partner=row.partner, data=bytes(row.excerpt), content_type=inbox.XML, at=at)
    with transaction.atomic():
        Quarantine.objects.filter(pk=row.pk).update(
            taken_again_at=at, taken_again_by=actor.label or actor.name, taken_again_status=answer.status
        )
        audit.record(
            actor=actor,
            action="take_message_again",
            object_=f"quarantine:{quarantine_id}",
            before={"code": row.code, "message_id": row.message_id},
            after={"status": answer.status},
            reason=reason[:200],
            at=at,
        )
    return answer


def _refused(actor: Actor, quarantine_id: int) -> Quarantine:
    authority.require(actor=actor, action=MAY)
    row = Quarantine.objects.select_related("partner").filter(pk=quarantine_id).first()
    if row is None:
        raise NotFound(f"no refused message {quarantine_id}", quarantine=quarantine_id)
    if row.partner is None:
        raise NotAgain("nobody knows whose message it is")
    if row.size > len(row.excerpt):
        raise NotAgain(f"only the first {len(row.excerpt)} of its {row.size} bytes were kept")
    return row
