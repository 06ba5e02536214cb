"""Temporary elements and faults of single phases in a study: as they would be on the operated network, which knows nothing of them."""

import pytest

from adms.core.errors import Invalid, NotFound
from network.domain import supply
from network.domain.phases import ABC
from network.models import StudyAction, TelemetryPoint, TemporaryElement
from network.selectors import state
from network.selectors import studies as reads
from network.services import studies, study_answers, study_elements, temporary
from network.services.studies import NewStudy, StudyRefused
from network.services.study_elements import Wanted
from network.services.temporary import NewElement
from outages.services.switching import of_study
from tests.builders.town import Town
from tests.cast import ANNA, after, publish
from tests.network.services.test_studies import fault, make, move, out, report, rows
from tests.rest import Api

pytestmark = pytest.mark.django_db
A = 1


@pytest.fixture(autouse=True)
def network():
    state.forget()
    return publish()


def place(number: int, kind: str, mrid: str, terminal: int = 1, **more: object) -> StudyAction:
    return study_elements.place(actor=ANNA, number=number, wanted=Wanted(kind, mrid, terminal, **more), at=after(1001))


def operated_out() -> int:
    present = state.present("story")
    return supply.customers_out(present.grid, present.energisation)


@pytest.mark.parametrize(
    ("opened", "kind", "where", "more"),
    [
        ((), "cut", ("L2", 1), {}),
        ((), "cut", ("L1", 1), {"phases": A}),
        (("SW1",), "jumper", ("L1", 2), {"other_equipment_mrid": "L2", "other_terminal": 1}),
        (("SW1",), "generation", ("L2", 2), {}),
        (("SW1",), "ground", ("L2", 1), {}),
    ],
)
def test_what_an_element_does_in_a_study_is_what_it_does_when_it_is_really_placed(opened, kind, where, more):
    before = rows()
    number = make()
    for switch in opened:
        move(number, switch)
    without = out(number)
    done = place(number, kind, *where, **more)
    assert out(number) == without + done.customers_lost - done.customers_regained
    assert rows() == before  # nothing of it is in the network
    for count, switch in enumerate(opened):
        report(switch, closed=False, at=10 + count)
    assert operated_out() == without
    new = NewElement("story", kind, where[0], where[1], **more)
    temporary.place(actor=ANNA, new=new, at=after(1100))
    assert operated_out() == out(number)


def test_an_element_is_undone_removed_and_one_of_the_base_taken_away_in_the_study_only():
    cut = temporary.place(actor=ANNA, new=NewElement("story", "cut", "L2"), at=after(5))
    number = make()
    assert out(number) == operated_out() > 0
    study_elements.remove(actor=ANNA, number=number, element_mrid=cut.mrid, at=after(1001))
    assert (out(number), operated_out() > 0) == (0, True)
    assert TemporaryElement.objects.get().removed_at is None
    studies.undo(actor=ANNA, number=number, at=after(1002))
    assert out(number) == operated_out()
    studies.redo(actor=ANNA, number=number, at=after(1003))
    made = place(number, "cut", "L1")
    assert [one.mrid for one in reads.shown("anna", number).elements] == [made.element["mrid"]]
    study_elements.remove(actor=ANNA, number=number, element_mrid=made.element["mrid"], at=after(1004))
    assert (out(number), reads.shown("anna", number).elements) == (0, ())
    with pytest.raises(NotFound):
        study_elements.remove(actor=ANNA, number=number, element_mrid=made.element["mrid"], at=after(1005))


def test_a_study_refuses_what_the_operated_network_would():
    number = make()
    with pytest.raises(StudyRefused, match="what is live is not earthed"):
        place(number, "ground", "L2")
    with pytest.raises(StudyRefused, match="open it off the network first"):
        place(number, "generation", "L2")
    with pytest.raises(StudyRefused, match="only a line can be cut"):
        place(number, "cut", "SW1")
    with pytest.raises(StudyRefused, match="both ends of the jumper"):
        place(number, "jumper", "L1", 2, other_equipment_mrid="L1", other_terminal=2)
    with pytest.raises(Invalid):
        place(number, "rope", "L1")
    with pytest.raises(Invalid):
        place(number, "cut", "L1", phases=0)
    move(number, "SW1")
    place(number, "ground", "L2")
    with pytest.raises(StudyRefused, match="would energise onto Ground 1"):
        move(number, "SW1", close=True)
    fault(number, "T3")
    with pytest.raises(StudyRefused, match="would bring supply to the fault on T3"):
        place(number, "jumper", "L1", 2, other_equipment_mrid="T3")


