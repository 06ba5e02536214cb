"""Studies: private copies of the network, apart from each other and from the operated network."""

import numpy as np
import pytest
from django.apps import apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry
from adms.core.services import retention
from adms.core.services.authority import NotAuthorised
from network.domain.energisation import energise
from network.models import Study, StudyAction, StudyAnswer
from network.selectors import history, state
from network.selectors import studies as reads
from network.services import positions, studies, study_answers, temporary
from network.services.positions import PositionReport
from network.services.studies import NewStudy, StudyRefused
from network.services.temporary import NewElement
from tests.cast import ANNA, GATEWAY, RAVI, TOM, after, person, publish

pytestmark = pytest.mark.django_db
EVA = person("eva", "ENG")
SWITCHES = ("CB1", "SW1", "F1", "F2", "TIE")


@pytest.fixture(autouse=True)
def network():
    state.forget()
    return publish()


def make(base: str = "present", who=ANNA, at: float = 1000, base_at=None) -> int:
    return studies.make(actor=who, new=NewStudy("story", "", base, base_at), at=after(at)).pk


def move(number: int, mrid: str, *, close: bool = False, who=ANNA) -> StudyAction:
    return studies.move(actor=who, number=number, equipment_mrid=mrid, close=close, at=after(1001))


def report(mrid: str, *, closed: bool, at: float) -> None:
    told = PositionReport("story", mrid, after(at), is_closed=closed)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[told], at=after(at))


def out(number: int, who=ANNA) -> int:
    return reads.shown(who.name, number).customers_out


def rows() -> dict[str, int]:
    """How many rows every table has, but those of studies and of the audit trail."""
    return {
        table._meta.label: table.objects.count()
        for table in apps.get_models()
        if table not in (Study, StudyAction, StudyAnswer, AuditEntry) and table._meta.managed
    }


def test_a_switch_moved_in_a_study_takes_supply_there_and_nowhere_else():
    before, present = rows(), state.present("story")
    number = make()
    opened = move(number, "SW1")
    assert (opened.customers_lost, opened.customers_regained, out(number)) == (11, 0, 11)
    closed = move(number, "TIE", close=True)
    assert (closed.customers_lost, closed.customers_regained, out(number)) == (0, 11, 0)
    told = {one.mrid: (one.in_study, one.now) for one in reads.shown("anna", number).differences}
    assert told == {"SW1": (0, 7), "TIE": (7, 0)}
    assert rows() == before
    now = state.present("story")
    assert now.numbers == present.numbers
    assert np.array_equal(now.closed, present.closed)


def test_two_studies_do_not_see_each_other_and_nobody_sees_those_of_others():
    first, second, evas = make(), make(), make(who=EVA)
    move(first, "CB1")
    assert (out(first), out(second), out(evas, EVA)) == (20, 0, 0)
    assert [one.pk for one in reads.owned("eva")] == [evas]
    for attempt in (
        lambda: reads.shown("eva", first),
        lambda: move(first, "F1", who=EVA),
        lambda: studies.undo(actor=EVA, number=first, at=after(1002)),
        lambda: studies.discard(actor=EVA, number=first, at=after(1002)),
    ):
        with pytest.raises(NotFound, match="you have no study"):
            attempt()
    assert out(first) == 20


def test_the_operated_network_goes_on_without_the_study():
    number = make()
    report("SW1", closed=False, at=1100)
    shown = reads.shown("anna", number)
    assert shown.customers_out == 0
    assert [(one.mrid, one.in_study, one.now) for one in shown.differences] == [("SW1", 7, 0)]


def test_a_past_study_is_the_network_as_it_was():
    report("SW1", closed=False, at=100)
    temporary.place(actor=ANNA, new=NewElement("story", "cut", "L1"), at=after(200))
    report("SW1", closed=True, at=300)
    for second in (50, 150, 250, 350):
        number = make("past", base_at=after(second))
        then = history.then("story", after(second), as_known=False, now=after(1000))
        reached = reads.state_of(reads.find("anna", number))
        assert np.array_equal(reached.closed, then.state.closed)
        assert np.array_equal(reached.energisation.live, then.state.energisation.live)
        assert out(number) == then.customers_out


