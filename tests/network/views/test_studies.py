"""Studies by page: the owner's alone, visibly apart from the network, and nothing on them commands a switch."""

import re

import numpy as np
import pytest

from network.domain.display import DE_ENERGISED
from network.models import JournalEntry, Operation
from network.selectors import state
from tests import cast
from tests.people import Person, text, toast

KIND = 0b11  # of a state byte: energised, partly, dead, earthed


@pytest.fixture(autouse=True)
def network(db):
    state.forget()
    cast.publish()


@pytest.fixture
def anna():
    return Person("OPR")


def make(person: Person, base: str = "nominal", **more: str) -> str:
    answer = person.submit("/studies/", model="story", name="What if CB1 opens", base=base, **more)
    assert answer.status_code == 302, answer.content[-800:]
    return str(answer["Location"])


def states(person: Person, page: str) -> np.ndarray:
    body = person.get(f"{page}grid/1/state.bin").content
    return np.frombuffer(body, np.uint8, offset=12)


def test_a_switch_is_opened_in_the_study_alone(anna):
    page = make(anna)
    assert "STUDY" in text(anna.get(page))
    before = states(anna, page)
    branch = state.present("story").grid.branch_index("CB1")
    assert "Open in the study" in text(anna.fetch(f"{page}device/", branch=str(branch)))
    told = toast(anna.post(f"{page}move/", device="CB1", close="0"))
    assert told["text"] == "In the study only: 20 customers lost, 0 regained"
    after = states(anna, page)
    assert before.size == after.size
    assert ((after & KIND) == DE_ENERGISED).sum() > ((before & KIND) == DE_ENERGISED).sum()
    panel = text(anna.fetch(f"{page}panel/"))
    assert re.search(r"<b>20</b> of 20 without supply", panel)
    assert "CB1" in panel
    assert state.present("story").positions[branch] != 0
    assert not Operation.objects.exists()
    assert not JournalEntry.objects.filter(kind="position").exists()


def test_undo_redo_discard(anna):
    page = make(anna)
    toast(anna.post(f"{page}move/", device="CB1", close="0"))
    toast(anna.post(f"{page}undo/"))
    assert "<b>0</b> of 20 without supply" in text(anna.fetch(f"{page}panel/"))
    toast(anna.post(f"{page}redo/"))
    assert "<b>20</b> of 20 without supply" in text(anna.fetch(f"{page}panel/"))
    assert anna.submit(f"{page}discard/").status_code == 302
    assert anna.get(page).status_code == 404


def test_nobody_else_sees_it(anna):
    page = make(anna)
    other = Person("SOP")
    for address in (page, f"{page}panel/", f"{page}device/", f"{page}grid/1/state.bin", f"{page}grid/1/names.json"):
        assert other.get(address).status_code == 404, address
    assert other.post(f"{page}move/", device="CB1", close="0").status_code == 404
    assert Person("DSP").get("/studies/").status_code == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"base": "past"}, "of which second?"),
        ({"base": "past", "at": "noon"}, "write the second as"),
        ({"base": "future"}, "no base"),
        ({"base": "nominal", "model": "nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_be_made_is_said_on_the_form(anna, fields, words):
    assert words in text(anna.submit("/studies/", **({"model": "story", "name": "x"} | fields)), 422)


def test_the_map_of_a_study_has_its_own_addresses(anna):
    page = make(anna)
    assert anna.get(f"{page}grid/1/geometry.bin").status_code == 200
    assert "CB1" in anna.get(f"{page}grid/1/names.json").content.decode()
    body = text(anna.get(page))
    assert f'data-base="{page}grid/"' in body
    assert 'data-socket=""' in body
    assert "/operate/" not in body


def test_what_was_tried_becomes_the_lines_of_an_order(anna):
    page = make(anna)
    for device, close in (("CB1", "0"), ("TIE", "1"), ("SW1", "0")):
        toast(anna.post(f"{page}move/", device=device, close=close))
    toast(anna.post(f"{page}undo/"))
    number = page.strip("/").split("/")[-1]
    assert f"/orders/new/?study={number}" in text(anna.fetch(f"{page}panel/"))
    form = anna.get("/orders/new/", study=number).content.decode()
    assert "open CB1\nclose TIE</textarea>" in form
    assert "What if CB1 opens" in form
    assert Person("SOP").get("/orders/new/", study=number).status_code == 404
