"""A study as its operator sees it: a copy in a striped frame, a switch opened there and nowhere else, written as an order, discarded."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BREAKER = """
    SELECT e.index, e.name FROM network_equipment e JOIN network_modelversion v ON v.id = e.version_id
    WHERE v.state = 'published' AND e.cim_class = 'Breaker' AND e.feeder <> '' ORDER BY e.index LIMIT 1
"""
MOVED = "SELECT (SELECT count(*) FROM network_journalentry), (SELECT count(*) FROM network_operation)"


@pytest.fixture
def anna(live_system: LiveSystem, browser: Browser) -> Iterator[Window]:
    live_system.manage("load_demo")
    window = Window(browser, live_system.base_url, "operator", DEMO_PASSWORD)
    yield window
    window.leave()


def test_what_is_tried_in_a_study_stays_there_and_becomes_an_order(live_system: LiveSystem, anna: Window) -> None:
    branch, breaker = live_system.rows(BREAKER)[0]
    page = anna.open("/studies/")
    page.fill("#study-name", "Without this breaker")
    anna.press("Make it")
    page.wait_for_url(re.compile(r"/studies/\d+/"))
    anna.sees("[data-study-banner]", "STUDY")
    before = live_system.rows(MOVED)
    anna.open(f"{page.url.removeprefix(live_system.base_url.rstrip('/'))}?branch={branch}")
    page.wait_for_selector(".map[data-ready]")
    anna.sees("#study-device h2", breaker)
    page.keyboard.press("x")
    anna.sees("#study-panel", re.compile(r"[1-9]\d* of .* without supply"))
    expect(page.locator("#study-device")).to_contain_text("Close in the study", timeout=PATIENCE_MS)
    anna.sees_figure("Customers out", 0)  # of the network, which knows nothing of it
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("Control+z")
    anna.sees("#study-panel b >> nth=0", re.compile("^0$"))
    anna.press("Redo", "#study-panel")
    anna.sees("#study-panel", re.compile(r"[1-9]\d* of .* without supply"))
    assert live_system.rows(MOVED) == before
    page.get_by_role("link", name="Write as an order").click()
    page.wait_for_url("**/orders/new/**")
    expect(page.locator("#order-steps")).to_have_value(re.compile("^open "), timeout=PATIENCE_MS)
    expect(page.locator("#order-purpose")).to_have_value("Without this breaker", timeout=PATIENCE_MS)
    anna.open("/studies/")
    page.locator("[data-rows=studies] a").first.click()
    anna.press("Discard", "#study-panel")
    page.wait_for_url("**/studies/")
    anna.sees(".empty", "No studies")
    assert not anna.wrong


def test_a_fault_in_a_study_is_planned_around_and_its_power_flow_colours_the_map(
    live_system: LiveSystem, anna: Window
) -> None:
    branch, breaker = live_system.rows(BREAKER)[0]
    page = anna.open("/studies/")
    page.fill("#study-name", "A fault behind the breaker")
    anna.press("Make it")
    page.wait_for_url(re.compile(r"/studies/\d+/"))
    before = live_system.rows(MOVED)
    anna.open(f"{page.url.removeprefix(live_system.base_url.rstrip('/'))}?branch={branch}")
    page.wait_for_selector(".map[data-ready]")
    anna.sees("#study-device h2", breaker)
    page.keyboard.press("f")
    anna.sees("#study-panel ol", f"faulted: {breaker} tripped")
    anna.sees("#study-device .note", "A fault lies here")
    page.keyboard.press("p")
    anna.sees(
        "#study-panel [aria-labelledby=plans-title]", re.compile("customers back by|nothing healthy|not safe|checked")
    )
    page.keyboard.press("w")
    anna.sees("#study-panel [aria-labelledby=flow-title]", "Lowest voltage")
    page.select_option("#map-heat", "voltage")
    anna.sees(".map-heat-legend", "computed")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert live_system.rows(MOVED) == before
    assert not anna.wrong
