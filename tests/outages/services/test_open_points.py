"""P04: open points of a town moved so that less is lost: each way with its power flow, as it is found once the way was gone."""

from typing import Any

import numpy as np
import pytest

from network.domain.phases import ABC
from network.selectors import dead_area
from network.services import open_points, power_flow_asked
from network.services.open_points import Feeders, Search
from network.services.power_flow_asked import NotSolved
from outages.services.switching import suggesting
from outages.services.switching.proposals import Limit
from outages.services.switching.suggesting import Wanted
from tests.builders.town import Town
from tests.cast import SYSTEM, after

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network() -> None:
    """Overrides the story feeder: these tests stand on a town."""


@pytest.fixture
def town() -> Town:
    """With the open point of its longest feeder moved to where far too much hangs on the neighbour."""
    found = Town()
    unload = suggesting.ways(actor=SYSTEM, wanted=Wanted(found.key, "unload", found.mrid(found.head)), at=after(1))
    go(found, max((one for one in unload if found.name(found.head) not in one["points"]), key=_moved), at=1)
    return found


def _moved(way: dict[str, Any]) -> float:
    return float(way["moved_kw"])


def go(town: Town, way: dict[str, Any], at: float) -> None:
    for number, step in enumerate(way["steps"]):
        town.report(town.present.grid.branch_index(step["device"]), close=step["kind"] == "close", at=at + number)


def loss_kw(town: Town) -> float:
    found = power_flow_asked.answer(
        model=town.key, wanted=power_flow_asked.Wanted(), at=after(20), progress=lambda _: None
    )
    assert found is not None
    return float(found.figures["loss_kw"])


def moved(town: Town, limit: Limit | None = None) -> list[dict[str, Any]]:
    wanted = Wanted(town.key, "least_loss", town.mrid(town.head))
    return suggesting.ways(actor=SYSTEM, wanted=wanted, at=after(1), limit=limit)


def test_open_points_are_moved_to_where_less_is_lost_and_what_is_told_is_found_when_it_is_done(town: Town) -> None:
    told = moved(town)
    best = told[0]
    assert best["is_checked"]
    assert best["problems"] == []
    assert best["after"]["loss_kw"] < best["before"]["loss_kw"]
    before, customers = loss_kw(town), town.live_customers()
    go(town, best, at=10)
    assert before - loss_kw(town) == pytest.approx(best["before"]["loss_kw"] - best["after"]["loss_kw"], abs=0.05)
    assert town.live_customers() == customers
    assert town.present.energisation.loops.size == 0
    assert not [one for one in moved(town) if not one["problems"]]  # it is the best there is


def test_each_exchange_saves_something_and_the_loads_count_as_they_are_read(town: Town) -> None:
    present = town.present
    heads = open_points.around(present, [town.head])
    may_move = dead_area.movable(present, dead_area.blocked(present))
    found = Feeders(present, heads, {}).better(Search(may_move))
    assert found is not None
    assert found.is_settled
    assert [one for *_, one in found.exchanges] == sorted((one for *_, one in found.exchanges), reverse=True)
    assert found.exchanges[-1][2] < found.loss_before_kw
    twice = Feeders(present, heads, dict.fromkeys(heads, 2.0)).better(Search(may_move))
    assert twice is not None
    assert twice.loss_before_kw == pytest.approx(4.0 * found.loss_before_kw, rel=0.02)  # by the square of the current
    held = np.zeros_like(may_move)
    assert Feeders(present, heads, {}).better(Search(held)) is None


def test_without_time_it_says_that_not_all_was_looked_at_and_a_closed_ring_is_refused(town: Town) -> None:
    limit = Limit(search_until=0.0)
    moved(town, limit)
    assert limit.was_over
    present = town.present
    feeder, grid = present.energisation.feeder, present.grid
    ends = feeder[grid.branch_from], feeder[grid.branch_to]
    is_tie = grid.is_switch & ((present.closed & ABC) == 0) & (ends[0] == town.head) & (ends[1] >= 0)
    town.report(int(np.flatnonzero(is_tie)[0]), close=True, at=30)
    with pytest.raises(NotSolved, match="closed ring"):
        moved(town)
