"""The second engine: the likeliest explanation."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from outages.domain.prediction import engine, wording
from outages.domain.prediction.evidence import Evidence, Fact, Report
from outages.domain.prediction.likelihood import by_likelihood
from outages.domain.prediction.tree import DeviceTree


def storm(rate, seed, *, stray=0.0005):
    """20 devices open among 20,000; whoever is dark reports with this rate, whoever is not nearly never."""
    rng = np.random.default_rng(seed)
    devices = transformers = 10_000
    parent = np.concatenate([np.full(100, -1), rng.integers(0, np.maximum(np.arange(100, devices) // 3, 100))])
    parent = np.concatenate([parent, rng.integers(0, devices, transformers)])
    is_transformer = np.arange(parent.size) >= devices
    tree = DeviceTree.of(parent, is_transformer, np.where(is_transformer, 20, 0))
    dark = np.zeros(tree.size, bool)
    size = tree.customers_below
    for device in rng.permutation(np.flatnonzero((size >= 40) & (size <= 2000) & ~is_transformer))[:30]:
        if not dark[tree.above(device)].any():
            dark |= tree.below(device)
    customers = np.repeat(np.flatnonzero(is_transformer), 20)
    rows = np.flatnonzero(rng.random(customers.size) < np.where(dark[customers], rate, stray))
    evidence = dataclasses.replace(
        Evidence.of([]),
        device=customers[rows].astype(np.int32),
        usage_point=rows,
        kind=np.zeros(rows.size, np.uint8),
        at=np.zeros(rows.size),
        weight=np.ones(rows.size),
        phases=np.zeros(rows.size, np.uint8),
        id=rows,
    )
    return tree, evidence, dark, customers


def wrong_share(tree, found, dark, customers):
    """Customers wrongly taken as dark or lit, by those who are dark."""
    taken = np.zeros(tree.size, bool)
    for one in found:
        if one.kind != "single":
            taken |= tree.below(one.device)
    return (taken[customers] != dark[customers]).sum() / dark[customers].sum()


@pytest.mark.parametrize(("rate", "most"), [(0.1, 0.2), (0.2, 0.05), (0.4, 0.01), (0.9, 0.01)])
def test_few_customers_are_taken_wrongly_though_the_rate_is_not_known(rate, most):
    tree, evidence, dark, customers = storm(rate, seed=3)
    assert wrong_share(tree, engine.predict(tree, evidence, choose=by_likelihood), dark, customers) <= most


def test_it_never_predicts_on_or_above_what_is_live():
    tree = DeviceTree.of([-1, 0, 0], [False, True, True], [0, 10, 10])
    evidence = Evidence.of([Report(1, i) for i in range(8)] + [Report(2, 20 + i) for i in range(8)], live=[Fact(2)])
    found = engine.predict(tree, evidence, choose=by_likelihood)
    assert (found[0].kind, found[0].device) == ("transformer", 1)
    assert {one.kind for one in found[1:]} == {"single"}


def test_of_two_devices_with_the_same_customers_the_lower_is_the_smaller_claim():
    tree = DeviceTree.of([-1, 0, 1, 1], [False, False, True, True], [0, 0, 10, 10])
    evidence = Evidence.of([Report(2, i) for i in range(5)] + [Report(3, 20 + i) for i in range(5)])
    [one] = engine.predict(tree, evidence, choose=by_likelihood)
    assert one.device == 1


def test_its_explanation_weighs_the_device_against_the_best_below_it():
    tree = DeviceTree.of([-1, 0, 0], [False, True, True], [0, 10, 10])
    evidence = Evidence.of([Report(1, i) for i in range(5)] + [Report(2, 20 + i) for i in range(5)])
    [one] = engine.predict(tree, evidence, choose=by_likelihood)
    check = one.explanation.checks[-1]
    assert (one.explanation.engine, check.key, check.passed) == ("likelihood", "likelihood", True)
    assert check.value > check.threshold > 0
    assert any(line.key == "likelihood" for line in wording.explain(one.explanation))


def test_every_report_is_explained_exactly_once():
    tree, evidence, _, _ = storm(0.3, seed=5)
    found = engine.predict(tree, evidence, choose=by_likelihood)
    assert sorted(row for one in found for row in one.evidence) == evidence.id.tolist()
