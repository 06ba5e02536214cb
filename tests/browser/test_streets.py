"""Streets below the network: laid by a button, drawn where they are, under the network, kept by the browser; and without a worker."""

import pytest

from tests.browser.conftest import report, wait_for_map
from tests.browser.stage.streets import CREDIT, LAKE, MOTORWAY, STREET

pytestmark = pytest.mark.browser

#: The colour of the base at a place of the earth, the brightest or darkest of a few pixels around it being as good as its own.
LOOK = """([east, north]) => { const map = document.querySelector('[data-network-map]').networkMap;
  const { x0, y0, scale, shrink } = map.network.geometry;
  const x = Math.round(map.view.sx((east * shrink - x0) / scale) * map.ratio), y = Math.round(map.view.sy((north - y0) / scale) * map.ratio);
  return [...map.base.getImageData(x, y, 1, 1).data].slice(0, 3); }"""
COLOURS = """() => { const colours = document.querySelector('[data-network-map]').networkMap.colours;
  const numbers = (text) => text.match(/\\d+/g).slice(0, 3).map(Number);
  return { ground: numbers(colours.panel), water: numbers(colours.water), edge: numbers(colours.edge) }; }"""


@pytest.fixture
def room(page, stage):
    page.goto("/")
    wait_for_map(page)
    return page


def empty_of_network(room, places):
    """The first of these places of which no line is near: there the base shows what is below the network."""
    bare = room.evaluate(COLOURS)["ground"]
    return next(
        place for place in places if all(room.evaluate(LOOK, [place[0] + d, place[1] + e]) == bare for d, e in NEAR)
    )


NEAR = [(0, 0), (0.0004, 0), (-0.0004, 0), (0, 0.0004), (0, -0.0004)]


def wait_for_colour(room, place, colour):
    """Until the base has this colour there (a few shades more or less where edges are smoothed)."""
    for _ in range(100):
        found = room.evaluate(LOOK, place)
        if all(abs(one - other) <= 3 for one, other in zip(found, colour, strict=True)):
            return
        room.wait_for_timeout(100)
    raise AssertionError(f"{place} is {found}, not {colour}")


def on_water():
    (west, south), (east, _), (_, north) = LAKE[:3]
    return [
        (west + (east - west) * i / 12, south + (north - south) * j / 12) for i in range(2, 11) for j in range(2, 11)
    ]


def test_lake_and_motorway_lie_where_they_are_and_go_again(room):
    colours = room.evaluate(COLOURS)
    water = empty_of_network(room, on_water())
    road = empty_of_network(room, [(0.005 * i, MOTORWAY[0][1]) for i in range(2, 20)])
    street = empty_of_network(room, [(STREET[0][0], 0.004 * i) for i in range(3, 20)])
    room.keyboard.press("m")
    wait_for_colour(room, water, colours["water"])
    wait_for_colour(room, road, colours["edge"])
    assert room.evaluate(LOOK, [road[0], road[1] + 0.0012]) != colours["edge"]
    assert room.get_by_text(CREDIT).is_visible()
    assert room.locator("[data-map-do=streets]").get_attribute("aria-pressed") == "true"
    for _ in range(5):
        room.keyboard.press("+") if room.evaluate("document.activeElement.matches('[data-map-view]')") else room.click(
            "[data-map-do=in]"
        )
    room.evaluate(
        "([east, north]) => { const m = document.querySelector('[data-network-map]').networkMap, g = m.network.geometry;"
        " m.view.centre((east - g.x0) / g.scale, (north - g.y0) / g.scale); m.view.zoom(1.01, 0, 0); }",
        street,
    )
    room.click("[data-map-do=in]")
    wait_for_changed(room, street, colours["ground"])
    room.click("[data-map-do=streets]")
    wait_for_colour(room, street, colours["ground"])
    assert not room.get_by_text(CREDIT).is_visible()


def wait_for_changed(room, place, colour):
    for _ in range(100):
        if room.evaluate(LOOK, place) != colour:
            return
        room.wait_for_timeout(100)
    raise AssertionError(f"{place} stayed {colour}")


def test_network_is_drawn_over_the_streets(room):
    water = empty_of_network(room, on_water())
    room.keyboard.press("m")
    wait_for_colour(room, water, room.evaluate(COLOURS)["water"])
    room.wait_for_timeout(600)
    assert report(room)["drawn"] > 10_000


def test_choice_is_kept_by_the_browser_and_asks_for_no_tile_twice(room):
    water = empty_of_network(room, on_water())
    room.keyboard.press("m")
    wait_for_colour(room, water, room.evaluate(COLOURS)["water"])
    asked = []
    room.on("request", lambda request: asked.append(request.url) if ".mvt" in request.url else None)
    room.reload()
    wait_for_map(room)
    wait_for_colour(room, water, room.evaluate(COLOURS)["water"])
    room.click("[data-map-do=in]")
    room.click("[data-map-do=out]")
    room.wait_for_timeout(500)
    assert len(asked) == len(set(asked))


def test_streets_that_do_not_come_leave_the_network_as_it_is(page, stage):
    page.route("**/*.mvt", lambda route: route.fulfill(status=500, body="no"))
    page.goto("/")
    wait_for_map(page)
    page.keyboard.press("m")
    page.wait_for_timeout(1500)
    assert report(page)["drawn"] > 10_000
    page.wrong.clear()  # the refused tile


def test_streets_are_drawn_without_a_worker(page, stage):
    page.add_init_script("delete window.OffscreenCanvas; delete window.Worker;")
    page.goto("/")
    wait_for_map(page)
    water = empty_of_network(page, on_water())
    page.keyboard.press("m")
    wait_for_colour(page, water, page.evaluate(COLOURS)["water"])
