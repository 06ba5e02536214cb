"""The rules engine against the reference cases and at every threshold."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from outages.domain.prediction import engine
from outages.domain.prediction.evidence import GASP, Evidence, Fact, Report
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.tree import DeviceTree, Groups, TreeError, from_names
from tests.outages.domain.builders import Network, feeder
from tests.paths import REFERENCE, needs_shared

CASES = REFERENCE / "outage" / "prediction_cases.json"


@needs_shared
def test_every_reference_case_comes_out_as_written():
    document = json.loads(CASES.read_text())
    tree, names = from_names(document["network"]["parent"], document["network"]["customers_per_transformer"])
    network = Network(tree, names)
    assert len(document["cases"]) == 5
    for case in document["cases"]:
        reports = [network.report(name) for name, count in case["input"]["reports"].items() for _ in range(count)]
        found = network.predict(*reports, live=case["input"].get("confirmed_on", ()))
        told = [
            {
                "device": ("service at " if one.kind == "single" else "") + names[one.device],
                "transformers": one.transformers,
                "customers": one.customers,
            }
            for one in found
        ]
        assert told == case["expected"], case["name"]


def test_no_reports_predict_nothing():
    assert feeder().told() == []


def test_one_report_less_turns_a_fuse_into_a_service():
    network = feeder()
    assert network.told(network.report("T1"), network.report("T3")) == [("device", "F1")]
    assert network.told(network.report("T1")) == [("single", "T1")]


def test_one_report_less_turns_a_transformer_into_a_service():
    network = feeder()
    assert network.told(network.report("T1"), network.report("T1")) == [("transformer", "T1")]


def test_a_second_call_from_the_same_house_is_the_same_darkness():
    network = feeder()
    assert network.told(network.report("T1", 71), network.report("T1", 71)) == [("single", "T1")]
    assert network.told(network.report("T1", 71), network.report("T1", 72)) == [("transformer", "T1")]


def test_the_share_of_transformers_decides_at_its_very_value():
    names = {f"T{i}": "F" for i in range(10)} | {"F": "CB"}
    network = Network(*from_names(names, {f"T{i}": 5 for i in range(10)}))
    three = [network.report(f"T{i}") for i in range(3)]
    assert network.told(*three) == [("device", "F")]
    assert network.told(*three[:2]) == [("single", "T0"), ("single", "T1")]
    assert network.told(*three[:2], rules=RuleSet(min_fraction=0.2)) == [("device", "F")]
    assert network.told(*three, rules=RuleSet(min_fraction=0.31)) == [("single", f"T{i}") for i in range(3)]


def test_reports_under_one_branch_only_predict_the_branch():
    network = feeder()
    both = [network.report("T1"), network.report("T3")]
    assert network.told(*both) == [("device", "F1")]
    assert network.told(*both, network.report("T5")) == [("device", "R1")]


def test_a_share_of_customers_can_be_asked_for_as_well():
    network = feeder()
    reports = [network.report("T1", 1), network.report("T3", 2)]
    strict = RuleSet(min_customer_share=0.1)
    assert network.told(*reports, rules=strict) == [("single", "T1"), ("single", "T3")]
    more = [network.report("T2", 3), network.report("T2", 4)]
    assert network.told(*reports, *more, rules=strict) == [("device", "F1")]


def test_the_backbone_has_thresholds_of_its_own():
    network = feeder()
    reports = [network.report("T1"), network.report("T3"), network.report("T5")]
    assert network.told(*reports) == [("device", "R1")]
    cautious = RuleSet(backbone_min_fraction=0.6)
    assert network.told(*reports, rules=cautious) == [("device", "F1"), ("single", "T5")]
    assert network.told(*reports, rules=RuleSet(backbone_min_transformers=4)) == [("device", "F1"), ("single", "T5")]


@pytest.mark.parametrize("live", ["T2", "F1"])
def test_whatever_is_known_live_below_rules_a_device_out(live):
    network = feeder()
    reports = [network.report("T1"), network.report("T3")]
    assert network.told(*reports, live=[live]) == [("single", "T1"), ("single", "T3")]


def test_a_live_device_stops_the_climb_but_not_what_is_below_it():
    network = feeder()
    reports = [network.report(name) for name in ("T1", "T3", "T5", "T6", "T7")]
    assert network.told(*reports) == [("device", "CB")]
    assert network.told(*reports, live=["R1"]) == [("device", "F3"), ("device", "F1"), ("single", "T5")]


def test_a_meter_that_answers_at_a_transformer_leaves_only_its_services():
    network = feeder()
    reports = [network.report("T1", 1), network.report("T1", 2)]
    assert network.told(*reports, live=["T1"]) == [("single", "T1"), ("single", "T1")]


def test_an_answer_older_than_the_first_report_contradicts_nothing():
    network = feeder()
    reports = [network.report("T1", at=1000.0), network.report("T3", at=1010.0)]
    assert network.told(*reports, live=[network.fact("T2", at=999.0)]) == [("device", "F1")]
    assert network.told(*reports, live=[network.fact("T2", at=1001.0)]) == [("single", "T1"), ("single", "T3")]


def test_a_telemetered_device_that_is_closed_is_never_predicted():
    network = feeder()
    telemetered = np.zeros(network.tree.size, bool)
    telemetered[network.index["F1"]] = True
    network.tree = dataclasses.replace(network.tree, is_telemetered=telemetered)
    assert network.told(network.report("T1"), network.report("T3")) == [("single", "T1"), ("single", "T3")]


def test_a_device_known_to_be_open_is_confirmed_at_once_with_all_below():
    network = feeder()
    reports = [network.report("T1", at=100.0), network.report("T6", at=100.0)]
    found = network.predict(*reports, opened=[network.fact("R1", at=90.0, id=5)])
    first, second = found
    assert (network.names[first.device], first.confidence, first.customers, first.evidence) == (
        "R1",
        "confirmed",
        64,
        (0,),
    )
    assert (first.started_at, first.due_at) == (90.0, -np.inf)
    assert (second.kind, network.names[second.device]) == ("single", "T6")


def test_an_open_device_is_told_even_before_anybody_reports():
    network = feeder()
    assert network.told(opened=[network.fact("R1", at=90.0), network.fact("F1", at=91.0)]) == [("device", "R1")]


def test_calls_are_held_longer_than_gasps_before_they_are_shown():
    network = feeder()
    [calls] = network.predict(network.report("T1", at=1000.0), network.report("T3", at=1050.0))
    assert (calls.started_at, calls.due_at) == (1000.0, 1120.0)
    [mixed] = network.predict(network.report("T1", at=1000.0), network.report("T3", at=1050.0, kind=GASP))
    assert (mixed.started_at, mixed.due_at) == (1000.0, 1080.0)


def test_evidence_further_apart_than_the_window_is_two_outages():
    network = feeder()
    near = [network.report("T1", at=0.0), network.report("T3", at=3600.0)]
    far = [network.report("T1", at=0.0), network.report("T3", at=3601.0)]
    assert network.told(*near) == [("device", "F1")]
    assert network.told(*far) == [("single", "T1"), ("single", "T3")]


def test_a_heavy_report_predicts_a_transformer_alone_and_a_light_one_counts_in_part():
    network = feeder()
    assert network.told(network.report("T1", weight=2.0)) == [("transformer", "T1")]
    assert network.told(network.report("T1"), network.report("T3", weight=0.5)) == [("single", "T1"), ("single", "T3")]


def test_a_phase_known_live_leaves_the_dark_phase_open_to_prediction():
    network = feeder()
    dark = [network.report("T1", 1, phases=1), network.report("T3", 2, phases=1)]
    [one] = network.predict(*dark, live=[network.fact("T2", phases=2)])
    assert (network.names[one.device], one.phases) == ("F1", 1)
    [whole] = network.predict(*dark)
    assert (network.names[whole.device], whole.phases) == ("F1", 7)


def test_a_report_on_another_phase_under_an_open_device_is_not_lost():
    network = feeder()
    dark = [network.report("T1", 1, phases=1), network.report("T3", 2, phases=1), network.report("T2", 3, phases=2)]
    found = network.predict(*dark, live=[network.fact("T3", phases=2)])
    assert [(one.kind, network.names[one.device], one.evidence) for one in found] == [
        ("device", "F1", (0, 1)),
        ("single", "T2", (2,)),
    ]


def test_an_outage_on_one_phase_counts_the_transformers_on_that_phase():
    tree = DeviceTree.of([-1, 0, 0, 0, 0], [False] + [True] * 4, [0, 5, 5, 5, 5], phases=[7, 1, 1, 2, 4])
    reports = [Report(1, 1), Report(2, 2)]
    [one] = engine.predict(tree, Evidence.of(reports, live=[Fact(3)]))
    assert (one.device, one.phases, one.transformers, one.customers) == (0, 1, 2, 10)


def test_an_outage_on_one_phase_counts_the_customers_on_that_phase_where_theirs_is_known():
    tree = DeviceTree.of([-1, 0, 0], [False, True, True], [0, 6, 5])
    groups = Groups(np.array([2, 1, 1, -1]), np.array([7, 1, 2, 1], np.uint8), np.array([5, 4, 2, 9]))
    known = tree.with_groups(groups)
    assert known.customers_below.tolist() == tree.customers_below.tolist() == [11, 6, 5]
    reports = Evidence.of([Report(1, 1, phases=1), Report(2, 2, phases=1)], live=[Fact(1, phases=6)])
    assert [one.customers for one in engine.predict(known, reports)] == [9]
    assert [one.customers for one in engine.predict(tree, reports)] == [11]
    part = known.groups.within([(1, 3)])
    assert (part.device.tolist(), part.customers.tolist()) == ([0, 0, 1], [4, 2, 5])


def test_a_tree_that_is_none_is_refused():
    with pytest.raises(TreeError, match="under no source"):
        from_names({"A": "B", "B": "A"}, {})
    with pytest.raises(TreeError, match="before its child"):
        DeviceTree.of([1, -1], [False, False], [0, 0])
    with pytest.raises(TreeError, match="shape"):
        DeviceTree.of([-1, 0], [False], [0, 0])


def test_a_share_is_a_share():
    with pytest.raises(ValueError, match="between 0 and 1"):
        RuleSet(min_fraction=30)
