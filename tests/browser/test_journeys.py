"""The shortest ways of the design, counted: a dispatcher's crew on its way, a manager from the index to an outage."""

import re
from itertools import count

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


class Hand:
    """Whoever sits before the page; every key and click counts."""

    def __init__(self, page: Page) -> None:
        self._page, self.clicks, self.keys = page, 0, 0

    def click(self, place: Locator) -> None:
        self.clicks += 1
        place.click()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            self._page.keyboard.press(key)


def test_a_dispatcher_sends_a_crew_with_three_keys(page):
    """Design 5.2: three keys, or two to three clicks; undo while nothing is sent."""
    hand = Hand(page)
    page.goto("/dispatch/")
    page.wait_for_selector("body[data-ws=open]")
    hand.press("a")
    page.get_by_text("Assign C-12 to outage 2291?").wait_for()
    hand.press("Tab", "Enter")
    expect(page.locator(".toast button").first).to_have_text("Undo")
    assert (hand.keys, hand.clicks) == (3, 0)


def test_a_dispatcher_sends_a_crew_by_the_command_line(page):
    """Design 5.2: `a 2291 c12` and Enter."""
    page.goto("/dispatch/")
    page.keyboard.press("Shift+:")
    page.keyboard.type("a 2291 c12")
    page.wait_for_selector("[data-understood='a 2291 c12']")
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()


def test_a_manager_comes_from_the_index_to_an_outage_with_two_clicks(page):
    """Design 5.3: the first click shows causes and outages of a feeder on the same page, the second opens an outage."""
    hand = Hand(page)
    page.goto("/reliability/")
    page.evaluate("window.sameDocument = true")
    hand.click(page.locator("[data-rows=feeders] [data-primary]").first)
    expect(page.locator("#feeder-causes")).to_be_visible()
    assert page.evaluate("window.sameDocument === true")
    hand.click(page.locator("[data-rows=feeder-outages] [data-primary]").first)
    page.wait_for_url(re.compile(r"/outages/\d+/"))
    assert (hand.clicks, hand.keys) == (2, 0)


def test_every_figure_of_the_manager_has_its_rows_and_how_it_is_calculated(page):
    """Design 5.3: behind each index one click shows the ledger rows, another the method; Escape comes back."""
    page.goto("/reliability/")
    figures = page.locator(".tile button.value")
    for at, figure in zip(count(), figures.all(), strict=False):
        figure.click()
        expect(page.locator("#dialog h1")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#dialog")).to_be_hidden()
        assert at < 4
    page.get_by_role("button", name="How it is calculated").click()
    expect(page.locator("#dialog h1")).to_be_visible()
