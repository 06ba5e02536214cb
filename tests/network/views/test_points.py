"""The page of telemetry points: the stale first, narrowed, as a file, and limits in the units people speak in."""

import csv
import datetime as dt
import io

import pytest

from adms.core import clock
from adms.core.models import Alarm, Setting
from network.domain.draft import TelemetryPoint
from network.domain.phases import ABC
from network.models import PointLimits
from network.selectors import points as reading
from network.selectors import state
from network.services import telemetry
from network.services.telemetry import Measurement
from tests import cast
from tests.people import Person, text, toast
from tests.rest import Api

pytestmark = pytest.mark.django_db
LIST = "/telemetry/"
V_LIMITS = "/telemetry/V/limits/"


@pytest.fixture(autouse=True)
def network():
    state.forget()
    draft = cast.feeder()
    for mrid, kind in (("I", "current"), ("V", "voltage"), ("P", "active_power"), ("FI", "fault_indicator")):
        draft.telemetry_points[mrid] = TelemetryPoint(mrid, f"CB1 {kind}", "CB1", kind, ABC)
    cast.publish(draft)
    now = clock.now()
    told = [
        Measurement("I", 212.0, now),
        Measurement("V", 10_400.0, now - dt.timedelta(hours=1)),
        Measurement("FI", 0.0, now - dt.timedelta(days=9)),
    ]
    telemetry.record_measurements(measurements=told, source="SCADA-SIM", at=now)


def names(page: str) -> list[str]:
    """The points listed, in order."""
    rows = page.split('data-row="')[1:]
    return [row.split('"')[0] for row in rows]


def lines(person: Person, query: str = "?") -> list[dict[str, str]]:
    answer = person.get(f"{LIST}{query}&as=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_stale_is_what_was_never_heard_and_then_what_was_heard_long_ago():
    anna = Person("OPR")
    page = text(anna.get(LIST))
    assert names(page)[-1] == "V"  # an hour old; I is fresh, and an indicator says something only when it changes
    assert "P" in names(page) and "I" not in names(page) and "FI" not in names(page)
    assert "10.40 kV" in page and "SCADA-SIM" in page and "never" in page
    Setting.objects.create(key=reading.STALE_AFTER, value=7200, changed_by="test", changed_at=clock.now())
    assert "V" not in names(text(anna.get(LIST)))


def test_the_list_is_narrowed_by_text_and_by_area_and_so_is_the_file():
    anna = Person("OPR")
    assert names(text(anna.get(LIST, show="all", q="voltage"))) == ["V"]
    assert {"I", "V", "P", "FI"} <= set(names(text(anna.get(LIST, show="all", q="cb1"))))
    assert names(text(anna.get(LIST, show="all", area="elsewhere"))) == []
    page = text(anna.get(LIST, show="all", q="voltage"))
    assert "?show=all&amp;q=voltage&amp;as=csv" in page
    (line,) = lines(anna, "?show=all&q=voltage")
    assert (line["mrid"], line["value"], line["unit"], line["source"], line["is_stale"]) == (
        "V", "10.4", "kV", "SCADA-SIM", "True",
    )  # fmt: skip
    assert dt.datetime.fromisoformat(line["occurred_at"]) < clock.now() - dt.timedelta(minutes=59)


def test_an_engineer_sets_limits_in_kilovolts_and_they_ring_at_once():
    mei = Person("ENG", name="mei")
    dialog = text(mei.fetch(V_LIMITS, target="dialog"))
    assert "Limits: CB1 voltage" in dialog and "Very high (kV)" in dialog
    answer = mei.post(V_LIMITS, high="10,3", low="9.5", dead_band="0.05", reason="new transformer")
    assert "hold from now on" in toast(answer)["text"]
    kept = PointLimits.objects.get()
    assert (round(kept.high), round(kept.low), round(kept.dead_band), kept.high_high) == (10_300, 9_500, 50, None)
    assert Alarm.objects.get(is_active=True).definition == "point_high"
    page = text(mei.get(LIST, show="beyond"))
    assert names(page) == ["V"] and "High 10.30 kV" in page and "new transformer" in page
    assert 'value="10.3"' in text(mei.fetch(V_LIMITS, target="dialog"))
    assert "no limits any more" in toast(mei.post(V_LIMITS, reason="they were a test"))["text"]
    assert names(text(mei.get(LIST, show="limited"))) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"high": "much", "reason": "because"}, "uch is no number"),
        ({"high": "nan", "reason": "because"}, "an is no number"),
        ({"high": "9", "low": "10", "reason": "because"}, "igh must be above low"),
        ({"high": "11", "reason": " "}, "ay why they are set so"),
    ],
)
def test_what_is_wrong_is_said_in_the_dialog_and_what_was_typed_stays(fields, words):
    answer = text(Person("ENG").post(V_LIMITS, target="dialog", **fields), 422)
    assert words in answer
    assert f'value="{fields["high"]}"' in answer
    assert not PointLimits.objects.exists()


def test_an_operator_sees_limits_and_cannot_change_them():
    anna = Person("OPR")
    assert "Limits are set by engineers" in text(anna.get(LIST))
    assert V_LIMITS not in text(anna.get(LIST, show="all"))
    assert anna.post(V_LIMITS, high="11", reason="because").status_code == 403


def test_the_same_by_rest():
    mei, anna = Api("ENG"), Api("OPR")
    put = mei.client.put(
        "/api/v1/telemetry-points/I/limits", {"high": 200.0, "reason": "summer"}, content_type="application/json"
    )
    assert put.status_code == 200, put.content
    assert (put.json()["beyond"], put.json()["limits"]["high"], put.json()["told_by"]) == ("high", 200.0, "SCADA-SIM")
    told = anna.get("telemetry-points", show="beyond").json()
    assert [one["mrid"] for one in told["results"]] == ["I"]
    refused = anna.client.put(
        "/api/v1/telemetry-points/I/limits", {"high": 1.0, "reason": "no"}, content_type="application/json"
    )
    assert refused.status_code == 403
