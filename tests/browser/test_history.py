"""The time slider: nobody takes the past for live, nothing is operated in it, and one key leads back."""

import pytest

from tests.browser.conftest import report, wait_for_map, wait_report

pytestmark = pytest.mark.browser
SHOW = "(b) => document.body.dispatchEvent(new CustomEvent('tieline:select', { detail: { branch: b, outage: '', from: 'list' } }))"


@pytest.fixture
def room(page, stage):
    page.goto("/")
    wait_for_map(page)
    return page


def enter(room):
    room.keyboard.press("h")
    room.wait_for_selector("body[data-as-it-was]")


def test_the_past_says_what_it_is_and_changes_the_whole_picture(room):
    live = report(room)["unusual"]
    assert live > 0
    enter(room)
    bar = room.locator("[data-history]")
    assert "AS IT WAS" in bar.inner_text()
    assert "412 customers without supply" in bar.inner_text()
    wait_report(room, "r.unusual === 0")
    frame = room.locator(".map").evaluate("(e) => getComputedStyle(e).outlineWidth")
    assert frame == "4px"


def test_nothing_is_operated_in_the_past_and_one_key_leads_back_to_live(room, stage):
    live = report(room)["unusual"]
    room.evaluate(SHOW, stage.spots["tie"])
    room.wait_for_selector("#device-panel .facts")
    operate = room.locator("#device-panel [data-key='shift+x']")
    assert operate.is_enabled()
    enter(room)
    room.locator("#device-panel").get_by_text("nothing can be operated in the past").wait_for()
    assert operate.count() == 0
    place = room.locator("[data-needs-live]:not(:disabled):visible")
    assert place.count() == 0
    room.keyboard.press("h")
    room.wait_for_selector("body:not([data-as-it-was])")
    wait_report(room, f"r.unusual === {live}")
    room.locator("#device-panel [data-key='shift+x']").wait_for()
    assert room.locator("#device-panel [data-key='shift+x']").is_enabled()


def test_what_happens_meanwhile_is_not_drawn_into_the_past_and_is_there_afterwards(room, stage):
    before = report(room)["unusual"]
    enter(room)
    wait_report(room, "r.unusual === 0")
    stage.do("flood", count=40, seed=11)
    room.wait_for_timeout(700)
    assert report(room)["unusual"] == 0
    room.keyboard.press("h")
    wait_report(room, f"r.unusual > {before}")
    stage.do("flood", count=40, seed=11)
    wait_report(room, f"r.unusual === {before}")


def test_one_steps_to_changes_drags_and_types_a_time(room):
    enter(room)
    words = room.locator("[data-history-words]")
    first = words.inner_text()
    assert room.locator("[data-history-do=next]").is_disabled()
    room.locator("[data-history-do=previous]").click()
    room.wait_for_timeout(300)
    stepped = words.inner_text()
    assert stepped != first
    room.locator("[data-history-slider]").fill("500")
    room.wait_for_timeout(400)
    assert words.inner_text() != stepped
    room.locator("[data-history-time]").fill("14:02:31")
    room.keyboard.press("Enter")
    room.wait_for_timeout(300)
    assert words.inner_text() == "14:02:31"
    room.keyboard.press("Escape")
    room.wait_for_selector("body:not([data-as-it-was])")


def test_what_is_not_normal_is_listed_with_since_when_who_and_why(room):
    room.keyboard.press("b")
    room.locator("#map-lit").get_by_text("tree on the line").wait_for()
    text = room.locator("#map-lit").inner_text()
    assert "a.moreno" in text
    assert "(normal: closed)" in text
    assert "LIVE" in text
    assert room.evaluate("document.querySelector('[data-network-map]').networkMap.glow.lit.length") > 0