def test_a_nominal_study_is_the_network_as_it_is_built():
    report("SW1", closed=False, at=100)
    temporary.place(actor=ANNA, new=NewElement("story", "cut", "L1"), at=after(200))
    assert out(make("nominal")) == 0
    assert out(make("present")) == 20


def test_what_is_undone_is_taken_back_and_a_new_action_ends_what_could_be_redone():
    number = make()
    with pytest.raises(StudyRefused, match="nothing to undo"):
        studies.undo(actor=ANNA, number=number, at=after(1002))
    move(number, "F1")
    move(number, "F2")
    assert out(number) == 18
    studies.undo(actor=ANNA, number=number, at=after(1002))
    assert out(number) == 9
    studies.undo(actor=ANNA, number=number, at=after(1003))
    studies.redo(actor=ANNA, number=number, at=after(1004))
    assert out(number) == 9
    move(number, "SW1")
    assert [one.equipment_mrid for one in reads.shown("anna", number).actions] == ["F1", "SW1"]
    with pytest.raises(StudyRefused, match="nothing to redo"):
        studies.redo(actor=ANNA, number=number, at=after(1005))


def test_a_study_refuses_what_it_cannot_do():
    number = make()
    with pytest.raises(StudyRefused, match="closed already"):
        move(number, "SW1", close=True)
    for mrid in ("L1", "nothing"):
        with pytest.raises(NotFound, match="no switch"):
            move(number, mrid)
    with pytest.raises(Invalid, match="which second"):
        make("past")
    with pytest.raises(Invalid, match="future"):
        make("past", base_at=after(2000))
    with pytest.raises(Invalid, match="no base"):
        make("dreamt")
    with pytest.raises(NotAuthorised):
        make(who=TOM)
    elsewhere = make(who=RAVI)
    with pytest.raises(NotAuthorised):
        move(elsewhere, "SW1", who=RAVI)
    assert reads.shown("ravi", elsewhere).actions == []


def test_a_discarded_study_is_gone():
    number = make()
    studies.discard(actor=ANNA, number=number, at=after(1002))
    with pytest.raises(NotFound):
        move(number, "SW1")
    assert list(reads.owned("anna")) == []
    trail = AuditEntry.objects.filter(object=f"study {number}").order_by("pk").values_list("action", flat=True)
    assert list(trail) == ["make_study", "discard_study"]


def fault(number: int, mrid: str, who=ANNA) -> StudyAction:
    return studies.place_fault(actor=who, number=number, equipment_mrid=mrid, at=after(1001))


def test_a_fault_is_cleared_by_the_nearest_protective_device_and_repaired_in_the_study_only():
    before = rows()
    number = make()
    behind_a_fuse = fault(number, "T3")
    assert (behind_a_fuse.trips, behind_a_fuse.customers_lost, out(number)) == ([["F2", 7, 0]], 9, 9)
    studies.undo(actor=ANNA, number=number, at=after(1002))
    assert out(number) == 0
    on_the_line = fault(number, "L2")
    assert (on_the_line.trips, on_the_line.customers_lost, out(number)) == ([["CB1", 7, 0]], 20, 20)
    assert reads.shown("anna", number).faults == ["L2"]
    for switch in ("CB1", "TIE"):
        with pytest.raises(StudyRefused, match="would bring supply to the fault on L2"):
            move(number, switch, close=True)
    move(number, "SW1")
    assert move(number, "CB1", close=True).customers_regained == 9
    studies.repair_fault(actor=ANNA, number=number, equipment_mrid="L2", at=after(1003))
    assert move(number, "TIE", close=True).customers_regained == 11
    assert (out(number), reads.shown("anna", number).faults) == (0, [])
    assert rows() == before


def test_a_fault_on_what_is_dead_trips_nothing_and_still_must_not_be_fed():
    number = make()
    move(number, "SW1")
    assert fault(number, "L2").trips == []
    with pytest.raises(StudyRefused, match="would bring supply to the fault on L2"):
        move(number, "SW1", close=True)
    with pytest.raises(StudyRefused, match="faulted already"):
        fault(number, "L2")
    with pytest.raises(StudyRefused, match="no fault on L1"):
        studies.repair_fault(actor=ANNA, number=number, equipment_mrid="L1", at=after(1003))


