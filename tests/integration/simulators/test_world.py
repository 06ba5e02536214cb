"""The physical truth: who has supply, and what trips on a fault."""

import numpy as np
import pytest

from integration.simulators import chart as charts
from integration.simulators.world import Branch, Change, World
from tests.integration.simulators import streets


@pytest.fixture
def town() -> World:
    return charts.read(streets.document()).world


def at(world: World, name: str) -> int:
    return world.branch_at[name]


def names(world: World, change: Change) -> list[tuple[str, bool]]:
    return [(world.branches[index].name, is_closed) for index, is_closed in change.moved]


def homes(world: World, meters: tuple[int, ...]) -> set[int]:
    return {world.meters[meter].node for meter in meters}


def test_everything_is_live_behind_closed_switches_and_the_open_tie_joins_nothing(town: World) -> None:
    assert town.live == set(range(12))
    assert town.is_lit.all()
    assert not town.closed[at(town, "TIE")]


def test_a_fault_on_the_lateral_blows_its_fuse_and_nothing_above(town: World) -> None:
    change = town.strike(at(town, "L3"))
    assert names(town, change) == [("F1", False)]
    assert homes(town, change.lost) == {5, 7, 11}
    assert town.fault_behind(at(town, "F1")) == at(town, "L3")


def test_a_fault_behind_the_second_fuse_leaves_the_first_one_whole(town: World) -> None:
    change = town.strike(at(town, "L6"))
    assert names(town, change) == [("F2", False)]
    assert homes(town, change.lost) == {11}


def test_a_fault_on_the_trunk_trips_the_breaker_and_no_fuse_below_it(town: World) -> None:
    change = town.strike(at(town, "L2"))
    assert names(town, change) == [("CB", False)]
    assert homes(town, change.lost) == {3, 5, 7, 11}


def test_in_a_loop_a_fault_trips_from_both_sides(town: World) -> None:
    town.move(at(town, "TIE"), is_closed=True)
    change = town.strike(at(town, "L2"))
    assert sorted(names(town, change)) == [("CB", False), ("CB2", False)]


def test_repair_closes_what_the_fault_opened_and_brings_supply_back(town: World) -> None:
    lost = town.strike(at(town, "L3")).lost
    change = town.repair(at(town, "L3"))
    assert names(town, change) == [("F1", True)]
    assert change.regained == lost
    assert town.is_lit.all()


def test_repair_leaves_a_switch_open_that_people_hold_open(town: World) -> None:
    town.strike(at(town, "L2"))
    assert not town.move(at(town, "CB"), is_closed=False)
    assert not town.repair(at(town, "L2"))
    assert homes(town, town.move(at(town, "CB"), is_closed=True).regained) == {3, 5, 7, 11}


def test_closing_onto_a_fault_trips_again(town: World) -> None:
    town.strike(at(town, "L2"))
    change = town.move(at(town, "CB"), is_closed=True)
    assert names(town, change) == [("CB", True), ("CB", False)]
    assert not change.regained


def test_supply_from_the_neighbour_reaches_only_what_the_fault_does_not_touch(town: World) -> None:
    """Fault on L5: F1 blows; D1 opened isolates it, F1 closed again brings back node 5."""
    town.strike(at(town, "L5"))
    town.move(at(town, "D1"), is_closed=False)
    change = town.move(at(town, "F1"), is_closed=True)
    assert homes(town, change.regained) == {5}
    assert names(town, change) == [("F1", True)]


def test_a_second_fault_under_a_first_one_holds_its_customers_when_the_first_is_repaired(town: World) -> None:
    town.strike(at(town, "L2"))
    assert not town.strike(at(town, "L6")).moved, "a dead branch trips nothing"
    change = town.repair(at(town, "L2"))
    assert names(town, change) == [("CB", True), ("F2", False)]
    assert homes(town, change.regained) == {3, 5, 7}


def test_a_switch_protects_its_zone_down_to_the_next_one(town: World) -> None:
    def zone(name: str) -> list[str]:
        return [town.branches[one].name for one in town.protected_by(at(town, name))]

    assert zone("CB") == ["L1", "L2"]
    assert zone("F1") == ["L3", "L5"]
    assert zone("F2") == ["L6"]
    assert town.is_lit.all(), "asking changes nothing"


def test_the_meters_behind_a_switch_are_those_that_go_dark_with_it(town: World) -> None:
    assert homes(town, tuple(town.dark_without(at(town, "F1")))) == {5, 7, 11}
    town.move(at(town, "TIE"), is_closed=True)
    assert town.dark_without(at(town, "CB")) == []


def test_a_fault_at_a_bare_source_trips_nothing() -> None:
    world = World(node_count=2, branches=[Branch("L", "L", "ACLineSegment", 0, 1)], sources=[0])
    assert not world.strike(0)


def test_current_is_that_of_the_loads_behind(town: World) -> None:
    amperes = town.currents(dict.fromkeys(streets.HOMES, 10.0), {at(town, "CB"): 20_000.0, at(town, "CB2"): 20_000.0})
    assert amperes[at(town, "CB")] == pytest.approx(40_000 / (3**0.5 * 20_000 * 0.95))
    assert amperes[at(town, "CB2")] == pytest.approx(10_000 / (3**0.5 * 20_000 * 0.95))
    town.strike(at(town, "L2"))
    assert town.currents({3: 10.0}, {at(town, "CB"): 20_000.0})[at(town, "CB")] == 0


def test_one_meter_hangs_behind_another_transformer_than_the_records_say(town: World) -> None:
    meter = charts.mislink(town, np.random.default_rng(3))
    assert meter is not None
    recorded, true = town.meters[meter].node, town.meter_node[meter]
    assert true != recorded
    assert true in streets.HOMES
    assert [i for i, one in enumerate(town.meters) if town.meter_node[i] != one.node] == [meter]


def test_random_networks_are_lit_exactly_where_a_closed_path_leads_to_a_source() -> None:
    """Against the plainest other way: repeat until nothing spreads any more."""
    rng = np.random.default_rng(7)
    for _ in range(30):
        count = int(rng.integers(5, 40))
        branches = [
            Branch(str(i), str(i), "Switch", int(a), int(b), is_switch=True)
            for i, (a, b) in enumerate(rng.integers(0, count, (count * 2, 2)))
        ]
        opened = set(np.flatnonzero(rng.random(len(branches)) < 0.5).tolist())
        world = World(node_count=count, branches=branches, sources=[0, 1], is_open=opened)
        live = {0, 1}
        for _ in range(count):
            for index, one in enumerate(branches):
                if index not in opened and (one.a in live or one.b in live):
                    live |= {one.a, one.b}
        assert world.live == live


def test_a_document_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(charts.ChartUnreadable, match="branches"):
        charts.read({"model": "x"})