def test_a_study_joins_what_generation_keeps_alive_with_no_other_source():
    number = make()
    move(number, "SW1")
    place(number, "generation", "L2", 2)
    before = out(number)
    for switch in ("SW1", "TIE"):
        with pytest.raises(StudyRefused, match="would join Generation 1 of the study with another source, out of step"):
            move(number, switch, close=True)
    with pytest.raises(StudyRefused, match="out of step"):
        place(number, "jumper", "L1", 2, other_equipment_mrid="L2", other_terminal=1)
    assert out(number) == before


def test_a_fault_of_one_phase_blows_one_fuse_of_three_and_trips_a_breaker_whole():
    number = make()
    blown = studies.place_fault(actor=ANNA, number=number, equipment_mrid="T3", phases=A, at=after(1001))
    assert blown.trips == [["F2", ABC, ABC & ~A]]
    reached = reads.state_of(reads.find("anna", number))
    branch = reached.fitted.base.branch_index("T3")
    ends = {int(reached.fitted.base.branch_from[branch]), int(reached.fitted.base.branch_to[branch])}
    assert {int(reached.energisation.live[node]) & ABC for node in ends} == {ABC & ~A}
    with pytest.raises(StudyRefused, match="would bring supply to the fault on T3"):
        move(number, "F2", close=True)
    studies.repair_fault(actor=ANNA, number=number, equipment_mrid="T3", at=after(1002))
    assert move(number, "F2", close=True).customers_regained == blown.customers_lost
    whole = studies.place_fault(actor=ANNA, number=number, equipment_mrid="L2", phases=A, at=after(1003))
    assert (whole.trips, whole.customers_lost) == ([["CB1", ABC, 0]], 20)


def test_an_order_of_a_study_has_its_cuts_jumpers_and_grounds_tested_dead_before():
    number = make()
    move(number, "SW1")
    place(number, "ground", "L2", 2)
    cut = place(number, "cut", "L1", phases=A)
    study_elements.remove(actor=ANNA, number=number, element_mrid=cut.element["mrid"], at=after(1002))
    told = [
        (one.kind, one.device, one.terminal, one.phases) for one in of_study.steps(reads.shown("anna", number).actions)
    ]
    assert told == [
        ("open", "SW1", 1, 0),
        ("test_dead", "L2", 2, 0),
        ("ground", "L2", 2, 0),
        ("cut", "L1", 1, A),
        ("uncut", "L1", 1, A),
    ]


def test_over_rest_an_element_is_placed_shown_and_removed():
    eva = Api("ENG", name="eva")
    study = f"studies/{eva.post('studies', {'model': 'story', 'base': 'present'}).json()['study']}"
    made = eva.post(f"{study}/elements", {"kind": "cut", "device": "L2", "phases": "AB"})
    assert made.status_code == 201, made.content
    (element,) = made.json()["elements"]
    assert (element["kind"], element["device"], element["phases"]) == ("cut", "L2", "AB")
    assert made.json()["actions"][0]["element"] == element["element"]
    gone = eva.client.delete(f"/api/v1/{study}/elements/{element['element']}")
    assert gone.json()["elements"] == []
    faulted = eva.post(f"{study}/actions", {"device": "T3", "action": "fault", "phases": "C"}).json()
    assert faulted["actions"][-1]["trips"] == [{"device": "F2", "before": "ABC", "after": "AB"}]


def test_telemetry_speaks_in_a_study_for_feeders_that_stand_as_operated_and_for_no_other():
    town = Town()
    head = town.mrid(town.head)
    TelemetryPoint.objects.create(
        version_id=town.present.version_id, mrid="head amps", name="head amps", equipment_mrid=head, kind="current",
        phases=ABC, value=40.0, quality="good", occurred_at=after(5),
    )  # fmt: skip
    number = studies.make(actor=ANNA, new=NewStudy(town.key, "load", "present"), at=after(10)).pk

    def estimated(at: float) -> int:
        study_answers.ask(actor=ANNA, number=number, kind="power_flow", at=after(at))
        assert study_answers.JOBS.run_waiting(clock=lambda: after(at + 1)) == 1
        row = reads.answers(reads.find("anna", number))["power_flow"]
        assert row.state == "done", row.error
        return int(row.told["figures"]["estimated"])

    assert estimated(11) == 1
    studies.move(actor=ANNA, number=number, equipment_mrid=town.mrid(town.trunk[-1]), close=False, at=after(20))
    assert estimated(21) == 0
    studies.undo(actor=ANNA, number=number, at=after(30))
    assert estimated(31) == 1
