"""Suggest how to shed load in turns: the feeders of the groups, in the sequence of their last turn, until the target is reached."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import authority
from outages.domain.switching import rehearsal, rotation
from outages.domain.switching.rotation import Feeder, Turn
from outages.selectors import load_shedding
from outages.selectors.load_shedding import ShedFeeder
from outages.services import cold_loads
from outages.services.switching import expected_loads
from outages.services.switching.expected_loads import Course
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.proposals import Proposal, Scene, Way, by_hand, propose

NEEDED = ("target_kw", "turn_min", "turns")
MOST_TURNS = 24


def require(*, actor: Actor, model: str, terms: Mapping[str, float]) -> None:
    """Whether this may be asked: the numbers are there, and the actor writes orders wherever a feeder of a group stands.

    Raises:
        Invalid: a number is missing, or out of its bounds.
        NotFound: no such network.
        NotAuthorised: not in the area of one of the feeders.
    """
    for name in NEEDED:
        if terms.get(name, 0) <= 0:
            raise Invalid(_("%(name)s must be more than 0") % {"name": name}, field=name)
    if terms["turns"] > MOST_TURNS:
        raise Invalid(_("at most %(most_turns)s turns") % {"most_turns": MOST_TURNS}, field="turns")
    for area in sorted({one.area for one in load_shedding.feeders(model) if one.is_shed}):
        authority.require(actor=actor, action="draft_order", area=area)


def rotate(scene: Scene, terms: Mapping[str, float]) -> list[Proposal]:
    """Ways to shed the target in turns: by all feeders of the groups, without critical customers, by telemetered heads alone.

    Raises:
        OrderRefused: no feeder is in a group.
    """
    feeders = load_shedding.feeders(scene.present.model)
    all_ = [one for one in feeders if one.is_shed and one.kw > 0 and one.mrid not in scene.start.tagged]
    if not all_:
        raise OrderRefused(
            _("no feeder with load and without a tag is in a group of load shedding: put feeders into groups first")
        )
    ways = [
        (_("All groups in turn"), all_),
        (_("Without feeders that have critical customers"), [one for one in all_ if not one.critical]),
        (_("By telemetered heads alone"), [one for one in all_ if one.is_telemetered]),
    ]
    told: dict[tuple[str, ...], Way] = {}
    for title, mine in ways:
        if mine:
            told.setdefault(tuple(one.mrid for one in mine), _way(scene, title, mine, terms))
    return sorted(
        propose(scene, list(told.values())),
        key=lambda one: (one["shortfall_kw"] > 0, not one["is_checked"], one["critical"], one["customers_lost"]),
    )


def _way(scene: Scene, title: str, feeders: Sequence[ShedFeeder], terms: Mapping[str, float]) -> Way:
    target, turn_min, count = float(terms["target_kw"]), int(terms["turn_min"]), int(terms["turns"])
    base = scene.start.fitted.base
    heads = {one.mrid: base.branch_index(one.mrid) for one in feeders}
    ahead = expected_loads.course(scene.present, list(heads.values()), scene.at, count * turn_min)
    mine = [
        replace(
            _feeder(one, scene.at),
            expected_kw=tuple(
                one.kw * ahead.least(heads[one.mrid], turn * turn_min, (turn + 1) * turn_min) for turn in range(count)
            ),
        )
        for one in feeders
    ]
    turns = rotation.turns(mine, target_kw=target, count=count, turn_min=turn_min, pickup=cold_loads.pickup())
    steps = rotation.steps_of(turns, turn_min)
    rehearsed = rehearsal.run(scene.start, steps)
    shed = list(dict.fromkeys(one.mrid for turn in turns for one in turn.feeders))
    names = {one.mrid: one.name for one in feeders}
    least = min(turn.relief_kw for turn in turns)
    return Way(
        title=title,
        steps=steps,
        rehearsed=rehearsed,
        opened=[heads[mrid] for mrid in shed],
        closed=(),
        by_hand=by_hand(scene.start, steps),
        problems=tuple(_problems(turns, target, names)),
        loads=expected_loads.of_stands(scene.present, rehearsed.stands, scene.at),
        more={
            "turns": [
                {"feeders": [names[one.mrid] for one in turn.feeders], "relief_kw": round(turn.relief_kw, 1)}
                for turn in turns
            ],
            "relief_kw": round(least, 1),
            "shortfall_kw": round(max(target - least, 0.0), 1),
            "critical": sum(one.critical for turn in turns for one in turn.feeders),
            "wait_min": rehearsed.stands[-1].minutes,
            "by_profile": _by_profile(ahead, {heads[one.mrid]: one.name for one in feeders if one.mrid in shed}),
        },
    )


def _by_profile(ahead: Course, names: Mapping[int, str]) -> list[str] | None:
    """Feeders of which too few days before are known; None where the plan ends within the running hour, at the load of now."""
    return [name for head, name in names.items() if head not in ahead.by_head] if len(ahead.profile) > 1 else None


def _feeder(one: ShedFeeder, at: dt.datetime) -> Feeder:
    ago = None if one.shed_at is None else (at - one.shed_at).total_seconds() / 60.0
    return Feeder(
        one.mrid, one.head, one.group or 0, one.kw, customers=one.customers, critical=one.critical, shed_min_ago=ago
    )


def _problems(turns: Sequence[Turn], target: float, names: Mapping[str, str]) -> list[str]:
    found = []
    least = min(turn.relief_kw for turn in turns)
    if least < target:
        found.append(
            _("%(least)s kW are relieved at the least, %(target)s kW are wanted")
            % {"least": f"{least:,.0f}", "target": f"{target:,.0f}"}
        )
    for before, turn in pairwise(turns):
        if both := [names[one.mrid] for one in turn.feeders if one in before.feeders]:
            found.append(_("out for two turns together: %(feeders)s") % {"feeders": ", ".join(both)})
    return list(dict.fromkeys(found))
