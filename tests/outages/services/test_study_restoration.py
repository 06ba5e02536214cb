"""A fault in a study: planned by FLISR's search, carried out in the study, and its power flow held against the network operated so."""

from __future__ import annotations

import pytest

from network.domain.phases import ABC
from network.models import Operation, PowerFlow, StudyAnswer
from network.selectors import state
from network.selectors import studies as reads
from network.services import studies, study_answers
from network.services.studies import NewStudy, StudyRefused
from outages.models import FlisrEvent
from outages.services import study_restoration
from tests.builders.town import Town
from tests.cast import ANNA, after

pytestmark = pytest.mark.django_db
FIGURES = ("loss_kw", "source_kw", "v_min_pu", "v_max_pu")


@pytest.fixture
def town() -> Town:
    return Town()


def asked(number: int, kind: str, at: float) -> StudyAnswer:
    study_answers.ask(actor=ANNA, number=number, kind=kind, at=after(at))
    assert study_answers.JOBS.run_waiting(clock=lambda: after(at + 1)) == 1
    return StudyAnswer.objects.get(study=number, kind=kind)


def test_a_fault_in_a_study_is_planned_and_carried_out_there(town: Town) -> None:
    town.solve()
    before, live = state.present(town.key).sequence, town.live_customers()
    number = studies.make(actor=ANNA, new=NewStudy(town.key, "fault", "present"), at=after(10)).pk
    nothing = asked(number, "restoration", 11)
    assert "place a fault" in nothing.error
    where = town.mrid(town.trunk[town.peopled - 1])  # of a switch it lies where the switch feeds
    placed = studies.place_fault(actor=ANNA, number=number, equipment_mrid=where, at=after(12))
    assert [mrid for mrid, _, _ in placed.trips] == [town.mrid(town.head)]
    answer = asked(number, "restoration", 13)
    assert answer.state == "done", answer.error
    best = answer.told["plans"][0]
    assert best["is_safe"] and best["check"]["converged"]
    bounds = {town.name(one) for one in town.trunk[town.peopled - 1 : town.peopled + 1]}
    assert set(answer.told["location"]["bounds"]) == bounds
    faulted = answer.told["location"]["suspected_customers"]
    assert best["customers"] == placed.customers_lost - faulted

    assert study_restoration.take(actor=ANNA, number=number, plan=1, at=after(20)) == len(best["steps"])
    assert reads.shown("anna", number).customers_out == faulted
    with pytest.raises(study_answers.StudyAnswered, match="gone on since"):
        study_restoration.take(actor=ANNA, number=number, plan=1, at=after(21))
    closed = next(one for one in best["steps"] if not one["close"])
    with pytest.raises(StudyRefused, match="would bring supply to the fault"):
        studies.move(actor=ANNA, number=number, equipment_mrid=closed["mrid"], close=True, at=after(22))
    assert "held off already" in asked(number, "restoration", 23).error
    # nothing of it has reached the network
    assert (state.present(town.key).sequence, town.live_customers()) == (before, live)
    assert not Operation.objects.exists() and not FlisrEvent.objects.exists()


def test_the_power_flow_of_a_study_is_that_of_the_network_operated_like_it(town: Town) -> None:
    number = studies.make(actor=ANNA, new=NewStudy(town.key, "flow", "present"), at=after(10)).pk
    opened = town.trunk[town.peopled]
    studies.move(actor=ANNA, number=number, equipment_mrid=town.mrid(opened), close=False, at=after(11))
    answer = asked(number, "power_flow", 12)
    assert answer.told["converged"], answer.told["reason"]
    assert not PowerFlow.objects.exists()  # nothing is stored of the operated network

    town.report(opened, close=False, at=100)
    town.solve(after(101))
    operated = PowerFlow.objects.get()
    for name in FIGURES:
        assert answer.told["figures"][name] == pytest.approx(operated.figures[name], rel=1e-6), name
    assert answer.told["violations_in_all"] == operated.figures["violations"]
    grid, live = town.present.grid, town.present.energisation.live
    dead = ((live[grid.branch_from] | live[grid.branch_to]) & ABC) == 0
    assert dead.any()
    for kind in ("loading", "voltage"):
        row, data = reads.heat(reads.find("anna", number), kind)
        assert row is not None and len(data) == town.present.fitted.base.branch_count
        assert any(data), kind
        assert not any(data[branch] for branch in dead.nonzero()[0].tolist()), kind
