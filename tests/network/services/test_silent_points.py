"""Points that speak no longer: one alarm of each source and area, however many points, gone when they are heard of again.

S --CB1 (current, voltage, fault indicator)-- L1 -- ...
"""

import pytest

from adms.core.models import Alarm, Setting
from network.domain.draft import TelemetryPoint
from network.domain.phases import ABC
from network.selectors import points as reading
from network.selectors import state
from network.services import alarming, telemetry
from network.services.telemetry import Measurement
from tests import cast
from tests.cast import after
from tests.people import Person, text

pytestmark = pytest.mark.django_db
MEASURED = tuple(f"I{number}" for number in range(40))
LATER = 1000.0  # seconds: more than telemetry.stale_after_s


@pytest.fixture(autouse=True)
def network():
    state.forget()
    draft = cast.feeder()
    for mrid in (*MEASURED, "never"):
        draft.telemetry_points[mrid] = TelemetryPoint(mrid, f"CB1 {mrid}", "CB1", "current", ABC)
    draft.telemetry_points["FI"] = TelemetryPoint("FI", "CB1 indicator", "CB1", "fault_indicator", ABC)
    cast.publish(draft)
    tell(0, *MEASURED, "FI")


def tell(at: float, *points: str, source: str = "RTU 7", quality: str = "good") -> None:
    told = [Measurement(point, 1.0, after(at), quality) for point in points]
    telemetry.record_measurements(measurements=told, source=source, at=after(at))


def watch(at: float) -> list[str]:
    """What stands after the sweep."""
    alarming.watch_points(at=after(at))
    standing = Alarm.objects.filter(definition="points_silent", is_active=True).order_by("source")
    return list(standing.values_list("text", flat=True))


def test_a_source_that_falls_silent_is_one_alarm_and_not_a_flood():
    assert watch(100) == []
    tell(500, *MEASURED[:10])
    (words,) = watch(LATER)
    assert words.startswith("RTU 7: 30 of 41 points, the longest since ")  # of the indicator only a bad quality is news
    assert Alarm.objects.count() == 1
    watch(LATER + 600)
    assert [row.occurrences for row in Alarm.objects.all()] == [1]
    assert Alarm.objects.get().text.startswith("RTU 7: 40 of 41 points")


def test_it_returns_when_the_source_speaks_again():
    watch(LATER)
    tell(LATER + 60, *MEASURED)
    assert watch(LATER + 61) == []


def test_each_source_is_an_alarm_of_its_own_and_its_link_shows_its_points():
    tell(10, *MEASURED[:3], source="RTU 8")
    tell(LATER, *MEASURED[3:])
    assert [words.split(",")[0] for words in watch(LATER + 5)] == ["RTU 8: 3 of 3 points"]
    row = Alarm.objects.get()
    assert (row.source, row.cause, row.area.key) == ("RTU 8@story-s", "silent:RTU 8", "story-s")
    page = text(Person("OPR").get(row.link))
    assert page.count('data-row="') == 3


def test_a_bad_quality_counts_at_once():
    tell(20, *MEASURED[:2], quality="failed")
    assert [words.split(",")[0] for words in watch(30)] == ["RTU 7: 2 of 41 points"]


@pytest.mark.parametrize(("least", "alarms"), [(30, 1), (50, 0), (0, 0)])
def test_how_many_are_an_alarm_is_a_setting(least, alarms):
    Setting.objects.create(key=reading.STALE_ALARM_FROM, value=least, changed_by="test", changed_at=after(0))
    assert len(watch(LATER)) == alarms
