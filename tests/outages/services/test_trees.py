"""A run in the trees a batch touches decides what a run on the whole network does."""

import numpy as np
import pytest

from network.selectors import state
from outages.models import Interruption, Outage
from outages.selectors import pool, runs, trees
from outages.services import prediction
from tests.builders.network import NetworkBuilder
from tests.cast import NOON, after, deliver, gasp, meters_at, publish

pytestmark = pytest.mark.django_db


def two_sources():
    """Two sources, each with a breaker, two laterals and a transformer on each."""
    builder = NetworkBuilder("story")
    for side in "ab":
        builder.source(f"S{side}").breaker(f"CB{side}").line(f"L{side}").mark(side)
        for number in (1, 2):
            builder.back_to(side).fuse(f"F{side}{number}").transformer(f"T{side}{number}").customers(4)
    return builder.draft()


def picture():
    outages = Outage.objects.exclude(state="cancelled").order_by("device_mrid")
    rows = Interruption.objects.filter(superseded_at=None).order_by("equipment_mrid", "began_at")
    return (
        list(outages.values_list("device_mrid", "kind", "phases", "customers_out")),
        list(rows.values_list("equipment_mrid", "customers", "began_at", "ended_at")),
    )


def nodes_of(*equipment):
    from metering.models import UsagePoint

    return set(UsagePoint.objects.filter(equipment_mrid__in=equipment).values_list("node", flat=True))


def test_a_part_has_the_devices_of_its_tree_and_knows_no_others():
    publish(two_sources())
    whole = trees.current(state.present("story"))
    node, other = (next(iter(nodes_of(name))) for name in ("Ta1", "Tb1"))
    part = whole.within(whole.roots(np.array([node])))
    inside = part.at_nodes(np.array([node, other, -1]))
    assert inside[0] >= 0
    assert inside[1:].tolist() == [-1, -1]
    assert part.mrid(int(inside[0])) == whole.mrid(int(whole.at_nodes(np.array([node]))[0]))
    assert part.tree.size + whole.within(whole.roots(np.array([other]))).tree.size == whole.tree.size
    assert set(part.nodes_below(int(inside[0])).tolist()) >= {node}


def test_the_region_of_a_source_is_all_that_hangs_on_it_and_nothing_of_another():
    publish(two_sources())
    whole = trees.current(state.present("story"))
    every = np.arange(whole.state.grid.node_count)
    of_both = []
    for name in ("Ta1", "Tb1"):
        roots = whole.roots(np.array(sorted(nodes_of(name))))
        region = whole.region(roots)
        hangs = np.isin(whole.tree.root[whole.at_nodes(every)], roots) & (whole.at_nodes(every) >= 0)
        assert region.has(every).tolist() == hangs.tolist()
        assert all(any(a <= node <= b for a, b in zip(region.low, region.high, strict=True)) for node in every[hangs])
        of_both += roots.tolist()
    both = whole.region(np.unique(of_both))
    assert np.all(np.array(both.low[1:]) > np.array(both.high[:-1]))
    alone = every[whole.at_nodes(every) < 0][:1]
    assert whole.region(np.zeros(0, np.int64), alone).has(every).sum() == alone.size


def test_runs_that_lie_over_each_other_become_one():
    low, high = np.array([40, 3, 5, 90]), np.array([60, 50, 8, 95])
    region = runs.Region.of_runs(low, high, lambda some: some >= 0)
    assert (region.low, region.high) == ([3, 90], [60, 95])
    nowhere = runs.Region.of_runs(low[:0], high[:0], lambda some: some >= 0)
    assert (nowhere.low, nowhere.high) == ([], [])


def test_runs_of_nodes_hold_all_of_them_and_end_where_none_follows_soon():
    assert runs.of(np.array([7, 3, 4, 100, 5])) == ([3, 100], [7, 100])
    assert runs.of(np.array([], np.int64)) == ([], [])


def test_what_lies_between_the_nodes_of_a_run_is_left_out():
    publish(two_sources())
    gasp(meters_at("Ta1", "Ta2", "Tb1"), NOON)
    deliver(after(1))
    asked = nodes_of("Ta1", "Tb1")
    assert any(min(asked) < node < max(asked) for node in nodes_of("Ta2"))
    found = pool.dark("story", [], runs.Region.of_nodes(np.array(sorted(asked))))
    assert set(found.node.tolist()) == asked
    assert found.size == 8
    prediction.run(model="story", at=after(31))
    outages = {one.node: one.pk for one in Outage.objects.all()}
    some = sorted(outages)[:1]
    place = runs.Region.of_nodes(np.array(some))
    assert runs.outages_at("story", place) == [outages[some[0]]]
    assert runs.outages_at("other", place) == []


def test_what_is_predicted_tree_by_tree_is_what_the_whole_network_predicts():
    publish(two_sources())
    gasp(meters_at("Ta1", "Ta2", "Tb1"), NOON)
    deliver(after(1))
    prediction.run(model="story", at=after(31), nodes=nodes_of("Ta1"))
    assert set(Outage.objects.values_list("device_mrid", flat=True)) & {"Fb1", "Tb1"} == set()
    prediction.run(model="story", at=after(31), nodes=nodes_of("Tb1"))
    by_tree = picture()
    Interruption.objects.all().delete()
    from outages.models import Evidence

    Evidence.objects.update(outage=None, joined_at=None, settled_at=None)
    Outage.objects.all().delete()
    prediction.run(model="story", at=after(31))
    assert picture() == by_tree
    assert by_tree[0]
