"""The street map: tiles for who may see the network, kept by the browser, read where they lie in the file of the utility."""

import gzip
from pathlib import Path

import pytest

from network.selectors import state, street_map
from tests.builders.street_map import archive
from tests.cast import publish
from tests.people import Person

pytestmark = pytest.mark.django_db
TILES = {(12, 2135, 1415): b"a tile", (12, 2136, 1415): b"another"}


@pytest.fixture
def file(tmp_path: Path, settings) -> Path:
    path = tmp_path / "streets.pmtiles"
    path.write_bytes(archive(TILES, (7, 48, 8, 49), credit='<a href="x">Survey</a> &amp; sons'))
    settings.STREET_MAP = str(path)
    return path


def address(tile: str) -> str:
    found = street_map.street_map()
    assert found
    return f"/streets/{found.key}/{tile}.mvt"


def test_tile_goes_out_as_it_is_kept_and_stays_in_the_browser(file):
    person = Person("OPR")
    packed = person.client.get(address("12/2135/1415"), headers={"Accept-Encoding": "gzip"})
    assert (packed["Content-Encoding"], gzip.decompress(packed.content)) == ("gzip", b"a tile")
    assert "immutable" in packed["Cache-Control"]
    assert "private" in packed["Cache-Control"]
    assert person.client.get(address("12/2136/1415")).content == b"another"


def test_file_that_is_not_packed_is_read_as_well(file):
    file.write_bytes(archive(TILES, packed=False))
    assert Person("OPR").client.get(address("12/2135/1415")).content == b"a tile"


@pytest.mark.parametrize("tile", ["12/2140/1415", "11/0/0", "12/99999/1", "40/1/1"])
def test_place_without_a_tile_is_no_error(file, tile):
    assert Person("OPR").client.get(address(tile)).status_code == 204


def test_another_file_has_another_address(file):
    before = address("12/2135/1415")
    file.write_bytes(archive({(12, 2135, 1415): b"a tile of today"}))
    person = Person("OPR")
    assert person.client.get(before).status_code == 410
    assert person.client.get(address("12/2135/1415")).content == b"a tile of today"


def test_only_who_may_see_the_network_sees_its_streets(file, client):
    assert Person().client.get(address("12/2135/1415")).status_code == 403
    assert client.get(address("12/2135/1415")).status_code == 302


def test_map_offers_streets_where_the_utility_has_a_file_and_says_whose_they_are(file):
    page = room()
    assert 'data-map-do="streets"' in page
    assert 'data-zooms="12 12"' in page
    assert "Survey &amp;amp; sons</p>" in page


def test_without_the_setting_the_map_has_no_such_button(settings):
    settings.STREET_MAP = ""
    assert "streets" not in room()


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), (b"GIF89a", "it is no PMTiles file")])
def test_file_that_cannot_be_read_is_told_on_the_button_and_the_map_goes_on(tmp_path, settings, content, why):
    path = tmp_path / "broken.pmtiles"
    if content is not None:
        path.write_bytes(content)
    settings.STREET_MAP = str(path)
    page = room()
    assert f"the street map cannot be read: {why}" in page
    assert "data-network-map" in page


def test_file_that_ends_too_early_is_refused_where_it_does(file):
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    assert Person("OPR").client.get(address("12/2136/1415")).status_code == 404


def room() -> str:
    state.forget()
    publish()
    return Person("OPR").client.get("/").content.decode()
