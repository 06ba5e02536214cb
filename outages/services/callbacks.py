"""Callbacks: promised with a call or by an operator, made when the customer's own supply is back, tried again, ended.

Who waits is one row per customer (a partial unique key decides between two at the same instant); its outage is the one the call
became evidence of. Whether supply is back is asked per customer, not per outage: the ledger's own rows and the meter's word, and
nobody who is nested dark is called. Who said "still out" when he was called back is not called again on his meter's word, which he
has denied: only when his outage is over, be it one that waits to be verified, or, where he has none, when nothing says he is dark.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import actors, runtime_settings
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.models import ControlArea
from adms.core.services import audit, authority, events
from metering.selectors import supply
from network.domain.phrases import Phrase, phrase
from outages.events import CallbackChanged
from outages.models import Call, Callback, Evidence, Interruption, Outage
from outages.selectors import callback_words
from outages.services import evidence, ledger

TRIES = runtime_settings.declare(
    "callback.tries",
    3,
    unit=gettext_noop("tries"),
    help_=gettext_noop("A customer is called back so often before the callback ends as not reached."),
)
AGAIN = runtime_settings.declare(
    "callback.again_minutes",
    15,
    unit="min",
    help_=gettext_noop("So long after a try that did not reach the customer follows the next."),
)
NO_ANSWER = runtime_settings.declare(
    "callback.answer_minutes",
    30,
    unit="min",
    help_=gettext_noop("A try whose outcome nobody told for so long counts as not reached."),
)
SYSTEM = actors.system("callbacks")
#: Looked at in one round.
_MOST = 2_000
State = Callback.State
_OVER = ("restored", "completed", "cancelled")


class CallbackRefused(Refused):
    """The callback is not in a state for that."""

    code = "callback_refused"


class Back(NamedTuple):
    """Since when a customer has supply again, and who says so."""

    at: dt.datetime
    reason: Phrase | str


# Promise


@transaction.atomic
def request(
    *, actor: Actor, usage_point: int, outage_id: int | None = None, reason: str = "", at: dt.datetime
) -> Callback:
    """An operator promises a call to a customer; while one waits it is that one.

    Raises:
        NotFound: no such customer, or no such outage.
        NotAuthorised: the actor may not see this customer.
    """
    place = supply.usage_points([usage_point]).get(usage_point)
    if place is None:
        raise NotFound(_("no usage point %(usage_point)s") % {"usage_point": usage_point}, usage_point=usage_point)
    area = ControlArea.objects.get(pk=place["area_id"])
    authority.require(actor=actor, action="view_customer", area=area.key)
    if outage_id is not None and not Outage.objects.filter(pk=outage_id).exists():
        raise NotFound(_("no outage %(outage_id)s") % {"outage_id": outage_id}, outage=outage_id)
    found = _merge(
        Callback(
            area=area,
            usage_point_id=usage_point,
            outage_id=outage_id or _outage_above(usage_point, place),
            name=str(place["customer"])[:150],
            phone=str(place["phone"])[:40],
            requested_at=at,
            latest_at=at,
            requested_by=actor.name,
        )
    )
    audit.record(
        actor=actor, action="request_callback", object_=f"callback:{found.pk}", area=area.key, reason=reason, at=at
    )
    tell([found], at)
    return found


def _outage_above(usage_point: int, place: Mapping[str, object]) -> int | None:
    """The outage the ledger counts a customer in now."""
    rows = ledger.open_at(str(place["model"]), [int(str(place["node"]))])
    return next((row.outage_id for row in rows if usage_point in row.usage_points), None)


def promise(*, call: Call, follows: Callback | None = None, at: dt.datetime) -> Callback:
    """What a caller who wants to be called back was promised; further calls of the customer are merged into it."""
    found = _merge(
        Callback(
            area_id=call.area_id,
            usage_point_id=call.usage_point_id,
            call=call,
            calls=1,
            follows=follows,
            name=call.caller_name,
            phone=call.phone,
            requested_at=call.reported_at,
            latest_at=call.reported_at,
            requested_by=call.taken_by,
        )
    )
    tell([found], at)
    return found


def _merge(new: Callback) -> Callback:
    """The row that waits for this customer: a new one, or the one there is with this request merged into it."""
    columns = (
        *("mrid", "area_id", "usage_point_id", "outage_id", "call_id", "calls", "follows_id", "name", "phone"),
        *("requested_at", "latest_at", "requested_by"),
    )
    new.mrid = str(uuid.uuid4())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO outages_callback AS c ({', '.join(columns)}, state, reason, reason_told, tries, is_by_hand,"  # noqa: S608
            " answer, answer_told, answered_by)"
            f" VALUES ({', '.join(['%s'] * len(columns))}, 'waiting', '', '{{}}', 0, false, '', '{{}}', '')"
            " ON CONFLICT (usage_point_id) WHERE state = 'waiting' DO UPDATE SET calls = c.calls + EXCLUDED.calls,"
            " call_id = coalesce(EXCLUDED.call_id, c.call_id), outage_id = coalesce(EXCLUDED.outage_id, c.outage_id),"
            " latest_at = greatest(c.latest_at, EXCLUDED.latest_at), phone = coalesce(nullif(EXCLUDED.phone, ''), c.phone)"
            " RETURNING id",
            [getattr(new, column) for column in columns],
        )
        (pk,) = cursor.fetchone()
    return Callback.objects.select_related("area").get(pk=pk)


# Make


@transaction.atomic
def ask_now(*, actor: Actor, callback_id: int, at: dt.datetime) -> Callback:
    """An operator has the customer called now, whatever the ledger says.

    Raises:
        NotFound: there is none.
        CallbackRefused: it is over.
    """
    found = hold(actor=actor, callback_id=callback_id)
    if found.state not in {State.WAITING, State.DUE}:
        raise CallbackRefused(
            _("it is over: %(state)s") % {"state": found.get_state_display().lower()}, callback=callback_id
        )
    _make_due([found], {found.pk: Back(at, phrase("asked_for", actor=actor.label or actor.name))}, at)
    audit.record(actor=actor, action="make_callback", object_=f"callback:{found.pk}", area=found.area.key, at=at)
    return found


@transaction.atomic
def withdraw(*, actor: Actor, callback_id: int, reason: str, at: dt.datetime) -> Callback:
    """Nobody is to be called any more.

    Raises:
        NotFound: there is none.
        CallbackRefused: it is over.
    """
    found = hold(actor=actor, callback_id=callback_id)
    if found.ended_at is not None:
        raise CallbackRefused(
            _("it is over: %(state)s") % {"state": found.get_state_display().lower()}, callback=callback_id
        )
    end(found, State.WITHDRAWN, answer=reason, actor=actor, at=at)
    return found


def hold(*, actor: Actor, callback_id: int) -> Callback:
    """The row, locked, if the actor may do something with it.

    Raises:
        NotFound: there is none in the actor's areas.
    """
    found = (
        Callback.objects.select_related("area")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=callback_id)
        .first()
    )
    if found is None:
        raise NotFound(_("no callback %(callback_id)s") % {"callback_id": callback_id}, callback=callback_id)
    authority.require(actor=actor, action="view_customer", area=found.area.key)
    authority.require(actor=actor, action="enter_call", area=found.area.key)
    return found


@transaction.atomic
def look_after(*, at: dt.datetime, behind: int = 0) -> tuple[int, int]:
    """One round: find each waiting one's outage, call those who are back, try those again who were not reached.

    Looks at some of those that wait behind a number; how many were called, and behind which number to go on (0: from the start).
    """
    _link()
    locked = Callback.objects.select_related("area").select_for_update(of=("self",), skip_locked=True, no_key=True)
    rows = locked.filter(state=State.WAITING, pk__gt=behind).exclude(usage_point=None).order_by("pk")
    waiting = list(rows[:_MOST])
    back = who_is_back(waiting)
    _make_due([one for one in waiting if one.pk in back], back, at)
    again = list(locked.filter(state=State.DUE, is_by_hand=False, next_try_at__lte=at).order_by("pk")[:_MOST])
    _try_again(again, at)
    return len(back) + len(again), waiting[-1].pk if len(waiting) == _MOST else 0


def _link() -> None:
    """A call's outage is that of its evidence; it changes as predictions move."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outages_callback c SET outage_id = coalesce(e.outage_id, k.outage_id) FROM outages_call k"
            " LEFT JOIN outages_evidence e ON e.kind = 'call' AND e.reference = 'call:' || k.id"
            " WHERE c.state = 'waiting' AND k.id = c.call_id AND coalesce(e.outage_id, k.outage_id) IS NOT NULL"
            " AND c.outage_id IS DISTINCT FROM coalesce(e.outage_id, k.outage_id)"
        )


