"""The shortest ways of the design on the running system, by keys and clicks that are counted (design 5.2 to 5.4; 5.1: test_breaker_trips).

a fuse blows               -> the dispatcher has a crew sent with three keys, or by the command line; the crew accepts with one tap
a year lies behind         -> the manager comes from the index of the last closed month to an outage with two clicks
a system is to be joined   -> the integrator makes a partner, copies what the page says, pastes it into a shell: accepted
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.field import Field, ago
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
A_YEAR = "from adms.core import clock; from tests.builders import crowded; crowded.fill(at=clock.now(), past=300, rows_each=8, going=0)"


@dataclass
class Hand:
    """Whoever sits before the page; every key and click counts, what is typed into a field does not."""

    page: Page
    clicks: int = 0
    keys: list[str] = field(default_factory=list)

    def click(self, place: Locator) -> None:
        self.clicks += 1
        place.click()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys.append(key)
            self.page.keyboard.press(key)


@pytest.fixture
def people(live_system: LiveSystem, browser: Browser) -> Iterator[dict[str, Window]]:
    """Windows by account, opened when asked for, whose pages must not have erred."""
    opened = _Opened(browser, live_system.base_url)
    yield opened
    for name, window in opened.items():
        assert window.wrong == [], name
        window.leave()


class _Opened(dict[str, Window]):
    def __init__(self, browser: Browser, base_url: str) -> None:
        self._browser, self._base_url = browser, base_url

    def __missing__(self, name: str) -> Window:
        self[name] = Window(self._browser, self._base_url, name, DEMO_PASSWORD)
        return self[name]


@pytest.fixture(scope="module")
def utility(live_system: LiveSystem) -> Iterator[Field]:
    found = Field(live_system)
    yield found
    found.commands.close()


def test_a_dispatcher_has_a_crew_sent_with_three_keys_and_the_next_by_the_command_line(
    utility: Field, people: dict[str, Window]
) -> None:
    breaker, _ = utility.breaker_and_switch()
    fuse, other = utility.fuses(2, outside=breaker)
    tom = people["dispatcher"]
    page = tom.open("/dispatch/")
    utility.gasp(fuse, ago(5))
    outage = utility.outage_at(fuse)
    tom.sees("#dispatch-crews [data-key=a]:not([disabled])")
    hand = Hand(page)
    with tom.without_reload():
        hand.press("a")
        tom.sees("#dialog", f"{outage}")
        hand.press("Tab", "Enter")
        tom.sees(".toast", "Undo")
        tom.sees("#lanes", f"{outage}")
        assert (hand.keys, hand.clicks) == (["a", "Tab", "Enter"], 0)
        utility.gasp(other, ago(4))
        second = utility.outage_at(other)
        tom.sees(f"tr[data-row='{second}']")
        page.keyboard.press("Shift+:")
        page.keyboard.type(f"a {second} c12")
        page.wait_for_selector(f"[data-understood='a {second} c12']")
        page.keyboard.press("Enter")
        expect(page.locator("#lanes .lane").nth(1)).to_contain_text("Trouble 12", timeout=PATIENCE_MS)


def test_a_manager_comes_from_the_index_of_the_last_month_to_an_outage_with_two_clicks(
    utility: Field, people: dict[str, Window]
) -> None:
    utility.system.manage("shell", "-c", A_YEAR)
    page = people["manager"].open("/reliability/")
    hand = Hand(page)
    with people["manager"].without_reload():
        hand.click(page.locator("[data-rows=feeders] [data-primary]").first)
        people["manager"].sees("#feeder-causes")
    hand.click(page.locator("[data-rows=feeder-outages] [data-primary]").first)
    page.wait_for_url(re.compile(r"/outages/\d+/"))
    people["manager"].sees("main h1", re.compile(r"^Outage \d+"))
    assert (hand.clicks, hand.keys) == (2, [])


@pytest.mark.skipif(shutil.which("curl") is None, reason="what the page says to type is typed, and needs curl")
def test_an_integrator_is_accepted_after_four_clicks_two_keys_and_a_paste(
    utility: Field, people: dict[str, Window], tmp_path: Path
) -> None:
    adam = people["administrator"]
    adam.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = adam.open("/")
    hand = Hand(page)
    hand.press("g", "m")
    page.wait_for_url("**/messages/")
    hand.click(page.get_by_role("link", name=re.compile("^New partner")))
    page.get_by_label("Name", exact=True).fill("Head-end north")
    page.get_by_label("Source: what its messages say").fill("HES-NORTH")
    hand.click(page.locator(".chip", has_text="created EndDeviceEvents"))
    hand.click(page.get_by_role("button", name="Make it"))
    page.wait_for_selector("body[data-ws=open]")
    hand.click(page.get_by_role("button", name="Copy"))
    adam.sees(".toast", "Copied")
    pasted = page.evaluate("navigator.clipboard.readText()")
    assert (hand.clicks, hand.keys) == (4, ["g", "m"])
    done = subprocess.run(["bash", "-c", pasted], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.count("Result>OK<") == 2  # rehearsed, and taken
    adam.sees("#first-state", "✓ accepted")  # by itself
    page.locator("#first-state a").click()
    page.locator("#message-rows [data-primary]").first.click()
    adam.sees("main", "✓ taken")
