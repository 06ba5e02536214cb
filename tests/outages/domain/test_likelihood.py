"""The second engine: the likeliest explanation."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import _outage_truth as truth
from outages.domain.prediction import engine
from outages.domain.prediction.evidence import CREW, GASP, PING_OFF, Evidence, Fact, Report
from outages.domain.prediction.likelihood import Likelihood, by_likelihood
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.sources import USUAL, Sources
from outages.domain.prediction.tree import DeviceTree, Groups
from outages.selectors import prediction_words
from tests.outages.domain.builders import feeder

HOUR = 3600.0


def forest(seed):
    """A random forest of twenty sources with 72,000 customers."""
    return truth.Place.of(truth.forest(np.random.default_rng(seed), 6_000, 6_000, 12, sources=20))


def wrong(place, scenario, seed, at=1.5 * HOUR):
    """Customers wrongly taken as dark or lit, by those who are dark."""
    night = truth.night(place, scenario, seed)
    found = engine.predict(place.tree, night.until(at), choose=by_likelihood, at=at)
    return truth.score(night, at, [(one.device, one.phases) for one in found if one.kind != "single"]).wrong


def predicted(tree, evidence, **options):
    return [(one.kind, one.device) for one in engine.predict(tree, evidence, choose=by_likelihood, **options)]


SIZES = (40, 2000)
CLEAN = truth.Scenario("clean", 20, stray_calls=0.0005, wrong_links=0.0, partial=0.0, nested=0.0, customers=SIZES)


@pytest.mark.parametrize(("calls", "most"), [(0.05, 0.25), (0.1, 0.1), (0.2, 0.02), (0.4, 0.02), (0.9, 0.02)])
@pytest.mark.parametrize("seed", [1, 2])
def test_few_customers_are_taken_wrongly_though_no_rate_is_known(calls, most, seed):
    assert wrong(forest(seed), dataclasses.replace(CLEAN, calls=calls), seed) <= most


@pytest.mark.parametrize(
    ("scenario", "most"),
    [
        (truth.Scenario("as it is", 20, customers=SIZES), 0.06),
        (truth.Scenario("meters", 20, gasps=0.8, customers=SIZES), 0.02),
        (truth.Scenario("few meters", 20, gasps=0.2, customers=SIZES), 0.05),
        (truth.Scenario("many strays", 20, stray_calls=0.02, customers=SIZES), 0.2),
        (truth.Scenario("wrong links", 20, wrong_links=0.05, customers=SIZES), 0.08),
        (truth.Scenario("slow callers", 20, call_median_s=1500.0, customers=SIZES), 0.08),
    ],
)
def test_noise_wrong_links_phases_and_slow_callers_cost_little(scenario, most):
    assert wrong(forest(3), scenario, 5) <= most


def test_it_never_predicts_on_or_above_what_is_live():
    tree = DeviceTree.of([-1, 0, 0], [False, True, True], [0, 10, 10])
    evidence = Evidence.of([Report(1, i) for i in range(8)] + [Report(2, 20 + i) for i in range(8)], live=[Fact(2)])
    found = predicted(tree, evidence)
    assert found[0] == ("transformer", 1)
    assert {kind for kind, _ in found[1:]} == {"single"}


def test_a_telemetered_device_that_is_closed_is_never_predicted():
    tree = DeviceTree.of([-1, 0, 0], [False, True, True], [0, 10, 10], is_telemetered=[True, False, False])
    evidence = Evidence.of([Report(1, i) for i in range(8)] + [Report(2, 20 + i) for i in range(8)])
    assert predicted(tree, evidence) == [("transformer", 1), ("transformer", 2)]


def test_of_two_devices_with_the_same_customers_the_lower_is_the_smaller_claim():
    tree = DeviceTree.of([-1, 0, 1, 1], [False, False, True, True], [0, 0, 10, 10])
    evidence = Evidence.of([Report(2, i) for i in range(5)] + [Report(3, 20 + i) for i in range(5)])
    assert predicted(tree, evidence) == [("device", 1)]


def test_and_the_upper_one_if_such_devices_open_oftener():
    tree = DeviceTree.of([-1, 0, 1, 1], [False, False, True, True], [0, 0, 10, 10], hazard=[5.0, 1.0, 1.0, 1.0])
    evidence = Evidence.of([Report(2, i) for i in range(5)] + [Report(3, 20 + i) for i in range(5)])
    assert predicted(tree, evidence) == [("device", 0)]


def test_silence_says_little_at_first_and_much_after_an_hour():
    tree = DeviceTree.of([-1, *[0] * 12], [False, *[True] * 12], [0, *[30] * 12])
    calls = Evidence.of([Report(one, 10 * one + n, at=float(2 * n)) for one in (1, 2) for n in range(3)])
    first, later = (engine.predict(tree, calls, choose=by_likelihood, at=at) for at in (10.0, HOUR))
    assert [(one.kind, one.device) for one in first] == [("device", 0)]
    assert [(one.kind, one.device) for one in later] == [("transformer", 1), ("transformer", 2)]


def test_reports_of_one_minute_are_one_outage_and_reports_an_hour_apart_are_not():
    tree = DeviceTree.of([-1, 0, 0, 0, 0], [False] + [True] * 4, [0, 10, 10, 10, 10])
    first = [Report(1, i, kind=GASP, at=float(i)) for i in range(8)]
    near = [Report(device, 20 * device + i, kind=GASP, at=10.0 + i) for device in (2, 3, 4) for i in range(8)]
    far = [Report(2, 40 + i, kind=GASP, at=2400.0 + i) for i in range(8)]
    assert predicted(tree, Evidence.of(first + near), at=120.0) == [("device", 0)]
    assert predicted(tree, Evidence.of(first + far), at=2500.0) == [("transformer", 1), ("transformer", 2)]


def test_where_meters_gasp_well_elsewhere_their_silence_here_speaks_against_an_outage():
    parent = [-1] + [0] * 6
    tree = DeviceTree.of(parent, [False] + [True] * 6, [0] + [40] * 6)
    gasps = [Report(1, i, kind=GASP, at=float(i % 10)) for i in range(38)]
    calls = [Report(2, 100 + i, at=30.0 + i) for i in range(2)]
    found = engine.predict(tree, Evidence.of(gasps + calls), choose=by_likelihood, at=300.0)
    assert [(one.kind, one.device) for one in found] == [("transformer", 1), ("single", 2), ("single", 2)]


def test_customers_without_such_meters_are_not_expected_to_gasp():
    parent, customers = [-1, 0, 0], [0, 40, 40]
    gasps = [Report(1, i, kind=GASP, at=float(i % 10)) for i in range(38)]
    calls = [Report(2, 100 + i, at=30.0 + i) for i in range(6)]
    known = DeviceTree.of(parent, [False, True, True], customers, metered=[0, 40, 0])
    unknown = DeviceTree.of(parent, [False, True, True], customers)
    assert predicted(known, Evidence.of(gasps + calls), at=300.0) == [("device", 0)]
    assert predicted(unknown, Evidence.of(gasps + calls), at=300.0)[0] == ("transformer", 1)


def test_a_fuse_that_lost_one_phase_is_predicted_on_that_phase():
    tree = DeviceTree.of([-1, *[0] * 6], [False] + [True] * 6, [0] + [20] * 6, phases=[7, 1, 1, 2, 2, 4, 4])
    evidence = Evidence.of([Report(device, 20 * device + i) for device in (1, 2) for i in range(9)])
    [one] = engine.predict(tree, evidence, choose=by_likelihood)
    assert (one.device, one.phases, one.customers) == (0, 1, 40)


def test_a_crew_is_believed_alone_and_one_unanswered_ping_is_not():
    network = feeder()
    crew = Evidence.of([network.report("T2", 7, kind=CREW)])
    ping = Evidence.of([network.report("T2", 7, kind=PING_OFF)])
    certain = Likelihood(Sources().with_changes({"crew": {"false": 1e-5}}))
    assert engine.predict(network.tree, crew, choose=certain)[0].kind == "transformer"
    assert engine.predict(network.tree, ping, choose=certain)[0].kind == "single"


def test_an_indicator_that_operated_moves_the_prediction_behind_it():
    network = feeder()
    calls = [network.report("T1", 1), network.report("T3", 2)]
    at = network.index["F1"]
    assert "device" not in {kind for kind, _ in predicted(network.tree, Evidence.of(calls))}
    assert predicted(network.tree, Evidence.of(calls, indicators=[(at, True, 5)])) == [("device", at)]


def test_an_indicator_that_did_not_operate_speaks_against_what_is_behind_it():
    network = feeder()
    calls = [network.report(name, i) for i, name in enumerate(["T1", "T1", "T3", "T3", "T2"])]
    at = network.index["F1"]
    assert predicted(network.tree, Evidence.of(calls)) == [("device", at)]
    quiet = Evidence.of(calls, indicators=[(at, False, 5), (network.index["R1"], False, 6)])
    doubtful = Likelihood(Sources().with_changes({"indicator": {"hit": 0.999, "false": 0.001}}))
    found = engine.predict(network.tree, quiet, choose=doubtful)
    assert ("device", at) not in {(one.kind, one.device) for one in found}


def test_the_pieces_of_an_explanation_add_up_to_its_gain():
    tree = DeviceTree.of([-1, 0, 0], [False, True, True], [0, 10, 10])
    reports = [Report(1, i, at=20.0 * i) for i in range(5)] + [Report(2, 20 + i, kind=GASP, at=3.0) for i in range(5)]
    [one] = engine.predict(tree, Evidence.of(reports), choose=by_likelihood, at=600.0)
    *pieces, total = [check for check in one.explanation.checks if check.key != "live"]
    assert {check.key for check in pieces} == {"calls", "gasps", "no_calls", "no_gasps", "price"}
    assert sum(check.value for check in pieces) == pytest.approx(total.value)
    assert (one.explanation.engine, total.key, total.passed) == ("likelihood", "likelihood", True)
    assert total.value > total.threshold > 0
    told = {line.key: line.text for line in prediction_words.explain(one.explanation)}
    assert told["calls"].startswith("5 calls speak for it: +")
    assert "a margin of +" in told["likelihood"]


def test_why_the_device_above_was_not_chosen_is_told_by_its_own_likelihood():
    network = feeder()
    reports = [network.report(name, 10 * i + j) for i, name in enumerate(["T1", "T2", "T3"]) for j in range(6)]
    found = engine.predict(network.tree, Evidence.of(reports), choose=by_likelihood)
    assert network.names[found[0].device] == "F1"
    above = found[0].explanation.stopped_by
    assert network.names[above.device] == "R1"
    assert [check.key for check in above.failed] == ["likelihood"]


@st.composite
def situations(draw):
    """A random forest with reports of every kind, some answers and some indicators."""
    devices = draw(st.integers(1, 6))
    parent = [draw(st.integers(-1, i - 1)) if i else -1 for i in range(devices)]
    transformers = draw(st.integers(1, 8))
    parent += [draw(st.integers(0, devices - 1)) for _ in range(transformers)]
    phases = [7] * devices + [draw(st.sampled_from([1, 2, 4, 7])) for _ in range(transformers)]
    is_transformer = [False] * devices + [True] * transformers
    tree = DeviceTree.of(parent, is_transformer, [0] * devices + [10] * transformers, phases=phases)
    place = st.integers(devices, devices + transformers - 1)
    report = st.builds(
        Report, place, st.integers(0, 30), st.integers(0, 3), st.floats(0, 3000), st.sampled_from([0.5, 1.0]),
        st.sampled_from([0, 1, 2, 4]),
    )  # fmt: skip
    reports = [one._replace(id=i) for i, one in enumerate(draw(st.lists(report, min_size=1, max_size=25)))]
    live = [Fact(device) for device in draw(st.lists(place, max_size=2))]
    marks = draw(st.lists(st.tuples(st.integers(0, devices - 1), st.booleans(), st.integers(0, 9)), max_size=2))
    return tree, reports, live, marks


def told(found):
    return [(one.kind, one.device, one.phases, one.evidence) for one in found]


@given(situations(), st.randoms(use_true_random=False), st.sampled_from([None, 3000.0]))
@settings(max_examples=30, deadline=None)
def test_the_order_of_evidence_changes_nothing_and_every_report_is_explained_once(situation, chance, at):
    tree, reports, live, marks = situation
    first = engine.predict(tree, Evidence.of(reports, live=live, indicators=marks), choose=by_likelihood, at=at)
    chance.shuffle(reports)
    again = Evidence.of(reports, live=live[::-1], indicators=marks[::-1])
    assert told(engine.predict(tree, again, choose=by_likelihood, at=at)) == told(first)
    assert sorted(row for one in first for row in one.evidence) == list(range(len(reports)))
    for one in first:
        assert prediction_words.explain(one.explanation)
        if one.kind != "single":
            assert not any(
                tree.below(one.device)[fact.device] for fact in live if one.phases & tree.live_phases[fact.device]
            )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"calls": {"rate": 2}}, "calls: rate is a share"),
        ({"crew": {"hit": 0.1, "false": 0.2}}, "crew: a source that is not oftener right"),
        ({"calls": 3}, "calls is a mapping"),
        ({"prior": "much"}, "prior is a number"),
        ({"nonsense": 1}, "has no 'nonsense'"),
        ({"gasps": {"delay_s": 0}}, "above 0"),
    ],
)
def test_what_is_no_belief_is_refused(changes, told):
    with pytest.raises(ValueError, match=told):
        Sources().with_changes(changes)


def test_a_call_of_this_moment_is_dearer_to_explain_than_one_among_many_moments():
    """Openings come at any time: that one fell into the last half minute is unlikely before anything is said of it."""
    tree = DeviceTree.of([-1, 0, 0], [False, True, True], [0, 12, 12])
    old = [Report(2, 100 + n, at=float(n)) for n in range(8)]
    fresh = Report(1, 1, at=3590.0)
    found = engine.predict(tree, Evidence.of([*old, fresh]), choose=by_likelihood, at=HOUR)
    assert ("transformer", 2) in [(one.kind, one.device) for one in found]
    assert ("single", 1) in [(one.kind, one.device) for one in found]


def test_the_share_of_openings_on_some_phases_is_learned():
    """Eight transformers whose callers are on all phases make it likely that a ninth with callers on two is out on all three."""
    tree = DeviceTree.of([-1] * 10, [False, *[True] * 9], [0, *[30] * 9])
    at = np.repeat(np.arange(1, 10), 3).astype(np.int32)
    tree = tree.with_groups(Groups(at, np.tile([1, 2, 4], 9).astype(np.uint8), np.full(27, 10, np.int32)))
    full = [Report(one, 100 * one + n, at=float(n), phases=1 << (n % 3)) for one in range(1, 9) for n in range(9)]
    doubtful = [Report(9, 900 + n, at=float(n), phases=1 << (n % 2)) for n in range(6)]
    evidence = Evidence.of([*full, *doubtful])
    learned, fixed = (
        engine.predict(
            tree,
            evidence,
            choose=Likelihood(dataclasses.replace(USUAL, partial=0.4, partial_strength=strength)),
            at=1800.0,
        )
        for strength in (1.0, 1e6)
    )
    assert [[one.phases for one in found if one.device == 9] for found in (learned, fixed)] == [[7], [3]]


def devices_in(tree, evidence, roots, choose, at):
    """What is decided of some trees, in the numbers of the whole."""
    alone, said, chosen = truth.part(tree, evidence, roots)
    found = engine.predict(alone, said, choose=choose, at=at)
    return {(one.kind, int(chosen[one.device]), one.phases, one.evidence) for one in found}


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    calls=st.sampled_from([0.05, 0.2, 0.6]),
    gasps=st.sampled_from([0.0, 0.5]),
    stray=st.sampled_from([0.0005, 0.01, 0.05]),
    some=st.sets(st.integers(0, 7), min_size=1, max_size=4),
)
def test_some_trees_are_decided_by_what_all_teach_as_all_together_would_be(seed, calls, gasps, stray, some):
    place = truth.Place.of(truth.forest(np.random.default_rng(seed), 300, 300, 8, sources=8))
    scenario = truth.Scenario("any", 6, calls=calls, gasps=gasps, stray_calls=stray, customers=(4, 400))
    night = truth.night(place, scenario, seed)
    said, at = night.until(HOUR), HOUR
    roots = np.flatnonzero(place.tree.parent < 0)[sorted(some)]
    together = {
        (one.kind, one.device, one.phases, one.evidence)
        for one in engine.predict(place.tree, said, choose=by_likelihood, at=at)
        if place.tree.root[one.device] in roots
    }
    learned = by_likelihood.learn(engine.left_over(place.tree, said, RuleSet(), at))
    knowing = dataclasses.replace(by_likelihood, learned=learned)
    assert devices_in(place.tree, said, roots, knowing, at) == together


def test_a_tree_that_leans_on_its_sources_alone_takes_strays_for_outages_that_all_together_do_not():
    """Why what all teach is kept: of two hundred trees each decided by itself most outages named are none."""
    place = truth.Place.of(truth.forest(np.random.default_rng(7), 2_000, 2_000, 12, sources=100))
    night = truth.night(place, truth.Scenario("strays", 12, stray_calls=0.02, customers=(40, 400)), 7)
    said, at = night.until(HOUR), HOUR
    learned = by_likelihood.learn(engine.left_over(place.tree, said, RuleSet(), at))

    def precision(choose):
        shown = []
        for root in np.flatnonzero(place.tree.parent < 0):
            found = devices_in(place.tree, said, np.array([root]), choose, at)
            shown += [(device, phases) for kind, device, phases, _ in found if kind != "single"]
        score = truth.score(night, at, shown)
        return score.right / score.predicted

    assert precision(by_likelihood) < 0.5
    assert precision(dataclasses.replace(by_likelihood, learned=learned)) > 0.8
