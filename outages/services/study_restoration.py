"""Plans that restore supply after a fault placed in a study: the very search of FLISR, on the study's state. Nothing is operated."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from network.selectors import dead_area, studies
from network.services import restoration_plans, study_answers
from network.services import studies as acting
from network.services.restoration_outcome import Wish
from network.services.study_answers import Asked, Found
from outages.selectors import flisr_words
from outages.services.flisr import expected, settings, words

KIND = "restoration"


class NothingToRestore(Refused):
    """No fault of the study has taken supply from anybody whom switches could give it back."""

    code = "nothing_to_restore"


@study_answers.answers(KIND)
def plans(asked: Asked) -> Found:
    """The plans for the last fault of a study that is not repaired, best first, each checked by power flow."""
    network = asked.network
    tripped, faulted = _last_fault(asked)
    area = dead_area.behind(network, tripped)
    if not set(area.nodes.tolist()) & faulted:
        raise NothingToRestore(_("the fault is held off already: close what should come back, in the study"))
    wish = Wish(
        tripped=tripped,
        since=asked.at,
        ahead=expected.ahead_of(dead_for=dt.timedelta(), at=asked.at),
        critical=expected.critical(network.model, area.nodes),
        pace=settings.pace(),
        until_s=float(runtime_settings.get(settings.PLAN)),
        suspected=frozenset(faulted),
    )
    outcome = restoration_plans.plan(present=network, wish=wish)
    return Found(
        {
            "device": dead_area.names(network, [tripped])[tripped],
            "declined": outcome.declined,
            "took_ms": round(outcome.took_s * 1000),
            "location": words.location(network, outcome),
            "plans": [words.plan(network, outcome, one) for one in outcome.plans],
        }
    )


def _words(told: dict[str, Any]) -> dict[str, Any]:
    """An answer in words."""
    return told | {
        "declined": flisr_words.said(told["declined"]),
        "location": flisr_words.location(told["location"]),
        "plans": [flisr_words.plan(one) for one in told["plans"]],
    }


study_answers.worded(KIND, _words)


def _last_fault(asked: Asked) -> tuple[int, set[int]]:
    """The device that cleared it, and the nodes of all faults."""
    grid = asked.reached.fitted.base
    faults = asked.reached.faults
    for action in reversed(studies.held(asked.study)):
        is_fault = action.kind == action.Kind.FAULT and grid.branch_index(action.equipment_mrid) in faults
        if is_fault and action.trips:
            nodes = {node for ends in faults.values() for node in ends}
            return grid.branch_index(action.trips[0][0]), nodes
    raise NothingToRestore(_("place a fault in the study first: one that a protective device clears"))


@transaction.atomic
def take(*, actor: Actor, number: int, plan: int, at: dt.datetime) -> int:
    """Carry out a plan in the study, every step an action that can be undone; how many steps it took.

    Raises:
        NotAuthorised: no role that may study, or not in the area of a switch.
        NotFound: no study of this person, no plans, or no plan of this number (from 1).
        StudyAnswered: the study has gone on since the plans were made.
        StudyRefused: a step would bring supply to a fault.
    """
    study = acting.locked(actor, number, at)
    found = study_answers.current(study, KIND).told.get("plans", [])
    if not 1 <= plan <= len(found):
        raise NotFound(_("no plan %(plan)s") % {"plan": plan}, study=number, plan=plan)
    steps = found[plan - 1]["steps"]
    for step in steps:
        acting.move(actor=actor, number=number, equipment_mrid=step["mrid"], close=step["close"], at=at)
    return len(steps)
