"""Studies: private copies of the network, apart from each other and from the operated network."""

import numpy as np
import pytest
from django.apps import apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry
from adms.core.services.authority import NotAuthorised
from network.domain.energisation import energise
from network.models import Study, StudyAction
from network.selectors import history, state
from network.selectors import studies as reads
from network.services import positions, studies, temporary
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
        if table not in (Study, StudyAction, AuditEntry) and table._meta.managed
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
