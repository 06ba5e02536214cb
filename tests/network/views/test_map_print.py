"""The map on paper: what is in the box, its state by shape, the scale of its metres."""

import base64
import gzip
import re
import zlib

import numpy as np
import pytest

from network.domain import map_sheet
from network.domain.display import SOURCE
from network.selectors import display, state
from tests import cast
from tests.people import Person, text

pytestmark = pytest.mark.django_db
SHEET = "/network/story/map.pdf"


@pytest.fixture
def ben(db) -> Person:
    state.forget()
    draft = cast.feeder()
    for number, node in enumerate(draft.nodes.values()):
        node.x, node.y = 100.0 * number, 40.0 * (number % 3)
    for branch in draft.branches.values():
        ends = [draft.nodes[branch.from_node], draft.nodes[branch.to_node]]
        branch.points = [(node.x or 0.0, node.y or 0.0) for node in ends]
    cast.publish(draft)
    return Person("OPR")


def unpacked(content: bytes) -> str:
    """The drawing operators of all streams of a PDF."""
    streams = re.findall(rb"stream\r?\n(.*?)~>\s*endstream", content, re.DOTALL)
    return "\n".join(zlib.decompress(base64.a85decode(one)).decode("latin-1") for one in streams)


def geometry(step_m=2.0):
    lines = np.array([[0, 0, 100, 0], [100, 0, 100, 1], [500, 500, 600, 600]], np.int32)
    return map_sheet.Geometry(
        step_m,
        lines,
        np.array([4, 5, 6], np.uint32),
        np.array([1, 1, 0], np.uint8),
        np.array([4], np.uint32),
        np.array([[50, 0]], np.int32),
        np.array([1], np.uint8),
    )


def test_a_sheet_shows_what_is_in_its_box_and_leaves_out_what_nobody_could_see():
    found = geometry()
    assert map_sheet.seen_lines(found, (-10, -10, 200, 200), least=0).tolist() == [0, 1]
    assert map_sheet.seen_lines(found, (-10, -10, 700, 700), least=5).tolist() == [0, 2]
    assert map_sheet.seen_lines(found, (-10, -10, 700, 700), least=500).tolist() == [2]  # a backbone stays
    assert map_sheet.seen_symbols(found, (-10, -10, 49, 10)).tolist() == []
    assert map_sheet.seen_symbols(found, (-10, -10, 50, 10)).tolist() == [0]


def test_the_geometry_file_is_read_as_it_was_written(ben):
    present = state.present("story")
    found = map_sheet.decode(gzip.decompress(display.geometry(present)), is_geographic=display.is_geographic(present))
    assert len(found.lines) == len(found.branches) == len(found.levels) > 0
    assert found.branches.max() < present.positions.size
    assert len(found.symbol_at) == len(found.symbol_kind) == len(found.symbol_branch)
    left, bottom, right, top = found.extent
    assert 0 <= left <= right <= 65535
    assert 0 <= bottom <= top <= 65535


@pytest.mark.parametrize(("paper", "wide"), [("a4", "841"), ("a3", "1190")])
def test_the_whole_network_comes_on_a_landscape_sheet_with_legend_and_time(ben, paper, wide):
    answer = ben.get(SHEET, paper=paper)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert f"[ 0 0 {wide}." in answer.content.decode("latin-1")
    drawn = unpacked(answer.content)
    assert "de-energised" in drawn
    bar = re.search(r"(\d+) m \S* ?1 : ([\d ]+)", drawn.replace("\\240", "").replace("\xa0", ""))
    length = float(re.search(r"1\.2 w\nn ([\d.]+) [\d.]+ m ([\d.]+)", drawn)[2]) - float(
        re.search(r"1\.2 w\nn ([\d.]+)", drawn)[1]
    )
    assert int(bar[1]) / (length / 72 * 0.0254) == pytest.approx(int(bar[2].replace(" ", "")), rel=0.01)
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", drawn)
    assert drawn.count(" l ") + drawn.count(" l\n") >= len(display_lines())


def display_lines():
    present = state.present("story")
    return map_sheet.decode(gzip.decompress(display.geometry(present)), is_geographic=False).lines


def test_a_station_is_named_though_it_shares_its_branch_with_a_breaker(ben, monkeypatch):
    drawn = map_sheet.decode(gzip.decompress(display.geometry(state.present("story"))), is_geographic=False)
    (source, *_) = drawn.symbol_branch[drawn.symbol_kind == SOURCE].tolist()
    monkeypatch.setattr(display, "source_names", lambda _: {str(source): "Northgate"})
    words = unpacked(ben.get(SHEET).content)
    assert words.count("(Northgate)") == 1
    assert "(CB1)" in words


def test_a_box_is_four_finite_numbers_in_order(ben):
    assert ben.get(SHEET, box="0,0,10,10").status_code == 200
    for wrong in ("1,2,3", "a,b,c,d", "10,0,0,10", "0,0,inf,10", "nan,0,1,1"):
        assert "box is four numbers" in text(ben.get(SHEET, box=wrong), 422).lower()


def test_only_who_sees_the_network_prints_it(ben):
    assert Person("CRW").get(SHEET).status_code == 403
