"""A cut on the real system, as its operator sees it: placed from the panel, traced, looked back at, removed."""

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.windows import Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LINES = """
    SELECT e.index, e.name FROM network_equipment e JOIN network_modelversion v ON v.id = e.version_id
    WHERE v.state = 'published' AND e.cim_class = 'ACLineSegment' AND e.feeder <> '' ORDER BY e.index
"""
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def anna(live_system: LiveSystem, browser: Browser) -> Iterator[Window]:
    live_system.manage("load_demo")
    window = Window(browser, live_system.base_url, "operator", DEMO_PASSWORD)
    yield window
    window.leave()


def picture(anna: Window, name: str) -> None:
    """For somebody to look at."""
    if PICTURES:
        for scheme in ("dark", "light"):
            anna.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            anna.page.wait_for_timeout(500)
            anna.page.screenshot(path=Path(PICTURES) / f"{name}_{scheme}.png")


def test_a_cut_is_placed_looked_back_at_and_removed(live_system: LiveSystem, anna: Window) -> None:
    branch, line = live_system.rows(LINES)[2]
    page = anna.open(f"/?branch={branch}")
    page.wait_for_selector(".map[data-ready]")
    place(anna, line)
    cut_at = live_system.rows("SELECT placed_at FROM network_temporaryelement")[0][0]
    trace(anna)
    looks_back(anna, cut_at)
    anna.page.locator("#device-panel").get_by_role("button", name="Remove").click()
    anna.sees("#dialog", re.compile(r"[1-9]\d* customers regain supply"))
    picture(anna, "remove")
    page.fill("#remove-reason", "line mended")
    page.locator("#dialog").get_by_role("button", name="Remove").click()
    anna.page.locator("#device-panel .note", has_text="cut in").wait_for(state="detached")
    assert live_system.rows("SELECT count(*) FROM network_journalentry WHERE kind = 'temporary'") == [(2,)]
    assert not anna.wrong


def place(anna: Window, line: str) -> None:
    """The dialog says who loses supply before anything is done; the panel and the map's list show it afterwards."""
    page = anna.page
    page.locator("#device-panel").get_by_role("button", name="Cut…").click()
    anna.sees("#dialog", re.compile(r"[1-9]\d* customers lose supply"))
    picture(anna, "place")
    page.fill("#temporary-reason", "conductor on the ground")
    page.locator("#dialog").get_by_role("button", name="Place cut").click()
    anna.sees("#device-panel", f"cut in {line}")
    anna.sees("[data-temporary][data-kind=cut]", f"cut in {line}")
    page.keyboard.press("b")
    anna.sees("#map-lit", "conductor on the ground")
    picture(anna, "unusual")
    page.keyboard.press("Escape")


def trace(anna: Window) -> None:
    """In colour and in words."""
    anna.page.keyboard.press("e")
    anna.sees("#map-lit", re.compile(r"elements on the feeder of"))
    anna.sees("#map-lit", re.compile(r"customers"))
    picture(anna, "feeder")
    anna.page.keyboard.press("Escape")
    assert anna.page.locator("#map-lit").is_hidden()


def looks_back(anna: Window, cut_at: dt.datetime) -> None:
    """Before the cut everybody had supply; operating waits until the page is live again."""
    page = anna.page
    later = (
        cut_at + dt.timedelta(seconds=1.5)
    ).timestamp() * 1000  # it opens at a whole second, which must lie after the cut
    page.wait_for_function("(later) => Date.now() > later", arg=later)
    page.keyboard.press("h")
    page.wait_for_selector("body[data-as-it-was]")
    anna.sees("[data-history]", re.compile(r"[1-9]\S* customers without supply"))
    picture(anna, "past_after_the_cut")
    page.fill("[data-history-time]", f"{cut_at - dt.timedelta(seconds=1):%Y-%m-%d %H:%M:%S}")
    page.keyboard.press("Enter")
    anna.sees("[data-history]", re.compile(r"· 0 customers without supply"))
    anna.sees("#device-panel", "nothing can be operated in the past")
    assert page.locator("[data-needs-live]:not(:disabled):visible").count() == 0
    picture(anna, "past_before_the_cut")
    page.locator("[data-history-do=live]").click()
    page.wait_for_selector("body:not([data-as-it-was])")
    anna.sees("#device-panel", "cut in")
