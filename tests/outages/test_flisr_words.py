"""Every phrase that FLISR keeps has words, and the words take what the phrase has."""

import re
from pathlib import Path

import pytest

from network.domain.phrases import phrase
from outages.selectors import flisr_words
from outages.selectors.flisr_words import said

ROOT = Path(__file__).parents[2]
ALARMS = ROOT / "outages" / "services" / "flisr" / "alarms.py"  # has words of its own
MADE_BY = [
    ROOT / "network" / "services" / "restoration_plans.py",
    ROOT / "network" / "services" / "restoration_outcome.py",
    ROOT / "network" / "services" / "step_checks.py",
    ROOT / "network" / "services" / "island_checks.py",
    ROOT / "network" / "selectors" / "dead_area.py",
    ROOT / "network" / "domain" / "restoration" / "sequence.py",
    *sorted(set((ROOT / "outages" / "services" / "flisr").glob("*.py")) - {ALARMS}),
]
#: Codes that are put together of a part and what it is about.
MADE_OF_PARTS = {"beyond", "beyond_more", *(f"beyond_{kind}" for kind in ("voltage_low", "voltage_high", "overload")),
                 *(f"operation_{state}" for state in ("failed", "expired", "cancelled", "timed_out")),
                 "acknowledged_right", "acknowledged_wrong",
                 *(f"island_{verdict}" for verdict in ("self_sustaining", "insufficient", "insufficient_by", "parted",
                                                       "parted_by", "feeding")),
                 "indicators_after_to_the_end", "indicators_from_device_to_the_end"}  # fmt: skip


def codes_of_sources() -> set[str]:
    """Every word between quotes that a phrase could begin with, as sources write them."""
    found = set[str]()
    for path in MADE_BY:
        found |= set(re.findall(r'"([a-z_]+)"', path.read_text()))
    return found


def test_every_phrase_has_words_and_all_words_are_said() -> None:
    sources = "".join(path.read_text() for path in MADE_BY)
    literal = set(re.findall(r'phrase\(\s*"([a-z_]+)"', sources))
    assert len(literal) > 50
    assert not literal - flisr_words.codes()
    assert not flisr_words.codes() - codes_of_sources() - MADE_OF_PARTS


@pytest.mark.parametrize("code", sorted(flisr_words.codes()))
def test_words_are_whole_with_any_numbers(code: str) -> None:
    names = flisr_words.parameters(code)
    for count in (0, 1, 12_345):
        told = said({"code": code} | dict.fromkeys(names, count))
        assert told and "%(" not in told
        assert ("12\u202f345" in told) == (count == 12_345 and bool(names))


def test_what_a_phrase_has_is_shown_as_numbers_lists_and_sentences() -> None:
    places = [phrase("beyond_voltage_low", name="N 4"), phrase("beyond_overload", name="L 2")]
    best = phrase("back", customers=1_200, of=1_300, switches=3)
    told = phrase("best_plan", plans=2, summary=best)
    assert said(told) == "Best of 2 plans: 1\u202f200 of 1\u202f300 customers back by 3 switches, all by remote control"
    assert said(phrase("beyond", places=places, more=4)) == "voltage low at N 4, overload at L 2 and 4 more"
    assert said(phrase("lowest_voltage", pu=0.94632, name="N 4")) == "Lowest voltage 0.946 pu at N 4"
    assert said(phrase("tripped", device="CB 1", customers=1)) == "CB 1 tripped: 1 customer lost supply"


def test_words_of_old_rows_and_codes_of_newer_ones_are_told_as_they_are() -> None:
    assert said("Protection: the fault lies in 2 of 5 sections") == "Protection: the fault lies in 2 of 5 sections"
    assert said({"code": "from_tomorrow", "name": "F 1"}) == "from_tomorrow"
    old = {"summary": "12 of 12 customers back", "why_not": "", "reasons": ["Saves 5 customer-minutes"], "steps": []}
    assert flisr_words.plan(old) == old
    assert flisr_words.location({"sections": 2}) == {"sections": 2}
