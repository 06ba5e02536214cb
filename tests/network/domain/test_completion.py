"""What completion adds, what it leaves alone, and that it does the same every time."""

import copy
import dataclasses
from collections import Counter

import pytest

from network.domain import completion, gate
from network.domain import phases as ph
from network.domain.draft import UsagePoint
from tests.builders.network import NetworkBuilder


def bare(length_m=400.0, kw=100.0):
    """A substation with one feeder of eight stations and one lateral; nothing protects it, nobody is served.

    S --T-- bar --A1--+--A2-- ... --A8
                      +--B1--B2
    """
    builder = NetworkBuilder(voltage=110_000.0).source("S").transformer("T", voltage=20_000.0)
    for number in range(1, 9):
        builder.line(f"A{number}", length_m=length_m).load(kw)
    builder.back_to("A1").line("B1", length_m=200).load(kw).line("B2", length_m=200).load(kw)
    return builder


def completed(draft, seed=1, **options):
    completion.complete(draft, seed, **options)
    return draft


def added(draft):
    return Counter(one.cim_class for one in draft.branches.values() if one.synthetic)


def path_to_source(draft, node):
    """Branches above a node, nearest first; the networks here are trees."""
    above = {}
    waiting = [one.node for one in draft.injections.values() if one.is_source]
    for start in waiting:
        for branch in draft.branches.values():
            if start in (branch.from_node, branch.to_node):
                other = branch.to_node if branch.from_node == start else branch.from_node
                if other not in above and other not in waiting:
                    above[other] = (branch, start)
                    waiting.append(other)
    path = []
    while node in above:
        branch, node = above[node]
        path.append(branch)
    return path


def test_a_bare_feeder_gets_a_breaker_a_fuse_and_a_transformer_per_consumer():
    draft = completed(bare().draft())
    assert added(draft) == {"Breaker": 1, "Recloser": 1, "Fuse": 1, "PowerTransformer": 10}
    assert {one.code for one in gate.check(draft)} <= {"missing_rating"}


def test_the_breaker_stands_between_the_bar_and_everything_else():
    draft = completed(bare().draft())
    for consumer in (one for one in draft.injections.values() if one.is_consumer):
        classes = [branch.cim_class for branch in path_to_source(draft, consumer.node)]
        assert classes[-2:] == ["Breaker", "PowerTransformer"]


def test_the_fuse_protects_the_lateral_and_nothing_of_the_trunk():
    draft = completed(bare().draft())
    (fuse,) = (one for one in draft.branches.values() if one.cim_class == "Fuse")
    behind = {
        name
        for name in (*(f"A{n}" for n in range(1, 9)), "B1", "B2")
        if fuse in path_to_source(draft, draft.injections[f"{name} load"].node)
    }
    assert behind == {"B1", "B2"}


def test_the_recloser_halves_a_trunk_that_is_long():
    draft = completed(bare(length_m=400.0).draft())
    (recloser,) = (one for one in draft.branches.values() if one.cim_class == "Recloser")
    behind = sum(
        one.p_kw for one in draft.injections.values() if one.is_consumer and recloser in path_to_source(draft, one.node)
    )
    assert 200 <= behind <= 500
    assert added(completed(bare(length_m=200.0).draft()))["Recloser"] == 0


def test_what_is_there_is_neither_changed_nor_doubled():
    """S --T-- bar --SW--CB-- A1 --+-- A2 ... ; --F-- B1 -- TX (2 customers)."""
    builder = NetworkBuilder(voltage=110_000.0).source("S").transformer("T", voltage=20_000.0)
    builder.switch("SW").breaker("CB").line("A1").load(100).line("A2").load(100)
    builder.back_to("A1").fuse("F").line("B1").transformer("TX").customers(2, kw_each=5)
    draft = builder.draft()
    before = copy.deepcopy(draft)
    completed(draft)
    assert added(draft) == {"PowerTransformer": 2}
    for mrid, branch in before.branches.items():
        assert dataclasses.replace(draft.branches[mrid], container_mrid="") == branch
    for mrid, point in before.usage_points.items():
        assert draft.usage_points[mrid] == point
    assert [one.kind for one in draft.telemetry_points.values() if one.equipment_mrid == "CB"] == [
        "position",
        "current",
        *["fault_current"] * 3,
    ]
    told = {one.phases for one in draft.telemetry_points.values() if one.kind == "fault_current"}
    assert told == {ph.A, ph.B, ph.C}


def test_a_lateral_that_can_be_fed_from_elsewhere_gets_no_fuse():
    builder = bare().back_to("B2").switch("TIE", closed=False).to("A8")
    assert added(completed(builder.draft()))["Fuse"] == 0


