"""Nothing that moves a switch happens by one mis-click or one key."""

import pytest

from tests.browser.conftest import report, wait_for_map, wait_report

pytestmark = pytest.mark.browser


@pytest.fixture
def switch(page, stage):
    """The control room with a closed switch selected."""
    branch = stage.spots["partly"]
    page.goto(f"/?branch={branch}")
    wait_for_map(page)
    page.wait_for_selector("#device-panel .facts")
    return branch


def open_second_step(page):
    page.keyboard.press("Shift+X")
    page.wait_for_selector("[data-select]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-operate]")


def is_open(stage, branch):
    return bool(stage.do("look", branches=[branch])["states"][0] & 8)


def test_look_ahead_comes_first_and_nothing_is_sent(page, stage, switch):
    page.keyboard.press("Shift+X")
    page.wait_for_selector("[data-select]")
    text = page.locator("#dialog").inner_text()
    assert "388" in text
    assert "Nothing has been sent yet" in text
    page.keyboard.press("Escape")
    page.wait_for_function(
        "() => { const d = document.querySelector('#dialog'); return !d.open && !d.firstElementChild }"
    )
    assert not is_open(stage, switch)


ASKED = "performance.getEntriesByType('resource').filter((r) => /operate/.test(r.name) && r.initiatorType === 'xmlhttprequest').length"
SWAPPED = """(words) => {
  const panel = document.querySelector("#device-panel");
  panel.innerHTML = panel.innerHTML.replaceAll(...words);
  htmx.process(panel);
}"""


@pytest.mark.parametrize(("words", "opens"), [(("", ""), True), (("X</kbd>", "Y</kbd>"), False)])
def test_a_press_counts_though_the_panel_is_fetched_anew_under_it(page, switch, words, opens):
    """Only where the same button took its place: what says something else was not pressed."""
    box = page.locator("#device-panel .actions button").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate(SWAPPED, words)
    page.mouse.up()
    if opens:
        page.wait_for_selector("[data-select]")
    else:
        page.keyboard.press("Shift+X")  # the first dialog to arrive is the one of the key
        page.wait_for_selector("[data-select]")
        assert page.evaluate(ASKED) == 1


def test_a_press_counts_though_the_button_moves_under_it(page, switch):
    box = page.locator("#device-panel .actions button").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate(
        "document.querySelector('#device-panel .actions').before('What arrives late', document.createElement('hr'))"
    )
    page.evaluate("document.querySelector('#device-panel hr').style.height = '200px'")
    page.mouse.up()
    page.wait_for_selector("[data-select]")


def test_a_press_taken_elsewhere_does_not_count(page, switch):
    box = page.locator("#device-panel .actions button").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 200, box["y"] + 200)
    page.mouse.up()
    page.keyboard.press("Shift+X")  # the first dialog to arrive is the one of the key
    page.wait_for_selector("[data-select]")
    assert page.evaluate(ASKED) == 1


def test_enter_never_executes(page, stage, switch):
    open_second_step(page)
    page.keyboard.type(page.locator("[data-arm-digits]").get_attribute("data-arm-digits"))
    page.fill("#reason", "isolate the fault")
    assert page.locator("[data-execute]").is_enabled()
    for where in ("#reason", "#digits", "[data-execute]"):
        page.focus(where)
        page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert not is_open(stage, switch)
    assert page.locator("[data-operate]").is_visible()


def test_execute_is_armed_only_by_digits_and_reason(page, switch):
    open_second_step(page)
    execute = page.locator("[data-execute]")
    assert page.evaluate("document.activeElement.hasAttribute('data-close')")
    assert execute.is_disabled()
    digits = page.locator("[data-arm-digits]").get_attribute("data-arm-digits")
    page.keyboard.type(digits)
    assert page.locator("#digits").input_value() == digits
    assert execute.is_disabled()
    page.fill("#reason", "isolate the fault")
    assert execute.is_enabled()
    page.fill("#digits", "00x")
    assert execute.is_disabled()
    page.keyboard.press("Control+Enter")
    assert page.locator("[data-operate]").is_visible()


def test_buttons_of_both_steps_lie_apart(page, switch):
    page.keyboard.press("Shift+X")
    page.wait_for_selector("[data-select]")
    first = page.locator("[data-select]").bounding_box()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-operate]")
    second = page.locator("[data-execute]").bounding_box()
    assert second["x"] + second["width"] < first["x"]
    cancel = page.locator("[data-operate] [data-close]").bounding_box()
    assert cancel["x"] < first["x"] + first["width"] / 2 < cancel["x"] + cancel["width"]
    assert abs(cancel["y"] - first["y"]) < 20


def test_leaving_gives_the_device_back(page, stage, switch):
    before = stage.do("look")["released"]
    open_second_step(page)
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert stage.do("look")["released"] == before + 1


def test_armed_ctrl_enter_executes_once(page, stage, switch):
    open_second_step(page)
    page.keyboard.type(page.locator("[data-arm-digits]").get_attribute("data-arm-digits"))
    page.fill("#reason", "isolate the fault")
    seq = report(page)["seq"]
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    wait_report(page, f"r.seq > {seq}")
    assert is_open(stage, switch)
    page.get_by_text("Reported by the field").wait_for()
    page.wait_for_timeout(300)
    assert report(page)["seq"] == seq + 1
    stage.do("switch", branch=switch, open=False)


def test_lapsed_reservation_disarms(page, stage, switch):
    open_second_step(page)
    page.keyboard.type(page.locator("[data-arm-digits]").get_attribute("data-arm-digits"))
    page.fill("#reason", "isolate the fault")
    page.evaluate("document.querySelector('[data-operate]').dataset.endsAt = String(performance.now() + 300)")
    page.locator("[data-over]").wait_for(state="visible")
    assert page.locator("[data-execute]").is_disabled()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(200)
    assert not is_open(stage, switch)


def test_careful_level_asks_for_a_tick(page, stage):
    page.goto(f"/?branch={stage.spots['breaker']}")
    wait_for_map(page)
    open_second_step(page)
    assert page.locator("[data-execute]").is_disabled()
    page.keyboard.press("Control+Enter")
    page.check("[data-arm-tick]")
    assert page.locator("[data-execute]").is_enabled()
    page.keyboard.press("Escape")


def test_tagged_switch_says_why_it_cannot_be_operated(page, stage):
    page.goto(f"/?branch={stage.spots['tagged']}")
    wait_for_map(page)
    button = page.locator("#device-panel .actions button").first
    assert button.is_disabled()
    assert "only they lift it" in page.locator("#device-panel").inner_text()


def test_a_preview_on_the_map_is_offered_only_where_there_is_a_map(page, stage, switch):
    page.keyboard.press("Shift+X")
    page.wait_for_selector("[data-preview]", state="visible")
    address = page.evaluate("document.querySelector('#dialog form').getAttribute('action')")
    page.goto("/outages/2291/")
    page.evaluate("(address) => htmx.ajax('GET', address, {target: '#dialog', swap: 'innerHTML'})", address)
    page.wait_for_selector("[data-select]", state="attached")
    assert page.locator("[data-preview]").evaluate("button => getComputedStyle(button).display") == "none"
