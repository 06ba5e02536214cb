"""Never by one mis-click, on the real system: a note asks first, and a tagged device is operated by nothing a page can send.

The two held steps, the digits and the keys of an operation are tried in `tests/browser/test_operate.py`.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
#: Switches moved by hand.
BY_HAND = """
    SELECT e.mrid, e.name FROM network_equipment e JOIN network_modelversion v ON v.id = e.version_id
    WHERE v.state = 'published' AND e.is_switch AND NOT e.is_telemetered AND e.feeder <> '' AND e.cim_class <> 'Fuse'
    ORDER BY e.index
"""
OPERATIONS = "SELECT count(*) FROM network_operation WHERE executed_at IS NOT NULL"
MOVED = "SELECT count(*) FROM network_journalentry WHERE kind = 'position'"
MODEL = "oberrhein"


@pytest.fixture(scope="module")
def system(live_system: LiveSystem) -> LiveSystem:
    live_system.manage("load_demo")
    return live_system


@pytest.fixture
def anna(system: LiveSystem, browser: Browser) -> Iterator[Window]:
    window = Window(browser, system.base_url, "operator", DEMO_PASSWORD)
    yield window
    window.leave()
    assert not window.wrong


def diagram(anna: Window, mrid: str, name: str) -> None:
    """Its one-line diagram with the switch selected, as somebody at the diagram does it."""
    page = anna.open(f"/network/{MODEL}/one-line/{mrid}/")
    page.wait_for_selector("[data-one-line][data-ready]")
    page.locator("summary", has_text="switches as a list").click()
    page.locator("[data-diagram-list] button").filter(has_text=re.compile(rf"\b{re.escape(name)}\b")).first.click()
    anna.sees("#device-panel h2", name)


def moved(system: LiveSystem) -> tuple[int, int]:
    """Operations executed, and changes of switches in the journal."""
    return int(system.rows(OPERATIONS)[0][0]), int(system.rows(MOVED)[0][0])


def test_never_a_tagged_device_whatever_is_sent(system: LiveSystem, anna: Window) -> None:
    mrid, name = system.rows(BY_HAND)[3]
    diagram(anna, mrid, name)
    page, before = anna.page, moved(system)
    anna.press("Tag", "#device-panel .actions")
    page.locator("#dialog [value=inhibit]").check()
    page.fill("#tag-text", "crew 12 works behind it")
    page.locator("#dialog").get_by_role("button", name="Hang tag").click()
    first = page.locator("#device-panel .actions button").first
    expect(first).to_be_disabled(timeout=PATIENCE_MS)
    expect(first).to_have_attribute("title", re.compile("crew 12 works behind it"))
    select = f"/network/{MODEL}/select/{mrid}/open/"
    told = page.evaluate(
        """async (path) => {
          const headers = { "X-CSRFToken": document.body.dataset.csrf, "HX-Request": "true", "HX-Target": "dialog",
            "Content-Type": "application/x-www-form-urlencoded" };
          const answer = await fetch(path, { method: "POST", headers, body: "seen_number=0" });
          return await answer.text() + (answer.headers.get("HX-Trigger") ?? "");
        }""",
        select,
    )
    assert "crew 12 works behind it" in told
    assert "Step 2 of 2" not in told
    assert moved(system) == before
    anna.wrong[:] = [one for one in anna.wrong if "Failed to load resource" not in one]


def test_level_1_asks_before_it_acts(system: LiveSystem, anna: Window) -> None:
    """A note is a dialog that Escape leaves without a trace; without a text nothing is hung."""
    mrid, name = system.rows(BY_HAND)[5]
    diagram(anna, mrid, name)
    page, tags = anna.page, "SELECT count(*) FROM network_tag WHERE kind = 'note'"
    anna.press("Tag", "#device-panel .actions")
    page.fill("#tag-text", "half a thought")
    page.keyboard.press("Escape")
    anna.gone("#dialog")
    anna.press("Tag", "#device-panel .actions")
    expect(page.locator("#tag-text")).to_have_value("")
    page.keyboard.press("Enter")  # empty: the browser itself holds it back
    anna.sees("#dialog", "Tag")
    assert system.rows(tags) == [(0,)]
    page.fill("#tag-text", "nest in the pole top")
    page.keyboard.press("Enter")
    anna.sees("#device-panel .note", "nest in the pole top")
    assert system.rows(tags) == [(1,)]
