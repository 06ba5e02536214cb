"""Rounds of telling the customers of planned outages: made here, carried by integration or by a person, settled here.

A round holds what is true now, and for each customer only what he does not know yet (domain/planned_notices). Nothing is told
twice by itself: the first round and those of other customers are asked for by a person (planned_announcing); another window, an
over-run and a cancellation follow from what somebody did or what the clock says.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping

from django.utils import timezone
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.services import events
from network.domain.phrases import Phrase, phrase
from outages.domain import planned_notices as domain
from outages.events import PlannedNoticeMade
from outages.models import Interruption, PlannedNotice, PlannedNoticeCustomer, PlannedOutage
from outages.selectors import planned_notices as reading
from outages.selectors.planned_findings import NOTICE_DAYS
from outages.services import planned_scope

CHUNK = runtime_settings.declare(
    "planned.notices_per_message",
    500,
    unit=gettext_noop("customers"),
    help_=gettext_noop(
        "Notices of a planned outage go out in messages of so many customers at most; critical ones come in the first."
    ),
)
_NAMESPACE = uuid.UUID("2b7f6f0e-4a55-5d0c-9a0e-8d5a7be1c7a4")
Kind = PlannedNotice.Kind
State = PlannedNoticeCustomer.State


def make(row: PlannedOutage, kind: str, *, actor: Actor, at: dt.datetime) -> PlannedNotice | None:
    """Tell who is not told yet, and who was told what is not true any more; None where everybody knows."""
    previous = row.notices.order_by("-number").first()
    is_changed = previous is not None and (previous.begins_at, previous.ends_at) != (row.begins_at, row.ends_at)
    told = reading.counting_on_it(row)
    scope = set(row.customers.values_list("usage_point_id", flat=True))
    found = domain.verbs(told=told, scope=scope, is_changed=is_changed)
    return _write(row, kind, found, row.ends_at, actor, at)


def call_off(row: PlannedOutage, *, actor: Actor, at: dt.datetime) -> PlannedNotice | None:
    """It does not happen: whoever counts on it is told; None where nobody was told of it."""
    found = domain.verbs(told=reading.counting_on_it(row), scope=(), is_changed=False)
    return _write(row, Kind.CANCELLED, found, row.ends_at, actor, at)


def tell_of_window(row: PlannedOutage, *, actor: Actor, at: dt.datetime) -> PlannedNotice | None:
    """Another window: all its customers before it begins, who is still out while it goes on."""
    if row.state == PlannedOutage.State.NOTIFIED:
        return make(row, Kind.WINDOW, actor=actor, at=at)
    return tell_of_end(row, row.ends_at, Kind.WINDOW, actor=actor, at=at)


def tell_of_end(
    row: PlannedOutage, ends_at: dt.datetime, kind: str, *, actor: Actor, at: dt.datetime
) -> PlannedNotice | None:
    """While it goes on: another end, told to who is still out. Nobody hears of it where nobody was told at all."""
    told = reading.counting_on_it(row)
    if not told:
        return None
    out = _out_now(row)
    found = dict.fromkeys(told & out, domain.CHANGED) | dict.fromkeys(out - told, domain.CREATED)
    return _write(row, kind, found, ends_at, actor, at)


def settle(*, notice_id: int, chunk: int, verb: str, partner: str, refused: Mapping[str, str], at: dt.datetime) -> int:
    """A partner took a message, all of it or but the customers of these mRIDs (with why); the number that changed.

    Who was delivered by one partner stays so, whatever another one says.
    """
    rows = PlannedNoticeCustomer.objects.filter(notice_id=notice_id, chunk=chunk, verb=verb)
    open_rows = rows.exclude(state=State.DELIVERED)
    done = 0
    for mrid, why in refused.items():
        done += open_rows.filter(mrid=mrid).update(state=State.REFUSED, settled_at=at, detail=why[:200])
    rest = open_rows.exclude(mrid__in=list(refused))
    return done + rest.update(state=State.DELIVERED, settled_at=at, detail=f"taken by {partner}"[:200])


def fail(*, notice_id: int, chunk: int, verb: str, reason: str, at: dt.datetime) -> int:
    """A message was refused or could not be delivered; the number of customers it was to reach and did not."""
    rows = PlannedNoticeCustomer.objects.filter(notice_id=notice_id, chunk=chunk, verb=verb)
    return rows.exclude(state=State.DELIVERED).update(state=State.REFUSED, settled_at=at, detail=reason[:200])


def note_by_hand(*, notice_id: int) -> None:
    """Nobody takes the messages: a person tells the customers."""
    PlannedNotice.objects.filter(pk=notice_id).update(is_by_hand=True)
    waiting = PlannedNoticeCustomer.objects.filter(notice_id=notice_id, state=State.WAITING)
    waiting.update(state=State.BY_HAND)


def _out_now(row: PlannedOutage) -> set[int]:
    rows = Interruption.objects.filter(outage__planned_outage=row, superseded_at=None, ended_at=None)
    return {member for members in rows.values_list("usage_points", flat=True) for member in members}


def _write(
    row: PlannedOutage, kind: str, found: Mapping[int, str], ends_at: dt.datetime, actor: Actor, at: dt.datetime
) -> PlannedNotice | None:
    if not found:
        return None
    latest = row.notices.order_by("-number").values_list("number", flat=True).first() or 0
    due_at = domain.notice_due_at(row.begins_at, float(runtime_settings.get(NOTICE_DAYS, row.area.key)))
    is_late = kind in {Kind.ANNOUNCED, Kind.WINDOW, Kind.SCOPE} and at > due_at
    notice = PlannedNotice.objects.create(
        planned_outage=row,
        number=latest + 1,
        kind=kind,
        begins_at=row.begins_at,
        ends_at=ends_at,
        text=_text(row, kind, ends_at),
        made_by=actor.label or actor.name,
        made_at=at,
        is_late=is_late,
    )
    notice.chunks = _write_customers(notice, row, found)
    notice.save(update_fields=["chunks"])
    code = "notice_late" if is_late else "notice"
    told = phrase(code, kind=phrase(f"kind_{Kind(kind).value}"), who=_counts(found.values()))
    planned_scope.note(row, "notice", told, notice.made_by, at)
    fact = PlannedNoticeMade(row.pk, notice.pk, notice.chunks, at)
    events.publish(area_id=row.area_id, facts=[fact], at=at)
    return notice


def _write_customers(notice: PlannedNotice, row: PlannedOutage, found: Mapping[int, str]) -> int:
    """A row for each customer, in the chunks their messages will have; how many of these."""
    critical = reading.critical_among(row, found)
    members = [(point, verb, point in critical) for point, verb in found.items()]
    size, last, rows = int(runtime_settings.get(CHUNK)), 0, []
    for last, part in domain.chunks(members, size):
        for point, verb, is_critical in part:
            mrid = str(uuid.uuid5(_NAMESPACE, f"{row.mrid}\n{point}"))
            made = {"mrid": mrid, "verb": verb, "chunk": last, "is_critical": is_critical}
            rows.append(PlannedNoticeCustomer(notice=notice, usage_point_id=point, **made))
    PlannedNoticeCustomer.objects.bulk_create(rows, batch_size=2_000)
    return last


def _counts(verbs: Collection[str]) -> list[Phrase]:
    words = {
        domain.CREATED: "to_be_told",
        domain.CHANGED: "to_be_told_change",
        domain.CANCELED: "to_be_told_not",
    }
    counted = [(list(verbs).count(verb), code) for verb, code in words.items()]
    return [phrase(code, customers=number) for number, code in counted if number]


def _text(row: PlannedOutage, kind: str, ends_at: dt.datetime) -> str:
    """The facts in a sentence, in the utility's time zone; channels make of it what they send."""
    begins, ends = timezone.localtime(row.begins_at), timezone.localtime(ends_at)
    until = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{ends:%a %d %b %H:%M}"
    window = f"on {begins:%a %d %b %Y from %H:%M} to {until}"
    words = {
        Kind.CANCELLED: f"The planned interruption of supply {window} does not take place.",
        Kind.OVERRUN: f"The planned work takes longer: supply is expected back at {ends:%a %d %b %H:%M}.",
        Kind.WINDOW: f"The planned interruption of supply is now {window}.",
    }
    said = words.get(Kind(kind), f"Supply will be interrupted {window} for planned work.")
    return f"{said} {row.purpose}"[:400]
