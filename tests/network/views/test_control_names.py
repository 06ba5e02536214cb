"""Pages of control call people by their names, not by what they sign in with."""

import pytest

from network.models import ControlFreeze
from tests import cast
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db) -> Person:
    cast.publish()
    anna = Person("SOP", name="anna")
    anna.is_called("Anna", "Lind")
    return anna


def test_who_froze_and_who_is_asked_for_a_word_is_told_by_name(anna):
    toast(anna.post("/control/freeze/", reason="wrong line"))
    assert ControlFreeze.objects.get().frozen_by == "anna"
    for page in ("/control/", "/control/bar/"):
        shown = text(anna.fetch(page))
        assert "Anna Lind" in shown and "anna" not in shown, page
    toast(anna.post("/control/lift/", reason="all clear"))
    assert "Anna Lind" in text(Person("SOP", name="sue").fetch("/control/")).partition("plans-title")[0]


def test_who_made_an_interlock_is_told_by_name():
    cast.publish()
    erik = Person("ENG", name="erik")
    erik.is_called("Erik", "Moe")
    rule = {
        "model": "story",
        "device": "SW1",
        "close": "close",
        "other": "TIE",
        "other_closed": "open",
        "text": "one feed",
    }
    toast(erik.post("/control/interlocks/new/", **rule))
    page = text(erik.get("/control/interlocks/"))
    assert page.count("Erik Moe") >= 2 and ">erik<" not in page
