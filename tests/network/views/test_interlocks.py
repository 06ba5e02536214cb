"""Interlocks of pairs and tags of others at the screen: seen by everybody, changed by who may, refused in words."""

import pytest

from adms.core import clock
from adms.core.models import Approval, AuditEntry
from network.models import Interlock, Operation, SwitchState, Tag
from network.selectors import state
from network.services import operations
from tests import cast
from tests.cast import person
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db
RULE = {"model": "story", "device": "TIE", "close": "close", "other": "sw1", "other_closed": "open", "text": "no ring"}


@pytest.fixture(autouse=True)
def network():
    state.forget()
    return cast.publish()


def test_an_engineer_makes_a_rule_an_operator_is_refused_by_it_and_it_is_taken_away():
    mei, anna = Person("ENG", name="mei"), Person("OPR", name="anna")
    assert "New rule" in text(mei.get("/control/interlocks/"))
    assert "There is no rule of a pair" in text(anna.get("/control/interlocks/"))
    assert "New interlock" in text(mei.fetch("/control/interlocks/new/", target="dialog"))
    assert "holds from now on" in toast(mei.post("/control/interlocks/new/", **RULE))["text"]
    row = Interlock.objects.get()
    assert (row.equipment_mrid, row.close, row.other_mrid, row.other_closed) == ("TIE", True, "SW1", False)

    page = text(anna.get("/control/interlocks/"))
    assert "no ring" in page and "New rule" not in page and "Take away" not in page
    assert "SW1 must be open first: no ring" in text(anna.fetch("/network/story/operate/TIE/close/", target="dialog"))
    assert "must be open first" in text(anna.post("/network/story/select/TIE/close/", seen_number="0", target="dialog"))
    assert not Operation.objects.exists()

    remove = f"/control/interlocks/{row.pk}/remove/"
    assert "Take the rule of TIE away?" in text(mei.fetch(remove, target="dialog"))
    toast(mei.post(remove))
    assert not Interlock.objects.exists()
    changes = text(anna.get("/control/interlocks/"))
    assert "Taken away:" in changes and "mei" in changes
    trail = AuditEntry.objects.filter(action="edit_interlocks", result="ok").order_by("pk")
    assert [(one.actor, one.after is None) for one in trail] == [("mei", False), ("mei", True)]


@pytest.mark.parametrize("role", ["OPR", "SOP", "DSP", "MGR", "AUD"])
def test_who_is_no_engineer_changes_no_rule(role):
    somebody = Person(role)
    assert somebody.post("/control/interlocks/new/", **RULE).status_code == 403
    assert not Interlock.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"device": "nothing"}, "o switch is called"),
        ({"other": "TIE"}, "its own interlock"),
        ({"close": "sideways"}, "choose one of"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_beside_what_was_typed(wrong, words):
    page = text(Person("ENG").post("/control/interlocks/new/", **RULE | wrong), 422)
    assert words.lower() in page.lower()
    assert 'value="no ring"' in page
    assert not Interlock.objects.exists()


# A tag of somebody else


def test_anothers_tag_is_asked_for_and_taken_off_by_page_with_a_second_persons_word():
    operations.place_tag(
        actor=person("zoe", "OPR"), model="story", equipment_mrid="SW1", kind="inhibit", text="crew 4", at=clock.now()
    )
    tag, anna, ingrid, ben = Tag.objects.get(), Person("OPR"), Person("SOP", name="ingrid"), Person("OPR", name="ben")
    remove = f"/network/tag/{tag.pk}/remove/"
    branch = operations.find_switch("story", "SW1").index
    panel = f"/network/story/device/?branch={branch}"
    assert remove not in text(anna.fetch(panel)) and remove in text(ingrid.fetch(panel))
    assert (
        "who alone removes it" in text(anna.post(remove, reason="in the way")) or Tag.objects.get().removed_at is None
    )
    assert "Ask a second person" in text(ingrid.fetch(remove, target="dialog"))
    assert ingrid.post(remove, reason="crew 4 is back").status_code == 204
    word = Approval.objects.get()
    assert (word.state, word.object, word.reason) == ("waiting", f"tag:{tag.pk}", "crew 4 is back")
    assert Tag.objects.get().removed_at is None
    toast(ben.post(f"/control/words/{word.pk}/yes/"))
    assert "ben has agreed" in text(ingrid.fetch(remove, target="dialog"))
    assert ingrid.post(remove).status_code == 204
    assert Tag.objects.get().removed_by == "ingrid"
    assert not SwitchState.objects.exists()
