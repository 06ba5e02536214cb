"""The address of a dialog opened by itself, in a new tab or by reload: a page with the dialog in it, never a bare fragment."""

import re

import pytest

from adms.core.services import areas, leases
from tests.people import Person, text

pytestmark = pytest.mark.django_db
SETTING = f"/settings/{leases.LEASE}/"


@pytest.fixture
def jo(db) -> Person:
    areas.ensure(key="north", name="North")
    return Person("ADM", name="jo")


def test_a_dialog_by_its_bare_address_is_a_page_with_the_dialog_in_it(jo):
    page = text(jo.get(SETTING))
    assert page.startswith("<!DOCTYPE html>")
    inside = re.search(r'<dialog data-dialog id="dialog"[^>]*>(.*?)</dialog>', page)[1]
    heading = re.search(r"<h1>\s*(.*?)\s*</h1>", inside)[1]
    assert f"<title>{heading} · Tieline</title>" in page


def test_it_leads_to_the_nearest_page_above_it(jo):
    assert 'href="/settings/">To the page it belongs to' in text(jo.get(SETTING))
    assert 'href="/accounts/of/jo/">To the page it belongs to' in text(jo.get("/accounts/of/jo/do/deactivate/"))


def test_a_dialog_in_a_page_is_its_content_only(jo):
    assert "<!DOCTYPE" not in text(jo.fetch(SETTING, target="dialog"))


def test_what_a_form_is_sent_to_says_so_to_who_comes_by_its_bare_address(jo):
    response = jo.get("/rules/replays/ask/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "only takes what a form sends" in text(response, 405)
    assert jo.client.head("/rules/replays/ask/").content == b""
