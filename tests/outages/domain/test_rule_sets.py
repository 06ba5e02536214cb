"""Rule sets as people edit them, and which one an area follows."""

import datetime as dt

import pytest

from outages.domain import rule_sets
from outages.domain.prediction.engine import by_rules
from outages.domain.prediction.hazards import EVEN
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.sources import USUAL
from outages.domain.rule_sets import InForce, Plan, Window, Wrong, wanted

AT = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
STORMY = Plan(on_rate=100, off_rate=20, calm_after_s=600)


def ask(plan: Plan, rate: int, *, is_busy: bool = False, calm_s: float | None = None, hour: int = 12):
    since = None if calm_s is None else AT - dt.timedelta(seconds=calm_s)
    return wanted(plan, is_busy=is_busy, rate=rate, calm_since=since, at=AT, time=dt.time(hour))


def test_every_number_of_the_engine_can_be_edited_and_the_set_as_built_in_is_the_engine_s_default():
    edited = {field.name for field in rule_sets.FIELDS if field.group == "decide"} - {"engine", "freeze_s"}
    assert edited == set(RuleSet.__dataclass_fields__) - {"name"}
    assert InForce.of("normal", 0, {}).rules == RuleSet(name="normal, as built in")


def test_every_belief_about_a_source_and_every_hazard_can_be_edited_and_reaches_the_engine_that_weighs():
    by_default = InForce.of("normal", 0, {}).chooser("likelihood")
    assert (by_default.sources, by_default.hazards) == (USUAL, EVEN)
    values = rule_sets.check(
        {"calls_rate": "0.35", "crew_false": 0.01, "partial": 0.4, "hazard_fuse": 5, "hazard_section": "0.2"}
    )
    found = InForce.of("normal", 1, values).chooser("likelihood")
    assert (found.sources.calls.rate, found.sources.crew.false, found.sources.partial) == (0.35, 0.01, 0.4)
    assert (found.hazards.fuse, found.hazards.section, found.sources.gasps) == (5.0, 0.2, USUAL.gasps)
    assert InForce.of("normal", 1, values).chooser() is by_rules


def test_a_source_that_is_not_oftener_right_than_wrong_is_refused():
    with pytest.raises(Wrong, match="ping_off_hit: says_nothing"):
        rule_sets.check({"ping_off_hit": 0.04})
    with pytest.raises(Wrong, match="calls_rate: least_and_most"):
        rule_sets.check({"calls_rate": 0})


@pytest.mark.parametrize(("typed", "kept"), [("All", "all"), (0.2, "0.2"), ("1", "1"), ("none", "none")])
def test_whom_to_ask_is_a_word_or_a_share(typed, kept):
    assert rule_sets.check({"ask_on_prediction": typed})["ask_on_prediction"] == kept


def test_anything_else_is_no_sample():
    with pytest.raises(Wrong, match="no_sample"):
        rule_sets.check({"ask_after_restoration": "some"})


def test_every_wrong_field_is_named_with_what_is_wrong():
    with pytest.raises(Wrong) as refused:
        rule_sets.check({"min_fraction": "1.2", "min_transformers": "2.5", "window_s": "nan", "engine": "luck", "x": 1})
    assert set(refused.value.complaints) == {"min_fraction", "min_transformers", "window_s", "engine", "x"}
    assert refused.value.complaints["min_fraction"] == {"code": "least_and_most", "least": "0", "most": "1"}


def test_an_optional_field_left_empty_asks_for_nothing():
    assert rule_sets.check({"min_customer_share": ""})["min_customer_share"] is None
    with pytest.raises(Wrong, match="value_needed"):
        rule_sets.check({"min_fraction": ""})


def test_the_rate_begins_a_storm_at_its_upper_border_only():
    assert (ask(STORMY, 99).name, ask(STORMY, 100).name) == ("normal", "storm")


def test_a_storm_ends_only_after_it_has_been_calm_for_long_enough():
    assert ask(STORMY, 60, is_busy=True).name == "storm"
    begins = ask(STORMY, 20, is_busy=True)
    assert (begins.name, begins.calm_since) == ("storm", AT)
    assert ask(STORMY, 20, is_busy=True, calm_s=599).name == "storm"
    assert ask(STORMY, 20, is_busy=True, calm_s=600).name == "normal"


def test_a_gust_in_between_begins_the_calm_anew():
    assert ask(STORMY, 60, is_busy=True, calm_s=599).calm_since is None


def test_the_clock_chooses_where_the_rate_does_not():
    plan = Plan(windows=[Window(dt.time(22), dt.time(6), "night")], on_rate=100)
    assert [ask(plan, 0, hour=hour).name for hour in (21, 22, 3, 6)] == ["normal", "night", "night", "normal"]
    assert ask(plan, 100, hour=3).how == "rate"
