"""P05: load taken off a feeder of a town: each way with its power flow, as it is found once the way was gone."""

from typing import Any

import pytest

from adms.core.models import Setting
from adms.core.services import authority
from network.domain.grid import BRANCH_CLASSES
from network.services import power_flow_asked
from outages.domain.switching import transfers
from outages.services.switching import rehearsing, suggesting, suggestion_jobs
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.proposals import Limit
from outages.services.switching.suggesting import Wanted
from tests.builders.town import Town
from tests.cast import NOON, SYSTEM, after
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network() -> None:
    """Overrides the story feeder: these tests stand on a town."""


def loss_kw(town: Town) -> float:
    found = power_flow_asked.answer(
        model=town.key, wanted=power_flow_asked.Wanted(), at=after(20), progress=lambda _: None
    )
    assert found is not None
    return float(found.figures["loss_kw"])


def voltage_at(town: Town, node: int) -> float:
    found = power_flow_asked.answer(
        model=town.key, wanted=power_flow_asked.Wanted(), at=after(2), progress=lambda _: None
    )
    assert found is not None and found.buses is not None
    name = town.present.grid.node_mrid_text(node)
    return min(one.v_pu for one in found.buses if one.mrid == name)


def suggested(town: Town, goal: str, branch: int) -> list[dict[str, Any]]:
    wanted = Wanted(town.key, goal, town.mrid(branch))
    return suggesting.ways(actor=SYSTEM, wanted=wanted, at=after(1))


def test_a_way_to_unload_a_feeder_tells_what_is_found_when_it_is_gone() -> None:
    town = Town()
    told = suggested(town, "unload", town.head)
    assert told
    assert all(one["is_checked"] for one in told)
    assert [len(one["problems"]) for one in told] == sorted(len(one["problems"]) for one in told)
    best = told[0]
    assert best["moved_kw"] > 0
    before = loss_kw(town)
    for number, step in enumerate(best["steps"]):
        branch = town.present.grid.branch_index(step["device"])
        town.report(branch, close=step["kind"] == "close", at=5 + number)
    more = best["after"]["loss_kw"] - best["before"]["loss_kw"]
    assert more == pytest.approx(loss_kw(town) - before, abs=0.05)


def test_a_low_voltage_is_relieved_by_the_smallest_transfer_that_suffices() -> None:
    """A feeder fed whole by its neighbour is low at its own head; the limit is drawn between that and what it had before."""
    town = Town()
    largest = max(suggested(town, "unload", town.head), key=lambda one: one["moved_kw"])
    for number, step in enumerate(largest["steps"]):
        branch = town.present.grid.branch_index(step["device"])
        town.report(branch, close=step["kind"] == "close", at=1 + number)
    far = [branch for branch in town.trunk if town.present.closed[branch]][2]
    with pytest.raises(OrderRefused, match="out of its limits"):
        suggested(town, "relieve", far)
    low = voltage_at(town, transfers.below(rehearsing.stand_of(town.present), town.mrid(far))) + 1e-5
    Setting.objects.create(key="power_flow.v_low", value=low, changed_at=NOON)
    told = suggested(town, "relieve", far)
    assert told
    assert all(one["watched"]["before"] > 0 for one in told)
    cured = [one for one in told if not one["watched"]["after"]]
    assert cured
    assert told[: len(cured)] == cured
    assert cured[0]["relieved"] > 0


def station_transformer(town: Town) -> int:
    """The branch between the head's busbar and the source."""
    present = town.present
    grid, energisation = present.grid, present.energisation
    ends = int(grid.branch_from[town.head]), int(grid.branch_to[town.head])
    node = ends[0] if energisation.parent_branch[ends[1]] == town.head else ends[1]
    while BRANCH_CLASSES[grid.branch_class[branch := int(energisation.parent_branch[node])]] != "PowerTransformer":
        node = int(energisation.parent_node[node])
    return branch


def test_a_station_transformer_is_taken_out_with_its_load_handed_over_first_and_back_afterwards() -> None:
    town = Town()
    transformer = station_transformer(town)
    told = suggested(town, "take_out", transformer)
    assert told
    for one in told:
        kinds = [step["kind"] for step in one["steps"]]
        assert kinds.count("ground") == kinds.count("unground") == 1
        assert kinds.count("open") == kinds.count("close")
        moved: dict[str, int] = {}
        for step in one["steps"]:
            if step["kind"] in {"open", "close"}:
                moved[step["device"]] = moved.get(step["device"], 0) + (1 if step["kind"] == "close" else -1)
        assert set(moved.values()) == {0}  # all stands as before once the work is done
        work = kinds.index("instruct")
        dead = {step["device"] for step in one["steps"][:work] if step["kind"] == "test_dead"}
        assert dead == {town.mrid(transformer)}
    handed = [one for one in told if one["title"].startswith("Hand over")]
    assert handed
    assert min(one["during_work"] for one in handed) <= min(one["during_work"] for one in told)
    assert all(one["is_checked"] for one in told)
    with pytest.raises(OrderRefused, match="no transformer"):
        suggested(town, "take_out", town.head)


def test_when_the_time_is_over_what_was_found_is_told_and_that_not_all_was_looked_at() -> None:
    """A clock that stands still at the end of the search, then at the end of all: the largest transfer is told either way."""
    town = Town()
    whole = suggested(town, "unload", town.head)
    assert len(whole) > 1
    wanted = Wanted(town.key, "unload", town.mrid(town.head))

    def within(limit: Limit) -> list[dict[str, Any]]:
        return suggesting.ways(actor=SYSTEM, wanted=wanted, at=after(1), limit=limit)

    ample = Limit.of_seconds(3_600)
    assert within(ample) == whole
    assert not ample.was_over
    searched = Limit(search_until=0.0, until=None)
    told = within(searched)
    assert searched.was_over
    assert 1 <= len(told) < len(whole)
    assert all(one["is_checked"] for one in told)
    assert max(one["moved_kw"] for one in told) >= max(one["moved_kw"] for one in whole if len(one["ties"]) == 1)
    nothing = Limit.of_seconds(0)
    told = within(nothing)
    assert nothing.was_over
    assert {one["unchecked"] for one in told} == {"the time for the power flow was over"}


def test_a_question_ends_when_its_time_is_over_and_is_not_complete() -> None:
    town = Town()
    Setting.objects.create(key="orders.suggestion_s", value=0.001, changed_at=NOON)
    wanted = Wanted(town.key, "unload", town.mrid(town.head))
    anna = authority.actor_for(Person("OPR").user, way="browser")
    job = suggestion_jobs.ask(actor=anna, wanted=wanted, at=after(1))
    assert suggestion_jobs.JOBS.run_waiting(clock=lambda: after(2)) == 1
    job.refresh_from_db()
    assert (job.state, job.is_complete) == ("done", False)
    assert [one["is_checked"] for one in job.proposals] == [False] * len(job.proposals)
    assert job.proposals  # the largest transfer is told all the same


def test_a_way_that_is_checked_stands_before_one_for_which_no_time_was_left() -> None:
    town = Town()
    limit = Limit()
    transformer = station_transformer(town)

    def words(told: str) -> None:
        if told.startswith("way 2 of"):
            limit.until = 0.0

    told = suggesting.ways(
        actor=SYSTEM,
        wanted=Wanted(town.key, "take_out", town.mrid(transformer)),
        at=after(1),
        progress=words,
        limit=limit,
    )
    assert [one["is_checked"] for one in told] == sorted((one["is_checked"] for one in told), reverse=True)
    assert told[0]["is_checked"]
    assert not told[-1]["is_checked"]
