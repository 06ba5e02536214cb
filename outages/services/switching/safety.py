"""Safety documents: drafted, issued once their points are as they must be, released by their holder alone.

An issued one hangs a clearance tag of its own on each of its points. The gate refuses to operate what carries one, and nobody
but the document takes it off: that is how its points are frozen, and why supply cannot be put back while it is held.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.selectors import persons
from adms.core.services import audit, authority
from network.domain import temporary
from network.domain.phrases import Phrase, phrase
from network.selectors import equipment, state
from network.selectors import tags as hanging
from network.services import grounded, operations
from outages.domain.switching import documents, isolation, life
from outages.models import SafetyDocument, SwitchingOrder
from outages.selectors import order_words, rehearsal_words
from outages.services.switching import carrying
from outages.services.switching.life_cycle import OrderRefused, change, hold, tell
from workforce.selectors import crews


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What a document says: what is worked on, which devices isolate it (mRIDs), who will hold it, which crews work under it."""

    kind: str
    work: str
    equipment_mrid: str
    points: Sequence[str]
    holder: str  # account
    crews: Sequence[str] = ()  # keys
    terminal: int = 1


@transaction.atomic
def draft(*, actor: Actor, order_id: int, new: NewDocument, at: dt.datetime) -> SafetyDocument:
    """Write a document.

    Raises:
        NotFound: no such order, equipment, device, person or crew.
        Invalid: an unknown kind, no work, no point, a point that is no switch.
        OrderRefused: the order is over.
    """
    row = hold(actor, "draft_order", order_id)
    if row.state in life.ENDED:
        raise OrderRefused(
            _("%(reference)s is %(state)s") % {"reference": row.reference, "state": row.get_state_display().lower()},
            order=row.pk,
        )
    if new.kind not in documents.KINDS:
        raise Invalid(
            _("no kind of safety document %(kind)s") % {"kind": f"{new.kind!r}"},
            field="kind",
            known=list(documents.KINDS),
        )
    if not new.work.strip() or not new.points:
        raise Invalid(
            _("the work and at least one point are needed"), field="work" if not new.work.strip() else "points"
        )
    worked_on = equipment.find(new.equipment_mrid, row.model_key)
    person = persons.named(new.holder)
    if person is None:
        raise NotFound(_("nobody is called %(holder)s") % {"holder": new.holder}, holder=new.holder)
    document = SafetyDocument.objects.create(
        order=row,
        kind=new.kind,
        work=new.work.strip()[:200],
        equipment_mrid=worked_on.mrid,
        equipment_name=worked_on.name,
        terminal=new.terminal,
        points=[_point(row, mrid) for mrid in dict.fromkeys(new.points)],
        holder=new.holder,
        holder_name=person[1],
        crews=_crews(new.crews),
        drafted_by=actor.name,
    )
    change(row)
    told = phrase("document_drafted", equipment=worked_on.name, work=document.work, **_named(document))
    tell(row, "document", told, actor, at)
    return document


def issue(*, actor: Actor, document_id: int, at: dt.datetime) -> SafetyDocument:
    """Hand it over: from here on people rely on it.

    Raises:
        OrderRefused: the order is not in the field, or a point is not as it must be; `lacking` lists all that is missing.
    """
    try:
        return _issue(actor, document_id, at)
    except OrderRefused as refusal:
        _refused(actor, "document_issued", document_id, refusal, at)
        raise


@transaction.atomic
def _issue(actor: Actor, document_id: int, at: dt.datetime) -> SafetyDocument:
    row, document = _held(actor, "execute_order", document_id)
    if row.state not in life.EXECUTING:
        raise OrderRefused(
            _("%(reference)s is %(state)s: issue it first")
            % {"reference": row.reference, "state": row.get_state_display().lower()},
            order=row.pk,
        )
    _require_may(document, "issued")
    if lacking := missing(document):
        words = _("%(document)s cannot be issued: %(lacking)s")
        told = {"document": document.reference, "lacking": "; ".join(lacking)}
        raise OrderRefused(words % told, document=document.pk, lacking=lacking)
    if "grounded" in documents.REQUIREMENTS[document.kind]:
        grounded.rely_on(
            actor=carrying.in_name_of(document.reference, actor),
            model=row.model_key,
            equipment_mrid=document.equipment_mrid,
            terminal=document.terminal,
            held_for=document.reference,
            at=at,
        )
    words = f"{document.reference}, held by {document.holder_name}: {document.work}"
    for point in document.points:
        tag = operations.place_tag(
            actor=carrying.in_name_of(document.reference, actor),
            model=row.model_key,
            equipment_mrid=point["mrid"],
            kind="clearance",
            text=words[:400],
            held_for=document.reference,
            at=at,
        )
        point["tag"] = tag.pk
    _become(document, "issued", issued_by=actor.name, issued_at=at, points=document.points)
    change(row)
    tell(row, "document", phrase("document_issued", holder=document.holder_name, **_named(document)), actor, at)
    return document


