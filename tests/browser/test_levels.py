"""Never by one mis-click: a double-click on a row, a drag over the map and a hasty second press act on nothing they were not meant for."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_for_map, wait_report

pytestmark = pytest.mark.browser
SCREEN = """(b) => { const map = document.querySelector('[data-network-map]').networkMap;
  const { segments, geometry } = map.network, o = segments.items[segments.start[b]] * 4, q = geometry.quads;
  const box = map.overlay.context.canvas.getBoundingClientRect();
  return [box.left + map.view.sx((q[o] + q[o + 2]) / 2), box.top + map.view.sy((q[o + 1] + q[o + 3]) / 2)]; }"""
SHOW = "(b) => document.body.dispatchEvent(new CustomEvent('tieline:select', { detail: { branch: b, outage: '', from: 'list' } }))"


@pytest.fixture
def sent(page: Page) -> list[tuple[str, dict[str, list[str]]]]:
    """Whatever the page sends that is no mere look: the path, and the form."""
    found: list[tuple[str, dict[str, list[str]]]] = []

    def note(request) -> None:
        if request.method != "GET":
            found.append((request.url.removeprefix("http:"), parse_qs(request.post_data or "")))

    page.on("request", note)
    return found


@pytest.mark.parametrize("path", ["/outages/", "/calls/", "/dispatch/", "/messages/"])
def test_a_row_that_is_double_clicked_is_looked_at_and_nothing_is_sent(page, sent, path):
    page.goto(path)
    page.wait_for_selector("body[data-ws=open]")
    page.locator("[data-rows] [data-row]").first.dblclick()
    page.wait_for_timeout(500)
    assert sent == []
    assert not page.locator("#dialog").evaluate("(d) => d.open")


def test_a_drag_that_begins_on_a_switch_moves_the_map_and_opens_nothing(page, stage, sent):
    page.goto("/")
    wait_for_map(page)
    breaker = stage.spots["breaker"]
    page.evaluate(SHOW, breaker)
    page.wait_for_timeout(600)
    before = page.evaluate(SCREEN, breaker)
    page.mouse.move(*before)
    page.mouse.down()
    page.mouse.move(before[0] + 120, before[1] + 60, steps=8)
    page.mouse.up()
    wait_report(page, f"r.selected === {breaker}")
    after = page.evaluate(SCREEN, breaker)
    assert abs(after[0] - before[0] - 120) < 3 and abs(after[1] - before[1] - 60) < 3
    assert sent == []
    assert not page.locator("#dialog").evaluate("(d) => d.open")


def test_a_switch_that_is_double_clicked_on_the_map_is_selected_and_no_more(page, stage, sent):
    page.goto("/")
    wait_for_map(page)
    breaker = stage.spots["breaker"]
    page.evaluate(SHOW, breaker)
    page.wait_for_timeout(600)
    page.mouse.dblclick(*page.evaluate(SCREEN, breaker))
    page.wait_for_timeout(500)
    assert sent == []
    assert not page.locator("#dialog").evaluate("(d) => d.open")


def test_a_group_is_acknowledged_as_it_was_on_screen(page, sent):
    """What is sent are the numbers that were shown and the last transition that was seen, so that nothing newer is covered."""
    page.goto("/alarms/reset/")
    page.goto("/")
    wait_for_map(page)
    row = page.locator("[data-rows=alarms] [data-row='alarm-1']")
    form = row.locator("form")
    shown, seen = form.locator("[name=numbers]").input_value(), form.locator("[name=seen]").input_value()
    others = {one.input_value() for one in page.locator("[data-rows=alarms] [name=numbers]").all()} - {shown}
    assert len(shown.split(",")) > 1 and others
    row.locator("[data-acknowledge]").click()
    expect(row.locator("[data-acknowledge]")).to_have_count(0)
    ((_, told),) = [one for one in sent if "acknowledge" in one[0]]
    assert (told["numbers"], told["seen"]) == ([shown], [seen])
    expect(page.locator("[data-rows=alarms] [data-unread]")).not_to_have_count(
        0
    )  # the other groups still are to be seen


def test_a_drag_on_the_board_is_a_menu_too(page):
    """What a pointer drags, keys choose: each crew has a menu of the lanes."""
    page.goto("/dispatch/")
    cards = page.locator("[data-crew][draggable=true]")
    assert cards.count() > 0
    for card in cards.all():
        expect(card.locator("summary, button, select").first).to_be_visible()
