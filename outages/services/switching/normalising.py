"""Suggest the way back to normal for a feeder and those it has to do with: after a restoration, a transfer, or work."""

from typing import Any

from django.utils.translation import gettext

from network.domain import temporary
from network.domain.energisation import Energisation, energise
from outages.domain.switching import normalising
from outages.domain.switching.normalising import Return
from outages.selectors import rehearsal_words
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.proposals import Proposal, Scene, Way, by_hand, propose


def normal(scene: Scene, found: Any) -> list[Proposal]:
    """All of it, and as much as interrupts nobody where that is less; what brings the most back to normal first.

    Raises:
        OrderRefused: every switch there stands as built; or none of those that do not can be moved, with the reasons.
    """
    usual = energise(scene.start.fitted.base, scene.start.fitted.base.normal_closed)
    switches = normalising.together(scene.start, usual, _heads(scene, usual, found))
    if not switches:
        raise OrderRefused(gettext("every switch of the feeders of %(name)s stands as built") % {"name": found.name})
    whole, gentle = (
        normalising.back(
            scene.start, switches, usual, scene.name_of, may_interrupt=may, is_over=scene.limit.is_search_over
        )
        for may in (True, False)
    )
    if not whole.steps:
        raise OrderRefused("; ".join(_left(scene, whole)))
    ways = [_way(scene, whole, gettext("Back to normal"))]
    if whole.interrupts and gentle.steps:
        ways.append(_way(scene, gentle, gettext("Back to normal as far as nobody is interrupted")))
    return propose(scene, ways)


def _heads(scene: Scene, usual: Energisation, found: Any) -> set[int]:
    """The feeders of a piece of equipment, now and as built; of a station's those below it; a switch itself, too."""
    base = scene.start.fitted.base
    branch = base.branch_index(found.mrid)
    ends = [int(base.branch_from[branch]), int(base.branch_to[branch])] if branch >= 0 else []
    nodes = [node for node in ends or temporary.ends_of(base, found.mrid) if node >= 0]
    states = (scene.start.energisation, usual)
    heads = {int(one.feeder[node]) for one in states for node in nodes} - {-1}
    if not heads:
        heads = {
            int(head) for one in states for node in nodes if one.live[node] for head in one.feeder[one.below(node)]
        }
    return (heads | {branch}) - {-1}


def _way(scene: Scene, one: Return, title: str) -> Way:
    base = scene.start.fitted.base
    moved = [(step.kind, base.branch_index(step.device)) for step in one.steps if step.device]
    return Way(
        title=title,
        steps=one.steps,
        rehearsed=one.rehearsed,
        opened=tuple(branch for kind, branch in moved if kind == "open"),
        closed=tuple(branch for kind, branch in moved if kind == "close"),
        by_hand=by_hand(scene.start, one.steps),
        problems=tuple(_left(scene, one)),
    )


def _left(scene: Scene, one: Return) -> list[str]:
    words = gettext("%(device)s stays as it is: %(why)s")
    return [words % {"device": scene.name_of(branch), "why": rehearsal_words.said(why)} for branch, why in one.left]
