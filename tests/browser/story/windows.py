"""A person at a screen of their own: one browser context, signed in, whose pages must neither err nor ask another host."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright import sync_api
from playwright.sync_api import Browser, Locator, Page, Route, expect

# What a request cut off says: the person went on to another page, or a busy machine took longer than the page waits.
LATE = re.compile("htmx:(timeout|sendAbort|afterRequest)")
# What a browser writes down by itself when the server is away: no fault of the page.
UNREACHABLE = re.compile(r"net::ERR_|WebSocket connection to|Failed to load resource|htmx:(sendError|afterRequest)")
PATIENCE_MS = 60_000


class Window:
    """One page of one person; `wrong` is what it must not have done."""

    def __init__(self, browser: Browser, base_url: str, username: str, password: str) -> None:
        self.base_url = base_url
        self.wrong: list[str] = []
        self.is_server_away = False
        self.context = browser.new_context(
            base_url=base_url, viewport={"width": 1440, "height": 900}, color_scheme="dark"
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.route("**/*", self._guard)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(f"{username}: error {error}"))
        self.page.on("console", lambda message: self._said(username, message.type, message.text))
        self._sign_in(username, password)

    def _guard(self, route: Route) -> None:
        if route.request.url.startswith(self.base_url):
            route.continue_()
        else:
            self.wrong.append(f"asked {route.request.url}")
            route.abort()

    def _said(self, username: str, kind: str, text: str) -> None:
        if LATE.match(text):  # the page says so by itself and asks again
            return
        if kind == "error" and not (self.is_server_away and UNREACHABLE.search(text)):
            self.wrong.append(f"{username}: console {text} at {self.page.url}")

    def _sign_in(self, username: str, password: str) -> None:
        self.page.goto("/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/login/" not in url)

    def open(self, path: str) -> Page:
        """Go to a page and wait until it is live."""
        self.page.goto(path)
        self.page.wait_for_selector("body[data-ws=open]")
        return self.page

    @contextmanager
    def without_reload(self) -> Iterator[None]:
        """Whatever is seen inside came to the page by itself."""
        self.page.evaluate("window.sameDocument = true")
        yield
        assert self.page.evaluate("window.sameDocument === true"), f"{self.page.url} was loaded again"

    @contextmanager
    def server_away(self) -> Iterator[None]:
        """The server cannot be reached for a while, and the browser may say so."""
        self.is_server_away = True
        yield
        self.is_server_away = False

    # Looking

    def card(self, outage: int) -> Locator:
        """The card of an outage in the control room."""
        return self.page.locator(f".outage-cards [data-row='{outage}']")

    def sees_figure(self, label: str, value: int) -> None:
        """A figure of the top bar."""
        place = self.page.locator(".kpis > div").filter(has_text=label).locator("b")
        expect(place).to_have_text(spoken(value), timeout=PATIENCE_MS)

    def sees(self, place: Locator | str, text: str | re.Pattern[str] = "") -> Locator:
        """Wait for something to be visible and say this."""
        found = self.page.locator(place) if isinstance(place, str) else place
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        if text:
            expect(found).to_contain_text(text, timeout=PATIENCE_MS)
        return found

    def gone(self, place: Locator | str) -> None:
        """Wait for something not to be there, or not to be visible."""
        found = self.page.locator(place) if isinstance(place, str) else place
        expect(found).to_be_hidden(timeout=PATIENCE_MS)

    # Acting

    def press(self, name: str, within: str = "body") -> None:
        """Press the button that begins with these words."""
        self.page.locator(within).get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first.click()

    def choose(self, menu: str, words: str) -> None:
        """Choose from a menu, which closes whenever its part of the page is fetched anew."""
        found = self.page.locator(menu)
        for _ in range(20):
            with suppress(sync_api.TimeoutError):
                if found.get_attribute("open") is None:
                    found.locator("summary").click(timeout=5000)
                found.get_by_role("button", name=words, exact=True).click(timeout=2000)
                return
        raise AssertionError(f"{menu} never offered {words}")

    def find(self, name: str) -> None:
        """Find a device by its name and select it."""
        self.press("Find", "header")
        self.page.fill("#find-text", name)
        self.page.locator("#find-results").get_by_text(name, exact=True).first.click()
        self.sees("#device-panel h2", name)

    def operate(self, verb: str, reason: str) -> None:
        """Both steps of the operate dialog for the selected device, armed as far as the dialog asks."""
        dialog = self.page.locator("#dialog")
        self.press(verb, "#device-panel .actions")
        self.sees(dialog, "Step 1 of 2")
        dialog.locator("[data-select]").click()
        self.sees(dialog, "Step 2 of 2")
        execute = dialog.locator("[data-execute]")
        expect(execute).to_be_disabled()
        for digits in dialog.locator("[data-arm-digits]").all():
            digits.fill(digits.get_attribute("data-arm-digits") or "")
        for tick in dialog.locator("[data-arm-tick]").all():
            tick.check()
        dialog.locator("#reason").fill(reason)
        execute.click()

    def leave(self) -> None:
        """Close the window."""
        self.context.close()


def spoken(value: int) -> str:
    """A number as the pages write it: narrow spaces between thousands."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
