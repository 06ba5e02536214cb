"""The page knows how old it is, and says so."""

import pytest

from tests.browser.conftest import wait_for_map

pytestmark = pytest.mark.browser


@pytest.fixture
def silence(stage):
    stage.do("silence", on=True)
    yield
    stage.do("silence", on=False)


def test_silent_server_makes_the_page_stale_and_holds_operating_back(page, stage):
    page.goto(f"/?branch={stage.spots['partly']}")
    wait_for_map(page)
    operate = page.locator("#device-panel [data-needs-live]").first
    assert operate.is_enabled()
    stage.do("silence", on=True)
    try:
        page.wait_for_selector("body[data-stale]", timeout=9500)
        assert page.locator("[data-stale-banner]").is_visible()
        assert "Lost" in page.locator("[data-live]").inner_text()
        assert operate.is_disabled()
    finally:
        stage.do("silence", on=False)
    page.wait_for_selector("body:not([data-stale])")
    assert operate.is_enabled()
    assert page.locator("[data-stale-banner]").is_hidden()


def test_change_refetches_only_the_fragments_of_its_topic(page, stage):
    page.goto("/")
    wait_for_map(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(stage.url).split("?")[0]))
    stage.do("tell", topics=["outages"])
    page.wait_for_timeout(900)
    assert "/side/" in asked
    assert "/network/demo/journal/" not in asked


def test_burst_of_changes_is_one_refetch_per_quarter_second(page, stage):
    page.goto("/")
    wait_for_map(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(20):
        stage.do("tell", topics=["calls"])
    page.wait_for_timeout(900)
    assert 1 <= sum("/intake/" in url for url in asked) <= 6


def test_reconnect_refetches_everything(page, stage):
    page.goto("/")
    wait_for_map(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(stage.url).split("?")[0]))
    stage.do("cut")
    page.wait_for_selector("body[data-ws=closed]")
    page.wait_for_selector("body[data-ws=open]")
    page.wait_for_timeout(900)
    assert {"/side/", "/network/demo/journal/", "/intake/", "/kpis/"} <= set(asked)


def test_ended_session_leads_to_the_login(page, stage):
    page.goto("/outages/")
    page.wait_for_selector("body[data-ws=open]")
    stage.do("cut", refuse=4401)
    try:
        page.wait_for_url("**/login/")
    finally:
        stage.do("cut", refuse=0)
        page.wrong.clear()


def test_failed_panel_says_so_and_keeps_what_it_had(page, stage):
    page.goto("/outages/2291/")
    page.evaluate("htmx.ajax('GET', '/fails/', {target: '#outage', swap: 'innerHTML'})")
    note = page.locator("#outage > [data-failed]")
    note.wait_for()
    assert "0a7f-19c2" in note.inner_text()
    assert page.locator("#why-title").is_visible()
    page.wrong.clear()


def test_opened_line_of_an_explanation_survives_a_refetch(page, stage):
    page.goto("/outages/2291/")
    page.wait_for_selector("body[data-ws=open]")
    page.click("#reason-2 summary")
    with page.expect_response("**/outages/2291/"):
        stage.do("tell", topics=["outages"])
    page.wait_for_timeout(300)
    assert page.locator("#reason-2").get_attribute("open") is not None


def test_what_a_crew_types_survives_the_changes_of_the_field_and_goes_with_its_report(page, stage):
    page.goto("/crew/")
    page.wait_for_selector("body[data-ws=open]")
    note = page.locator("textarea[name=note]").first
    note.fill("Branch on the line, saw is on its way")
    with page.expect_response("**/crew/jobs/"):
        stage.do("tell", topics=["outages"])
    page.wait_for_timeout(300)
    assert note.input_value() == "Branch on the line, saw is on its way"


def test_chosen_row_stays_chosen_after_a_refetch(page, stage):
    page.goto("/dispatch/")
    page.wait_for_selector("body[data-ws=open]")
    page.click("[data-row='2290'] td >> nth=3")
    page.get_by_text("Crews for outage 2290").wait_for()
    with page.expect_response("**/dispatch/outages/"):
        stage.do("tell", topics=["outages"])
    page.wait_for_timeout(300)
    assert page.locator("tr[data-row='2290']").get_attribute("data-selected") is not None


def test_row_whose_crews_are_shown_is_marked_without_a_choice(page, stage):
    page.goto("/dispatch/")
    page.wait_for_selector("body[data-ws=open]")
    page.get_by_text("Crews for outage 2291").wait_for()
    with page.expect_response("**/dispatch/outages/"):
        stage.do("tell", topics=["outages"])
    page.wait_for_timeout(300)
    assert page.locator("[data-rows=dispatch-outages] [data-selected]").get_attribute("data-row") == "2291"