def test_a_fault_that_nothing_clears_on_one_of_two_sides_is_refused():
    number = make()
    move(number, "TIE", close=True)  # S2 feeds it without a breaker
    with pytest.raises(StudyRefused, match="nothing would clear the fault"):
        fault(number, "L2")
    assert [one.kind for one in reads.shown("anna", number).actions] == ["switch"]
    with pytest.raises(NotFound, match="no line"):
        fault(number, "nothing")
    elsewhere = make(who=RAVI)
    with pytest.raises(NotAuthorised):
        fault(elsewhere, "L1", who=RAVI)


def test_a_shared_study_is_read_by_others_and_acted_in_by_its_owner_only():
    number = make()
    move(number, "SW1")
    studies.share(actor=ANNA, number=number, shared=True, at=after(1002))
    assert [one.pk for one in reads.shared("eva")] == [number]
    assert list(reads.shared("anna")) == []
    assert out(number, EVA) == 11
    for attempt in (
        lambda: move(number, "F1", who=EVA),
        lambda: fault(number, "L1", who=EVA),
        lambda: study_answers.ask(actor=EVA, number=number, kind="power_flow", at=after(1003)),
        lambda: studies.discard(actor=EVA, number=number, at=after(1003)),
    ):
        with pytest.raises(NotFound, match="you have no study"):
            attempt()
    studies.share(actor=ANNA, number=number, shared=False, at=after(1004))
    with pytest.raises(NotFound):
        out(number, EVA)


def test_a_study_nobody_uses_is_let_go_with_all_that_hangs_on_it():
    number, used = make(at=1000), make(at=1000)
    move(number, "SW1")
    study_answers.ask(actor=ANNA, number=number, kind="power_flow", at=after(1001))
    studies.move(actor=ANNA, number=used, equipment_mrid="SW1", close=False, at=after(60 * 86_400))
    retention.run(at=after(95 * 86_400))
    assert [one.pk for one in Study.objects.all()] == [used]
    assert list(StudyAction.objects.values_list("study", flat=True)) == [used]
    assert not StudyAnswer.objects.exists()


def test_what_cannot_be_computed_is_said_and_what_was_asked_of_another_state_is_not_taken():
    number = make()
    study_answers.ask(actor=ANNA, number=number, kind="power_flow", at=after(1001))
    assert study_answers.JOBS.run_waiting(clock=lambda: after(1002)) == 1
    row = StudyAnswer.objects.get()
    assert (row.state, row.error) == ("failed", "the model has no impedances")
    study_answers.ask(actor=ANNA, number=number, kind="power_flow", at=after(1003))
    move(number, "SW1")
    study_answers.JOBS.run_waiting(clock=lambda: after(1004))
    assert StudyAnswer.objects.get().error == "the study went on before this was computed: ask again"
    study_answers.ask(actor=ANNA, number=number, kind="power_flow", at=after(1005))
    study_answers.cancel(actor=ANNA, number=number, kind="power_flow", at=after(1006))
    assert study_answers.JOBS.run_waiting(clock=lambda: after(1007)) == 0
    with pytest.raises(study_answers.StudyAnswered):
        study_answers.cancel(actor=ANNA, number=number, kind="power_flow", at=after(1008))
    with pytest.raises(Invalid, match="no question"):
        study_answers.ask(actor=ANNA, number=number, kind="weather", at=after(1009))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.sampled_from([*SWITCHES, "undo", "redo"]), max_size=10))
def test_any_run_of_actions_is_what_energising_their_positions_gives(moves):
    number, grid = make(), state.present("story").grid
    stood, redoable = [state.present("story").closed.copy()], []
    for one in moves:
        if one == "undo" and len(stood) > 1:
            studies.undo(actor=ANNA, number=number, at=after(1002))
            redoable.append(stood.pop())
        elif one == "redo" and redoable:
            studies.redo(actor=ANNA, number=number, at=after(1002))
            stood.append(redoable.pop())
        elif one in SWITCHES:
            branch = grid.branch_index(one)
            wanted = stood[-1].copy()
            wanted[branch] = 0 if wanted[branch] else 7
            move(number, one, close=bool(wanted[branch]))
            stood.append(wanted)
            redoable.clear()
    reached = reads.state_of(reads.find("anna", number))
    assert np.array_equal(reached.positions, stood[-1])
    assert np.array_equal(reached.energisation.live, energise(grid, stood[-1]).live)