def who_is_back(found: Sequence[Callback]) -> dict[int, Back]:
    """Which of these customers have supply again since they asked, by callback."""
    points = {one.usage_point_id for one in found if one.usage_point_id is not None}
    if not points:
        return {}
    dark = _out_now(points)
    power = supply.power_of(points)
    ended = _ended({one.outage_id for one in found if one.outage_id is not None}, points)
    denied, over = _denied(points), _over(_denials(found))
    back: dict[int, Back] = {}
    for one in found:
        point = one.usage_point_id
        if point is None or point in dark:
            continue
        word, since = power.get(point, ("unknown", None))
        said = Back(since, phrase("meter_on")) if word == "on" and since and since >= one.latest_at else None
        if one.pk in over and (one.outage_id is not None or point in denied):
            said = over[one.pk]
        booked = ended.get((one.outage_id, point)) if one.outage_id is not None else None
        told = said or (Back(booked, phrase("restored")) if booked and booked >= one.latest_at else None)
        if told is not None and not (point in denied and denied[point] > told.at):
            back[one.pk] = told
    return back


def _denials(found: Sequence[Callback]) -> list[Callback]:
    """Those whose customer said "still out" when he was called back before."""
    before = {one.follows_id for one in found if one.follows_id is not None}
    if not before:
        return []
    denied = set(Callback.objects.filter(pk__in=before, state=State.STILL_OUT).values_list("pk", flat=True))
    return [one for one in found if one.follows_id in denied]


