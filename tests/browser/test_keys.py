"""Keys: each also a button, none in the way of typing."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import wait_for_map

pytestmark = pytest.mark.browser


def test_question_mark_lists_the_keys_of_the_page(page):
    page.goto("/dispatch/")
    page.keyboard.press("Shift+?")
    words = page.locator("[data-keys-list]").inner_text()
    assert "Command line" in words
    assert "Outages" in words
    page.keyboard.press("Escape")
    assert page.locator("#help").evaluate("(d) => !d.open")


@pytest.mark.parametrize("key", ["Shift+?", "F1"])
def test_help_says_what_the_screen_shows(page, key):
    page.goto("/dispatch/")
    page.keyboard.press(key)
    expect(page.locator("#help")).to_contain_text("crews ranked for the selected one")
    expect(page.locator("#help-title")).to_have_text("Dispatch")


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_find_opens_by_key_and_takes_the_first_answer(page, key):
    page.goto("/reliability/")
    page.keyboard.press(key)
    page.keyboard.type("22")
    page.wait_for_selector("#find-results [aria-selected=true]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/outages/2291/")


def test_find_on_the_map_page_selects_without_leaving(page):
    page.goto("/")
    wait_for_map(page)
    page.keyboard.press("/")
    page.keyboard.type("cb 42")
    page.wait_for_selector("#find-results [aria-selected=true]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#device-panel .facts")
    assert page.locator("#find").evaluate("(d) => !d.open")


def test_g_then_a_letter_goes_to_a_page(page):
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/dispatch/")


def test_letters_typed_in_a_field_are_text(page):
    page.goto("/calls/")
    page.click("form[role=search] input[type=search]")
    page.keyboard.type("nth?")
    assert page.locator("form[role=search] input[type=search]").input_value() == "nth?"
    assert page.url.endswith("/calls/")


def test_letters_can_be_switched_off(page):
    page.goto("/calls/")
    page.keyboard.press("Shift+?")
    page.uncheck("[data-letters]")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_timeout(200)
    assert page.url.endswith("/calls/")
    page.keyboard.press("Control+k")
    assert page.locator("#find").evaluate("(d) => d.open")


def test_customer_is_found_with_two_letters_and_enter(page):
    page.goto("/calls/new/")
    page.keyboard.type("we")
    page.wait_for_selector("#customer-results [aria-selected=true]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#customer input[name=usage_point]", state="attached")
    assert "Weber, Ida" in page.locator("#customer").inner_text()
    assert page.url.endswith("/calls/new/")


def test_command_is_sent_only_when_understood(page, stage):
    page.goto("/dispatch/")
    page.keyboard.press("Shift+:")
    assert page.evaluate("document.activeElement.id") == "command"
    page.keyboard.type("a 22")
    page.get_by_text("Not understood yet").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert page.locator("#command").input_value() == "a 22"
    page.keyboard.type("91 c12")
    page.wait_for_selector("[data-understood='a 2291 c12']")
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()
    expect(page.locator("#command")).to_have_value("")


def test_rows_are_walked_with_arrows(page):
    page.goto("/outages/")
    page.locator("[data-row='2291'] [data-primary]").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "2290"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/outages/2291/")


def test_assigning_is_three_steps_by_keys(page):
    page.goto("/dispatch/")
    page.keyboard.press("a")
    page.get_by_text("Assign C-12 to outage 2291?").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".toast").wait_for()
    assert page.locator(".toast button").first.inner_text() == "Undo"
    assert page.locator("#dialog").evaluate("(d) => !d.open")


def test_every_stop_of_a_date_field_shows_that_it_has_the_focus(page):
    page.goto("/reliability/")
    page.click("#own-days summary")
    field = page.locator("#from-day")
    field.focus()
    outlines = []
    while field.evaluate("(e) => document.activeElement === e"):
        outlines.append(field.evaluate("(e) => getComputedStyle(e).outlineStyle"))
        page.keyboard.press("Tab")
    assert outlines == ["solid"] * 4, "month, day, year, and the button that opens the calendar"
