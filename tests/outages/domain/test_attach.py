"""Attach first: what lies under a known outage joins it and opens nothing."""

from __future__ import annotations

from outages.domain.attach import Counted, Outage, attach
from outages.domain.prediction.evidence import Evidence
from tests.outages.domain.builders import feeder

INF = float("inf")


def joined(network, reports, outages, *counted, **times):
    """`counted` are (usage point, position of the outage, began, ended)."""
    ledger = Counted.of(*zip(*counted, strict=True)) if counted else None
    return attach(network.tree, Evidence.of(reports), outages, ledger, **times).tolist()


def test_a_report_below_a_running_outage_joins_it_and_one_beside_does_not():
    network = feeder()
    outages = [Outage(network.index["F1"], began_at=0.0)]
    reports = [network.report("T1", at=50.0), network.report("T4", at=50.0)]
    assert joined(network, reports, outages) == [0, -1]


def test_the_nearest_outage_takes_the_report():
    network = feeder()
    outages = [Outage(network.index["CB"], began_at=0.0), Outage(network.index["F1"], began_at=0.0)]
    reports = [network.report("T1", at=50.0), network.report("T4", at=50.0), network.report("T9", at=50.0)]
    assert joined(network, reports, outages) == [1, 0, 0]


def test_a_report_too_late_for_the_nearest_joins_the_next_above():
    network = feeder()
    outages = [Outage(network.index["CB"], began_at=0.0), Outage(network.index["F1"], 0.0, ended_at=100.0)]
    assert joined(network, [network.report("T1", at=101.0)], outages) == [0]
    assert joined(network, [network.report("T1", at=101.0)], outages, late_s=1.0) == [1]


def test_of_two_outages_at_one_device_the_first_given_that_fits_is_taken():
    network = feeder()
    device = network.index["F1"]
    outages = [Outage(device, 0.0, ended_at=10.0), Outage(device, 20.0), Outage(network.index["CB"], 0.0)]
    reports = [network.report("T1", at=5.0), network.report("T1", at=25.0), network.report("T1", at=15.0)]
    assert joined(network, reports, outages, early_s=0.0) == [0, 1, 2]


def test_a_planned_window_takes_reports_only_while_it_is_open():
    network = feeder()
    planned = [Outage(network.index["F3"], began_at=1000.0, ended_at=2000.0)]
    times = [99.0, 100.0, 1500.0, 2001.0]
    assert joined(network, [network.report("T6", at=at) for at in times], planned) == [-1, 0, 0, -1]


def test_a_single_service_takes_its_own_reports_and_nobody_elses():
    network = feeder()
    outages = [Outage(network.index["F1"], 0.0), Outage(-1, 0.0)]
    counted = (71, 1, 0.0, INF)
    reports = [network.report("T1", 71, at=5.0), network.report("T1", 72, at=5.0), network.report("T1", at=5.0)]
    assert joined(network, reports, outages, counted) == [1, 0, 0]
    assert joined(network, reports, [Outage(-1, 0.0)], (71, 0, 0.0, INF)) == [0, -1, -1]


def test_whom_the_ledger_counts_belongs_there_though_the_tree_does_not_know_the_place():
    network = feeder()
    report = network.report("T1", 71, at=50.0)._replace(device=-1)
    assert joined(network, [report], [Outage(network.index["F3"], 0.0)], (71, 0, 0.0, INF)) == [0]
    assert joined(network, [report], [Outage(network.index["F3"], 0.0)]) == [-1]


def test_who_came_back_and_is_dark_again_is_dark_for_another_reason():
    network = feeder()
    outages = [Outage(network.index["CB"], 0.0), Outage(network.index["F1"], 0.0)]
    late = network.report("T1", 71, at=150.0)
    assert joined(network, [late], outages, (71, 0, 0.0, 100.0)) == [1]
    assert joined(network, [late], outages[:1], (71, 0, 0.0, 100.0)) == [-1]
    assert joined(network, [late._replace(at=100.0)], outages[:1], (71, 0, 0.0, 100.0)) == [0]


def test_of_two_interruptions_of_one_customer_the_later_that_fits_takes_the_report():
    network = feeder()
    outages = [Outage(-1, 0.0), Outage(-1, 200.0)]
    counted = [(71, 1, 200.0, INF), (71, 0, 0.0, 100.0)]
    reports = [network.report("T1", 71, at=at) for at in (50.0, 150.0, 250.0)]
    assert joined(network, reports, outages, *counted, early_s=10.0) == [0, -1, 1]
    assert joined(network, reports, outages, *counted, early_s=100.0) == [0, 1, 1]


def test_a_report_on_a_phase_that_is_not_out_is_left_for_prediction():
    network = feeder()
    outages = [Outage(network.index["F1"], 0.0, phases=1)]
    reports = [
        network.report("T1", at=5.0, phases=1),
        network.report("T1", at=5.0, phases=2),
        network.report("T1", at=5.0),
    ]
    assert joined(network, reports, outages) == [0, -1, 0]


def test_without_outages_or_without_reports_nothing_joins():
    network = feeder()
    assert joined(network, [network.report("T1")], []) == [-1]
    assert joined(network, [], [Outage(network.index["CB"], 0.0)]) == []
