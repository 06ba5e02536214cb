"""A shift changes as two people see it: one writes and signs, the other accepts at a screen of their own, and holds the area then."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOLDER = "SELECT holder FROM core_arealease WHERE ended_at IS NULL"


@pytest.fixture
def two(live_system: LiveSystem, browser: Browser) -> Iterator[tuple[Window, Window]]:
    live_system.manage("load_demo")
    names = ("operator", "senior")
    windows = [Window(browser, live_system.base_url, name, DEMO_PASSWORD) for name in names]
    yield windows[0], windows[1]
    for window in windows:
        window.leave()


def test_one_signs_and_the_other_accepts_with_the_area(live_system: LiveSystem, two: tuple[Window, Window]) -> None:
    anna, sue = two
    anna.open("/control/")
    anna.page.get_by_role("button", name=re.compile("^Take control")).first.click()
    anna.sees("#dialog", "you alone operate there")
    anna.press("Take control", "#dialog")
    anna.gone("#dialog")
    page = anna.open("/shift/")
    page.keyboard.press("n")
    page.keyboard.type("Key of the transformer house is with crew 2")
    page.check("[name=for_next]")
    page.keyboard.press("Control+Enter")
    anna.sees("#shift-rows", "Key of the transformer house")
    assert Axe().run(page).violations_count == 0
    page = anna.open("/shift/handovers/")
    anna.sees("#handovers", "Key of the transformer house")
    sue.open("/shift/handovers/")
    page.keyboard.press("s")
    anna.sees("#dialog", "You sign what is open")
    page.select_option("#control-choice", "senior")
    anna.press("Sign", "#dialog")
    anna.gone("#dialog")
    sue.press("Accept", "#handovers")  # it came to her page by itself
    sue.sees("#dialog", "you alone operate there")
    sue.press("Accept", "#dialog")
    sue.gone("#dialog")
    expect(sue.page.locator("#handovers table")).to_contain_text("Accepted", timeout=PATIENCE_MS)
    assert live_system.rows(HOLDER)[0][0] == "senior"
    found = Axe().run(sue.page)
    assert found.violations_count == 0, found.generate_report()
