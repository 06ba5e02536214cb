"""Suggest switching for a goal, with alternatives, as the network stands now: each way rehearsed and checked by its power flow.

Called by the job (`suggestion_jobs`): the power flow of several ways takes longer than a page may wait.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import authority
from network.domain import temporary
from network.domain.phases import ABC
from network.selectors import equipment
from outages.domain.switching import rehearsal, suggestions, transfers
from outages.services.switching import normalising, open_points, rotating, staging
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.proposals import Limit, Progress, Proposal, Scene, Way, by_hand, propose, way_of

SECONDS = runtime_settings.declare(
    "orders.suggestion_s",
    120,
    unit="s",
    help_=gettext_noop(
        "So long ways are looked for when switching is suggested; then the best found are told, and that not all was looked at."
    ),
)
ISOLATE, UNLOAD, RELIEVE, TAKE_OUT, LEAST_LOSS, NORMAL, COLD_LOAD, ROTATE = (
    "isolate",
    "unload",
    "relieve",
    "take_out",
    "least_loss",
    "normal",
    "cold_load",
    "rotate",
)


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted: its name on screen, the kind and the purpose of the order that comes of it."""

    label: Any
    kind: str
    purpose: Any


GOALS = {
    ISOLATE: Goal(_("Isolate it"), "planned", _("Isolate")),
    UNLOAD: Goal(_("Take load off it"), "load_relief", _("Take load off")),
    RELIEVE: Goal(_("Relieve a violation"), "load_relief", _("Relieve")),
    TAKE_OUT: Goal(_("Take out a transformer"), "planned", _("Take out")),
    LEAST_LOSS: Goal(_("Move open points"), "planned", _("Move open points around")),
    NORMAL: Goal(_("Back to normal"), "planned", _("Back to normal around")),
    COLD_LOAD: Goal(_("Bring cold load back"), "cold_load", _("Cold-load pickup behind")),
    ROTATE: Goal(_("Shed load in turns"), "load_shed", _("Shed load in turns")),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question: of which network, to which end, at which equipment; `terms` are the numbers of the goal."""

    model: str
    goal: str
    equipment_mrid: str = ""
    terms: Mapping[str, float] = field(default_factory=dict)


#: So many transfers of one tie each are shown.
_SHOWN = 4
#: So many feeders of a transformer are handed over one after the other.
_MOST_HANDED_OVER = 16
#: Of so many ties, and of so many shares by each, the power flow is solved to relieve a violation.
_TIES, _SHARES = 4, 3
#: Title, whether others are brought back meanwhile, whether telemetered switches only are used.
_WAYS = (
    (gettext_noop("Isolate, and bring others back"), True, False),
    (gettext_noop("Isolate by telemetered switches, and bring others back"), True, True),
    (gettext_noop("Isolate"), False, False),
    (gettext_noop("Isolate by telemetered switches"), False, True),
)


def require(*, actor: Actor, wanted: Wanted) -> Any:
    """The equipment it is about (None where it is about none), for who may write orders in its area.

    Raises:
        Invalid: no such goal; a number it needs is missing.
        NotFound: no such network or equipment.
        NotAuthorised: may not write orders there.
    """
    if wanted.goal not in GOALS:
        raise Invalid(gettext("no goal %(goal)s") % {"goal": f"{wanted.goal!r}"}, field="goal", known=list(GOALS))
    if wanted.goal == ROTATE:
        rotating.require(actor=actor, model=wanted.model, terms=wanted.terms)
        return None
    found = equipment.find(wanted.equipment_mrid, wanted.model)
    authority.require(actor=actor, action="draft_order", area=found.area.key)
    return found


def ways(
    *,
    actor: Actor,
    wanted: Wanted,
    at: dt.datetime,
    progress: Progress = lambda _: None,
    limit: Limit | None = None,
) -> list[Proposal]:
    """What is suggested, the best first; `progress` is told how far it is.

    Without a `limit` everything is looked at; else it says afterwards whether something was left out.

    Raises:
        Invalid, NotFound, NotAuthorised: as `require`.
        OrderRefused: there is nothing to be done there; the text says why.
    """
    found = require(actor=actor, wanted=wanted)
    scene = Scene.of(wanted.model, at, progress, limit or Limit())
    if found is None:
        return rotating.rotate(scene, wanted.terms)
    return _BY_GOAL[wanted.goal](scene, found, wanted.terms)


def _isolate(scene: Scene, found: Any, _terms: Mapping[str, float]) -> list[Proposal]:
    """Fewest customers out during the work first, then fewest who lose supply at all, then fewest movements."""
    return sorted(propose(scene, _isolations(scene, found)), key=_by_customers)


def _by_customers(one: Proposal) -> tuple[Any, ...]:
    return (not one["is_checked"], len(one["problems"]), one["during_work"], one["customers_lost"], len(one["steps"]))


def _isolations(scene: Scene, found: Any) -> list[Way]:
    told: dict[tuple[tuple[int, ...], tuple[int, ...]], Way] = {}
    for title, restore, telemetered in _WAYS:
        one = suggestions.isolate(
            scene.start,
            found.mrid,
            found.name,
            scene.name_of,
            restore=restore,
            telemetered=telemetered,
            is_over=scene.limit.is_search_over,
        )
        if one is not None:
            way = Way(
                gettext(title), one.steps, one.rehearsed, one.points, one.ties, one.by_hand, one.customers_during_work
            )
            told.setdefault((one.points, one.ties), way)
    return sorted(told.values(), key=_least_interrupting)  # where the time does not suffice the first are looked at


def _least_interrupting(way: Way) -> tuple[int, int, int]:
    return (way.during_work, max((one.customers_out for one in way.rehearsed.effects), default=0), len(way.steps))


def _singles(scene: Scene, found: Any) -> list[transfers.Transfer]:
    return transfers.singles(scene.start, found.mrid, scene.name_of, is_over=scene.limit.is_search_over)


def _in_a_row(scene: Scene, found: Any, most: int = transfers.MOST_IN_A_ROW) -> list[transfers.Transfer]:
    several = transfers.in_a_row(scene.start, found.mrid, scene.name_of, most=most, is_over=scene.limit.is_search_over)
    return [several] if several is not None else []


def _unload(scene: Scene, found: Any, _terms: Mapping[str, float]) -> list[Proposal]:
    """Checked ways first, then those that bring nothing out of its limits, most back into them, and the largest."""
    handed = _singles(scene, found)[:_SHOWN] + _in_a_row(scene, found)
    told = propose(scene, [_transfer(scene, one, found.mrid) for one in handed])
    return sorted(
        told,
        key=lambda one: (
            not one["is_checked"],
            len(one["problems"]),
            -one["relieved"],
            -one["moved_kw"],
            len(one["steps"]),
        ),
    )


def _transfer(scene: Scene, one: transfers.Transfer, mrid: str) -> Way:
    whole = transfers.fed_kw(scene.start, transfers.below(scene.start, mrid))
    told = {"kw": f"{one.moved_kw:,.0f}", "ties": ", ".join(scene.names(one.ties))}
    if whole <= 0:
        return way_of(one, gettext("Move %(kw)s kW to %(ties)s") % told)
    told["share"] = f"{100 * one.moved_kw / whole:.0f}"
    return way_of(one, gettext("Move %(kw)s kW (%(share)s %% of it) to %(ties)s") % told)


def _relieve(scene: Scene, found: Any, _terms: Mapping[str, float]) -> list[Proposal]:
    """Ways after which what is out of its limits there no longer is, the smallest transfer first; then those that do not get so far.

    Raises:
        OrderRefused: nothing is out of its limits there.
    """
    base, fed = scene.start.fitted.base, transfers.below(scene.start, found.mrid)
    nodes = [fed] if base.branch_index(found.mrid) >= 0 else temporary.ends_of(scene.start.fitted.base, found.mrid)
    watched = frozenset({found.mrid, *(base.node_mrid_text(node) for node in nodes if node >= 0)})
    chosen = _spread(_singles(scene, found)) + _in_a_row(scene, found)
    told = propose(scene, [_transfer(scene, one, found.mrid) for one in chosen], watched=watched)
    if any(one["watched"] and not one["watched"]["before"] for one in told):
        raise OrderRefused(
            gettext("nothing at %(name)s is out of its limits by the power flow of now") % {"name": found.name}
        )
    return sorted(
        told,
        key=lambda one: (
            not one["is_checked"],
            bool(one["watched"] and one["watched"]["after"]),
            len(one["problems"]),
            one["moved_kw"],
            len(one["steps"]),
        ),
    )


def _spread(found: list[transfers.Transfer]) -> list[transfers.Transfer]:
    """Of the ties that can take the most, the smallest, a middle and the largest share each."""
    by_tie: dict[tuple[int, ...], list[transfers.Transfer]] = {}
    for one in found:  # the largest first
        by_tie.setdefault(one.ties, []).append(one)
    chosen = []
    for shares in list(by_tie.values())[:_TIES]:
        places = {round(place * (len(shares) - 1) / (_SHARES - 1)) for place in range(_SHARES)}
        chosen += [shares[place] for place in sorted(places)]
    return chosen


def _take_out(scene: Scene, found: Any, _terms: Mapping[str, float]) -> list[Proposal]:
    """Hand over what it feeds, isolate it, work, and all of it back; or isolate it at once, and bring back who can be.

    Raises:
        OrderRefused: it is no transformer.
    """
    branch = scene.start.fitted.base.branch_index(found.mrid)
    if branch < 0 or found.cim_class != "PowerTransformer":
        raise OrderRefused(gettext("%(name)s is no transformer: isolate it instead") % {"name": found.name})
    whole = transfers.fed_kw(scene.start, transfers.below(scene.start, found.mrid))
    handed = [one for one in _singles(scene, found) if one.moved_kw >= 0.999 * whole > 0][:_SHOWN]
    handed += _in_a_row(scene, found, _MOST_HANDED_OVER)
    ways = [way for one in handed if (way := _handed_over(scene, found, one)) is not None]
    told = propose(scene, ways + _isolations(scene, found))
    return sorted(told, key=_by_customers)


def _handed_over(scene: Scene, found: Any, first: transfers.Transfer) -> Way | None:
    """A transfer, the isolation of what it leaves, and the transfer back."""
    left = first.rehearsed.stands[-1]
    then = suggestions.isolate(
        left, found.mrid, found.name, scene.name_of, restore=True, is_over=scene.limit.is_search_over
    )
    if then is None:
        return None
    whole = suggestions.enclosed(first.steps, then.steps)
    rehearsed = rehearsal.run(scene.start, whole)
    at_work = next(number for number, one in enumerate(whole) if one.kind == "instruct")
    return Way(
        title=gettext("Hand over %(kw)s kW to %(ties)s, then isolate")
        % {"kw": f"{first.moved_kw:,.0f}", "ties": ", ".join(scene.names(first.ties))},
        steps=whole,
        rehearsed=rehearsed,
        opened=tuple(dict.fromkeys((*first.opened, *then.points))),
        closed=tuple(dict.fromkeys((*first.ties, *then.ties))),
        by_hand=by_hand(scene.start, whole),
        during_work=rehearsed.effects[at_work].customers_out,
        more={"moved_kw": round(first.moved_kw, 1)},
    )


def _cold_load(scene: Scene, found: Any, terms: Mapping[str, float]) -> list[Proposal]:
    base = scene.start.fitted.base
    branch = base.branch_index(found.mrid)
    if branch < 0 or not base.is_switch[branch]:
        raise OrderRefused(gettext("%(name)s is no switch: name the one that is to be closed") % {"name": found.name})
    if scene.start.positions[branch] & ABC:
        raise OrderRefused(
            gettext("%(name)s is closed: name an open switch with supply on one side") % {"name": found.name}
        )
    return staging.stage(scene, branch, terms)


_BY_GOAL: dict[str, Callable[[Scene, Any, Mapping[str, float]], list[Proposal]]] = {
    ISOLATE: _isolate,
    UNLOAD: _unload,
    RELIEVE: _relieve,
    TAKE_OUT: _take_out,
    LEAST_LOSS: lambda scene, found, _terms: open_points.least_loss(scene, found),
    NORMAL: lambda scene, found, _terms: normalising.normal(scene, found),
    COLD_LOAD: _cold_load,
}