@transaction.atomic
def report_clear(*, actor: Actor, document_id: int, crew: str, at: dt.datetime) -> SafetyDocument:
    """A crew is clear: people, tools and grounds of its own are off. It says so itself, or an operator hears it by radio.

    Raises:
        NotFound: it does not work under this document.
        NotAuthorised: another crew.
        OrderRefused: the document is not held.
    """
    row, document = _held(actor, "report_step", document_id)
    if document.state != "issued":
        raise OrderRefused(
            _("%(reference)s is %(state)s")
            % {"reference": document.reference, "state": document.get_state_display().lower()},
            document=document.pk,
        )
    entry = next((one for one in document.crews if one["key"] == crew), None)
    if entry is None:
        raise NotFound(
            _("no crew %(crew)s works under %(reference)s") % {"crew": crew, "reference": document.reference}, crew=crew
        )
    if not actor.may("execute_order", row.area.key) and crew not in _own_crews(actor):
        raise authority.NotAuthorised(
            _("%(entry)s is not your crew") % {"entry": entry["name"]}, action="report_step", area=row.area.key
        )
    if not entry["clear_at"]:
        entry["clear_at"], entry["clear_by"] = at.isoformat(), actor.label or actor.name
        document.save(update_fields=["crews"])
        change(row)
        tell(row, "document", phrase("document_clear", crew=entry["name"], document=document.reference), actor, at)
    return document


def release(*, actor: Actor, document_id: int, at: dt.datetime) -> SafetyDocument:
    """Give it back: only its holder does, and only once every crew is clear. Its clearance tags come off with it.

    Raises:
        OrderRefused: somebody else asks, a crew is not clear, or it is not held.
    """
    try:
        return _release(actor, document_id, at)
    except OrderRefused as refusal:
        _refused(actor, "document_released", document_id, refusal, at)
        raise


@transaction.atomic
def _release(actor: Actor, document_id: int, at: dt.datetime) -> SafetyDocument:
    row, document = _held(actor, "report_step", document_id)
    _require_may(document, "released")
    if actor.name != document.holder:
        words = _("%(document)s is held by %(holder)s, who alone releases it")
        told = {"document": document.reference, "holder": document.holder_name}
        raise OrderRefused(words % told, document=document.pk)
    if working := [one["name"] for one in document.crews if not one["clear_at"]]:
        words = ngettext(
            "%(crews)s is not clear of %(document)s", "%(crews)s are not clear of %(document)s", len(working)
        )
        told = {"crews": ", ".join(working), "document": document.reference}
        raise OrderRefused(words % told, document=document.pk, crews=working)
    for point in document.points:
        operations.remove_tag(
            actor=carrying.in_name_of(document.reference, actor),
            tag_id=point["tag"],
            held_for=document.reference,
            at=at,
        )
    grounded.let_go(model_id=state.published_model_id(row.model_key), held_for=document.reference, at=at)
    _become(document, "released", released_by=actor.name, released_at=at)
    change(row)
    tell(row, "document", phrase("document_released", **_named(document)), actor, at)
    return document


@transaction.atomic
def cancel(*, actor: Actor, document_id: int, at: dt.datetime) -> SafetyDocument:
    """A draft is not wanted."""
    row, document = _held(actor, "draft_order", document_id)
    _require_may(document, "cancelled")
    _become(document, "cancelled")
    change(row)
    tell(row, "document", phrase("document_cancelled", document=document.reference), actor, at)
    return document


def missing(document: SafetyDocument) -> list[str]:
    """What is not yet as it must be before it may be issued, in words."""
    return [rehearsal_words.said(one) for one in _missing(document)]