def _over(denials: Sequence[Callback]) -> dict[int, Back | None]:
    """By callback: when its outage was over; None while it goes on, or is not known."""
    if not denials:
        return {}
    wanted = {one.outage_id for one in denials if one.outage_id is not None}
    outages = {row.pk: row for row in Outage.objects.filter(pk__in=wanted, state__in=_OVER).defer("explanation")}
    told: dict[int, Back | None] = dict.fromkeys(one.pk for one in denials)
    for one in denials:
        outage = outages.get(one.outage_id or 0)
        if outage is not None:
            at = outage.completed_at or outage.restored_at or one.latest_at
            over = phrase("outage_over", outage=str(outage.pk), state=phrase(f"state_{outage.state}"))
            told[one.pk] = Back(max(at, one.latest_at), over)
    return told


def _out_now(points: Collection[int]) -> set[int]:
    """Who of them the ledger counts as out."""
    places: dict[str, list[int]] = {}
    for place in supply.usage_points(points).values():
        places.setdefault(str(place["model"]), []).append(int(str(place["node"])))
    rows = [row for model, nodes in places.items() for row in ledger.open_at(model, nodes)]
    return {point for row in rows for point in row.usage_points} & set(points)


def _ended(outages: Collection[int], points: Collection[int]) -> Mapping[tuple[int, int], dt.datetime]:
    """When the rows of these outages ended, by outage and customer: the latest."""
    rows = Interruption.objects.filter(outage_id__in=outages, superseded_at=None, ended_at__isnull=False)
    ended: dict[tuple[int, int], dt.datetime] = {}
    for outage, members, at in rows.order_by("ended_at").values_list("outage_id", "usage_points", "ended_at"):
        if at is not None:
            ended |= {(outage, point): at for point in set(members) & set(points)}
    return ended


