"""What holds for the rules engine on any tree and any evidence."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outages.domain.prediction import engine
from outages.domain.prediction.evidence import CALL, GASP, PING_OFF, Evidence, Fact, Report
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.tree import DeviceTree


@st.composite
def situations(draw):
    """A random forest, reports at its transformers and answers from some of them."""
    devices = draw(st.integers(1, 8))
    parent = [draw(st.integers(-1, i - 1)) if i else -1 for i in range(devices)]
    transformers = draw(st.integers(1, 12))
    parent += [draw(st.integers(0, devices - 1)) for _ in range(transformers)]
    is_transformer = [False] * devices + [True] * transformers
    customers = [0] * devices + draw(st.lists(st.integers(1, 30), min_size=transformers, max_size=transformers))
    tree = DeviceTree.of(parent, is_transformer, customers)
    at = st.integers(devices, tree.size - 1)
    kind, weight = st.sampled_from([CALL, GASP, PING_OFF]), st.sampled_from([0.1, 0.5, 1.0, 2.0])
    report = st.builds(Report, at, st.integers(-1, 15), kind, st.floats(0, 3000), weight, st.just(0), st.just(-1))
    reports = [
        one._replace(usage_point=one.usage_point if one.usage_point < 0 else one.usage_point * 100 + one.device)
        for one in draw(st.lists(report, max_size=14))
    ]
    live = [Fact(device) for device in draw(st.lists(st.integers(0, tree.size - 1), max_size=2))]
    return tree, reports, live


def verdict(found):
    return sorted((one.kind, one.device, one.usage_point, one.phases, one.customers, one.transformers) for one in found)


def by_the_book(tree, reports, live, rules):
    """The rule as it is written, device by device, with whole reports: what the engine must come to."""
    below = {d: set(np.flatnonzero(tree.below(d)).tolist()) for d in range(tree.size)}
    points = {(one.device, one.usage_point if one.usage_point >= 0 else -1 - i) for i, one in enumerate(reports)}
    told = {device for device, _ in points}
    lit = {fact.device for fact in live}
    found, covered = [], set()
    for device in sorted(range(tree.size), key=lambda d: -len(below[d])):
        if tree.is_transformer[device] or device in covered or below[device] & lit:
            continue
        own = [d for d in below[device] if tree.is_transformer[d]]
        with_reports = [d for d in own if d in told]
        branches = [c for c in np.flatnonzero(tree.parent == device).tolist() if below[c] & told]
        enough = len(with_reports) >= rules.min_transformers and len(branches) >= 2
        if enough and len(with_reports) / len(own) >= rules.min_fraction:
            found.append(("device", device))
            covered |= below[device]
    for transformer in told - covered:
        here = [point for device, point in points if device == transformer]
        if len(here) >= rules.min_reports_for_transformer and transformer not in lit:
            found.append(("transformer", transformer))
        else:
            found.extend(("single", transformer) for _ in here)
    return sorted(found)


@given(situations(), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
@settings(max_examples=40, deadline=None)
def test_the_engine_decides_as_the_rule_is_written(situation, share):
    tree, reports, live = situation
    rules = RuleSet(min_fraction=share)
    whole = [one._replace(weight=1.0) for one in reports]
    found = engine.predict(tree, Evidence.of(whole, live=live), rules)
    assert sorted((one.kind, one.device) for one in found) == by_the_book(tree, whole, live, rules)


@given(situations(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_evidence_changes_nothing(situation, chance):
    tree, reports, live = situation
    numbered = [one._replace(id=100 + i) for i, one in enumerate(reports)]
    first = engine.predict(tree, Evidence.of(numbered, live=live))
    chance.shuffle(numbered)
    second = engine.predict(tree, Evidence.of(numbered, live=live[::-1]))
    assert verdict(first) == verdict(second)
    assert sorted(one.evidence for one in first) == sorted(one.evidence for one in second)
    told = sorted(str(dataclasses.replace(one.explanation, usage_point=-1)) for one in first)
    assert told == sorted(str(dataclasses.replace(one.explanation, usage_point=-1)) for one in second)


@given(situations())
@settings(max_examples=40, deadline=None)
def test_every_report_is_explained_exactly_once(situation):
    tree, reports, live = situation
    found = engine.predict(tree, Evidence.of(reports, live=live))
    assert sorted(row for one in found for row in one.evidence) == list(range(len(reports)))


@given(situations())
@settings(max_examples=40, deadline=None)
def test_nothing_is_predicted_on_or_above_what_is_known_live(situation):
    tree, reports, live = situation
    for one in engine.predict(tree, Evidence.of(reports, live=live)):
        if one.kind != "single":
            assert not any(tree.below(one.device)[fact.device] for fact in live)


@given(situations())
@settings(max_examples=40, deadline=None)
def test_no_predicted_device_lies_below_another(situation):
    tree, reports, live = situation
    devices = [one.device for one in engine.predict(tree, Evidence.of(reports, live=live)) if one.kind != "single"]
    for device in devices:
        assert not set(tree.above(device)) & set(devices)


@given(situations())
@settings(max_examples=40, deadline=None)
def test_the_checks_of_an_explanation_agree_with_the_verdict(situation):
    tree, reports, live = situation
    for one in engine.predict(tree, Evidence.of(reports, live=live)):
        why = one.explanation
        if one.kind == "single":
            assert not all(check.passed for check in why.checks)
        else:
            assert all(check.passed for check in why.checks)
        if why.stopped_by:
            assert why.stopped_by.failed


@given(situations())
@settings(max_examples=40, deadline=None)
def test_removing_the_evidence_of_an_explanation_removes_its_prediction(situation):
    tree, reports, live = situation
    evidence = Evidence.of(reports, live=live)
    for one in engine.predict(tree, evidence):
        without = np.setdiff1d(np.arange(evidence.size), one.evidence)
        left = engine.predict(tree, evidence.take(without))
        assert all(not tree.below(one.device)[other.device] for other in left if one.kind == "device")


def test_a_hundred_thousand_calls_on_a_hundred_thousand_devices_find_the_open_ones():
    rng = np.random.default_rng(7)
    devices, transformers = 20_000, 80_000
    parent = np.concatenate([np.full(100, -1), rng.integers(0, np.maximum(np.arange(100, devices) // 4, 100))])
    parent = np.concatenate([parent, rng.integers(devices // 2, devices, transformers)])
    tree = DeviceTree.of(parent, np.arange(parent.size) >= devices, np.where(np.arange(parent.size) >= devices, 12, 0))
    counts = tree.transformers_below
    open_devices = np.flatnonzero((counts >= 4) & ~tree.is_backbone & ~tree.is_transformer)[::40]
    out = np.flatnonzero(np.isin(parent, open_devices))
    where = np.repeat(out, 1 + 100_000 // out.size)
    evidence = dataclasses.replace(
        Evidence.of([], live=[Fact(device) for device in set(parent[open_devices].tolist())]),
        device=where.astype(np.int32),
        usage_point=np.arange(where.size),
        kind=np.zeros(where.size, np.uint8),
        at=rng.uniform(0, 600, where.size),
        weight=np.ones(where.size),
        phases=np.zeros(where.size, np.uint8),
        id=np.arange(where.size),
    )
    found = engine.predict(tree, evidence)
    assert evidence.size >= 100_000
    assert sorted(one.device for one in found) == open_devices.tolist()
