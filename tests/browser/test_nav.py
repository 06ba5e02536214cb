"""The main bar on every width: an entry is there whole or in the menu "More", never cut, and the page is never wider than the screen."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
CUT = """() => { const bar = document.querySelector('.nav').getBoundingClientRect();
  return [...document.querySelectorAll('.nav a')].filter((a) => a.getBoundingClientRect().right > bar.right + 1).map((a) => a.textContent.trim()); }"""
ENTRIES = "() => [...document.querySelectorAll('[data-nav] a')].map((a) => a.textContent.trim())"


@pytest.mark.parametrize("width", [1920, 1440, 1280, 1024, 390])
def test_no_entry_is_cut_and_none_is_lost(page, width):
    page.set_viewport_size({"width": 1920, "height": 800})
    page.goto("/outages/")
    every = page.evaluate(ENTRIES)
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(200)
    assert page.evaluate(CUT) == []
    assert page.evaluate(ENTRIES) == every
    assert page.evaluate("document.querySelector('.top').scrollWidth") <= width


def test_what_does_not_fit_is_in_the_menu_and_its_key_works_all_the_same(page):
    page.set_viewport_size({"width": 900, "height": 800})
    page.goto("/outages/")
    more = page.locator("[data-nav-more]")
    more.locator("summary").click()
    expect(more.get_by_role("link", name="Summary")).to_be_visible()
    page.keyboard.press("Escape")
    expect(more.get_by_role("link", name="Summary")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("y")
    page.wait_for_url("**/summary/")


def test_entries_come_back_when_there_is_room(page):
    page.set_viewport_size({"width": 900, "height": 800})
    page.goto("/outages/")
    expect(page.locator("[data-nav-more]")).to_be_visible()
    page.set_viewport_size({"width": 1920, "height": 800})
    expect(page.locator(".nav").get_by_role("link", name="Summary")).to_be_visible()
