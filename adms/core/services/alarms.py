"""Alarms come, return to normal, are acknowledged and shelved.

    raise_, return_            called by subscribers and sweeps of the apps; many at once, a flood is a handful of statements
    acknowledge, shelve, ...   called for people

One (definition, source) has one open row however often and from however many processes it is raised: a unique index decides.
Rows are locked in the order of their numbers, the area's counter last.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from adms.core import alarms, columns, runtime_settings
from adms.core.actors import Actor
from adms.core.alarms import AlarmsChanged, Raised
from adms.core.errors import Invalid, NotFound
from adms.core.models import Alarm, AlarmEvent, AlarmKind, AlarmShelf, ControlArea
from adms.core.services import audit, authority, events

ACKNOWLEDGE, SHELVE, EDIT = "acknowledge_alarm", "shelve_alarm", "edit_alarms"
Key = tuple[str, str]  # definition, source
Told = dict[int, dict[str, list[int]]]  # by area: what AlarmsChanged tells


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """How an acknowledgement ended: how many it covered, how many came after what the person had seen, how many of other areas."""

    acknowledged: int
    newer: int
    elsewhere: int


@transaction.atomic
def raise_(*, facts: Sequence[Raised], at: dt.datetime) -> int:
    """These came; the number of new annunciations. What already stands is not announced again, only its words are renewed.

    Facts of kinds that the utility has switched off, and of areas that do not exist, are left out.
    """
    kinds = {row.definition: row for row in AlarmKind.objects.filter(definition__in={one.definition for one in facts})}
    areas = {area.key: area.pk for area in ControlArea.objects.filter(key__in={one.area for one in facts})}
    wanted: dict[Key, Raised] = {}
    for one in facts:
        kind = kinds.get(one.definition)
        if one.area in areas and (kind is None or kind.is_enabled):
            wanted[one.definition, one.source[:120]] = one
    if not wanted:
        return 0
    rows = _ensure(
        {
            key: _new(one, areas[one.area], _priority(one, kinds.get(one.definition)), at)
            for key, one in sorted(wanted.items())
        }
    )
    came = [row for row in rows if row.latest == 0 or not row.is_active]
    shelved = set(_shelves(wanted).values_list("definition", "source"))
    other = [
        row
        for row in rows
        if _renew(row, wanted[row.definition, row.source], at, is_silent=(row.definition, row.source) in shelved)
    ]
    _write(came, AlarmEvent.Kind.RAISED, at)
    momentary = [row for row in came if wanted[row.definition, row.source].is_momentary]
    for row in momentary:
        row.is_active, row.returned_at = False, at
    columns.write(
        other,
        ["text", "told", "link", "priority", "branch", "cause", "is_active", "is_acknowledged", "is_shelved", "occurrences",
         "latest", "raised_at", "returned_at", "acknowledged_at", "acknowledged_by"],
    )  # fmt: skip
    _publish(_told("raised", came), at)
    return sum(not row.is_shelved for row in came)


def _ensure(wanted: dict[Key, Alarm]) -> list[Alarm]:
    """The open row of each, locked; made where there is none, again where it was closed while we waited for it."""
    found: dict[Key, Alarm] = {}
    missing = wanted
    while True:
        rows = _open(missing).select_for_update(no_key=True).order_by("pk")
        found |= {(row.definition, row.source): row for row in rows}
        missing = {key: row for key, row in wanted.items() if key not in found}
        if not missing:
            return sorted(found.values(), key=lambda row: row.pk)
        Alarm.objects.bulk_create(missing.values(), ignore_conflicts=True)


def _new(one: Raised, area_id: int, priority: int, at: dt.datetime) -> Alarm:
    return Alarm(
        definition=one.definition,
        source=one.source[:120],
        area_id=area_id,
        priority=priority,
        **_told_as(one),
        cause=(one.cause or f"{one.definition}:{one.source}")[:120],
        link=one.link[:300],
        model=one.model,
        branch=one.branch,
        first_raised_at=at,
        raised_at=at,
        occurrences=0,
    )


def _told_as(one: Raised) -> dict[str, Any]:
    """The phrase of an alarm, and its words in the language of the site."""
    if isinstance(one.text, str):
        return {"text": one.text[:300], "told": {}}
    with translation.override(settings.LANGUAGE_CODE):
        words = alarms.kind(one.definition).says.said(one.text)
    return {"text": words[:300], "told": one.text}


def _priority(one: Raised, changed: AlarmKind | None) -> int:
    if one.priority is not None:
        return one.priority
    return changed.priority if changed else alarms.kind(one.definition).priority


def _renew(row: Alarm, one: Raised, at: dt.datetime, *, is_silent: bool) -> bool:
    """Its words as they are now; and, if it had gone or is new, standing and unacknowledged again. Whether anything is different."""
    before = (row.text, row.told, row.link, row.branch, row.priority, row.cause)
    said = _told_as(one)
    row.text, row.told, row.link, row.branch = said["text"], said["told"], one.link[:300], one.branch
    if one.priority is not None:
        row.priority = one.priority
    if one.cause:
        row.cause = one.cause[:120]
    if row.latest and row.is_active:
        return before != (row.text, row.told, row.link, row.branch, row.priority, row.cause)
    row.is_active, row.is_acknowledged, row.is_shelved = True, False, is_silent
    row.raised_at, row.returned_at, row.acknowledged_at, row.acknowledged_by = at, None, None, ""
    row.occurrences += 1
    return True


@transaction.atomic
def return_(*, keys: Iterable[Key], at: dt.datetime) -> int:
    """These are back to normal; how many stood. One that nobody has acknowledged stays to be seen, the others close."""
    wanted = {(definition, source[:120]): None for definition, source in keys}
    if not wanted:
        return 0
    rows = list(_open(wanted).filter(is_active=True).select_for_update(no_key=True).order_by("pk"))
    once = set(_shelves(wanted).filter(is_once=True).values_list("definition", "source")) if rows else set()
    for row in rows:
        row.is_active, row.returned_at = False, at
        if row.is_acknowledged or row.is_shelved:
            row.closed_at = at
        if (row.definition, row.source) in once:
            row.is_shelved = False
    _write(rows, AlarmEvent.Kind.RETURNED, at)
    columns.write(rows, ["is_active", "returned_at", "closed_at", "is_shelved", "latest"])
    if once:
        _matching(AlarmShelf.objects.filter(ended_at=None), once).update(ended_at=at, ended_by="returned to normal")
    _publish(_told("returned", rows), at)
    return len(rows)


def return_others(*, definition: str, standing: Iterable[str], at: dt.datetime) -> int:
    """Whatever stands of a kind whose source is not among these returns to normal: for sweeps that know all there is."""
    still = {source[:120] for source in standing}
    found = Alarm.objects.filter(definition=definition, is_active=True, closed_at=None).values_list("source", flat=True)
    return return_(keys=[(definition, source) for source in found if source not in still], at=at)


@transaction.atomic
def acknowledge(*, actor: Actor, numbers: Iterable[int], seen: int, reason: str = "", at: dt.datetime) -> Acknowledged:
    """A person has seen these: only what there was when they looked (`seen`: the latest transition their page knew).

    Raises:
        NotAuthorised: none of them is in an area of the actor's.
        NotFound: none of these alarms is open.
    """
    rows = list(
        Alarm.objects.filter(pk__in=list(numbers), closed_at=None)
        .select_related("area")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    if not rows:
        raise NotFound(gettext("no such alarm is open any more"))
    mine = [row for row in rows if actor.may(ACKNOWLEDGE, row.area.key)]
    if not mine:
        authority.require(actor=actor, action=ACKNOWLEDGE, area=rows[0].area.key)
    covered = [row for row in mine if row.latest <= seen and not row.is_acknowledged]
    for row in covered:
        row.is_acknowledged, row.acknowledged_at, row.acknowledged_by = True, at, actor.name
        if not row.is_active:
            row.closed_at = at
    _write(covered, AlarmEvent.Kind.ACKNOWLEDGED, at, actor=actor.name, reason=reason)
    columns.write(covered, ["is_acknowledged", "acknowledged_at", "acknowledged_by", "closed_at", "latest"])
    audit.record_many(
        action=ACKNOWLEDGE, entries=[(actor, f"{row.definition} {row.source}", row.area.key) for row in covered], at=at
    )
    _publish(_told("acknowledged", covered), at)
    newer = sum(row.latest > seen for row in mine if row not in covered and not row.is_acknowledged)
    return Acknowledged(len(covered), newer, len(rows) - len(mine))


@transaction.atomic
def shelve(*, actor: Actor, number: int, hours: float | None, reason: str, at: dt.datetime) -> AlarmShelf:
    """Put an alarm aside for some hours, or (None) until it returns to normal, at most as long as the setting allows.

    Raises:
        NotFound: no such open alarm.
        NotAuthorised: no operator of its area.
        Invalid: no reason, no time or one beyond the setting, or it is shelved already.
    """
    row = (
        Alarm.objects.filter(pk=number, closed_at=None)
        .select_related("area")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if row is None:
        raise NotFound(gettext("no such alarm is open any more"), alarm=number)
    authority.require(actor=actor, action=SHELVE, area=row.area.key)
    most = float(runtime_settings.get(alarms.SHELVED_AT_MOST, row.area.key))
    if len(reason.strip()) < 3:
        raise Invalid(gettext("say why it is put aside"), field="reason")
    if hours is not None and not 0 < hours <= most:
        raise Invalid(
            gettext("an alarm is shelved for more than 0 and at most %(most)s hours") % {"most": f"{most:g}"},
            field="hours",
            most=most,
        )
    if row.is_shelved:
        raise Invalid(gettext("it is shelved already"), alarm=number)
    shelf = AlarmShelf.objects.create(
        definition=row.definition,
        source=row.source,
        area=row.area,
        reason=reason.strip()[:300],
        is_once=hours is None,
        until=at + dt.timedelta(hours=most if hours is None else hours),
        shelved_by=actor.name,
        shelved_at=at,
    )
    row.is_shelved = True
    _write([row], AlarmEvent.Kind.SHELVED, at, actor=actor.name, reason=shelf.reason)
    row.save(update_fields=["is_shelved", "latest"])
    audit.record(
        actor=actor,
        action=SHELVE,
        object_=f"{row.definition} {row.source}"[:200],
        area=row.area.key,
        after={"until": shelf.until.isoformat(), "once": shelf.is_once},
        reason=shelf.reason,
        at=at,
    )
    _publish(_told("shelved", [row]), at)
    return shelf


@transaction.atomic
def unshelve(*, actor: Actor, shelf_id: int, at: dt.datetime) -> AlarmShelf:
    """Put it back before its time.

    Raises:
        NotFound: nothing of this number is shelved.
        NotAuthorised: no operator of its area.
    """
    shelf = AlarmShelf.objects.filter(pk=shelf_id, ended_at=None).select_related("area").first()
    if shelf is None:
        raise NotFound(gettext("that is no longer shelved"), shelf=shelf_id)
    authority.require(actor=actor, action=SHELVE, area=shelf.area.key)
    audit.record(
        actor=actor,
        action="unshelve_alarm",
        object_=f"{shelf.definition} {shelf.source}"[:200],
        area=shelf.area.key,
        at=at,
    )
    _end([shelf], by=actor.name, at=at)
    return shelf


@transaction.atomic
def end_shelves(*, at: dt.datetime) -> int:
    """Put back what was shelved until now; how many. For the sweeper."""
    due = list(
        AlarmShelf.objects.filter(ended_at=None, until__lte=at)
        .select_for_update(skip_locked=True, no_key=True)
        .order_by("pk")
    )
    _end(due, by="", at=at)
    return len(due)


def _end(shelves: list[AlarmShelf], *, by: str, at: dt.datetime) -> None:
    """What still stands is announced again: somebody has to see that it came back."""
    keys = {(one.definition, one.source): None for one in shelves}
    if not keys:
        return
    AlarmShelf.objects.filter(pk__in=[one.pk for one in shelves]).update(ended_at=at, ended_by=by or "time")
    rows = list(_open(keys).select_for_update(no_key=True).order_by("pk"))
    for row in rows:
        row.is_shelved = False
    _write(rows, AlarmEvent.Kind.UNSHELVED, at, actor=by)
    columns.write(rows, ["is_shelved", "latest"])
    _publish(_told("shelved", rows), at)


@transaction.atomic
def change_kind(
    *, actor: Actor, definition: str, priority: int, is_enabled: bool, reason: str, at: dt.datetime
) -> AlarmKind:
    """Give a kind of alarm another priority, or switch it off; what stands of it follows.

    Raises:
        NotAuthorised: neither engineer nor administrator.
        Invalid: no such kind or priority, or no reason.
    """
    authority.require(actor=actor, action=EDIT)
    if definition not in {one.key for one in alarms.declared()}:
        raise Invalid(
            gettext("no kind of alarm is called %(definition)s") % {"definition": f"{definition!r}"}, field="definition"
        )
    if priority not in alarms.PRIORITIES:
        raise Invalid(gettext("a priority is 1, 2 or 3"), field="priority")
    if len(reason.strip()) < 3:
        raise Invalid(gettext("say why it is changed"), field="reason")
    before = AlarmKind.objects.filter(definition=definition).values("priority", "is_enabled").first()
    row, _ = AlarmKind.objects.update_or_create(
        definition=definition,
        defaults={
            "priority": priority,
            "is_enabled": is_enabled,
            "reason": reason.strip()[:300],
            "changed_by": actor.name,
            "changed_at": at,
        },
    )
    audit.record(
        actor=actor,
        action=EDIT,
        object_=definition,
        before=before,
        after={"priority": priority, "is_enabled": is_enabled},
        reason=reason,
        at=at,
    )
    if not is_enabled:
        return_others(definition=definition, standing=(), at=at)
    Alarm.objects.filter(definition=definition, closed_at=None).update(priority=priority)
    return row


def _matching(rows: QuerySet, keys: Iterable[Key]) -> QuerySet:  # type: ignore[type-arg]
    """Those of these (definition, source)."""
    sources = defaultdict(list)
    for definition, source in keys:
        sources[definition].append(source)
    wanted = Q(pk__in=())
    for definition, several in sources.items():
        wanted |= Q(definition=definition, source__in=several)
    return rows.filter(wanted)


def _open(keys: Iterable[Key]) -> QuerySet[Alarm]:
    return _matching(Alarm.objects.filter(closed_at=None), keys)


def _shelves(keys: Iterable[Key]) -> QuerySet[AlarmShelf]:
    return _matching(AlarmShelf.objects.filter(ended_at=None), keys)


def _write(rows: Sequence[Alarm], kind: AlarmEvent.Kind, at: dt.datetime, *, actor: str = "", reason: str = "") -> None:
    """A transition of each; the alarms know it as their latest."""
    made = AlarmEvent.objects.bulk_create(
        AlarmEvent(
            alarm=row,
            kind=kind,
            priority=row.priority,
            is_silent=row.is_shelved and kind == AlarmEvent.Kind.RAISED,
            actor=actor,
            reason=reason[:300],
            at=at,
        )
        for row in rows
    )
    for row, event in zip(rows, made, strict=True):
        row.latest = event.pk


def _told(what: str, rows: Sequence[Alarm]) -> Told:
    told: Told = defaultdict(lambda: defaultdict(list))
    for row in rows:
        told[row.area_id][what].append(row.pk)
    return told


def _publish(told: Told, at: dt.datetime) -> None:
    names = ("raised", "returned", "acknowledged", "shelved")
    events.publish_all(
        facts={area: [AlarmsChanged(**{name: of[name] for name in names}, at=at)] for area, of in told.items()}, at=at
    )


def chattering(*, at: dt.datetime) -> dict[int, int]:
    """Open alarms that came too often within the last minute: how often each."""
    least = runtime_settings.get(alarms.CHATTERS_FROM)
    found = AlarmEvent.objects.filter(
        kind=AlarmEvent.Kind.RAISED, at__gt=at - dt.timedelta(minutes=1), at__lte=at, alarm__closed_at=None
    )
    counted = found.values(number=F("alarm")).annotate(times=Count("pk")).filter(times__gte=least)
    return {one["number"]: one["times"] for one in counted}
