"""What the map fetches: geometry packed as it is kept, names whole or by number, states that shrink on the way."""

import gzip

import pytest

from network import live
from network.selectors import display, map_files, state
from tests.cast import publish
from tests.people import Person

pytestmark = pytest.mark.django_db
BASE = "/grid/story/1"


@pytest.fixture
def room() -> Person:
    state.forget()
    publish()
    return Person("OPR")


def test_geometry_goes_out_as_it_is_kept_or_unpacked_for_whoever_takes_no_gzip(room):
    packed = room.client.get(f"{BASE}/geometry.bin", headers={"Accept-Encoding": "gzip"})
    plain = room.client.get(f"{BASE}/geometry.bin")
    assert (packed["Content-Encoding"], plain.has_header("Content-Encoding")) == ("gzip", False)
    assert gzip.decompress(packed.content) == plain.content
    assert plain.content[:4] == b"TLG1"
    assert "immutable" in packed["Cache-Control"]
    assert "Accept-Encoding" in packed["Vary"]


def test_geometry_is_made_once_per_machine(room, monkeypatch):
    first = display.geometry(state.present("story"))
    map_files.geometry.cache_clear()
    monkeypatch.setattr("network.domain.display.encode_geometry", lambda *_, **__: pytest.fail("made again"))
    assert display.geometry(state.present("story")) == first


def test_a_large_network_tells_the_names_that_are_asked_for(room, monkeypatch):
    whole = room.get(f"{BASE}/names.json").json()
    assert len(whole["branches"]) == len(whole["mrids"]) == state.present("story").grid.branch_count
    monkeypatch.setattr(map_files, "WHOLE", 3)
    told = room.get(f"{BASE}/names.json").json()
    assert told["branches"] is None
    assert told["sources"] == whole["sources"]
    asked = room.get(f"{BASE}/names.json", of="2,0,999999,x,").json()
    assert asked == {"names": {"2": whole["branches"][2], "0": whole["branches"][0]}}


def test_a_feed_with_nothing_new_looks_at_no_state(room, monkeypatch):
    feed = live.GridFeed("story")
    monkeypatch.setattr(display, "state_bytes", lambda *_: pytest.fail("looked at"))
    assert feed.poll() is None


def test_version_that_is_not_operated_any_more_is_gone_and_that_is_not_kept(room):
    for name in ("geometry.bin", "names.json", "state.bin"):
        answer = room.client.get(f"/grid/story/7/{name}")
        assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (410, True)
