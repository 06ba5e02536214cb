"""Fault indicators have a say in both engines and are named; what opens oftener is the cheaper guess."""

import numpy as np
import pytest

from outages.domain.prediction import engine
from outages.domain.prediction.evidence import Evidence, Report
from outages.domain.prediction.hazards import FUSE, RECLOSER, TRANSFORMER, Hazards
from outages.domain.prediction.likelihood import Likelihood, by_likelihood
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.tree import DeviceTree
from outages.selectors import prediction_words

#: CB 0 over F1 1 and F2 2; six transformers under each, of ten customers.
NAMES = ("CB", "F1", "F2", *(f"T{n}" for n in range(3, 15)))


def feeder() -> DeviceTree:
    parent = [-1, 0, 0, *[1] * 6, *[2] * 6]
    return DeviceTree.of(parent, [False] * 3 + [True] * 12, [0] * 3 + [10] * 12)


def calls(*transformers: int) -> list[Report]:
    return [Report(one, usage_point=100 + place) for place, one in enumerate(transformers)]


def predicted(
    indicators: list[tuple[int, bool, int]], reports: list[Report], **options: object
) -> list[engine.Prediction]:
    return engine.predict(feeder(), Evidence.of(reports, indicators=indicators), **options)


def words(one: engine.Prediction) -> str:
    return " ".join(
        sentence.text for sentence in prediction_words.explain(one.explanation, lambda device: NAMES[int(device)])
    )


RULES = RuleSet(min_fraction=0.5, min_branches=2)


@pytest.mark.parametrize(
    ("indicators", "devices"), [([], []), ([(1, True, 7)], [1]), ([(0, True, 7)], [1]), ([(1, False, 7)], [])]
)
def test_for_the_rules_an_indicator_that_operated_halves_the_share_that_is_asked_for(indicators, devices):
    found = predicted(indicators, calls(3, 4), rules=RULES)
    assert [one.device for one in found if one.kind == "device"] == devices


def test_for_the_rules_one_that_saw_nothing_asks_for_more():
    three = calls(3, 4, 5)
    assert [one.device for one in predicted([], three, rules=RULES)] == [1]
    assert all(one.kind == "single" for one in predicted([(1, False, 7)], three, rules=RULES))
    ignoring = RULES.with_changes(indicator_factor=1.0)
    assert [one.device for one in predicted([(1, False, 7)], three, rules=ignoring)] == [1]


def test_the_nearest_indicator_decides_and_is_named():
    (one,) = predicted([(0, False, 6), (1, True, 7)], calls(3, 4), rules=RULES)
    assert "The nearest fault indicator, at F1, saw the fault's current: 25 % of them are enough." in words(one)


def test_the_engine_that_weighs_follows_and_names_both_kinds():
    alone = predicted([], calls(3, 4), choose=by_likelihood)
    helped = predicted([(1, True, 7), (0, True, 8)], calls(3, 4), choose=by_likelihood)
    assert all(one.kind == "single" for one in alone)
    assert [one.device for one in helped] == [1]
    told = words(helped[0])
    assert "2 fault indicators at it or above saw the fault's current, at CB, F1" in told
    silent = predicted([(1, False, 7)], calls(3, 4, 5, 6, 7), choose=by_likelihood)
    assert silent[0].device == 1
    assert "1 fault indicator at it or above saw no fault's current, at F1" in words(silent[0])


def test_the_explanation_adds_up_with_indicators():
    found = predicted([(1, True, 7), (0, False, 8)], calls(3, 4, 5, 6, 7), choose=by_likelihood)
    (one,) = [made for made in found if made.device == 1]
    pieces = one.choice.account(1)
    own = sum(piece.gain for piece in pieces if piece.source not in {"operated", "silent"})
    assert own == pytest.approx(float(one.choice.gain[1]))
    (total,) = [check.value for check in one.explanation.checks if check.key == "likelihood"]
    assert total == pytest.approx(sum(piece.gain for piece in pieces))
    assert {piece.source: piece.devices for piece in pieces if piece.devices} == {"operated": (1,), "silent": (0,)}


def test_what_opens_oftener_costs_less():
    kind = np.array([RECLOSER, FUSE, FUSE, *[TRANSFORMER] * 12], np.uint8)
    sections = np.array([3, 2, 20, *[0] * 12], np.int32)
    tree = feeder().with_kinds(kind, sections)
    assert not tree.log_hazard(Hazards()).any()
    by_kind = tree.log_hazard(Hazards(fuse=10.0))
    assert by_kind[1] == by_kind[2] > by_kind[0] == by_kind[3]
    by_line = tree.log_hazard(Hazards(section=1.0))
    assert by_line[2] > by_line[0] > by_line[1] > by_line[3]
    evidence = Evidence.of(calls(9, 10, 11))
    dear = engine.predict(tree, evidence, choose=Likelihood(hazards=Hazards(fuse=0.001, transformer=1.0)))
    cheap = engine.predict(tree, evidence, choose=Likelihood(hazards=Hazards(fuse=50.0, transformer=0.1)))
    assert 2 in {one.device for one in cheap}
    assert 2 not in {one.device for one in dear}
