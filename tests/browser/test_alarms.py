"""Alarms in the control room: F8 goes to the next, A acknowledges, each also a button."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import wait_for_map

pytestmark = pytest.mark.browser


@pytest.fixture
def room(page):
    """The control room with three groups nobody has acknowledged."""
    page.goto("/alarms/reset/")
    page.goto("/")
    wait_for_map(page)
    page.wait_for_selector("[data-rows=alarms] [data-row]")
    return page


def test_f8_selects_the_most_urgent_and_a_acknowledges_its_group(room, stage):
    room.evaluate("document.body.addEventListener('tieline:select', (e) => { window.chosen = e.detail.branch })")
    room.keyboard.press("F8")
    expect(room.locator("[data-rows=alarms] [data-row='alarm-1']")).to_have_attribute("data-selected", "")
    expect(room.locator("#device-panel h2")).to_be_visible()
    assert room.evaluate("window.chosen") == stage.spots["breaker"]
    room.keyboard.press("a")
    expect(room.locator("[data-rows=alarms] [data-row='alarm-1']")).not_to_have_attribute("data-unread", "")
    expect(room.locator("[data-rows=alarms] [data-row='alarm-1'] [data-acknowledge]")).to_have_count(0)
    expect(room.locator("[data-rows=alarms] [data-row='alarm-3'][data-unread]")).to_have_count(1)


def test_f8_again_goes_to_the_next_one(room):
    room.keyboard.press("F8")
    expect(room.locator("[data-rows=alarms] [data-row='alarm-1']")).to_have_attribute("data-selected", "")
    room.keyboard.press("F8")
    expect(room.locator("[data-rows=alarms] [data-row='alarm-3']")).to_have_attribute("data-selected", "")


def test_a_row_acknowledges_by_its_button(room):
    room.locator("[data-rows=alarms] [data-row='alarm-4'] [data-acknowledge]").click()
    expect(room.locator("[data-rows=alarms] [data-row='alarm-4'][data-unread]")).to_have_count(0)


def test_the_sound_is_switched_off_and_stays_off(room):
    room.locator("header").get_by_label("Your account").click()
    switch = room.locator("[data-sound-switch]")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    room.reload()
    room.locator("header").get_by_label("Your account").click()
    expect(room.locator("[data-sound-word]")).to_have_text("off")