def _missing(document: SafetyDocument) -> list[Phrase]:
    """The same with the network as it stands now."""
    order = document.order
    present = state.present(order.model_key)
    wanted = documents.REQUIREMENTS[document.kind]
    tagged = hanging.blocked_devices(present.model_id)
    branches = {point["mrid"]: present.grid.branch_index(point["mrid"]) for point in document.points}
    found = []
    for point in document.points:
        branch = branches[point["mrid"]]
        if "open" in wanted and (branch < 0 or int(present.positions[branch])):
            found.append(phrase("not_open", device=point["name"]))
        if "tagged" in wanted and point["mrid"] not in tagged:
            found.append(phrase("no_tag", device=point["name"]))
    place = temporary.ends_of(present.fitted.base, document.equipment_mrid, document.terminal)
    if "open" in wanted and isolation.leaks(present.fitted, list(branches.values()), place):
        found.append(phrase("point_missing", equipment=document.equipment_name))
    if "tested" in wanted and not order.steps.filter(kind="test_dead", state="completed").exists():
        found.append(phrase("not_tested"))
    if "grounded" in wanted and not temporary.is_earthed(present.fitted, present.energisation, place):
        found.append(_ungrounded(document, present))
    return found


def _ungrounded(document: SafetyDocument, present: state.NetworkState) -> Phrase:
    """Of a switch the end at which people work is told: a ground at its other end does not protect them."""
    branch = present.fitted.base.branch_index(document.equipment_mrid)
    if branch >= 0 and present.fitted.base.is_switch[branch]:
        return phrase("end_not_grounded", equipment=document.equipment_name, end=document.terminal)
    return phrase("not_grounded", equipment=document.equipment_name)


def find(document_id: int) -> SafetyDocument:
    """A document by its number.

    Raises:
        NotFound: there is none.
    """
    found = SafetyDocument.objects.select_related("order__area").filter(pk=document_id).first()
    if found is None:
        raise NotFound(_("no safety document %(document_id)s") % {"document_id": document_id}, document=document_id)
    return found


def _held(actor: Actor, action: str, document_id: int) -> tuple[SwitchingOrder, SafetyDocument]:
    """The order, then the document, both locked."""
    row = hold(actor, action, find(document_id).order_id)
    document = SafetyDocument.objects.select_for_update(of=("self",), no_key=True).get(pk=document_id)
    document.order = row
    return row, document


def _require_may(document: SafetyDocument, following: str) -> None:
    if not documents.may_become(document.state, following):
        words = _("%(reference)s is %(state)s") % {
            "reference": document.reference,
            "state": document.get_state_display().lower(),
        }
        raise OrderRefused(
            _("%(words)s: it cannot become %(what)s")
            % {"words": words, "what": str(order_words.DOCUMENT_STATES[following]).lower()},
            document=document.pk,
        )


def _become(document: SafetyDocument, following: str, **values: Any) -> None:
    for name, value in {**values, "state": following}.items():
        setattr(document, name, value)
    document.save(update_fields=sorted({*values, "state"}))


def _named(document: SafetyDocument) -> dict[str, Any]:
    """What a phrase calls it."""
    return {"kind": phrase(f"kind_{document.kind}"), "document": document.reference}


def _point(row: SwitchingOrder, mrid: str) -> dict[str, Any]:
    found = operations.find_switch(row.model_key, mrid)
    return {"mrid": found.mrid, "name": found.name, "tag": None}


def _crews(keys: Sequence[str]) -> list[dict[str, Any]]:
    known = {crew.key: crew.name for crew in crews.crews()}
    for key in keys:
        if key not in known:
            raise NotFound(_("no crew %(key)s") % {"key": key}, crew=key)
    return [{"key": key, "name": known[key], "clear_at": "", "clear_by": ""} for key in dict.fromkeys(keys)]


def _own_crews(actor: Actor) -> set[str]:
    return {crew.key for crew in crews.crews() if crew.user_id is not None and crew.user_id == actor.user_id}


def _refused(actor: Actor, action: str, document_id: int, refusal: OrderRefused, at: dt.datetime) -> None:
    object_ = f"safety_document:{document_id}"
    audit.record(actor=actor, action=action, object_=object_, result="refused", reason=refusal.message, at=at)
