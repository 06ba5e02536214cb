"""What FLISR may do on feeders that never tripped: seen, found, set and explained on one page."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core.models import ControlArea
from network.domain.draft import ModelDraft
from network.selectors import feeders as built
from network.selectors import state
from outages.domain.flisr import modes as domain
from outages.models import FlisrEvent, FlisrMode
from outages.services.flisr import modes
from tests import cast
from tests.builders.network import NetworkBuilder
from tests.outages.services.flisr_acting import allow
from tests.outages.views import scene
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db
PAGE = "/flisr/feeders/"
KEY = "story/CB1"


@pytest.fixture(autouse=True)
def network() -> None:
    state.forget()
    cast.publish(scene.named_feeder())


def rows(person: Person, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(person.get(f"{PAGE}?as=csv&{query}").content.decode())))


def test_a_feeder_that_never_tripped_gets_a_mode_of_its_own() -> None:
    senior = Person("SOP")
    page = text(senior.get(PAGE))
    assert "never tripped" in page and "held by the system" in page and "none set" in page
    address = page.split('hx-get="/flisr/mode/')[1].split('"')[0].replace("&amp;", "&")
    dialog = text(senior.fetch(f"/flisr/mode/{address}", target="dialog"))
    assert "<b>Feeder: CB1</b>" in dialog and '<option value="">none set' in dialog and "selected" not in dialog
    toast(senior.post(f"/flisr/mode/{address}", mode="disabled", reason="cables are joined here"))
    assert (modes.now(domain.FEEDER, KEY), FlisrEvent.objects.count()) == ("disabled", 0)
    page = text(senior.get(PAGE))
    assert "held by the feeder itself" in page and "cables are joined here" in page
    (line,) = rows(senior, "show=own")
    assert (line["device"], line["own"], line["applies"]) == ("CB1", "Disabled", "Disabled")


def test_the_lowest_mode_applies_and_the_page_says_whose_it_is() -> None:
    senior = Person("SOP")
    for mode, scope, key in (("manual", "system", ""), ("automatic", "feeder", KEY)):
        allow(mode, scope=scope, key=key)
    (line,) = rows(senior, "show=manual")
    assert (line["own"], line["applies"], line["held_by"]) == ("Automatic", "Manual", "held by the system")
    allow("restore_only", scope="area", key=line_area())
    (line,) = rows(senior, "show=restore_only")
    assert line["held_by"] == "held by its area"
    assert rows(senior, "show=manual") == []
    allow("automatic", scope="area", key=line_area())
    allow("automatic")
    (line,) = rows(senior, "show=automatic")
    assert line["held_by"] == "held by the system"


def line_area() -> str:
    (head,) = built.heads("story")
    return head.area


def test_feeders_are_found_by_name_device_and_area() -> None:
    senior = Person("SOP")
    area = line_area()
    assert len(rows(senior, f"q=cb1&area={area}")) == 1
    assert rows(senior, "q=nothing") == rows(senior, "area=elsewhere") == []
    assert "No feeder is found so" in text(senior.get(f"{PAGE}?q=nothing"))


def test_who_may_not_set_it_sees_it_without_a_button_and_is_refused() -> None:
    operator = Person("OPR")
    page = text(operator.get(PAGE))
    assert "CB1" in page and "/flisr/mode/" not in page
    address = f"/flisr/mode/?scope=feeder&key={KEY}"
    assert operator.post(address, mode="manual", reason="because").status_code == 403
    assert not FlisrMode.objects.exists()


def test_a_senior_operator_of_another_area_sees_it_and_may_not_set_it() -> None:
    ControlArea.objects.create(key="far", name="Far")
    elsewhere = Person("SOP", area="far")
    page = text(elsewhere.get(PAGE))
    assert "CB1" in page and "/flisr/mode/" not in page
    assert elsewhere.post(f"/flisr/mode/?scope=feeder&key={KEY}", mode="manual", reason="because").status_code == 403
    assert not FlisrMode.objects.exists()


def test_a_device_at_which_no_feeder_begins_has_no_mode() -> None:
    senior = Person("SOP")
    told = senior.fetch("/flisr/mode/?scope=feeder&key=story/SW1", target="dialog")
    assert "No feeder begins at SW1" in toast(told, 422)["text"]
    assert not FlisrMode.objects.exists()


def test_what_was_typed_stays_where_the_mode_is_refused() -> None:
    senior = Person("SOP")
    again = text(senior.post(f"/flisr/mode/?scope=feeder&key={KEY}", mode="manual", reason="no"))
    assert 'value="no"' in again and 'value="manual" selected' in again


def test_many_feeders_are_paged_and_asked_for_at_once(django_assert_max_num_queries) -> None:
    """As many queries for a hundred feeders with modes of their own as for one; one more for a second network."""
    senior = Person("SOP")
    text(senior.get(PAGE))
    with CaptureQueriesContext(connection) as one:
        text(senior.get(PAGE))
        asked = len(one)
    cast.publish(station(100))
    for number in range(1, 101):
        allow("manual", scope="feeder", key=f"station/CB{number:03}")
    assert "1–100 of 101 feeders" in text(senior.get(PAGE))
    with django_assert_max_num_queries(asked + 1):
        last = text(senior.get(PAGE, page=2))
    assert last.count("data-row=") == 1
    assert [line["device"] for line in rows(senior, "q=CB07")] == [f"CB07{number}" for number in range(10)]


def station(feeders: int) -> ModelDraft:
    """One source with so many feeders of one transformer each.

    S --+-- CB001 -- L001 -- T001 (3 customers)
        +-- CB002 -- L002 -- T002 (3 customers) ...
    """
    builder = NetworkBuilder("station").source("S").mark("bars")
    for number in range(1, feeders + 1):
        builder = builder.back_to("bars").breaker(f"CB{number:03}").line(f"L{number:03}")
        builder = builder.transformer(f"T{number:03}").customers(3)
    return builder.draft()


def test_rows_that_renew_themselves_bring_the_counts_of_the_chips() -> None:
    senior = Person("SOP")
    page, rows_only = text(senior.get(PAGE)), text(senior.fetch(PAGE, target="flisr-feeder-rows"))
    assert 'id="list-chips"' in page and "hx-swap-oob" not in page
    chips = rows_only.split('id="list-chips"')[1]
    assert 'hx-swap-oob="innerHTML"' in chips and 'id="chip-own"' in chips and "<span>0</span>" in chips
    allow("disabled", scope="feeder", key=KEY)
    own = text(senior.fetch(PAGE, target="flisr-feeder-rows")).split('id="chip-own"')[1].split("</a>")[0]
    assert "<span>1</span>" in own
