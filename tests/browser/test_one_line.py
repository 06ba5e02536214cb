"""A one-line diagram in the browser: chosen by pointer, keys and list, shared with other windows, and moved by the map's own hub."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
ADDRESS = "/network/demo/one-line/S/"
CHOSEN = ".ol-symbol[data-chosen] title"


@pytest.fixture
def diagram(page):
    page.goto(ADDRESS)
    page.wait_for_selector("[data-one-line][data-ready]")
    return page


def symbol(page, name):
    return page.locator(".ol-symbol").filter(has=page.get_by_text(name, exact=True))


def test_arrows_go_from_device_to_device(diagram):
    expect(diagram.locator(CHOSEN)).to_have_text("Breaker Feeder A1")
    diagram.locator("[data-diagram-view]").focus()
    diagram.keyboard.press("ArrowRight")
    expect(diagram.locator(CHOSEN)).to_have_text("Breaker Feeder A2")
    diagram.keyboard.press("ArrowUp")
    expect(diagram.locator(CHOSEN)).to_have_text("Breaker Infeed A")
    expect(diagram.locator("[data-diagram-status]")).to_have_text("Breaker Infeed A: closed")


def test_state_has_shape_and_word(diagram):
    coupler, tripped = symbol(diagram, "Coupler"), symbol(diagram, "Feeder A1")
    expect(coupler).to_have_attribute("data-position", "open")
    expect(coupler.locator("use")).to_have_attribute("href", "#ol-breaker-open")
    expect(tripped).to_have_attribute("data-abnormal", "")
    expect(symbol(diagram, "Feeder B2").locator(".ol-flag")).to_have_text("TAG ◇?")
    expect(symbol(diagram, "TA").locator(".ol-value")).to_have_text("214 A")
    assert diagram.locator(".ol-wire[data-supply=dead]").count() > 0


def test_list_and_map_link_say_the_same(diagram):
    diagram.locator("summary", has_text="switches as a list").click()
    diagram.locator("[data-diagram-list] button", has_text="Coupler").click()
    expect(diagram.locator(CHOSEN)).to_have_text("Breaker Coupler")
    branch = symbol(diagram, "Coupler").get_attribute("data-branch")
    expect(diagram.locator("[data-on-map]")).to_have_attribute("href", f"/?model=demo&branch={branch}")


def test_windows_of_a_browser_share_what_is_chosen(diagram):
    beside = diagram.context.new_page()
    beside.goto(ADDRESS)
    beside.wait_for_selector("[data-one-line][data-ready]")
    symbol(diagram, "CB B").locator("use").click()
    expect(beside.locator(CHOSEN)).to_have_text("Breaker CB B")


def test_a_switch_that_opens_is_shown_open_without_a_reload(diagram, stage):
    breaker = symbol(diagram, "Infeed B")
    diagram.wait_for_selector("body[data-ws=open]")
    diagram.evaluate("window.sameDocument = true")
    expect(breaker).to_have_attribute("data-position", "closed")
    stage.do("switch", branch=int(breaker.get_attribute("data-branch")), open=True)
    expect(breaker).to_have_attribute("data-position", "open")
    assert diagram.evaluate("window.sameDocument === true")
    stage.do("switch", branch=int(breaker.get_attribute("data-branch")), open=False)
    expect(breaker).to_have_attribute("data-position", "closed")
