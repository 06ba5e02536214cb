"""PMTiles files: where a tile lies, whatever the depth of the directories, and what is no such file."""

import struct

import pytest

from network.domain import pmtiles
from network.domain.pmtiles import BadArchive
from tests.builders.street_map import archive, varints

TILES = {
    (z, x, y): f"{z}/{x}/{y}".encode() for z in range(5) for x in range(1 << z) for y in range(1 << z) if (x + y) % 3
}


def found(file: bytes, tile: tuple[int, int, int]) -> bytes | None:
    head = pmtiles.header(file)
    content = lambda span: pmtiles.unpacked(file[span[0] : sum(span)], head.packing)  # noqa: E731
    span = pmtiles.find(head, pmtiles.number(*tile), lambda span: pmtiles.directory(content(span)))
    return content(span) if span else None


@pytest.mark.parametrize(("leaf", "packed"), [(0, True), (0, False), (7, True)])
def test_every_tile_is_found_and_no_other(leaf, packed):
    file = archive(TILES, leaf=leaf, packed=packed)
    for zoom in range(5):
        for x in range(1 << zoom):
            for y in range(1 << zoom):
                assert found(file, (zoom, x, y)) == TILES.get((zoom, x, y))


def test_numbers_of_a_zoom_are_each_given_once_and_neighbours_on_the_curve_touch():
    places = {pmtiles.number(4, x, y): (x, y) for x in range(16) for y in range(16)}
    assert sorted(places) == list(range(85, 85 + 256))
    for number in range(85, 85 + 255):
        (x, y), (next_x, next_y) = places[number], places[number + 1]
        assert abs(x - next_x) + abs(y - next_y) == 1


def test_header_tells_zooms_and_bounds():
    head = pmtiles.header(archive(TILES, (7.5, 48.25, 8.5, 49)))
    assert (head.least, head.most, head.bounds) == (1, 4, (7.5, 48.25, 8.5, 49))


def test_run_speaks_of_all_its_tiles():
    ocean = pmtiles.directory(varints([1, 10, 5, 300, 1]))
    assert [ocean.entry(number) for number in (9, 10, 14, 15)] == [None, (5, (0, 300)), (5, (0, 300)), None]


def test_offset_of_nothing_lies_behind_the_one_before():
    assert pmtiles.directory(varints([2, 1, 1, 1, 1, 100, 50, 8, 0])).offsets == (7, 107)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (0, 65, "no PMTiles"),
        (7, 2, "version 2"),
        (97, 3, "packed otherwise"),
        (98, 4, "packed otherwise"),
        (99, 2, "pictures"),
    ],
)
def test_file_of_another_kind_is_refused_with_the_reason(place, value, words):
    file = bytearray(archive(TILES))
    file[place] = value
    with pytest.raises(BadArchive, match=words):
        pmtiles.header(bytes(file))


def test_short_file_is_none():
    with pytest.raises(BadArchive):
        pmtiles.header(b"PMTiles\x03")


@pytest.mark.parametrize("content", [b"", varints([3, 1, 1]), varints([1, 1, 1, 1]), varints([1, 5, 1, 7, 0])])
def test_broken_directory_is_refused(content):
    with pytest.raises(BadArchive):
        pmtiles.directory(content)


def test_broken_packing_is_refused():
    with pytest.raises(BadArchive):
        pmtiles.unpacked(b"not gzip", pmtiles.GZIP)


def test_directories_that_go_in_a_circle_are_refused():
    file = bytearray(archive(TILES, packed=False))
    struct.pack_into("<2Q", file, 40, pmtiles.HEADER_BYTES, 0)
    circle = pmtiles.directory(varints([1, 0, 0, 9, 1]))
    with pytest.raises(BadArchive, match="no end"):
        pmtiles.find(pmtiles.header(bytes(file)), 3, lambda _span: circle)
