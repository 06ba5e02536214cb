"""The network map against the binary contract: deltas, gaps, picking, keys, its twin in words, and life without a worker."""

import pytest

from tests.browser.conftest import report, wait_for_map, wait_report

pytestmark = pytest.mark.browser

# Of the middle of a line, so much that more than a gap between two dashes is in it.
PIXEL = """([branch, name]) => { const map = document.querySelector('[data-network-map]').networkMap;
  const { segments, geometry } = map.network, o = segments.items[segments.start[branch]] * 4, q = geometry.quads;
  const x = Math.round(map.view.sx((q[o] + q[o + 2]) / 2)), y = Math.round(map.view.sy((q[o + 1] + q[o + 3]) / 2));
  const data = map.overlay.context.getImageData(x - 8, y - 8, 17, 17).data;
  let bright = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && Math.min(data[i], data[i + 1], data[i + 2]) > 240) bright++;
  return bright; }"""
SHOW = "(b) => document.body.dispatchEvent(new CustomEvent('tieline:select', { detail: { branch: b, outage: '', from: 'list' } }))"


@pytest.fixture
def room(page, stage):
    page.goto("/")
    wait_for_map(page)
    return page


def find_feeder_line(stage, room):
    """A breaker that is closed, and a line of its feeder."""
    return room.evaluate(
        """() => { const n = document.querySelector('[data-network-map]').networkMap.network;
          for (let b = 0; b < n.branches; b++) if (n.kind(b) === 1 && n.state[b] === 0) return { breaker: b, line: b + 1 }; }"""
    )


def test_switch_that_opens_turns_its_feeder_white_within_a_second(room, stage):
    found = find_feeder_line(stage, room)
    room.evaluate(SHOW, found["line"])
    room.wait_for_timeout(400)
    assert room.evaluate(PIXEL, [found["line"], ""]) == 0
    before = report(room)
    stage.do("switch", branch=found["breaker"], open=True)
    wait_report(room, f"r.seq === {before['seq'] + 1}", timeout=1000)
    room.wait_for_timeout(60)
    assert room.evaluate(PIXEL, [found["line"], ""]) > 3
    assert report(room)["unusual"] > before["unusual"]
    stage.do("switch", branch=found["breaker"], open=False)
    wait_report(room, f"r.unusual === {before['unusual']}")


def test_lost_frame_is_noticed_and_the_whole_state_fetched(room, stage):
    found = find_feeder_line(stage, room)
    before = report(room)
    stage.do("drop")
    stage.do("switch", branch=found["breaker"], open=True)
    stage.do("flood", count=20, seed=3)
    wait_report(room, f"r.seq === {before['seq'] + 2} && r.refetches > {before['refetches']}")
    stage.do("flood", count=20, seed=3)
    stage.do("switch", branch=found["breaker"], open=False)
    wait_report(room, f"r.unusual === {before['unusual']}")


def test_heartbeat_alone_uncovers_a_lost_frame(room, stage):
    before = report(room)
    stage.do("drop")
    stage.do("flood", count=8, seed=5)
    wait_report(room, f"r.seq === {before['seq'] + 1}", timeout=4000)
    stage.do("flood", count=8, seed=5)
    wait_report(room, f"r.unusual === {before['unusual']}")


def test_after_a_cut_everything_is_right_again(room, stage):
    before = report(room)
    stage.do("cut", refuse=1013)
    room.wait_for_selector("body[data-ws=closed]")
    stage.do("flood", count=300, seed=9)
    stage.do("cut", refuse=0)
    room.wait_for_selector("body[data-ws=open]")
    wait_report(room, f"r.seq === {before['seq'] + 1}")
    stage.do("flood", count=300, seed=9)
    wait_report(room, f"r.unusual === {before['unusual']}")
    room.wrong.clear()  # the refused connections