def _denied(points: Collection[int]) -> dict[int, dt.datetime]:
    """The latest word of darkness that still stands."""
    rows = Evidence.objects.filter(usage_point_id__in=points, kind__in=evidence.DARK, settled_at=None)
    return {
        point: at for point, at in rows.order_by("occurred_at").values_list("usage_point_id", "occurred_at") if point
    }


def _make_due(found: Sequence[Callback], back: Mapping[int, Back], at: dt.datetime) -> None:
    wait = dt.timedelta(minutes=float(runtime_settings.get(NO_ANSWER)))
    for one in found:
        reason = back[one.pk].reason
        one.reason, one.reason_told = callback_words.said(reason)[:200], {} if isinstance(reason, str) else reason
        one.state, one.back_at = State.DUE, back[one.pk].at
        one.due_at, one.tries, one.next_try_at = at, one.tries + 1, at + wait
    _save(found, "state", "reason", "reason_told", "back_at", "due_at", "tries", "next_try_at")
    tell(found, at)


def _try_again(found: Sequence[Callback], at: dt.datetime) -> None:
    """Once more; who was tried often enough ends, who is dark again waits again unless another promise waits already."""
    most = int(runtime_settings.get(TRIES))
    dark = _out_now({one.usage_point_id for one in found if one.usage_point_id is not None})
    again = []
    for one in found:
        if one.tries >= most:
            end(one, State.UNREACHED, answer=phrase("not_reached_in", tries=one.tries), actor=SYSTEM, at=at)
        elif one.usage_point_id in dark:
            end(one, State.WITHDRAWN, answer=phrase("dark_again"), actor=SYSTEM, at=at)
            _merge(_renewed(one, at))
        else:
            again.append(one)
    _make_due(again, {one.pk: Back(one.back_at or at, one.reason_told or one.reason) for one in again}, at)


def _renewed(one: Callback, at: dt.datetime) -> Callback:
    copied = {
        name: getattr(one, name) for name in ("area_id", "usage_point_id", "call_id", "name", "phone", "requested_by")
    }
    return Callback(**copied, follows=one, calls=one.calls, requested_at=one.requested_at, latest_at=at)


# Shared


def note_by_hand(*, mrid: str) -> None:
    """Nobody subscribes to callbacks: people make it, and nothing is tried by itself."""
    Callback.objects.filter(mrid=mrid, state=State.DUE).update(is_by_hand=True, next_try_at=None)


def end(found: Callback, state: str, *, answer: Phrase | str, actor: Actor, at: dt.datetime) -> None:
    """It is over; `answer` is what a person wrote, or a phrase."""
    found.state, found.answered_by = state, actor.name
    set_answer(found, answer)
    found.ended_at, found.next_try_at = at, None
    _save([found], "state", "answer", "answer_told", "answered_by", "ended_at", "next_try_at")
    audit.record(
        actor=actor,
        action=f"callback_{state}",
        object_=f"callback:{found.pk}",
        area=found.area.key,
        reason=found.answer,
        at=at,
    )
    tell([found], at)


def set_answer(found: Callback, answer: Phrase | str) -> None:
    """What came of it so far; the row is not saved."""
    found.answer = callback_words.said(answer)[:200]
    found.answer_told = {} if isinstance(answer, str) else answer


def _save(found: Sequence[Callback], *columns: str) -> None:
    Callback.objects.bulk_update(found, columns, batch_size=500)


def tell(found: Sequence[Callback], at: dt.datetime) -> None:
    """Publish where these stand, area by area."""
    by_area: dict[int, list[CallbackChanged]] = {}
    for one in found:
        fact = CallbackChanged(one.pk, one.mrid, str(one.state), one.tries, at)
        by_area.setdefault(one.area_id, []).append(fact)
    for area_id, facts in sorted(by_area.items()):
        events.publish(area_id=area_id, facts=facts, at=at)
