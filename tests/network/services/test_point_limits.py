"""Limits of telemetry points: set by an engineer, judged at once and with each value, gone when the value has come back far enough.

S --CB1 (current, voltage)-- L1 -- ...
"""

import pytest

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import Alarm, AuditEntry
from adms.core.services.authority import NotAuthorised
from network.domain.draft import TelemetryPoint
from network.domain.phases import ABC
from network.domain.point_limits import Limits
from network.models import PointLimits
from network.selectors import state
from network.services import alarming, point_limits, telemetry
from network.services.telemetry import Measurement
from tests import cast
from tests.cast import ANNA, TOM, after, deliver, person

pytestmark = pytest.mark.django_db
MEI = person("mei", "ENG")
FEEDER = Limits(high_high=600.0, high=480.0, dead_band=20.0)


@pytest.fixture(autouse=True)
def network():
    state.forget()
    draft = cast.feeder()
    for mrid, kind in (("I", "current"), ("V", "voltage"), ("FI", "fault_indicator")):
        draft.telemetry_points[mrid] = TelemetryPoint(mrid, f"CB1 {kind}", "CB1", kind, ABC)
    cast.publish(draft)


def tell(value: float, at: float, *, point: str = "I", quality: str = "good") -> None:
    """SCADA says so, and everybody hears of it."""
    told = [Measurement(point, value, after(at), quality)]
    telemetry.record_measurements(measurements=told, source="SCADA-SIM", at=after(at))
    deliver(after(at))


def limit(limits: Limits = FEEDER, at: float = 0, *, point: str = "I", actor: Actor = MEI) -> None:
    point_limits.set_limits(actor=actor, point_mrid=point, limits=limits, reason="protection study 12", at=after(at))


def standing() -> dict[str, str]:
    """Kind and words of what stands."""
    return dict(Alarm.objects.filter(is_active=True).values_list("definition", "text"))


def test_a_value_beyond_its_limit_is_an_alarm_of_the_device(network):
    limit()
    tell(479.0, 1)
    assert standing() == {}
    tell(512.0, 2)
    assert standing() == {"point_high": "CB1, CB1 current: 512 A, 480 A at most"}
    row = Alarm.objects.get()
    assert (row.priority, row.source, row.cause, row.area.key) == (3, "I", "device:CB1", "story-s")
    assert row.branch == state.present("story").grid.branch_index("CB1")


def test_each_limit_is_an_alarm_of_its_own_and_the_outer_one_is_more_urgent(network):
    limit()
    tell(650.0, 1)
    assert set(Alarm.objects.filter(is_active=True).values_list("definition", "priority")) == {
        ("point_high", 3),
        ("point_high_high", 2),
    }
    tell(590.0, 2)  # within the dead band of the outer one
    assert set(standing()) == {"point_high", "point_high_high"}
    tell(575.0, 3)
    assert set(standing()) == {"point_high"}


def test_a_value_that_trembles_at_its_limit_rings_once(network):
    limit()
    for second, value in enumerate((481.0, 478.0, 482.0, 461.0, 480.0)):
        tell(value, 1 + second)
    assert Alarm.objects.get().occurrences == 1
    tell(459.0, 10)
    assert standing() == {}
    tell(480.0, 11)
    assert Alarm.objects.get().occurrences == 2


@pytest.mark.parametrize("quality", ["suspect", "stale", "failed"])
def test_a_value_nobody_can_rely_on_neither_rings_nor_calms(network, quality):
    limit()
    tell(512.0, 1, quality=quality)
    assert standing() == {}
    tell(512.0, 2)
    tell(100.0, 3, quality=quality)
    assert set(standing()) == {"point_high"}


def test_limits_hold_at_once_for_the_value_there_is(network):
    tell(512.0, 1)
    assert standing() == {}
    limit(at=2)
    assert set(standing()) == {"point_high"}
    limit(Limits(high=550.0), at=3)
    assert standing() == {}
    limit(Limits(high=500.0), at=4)
    limit(Limits(), at=5)
    assert standing() == {}
    assert not PointLimits.objects.exists()


