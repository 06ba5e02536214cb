"""Ctrl+K: find anything and do anything by keys alone, and nothing by an Enter that came too early."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
CHOSEN = "#find-list [aria-selected=true]"


def visit(page, address):
    """Until the page has what it asked for: a request given up by leaving is an error in the browser's console."""
    page.goto(address)
    page.wait_for_load_state("networkidle")


def open_palette(page):
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#find-results [role=option]")
    page.wait_for_selector(CHOSEN)


def test_a_page_is_reached_in_one_chord_its_first_letters_and_enter(page):
    visit(page, "/reliability/")
    page.keyboard.press("Control+k")
    page.keyboard.type("calls")
    expect(page.locator(CHOSEN)).to_contain_text("Calls")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/")


def test_an_enter_before_the_answer_takes_what_was_typed_not_what_was_shown(page):
    visit(page, "/reliability/")
    open_palette(page)
    page.keyboard.type("2291")
    page.keyboard.press("Enter")
    page.wait_for_url("**/outages/2291/")


def test_escape_closes_it_whatever_was_typed(page):
    visit(page, "/reliability/")
    open_palette(page)
    page.keyboard.type("calls")
    expect(page.locator(CHOSEN)).to_contain_text("Calls")
    page.keyboard.press("Escape")
    expect(page.locator("#find")).not_to_be_visible()


def test_a_command_opens_the_dialog_its_button_opens_and_does_nothing_by_itself(page):
    visit(page, "/reliability/")
    open_palette(page)
    page.keyboard.type(">freeze")
    expect(page.locator(CHOSEN)).to_contain_text("Freeze remote control…")
    expect(page.locator(f"{CHOSEN} kbd")).to_have_text("Ctrl+Shift+F")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_contain_text("Confirm outage")
    expect(page.locator("#find")).not_to_be_visible()


def test_keys_of_the_page_behind_are_offered_and_pressed(page):
    visit(page, "/dispatch/")
    page.keyboard.press("Control+k")
    page.keyboard.type("command line")
    expect(page.locator(CHOSEN)).to_contain_text("Command line")
    page.keyboard.press("Enter")
    expect(page.locator("#command")).to_be_focused()


def test_what_was_chosen_lately_comes_first_but_no_customer_is_kept(page):
    visit(page, "/reliability/")
    open_palette(page)
    page.keyboard.type("weber")
    expect(page.locator(CHOSEN)).to_contain_text("Weber, Ida")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/new/")
    open_palette(page)
    page.keyboard.type("2291")
    expect(page.locator(CHOSEN)).to_contain_text("2291")
    page.keyboard.press("Enter")
    page.wait_for_url("**/outages/2291/")
    open_palette(page)
    expect(page.locator("[data-palette-recent] [role=option]")).to_have_count(1)
    expect(page.locator(CHOSEN)).to_contain_text("2291")


def test_arrows_walk_through_all_groups_and_the_field_names_the_chosen_one(page):
    visit(page, "/dispatch/")
    open_palette(page)
    names = [page.locator(CHOSEN).inner_text()]
    for _ in range(2):
        page.keyboard.press("ArrowDown")
        names.append(page.locator(CHOSEN).inner_text())
        expect(page.locator("#find-text")).to_have_attribute(
            "aria-activedescendant", page.locator(CHOSEN).get_attribute("id")
        )
    assert len(set(names)) == 3


@pytest.mark.parametrize("theme", ["night", "day"], indirect=True)
def test_the_open_palette_has_no_accessibility_violation(page):
    visit(page, "/dispatch/")
    open_palette(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
