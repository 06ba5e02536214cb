"""The public outage map in a browser: map and list say the same, it says how old it is, and asks for nothing else (X07).

No database: what the page shows is a file, and what answers is the middleware that needs none.
"""

import datetime as dt
import json
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as real
from django.test import Client

from adms.core import clock
from outages.services import public_map

pytestmark = pytest.mark.browser
OWN = {"/public/", *(f"/public/{name}" for name in (public_map.FIGURES, public_map.GROUND, *public_map.PAGE))}
GROUND = {"network": 0, "is_geographic": False, "size": [500.0, 500.0], "cells": [[0, 0], [1, 0], [2, 1], [6, 5]]}


def one(number: int, **columns: object) -> dict[str, object]:
    return {
        "id": f"id{number}", "area": "Oberrhein North Substation 2", "network": 0, "place": [1_250.0, 750.0], "customers": "10-49", "level": 2,
        "is_planned": False, "status": "Crew on site", "started_at": "2026-03-01T11:30:00+00:00",
        "etr_at": "2026-03-01T14:00:00+00:00", "etr_by": "crew", "cause": "Tree on the line", **columns,
    }  # fmt: skip


def write(folder, at, *outages, announced=()):
    told = {
        "format": 1, "generated_at": at.isoformat(), "period_s": 60, "smallest": 5, "outages": list(outages),
        "announced": list(announced),
        "summary": {"outages": len(outages), "planned": 1, "customers": "50-99"},
        "areas": [
            {"name": "Oberrhein North Substation 2", "outages": 2, "small": 1, "planned": 0, "customers": "10-49"},
            {"name": "South", "outages": 1, "small": 0, "planned": 1, "customers": "10-49"},
        ],
    }  # fmt: skip
    (folder / "outages.json").write_text(json.dumps(told))


@pytest.fixture
def folder(tmp_path, settings):
    settings.PUBLIC_DIR = tmp_path
    for name in public_map.PAGE:
        shutil.copy(real.BASE_DIR / "static" / "public" / name, tmp_path)
    (tmp_path / "service_area.json").write_text(json.dumps({"format": 1, "networks": [GROUND]}))
    planned = one(2, area="South", is_planned=True, place=[3_250.0, 2_750.0], etr_at=None, etr_by="", cause="")
    write(tmp_path, clock.now(), one(1), planned)
    return tmp_path


@pytest.fixture
def window(chromium, folder):
    """A browser whose requests the middleware answers: nothing else does."""
    page = chromium.new_page()
    page.asked, page.wrong = [], []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))

    def answer(route):
        path = route.request.url.removeprefix("http://map.test")
        page.asked.append(path)
        found = Client().get(path)
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)

    page.route("**/*", answer)
    yield page
    page.close()
    assert page.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_says_the_same_as_map_and_as_list_and_how_old_it_is(window, scheme):
    window.emulate_media(color_scheme=scheme)
    window.goto("http://map.test/public/")
    window.wait_for_selector("#outages tbody tr")
    assert window.locator("#map circle.mark").count() == 1
    assert window.locator("#map rect.mark.planned").count() == 1
    first, second = window.locator("#outages tbody tr").all_inner_texts()
    assert all(
        words in first
        for words in ("Oberrhein North Substation 2", "10–49", "said by the crew", "Crew on site", "Tree on the line")
    )
    assert all(words in second for words in ("South", "planned", "Not known yet"))
    assert "seconds ago" in window.locator("#age").inner_text()
    assert window.locator("#stale").is_hidden()
    assert set(window.asked) <= OWN
    assert Axe().run(window).violations_count == 0
    window.set_viewport_size({"width": 390, "height": 844})
    assert window.evaluate("document.documentElement.scrollWidth") <= 390
    assert Axe().run(window).violations_count == 0


def test_page_warns_of_old_figures_and_of_none(window, folder):
    write(folder, clock.now() - dt.timedelta(minutes=20), one(1))
    window.goto("http://map.test/public/")
    window.wait_for_selector("#stale:not([hidden])")
    assert "20 minutes old" in window.locator("#stale").inner_text()
    (folder / "outages.json").unlink()
    window.reload()
    window.wait_for_selector("#stale:not([hidden])")
    assert "tries again" in window.locator("#stale").inner_text()


def test_a_chosen_row_is_chosen_on_the_map_and_lists_can_be_narrowed(window):
    window.goto("http://map.test/public/")
    window.get_by_role("button", name="Oberrhein North Substation 2: show on the map").click()
    assert window.locator("#map .mark.is-chosen").count() == 1
    assert window.locator("#outages tr.is-chosen").count() == 1
    window.get_by_label("Planned work too").uncheck()
    assert window.locator("#outages tbody tr").count() == 1
    window.get_by_label("Area").select_option("South")
    assert window.locator("#none").is_visible()


def test_announced_work_stands_in_a_list_of_its_own_and_hollow_on_the_map(window, folder):
    ahead = {
        "id": "id9", "area": "South", "network": 0, "place": [250.0, 250.0], "customers": "10-49", "level": 2,
        "begins_at": "2026-03-08T08:00:00+00:00", "ends_at": "2026-03-08T12:00:00+00:00",
    }  # fmt: skip
    write(folder, clock.now(), one(1), announced=[ahead])
    window.goto("http://map.test/public/")
    window.wait_for_selector("#announced tbody tr")
    assert window.locator("#map rect.mark.announced").count() == 1
    assert "South" in window.locator("#announced tbody tr").inner_text()
    assert Axe().run(window).violations_count == 0
    window.get_by_label("Area").select_option("Oberrhein North Substation 2")
    assert window.locator("#no-announced").is_visible()
    assert window.locator("#map rect.mark.announced").count() == 0
    window.get_by_label("Area").select_option("")
    window.get_by_label("Planned work too").uncheck()
    assert window.locator("#announced tbody tr").count() == 0
