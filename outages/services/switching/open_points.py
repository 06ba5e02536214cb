"""Suggest where normally open points lose less: exchanges among a feeder and its neighbours, the one that saves the most first."""

import time
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from django.utils.translation import gettext, gettext_noop, ngettext

from network.domain import temporary
from network.domain.grid.arrays import Bool
from network.selectors import dead_area
from network.services import open_points
from network.services.open_points import Better, Feeders, Search
from outages.domain.switching import transfers
from outages.domain.switching.rehearsal import Stand
from outages.domain.switching.suggestions import never
from outages.domain.switching.transfers import Transfer
from outages.services.switching import expected_loads
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.proposals import Limit, Proposal, Scene, Way, propose, way_of

#: Of what each search finds, so many exchanges are a way of their own; all of them are another.
_COUNTS = (1, 2)
_NO_LESS = gettext_noop("by the power flow of all phases no less is lost")


def least_loss(scene: Scene, found: Any) -> list[Proposal]:
    """Ways that lose less than the network does now: those that hold their limits first, then the least loss, then the fewest steps.

    Raises:
        OrderRefused: no feeder is there.
        NotSolved: as `Feeders`.
    """
    heads = _heads(scene.start, found)
    if not heads:
        raise OrderRefused(gettext("%(name)s hangs on no feeder, and none hangs on it") % {"name": found.name})
    scene.progress(gettext("reading the feeders"))
    near = open_points.around(scene.present, heads)
    feeders = Feeders(scene.present, near, expected_loads.shares(scene.present, scene.at))
    told = propose(scene, _ways(scene, feeders))
    for one in told:
        if one["is_checked"] and one["after"]["loss_kw"] is not None and _saved(one) <= 0.0:
            one["problems"].append(gettext(_NO_LESS))
    return sorted(
        told,
        key=lambda one: (
            not one["is_checked"],
            len(one["problems"]),
            one["after"]["loss_kw"] or 0.0,
            len(one["steps"]),
        ),
    )


def _saved(one: Proposal) -> float:
    return float(one["before"]["loss_kw"] or 0.0) - float(one["after"]["loss_kw"])


def _heads(start: Stand, found: Any) -> set[int]:
    """The feeders a piece of equipment hangs on (of an open switch those on both sides); of a station's equipment those below it."""
    energisation, base = start.energisation, start.fitted.base
    branch = base.branch_index(found.mrid)
    ends = [int(base.branch_from[branch]), int(base.branch_to[branch])] if branch >= 0 else []
    nodes = ends or temporary.ends_of(start.fitted.base, found.mrid)
    heads = {int(energisation.feeder[one]) for one in nodes} - {-1}
    if heads:
        return heads
    below = [energisation.below(one) for one in nodes if energisation.live[one]]
    fed = np.concatenate(below) if below else np.empty(0, np.int32)
    return {int(one) for one in np.unique(energisation.feeder[fed])} - {-1}


def _ways(scene: Scene, feeders: Feeders) -> list[Way]:
    """The whole of each search and its first exchanges; what two searches find alike is told once, by its first words."""
    found: dict[frozenset[int], Way] = {}
    searches = _searches(scene)
    for number, (words, may_move) in enumerate(searches):
        scene.progress(gettext("looking for open points that lose less, %(words)s") % {"words": words})
        is_over = _part_over(scene.limit, len(searches) - number)
        better = feeders.better(Search(may_move, is_over))
        if better is None or not better.exchanges:
            continue
        scene.limit.was_over |= not better.is_settled
        for count in sorted({*_COUNTS, len(better.exchanges)}):
            way = _way(scene, better, count, words) if count <= len(better.exchanges) else None
            if way is not None:
                found.setdefault(frozenset((*way.opened, *way.closed)), way)
    return list(found.values())


def _searches(scene: Scene) -> list[tuple[str, Bool]]:
    """Among all switches, among those of remote control, and so that nobody is interrupted: within each source alone."""
    present = scene.present
    grid, source = present.grid, present.energisation.source
    may = dead_area.movable(present, dead_area.blocked(present))
    is_within = source[grid.branch_from] == source[grid.branch_to]
    return [
        (gettext("by any switches"), may),
        (gettext("by remote control"), may & grid.is_telemetered),
        (gettext("within one source"), may & is_within),
    ]


def _part_over(limit: Limit, parts: int) -> Callable[[], bool]:
    """The search of one of several parts is over when its share of the time that is left is."""
    if limit.search_until is None:
        return never
    now = time.perf_counter()
    end = now + (limit.search_until - now) / parts
    return lambda: time.perf_counter() >= end


def _way(scene: Scene, better: Better, count: int, words: str) -> Way | None:
    """The first exchanges of what was found; None where they cannot be carried out, or leave somebody without supply."""
    one = _transfer(scene, [(close, open_) for close, open_, _ in better.exchanges[:count]])
    if one is None:
        return None
    saved = better.loss_before_kw - better.exchanges[count - 1][2]
    title = ngettext(
        "Move %(count)s open point, %(words)s: %(saved)s kW less lost, by the search",
        "Move %(count)s open points, %(words)s: %(saved)s kW less lost, by the search",
        count,
    )
    return way_of(one, title % {"count": count, "words": words, "saved": f"{saved:,.2f}"})


def _transfer(scene: Scene, exchanges: Collection[tuple[int, int]]) -> Transfer | None:
    """Exchanges one after the other, each as the ones before it leave the network."""
    stand, parts, moved_kw = scene.start, [], 0.0
    for close, open_ in exchanges:
        kw = transfers.fed_kw(stand, transfers.below(stand, scene.start.fitted.base.branch_mrid_text(open_)))
        one = transfers.done(stand, [transfers.exchange(stand, close, open_, scene.name_of)], kw)
        if one is None:
            return None
        parts.append(one.steps)
        moved_kw += kw
        stand = one.rehearsed.stands[-1]
    return transfers.done(scene.start, parts, moved_kw)
