"""What was done in a study as the steps of an order: switches moved, cuts, jumpers and grounds placed and removed."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from network.domain.phases import ABC
from network.domain.temporary import CUT, GROUND, JUMPER, Element
from outages.domain.switching import steps as kinds
from outages.services.switching.drafting import NewStep
from outages.services.switching.life_cycle import OrderRefused

_PLACED = {CUT: "cut", JUMPER: "jumper", GROUND: "ground"}


def steps(actions: Iterable[Any]) -> list[NewStep]:
    """The actions that are not undone, in sequence. Faults are nobody's doing, and no step of an order brings generation."""
    found = []
    for one in actions:
        if one.is_undone:
            continue
        if one.kind == one.Kind.SWITCH:
            found.append(NewStep("close" if one.closed_after else "open", one.equipment_mrid))
        elif one.kind in {one.Kind.PLACE, one.Kind.REMOVE}:
            found += _of_element(Element.heard(one.element), is_placed=one.kind == one.Kind.PLACE)
    return found


def required(actions: Iterable[Any]) -> list[NewStep]:
    """The same, where there are any.

    Raises:
        OrderRefused: nothing was done in the study that an order could carry out.
    """
    found = steps(actions)
    if not found:
        raise OrderRefused(_("nothing was switched in this study that an order could carry out"))
    return found


def _of_element(element: Element, *, is_placed: bool) -> list[NewStep]:
    kind = _PLACED.get(element.kind)
    if kind is None:
        return []
    place, other = element.place, element.other
    phases = 0 if element.phases & ABC == ABC else element.phases
    test = [NewStep("test_dead", place.equipment, place.terminal)] if is_placed and element.kind == GROUND else []
    step = NewStep(
        kind if is_placed else kinds.inverse(kind), place.equipment, place.terminal, other.equipment, other.terminal, phases
    )  # fmt: skip
    return [*test, step]
