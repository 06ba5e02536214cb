"""Suggest how to bring cold load back: in stages that the way to the source can bear, checked by the power flow of each."""

from collections.abc import Mapping

import numpy as np
from django.utils.translation import gettext as _

from network.selectors import equipment
from outages.domain.switching import cold_load, rehearsal
from outages.domain.switching.cold_load import Floats, Pickup, Staged
from outages.domain.switching.steps import Step
from outages.services import cold_loads
from outages.services.switching import expected_loads
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.proposals import Proposal, Scene, Way, propose

WAIT_MIN = 15
#: Shares of the room that are tried one after the other where the power flow finds that the arithmetic was too bold.
_SHARES = (1.0, 0.85, 0.7)


def stage(scene: Scene, head: int, terms: Mapping[str, float]) -> list[Proposal]:
    """Ways to close an open switch onto what is dead behind it: those that hold first, then the most load back, then the soonest.

    Args:
        scene: the network now.
        head: the switch.
        terms: `dead_min`, minutes without supply (by the ledger where it is not said); `wait_min` between stages.

    Raises:
        OrderRefused: closing it brings nothing back.
    """
    dead = _dead(scene, head, terms.get("dead_min"))
    told = []
    for words, telemetered, bounds in (
        (_("by telemetered switches"), True, _SHARES),
        (_("by any switches"), False, _SHARES),
        (_("at once"), True, (np.inf,)),
    ):
        told.append(_first_that_holds(scene, head, dead, terms, words=words, telemetered=telemetered, bounds=bounds))
    unlike = {repr(one["steps"]): one for one in reversed(told)}
    return sorted(
        unlike.values(),
        key=lambda one: (not one["is_checked"], len(one["problems"]), -one["back_kw"], one["wait_min"], one["by_hand"]),
    )


def _dead(scene: Scene, head: int, said: float | None) -> Floats:
    """Per node, minutes without supply; behind the head as it is said, or by the ledger."""
    base = scene.start.fitted.base
    close = Step("head", "close", base.branch_mrid_text(head))
    after = rehearsal.run(scene.start, [close]).stands[-1].energisation.live[: base.node_count]
    area = (after & ~scene.start.energisation.live[: base.node_count]) != 0
    if not area.any():
        raise OrderRefused(_("closing %(name_of)s brings nothing back") % {"name_of": scene.name_of(head)})
    found = expected_loads.dead_minutes(scene.present.model, scene.start, scene.at)
    found[area] = found[area].max() if said is None else said
    return found


def _first_that_holds(
    scene: Scene, head: int, dead: Floats, terms: Mapping[str, float], *, words: str, telemetered: bool,
    bounds: tuple[float, ...],
) -> Proposal:  # fmt: skip
    """By the largest share of the room whose power flow finds nothing; the last tried where none holds."""
    pickup = cold_loads.pickup()
    room = _room(scene, head)
    told: Proposal = {}
    for share in bounds:
        one = cold_load.staged(
            scene.start, head, scene.name_of, dead_min=float(dead.max()), pickup=pickup,
            wait_min=int(terms.get("wait_min", WAIT_MIN)), room_kw=room * share, telemetered=telemetered,
        )  # fmt: skip
        if one is None:
            raise OrderRefused(_("closing %(name_of)s brings nothing back") % {"name_of": scene.name_of(head)})
        told = propose(scene, [_way(scene, one, words, room, dead, pickup)])[0]
        if not told["problems"] or not np.isfinite(room):
            break
    return told


def _room(scene: Scene, head: int) -> float:
    """What the way to the source can take on, in kW."""
    base = scene.start.fitted.base
    branches = {base.branch_mrid_text(branch): branch for branch, _node in cold_load.way_up(scene.start, head)}
    told = equipment.powers(scene.present.model, branches)
    rated = {branches[one["mrid"]]: one["rated_kva"] for one in told if one.get("rated_kva")}
    return cold_load.room_kw(scene.start, head, rated)


def _way(scene: Scene, one: Staged, words: str, room: float, dead: Floats, pickup: Pickup) -> Way:
    problems = []
    if one.worst_kw > room:
        problems.append(
            _("%(worst)s kW come at once, %(room)s kW are free up to the source")
            % {"worst": f"{one.worst_kw:,.0f}", "room": f"{room:,.0f}"}
        )
    if one.left_out:
        switches = ", ".join(scene.names(one.left_out))
        problems.append(_("behind %(switches)s the load finds no room") % {"switches": switches})
    count = len(one.stages)
    return Way(
        title=_("In %(count)s stages, %(words)s") % {"count": count, "words": words} if count > 1 else _("At once"),
        steps=one.steps,
        rehearsed=one.rehearsed,
        opened=one.opened,
        closed=tuple(branch for stage in one.stages for branch in stage),
        by_hand=one.by_hand,
        problems=tuple(problems),
        loads=expected_loads.of_stands(scene.present, one.rehearsed.stands, scene.at, dead),
        more={
            "back_kw": round(sum(effect.regained_kw for effect in one.rehearsed.effects), 1),
            "wait_min": one.rehearsed.stands[-1].minutes,
            "worst_kw": round(one.worst_kw, 1),
            "room_kw": round(room, 1) if np.isfinite(room) else None,
            "factor": round(pickup.factor(float(dead.max())), 3),
        },
    )
