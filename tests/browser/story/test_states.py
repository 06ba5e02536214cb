"""The states of every screen, opened from the table of screens itself: live, the socket lost, a part that failed, a disabled control
that says why, and nothing there yet. A screen that is added is tested here without a word."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, Route, TimeoutError, WebSocketRoute, expect  # noqa: A004 - Playwright's own

from adms.core.demo import DEMO_PASSWORD
from adms.core.screens import Screen
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem
from tests.screenshots import by_account

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOWN = [(account, one) for account, several in by_account("").items() for one in several]
FAILED = {"X-Request-ID": "0a7f-19c2"}
#: Parts of the page under `main` that fetch themselves, each with where its answer goes.
PARTS = """() => [...document.querySelectorAll('main [hx-get][hx-trigger*="tieline:"]')].length"""
TELL = """() => new Set([...document.querySelectorAll('main [hx-trigger*="tieline:"]')].flatMap((e) =>
  e.getAttribute('hx-trigger').match(/tieline:[a-z-]+/g))).forEach((event) => document.body.dispatchEvent(new CustomEvent(event)))"""
#: Buttons one sees and cannot press, without a word why.
MUTE = """() => [...document.querySelectorAll('main :is(button, .button):is(:disabled, [aria-disabled=true])')]
  .filter((e) => e.checkVisibility() && !e.title && !e.getAttribute('aria-describedby')).map((e) => e.textContent.trim())"""
#: Tables without a row, and words of emptiness without words.
BARE = """() => [...document.querySelectorAll('main tbody')].filter((e) => e.checkVisibility() && !e.rows.length).map((e) => e.parentElement.outerHTML.slice(0, 200))
  .concat([...document.querySelectorAll('main .empty')].filter((e) => !e.textContent.trim()).map((e) => e.outerHTML))"""


class Wire:
    """The websockets of a page; a test lets them fall silent."""

    def __init__(self, page: Page) -> None:
        self.is_silent = False
        page.route_web_socket(re.compile("/ws/"), self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda frame: None if self.is_silent else socket.send(frame))


@pytest.fixture(scope="module")
def windows(live_system: LiveSystem, chromium: Browser) -> Iterator[dict[str, tuple[Window, Wire]]]:
    live_system.manage("load_demo")
    opened: dict[str, tuple[Window, Wire]] = {}
    for account in dict(SHOWN):
        window = Window(chromium, live_system.base_url, account, DEMO_PASSWORD)
        window.page.clock.install()
        opened[account] = (window, Wire(window.page))
    yield opened
    for window, _ in opened.values():
        window.leave()


@pytest.mark.parametrize(("account", "screen"), SHOWN, ids=[one.view for _, one in SHOWN])
def test_screen_keeps_its_word_in_every_state(
    windows: dict[str, tuple[Window, Wire]], account: str, screen: Screen
) -> None:
    window, wire = windows[account]
    page = window.page
    answer = page.goto(reverse(screen.view, args=screen.args))
    assert answer is not None
    assert answer.status == 200
    expect(page.locator("h1:visible, main h2:visible").first).to_be_visible()
    assert page.evaluate(MUTE) == []
    assert page.evaluate(BARE) == []
    if page.locator("body[data-push]").count():
        loses_its_socket(page, wire)
    loses_a_part(window)


def loses_its_socket(page: Page, wire: Wire) -> None:
    """Old data is said to be old within 6 s, operating is held back, and all comes back by itself."""
    page.wait_for_selector("body[data-ws=open]")
    page.wait_for_selector("[data-live][data-state=open]")
    wire.is_silent = True
    page.clock.fast_forward(6500)
    expect(page.locator("[data-stale-banner]")).to_be_visible()
    expect(page.locator("[data-stale-banner]")).to_contain_text(re.compile(r"\d+ s"))
    expect(page.locator("[data-live]")).to_contain_text("Lost")
    assert page.locator("[data-needs-live]:enabled").count() == 0
    wire.is_silent = False
    expect(page.locator("[data-stale-banner]")).to_be_hidden(timeout=PATIENCE_MS)


def loses_a_part(window: Window) -> None:
    """A part whose answer fails says so with the number of the request, offers to try again, and leaves the rest as it was."""
    page = window.page
    if not page.evaluate(PARTS):
        return
    page.route("**/*", lambda route: fail(route, window))
    window.is_server_away = True
    page.evaluate(TELL)
    notes = page.locator("main [data-failed]")
    expect(notes.first).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_timeout(300)  # whatever else fails has failed
    assert all("0a7f-19c2" in words for words in notes.all_inner_texts())
    page.unroute_all(behavior="ignoreErrors")
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while notes.count():
        assert time.monotonic() < deadline, notes.all_inner_texts()
        with suppress(TimeoutError):  # it went by itself: another part's answer brought it along
            notes.first.get_by_role("button").click(timeout=1000)
        page.wait_for_timeout(200)
    window.is_server_away = False


def fail(route: Route, window: Window) -> None:
    if route.request.headers.get("hx-request"):
        route.fulfill(status=500, headers=FAILED, body="")
    else:
        route.fallback()


def test_second_browser_is_told_of_the_first(live_system: LiveSystem, chromium: Browser) -> None:
    one = Window(chromium, live_system.base_url, "manager", DEMO_PASSWORD)
    one.open("/outages/")
    one.page.wait_for_timeout(8000)  # longer than the hub takes to tell who is there
    one.open("/outages/")
    expect(one.page.locator(".control-bar").first).to_contain_text("Control")
    expect(one.page.locator(".control-bar .tag", has_text="also at")).to_have_count(0)
    other = Window(chromium, live_system.base_url, "manager", DEMO_PASSWORD)
    seen = other.page.locator(".control-bar .tag", has_text="also at 127.0.0.1")
    for _ in range(20):
        other.open("/outages/")
        other.page.wait_for_timeout(500)
        if seen.count():
            break
    expect(seen).to_be_visible()
    one.leave()
    other.leave()


def test_nobody_is_refused_without_reason_and_number(live_system: LiveSystem, chromium: Browser) -> None:
    window = Window(chromium, live_system.base_url, "crew", DEMO_PASSWORD)
    window.is_server_away = True  # the browser itself writes the status into its console
    answer = window.page.goto("/accounts/")
    assert answer is not None
    assert answer.status == 403
    expect(window.page.locator("main")).to_contain_text(answer.headers["x-request-id"])
    expect(window.page.locator("main .note")).not_to_be_empty()
    answer = window.page.goto("/there/is/nothing/here/")
    assert answer is not None
    assert answer.status == 404
    expect(window.page.locator("main")).to_contain_text(answer.headers["x-request-id"])
    window.leave()
