"""The pages of the as-operated network: past seconds, traces in words, what is not normal, temporary elements by hand."""

import json
import struct

import numpy as np
import pytest

from adms.core import clock
from network.models import Tag, TemporaryElement
from network.selectors import state
from network.services import operations, temporary
from network.services.temporary import NewElement
from tests.cast import ANNA, NOON, person, publish
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Person:
    state.forget()
    publish()
    return Person("OPR")


def branch(mrid: str) -> int:
    return state.present("story").grid.branch_index(mrid)


def cut(where: str = "L2") -> TemporaryElement:
    return temporary.place(actor=ANNA, new=NewElement("story", "cut", where, reason="tree"), at=clock.now())


def supply(response) -> np.ndarray:
    magic, _, count = struct.unpack("<4sII", response.content[:12])
    assert magic == b"TLS1"
    return np.frombuffer(response.content[12 : 12 + count], np.uint8) & 7


def test_a_past_second_has_its_bytes_and_its_words(room):
    before = clock.now()
    cut()
    answer = room.get("/network/story/then/state.bin", at=before.isoformat())
    told = json.loads(answer["X-Tieline-Then"])
    assert (told["customers_out"], told["temporary"]) == (0, [])
    assert not supply(answer)[branch("L2")]
    later = room.get("/network/story/then/state.bin", at=clock.now().isoformat())
    told = json.loads(later["X-Tieline-Then"])
    assert told["customers_out"] == 11
    assert [one["word"] for one in told["temporary"]] == ["CUT"]
    assert supply(later)[branch("F2")] == 1


@pytest.mark.parametrize("typed", ["noon", "25:00", "31.02. 10:00"])
def test_what_is_no_time_is_refused_in_words(room, typed):
    answer = room.fetch("/network/story/then/state.bin", at=clock.now().isoformat(), typed=typed)
    assert answer.status_code == 422
    assert "is no time" in answer["X-Error"]


def test_a_typed_time_is_of_the_day_that_is_looked_at(room):
    answer = room.get("/network/story/then/state.bin", at="2026-05-04T10:00:00+00:00", typed="14:02:31")
    assert json.loads(answer["X-Tieline-Then"])["time"] == "14:02:31"
    assert json.loads(answer["X-Tieline-Then"])["day"].endswith("04.05.2026")


def test_ticks_and_the_device_of_a_past_second(room):
    start = clock.now()
    cut()
    end = clock.now()
    ticks = room.get("/network/story/then/ticks.json", **{"from": start.isoformat(), "to": end.isoformat()}).json()
    assert sum(ticks["ticks"]) == 1
    page = room.fetch("/network/story/then/device/", branch=branch("L2"), at=end.isoformat()).content.decode()
    assert "cut in L2" in page
    assert "nothing can be operated in the past" in page
    assert "data-needs-live" not in page


@pytest.mark.parametrize(
    ("kind", "start", "customers", "names"),
    [
        ("down", "SW1", 11, ["L2", "F2", "T5"]),
        ("up", "T5", 0, ["SW1", "CB1"]),
        ("open", "L2", 20, ["TIE"]),
        ("protective", "L2", 2, ["CB1", "F1", "F2"]),
        ("telemetered", "L2", 11, ["SW1", "TIE"]),
        ("feeder", "L2", 20, ["CB1", "L1"]),
        ("connected", "L2", 20, ["CB1", "F1"]),
        ("loop", "L2", 0, []),
    ],
)
def test_a_trace_is_told_in_words_too(room, kind, start, customers, names):
    page = room.fetch(f"/network/story/lit/{branch(start)}/{kind}/").content.decode()
    assert f"<b>{customers}</b>" in page
    for name in names:
        assert f"<b>{name}</b>" in page, name


def test_a_path_leads_from_one_element_to_another(room):
    page = room.fetch(f"/network/story/lit/{branch('T1')}/path/", to=branch("T5")).content.decode()
    assert "on the path from T1" in page
    assert all(f"<b>{name}</b>" in page for name in ("F1", "SW1", "L2"))
    refused = room.fetch(f"/network/story/lit/{branch('T1')}/path/")
    assert "choose where the path is to end" in refused["X-Error"]


