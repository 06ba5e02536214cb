"""The second verdict on the page of an outage: there without a key, and still there when the page is renewed."""

import pytest

pytestmark = pytest.mark.browser
PANEL = "section[aria-label='Second verdict']"


def test_it_comes_by_itself_and_outlives_what_happens(page):
    page.goto("/outages/2291/")
    panel = page.locator(PANEL)
    panel.get_by_text("The likelihood engine says SW 4203-17").wait_for()
    told = panel.inner_text()
    page.wait_for_timeout(1100)  # a second verdict would tell another second
    with page.expect_response("**/outages/2291/"):
        page.evaluate("htmx.trigger(document.body, 'tieline:outages')")
    page.wait_for_timeout(200)
    assert panel.inner_text() == told


def test_it_is_asked_again_by_its_key(page):
    page.goto("/outages/2291/")
    panel = page.locator(PANEL)
    panel.get_by_text("The likelihood engine says SW 4203-17").wait_for()
    told = panel.inner_text()
    page.wait_for_timeout(1100)
    with page.expect_response("**/outages/2291/verdict/"):
        page.keyboard.press("2")
    page.wait_for_function("([panel, told]) => document.querySelector(panel).innerText !== told", arg=[PANEL, told])
