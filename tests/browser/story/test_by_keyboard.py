"""The pages of orders, safety, load shedding, suggestions, studies, control, interlocks, FLISR and the audit trail without a mouse:
every action is a stop of Tab that one sees, dialogs are left by Escape to where they were opened, and axe finds nothing by night or day.
Tables of theirs, of administrators and of the shift fit on a phone.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from adms.core.demo import DEMO_PASSWORD
from tests.browser.story.desk import Desk
from tests.browser.story.keyboard import accessible, walk
from tests.browser.story.windows import PATIENCE_MS, Window
from tests.live import LiveSystem

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETTLED_MS = 700
WORDS = "(e) => e.getAttribute('aria-label') ?? e.textContent.trim()"
#: Who opens it, and its address, or its name among what the desk has made.
PAGES = [
    ("operator", "/orders/"),
    ("operator", "/orders/new/"),
    ("operator", "order draft"),
    ("operator", "order written anew"),
    ("operator", "order checked"),
    ("senior", "order checked"),
    ("operator", "order in_execution"),
    ("operator", "versions of an order"),
    ("operator", "/orders/suggest/"),
    ("operator", "/orders/suggest/?goal=relieve"),
    ("operator", "/orders/suggest/?goal=cold_load"),
    ("operator", "/orders/suggest/?goal=rotate"),
    ("operator", "suggestion done"),
    ("operator", "suggestion failed"),
    ("operator", "suggestion rotate"),
    ("senior", "/orders/load-shed/"),
    ("operator", "/orders/load-shed/"),
    ("operator", "/studies/"),
    ("operator", "study"),
    ("operator", "study, faulted"),
    ("operator", "/control/"),
    ("senior", "/control/"),
    ("engineer", "/control/interlocks/"),
    ("senior", "/flisr/"),
    ("auditor", "/audit/"),
    ("administrator", "/audit/"),
]
#: Pages whose tables are as wide as a phone.
ON_A_PHONE = [
    ("administrator", "/accounts/"),
    ("administrator", "/accounts/roles/"),
    ("administrator", "/settings/"),
    ("administrator", "/audit/?show=all"),
    ("administrator", "/messages/"),
    ("administrator", "/models/"),
    ("operator", "/critical/"),
    ("operator", "/shift/"),
    ("operator", "/control/"),
    ("operator", "order in_execution"),
]
#: A page, and the words of the button that opens a dialog on it.
DIALOGS = [
    ("operator", "order draft", "Request"),
    ("operator", "order checked", "Rework"),
    ("senior", "order checked", "Approve"),
    ("operator", "order in_execution", "Draft one"),
    ("operator", "order in_execution", "Operate step 2"),
    ("operator", "order in_execution", "Leave out step 2"),
    ("operator", "order in_execution", "Issue SD"),
    ("operator", "/control/", "Freeze"),
    ("operator", "/control/", "Take"),
    ("engineer", "/control/interlocks/", "Take away"),
]


@pytest.fixture(scope="module")
def desk(live_system: LiveSystem, chromium: Browser) -> Iterator[Desk]:
    live_system.manage("load_demo")
    names = ("operator", "senior", "engineer", "auditor", "administrator")
    people = {name: Window(chromium, live_system.base_url, name, DEMO_PASSWORD) for name in names}
    yield Desk(live_system, people)
    for window in people.values():
        window.leave()


@pytest.mark.parametrize(("account", "place"), PAGES)
def test_page_is_walked_by_tab_and_accessible(desk: Desk, account: str, place: str) -> None:
    window = opened(desk, account, place)
    wrong = walk(window.page) + accessible(window.page)
    assert not wrong, "\n".join(wrong)
    assert not window.wrong


@pytest.mark.parametrize(("account", "place", "button"), DIALOGS)
def test_dialog_is_walked_by_tab_and_left_to_where_it_was_opened(
    desk: Desk, account: str, place: str, button: str
) -> None:
    window = opened(desk, account, place)
    page, dialog = window.page, window.page.locator("#dialog")
    opener = page.locator("main").get_by_role("button", name=button).first
    words = opener.evaluate(WORDS)
    opener.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible(timeout=PATIENCE_MS)
    assert dialog.evaluate("(e) => e.contains(document.activeElement)"), "the focus did not go into the dialog"
    wrong = walk(page) + accessible(page)
    assert not wrong, "\n".join(wrong)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden(timeout=PATIENCE_MS)
    page.wait_for_timeout(SETTLED_MS)  # what follows the dialog is fetched anew
    assert page.evaluate(f"({WORDS})(document.activeElement)") == words
    assert not window.wrong


@pytest.mark.parametrize(("account", "place"), ON_A_PHONE)
def test_tables_fit_on_a_phone(desk: Desk, account: str, place: str) -> None:
    page = desk.people[account].page
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        opened(desk, account, place)
        assert page.locator("main table").count()
        wide = (
            "(found) => found.filter((e) => e.scrollWidth > e.clientWidth + 2).map((e) => [e.innerText, e.scrollWidth])"
        )
        assert page.locator("main .wide").evaluate_all(wide) == []
    finally:
        page.set_viewport_size(before)


def opened(desk: Desk, account: str, place: str) -> Window:
    """A page as somebody opens it, once it is live and its parts are there."""
    window = desk.people[account]
    window.open(desk.pages.get(place, place))
    window.page.wait_for_timeout(SETTLED_MS)
    return window
