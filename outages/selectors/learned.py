"""What the evidence of all trees teaches the engine that weighs, kept in the process that asks it.

A run looks at the few trees that new reports touch; how many customers call, and how many do so with supply, shows only in all of
them. So it is learned from every open report in the trees that follow one rule set, and each run decides by that: as a run
over all of them would. It is learned anew when the reports have become a tenth more or fewer, or a tenth more time has passed since the
first of them (a minute at most): rates change slowly, and to learn from a million customers takes longer than to predict in six trees.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.selectors import state
from outages.domain import lifecycle
from outages.domain.prediction import engine
from outages.domain.prediction.choice import Choice
from outages.domain.prediction.likelihood import Learned, Likelihood
from outages.domain.prediction.scores import Scores
from outages.domain.rule_sets import InForce
from outages.models import Outage
from outages.selectors import kept_pool, known_evidence, trees
from outages.selectors.rule_sets import Sets
from outages.selectors.trees import Devices

#: Learned anew when the reports are so much more or fewer, or so much older; and after so long anyway.
CHANGED, OLDEST_S = 0.1, 60.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was learned: in which version of the network, when, and the reports there were (their numbers, ascending)."""

    version_id: int
    at: dt.datetime
    seen: NDArray[np.int64]
    learned: Learned | None


_kept: dict[tuple[str, InForce], _Kept] = {}


def chooser(
    whole: Devices, sets: Sets, rules: InForce, at: dt.datetime, engine_name: str = ""
) -> Callable[[Scores], Choice]:
    """The engine of a rule set that acts, or the one of this name, knowing what all trees that follow the set teach."""
    choose = rules.chooser(engine_name)
    if not isinstance(choose, Likelihood):
        return choose
    model = whole.state.model
    known = _kept.get((model, rules))
    if known is None or _is_other(known, whole) or _is_older(known, at):
        _drop(model, {*sets.of_area.values(), sets.general})
        learned = _learn(whole, sets, rules, choose, at)
        known = _kept[model, rules] = _Kept(whole.state.version_id, at, kept_pool.seen(model), learned)
    return dataclasses.replace(choose, learned=known.learned)


def _is_other(known: _Kept, whole: Devices) -> bool:
    """Whether the network or a tenth of the reports are others."""
    seen, before = kept_pool.seen(whole.state.model), known.seen
    new = seen.size - int(np.searchsorted(seen, before[-1], side="right")) if before.size else seen.size
    gone = max(before.size - (seen.size - new), 0)
    return known.version_id != whole.state.version_id or new + gone > CHANGED * before.size


def _is_older(known: _Kept, at: dt.datetime) -> bool:
    """Whether a tenth more time has passed since the first report."""
    since = known.learned.frame.since if known.learned is not None else None
    told_for_s = max(known.at.timestamp() - since, 0.0) if since is not None else 0.0
    return abs(at - known.at).total_seconds() > min(CHANGED * told_for_s, OLDEST_S)


def _drop(model: str, followed: Collection[InForce]) -> None:
    """What was learned by numbers that nobody follows any more."""
    for place in [one for one in _kept if one[0] == model and one[1] not in followed]:
        del _kept[place]


def _learn(whole: Devices, sets: Sets, rules: InForce, choose: Likelihood, at: dt.datetime) -> Learned | None:
    """From all that is open there, as a run over all these trees would be given it; None: nothing is."""
    model = whole.state.model
    going = Outage.objects.filter(model_key=model, state__in=lifecycle.RUNNING)
    movable = going.filter(confidence="predicted", returning_at=None).exclude(parent__state__in=lifecycle.RUNNING)
    reports = kept_pool.dark(model, list(movable.values_list("pk", flat=True)), None)
    if not reports.size:
        return None
    roots = _following(whole, sets, rules)
    devices = whole if roots is None else whole.within(roots)
    placed = reports.take(devices.at_nodes(reports.node) >= 0)
    if not placed.size:
        return None
    known = known_evidence.of(devices, placed, None, list(going.filter(confidence="confirmed").defer("explanation")))
    return choose.learn(engine.left_over(devices.tree, known, rules.rules, at.timestamp()))


def _following(whole: Devices, sets: Sets, rules: InForce) -> NDArray[np.int64] | None:
    """The trees that follow these numbers; None: all do."""
    if sets.is_one(state.areas_of(whole.state.version_id)):
        return None
    roots = np.unique(whole.tree.root).astype(np.int64)
    area_of = trees.areas_of(whole, roots)
    return np.array([root for root in roots.tolist() if sets.of(area_of.get(root, -1)) == rules], np.int64)
