"""An order's way from the desk to the field: prepared, checked, approved by another person, scheduled, issued; or not."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, ngettext

from adms.core import days
from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import audit
from network.domain.phrases import Phrase, phrase
from outages.domain.switching import life
from outages.models import SwitchingOrder
from outages.services.switching import drafting, people, rehearsing
from outages.services.switching.life_cycle import OrderRefused, hold, move, tell


@transaction.atomic
def prepare(*, actor: Actor, order_id: int, revision: int | None = None, at: dt.datetime) -> SwitchingOrder:
    """The steps are complete: what the order says now is kept as its version and stands.

    Raises:
        OrderRefused: it is not requested, has no step, or has changed since it was seen.
    """
    row = hold(actor, "draft_order", order_id, revision=revision)
    if not row.steps.exists():
        raise OrderRefused(gettext("%(reference)s has no step") % {"reference": row.reference}, order=row.pk)
    people.written_by(row, actor)
    move(row, "prepared", authors=row.authors)
    drafting.keep_version(actor=actor, row=row, at=at)
    tell(row, "prepared", phrase("prepared", version=row.version), actor, at)
    return row


@transaction.atomic
def check(*, actor: Actor, order_id: int, at: dt.datetime) -> SwitchingOrder:
    """Somebody who knows the network has gone through it; it is rehearsed for that.

    Raises:
        OrderRefused: it is not prepared, or its rehearsal finds errors.
    """
    row = hold(actor, "check_order", order_id)
    _rehearse(row, at)
    move(row, "checked")
    tell(row, "checked", phrase("checked", rehearsal=_how(row)), actor, at)
    return row


def approve(*, actor: Actor, order_id: int, revision: int | None = None, at: dt.datetime) -> SwitchingOrder:
    """Another person than any of its authors lets it happen; it is rehearsed once more with what is true now.

    Raises:
        NotAuthorised: no approver here.
        OrderRefused: written by the same person, not checked, or its rehearsal finds errors.
    """
    with _refusal_on_record(actor, order_id, at):
        return _approve(actor, order_id, revision, at)


@contextmanager
def _refusal_on_record(actor: Actor, order_id: int, at: dt.datetime) -> Iterator[None]:
    try:
        yield
    except OrderRefused as refusal:
        object_ = f"switching_order:{order_id}"
        audit.record(
            actor=actor, action="order_approved", object_=object_, result="refused", reason=refusal.message, at=at
        )
        raise


@transaction.atomic
def _approve(actor: Actor, order_id: int, revision: int | None, at: dt.datetime) -> SwitchingOrder:
    row = hold(actor, "approve_order", order_id, revision=revision)
    _require_another(row, actor)
    _rehearse(row, at)
    move(row, "approved", approved_by=actor.name, approved_at=at)
    tell(row, "approved", phrase("approved", version=row.version, rehearsal=_how(row)), actor, at)
    return row


@transaction.atomic
def reject(*, actor: Actor, order_id: int, reason: str, at: dt.datetime) -> SwitchingOrder:
    """It is not to happen as it is."""
    row = hold(actor, "check_order", order_id)
    move(row, "rejected", reason=reason)
    tell(row, "rejected", phrase("rejected", why=row.reason), actor, at)
    return row


@transaction.atomic
def schedule(*, actor: Actor, order_id: int, at: dt.datetime) -> SwitchingOrder:
    """It has its place in the shift's plan."""
    row = hold(actor, "execute_order", order_id)
    if row.begins_at is None:
        raise OrderRefused(gettext("%(reference)s has no window") % {"reference": row.reference}, order=row.pk)
    move(row, "scheduled")
    tell(row, "scheduled", phrase("scheduled", at=days.in_words(row.begins_at)), actor, at)
    return row


@transaction.atomic
def issue(*, actor: Actor, order_id: int, at: dt.datetime) -> SwitchingOrder:
    """Hand it to who carries it out; the network may have changed since it was approved, so it is rehearsed again.

    Raises:
        OrderRefused: it is not approved, or its rehearsal finds errors now.
    """
    row = hold(actor, "execute_order", order_id)
    _rehearse(row, at)
    move(row, "issued", issued_at=at)
    tell(row, "issued", phrase("issued", rehearsal=_how(row)), actor, at)
    return row