def test_the_low_side_has_its_own_words_and_unit(network):
    limit(Limits(low=9_500.0, low_low=9_000.0, dead_band=50.0), point="V")
    tell(8_990.0, 1, point="V")
    assert standing() == {
        "point_low": "CB1, CB1 voltage: 8.99 kV, 9.50 kV at least",
        "point_low_low": "CB1, CB1 voltage: 8.99 kV, 9.00 kV at least",
    }


def test_every_change_is_on_the_audit_trail_with_what_was_before(network):
    limit()
    limit(Limits(high=400.0), at=1)
    first, second = AuditEntry.objects.filter(action="edit_alarms").order_by("pk")
    assert (first.object, first.before, first.after["high_high"]) == ("telemetry point I", None, 600.0)
    assert (second.before["high"], second.after["high"], second.reason) == (480.0, 400.0, "protection study 12")
    kept = PointLimits.objects.get()
    assert (kept.set_by, kept.set_at, kept.high_high) == ("mei", after(1), None)


@pytest.mark.parametrize("actor", [ANNA, TOM])
def test_who_is_no_engineer_sets_none(network, actor):
    with pytest.raises(NotAuthorised):
        limit(actor=actor)
    assert not PointLimits.objects.exists()


@pytest.mark.parametrize(
    ("point", "limits", "words"),
    [
        ("I", Limits(high=10.0, low=12.0), "high must be above low"),
        ("I", Limits(high_high=10.0, high=10.0), "high high must be above high"),
        ("I", Limits(high=10.0, dead_band=-1.0), "must not be negative"),
        ("FI", Limits(high=1.0), "has no limits"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(network, point, limits, words):
    with pytest.raises(Invalid, match=words):
        limit(limits, point=point)
    assert not AuditEntry.objects.filter(action="edit_alarms").exists()


def test_a_point_nobody_has_is_not_found(network):
    with pytest.raises(NotFound):
        limit(point="nowhere")


def test_limits_outlive_a_version_and_alarms_of_points_that_are_gone_return(network):
    limit()
    tell(512.0, 1)
    draft = cast.feeder()
    cast.publish(draft)  # a version without the point
    state.forget()
    alarming.watch(at=after(20))
    assert standing() == {}
    draft = cast.feeder()
    draft.telemetry_points["I"] = TelemetryPoint("I", "CB1 current", "CB1", "current", ABC)
    cast.publish(draft)
    state.forget()
    tell(512.0, 30)
    assert set(standing()) == {"point_high"}


RATE = Limits(rate=100.0)


def test_a_value_that_changes_faster_than_it_may_is_an_alarm_until_it_calms(network):
    tell(200.0, 0)
    limit(RATE, at=1)
    tell(190.0, 60)
    assert standing() == {}
    tell(300.0, 90)
    assert standing() == {"point_rate": "CB1, CB1 current: +220 A a minute, 100 A at most"}
    tell(305.0, 120)
    assert standing() == {}
    tell(100.0, 150)
    assert standing() == {"point_rate": "CB1, CB1 current: -410 A a minute, 100 A at most"}


def test_values_that_lie_close_together_are_no_rate_and_a_step_between_them_is_not_lost(network):
    tell(200.0, 0)
    limit(RATE, at=1)
    for second, value in enumerate((203.0, 199.0, 204.0), start=1):  # jitter: 180 A a minute, were it taken for speed
        tell(value, second)
    assert standing() == {}
    tell(260.0, 8)  # two seconds early
    tell(261.0, 12)
    assert set(standing()) == {"point_rate"}


def test_a_value_of_bad_quality_is_neither_judged_nor_compared_with(network):
    tell(200.0, 0)
    limit(RATE, at=1)
    tell(900.0, 30, quality="suspect")
    tell(210.0, 60)
    assert standing() == {}


def test_a_rate_that_is_taken_away_takes_its_alarm_with_it(network):
    tell(200.0, 0)
    limit(RATE, at=1)
    tell(400.0, 30)
    assert set(standing()) == {"point_rate"}
    limit(Limits(high=500.0), at=40)
    assert standing() == {}
    assert PointLimits.objects.get().rate is None


def test_a_rate_of_nothing_is_refused(network):
    with pytest.raises(Invalid, match="more than nothing"):
        limit(Limits(rate=0.0))
