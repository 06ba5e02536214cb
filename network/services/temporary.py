"""Place and remove cuts, jumpers, grounds and mobile generation, for an operator or as a crew reports it."""

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority, events
from network.domain import phases as ph
from network.domain import placing, temporary
from network.domain.temporary import JOINING, JUMPER, Element, Place
from network.events import TemporaryChanged
from network.models import Equipment, NetworkModel, TemporaryElement
from network.selectors import equipment as look_up
from network.selectors import state
from network.selectors.state import NetworkState
from network.services import overlays
from network.services.overlays import OverlayRefused

ACTION = "place_temporary"
LINES = ("ACLineSegment",)


@dataclass(frozen=True, slots=True)
class NewElement:
    """What is to be placed, and where: at end `terminal` of a piece of equipment; a cut in it, a jumper from there to `other`."""

    model: str
    kind: str
    equipment_mrid: str
    terminal: int = 1
    other_equipment_mrid: str = ""
    other_terminal: int = 1
    phases: int | None = None
    fraction: float = 0.5
    name: str = ""
    reason: str = ""
    source: str = "operator"
    occurred_at: dt.datetime | None = None


def look_ahead(*, new: NewElement) -> dict[str, Any]:
    """What placing it would do: customers lost and regained, loop, parallel sources.

    Raises:
        NotFound: no such equipment.
        OverlayRefused: it may not be placed; says why.
    """
    present = state.present(new.model)
    _, element = _drawn(new, present)
    return overlays.effect(present, present.fitted.overlay.placed(element)).told()


def look_ahead_without(*, mrid: str) -> dict[str, Any]:
    """What taking it away would do: customers lost and regained, loop, parallel sources.

    Raises:
        NotFound: no such element, or it is gone already.
        OverlayRefused: what it held apart would be energised onto a ground.
    """
    found = standing(mrid=mrid)
    present = state.present(found.model.key)
    return overlays.effect(present, present.fitted.overlay.removed(mrid)).told()


def standing(*, mrid: str) -> TemporaryElement:
    """A temporary element that has not been taken away.

    Raises:
        NotFound: no such element, or it is gone already.
    """
    found = TemporaryElement.objects.select_related("area", "model").filter(mrid=mrid, removed_at=None).first()
    if found is None:
        raise NotFound(gettext("no such temporary element, or it is gone already"), element=mrid)
    return found


def place(*, actor: Actor, new: NewElement, at: dt.datetime) -> TemporaryElement:
    """Place a temporary element.

    Raises:
        NotFound: no such equipment.
        NotAuthorised: not in this area.
        Invalid: an unknown kind, no such end, in the future.
        OverlayRefused: a ground on what is live, generation beside the network, energising onto a ground, a line cut already.
    """
    try:
        return _place(actor, new, at)
    except Refused as refusal:
        _audit_refusal(actor, "place_temporary", new.equipment_mrid, refusal, at)
        raise


def remove(
    *,
    actor: Actor,
    mrid: str,
    reason: str = "",
    source: str = "operator",
    occurred_at: dt.datetime | None = None,
    at: dt.datetime,
) -> TemporaryElement:
    """Take a temporary element away.

    Raises:
        NotFound: no such element, or it is gone already.
        NotAuthorised: not in this area.
        OverlayRefused: what it held apart would be energised onto a ground.
    """
    try:
        return _remove(actor, mrid, reason, source, occurred_at, at)
    except Refused as refusal:
        _audit_refusal(actor, "remove_temporary", mrid, refusal, at)
        raise


@transaction.atomic
def _place(actor: Actor, new: NewElement, at: dt.datetime) -> TemporaryElement:
    where = look_up.find(new.equipment_mrid, new.model)
    authority.require(actor=actor, action=ACTION, area=where.area.key)
    if new.other_equipment_mrid:
        authority.require(actor=actor, action=ACTION, area=look_up.find(new.other_equipment_mrid, new.model).area.key)
    occurred_at = _field_time(new.occurred_at, at)
    present = overlays.lock(new.model)
    where, element = _drawn(new, present)
    done = overlays.effect(present, present.fitted.overlay.placed(element))
    told = element.told() | {"is_placed": True}
    entry = overlays.Entry("temporary", where, told, occurred_at, new.source, new.reason)
    journal = overlays.record(actor=actor, effect_=done, entry=entry, at=at)
    row = _row(new, element, where, present)
    row.placed_by, row.placed_at, row.number = actor.name, occurred_at, journal.number
    row.save(force_insert=True)
    _tell(actor, "place_temporary", row, {**told, **done.told()}, new.reason, at)
    return row


