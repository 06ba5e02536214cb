"""The colours of the power flow on the map: chosen by a person, told in a legend, gone when the map goes back to supply."""

import pytest

from tests.browser.conftest import wait_for_map

pytestmark = pytest.mark.browser

LEVELS = "() => document.querySelector('[data-network-map]').networkMap.heat.levels.map((l) => l.chains.length)"
BRANCHES = "() => document.querySelector('[data-network-map]').networkMap.network.branches"


def byte(per_unit: float) -> int:
    """As the server writes a voltage (network/domain/charted.py)."""
    return round((per_unit - 0.8) / 0.4 * 254) + 1


@pytest.fixture
def room(page, stage):
    """A map whose server says: the first half of the branches at 0.87 pu, the rest at 1.0 pu, the last one unknown."""
    count: list[int] = []

    def answer(route):
        half = count[0] // 2
        body = bytes([byte(0.87)] * half + [byte(1.0)] * (count[0] - half - 1) + [0])
        route.fulfill(status=200, body=body, headers={"X-Tieline-Computed": "04:32:21"})

    page.route("**/power-flow/voltage.bin", answer)
    page.goto("/")
    wait_for_map(page)
    count.append(page.evaluate(BRANCHES))
    return page


def test_low_voltage_is_lit_and_the_legend_says_of_when_it_is(room):
    room.select_option("[data-map-heat]", "voltage")
    room.get_by_text("computed 04:32:21").wait_for()
    below, low, fine, high, above = room.evaluate(LEVELS)
    assert below > 0 < fine
    assert low == high == above == 0
    legend = room.locator("[data-map-heat-legend]")
    assert "computed 04:32:21" in legend.inner_text()
    assert "below 0.90 pu" in legend.inner_text()
    assert legend.get_by_role("link", name="Figures and violations").get_attribute("href").endswith("/power-flow/")


def test_back_to_supply_leaves_nothing_behind(room):
    room.select_option("[data-map-heat]", "voltage")
    room.get_by_text("computed 04:32:21").wait_for()
    room.select_option("[data-map-heat]", "")
    assert room.evaluate(LEVELS) == []
    assert room.locator("[data-map-heat-legend]").is_hidden()


def test_a_network_without_a_result_says_so(room):
    room.route("**/power-flow/loading.bin", lambda route: route.fulfill(status=200, body="", headers={}))
    room.select_option("[data-map-heat]", "loading")
    room.get_by_text("no power flow has been computed yet").wait_for()
    assert room.evaluate(LEVELS) == []
