"""Planned outages as people handle them: request, approve, reject, cancel, complete, another window.

What the network does: planned_execution. Who is told: planned_notices.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from adms.core import days
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority, events
from network.domain import phases as ph
from network.domain.phrases import Phrase, phrase
from network.selectors import equipment, state
from outages.domain import planned as life
from outages.events import PlannedOutageChanged
from outages.models import Outage, PlannedOutage
from outages.selectors import planned_findings
from outages.services import incidents, lifecycle, planned_notices, planned_scope


class PlannedOutageRefused(Refused):
    """The planned outage is not in a state for that, or this person may not decide on it."""

    code = "planned_outage_refused"


class Wanted(NamedTuple):
    """A device to be opened, by mRID or name, and on which phases (bits; 0: all it has)."""

    device: str
    phases: int = 0


@transaction.atomic
def request(  # noqa: PLR0913 - what a request is made of
    *,
    actor: Actor,
    model: str,
    devices: Sequence[Wanted],
    begins_at: dt.datetime,
    ends_at: dt.datetime,
    purpose: str,
    order_reference: str = "",
    mrid: str = "",
    at: dt.datetime,
) -> PlannedOutage:
    """Ask for an outage; who will lose supply is computed at once. `mrid` is that of the system that plans it, if one does.

    Raises:
        NotFound: no such model.
        Invalid: no device, an unknown one, one that is no switch, or a window that is over or ends before it begins.
        PlannedOutageRefused: there is one of this mRID.
        NotAuthorised: not in the area of one of the devices.
    """
    require_window(begins_at, ends_at, at)
    if not purpose.strip():
        raise Invalid(gettext("a purpose is needed"), field="purpose")
    found = wanted_devices(model, devices)
    for device, _ in found:
        authority.require(actor=actor, action="request_planned_outage", area=device.area.key)
    if mrid and PlannedOutage.objects.filter(mrid=mrid).exists():
        raise PlannedOutageRefused(gettext("there is a planned outage %(mrid)s already") % {"mrid": mrid}, mrid=mrid)
    told = {device.mrid: {"mrid": device.mrid, "name": device.name, "phases": bits} for device, bits in found}
    row = PlannedOutage.objects.create(
        mrid=mrid or str(uuid.uuid4()),
        area=found[0][0].area,
        model_key=model,
        devices=list(told.values()),
        device_mrids=list(told),
        begins_at=begins_at,
        ends_at=ends_at,
        purpose=purpose.strip()[:200],
        order_reference=order_reference,
        requested_by=actor.name,
        requested_at=at,
    )
    planned_scope.compute(row, at=at)
    _tell(row, "requested", phrase("requested", actor=actor.label or actor.name, purpose=row.purpose), actor, at)
    publish(row, "created", "requested", at)
    return row


@transaction.atomic
def approve(*, actor: Actor, planned_id: int, despite: str = "", at: dt.datetime) -> PlannedOutage:
    """Let it happen. Another person than the requester does, and says why where something speaks against it.

    Raises:
        NotFound: no such planned outage.
        PlannedOutageRefused: asked by the requester, its window is over, it is not requested (any more), or it collides with
            another one and no reason is given to do it nevertheless.
    """
    row = held(actor, "approve_planned_outage", planned_id)
    _require_another(actor, row)
    if row.ends_at <= at:
        raise PlannedOutageRefused(gettext("its window is over"), planned=planned_id)
    planned_scope.compute(row, at=at)
    against = [one.text for one in planned_findings.findings(row, at=at) if one.level == "error"]
    if against and not despite.strip():
        words = "; ".join(against)
        raise PlannedOutageRefused(
            gettext("%(words)s: say why it is to happen nevertheless") % {"words": words},
            planned=planned_id,
            errors=against,
        )
    _step(row, "approved", decided_by=actor.name, decided_at=at)
    _tell(row, "approved", phrase("approved", actor=actor.label or actor.name), actor, at)
    if against:
        _tell(row, "despite", phrase("despite", against="; ".join(against), why=despite.strip()), actor, at)
    publish(row, "changed", "approved", at)
    return row


@transaction.atomic
def reject(*, actor: Actor, planned_id: int, reason: str, at: dt.datetime) -> PlannedOutage:
    """It is not to happen.

    Raises:
        NotFound, PlannedOutageRefused, Invalid: as elsewhere; a reason is needed.
    """
    row = held(actor, "approve_planned_outage", planned_id)
    _step(row, "rejected", reason=reason, decided_by=actor.name, decided_at=at)
    _tell(row, "rejected", phrase("rejected", why=row.reason), actor, at)
    planned_notices.call_off(row, actor=actor, at=at)
    publish(row, "canceled", "rejected", at)
    return row


@transaction.atomic
def cancel(*, actor: Actor, planned_id: int, reason: str, at: dt.datetime) -> PlannedOutage:
    """It is not wanted any more; nothing was opened yet. Who was told of it is told that it does not happen.

    Whoever asked for it may; so may those who manage planned outages.

    Raises:
        NotFound, PlannedOutageRefused, Invalid: as elsewhere; a reason is needed.
    """
    own = PlannedOutage.objects.filter(pk=planned_id, requested_by=actor.name).exists()
    row = held(actor, "request_planned_outage" if own else "manage_planned_outage", planned_id)
    was_expired = row.state == "expired"
    _step(row, "cancelled", reason=reason)
    _tell(row, "cancelled", phrase("cancelled", why=row.reason), actor, at)
    if not was_expired:  # what its customers were told of is over already
        planned_notices.call_off(row, actor=actor, at=at)
    publish(row, "canceled", "cancelled", at)
    return row


@transaction.atomic
def complete(*, actor: Actor, planned_id: int, at: dt.datetime) -> PlannedOutage:
    """The work is done and everybody has supply: its outages are completed with it, their cause planned work.

    Raises:
        NotFound, PlannedOutageRefused: as elsewhere.
    """
    outages = list(Outage.objects.filter(planned_outage=planned_id, state="restored").values_list("pk", flat=True))
    with events.deferred():
        for outage_id in sorted(outages):  # outages are locked before their plan, as everywhere
            lifecycle.complete(actor=actor, outage_id=outage_id, cause="planned", at=at)
        row = held(actor, "manage_planned_outage", planned_id)
        _step(row, "completed", completed_at=at)
        _tell(row, "completed", phrase("completed", actor=actor.label or actor.name), actor, at)
        publish(row, "changed", "completed", at)
    return row


@transaction.atomic
def change_window(
    *, actor: Actor, planned_id: int, begins_at: dt.datetime, ends_at: dt.datetime, reason: str, at: dt.datetime
) -> PlannedOutage:
    """Another window, before its devices open or (its end only) while they are open.

    Before: if somebody who may approve it and did not ask for it moves it, it stays approved and its customers are told at
    once; else it has to be approved anew. One that expired is requested again. While it goes on, the new end is when supply is
    expected back, and who is still out is told.

    Raises:
        NotFound, PlannedOutageRefused, Invalid, NotAuthorised: as elsewhere; a reason is needed.
    """
    require_window(begins_at, ends_at, at)
    if not reason.strip():
        raise Invalid(gettext("a reason is needed"), field="reason")
    model = PlannedOutage.objects.filter(pk=planned_id).values_list("model_key", flat=True).first()
    with events.deferred(), incidents.begin(models=[model] if model else [], at=at) as now:
        own = PlannedOutage.objects.filter(pk=planned_id, requested_by=actor.name).exists()
        row = held(actor, "request_planned_outage" if own else "manage_planned_outage", planned_id)
        before = f"{timezone.localtime(row.begins_at):%d %b %H:%M} to {days.in_words(row.ends_at, '%d %b %H:%M')}"
        if row.state in life.GOING_ON:
            _extend(now, row, actor, begins_at, ends_at)
        else:
            _move(row, actor, begins_at, ends_at, at)
        _tell(row, "window", phrase("window", before=before, why=reason.strip()), actor, at)
        if row.state == "notified" or row.state in life.GOING_ON:
            planned_notices.tell_of_window(row, actor=actor, at=at)
        publish(row, "changed", "window", at)
    return row


def _extend(
    now: incidents.Round, row: PlannedOutage, actor: Actor, begins_at: dt.datetime, ends_at: dt.datetime
) -> None:
    """The work that goes on ends at another time."""
    if begins_at != row.begins_at:
        raise PlannedOutageRefused(gettext("it has begun: only its end can be moved"), planned=row.pk)
    row.ends_at, row.overrun_at = ends_at, None
    row.save(update_fields=["ends_at", "overrun_at"])
    for outage in now.find(planned_outage=row, restored_at=None):
        now.expect(outage, ends_at, "operator", actor)


def _move(row: PlannedOutage, actor: Actor, begins_at: dt.datetime, ends_at: dt.datetime, at: dt.datetime) -> None:
    """Work that has not begun happens at another time."""
    if row.state not in life.WAITING | {"expired"}:
        raise PlannedOutageRefused(
            gettext("it is %(state)s: its window stays") % {"state": row.get_state_display().lower()}, planned=row.pk
        )
    may_decide = row.requested_by != actor.name and all(actor.may("approve_planned_outage", key) for key in areas(row))
    following = row.state if may_decide and row.state != "expired" else "requested"
    row.begins_at, row.ends_at, row.state, row.expired_at = begins_at, ends_at, following, None
    row.save(update_fields=["begins_at", "ends_at", "state", "expired_at"])
    planned_scope.compute(row, at=at)


def require_window(begins_at: dt.datetime, ends_at: dt.datetime, at: dt.datetime) -> None:
    """A window that can be.

    Raises:
        Invalid: it ends before it begins, or is over.
    """
    if ends_at <= begins_at:
        raise Invalid(gettext("the window must end after it begins"), field="ends_at")
    if ends_at <= at:
        raise Invalid(gettext("the window is over"), field="ends_at")


def _require_another(actor: Actor, row: PlannedOutage) -> None:
    if row.requested_by == actor.name:
        raise PlannedOutageRefused(
            gettext("whoever asked for it may not approve it: another person does"), planned=row.pk
        )


def wanted_devices(model: str, devices: Sequence[Wanted]) -> list[tuple[Any, int]]:
    """The switches meant, each with the phases to open.

    Raises:
        NotFound: no such model.
        Invalid: no device, an unknown one, or one that is no switch.
    """
    found = [_device(model, one) for one in devices]
    if not found:
        raise Invalid(gettext("at least one device is needed"), field="devices")
    return found


def _device(model: str, wanted: Wanted) -> tuple[Any, int]:
    """The switch meant, and the phases to open."""
    grid = state.present(model).grid
    rows = equipment.published(model)
    found = list(rows.filter(mrid=wanted.device)[:1]) or list(rows.filter(name=wanted.device)[:2])
    if len(found) != 1:
        words = "is the name of several devices: use the mRID" if found else "is not in the published network"
        raise Invalid(gettext("%(device)s %(words)s") % {"device": wanted.device, "words": words}, field="devices")
    (device,) = found
    if not device.is_branch or not grid.is_switch[device.index]:
        raise Invalid(gettext("%(name)s is no switch: it cannot be opened") % {"name": device.name}, field="devices")
    bits = wanted.phases & ph.ABC or int(grid.branch_phases[device.index]) & ph.ABC
    return device, bits


def held(actor: Actor, action: str, planned_id: int) -> PlannedOutage:
    """The planned outage, locked, for who may do this wherever its devices are.

    Raises:
        NotFound, NotAuthorised: as they say.
    """
    row = locked(planned_id)
    if row is None:
        raise NotFound(gettext("no planned outage %(planned_id)s") % {"planned_id": planned_id}, planned=planned_id)
    for key in areas(row):
        authority.require(actor=actor, action=action, area=key)
    return row


def locked(planned_id: int) -> PlannedOutage | None:
    """The planned outage, locked, whoever asks; None where there is none."""
    return (
        PlannedOutage.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(pk=planned_id)
        .first()
    )


def areas(row: PlannedOutage) -> Collection[str]:
    """Control areas of its devices, as they are now."""
    found = equipment.published(row.model_key).filter(mrid__in=row.device_mrids)
    return sorted({row.area.key, *found.values_list("area__key", flat=True)})


def _step(row: PlannedOutage, following: str, *, reason: str = "", **values: Any) -> None:
    if not life.may_become(row.state, following):
        words = gettext("it is %(state)s: it cannot become %(wanted)s")
        told = {"state": row.get_state_display().lower(), "wanted": PlannedOutage.State(following).label.lower()}
        raise PlannedOutageRefused(words % told, planned=row.pk, state=row.state, wanted=following)
    if following in life.REASONED and not reason.strip():
        raise Invalid(gettext("a reason is needed"), field="reason")
    values |= {"state": following} | ({"reason": reason.strip()[:200]} if reason else {})
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=sorted(values))


def _tell(row: PlannedOutage, kind: str, told: Phrase, actor: Actor, at: dt.datetime) -> None:
    planned_scope.note(row, kind, told, actor.label or actor.name, at)
    object_ = f"planned_outage:{row.pk}"
    audit.record(
        actor=actor, action=f"planned_outage_{kind}", object_=object_, area=row.area.key, reason=row.reason, at=at
    )


def publish(row: PlannedOutage, verb: str, what: str, at: dt.datetime) -> None:
    """Let others hear of it."""
    events.publish(area_id=row.area_id, facts=[PlannedOutageChanged(row.pk, row.mrid, verb, what, at)], at=at)
