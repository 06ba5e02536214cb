"""Several operations of one message: all of them or none where the sender asks for that, else each for itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.services.authority import NotAuthorised
from integration.cim import registry
from integration.cim.errors import Case, MessageRefused, ReplyError
from integration.cim.nouns.items import Parsed
from integration.cim.operations import VERBS, Operation
from integration.services.handled import Handled


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message, or an operation, that passed all checks: who has what done, and what was read of it."""

    row: registry.Row
    actor: Actor
    parsed: Parsed[Any]

    def handle(self, *, source: str, at: dt.datetime) -> Handled:
        """Have it done; items that could not even be read are errors of it too."""
        handle = import_string(self.row.handler + ".handle")
        handled: Handled = handle(actor=self.actor, source=source, items=self.parsed.items, at=at)
        handled.errors[:0] = self.parsed.errors
        return handled


@dataclass(frozen=True, slots=True)
class Step:
    """An operation, made ready or refused."""

    operation: Operation
    prepared: Prepared | Refused


def check(operation: Operation) -> None:
    """Refuse what a set cannot hold.

    Raises:
        MessageRefused: 2.9 for a question or an event, and for the removal of a part of an object.
    """
    if operation.is_element:
        raise MessageRefused(Case.UNKNOWN_VERB, "elementOperation: parts of objects are not removed by message")
    if operation.verb not in VERBS:
        raise MessageRefused(
            Case.UNKNOWN_VERB, f"an operation is one of {', '.join(sorted(VERBS))}; not {operation.verb}"
        )


def handle(*, steps: Sequence[Step], is_whole: bool, is_in_sequence: bool, source: str, at: dt.datetime) -> Handled:
    """Do the operations in their order. Must be called inside the transaction of the message.

    Raises:
        MessageRefused: 5.9 where all or none was asked for and one of them failed; nothing is to be kept then.
    """
    done = Handled()
    stopped = False
    for step in steps:
        number = step.operation.id
        if stopped:
            done.errors.append(ReplyError("5.2", "an operation before it failed", operation_id=number))
            continue
        handled = _do(step, source, at)
        errors = [dataclasses.replace(error, operation_id=number) for error in handled.errors]
        if errors and is_whole:
            whole = ReplyError(
                "5.9", f"operation {number} failed, so none of {len(steps)} was done", operation_id=number
            )
            raise MessageRefused(Case.INTEGRITY, errors=(whole, *errors))
        done.errors += errors
        done.taken += handled.taken
        _add(done.effects, handled.effects)
        stopped = is_in_sequence and bool(errors)
    return done


def _do(step: Step, source: str, at: dt.datetime) -> Handled:
    """One operation in a savepoint of its own."""
    if isinstance(step.prepared, Refused):
        return Handled(errors=_errors(step.prepared))
    try:
        with transaction.atomic():
            return step.prepared.handle(source=source, at=at)
    except Refused as refused:
        return Handled(errors=_errors(refused))


def _errors(refused: Refused) -> list[ReplyError]:
    if isinstance(refused, MessageRefused):
        return list(refused.errors)
    return [ReplyError("7.5" if isinstance(refused, NotAuthorised) else "6.1", refused.message)]


def _add(effects: dict[str, Any], more: dict[str, Any]) -> None:
    """What each operation did, under one heading."""
    for key, value in more.items():
        if isinstance(value, list | int) and not isinstance(value, bool) and key in effects:
            effects[key] += value
        else:
            effects[key] = value