@transaction.atomic
def _remove(
    actor: Actor, mrid: str, reason: str, source: str, occurred_at: dt.datetime | None, at: dt.datetime
) -> TemporaryElement:
    found = standing(mrid=mrid)
    authority.require(actor=actor, action=ACTION, area=found.area.key)
    present = overlays.lock(found.model.key)
    row = (
        TemporaryElement.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area", "model")
        .get(pk=found.pk)
    )
    if row.removed_at is not None:
        raise NotFound(gettext("it is gone already"), element=mrid)
    moment = _field_time(occurred_at, at)
    if moment < row.placed_at:
        raise Invalid(gettext("%(name)s was placed after that") % {"name": row.name}, field="occurred_at")
    done = overlays.effect(present, present.fitted.overlay.removed(mrid))
    where = _standing(row)
    told = state.element(row).told() | {"is_placed": False}
    entry = overlays.Entry("temporary", where, told, moment, source, reason)
    overlays.record(actor=actor, effect_=done, entry=entry, at=at)
    row.removed_by, row.removed_at = actor.name, moment
    row.save(update_fields=["removed_by", "removed_at"])
    _tell(actor, "remove_temporary", row, {**told, **done.told()}, reason, at)
    return row


def _standing(row: TemporaryElement) -> Equipment:
    """The equipment it stands at; where a later version of the model lost it, any of the area, so that it can be removed."""
    published = look_up.published(row.model.key)
    found = published.filter(mrid=row.equipment_mrid).first() or published.filter(area_id=row.area_id).first()
    if found is None:
        raise NotFound(gettext("the area is not operated any more"), area=row.area.key)
    return found


def _field_time(occurred_at: dt.datetime | None, at: dt.datetime) -> dt.datetime:
    if occurred_at is not None and occurred_at > at:
        raise Invalid(gettext("that is in the future"), field="occurred_at")
    return occurred_at or at


def _drawn(new: NewElement, present: NetworkState) -> tuple[Equipment, Element]:
    """The element as it would stand, after every check that needs no energisation."""
    if new.kind not in temporary.KINDS:
        raise Invalid(
            gettext("no kind %(kind)s") % {"kind": f"{new.kind!r}"}, field="kind", known=list(temporary.KINDS)
        )
    where = look_up.find(new.equipment_mrid, new.model)
    place = _end(present, where, new.terminal)
    other = Place()
    if new.kind == JUMPER:
        other = _end(present, look_up.find(new.other_equipment_mrid, new.model), new.other_terminal)
    phases = (ph.ABC if new.phases is None else new.phases) & (where.phases & ph.ABC or ph.ABC)
    if not phases:
        raise Invalid(gettext("%(name)s has none of these phases") % {"name": where.name}, field="phases")
    slot = present.fitted.overlay.free_slot() if new.kind in JOINING else -1
    fraction = min(max(new.fraction, 0.0), 1.0)
    element = Element(str(uuid.uuid4()), new.kind, _name(new, where), phases, place, other, slot, fraction)
    is_line = where.cim_class in LINES
    refused = placing.why_not(placing.Wanted(element, present.fitted, present.energisation, where.name, is_line))
    if refused is not None:
        raise OverlayRefused(refused[0], cause=refused[1])
    return where, element


def _end(present: NetworkState, where: Equipment, terminal: int) -> Place:
    if terminal not in (1, 2):
        raise Invalid(gettext("an end is 1 or 2"), field="terminal")
    place = Place(where.mrid, terminal)
    node = temporary.node_of(present.grid, place)
    if node < 0:
        raise Invalid(gettext("%(name)s is at no node of the network") % {"name": where.name}, field="equipment")
    return replace(place, node=present.grid.node_mrid_text(node))


def _name(new: NewElement, where: Equipment) -> str:
    if new.name.strip():
        return new.name.strip()[:120]
    count = TemporaryElement.objects.filter(model_id=where.version.model_id, kind=new.kind).count()
    return f"{TemporaryElement.Kind(new.kind).label} {count + 1}"


def _row(new: NewElement, element: Element, where: Equipment, present: NetworkState) -> TemporaryElement:
    return TemporaryElement(
        mrid=element.mrid,
        model=NetworkModel(pk=present.model_id, key=present.model),
        area=where.area,
        kind=element.kind,
        name=element.name,
        phases=element.phases,
        equipment_mrid=element.place.equipment,
        terminal=element.place.terminal,
        node_mrid=element.place.node,
        other_equipment_mrid=element.other.equipment,
        other_terminal=element.other.terminal,
        other_node_mrid=element.other.node,
        fraction=element.fraction,
        slot=element.slot,
        reason=new.reason,
        source=new.source,
    )


def _tell(
    actor: Actor, action: str, row: TemporaryElement, after: dict[str, Any], reason: str, at: dt.datetime
) -> None:
    audit.record(
        actor=actor, action=action, object_=row.equipment_mrid, area=row.area.key, after=after, reason=reason, at=at
    )
    fact = TemporaryChanged(
        row.model.key, row.mrid, row.kind, row.equipment_mrid, is_placed=row.removed_at is None, at=at
    )
    events.publish(area_id=row.area_id, facts=[fact], at=at)


def _audit_refusal(actor: Actor, action: str, object_: str, refusal: Refused, at: dt.datetime) -> None:
    """Refusals are on record too, in their own transaction since the refused one is rolled back."""
    cause = refusal.data.get("cause", refusal.code)
    audit.record(
        actor=actor,
        action=action,
        object_=object_[:200],
        result="refused",
        at=at,
        reason=f"{refusal.message} [{cause}]",
    )
