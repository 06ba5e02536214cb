"""The engine that weighs asked tree by tree, as a running system asks it: by what all trees teach, and by each alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import _outage_truth as truth
from outages.domain.prediction import engine
from outages.domain.prediction.likelihood import by_likelihood
from outages.domain.prediction.rules import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outages.domain.prediction.likelihood import Likelihood

WAYS = ("all together", "each tree, by what all teach", "each tree by itself")


def scores(night: truth.Night, at: float) -> dict[str, truth.Score]:
    """What each way makes of a night at a moment, held against the truth."""
    tree, said = night.place.tree, night.until(at)
    roots = np.unique(tree.root[said.device])
    learned = by_likelihood.learn(engine.left_over(tree, said, RuleSet(), at))
    knowing = dataclasses.replace(by_likelihood, learned=learned)
    found = {
        WAYS[0]: _shown(night, tree.root[tree.parent < 0], by_likelihood, at),
        WAYS[1]: [one for root in roots for one in _shown(night, np.array([root]), knowing, at)],
        WAYS[2]: [one for root in roots for one in _shown(night, np.array([root]), by_likelihood, at)],
    }
    return {way: truth.score(night, at, shown) for way, shown in found.items()}


def _shown(night: truth.Night, roots: np.ndarray, choose: Likelihood, at: float) -> Iterable[tuple[int, int]]:
    """Device (in the numbers of the whole) and phases of what is predicted in some trees."""
    tree, said, chosen = truth.part(night.place.tree, night.until(at), roots)
    made = engine.predict(tree, said, choose=choose, at=at)
    return [(int(chosen[one.device]), one.phases) for one in made if one.kind != "single"]
