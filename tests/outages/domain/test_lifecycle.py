"""The states of an outage and the steps between them."""

from __future__ import annotations

import pytest

from outages.domain import lifecycle


def test_every_state_has_its_steps_and_every_step_leads_to_a_state():
    assert set(lifecycle.TRANSITIONS) == set(lifecycle.STATES)
    assert set().union(*lifecycle.TRANSITIONS.values()) <= set(lifecycle.STATES)


def test_every_state_can_be_reached_and_every_open_one_can_be_finished():
    reached, todo = {"new"}, ["new"]
    while todo:
        for following in lifecycle.TRANSITIONS[todo.pop()] - reached:
            reached.add(following)
            todo.append(following)
    assert reached == set(lifecycle.STATES)
    for state in lifecycle.RUNNING:
        assert lifecycle.may_become(state, "restored")


def test_an_outage_is_completed_only_once_supply_is_back_or_was_there_all_the_time():
    assert [state for state in lifecycle.STATES if lifecycle.may_become(state, "completed")] == ["restored", "verify"]


def test_reopening_and_cancelling_need_a_reason_and_going_on_does_not():
    assert lifecycle.needs_reason("completed", "restored")
    assert lifecycle.needs_reason("assigned", "cancelled")
    assert not lifecycle.needs_reason("new", "assigned")


@pytest.mark.parametrize(
    ("confidence", "age_s", "movable"), [("predicted", 1199, True), ("predicted", 1200, False), ("confirmed", 0, False)]
)
def test_the_engine_moves_only_young_predictions(confidence, age_s, movable):
    assert lifecycle.is_movable(confidence, predicted_at=1000.0, at=1000.0 + age_s) is movable


def test_a_cancelled_outage_stays_cancelled():
    assert not lifecycle.TRANSITIONS["cancelled"]


def test_the_crew_does_not_take_back_a_restoration():
    assert lifecycle.after_work("restored", ["made_safe"]) == "restored"
    assert lifecycle.after_work("partly_restored", ["en_route"]) == "partly_restored"


def test_of_several_crews_the_one_furthest_on_tells_the_state():
    assert lifecycle.after_work("assigned", ["assigned", "on_site", "suspended"]) == "on_site"


def test_an_outage_whose_last_crew_left_waits_for_one_again():
    assert lifecycle.after_work("made_safe", ["released", "completed"]) == "acknowledged"
    assert lifecycle.after_work("new", ["released"]) == "new"


@pytest.mark.parametrize("state", sorted(lifecycle.RUNNING - {"partly_restored"}))
@pytest.mark.parametrize("step", ["assigned", "accepted", "en_route", "on_site", "made_safe", "released", "suspended"])
def test_a_crew_only_makes_steps_that_are_allowed(state, step):
    following = lifecycle.after_work(state, [step])
    assert following == state or lifecycle.may_become(state, following)
