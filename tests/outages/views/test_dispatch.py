"""The dispatch board: who can be there first, assignment in two steps, lanes, and the command line."""

import pytest

from outages.models import Outage
from tests import pseudo
from tests.outages.views import scene
from tests.people import Person, text, toast
from workforce.models import Assignment, Crew

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom(db) -> Person:
    return Person("DSP", name="tom")


def assign(tom: Person, outage: Outage, crew: str = "c12"):
    return tom.post(f"/dispatch/{outage.pk}/assign/?crew={crew}", crew=crew)


def test_assigning_asks_once_more_and_can_be_taken_back(outage, tom):
    assert "Assign Trouble 12 to outage" in text(
        tom.fetch(f"/dispatch/{outage.pk}/assign/", crew="c12", target="dialog")
    )
    assert not Assignment.objects.exists()
    told = toast(assign(tom, outage))
    assert told["text"] == f"Trouble 12 is assigned to outage {outage.pk}"
    assert toast(tom.post(told["undo"]))["text"] == "Trouble 12 is free again"
    assert Assignment.objects.get().state == "released"


def test_a_crew_under_way_is_not_taken_back_by_undo(outage, tom):
    undo = toast(assign(tom, outage))["undo"]
    tom.post("/dispatch/move/", crew="c12", to="en_route")
    told = toast(tom.post(undo), 409)
    assert "Trouble 12 is en route: release it on the board" in told["text"]


def test_a_crew_off_shift_cannot_be_assigned(outage, tom):
    Crew.objects.update(shift="off")
    panel = text(tom.fetch(f"/dispatch/{outage.pk}/crews/"))
    assert "off shift" in panel
    assert "Assign</button>" not in panel
    assert "Trouble 12 is off shift. Nothing was changed." in text(assign(tom, outage), 409)


def test_only_a_dispatcher_sends_crews(outage):
    operator = Person("OPR")
    assert "needs a dispatcher" in text(operator.fetch(f"/dispatch/{outage.pk}/crews/"))
    assert toast(assign(operator, outage), 403)["tone"] == "error"
    assert not Assignment.objects.exists()


def test_a_free_crew_comes_before_a_busy_one(outage, tom):
    scene.crew("c11", "Trouble 11")
    assign(tom, outage, "c11")
    panel = text(tom.fetch(f"/dispatch/{outage.pk}/crews/"))
    assert panel.index("Trouble 12") < panel.index("Trouble 11")
    assert "is on it" in panel


def test_a_crew_moves_through_the_lanes(outage, tom):
    assign(tom, outage)
    for lane in ("en_route", "on_site"):
        assert (
            "Trouble 12"
            in text(tom.post("/dispatch/move/", crew="c12", to=lane))
            .split(f'data-lane="{lane}"')[1]
            .split("</section>")[0]
        )
    assert Assignment.objects.get().state == "on_site"
    scene.deliver()
    outage.refresh_from_db()
    assert outage.state == "on_site"


def test_the_command_line_and_its_toasts_are_told_in_the_readers_language(outage, tom):
    with pseudo.language():
        does = text(tom.fetch("/dispatch/command/", command=f"a {outage.pk} c12"))
        done = toast(tom.post("/dispatch/command/", command=f"a {outage.pk} c12"))["text"]
        moved = toast(tom.post("/dispatch/command/", command="e c12"))["text"]
    assert f"⟦Assign Trouble 12 to outage {outage.pk} F1⟧" in does
    assert done == f"⟦Trouble 12 is assigned to outage {outage.pk}⟧"
    assert moved == "Trouble 12: ⟦en route⟧"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"crew": "c12", "to": "sent"}, "Choose an outage"),
        ({"crew": "c99", "to": "free"}, "No crew is called c99"),
        ({"crew": "c12", "to": "moon"}, "No lane is called"),
        ({}, "This field is required"),
    ],
)
def test_a_move_that_makes_no_sense_is_told_above_the_lanes(fields, told, crew, tom):
    assert told in text(tom.post("/dispatch/move/", **fields), 409)


def test_the_command_line_says_what_it_would_do_and_does_it(outage, tom):
    typed = f"a {outage.pk} C-12"
    assert f'data-understood="{typed}"' in text(tom.fetch("/dispatch/command/", command=typed))
    assert not Assignment.objects.exists()
    assert "undo" in toast(tom.post("/dispatch/command/", command=typed))
    assert toast(tom.post("/dispatch/command/", command="e c12"))["text"] == "Trouble 12: en route"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("a 999 c12", "no outage 999"),
        ("a 1 zz", "no crew is called zz"),
        ("hello", "a OUTAGE CREW"),
        ("e c12", "Trouble 12 has no job"),
    ],
)
def test_the_command_line_says_what_it_does_not_understand(typed, told, crew, tom):
    answer = text(tom.fetch("/dispatch/command/", command=typed))
    assert told in answer
    assert "data-understood" not in answer


def test_waiting_is_marked_by_urgency(outage, tom):
    Outage.objects.update(priority=1200)
    board = text(tom.fetch("/dispatch/outages/"))
    assert 'data-limit="60"' in board
    assert "over 1 min" in board


def test_a_board_on_which_none_is_chosen_shows_the_first_outage_that_comes(crew, tom):
    empty = text(tom.fetch("/dispatch/crews/"))
    assert "No outage is chosen" in empty and 'hx-get="/dispatch/crews/"' in empty
    waiting = scene.outage()
    panel = text(tom.fetch("/dispatch/crews/"))
    assert f"Crews for outage {waiting.pk}" in panel and 'hx-get="/dispatch/crews/"' not in panel
    assign(tom, waiting)
    assert "No outage is chosen" in text(tom.fetch("/dispatch/crews/"))
