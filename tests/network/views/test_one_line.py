"""The one-line diagram of a feeder or station: its page, what is live on it, the same by REST."""

import json
import re

import pytest

from adms.core import clock
from network.domain.draft import Drawn
from network.models import TelemetryPoint
from network.selectors import state
from network.services import positions
from network.services.moving import PositionReport
from network.views import one_line, one_line_print
from tests import rest
from tests.people import Person, text
from tests.rest import NORTH, Api

pytestmark = pytest.mark.django_db
FEEDER = "/network/twin/one-line/Feeder N/"


@pytest.fixture
def room() -> Person:
    rest.publish()
    return Person("OPR")


def branch(mrid: str) -> int:
    return state.present("twin").grid.branch_index(mrid)


def test_a_feeder_shows_its_devices_and_where_its_tie_leads(room):
    page = text(room.get(FEEDER))
    for name in ("CBN", "FN", "TN1", "SWN", "TIE"):
        assert f"{name}</text>" in page
    assert "5 customers" in page
    assert 'href="/network/twin/one-line/Feeder%20S/"' in page


def test_a_station_shows_its_feeders_as_ways_out(room):
    page = text(room.get("/network/twin/one-line/South/"))
    assert "CBS</text>" in page
    assert 'href="/network/twin/one-line/Feeder%20S/"' in page
    assert "TS1</text>" not in page


def test_a_device_leads_to_its_diagram_and_is_chosen_there(room):
    page = text(room.get("/network/twin/one-line/SWN/"))
    assert f'data-branch="{branch("SWN")}"' in page
    assert "<h1" in page
    assert "Feeder N" in page
    panel = text(room.fetch("/network/twin/device/", mrid="SWN"))
    assert "/network/twin/one-line/SWN/" in panel


def test_what_is_live_follows_the_journal(room):
    before = room.get(f"{FEEDER}live.json").json()
    breaker, node = str(branch("CBN")), str(state.present("twin").grid.branch_to[branch("LN")])
    assert (before["branches"][breaker], before["nodes"][node]) == (0, 0)
    at = clock.now()
    report = PositionReport("twin", "CBN", at, is_closed=False)
    positions.record_positions(actor=rest.SYSTEM, source="scada", reports=[report], at=at)
    after = room.get(f"{FEEDER}live.json").json()
    assert after["branches"][breaker] == 8 | 16  # open, not as normal; live above
    assert after["nodes"][node] == 1
    assert after["sequence"] > before["sequence"]


def test_readings_come_in_the_units_people_speak_in(room):
    at = clock.now()
    version = state.present("twin").version_id
    TelemetryPoint.objects.create(
        version_id=version,
        mrid="a",
        name="a",
        equipment_mrid="CBN",
        kind="current",
        phases=7,
        value=123.4,
        quality="good",
        occurred_at=at,
    )
    TelemetryPoint.objects.create(
        version_id=version,
        mrid="p",
        name="p",
        equipment_mrid="CBN",
        kind="active_power",
        phases=7,
        value=4.2e6,
        quality="stale",
        occurred_at=at,
    )
    values = room.get(f"{FEEDER}live.json").json()["values"][str(branch("CBN"))]
    assert [(one["text"], one["is_bad"]) for one in values] == [("4.20 MW", True), ("123 A", False)]


def test_what_is_not_there_is_said(room):
    assert room.get("/network/twin/one-line/nothing/").status_code == 404
    assert room.get("/network/none/one-line/SWN/").status_code == 404


def test_without_the_right_nothing_is_shown():
    rest.publish()
    assert Person("").get(FEEDER).status_code == 403


def test_rest_tells_the_layout_and_what_is_live():
    rest.publish()
    told = Api("OPR", NORTH).get("network/twin/one-line/Feeder N")
    assert told.status_code == 200, told.content
    body = told.json()
    assert (body["kind"], body["name"], body["is_given"]) == ("feeder", "Feeder N", False)
    symbols = {one["mrid"]: one["kind"] for one in body["symbols"]}
    assert (symbols["CBN"], symbols["FN"], symbols["TN1"]) == ("breaker", "fuse", "service")
    assert {one["mrid"] for one in body["wires"]} >= {"LN", "LN2"}
    assert [one["leads_to"] for one in body["marks"]] == ["Feeder S"]
    assert body["live"]["branches"][str(branch("CBN"))] == 0


def test_positions_that_the_files_had_are_kept_with_the_version():
    """S06."""
    draft = rest.twin()
    places = {"CBS": [(10.0, 10.0)], "TIE": [(30.0, 10.0)], "TS1": [(20.0, 30.0)], "LS": [(12.0, 10.0), (28.0, 10.0)]}
    draft.diagrams["D"] = [Drawn(mrid, points) for mrid, points in places.items()]
    rest.publish(draft)
    own = Api("OPR").get("network/twin/one-line/Feeder S").json()
    assert own["is_given"]
    symbols = {one["mrid"]: (one["x"], one["y"]) for one in own["symbols"] if one["mrid"]}
    assert symbols["TIE"][0] - symbols["CBS"][0] == symbols["TS1"][1] - symbols["CBS"][1] > 0
    assert not Api("OPR").get("network/twin/one-line/Feeder N").json()["is_given"]


def test_the_diagram_is_printed_as_pdf_with_its_names_and_time(room):
    answer = room.get(f"{FEEDER}print.pdf", paper="a3")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    for word in (b"(CBN)", b"(TIE)", b"(Feeder S)", b"/MediaBox [ 0 0 1190"):
        assert word in answer.content


def test_a_large_diagram_is_drawn_on_a_canvas_and_a_small_one_of_elements(room, monkeypatch):
    assert "data-diagram-large" not in text(room.get(FEEDER))
    monkeypatch.setattr(one_line, "MOST_ELEMENTS", 3)
    page = text(room.get(FEEDER))
    assert "data-diagram-large" in page and "ol-breaker-closed" in page and 'class="ol-symbol"' not in page
    drawing = json.loads(page.split('<script id="one-line-drawing" type="application/json">')[1].split("</script>")[0])
    assert {one["name"] for one in drawing["symbols"]} >= {"CBN", "FN", "TN1"}
    assert [one["url"] for one in drawing["marks"]] == ["/network/twin/one-line/Feeder%20S/"]


def test_what_is_too_small_for_a_sheet_is_printed_as_an_atlas(room, monkeypatch):
    one_sheet = room.get(f"{FEEDER}print.pdf").content
    monkeypatch.setattr(one_line_print, "READABLE", 2.0)
    atlas = room.get(f"{FEEDER}print.pdf").content
    pages = atlas.count(b"/Type /Page\n")
    assert one_sheet.count(b"/Type /Page\n") == 1 < pages
    fields = re.findall(rb"\\267 ([A-Z]+\d+)\)", atlas)  # of the titles
    assert len(fields) == len(set(fields)) == pages - 1
    assert b"A1" in fields
    assert b"A sheet of each field follows" in atlas
