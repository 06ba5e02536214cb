"""What a step writes into the network once it has been done: positions, tags, grounds, cuts and jumpers.

Tags hang in the name of the order, so that nobody takes one off beside it.
"""

import datetime as dt
from dataclasses import replace

from django.utils.translation import gettext as _

from adms.core.actors import Actor
from network.domain.temporary import CUT, GROUND, JUMPER
from network.selectors import state
from network.selectors import tags as hanging
from network.selectors import temporary as standing
from network.services import operations, positions, temporary
from network.services.positions import PositionReport
from network.services.temporary import NewElement
from outages.domain.switching import steps as kinds
from outages.models import SwitchingOrder, SwitchingStep
from outages.services.switching.life_cycle import OrderRefused

_ELEMENT = {"ground": GROUND, "cut": CUT, "jumper": JUMPER, "unground": GROUND, "uncut": CUT, "unjumper": JUMPER}
_PLACING = frozenset({"ground", "cut", "jumper"})


def carry_out(
    *, actor: Actor, order: SwitchingOrder, step: SwitchingStep, occurred_at: dt.datetime, at: dt.datetime
) -> None:
    """Write down what a step did; whoever calls has seen to it that the actor may tell so.

    Raises:
        OrderRefused: there is no tag or element to take away.
        OverlayRefused: the network does not allow the element, for instance a ground on what is live.
    """
    if step.kind in kinds.SWITCHING:
        stand_at(actor=actor, order=order, step=step, occurred_at=occurred_at, at=at)
    elif step.kind == "tag":
        words = step.text or f"{order.reference}: {order.purpose}"
        tag = operations.place_tag(
            actor=in_name_of(order.reference, actor),
            model=order.model_key,
            equipment_mrid=step.device_mrid,
            kind="inhibit",
            text=words[:400],
            at=at,
        )
        step.placed = str(tag.pk)
    elif step.kind == "untag":
        _untag(actor, order, step, at)
    elif step.kind in _PLACING:
        step.placed = _place(actor, order, step, occurred_at, at)
    elif step.kind in kinds.TEMPORARY:
        _take_away(actor, order, step, occurred_at, at)


def stand_at(
    *, actor: Actor, order: SwitchingOrder, step: SwitchingStep, occurred_at: dt.datetime, at: dt.datetime
) -> None:
    """The switch of a step stands where the step wanted it: a fact of the field, which no check of the gate can refuse."""
    present = state.present(order.model_key)
    branch = present.grid.branch_index(step.device_mrid)
    own = int(present.grid.branch_phases[branch])
    bits, before = own & (step.phases or 0xFF), int(present.positions[branch])
    wanted = before | bits if step.kind == "close" else before & ~bits
    source = "crew" if step.instructed_to else "operator"
    reason = f"{order.reference} step {step.position}"
    report = PositionReport(order.model_key, step.device_mrid, occurred_at, step.kind == "close", wanted, reason=reason)
    positions.record_positions(actor=_trusted(actor), source=source, reports=[report], at=at)


def in_name_of(reference: str, actor: Actor) -> Actor:
    """An order or a safety document as the one who acts; the person stands beside it on the audit trail."""
    return Actor(name=reference, way=actor.way, request_id=actor.request_id, is_system=True, label=actor.label)


def _untag(actor: Actor, order: SwitchingOrder, step: SwitchingStep, at: dt.datetime) -> None:
    found = hanging.hanging(state.published_model_id(order.model_key), [step.device_mrid])
    own = list(found.filter(placed_by=order.reference))
    for tag in own:
        operations.remove_tag(actor=in_name_of(order.reference, actor), tag_id=tag.pk, at=at)
    if not own:
        of_person = list(found.filter(placed_by=actor.name))
        for tag in of_person:
            operations.remove_tag(actor=actor, tag_id=tag.pk, at=at)
        if not of_person:
            words = _("%(device)s carries no tag of %(order)s and none of yours")
            raise OrderRefused(words % {"device": step.device_name, "order": order.reference}, step=step.key)


def _place(actor: Actor, order: SwitchingOrder, step: SwitchingStep, occurred_at: dt.datetime, at: dt.datetime) -> str:
    new = NewElement(
        model=order.model_key,
        kind=_ELEMENT[step.kind],
        equipment_mrid=step.device_mrid,
        terminal=step.terminal,
        other_equipment_mrid=step.other_mrid,
        other_terminal=step.other_terminal,
        phases=step.phases or None,
        reason=f"{order.reference} step {step.position}",
        source="crew" if step.instructed_to else "operator",
        occurred_at=occurred_at,
    )
    return temporary.place(actor=_trusted(actor), new=new, at=at).mrid


def _take_away(
    actor: Actor, order: SwitchingOrder, step: SwitchingStep, occurred_at: dt.datetime, at: dt.datetime
) -> None:
    rows = standing.rows(order.model_key).filter(kind=_ELEMENT[step.kind], equipment_mrid=step.device_mrid)
    own = set(order.steps.exclude(placed="").values_list("placed", flat=True))
    found = sorted(rows, key=lambda row: (row.mrid not in own, row.pk))
    if not found:
        raise OrderRefused(
            _("no %(element)s stands at %(device_name)s")
            % {"element": _ELEMENT[step.kind], "device_name": step.device_name},
            step=step.key,
        )
    temporary.remove(
        actor=_trusted(actor),
        mrid=found[0].mrid,
        reason=f"{order.reference} step {step.position}",
        source="crew" if step.instructed_to else "operator",
        occurred_at=occurred_at,
        at=at,
    )


def _trusted(actor: Actor) -> Actor:
    """Who reports under an order may report what it was told to do, whatever else it may."""
    return replace(actor, is_system=True)
