"""A diagram of more than a thousand symbols: drawn on a canvas, chosen by pointer, keys and list, moved by the map's own hub."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
DIAGRAM = "document.querySelector('[data-one-line]').diagram"
STATUS = "[data-diagram-status]"


@pytest.fixture
def diagram(page):
    page.goto("/network/demo/one-line/L/")
    page.wait_for_selector("[data-one-line][data-ready]")
    return page


def place(page: Page, name: str) -> tuple[float, float]:
    """Where a symbol stands in the window, after it was brought into view."""
    found = page.evaluate(
        f"""name => {{
          const {{sheet}} = {DIAGRAM}, {{canvas}} = sheet, one = sheet.drawing.symbols.find((symbol) => symbol.name === name);
          sheet.choose(one.branch);
          const box = canvas.getBoundingClientRect();
          return [box.left + one.x * sheet.scale - canvas.offsetLeft, box.top + one.y * sheet.scale - canvas.offsetTop];
        }}""",
        name,
    )
    return found[0], found[1]


def pixels(page: Page, name: str, half: int = 9) -> set[str]:
    """Colours drawn around a symbol that is in view."""
    x, y = place(page, name)
    page.evaluate(f"{DIAGRAM}.sheet.choose(-1)")
    page.wait_for_timeout(100)
    found = page.evaluate(
        """([x, y, half]) => {
          const canvas = document.querySelector('[data-diagram-large] canvas'), box = canvas.getBoundingClientRect();
          const ratio = canvas.width / box.width;
          const {data} = canvas.getContext('2d').getImageData((x - box.left - half) * ratio, (y - box.top - half) * ratio, half * 2 * ratio, half * 2 * ratio);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
          return [...seen];
        }""",
        [x, y, half],
    )
    return set(found)


def colour(page: Page, name: str) -> str:
    """A colour of the theme as a canvas has it: "r,g,b"."""
    told = str(page.evaluate(f"name => {DIAGRAM}.sheet.colours[name]", name))
    return told.removeprefix("rgb(").removesuffix(")").replace(" ", "")


def test_it_is_a_canvas_and_no_thousand_elements(diagram):
    assert diagram.evaluate(f"{DIAGRAM}.sheet.drawing.symbols.length") > 1000
    assert diagram.locator(".ol-symbol").count() == 0
    view = diagram.locator("[data-diagram-view]")
    canvas = diagram.locator("[data-diagram-large] canvas").bounding_box()
    assert canvas["width"] <= view.bounding_box()["width"]
    assert view.evaluate("view => view.scrollWidth > view.clientWidth || view.scrollHeight > view.clientHeight")


def test_a_click_chooses_the_device_under_the_pointer(diagram):
    diagram.mouse.click(*place(diagram, "F 41-2"))
    expect(diagram.locator(STATUS)).to_have_text("Fuse F 41-2: closed")
    assert "branch=" in diagram.locator("[data-on-map]").get_attribute("href")
    assert colour(diagram, "sel") in pixels_chosen(diagram, "F 41-2")


def pixels_chosen(page: Page, name: str) -> set[str]:
    x, y = place(page, name)
    page.wait_for_timeout(100)
    return set(
        page.evaluate(
            """([x, y]) => {
              const canvas = document.querySelector('[data-diagram-large] canvas'), box = canvas.getBoundingClientRect();
              const ratio = canvas.width / box.width;
              const {data} = canvas.getContext('2d').getImageData((x - box.left - 26) * ratio, (y - box.top - 2) * ratio, 52 * ratio, 4 * ratio);
              return [...Array(data.length / 4).keys()].map((i) => `${data[i * 4]},${data[i * 4 + 1]},${data[i * 4 + 2]}`);
            }""",
            [x, y],
        )
    )


def test_from_afar_several_devices_are_under_the_pointer_and_the_user_says_which(diagram):
    diagram.locator("[data-diagram-do=fit]").click()
    diagram.evaluate(f"{DIAGRAM}.zoom(0.2)")
    diagram.mouse.click(*place(diagram, "F 20-3"))
    choice = diagram.locator("[data-diagram-choice]")
    expect(choice).to_be_visible()
    expect(choice.locator("button").first).to_be_focused()
    words = choice.locator("button").first.inner_text().split("\n")[0]
    diagram.keyboard.press("Enter")
    expect(choice).to_be_hidden()
    expect(diagram.locator(STATUS)).to_contain_text(words.split(":")[0].strip()[:8])
    expect(diagram.locator("[data-diagram-view]")).to_be_focused()


def test_arrows_walk_and_the_chosen_device_stays_in_view(diagram):
    diagram.locator("[data-diagram-view]").focus()
    for _ in range(12):
        diagram.keyboard.press("ArrowRight")
    diagram.keyboard.press("ArrowDown")
    expect(diagram.locator(STATUS)).not_to_be_empty()
    seen = diagram.evaluate(
        f"""() => {{
          const {{sheet, view, chosen}} = {DIAGRAM}, one = sheet.symbols.get(chosen);
          const [x, y] = [one.x * sheet.scale - view.scrollLeft, one.y * sheet.scale - view.scrollTop];
          return x > 0 && y > 0 && x < view.clientWidth && y < view.clientHeight;
        }}"""
    )
    assert seen


def test_the_list_says_the_same_in_words(diagram):
    diagram.locator("summary", has_text="as a list").click()
    diagram.locator("[data-diagram-list] button", has_text="F 30-3").click()
    expect(diagram.locator(STATUS)).to_have_text("Fuse F 30-3: open, abnormal position")


def test_what_is_open_and_dead_looks_so_from_near_and_from_afar(diagram):
    dead, line = colour(diagram, "dead"), colour(diagram, "line")
    assert dead in pixels(diagram, "T 30-3")
    assert dead not in pixels(diagram, "T 31-3") and line in pixels(diagram, "T 31-3")
    diagram.locator("[data-diagram-do=fit]").click()
    assert colour(diagram, "text") in pixels(diagram, "F 30-3", half=12)


@pytest.mark.parametrize("theme", ["night", "day"], indirect=True)
def test_the_page_is_accessible(diagram):
    assert Axe().run(diagram).violations_count == 0


def test_a_change_of_the_network_is_drawn_without_a_reload(diagram, stage):
    diagram.wait_for_selector("body[data-ws=open]")
    branch = diagram.evaluate(f"{DIAGRAM}.sheet.places[20].branch")
    frames = diagram.evaluate(f"{DIAGRAM}.sheet.frames")
    diagram.evaluate(f"{DIAGRAM}.sheet.branch({branch}, 64)")
    diagram.wait_for_function(f"before => {DIAGRAM}.sheet.frames > before", arg=frames)


def test_frames_stay_short_while_a_thousand_symbols_are_seen(diagram):
    diagram.locator("[data-diagram-do=fit]").click()
    took = diagram.evaluate(
        f"""async () => {{
          const {{sheet}} = {DIAGRAM}, all = [];
          for (let i = 0; i < 30; i++) {{
            for (const one of sheet.places) sheet.branch(one.branch, i % 2 ? 1 : 0);
            const begun = performance.now();
            await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
            all.push(performance.now() - begun);
          }}
          return all.sort((a, b) => a - b)[15];
        }}"""
    )
    assert took < 250  # two frames, on a machine that other tests keep busy
