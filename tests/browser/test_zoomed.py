"""Pages at 200 % zoom on a small screen (half the pixels): nothing lies over anything else, nothing is beyond the edge."""

import pytest

from tests.browser.test_pages import PAGES

pytestmark = pytest.mark.browser
#: Buttons and links of a page's head that another one covers.
COVERED = """() => [...document.querySelectorAll('.top :is(a, button, summary), .headline :is(a, button, b, .muted), .page-head :is(a, button)')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().width).filter((e) => {
    const box = e.getBoundingClientRect(), x = box.left + Math.min(3, box.width / 2), y = box.top + box.height / 2;
    const hit = document.elementFromPoint(x, y);
    return y < innerHeight && hit && !e.contains(hit) && !hit.contains(e);
  }).map((e) => e.textContent.trim())"""


@pytest.mark.parametrize("address", [address for address in PAGES if address != "/login/"])
def test_nothing_covers_the_buttons_of_its_head_and_nothing_is_beyond_the_edge(page, address):
    page.set_viewport_size({"width": 960, "height": 540})
    page.goto(address)
    page.wait_for_timeout(300)
    assert page.evaluate(COVERED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 960
