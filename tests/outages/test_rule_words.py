"""Every phrase that rule sets keep has words, and every word is said somewhere."""

import re
from pathlib import Path

import pytest

from network.domain.phrases import phrase
from outages.domain import rule_sets
from outages.models import RulePlan, RuleSetVersion, RuleSwitch
from outages.selectors import rule_words
from outages.selectors.rule_words import said
from tests import pseudo

ROOT = Path(__file__).parents[2] / "outages"
MADE_BY = (ROOT / "domain" / "rule_sets.py", ROOT / "services" / "rule_sets.py")
COMPLAIN = (ROOT / "domain" / "rule_fields.py", ROOT / "domain" / "sampling.py")


def test_every_phrase_has_words_and_all_words_are_said() -> None:
    literal = set(re.findall(r'phrase\(\s*"([a-z_]+)"', "".join(path.read_text() for path in MADE_BY)))
    literal |= set(re.findall(r'Complaint\(\s*"([a-z_]+)"', "".join(path.read_text() for path in COMPLAIN)))
    assert literal == rule_words.codes()


@pytest.mark.parametrize("code", sorted(rule_words.codes()))
def test_words_are_whole_with_any_numbers_and_in_any_language(code: str) -> None:
    names = rule_words.parameters(code)
    for count in (0, 1, 12_345):
        told = said({"code": code} | dict.fromkeys(names, count))
        assert told and "%(" not in told
    with pseudo.language():
        assert pseudo.unmarked(f"<p>{said({'code': code} | dict.fromkeys(names, 7))}</p>") == []


def test_a_set_that_cannot_be_is_refused_with_every_complaint_in_words() -> None:
    with pytest.raises(rule_sets.Wrong) as wrong:
        rule_sets.check({"min_fraction": "1.2", "engine": "luck"})
    refused = rule_words.refused(wrong.value)
    assert refused.message == "engine: choose one of rules, likelihood; min_fraction: at least 0 and at most 1"
    assert refused.data["complaints"]["engine"] == "choose one of rules, likelihood"
    with pseudo.language():
        assert pseudo.unmarked(f"<p>{rule_words.complaints(wrong.value)['min_fraction']}</p>") == []


def test_what_is_kept_is_told_from_its_phrase_and_else_by_the_words_it_has() -> None:
    many = phrase("many_reports", reports=31, enough=30)
    assert rule_words.why(RulePlan(why_told=many)) == "31 reports in ten minutes, 30 are enough"
    assert rule_words.why(RuleSwitch(why="gale warning")) == "gale warning"
    assert rule_words.reason(RuleSetVersion(reason_told=phrase("back_to_built_in"))) == "Back to the set as built in"
    assert rule_words.reason(RuleSetVersion(reason="Back to version 2")) == "Back to version 2"