def test_click_on_a_breaker_opens_its_panel(room, stage):
    breaker = stage.spots["breaker"]
    room.evaluate(SHOW, breaker)
    room.wait_for_timeout(300)
    room.evaluate(
        "(b) => { const m = document.querySelector('[data-network-map]').networkMap; m.view.k = 0.3; const p = m.network.place(b); m.view.centre(p.x, p.y); m.paint(); }",
        breaker,
    )
    room.wait_for_timeout(200)
    box = room.locator("[data-map-view]").bounding_box()
    room.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    room.wait_for_selector("#device-panel .facts")
    assert "OPEN" in room.locator("#device-panel").inner_text()
    assert f"branch={breaker}" in room.url


def test_two_lines_in_one_spot_are_asked_about(room):
    room.evaluate(
        """() => { const m = document.querySelector('[data-network-map]').networkMap, n = m.network, q = n.geometry.quads;
          let b = 3; while (n.kind(b) || n.kind(b + 1) || n.geometry.branch[b + 1] !== b + 1) b++;
          m.view.k = 0.5; m.view.centre(q[b * 4 + 2], q[b * 4 + 3]); m.paint(); }"""
    )
    room.wait_for_timeout(200)
    box = room.locator("[data-map-view]").bounding_box()
    room.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    choices = room.locator("[data-map-choice] button")
    assert choices.count() >= 2
    choices.nth(1).click()
    room.wait_for_selector("#device-panel .facts")


def test_map_is_worked_by_keys_alone(room):
    view = room.locator("[data-map-view]")
    view.focus()
    before = report(room)["k"]
    room.keyboard.press("+")
    assert report(room)["k"] > before
    room.keyboard.press("0")
    assert report(room)["k"] == pytest.approx(before)
    room.keyboard.press("l")
    first = room.locator("[data-map-items] button").first
    assert first.evaluate("(e) => e === document.activeElement")
    room.keyboard.press("Enter")
    room.wait_for_selector("#device-panel .facts")
    room.keyboard.press("Escape")
    room.wait_for_selector("#abnormal-list", state="hidden")
    assert view.evaluate("(e) => e === document.activeElement")
    room.keyboard.press("Enter")
    assert "Selected" in room.locator("[data-map-status]").inner_text()


def test_list_names_what_the_map_shows_as_unusual(room, stage):
    room.click("[data-map-do=list] >> nth=0")
    words = room.locator("[data-map-items]").inner_text()
    assert "open, abnormal position, de-energised" in words
    assert "bad quality" in words
    assert "tagged" in words


def test_outage_of_the_list_is_shown_and_called_out(room, stage):
    room.click(".outage-cards .name >> nth=0")
    callout = room.locator("[data-map-callout]")
    callout.wait_for(state="visible")
    assert "2291" in callout.inner_text()
    assert report(room)["selected"] == stage.spots["breaker"]
    room.keyboard.press("o")
    room.wait_for_url("**/outages/2291/")


def test_theme_change_repaints_the_network(room):
    colour = "(() => { const c = document.querySelector('[data-map-base]'); return [...c.getContext('2d').getImageData(3, 3, 1, 1).data]; })()"
    night = room.evaluate(colour)
    room.keyboard.press("t")
    room.wait_for_timeout(400)
    day = room.evaluate(colour)
    assert sum(day[:3]) > sum(night[:3]) + 200


def test_map_lives_without_worker_and_offscreen_canvas(page, stage):
    page.add_init_script("delete window.OffscreenCanvas; delete window.Worker;")
    page.goto("/")
    wait_for_map(page)
    wait_report(page, "r.drawn > 1000 && r.worker === false")


def test_trace_lights_what_lies_below(room, stage):
    room.evaluate(SHOW, stage.spots["breaker"])
    room.wait_for_selector("#device-panel .facts")
    room.keyboard.press("d")
    room.get_by_text("downstream of").wait_for()
    lit = "document.querySelector('[data-network-map]').networkMap.glow.lit.length"
    assert room.evaluate(lit) > 0
    words = room.locator("#map-lit").inner_text()
    assert "customers" in words
    assert "kW" in words
    assert "critical" in words
    room.keyboard.press("Escape")
    assert room.locator("#map-lit").is_hidden()
    assert room.evaluate(lit) == 0
