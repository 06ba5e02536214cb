"""Suggest how to isolate a piece of equipment, with alternatives, as the network stands now."""

from typing import Any

from adms.core.actors import Actor
from adms.core.services import authority
from network.selectors import equipment, state
from outages.domain.switching import suggestions
from outages.domain.switching.steps import Step
from outages.domain.switching.suggestions import Suggestion
from outages.services.switching import rehearsing

#: Title, whether others are brought back meanwhile, whether telemetered switches only are used.
_WAYS = (
    ("Isolate, and bring others back", True, False),
    ("Isolate by telemetered switches, and bring others back", True, True),
    ("Isolate", False, False),
    ("Isolate by telemetered switches", False, True),
)


def suggest(*, actor: Actor, model: str, equipment_mrid: str) -> list[dict[str, Any]]:
    """Ways to isolate it: fewest customers out during the work first, then fewest who lose supply at all, then fewest movements.

    Raises:
        NotFound: no such network or equipment.
        NotAuthorised: may not write orders in its area.
    """
    found = equipment.find(equipment_mrid, model)
    authority.require(actor=actor, action="draft_order", area=found.area.key)
    start = rehearsing.stand_of(state.present(model))

    def name_of(branch: int) -> str:
        row = equipment.by_branch(model, [branch]).get(branch)
        return row.name if row else start.fitted.base.branch_mrid_text(branch)

    told: list[dict[str, Any]] = []
    known: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
    for title, restore, telemetered in _WAYS:
        one = suggestions.isolate(start, found.mrid, found.name, name_of, restore=restore, telemetered=telemetered)
        if one is not None and (one.points, one.ties) not in known:
            known.add((one.points, one.ties))
            told.append(_told(title, one, name_of))
    return sorted(
        told, key=lambda one: (len(one["problems"]), one["during_work"], one["customers_lost"], len(one["steps"]))
    )


def _told(title: str, one: Suggestion, name_of: suggestions.Namer) -> dict[str, Any]:
    return {
        "title": title,
        "points": [name_of(point) for point in one.points],
        "ties": [name_of(tie) for tie in one.ties],
        "steps": [_step(step) for step in one.steps],
        "customers_lost": one.customers_lost,
        "during_work": one.customers_during_work,
        "by_hand": one.by_hand,
        "problems": list(one.problems),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind, "device": step.device, "name": step.name, "terminal": step.terminal, "other": step.other,
        "other_terminal": step.other_terminal, "phases": "", "crew": "", "text": step.text,
    }  # fmt: skip