def test_a_trace_of_the_past_goes_through_the_past(room):
    before = clock.now()
    cut()
    assert "<b>0</b>" in room.fetch(f"/network/story/lit/{branch('SW1')}/down/").content.decode()
    page = room.fetch(f"/network/story/lit/{branch('SW1')}/down/", at=before.isoformat()).content.decode()
    assert "<b>11</b>" in page


def test_a_trace_names_the_jumper_it_goes_through(room):
    cut()
    new = NewElement("story", "jumper", "L2", 2, other_equipment_mrid="L1", other_terminal=2)
    temporary.place(actor=ANNA, new=new, at=clock.now())
    page = room.fetch(f"/network/story/lit/{branch('T5')}/up/").content.decode()
    assert "by way of <b>Jumper 1</b>" in " ".join(page.split())
    page = room.fetch(f"/network/story/lit/{branch('CB1')}/down/").content.decode()
    assert "<b>20</b>" in page


def test_what_is_not_normal_is_listed_with_who_and_why(room):
    assert "Everything is as it normally is" in room.fetch("/network/story/unusual/").content.decode()
    cut()
    page = room.fetch("/network/story/unusual/").content.decode()
    assert "cut in L2" in page
    assert "anna" in page
    assert "tree" in page


def test_a_cut_is_placed_and_removed_from_the_panel(room):
    panel = room.fetch("/network/story/device/", mrid="L2").content.decode()
    assert "/network/story/temporary/L2/cut/" in panel
    form = room.fetch("/network/story/temporary/L2/cut/", target="dialog").content.decode()
    assert "11" in form
    assert "customers lose supply" in form
    done = room.post("/network/story/temporary/L2/cut/", reason="tree on it", place="1", source="crew")
    assert "Cut 1 is placed at L2" in done["HX-Trigger"]
    row = TemporaryElement.objects.get()
    assert (row.reason, row.source) == ("tree on it", "crew")
    assert "cut in L2" in room.fetch("/network/story/temporary/").content.decode()
    assert f"/network/temporary/{row.mrid}/remove/" in room.fetch("/network/story/device/", mrid="L2").content.decode()
    asked = room.fetch(f"/network/temporary/{row.mrid}/remove/", target="dialog").content.decode()
    assert "Remove Cut 1" in asked
    assert "customers regain supply" in asked
    assert TemporaryElement.objects.filter(removed_at=None).exists()
    room.post(f"/network/temporary/{row.mrid}/remove/", reason="line mended")
    assert not TemporaryElement.objects.filter(removed_at=None).exists()


def test_a_ground_on_what_is_live_says_so_before_it_is_placed(room):
    form = room.fetch("/network/story/temporary/L2/ground/", target="dialog").content.decode()
    assert "is live on ABC" in form


def test_a_ground_is_offered_at_the_end_where_it_may_be(room):
    """Behind the open tie one end of it is live and so is the other: none fits; beside an open switch the dead one does."""
    room.post("/network/story/temporary/L2/cut/", reason="tree on it", place="1")
    form = room.fetch("/network/story/temporary/L2/ground/", target="dialog").content.decode()
    assert "is live on" not in form
    assert "customers lose supply" in form


def test_a_tag_is_taken_off_only_after_a_question(room):
    tag = operations.place_tag(
        actor=person(room.name, "OPR"),
        model="story",
        equipment_mrid="SW1",
        kind="inhibit",
        text="crew on the line",
        at=NOON,
    )
    asked = room.fetch(f"/network/tag/{tag.pk}/remove/", target="dialog").content.decode()
    assert "Without this tag SW1 may be operated" in asked
    assert Tag.objects.get(pk=tag.pk).removed_at is None
    room.post(f"/network/tag/{tag.pk}/remove/")
    assert Tag.objects.get(pk=tag.pk).removed_at is not None


def test_who_may_not_place_gets_no_button_and_no_way(room):
    dispatcher = Person("DSP")
    assert "/temporary/L2/cut/" not in dispatcher.fetch("/network/story/device/", mrid="L2").content.decode()
    answer = dispatcher.post("/network/story/temporary/L2/cut/", reason="tree on it", place="1")
    assert "may not place temporary" in answer.content.decode() or answer.status_code == 403
    assert not TemporaryElement.objects.exists()
