"""After warming up, no first verdict waits for the compiler."""

from __future__ import annotations

import dataclasses

import numpy as np

from benchmarks import _outage_truth as truth
from outages.domain import attach, warming
from outages.domain.prediction import engine, kernels, weighing
from outages.domain.prediction.likelihood import by_likelihood
from outages.domain.prediction.rules import RuleSet

MODULES = (kernels, weighing)


def compiled() -> dict[str, int]:
    """How many variants of each kernel that Python calls are compiled."""
    return {
        f"{module.__name__}.{name}": len(function.signatures)
        for module in MODULES
        for name, function in vars(module).items()
        if hasattr(function, "signatures")
    }


def test_all_kernels_of_prediction_are_compiled_by_warming_up():
    warming.warm()
    ready = compiled()
    assert any(ready.values())  # not all: what only kernels call comes with them where they are kept on disk
    place = truth.Place.of(truth.forest(np.random.default_rng(1), 40, 60, 4, sources=3))
    said, at = (
        truth.night(place, truth.Scenario("any", 4, calls=0.4, gasps=0.5, customers=(4, 40)), 1).until(3600.0),
        3600.0,
    )
    attach.attach(place.tree, said, [attach.Outage(device=0, began_at=0.0)])
    learned = by_likelihood.learn(engine.left_over(place.tree, said, RuleSet(), at))
    for choose in (engine.by_rules, by_likelihood, dataclasses.replace(by_likelihood, learned=learned)):
        assert all(one.explanation for one in engine.predict(place.tree, said, choose=choose, at=at))
    assert compiled() == ready
