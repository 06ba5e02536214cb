"""Write an order: its steps, its versions, and its way to the desk of who prepares it."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import authority
from network.domain import phases as ph
from network.domain.phrases import phrase
from network.selectors import equipment, state
from outages.domain.switching import life
from outages.domain.switching import steps as kinds
from outages.domain.switching.steps import Step
from outages.models import OrderVersion, PlannedOutage, SwitchingOrder, SwitchingStep
from outages.selectors import order_words
from outages.selectors import switching as reading
from outages.services.switching import life_cycle, people
from outages.services.switching.life_cycle import OrderRefused, change, hold, move, tell

MOST_STEPS = 500


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step as it is written. Devices by mRID or by a name only one has; a step with the `key` of an earlier version is that step."""

    kind: str
    device: str = ""
    terminal: int = 1
    other: str = ""
    other_terminal: int = 1
    phases: int = 0
    crew: str = ""
    text: str = ""
    group: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What an order says."""

    model: str
    kind: str
    purpose: str
    steps: Sequence[NewStep] = ()
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    planned_outage: int | None = None


@transaction.atomic
def write(*, actor: Actor, new: NewOrder, at: dt.datetime) -> SwitchingOrder:
    """Write an order. An urgent one is issued with that, so who writes it must be allowed to carry it out.

    Raises:
        NotFound: no such model or planned outage.
        Invalid: an unknown kind or device, no purpose, a window that ends before it begins.
        NotAuthorised: not in the area of one of the devices.
    """
    if new.kind not in life.KINDS:
        raise Invalid(_("no kind of order %(kind)s") % {"kind": f"{new.kind!r}"}, field="kind", known=list(life.KINDS))
    _require_said(new.purpose, new.begins_at, new.ends_at)
    steps = _found(new.model, new.steps)
    area = _area(new.model, steps)
    action = "execute_order" if new.kind in life.URGENT else "draft_order"
    for key in sorted({area.key, *_areas(new.model, steps)}):
        authority.require(actor=actor, action=action, area=key)
    row = SwitchingOrder.objects.create(
        mrid=str(uuid.uuid4()),
        area=area,
        model_key=new.model,
        kind=new.kind,
        state=life.first_state(new.kind),
        purpose=new.purpose.strip()[:200],
        begins_at=new.begins_at,
        ends_at=new.ends_at,
        planned_outage=_planned(new.planned_outage, new.model),
        created_by=actor.name,
        created_at=at,
        authors=[people.told(actor)],
        issued_at=at if new.kind in life.URGENT else None,
    )
    _put(row, steps)
    if row.kind in life.URGENT:
        keep_version(actor=actor, row=row, at=at)
    told = phrase("written", kind=phrase(f"order_{row.kind}"), steps=len(steps), purpose=row.purpose)
    tell(row, "written", told, actor, at)
    return row


@transaction.atomic
def rewrite(
    *, actor: Actor, order_id: int, new: NewOrder, revision: int | None = None, at: dt.datetime
) -> SwitchingOrder:
    """Write the content anew; kind and model stay. Whoever does is an author, and so not the approver.

    Raises:
        NotFound, NotAuthorised, Invalid: as for `write`.
        OrderRefused: its version stands, or it has changed since it was seen.
    """
    row = hold(actor, "draft_order", order_id, revision=revision)
    if row.state not in life.EDITABLE:
        raise OrderRefused(
            _("%(reference)s is %(state)s: take it back for rework")
            % {"reference": row.reference, "state": row.get_state_display().lower()},
            order=row.pk,
        )
    _require_said(new.purpose, new.begins_at, new.ends_at)
    steps = _found(row.model_key, new.steps)
    for key in sorted(_areas(row.model_key, steps)):
        authority.require(actor=actor, action="draft_order", area=key)
    row.steps.all().delete()
    _put(row, steps)
    people.written_by(row, actor)
    values = {"purpose": new.purpose.strip()[:200], "begins_at": new.begins_at, "ends_at": new.ends_at}
    change(row, **values, authors=row.authors)
    tell(row, "rewritten", phrase("rewritten", steps=len(steps)), actor, at)
    return row


@transaction.atomic
def append(*, actor: Actor, order_id: int, steps: Sequence[NewStep], at: dt.datetime) -> SwitchingOrder:
    """Add steps to an urgent order that is being carried out: nobody knows all of them when it begins.

    Raises:
        NotFound, NotAuthorised, Invalid: as for `write`.
        OrderRefused: it is no urgent order, or it is over.
    """
    row = hold(actor, "execute_order", order_id)
    if row.kind not in life.URGENT or row.state not in {"issued", "in_execution"}:
        raise OrderRefused(
            _("no steps are added to %(reference)s: it is not an urgent order under way")
            % {"reference": row.reference},
            order=row.pk,
        )
    found = _found(row.model_key, steps)
    for key in sorted(_areas(row.model_key, found)):
        authority.require(actor=actor, action="execute_order", area=key)
    _put(row, found)
    people.written_by(row, actor)
    change(row, version=row.version + 1, authors=row.authors)
    keep_version(actor=actor, row=row, at=at)
    tell(row, "appended", phrase("appended", steps=len(found)), actor, at)
    return row


def approved_template(template_id: int) -> SwitchingOrder:
    """A template whose steps may be used.

    Raises:
        NotFound: no such template.
        OrderRefused: it is no template, or not approved.
    """
    template = SwitchingOrder.objects.filter(pk=template_id).first()
    if template is None:
        raise NotFound(_("no switching order %(template_id)s") % {"template_id": template_id}, order=template_id)
    if template.kind != "template" or template.state != "approved":
        raise OrderRefused(
            _("%(reference)s is no approved template") % {"reference": template.reference}, order=template.pk
        )
    return template


def copy(*, actor: Actor, template_id: int, new: NewOrder, at: dt.datetime) -> SwitchingOrder:
    """An order with the steps of an approved template; purpose, kind and window are its own.

    Raises:
        NotFound: no such template.
        OrderRefused: it is no template, or not approved.
        NotAuthorised, Invalid: as for `write`.
    """
    template = approved_template(template_id)
    steps = [
        NewStep(
            one.kind, one.device_mrid, one.terminal, one.other_mrid, one.other_terminal, one.phases, one.crew, one.text, one.group
        )
        for one in reading.steps(template)
    ]  # fmt: skip
    return write(actor=actor, new=replace(new, model=template.model_key, steps=steps), at=at)


@transaction.atomic
def request(*, actor: Actor, order_id: int, at: dt.datetime) -> SwitchingOrder:
    """Ask for it to be prepared."""
    row = hold(actor, "draft_order", order_id)
    move(row, "requested")
    tell(row, "requested", phrase("requested"), actor, at)
    return row


@transaction.atomic
def rework(*, actor: Actor, order_id: int, reason: str, at: dt.datetime) -> SwitchingOrder:
    """Take it back to be written anew: what was prepared stays readable as its version, and a new one begins.

    Raises:
        OrderRefused: a step of it has begun, or it is over.
    """
    row = hold(actor, "draft_order", order_id)
    if row.state in life.STANDING:
        for key in life_cycle.areas(row):
            authority.require(actor=actor, action="execute_order", area=key)
    if row.steps.exclude(state="not_started").exists():
        raise OrderRefused(
            _("a step of %(reference)s has begun: go back or abort") % {"reference": row.reference}, order=row.pk
        )
    if row.documents.filter(state="issued").exists():
        raise OrderRefused(_("a safety document of %(reference)s is held") % {"reference": row.reference}, order=row.pk)
    was_fixed = row.versions.filter(number=row.version).exists()
    values = {"approved_by": "", "approved_at": None, "issued_at": None}
    move(row, "draft", reason=reason, version=row.version + (1 if was_fixed else 0), **values)
    why = reason.strip()
    tell(row, "rework", phrase("rework_why", why=why) if why else phrase("rework"), actor, at)
    return row


def keep_version(*, actor: Actor, row: SwitchingOrder, at: dt.datetime) -> OrderVersion:
    """Write down what the order says now, for good."""
    content = reading.content(row, reading.steps(row))
    return OrderVersion.objects.create(
        order=row, number=row.version, content=content, saved_by=actor.label or actor.name, saved_at=at
    )


def planned(step: SwitchingStep) -> Step:
    """A row as the domain knows it."""
    return Step(
        step.key, step.kind, step.device_mrid, step.device_name, step.terminal, step.other_mrid, step.other_terminal,
        step.phases, step.crew, step.text, step.group, step.is_go_back,
    )  # fmt: skip


def put_back_steps(row: SwitchingOrder, steps: Sequence[Step]) -> None:
    """Put steps behind all others."""
    last = row.steps.order_by("-position").values_list("position", flat=True).first() or 0
    SwitchingStep.objects.bulk_create(_row(row, step, last + number) for number, step in enumerate(steps, start=1))


def _put(row: SwitchingOrder, steps: Sequence[Step]) -> None:
    keys = [step.key for step in steps] + list(row.steps.values_list("key", flat=True))
    if len(keys) != len(set(keys)):
        raise Invalid(_("two steps have one key"), field="steps")
    if len(keys) > MOST_STEPS:
        raise Invalid(_("an order has at most %(most_steps)s steps") % {"most_steps": MOST_STEPS}, field="steps")
    put_back_steps(row, steps)


def _row(row: SwitchingOrder, step: Step, position: int) -> SwitchingStep:
    return SwitchingStep(
        order=row,
        key=step.key,
        position=position,
        group=step.group,
        kind=step.kind,
        device_mrid=step.device,
        device_name=step.name,
        terminal=step.terminal,
        other_mrid=step.other,
        other_terminal=step.other_terminal,
        phases=step.phases,
        crew=step.crew,
        text=step.text,
        is_go_back=step.is_go_back,
    )


def _found(model: str, steps: Sequence[NewStep]) -> list[Step]:
    """The steps with their devices looked up."""
    state.published_model_id(model)
    return [_one(model, step, number) for number, step in enumerate(steps, start=1)]


def _one(model: str, step: NewStep, number: int) -> Step:
    where = _("step %(number)s") % {"number": number}
    if step.kind not in kinds.KINDS:
        raise Invalid(
            _("%(where)s: no kind of step %(kind)s") % {"where": where, "kind": f"{step.kind!r}"},
            field="steps",
            known=list(kinds.KINDS),
        )
    mrid, name = _device(model, step.device, where) if step.device else ("", "")
    if step.kind in kinds.PLACED and not mrid:
        raise Invalid(
            _("%(where)s: %(kinds)s needs a device") % {"where": where, "kinds": order_words.STEP_KINDS[step.kind]},
            field="steps",
        )
    if step.kind in kinds.SWITCHING and not _is_switch(model, mrid):
        raise Invalid(_("%(where)s: %(name)s is no switch") % {"where": where, "name": name}, field="steps")
    if step.kind == "jumper" and not step.other:
        raise Invalid(_("%(where)s: a jumper needs its far end") % {"where": where}, field="steps")
    if step.kind in kinds.TOLD and not step.text.strip():
        raise Invalid(
            _("%(where)s: %(kinds)s needs its text") % {"where": where, "kinds": order_words.STEP_KINDS[step.kind]},
            field="steps",
        )
    if step.kind == "wait" and kinds.minutes(step.text) is None:
        raise Invalid(_("%(where)s: how long it waits is said in minutes, as 20 min") % {"where": where}, field="steps")
    other = _device(model, step.other, where)[0] if step.other else ""
    return Step(
        step.key or str(uuid.uuid4()), step.kind, mrid, name, step.terminal, other, step.other_terminal,
        step.phases & ph.ABC, step.crew, step.text.strip()[:400], step.group,
    )  # fmt: skip


def _device(model: str, device: str, where: str) -> tuple[str, str]:
    rows = equipment.published(model)
    found = list(rows.filter(mrid=device)[:1]) or list(rows.filter(name=device)[:2])
    if len(found) != 1:
        words = (
            _("%(where)s: %(device)s is the name of several devices: use the mRID")
            if found
            else _("%(where)s: %(device)s is not in the published network")
        )
        raise Invalid(words % {"where": where, "device": device}, field="steps")
    return found[0].mrid, found[0].name


def _is_switch(model: str, mrid: str) -> bool:
    return equipment.published(model).filter(mrid=mrid, is_switch=True).exists()


def _areas(model: str, steps: Sequence[Step]) -> set[str]:
    mrids = {mrid for step in steps for mrid in (step.device, step.other) if mrid}
    return set(equipment.published(model).filter(mrid__in=mrids).values_list("area__key", flat=True))


def _area(model: str, steps: Sequence[Step]) -> Any:
    """The area of the first device; of a network's first equipment where no step has one yet."""
    first = next((step.device for step in steps if step.device), "")
    rows = equipment.published(model)
    found = rows.filter(mrid=first).first() if first else rows.order_by("pk").first()
    if found is None:
        raise NotFound(_("network %(model)s has no equipment") % {"model": model}, model=model)
    return found.area


def _planned(planned_id: int | None, model: str) -> PlannedOutage | None:
    if planned_id is None:
        return None
    found = PlannedOutage.objects.filter(pk=planned_id, model_key=model).first()
    if found is None:
        raise NotFound(
            _("no planned outage %(planned_id)s in %(model)s") % {"planned_id": planned_id, "model": model},
            planned=planned_id,
        )
    return found


def _require_said(purpose: str, begins_at: dt.datetime | None, ends_at: dt.datetime | None) -> None:
    if not purpose.strip():
        raise Invalid(_("a purpose is needed"), field="purpose")
    if begins_at is not None and ends_at is not None and ends_at <= begins_at:
        raise Invalid(_("the window must end after it begins"), field="ends_at")
