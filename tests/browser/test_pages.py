"""Every page in both themes: without an error, accessible by axe, and laid out for its screens."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser
PAGES = [
    "/",
    "/outages/",
    "/outages/2291/",
    "/outages/2291/evidence/",
    "/pings/",
    "/pings/1/",
    "/dispatch/",
    "/calls/",
    "/calls/new/",
    "/reliability/",
    "/alarms/",
    "/alarms/shelved/",
    "/alarms/stale/",
    "/alarms/rates/",
    "/alarms/kinds/",
    "/messages/",
    "/messages/1/",
    "/messages/partners/1/",
    "/messages/partners/1/change/",
    "/messages/partners/new/",
    "/rules/replays/",
    "/rules/replays/1/",
    "/rules/replays/2/",
    "/network/demo/one-line/S/",
    "/crew/",
    "/login/",
]
ERRORS = [400, 403, 404, 500]


@pytest.mark.parametrize("theme", ["night", "day"], indirect=True)
@pytest.mark.parametrize("address", PAGES)
def test_page_has_no_accessibility_violation(page, address):
    page.goto(address)
    page.wait_for_timeout(250)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(
    "dialog",
    [
        "/network/demo/operate/?branch=100&to=open",
        "/outages/2291/assign/",
        "/outages/2291/etr/",
        "/alarms/7/shelve/",
        "/pings/ask/",
        "/outages/2291/complete/",
        "/reliability/rows/",
        "/reliability/rows/1/",
        "/reliability/method/",
        "/network/demo/tag/",
        "/confirm/",
    ],
)
def test_dialog_has_no_accessibility_violation(page, dialog):
    page.goto("/messages/1/")
    page.evaluate("(path) => htmx.ajax('GET', path, {target: '#dialog', swap: 'innerHTML'})", dialog)
    page.wait_for_selector("#dialog[open]")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_dialog_by_its_bare_address_opens_in_its_page(page):
    page.goto("/outages/2291/etr/alone/")
    assert page.locator("#dialog").evaluate("(dialog) => dialog.matches(':modal')")
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    page.get_by_role("link", name="To the page it belongs to").click()
    page.wait_for_url("**/outages/2291/")


def test_toast_stands_above_the_open_dialog(page):
    page.goto("/outages/2291/etr/alone/")
    page.wait_for_selector("#dialog:modal")
    page.evaluate("htmx.trigger(document.body, 'toast', {text: 'Not changed', tone: 'error'})")
    toasts = page.locator("[data-toasts]")
    assert toasts.evaluate("(toasts) => toasts.matches(':popover-open')")
    box = toasts.bounding_box()
    assert abs(box["x"] + box["width"] / 2 - page.viewport_size["width"] / 2) < 2
    assert box["y"] > page.viewport_size["height"] / 2


@pytest.mark.parametrize("code", ERRORS)
def test_error_page_names_the_request(page, code):
    page.goto(f"/error/{code}/")
    page.wrong.clear()  # the browser reports the status itself as an error
    assert page.get_by_text("0a7f-19c2").is_visible()
    assert Axe().run(page).violations_count == 0


@pytest.mark.parametrize("address", PAGES)
def test_phone_scrolls_only_downwards(page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("address", ["/outages/", "/outages/2291/", "/pings/", "/messages/", "/reliability/", "/crew/"])
def test_tables_fit_on_a_phone(page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    page.wait_for_timeout(200)
    cut = "[...document.querySelectorAll('main :is(.wide, .scroll)')].filter((e) => e.scrollWidth > e.clientWidth + 2).map((e) => [e.innerText, e.scrollWidth])"
    assert page.evaluate(cut) == []


@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080)])
@pytest.mark.parametrize("address", ["/", "/dispatch/"])
def test_wide_screen_is_filled_without_scrolling(page, address, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollHeight") == size[1]
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_targets_are_large_enough_to_hit(page):
    page.goto("/")
    small = page.evaluate(
        """[...document.querySelectorAll('button, .button, select, input, summary')].filter((e) => e.checkVisibility() && !e.matches('.button-link, .name, .sr'))
             .map((e) => [e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, height]) => height < 24)"""
    )
    assert small == []


def test_theme_is_kept_and_rendered_by_the_server(page):
    page.goto("/outages/")
    page.keyboard.press("t")
    assert page.locator("html").get_attribute("data-theme") == "day"
    answer = page.goto("/calls/")
    assert 'data-theme="day"' in answer.text()


def test_styles_stay_small(stage):
    from pathlib import Path

    size = sum(file.stat().st_size for file in (Path(__file__).resolve().parents[2] / "static/css").glob("*.css"))
    assert size < 40_000
