"""A page as somebody has it who uses no mouse: where Tab goes, whether one sees where one is, and what one cannot get to.

walk(page) -> what is wrong, in words; nothing where every action is a stop of Tab, in the sequence of the page, seen, and left again
"""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: What can have the focus in the open dialog, or in the page: by words that tell one from the other, each once.
_STOPS = """() => {
  const root = document.querySelector('dialog:modal') ?? document.body;
  const may = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  window.stopOf = (e) => [e.localName, e.type, e.name, e.id, e.getAttribute('href'), e.getAttribute('aria-label') ?? e.innerText?.slice(0, 60)]
    .filter(Boolean).join(' ').replace(/\\s+/g, ' ');
  const there = [...root.querySelectorAll(may)].filter((e) => !e.disabled && e.tabIndex >= 0 && !e.closest('[inert]')
    && e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length);
  const isOnlyOne = (e) => e.type !== 'radio' || e.checked || ![...root.querySelectorAll(`[name="${e.name}"]:checked`)].length;
  const moved = there.filter((e) => { for (let at = e; at && at !== root; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.order !== '0' || style.flexDirection.endsWith('reverse')) return true; } return false; });
  return {
    stops: [...new Set(there.filter(isOnlyOne).map(window.stopOf))],
    out_of_sequence: [...there.filter((e) => e.tabIndex > 0), ...moved].map(window.stopOf),
  };
}"""
#: Where the focus is, whether one sees it, and whether something lies over it.
_HERE = """() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1), y = Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const isTop = !!top && (e.contains(top) || top.contains(e) || [...(e.labels ?? [])].some((label) => label.contains(top)));
  return {
    name: window.stopOf(e),
    is_seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none',
    is_on_top: isTop && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def walk(page: Page) -> list[str]:
    """Press Tab from the beginning of the page, or of the dialog that is open, until it has been everywhere."""
    page.evaluate("document.querySelector('dialog:modal') ? null : document.activeElement?.blur()")
    told: dict[str, Any] = page.evaluate(_STOPS)
    wanted, been = dict.fromkeys(told["stops"]), list[str]()
    wrong = [f"out of the sequence of the page: {name}" for name in told["out_of_sequence"]]
    here = page.evaluate(_HERE)
    is_dialog = (
        here is not None
    )  # a dialog is walked round from where it begins, a page from its first stop to its last
    for _ in range(8 * len(wanted) + 20):  # a date is several stops
        if here is not None:
            been.append(here["name"])
            wrong += [f"has the focus and does not show it: {here['name']}"] * (not here["is_seen"])
            wrong += [f"has the focus and is covered: {here['name']}"] * (not here["is_on_top"])
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if (here is None and been and not is_dialog) or (here and is_dialog and here["name"] == been[0] and been[1:]):
            break
    else:
        wrong.append(f"Tab does not get beyond {been[-1] if been else 'the beginning'}")
    wrong += [f"Tab never comes to {name}" for name in wanted if name not in been]
    return list(dict.fromkeys(wrong))


def accessible(page: Page) -> list[str]:
    """What axe finds by night and by day, of whatever impact."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        told = Axe().run(page)
        found += [f"{scheme}: {told.generate_report()}"] * bool(told.violations_count)
    return found