def test_a_consumer_moves_behind_its_transformer_with_its_phases():
    draft = completed(NetworkBuilder().source("S").breaker("CB").line("L", phases="B").load(30).draft())
    (transformer,) = (one for one in draft.branches.values() if one.cim_class == "PowerTransformer")
    consumer = draft.injections["L load"]
    assert (transformer.from_node, transformer.to_node) == ("L", consumer.node)
    assert (transformer.phases, transformer.rated_kva) == (2, 37.5)
    assert draft.nodes[consumer.node].nominal_v == 400.0
    assert {point.equipment_mrid for point in draft.usage_points.values()} == {transformer.mrid}


def test_customers_add_up_to_the_wanted_number_in_proportion_to_load():
    draft = bare(kw=100.0).draft()
    draft.injections["A1 load"].p_kw = 1_000.0
    completed(draft, customers=1_900)
    counts = Counter(point.equipment_mrid for point in draft.usage_points.values())
    assert sum(counts.values()) == 1_900
    assert sorted(counts.values()) == [100] * 9 + [1_000]


def test_a_stated_number_of_customers_is_respected():
    draft = bare(kw=100.0).draft()
    draft.injections["A1 load"].customer_count = 7
    completed(draft, customers=907)
    by_transformer = Counter(point.equipment_mrid for point in draft.usage_points.values())
    assert sorted(by_transformer.values()) == [7] + [100] * 9
    plain = bare(kw=100.0).draft()
    plain.injections["A1 load"].customer_count = 7
    assert len(completed(plain).usage_points) == 7 + 9 * 40


def test_existing_customers_count_and_stay():
    draft = bare().draft()
    draft.usage_points["old"] = UsagePoint("old", "old", "A1 load")
    completed(draft, customers=91)
    assert len(draft.usage_points) == 91
    assert sum(not point.synthetic for point in draft.usage_points.values()) == 1


def test_every_customer_has_a_meter_and_numbers_of_their_own():
    points = completed(bare().draft(), customers=3_000).usage_points.values()
    for attribute in ("mrid", "meter_mrid", "meter_number", "account_number", "phone"):
        assert len({getattr(point, attribute) for point in points}) == 3_000
    assert all(point.meter_number.startswith("MTR-") and point.phone.startswith("+49 555 ") for point in points)
    assert Counter(point.critical for point in points if point.critical) == {
        "life_support": 10,
        "water": 1,
        "hospital": 1,
    }


def test_two_models_never_share_a_number():
    one, other = bare().draft(), bare().draft()
    one.mrid, other.mrid = "one", "other"
    numbers = [{point.meter_number for point in completed(draft).usage_points.values()} for draft in (one, other)]
    assert not numbers[0] & numbers[1]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_feeder_breakers_always_report_and_others_up_to_the_share(share):
    builder = NetworkBuilder().source("S")
    for number in range(20):
        builder.switch(f"SW{number}").line(f"L{number}", length_m=50).load(10)
    draft = completed(builder.draft(), telemetry_share=share)
    switches = [one for one in draft.branches.values() if one.is_switch and one.cim_class != "Fuse"]
    reporting = {point.equipment_mrid for point in draft.telemetry_points.values() if point.kind == "position"}
    assert all(one.mrid in reporting for one in switches if one.cim_class in ("Breaker", "Recloser"))
    assert len(reporting) == max(round(share * len(switches)), 1)


def test_the_same_seed_gives_the_same_network_and_another_seed_other_people():
    first, again, other = (completed(bare().draft(), seed) for seed in (5, 5, 6))
    assert first == again
    assert first.branches.keys() == other.branches.keys()
    assert [one.customer_name for one in first.usage_points.values()] != [
        one.customer_name for one in other.usage_points.values()
    ]


def test_everything_added_is_marked_synthetic():
    before = bare().draft()
    draft = completed(bare().draft())
    for kind in ("branches", "usage_points", "telemetry_points"):
        new = getattr(draft, kind).keys() - getattr(before, kind).keys()
        assert new
        assert all(getattr(draft, kind)[mrid].synthetic for mrid in new)


def test_a_feeder_without_a_container_gets_a_name():
    draft = completed(bare().draft())
    (feeder,) = (one for one in draft.containers.values() if one.cim_class == "Feeder")
    assert feeder.name == "Feeder 01"
    assert {draft.nodes[f"A{n}"].container_mrid for n in range(1, 9)} == {feeder.mrid}
    assert draft.nodes["T"].container_mrid == ""


def test_a_new_switch_is_drawn_on_the_first_metres_of_its_line():
    builder = bare()
    draft = builder.draft()
    for number, node in enumerate(draft.nodes.values()):
        node.x, node.y = 1000.0 * number, 0.0
    draft.branches["A1"].points = [(1000.0, 0.0), (1500.0, 500.0), (2000.0, 0.0)]
    completed(draft)
    breaker = next(one for one in draft.branches.values() if one.cim_class == "Breaker")
    line = draft.branches["A1"]
    assert breaker.points[0] == (1000.0, 0.0)
    assert breaker.points[-1] == line.points[0] == (draft.nodes[breaker.to_node].x, draft.nodes[breaker.to_node].y)
    assert line.points[1:] == [(1500.0, 500.0), (2000.0, 0.0)]
