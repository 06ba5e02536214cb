"""Tags on devices: a note warns, inhibit (by an operator) and clearance (people work there) block every operation until all are off."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import Approval
from adms.core.services import approvals, audit, authority, events
from adms.core.services.approvals import Wanted
from network.events import TagChanged
from network.models import Tag
from network.services.control.devices import find_device, find_switch
from network.services.control.requests import OperationRefused

NOTE = Tag.Kind.NOTE.value
REMOVE_OTHERS = "remove_others_tag"
#: The right each class of tag needs, to place it and to take one's own off.
RIGHTS = {"note": "place_note", "inhibit": "place_tag", "clearance": "place_clearance"}


@transaction.atomic
def place_tag(
    *, actor: Actor, model: str, equipment_mrid: str, kind: str, text: str, held_for: str = "", at: dt.datetime
) -> Tag:
    """Hang a tag on a switch, or a note on any equipment. Inhibit and clearance block every operation until all are removed.

    One that is `held_for` a safety document comes off for that alone: no second person helps.

    Raises:
        NotFound: there is no such equipment, or what is not a note is meant for what is no switch.
        NotAuthorised, Invalid: as the names say.
    """
    equipment = find_device(model, equipment_mrid) if kind == NOTE else find_switch(model, equipment_mrid)
    if kind not in RIGHTS:
        raise Invalid(_("no class of tag %(kind)s") % {"kind": f"{kind!r}"}, field="kind", known=list(RIGHTS))
    authority.require(actor=actor, action=RIGHTS[kind], area=equipment.area.key)
    tag = Tag.objects.create(
        model_id=equipment.version.model_id,
        area=equipment.area,
        equipment_mrid=equipment_mrid,
        kind=kind,
        text=text,
        placed_by=actor.name,
        placed_person=actor.identity,
        held_for=held_for,
        placed_at=at,
    )
    audit.record(
        actor=actor,
        action="place_tag",
        object_=equipment_mrid,
        area=equipment.area.key,
        after={"kind": kind, "text": text},
        at=at,
    )
    events.publish(
        area_id=equipment.area_id, facts=[TagChanged(model, equipment_mrid, kind, is_placed=True, at=at)], at=at
    )
    return tag


def find_tag(tag_id: int) -> Tag:
    """A tag that hangs.

    Raises:
        NotFound: there is none, or it is off already.
    """
    found = Tag.objects.select_related("area", "model").filter(pk=tag_id, removed_at=None).first()
    if found is None:
        raise NotFound(_("no such tag"), tag=tag_id)
    return found


def is_own(actor: Actor, tag: Tag) -> bool:
    """Whether the person behind the actor placed it."""
    return (tag.placed_person or tag.placed_by) in (actor.identity, actor.name)


@transaction.atomic
def remove_tag(*, actor: Actor, tag_id: int, held_for: str = "", at: dt.datetime) -> Tag:
    """Take one's own tag off; another's comes off by a senior operator with a second person's word.

    Raises:
        NotFound: there is none, or it is off already.
        NotAuthorised: not in this area.
        OperationRefused: it is another's and the actor is no senior operator, or a safety document needs it.
        NoApproval: it is another's and no second person has said yes.
    """
    tag = (
        Tag.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area", "model")
        .filter(pk=tag_id, removed_at=None)
        .first()
    )
    if tag is None:
        raise NotFound(_("no such tag"), tag=tag_id)
    authority.require(actor=actor, action=RIGHTS[tag.kind], area=tag.area.key)
    if tag.held_for != held_for:
        words = _("people rely on it under %(document)s: its holder releases it, and the tag comes off")
        holder = _("the holder of %(document)s") % {"document": tag.held_for}
        told = words % {"document": tag.held_for}
        raise OperationRefused(told, cause="locked-by-other-client", lifted_by=holder)
    second = "" if is_own(actor, tag) else _second_person(actor, tag, at)
    tag.removed_by, tag.removed_at = actor.name, at
    tag.save(update_fields=["removed_by", "removed_at"])
    after = {"placed_by": tag.placed_by, "second_person": second} if second else None
    audit.record(actor=actor, action="remove_tag", object_=tag.equipment_mrid, area=tag.area.key, after=after, at=at)
    events.publish(
        area_id=tag.area_id,
        facts=[TagChanged(tag.model.key, tag.equipment_mrid, tag.kind, is_placed=False, at=at)],
        at=at,
    )
    return tag


def ask_to_remove(*, actor: Actor, tag_id: int, reason: str, at: dt.datetime) -> Approval:
    """Ask for the second person that taking another's tag off needs. Who placed the tag may be it, and is asked best.

    Raises:
        NotFound: there is none, or it is off already.
        NotAuthorised: no senior operator of the area.
        Invalid: no reason.
    """
    tag = find_tag(tag_id)
    authority.require(actor=actor, action=REMOVE_OTHERS, area=tag.area.key)
    words = f"Remove the {tag.get_kind_display().lower()} tag of {tag.placed_by} from {tag.equipment_mrid}: {tag.text}"
    wanted = Wanted(REMOVE_OTHERS, _object(tag), tag.area.key, words, reason)
    return approvals.ask(actor=actor, wanted=wanted, at=at)


def word_on(*, actor: Actor, tag: Tag, at: dt.datetime) -> Approval | None:
    """The second person's word the actor has, to take another's tag off."""
    return approvals.given(actor=actor, action=REMOVE_OTHERS, object_=_object(tag), at=at)


def _second_person(actor: Actor, tag: Tag, at: dt.datetime) -> str:
    if not actor.may(REMOVE_OTHERS, tag.area.key):
        raise OperationRefused(
            _("the tag was placed by %(placed_by)s, who alone removes it") % {"placed_by": tag.placed_by},
            cause="locked-by-other-client",
            lifted_by=f"{tag.placed_by}, or a senior operator and a second person",
        )
    return approvals.use(actor=actor, action=REMOVE_OTHERS, object_=_object(tag), at=at).decided_by


def _object(tag: Tag) -> str:
    return f"tag:{tag.pk}"