@transaction.atomic
def cancel(*, actor: Actor, order_id: int, reason: str, at: dt.datetime) -> SwitchingOrder:
    """It is not wanted any more; no step of it has begun.

    Raises:
        OrderRefused: a step has begun, or people hold a document of it.
    """
    row = hold(actor, "draft_order", order_id)
    if row.steps.exclude(state="not_started").exists():
        raise OrderRefused(
            gettext("a step of %(reference)s has begun: go back or abort") % {"reference": row.reference}, order=row.pk
        )
    if row.documents.filter(state="issued").exists():
        raise OrderRefused(
            gettext("a safety document of %(reference)s is held") % {"reference": row.reference}, order=row.pk
        )
    move(row, "cancelled", reason=reason, ended_at=at)
    row.documents.filter(state="draft").update(state="cancelled")
    tell(row, "cancelled", phrase("cancelled", why=row.reason), actor, at)
    return row


def require(*, actor: Actor, order_id: int, verb: str, revision: int | None = None, at: dt.datetime) -> None:
    """Nothing but its rehearsal stands in the way of checking, approving or issuing an order.

    Raises:
        NotFound, NotAuthorised, OrderRefused: as the verb itself.
        Invalid: no such verb.
    """
    if verb not in REHEARSED:
        raise Invalid(
            gettext("nothing is called %(verb)s") % {"verb": f"{verb!r}"}, field="then", known=list(REHEARSED)
        )
    with _refusal_on_record(actor, order_id, at) if verb == "approve" else nullcontext():
        _require(actor, order_id, verb, revision)


def _require(actor: Actor, order_id: int, verb: str, revision: int | None) -> None:
    action, state = _WANTS[verb]
    with transaction.atomic():
        row = hold(actor, action, order_id, revision=revision)
    if not life.may_become(row.kind, row.state, state):
        raise OrderRefused(
            gettext("%(reference)s is %(state)s: it cannot be %(state_other)s")
            % {"reference": row.reference, "state": row.get_state_display().lower(), "state_other": state},
            order=row.pk,
        )
    if verb == "approve":
        _require_another(row, actor)


def _require_another(row: SwitchingOrder, actor: Actor) -> None:
    if people.is_author(row, actor):
        raise OrderRefused(
            gettext("whoever wrote %(reference)s may not approve it: another person does")
            % {"reference": row.reference},
            order=row.pk,
        )


def _rehearse(row: SwitchingOrder, at: dt.datetime) -> None:
    """Rehearse on the present network.

    Raises:
        OrderRefused: there are errors; `errors` lists them.
    """
    told = rehearsing.run_again(row, at=at)
    rehearsing.keep(row, told, at=at)
    if found := rehearsing.errors(told):
        more = len(found) - 1
        words = (
            ngettext(
                "the rehearsal of %(reference)s finds an error: %(found)s (and %(more)s more)",
                "the rehearsal of %(reference)s finds an error: %(found)s (and %(more)s more)",
                more,
            )
            if more
            else gettext("the rehearsal of %(reference)s finds an error: %(found)s")
        )
        told = {"reference": row.reference, "found": found[0], "more": more}
        raise OrderRefused(words % told, order=row.pk, errors=found)


def _how(row: SwitchingOrder) -> Phrase:
    """How the rehearsal went, in a few words."""
    severities = [one["severity"] for one in row.rehearsal["findings"]]
    warnings, notes = severities.count("warning"), severities.count("note")
    found = [phrase("warnings", count=warnings)] if warnings else []
    found += [phrase("notes", count=notes)] if notes else []
    return phrase("rehearsed_with", found=found) if found else phrase("rehearsed")


_WANTS = {
    "check": ("check_order", "checked"),
    "approve": ("approve_order", "approved"),
    "issue": ("execute_order", "issued"),
}
#: What rehearses an order before: (actor, order, revision that was seen, at).
REHEARSED: dict[str, Callable[[Actor, int, int | None, dt.datetime], Any]] = {
    "check": lambda actor, order_id, _, at: check(actor=actor, order_id=order_id, at=at),
    "approve": lambda actor, order_id, revision, at: approve(actor=actor, order_id=order_id, revision=revision, at=at),
    "issue": lambda actor, order_id, _, at: issue(actor=actor, order_id=order_id, at=at),
}
