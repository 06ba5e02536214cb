"""Planned outages as people handle them: request, approve, reject, cancel, complete. What the network does: planned_execution."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority
from network.domain import phases as ph
from network.selectors import equipment, state
from outages.domain import planned as life
from outages.models import Outage, PlannedEntry, PlannedOutage
from outages.services import lifecycle, planned_scope


class PlannedOutageRefused(Refused):
    """The planned outage is not in a state for that, or this person may not decide on it."""

    code = "planned_outage_refused"


class Wanted(NamedTuple):
    """A device to be opened, by mRID or name, and on which phases (bits; 0: all it has)."""

    device: str
    phases: int = 0


@transaction.atomic
def request(
    *,
    actor: Actor,
    model: str,
    devices: Sequence[Wanted],
    begins_at: dt.datetime,
    ends_at: dt.datetime,
    purpose: str,
    order_reference: str = "",
    at: dt.datetime,
) -> PlannedOutage:
    """Ask for an outage; who will lose supply is computed at once.

    Raises:
        NotFound: no such model.
        Invalid: no device, an unknown one, one that is no switch, or a window that is over or ends before it begins.
        NotAuthorised: not in the area of one of the devices.
    """
    _require_window(begins_at, ends_at, at)
    if not purpose.strip():
        raise Invalid("a purpose is needed", field="purpose")
    found = [_device(model, one) for one in devices]
    if not found:
        raise Invalid("at least one device is needed", field="devices")
    for device, _ in found:
        authority.require(actor=actor, action="request_planned_outage", area=device.area.key)
    told = {device.mrid: {"mrid": device.mrid, "name": device.name, "phases": bits} for device, bits in found}
    row = PlannedOutage.objects.create(
        mrid=str(uuid.uuid4()),
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
    _tell(row, "requested", f"Requested by {actor.label or actor.name}: {row.purpose}", actor, at)
    return row


@transaction.atomic
def approve(*, actor: Actor, planned_id: int, at: dt.datetime) -> PlannedOutage:
    """Let it happen. Another person than the requester does.

    Raises:
        NotFound: no such planned outage.
        PlannedOutageRefused: asked by the requester, its window is over, or it is not requested (any more).
    """
    row = _held(actor, "approve_planned_outage", planned_id)
    if row.requested_by == actor.name:
        raise PlannedOutageRefused("whoever asked for it may not approve it: another person does", planned=planned_id)
    if row.ends_at <= at:
        raise PlannedOutageRefused("its window is over", planned=planned_id)
    planned_scope.compute(row, at=at)
    _step(row, "approved", decided_by=actor.name, decided_at=at)
    _tell(row, "approved", f"Approved by {actor.label or actor.name}", actor, at)
    return row


@transaction.atomic
def reject(*, actor: Actor, planned_id: int, reason: str, at: dt.datetime) -> PlannedOutage:
    """It is not to happen.

    Raises:
        NotFound, PlannedOutageRefused, Invalid: as elsewhere; a reason is needed.
    """
    row = _held(actor, "approve_planned_outage", planned_id)
    _step(row, "rejected", reason=reason, decided_by=actor.name, decided_at=at)
    _tell(row, "rejected", f"Rejected: {row.reason}", actor, at)
    return row


@transaction.atomic
def cancel(*, actor: Actor, planned_id: int, reason: str, at: dt.datetime) -> PlannedOutage:
    """It is not wanted any more; nothing was opened yet.

    Raises:
        NotFound, PlannedOutageRefused, Invalid: as elsewhere; a reason is needed.
    """
    row = _held(actor, "request_planned_outage", planned_id)
    _step(row, "cancelled", reason=reason)
    _tell(row, "cancelled", f"Cancelled: {row.reason}", actor, at)
    return row


@transaction.atomic
def complete(*, actor: Actor, planned_id: int, at: dt.datetime) -> PlannedOutage:
    """The work is done and everybody has supply: its outages are completed with it, their cause planned work.

    Raises:
        NotFound, PlannedOutageRefused: as elsewhere.
    """
    outages = list(Outage.objects.filter(planned_outage=planned_id, state="restored").values_list("pk", flat=True))
    for outage_id in sorted(outages):  # outages are locked before their plan, as everywhere
        lifecycle.complete(actor=actor, outage_id=outage_id, cause="planned", at=at)
    row = _held(actor, "request_planned_outage", planned_id)
    _step(row, "completed", completed_at=at)
    _tell(row, "completed", f"Completed by {actor.label or actor.name}", actor, at)
    return row


def _require_window(begins_at: dt.datetime, ends_at: dt.datetime, at: dt.datetime) -> None:
    if ends_at <= begins_at:
        raise Invalid("the window must end after it begins", field="ends_at")
    if ends_at <= at:
        raise Invalid("the window is over", field="ends_at")


def _device(model: str, wanted: Wanted) -> tuple[Any, int]:
    """The switch meant, and the phases to open."""
    grid = state.present(model).grid
    rows = equipment.published(model)
    found = list(rows.filter(mrid=wanted.device)[:1]) or list(rows.filter(name=wanted.device)[:2])
    if len(found) != 1:
        words = "is the name of several devices: use the mRID" if found else "is not in the published network"
        raise Invalid(f"{wanted.device} {words}", field="devices")
    (device,) = found
    if not device.is_branch or not grid.is_switch[device.index]:
        raise Invalid(f"{device.name} is no switch: it cannot be opened", field="devices")
    bits = wanted.phases & ph.ABC or int(grid.branch_phases[device.index]) & ph.ABC
    return device, bits


def _held(actor: Actor, action: str, planned_id: int) -> PlannedOutage:
    row = PlannedOutage.objects.select_for_update(of=("self",)).select_related("area").filter(pk=planned_id).first()
    if row is None:
        raise NotFound(f"no planned outage {planned_id}", planned=planned_id)
    for key in _areas(row):
        authority.require(actor=actor, action=action, area=key)
    return row


def _areas(row: PlannedOutage) -> Collection[str]:
    """Control areas of its devices, as they are now."""
    found = equipment.published(row.model_key).filter(mrid__in=row.device_mrids)
    return sorted({row.area.key, *found.values_list("area__key", flat=True)})


def _step(row: PlannedOutage, following: str, *, reason: str = "", **values: Any) -> None:
    if not life.may_become(row.state, following):
        words = f"it is {row.get_state_display().lower()}: it cannot become {following.replace('_', ' ')}"
        raise PlannedOutageRefused(words, planned=row.pk, state=row.state, wanted=following)
    if following in life.REASONED and not reason.strip():
        raise Invalid("a reason is needed", field="reason")
    values |= {"state": following} | ({"reason": reason.strip()[:200]} if reason else {})
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=sorted(values))


def _tell(row: PlannedOutage, kind: str, text: str, actor: Actor, at: dt.datetime) -> None:
    PlannedEntry.objects.create(planned_outage=row, kind=kind, text=text[:400], actor=actor.label or actor.name, at=at)
    object_ = f"planned_outage:{row.pk}"
    audit.record(
        actor=actor, action=f"planned_outage_{kind}", object_=object_, area=row.area.key, reason=row.reason, at=at
    )
