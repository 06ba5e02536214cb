"""The machine's estimates of restoration: from history and crews, never over a person's word, all of them kept."""

import datetime as dt

import pytest

from adms.core.errors import Invalid
from adms.core.models import AuditEntry, ControlArea, Setting
from adms.core.services.authority import NotAuthorised
from outages.models import Expectation, Outage
from outages.selectors import restoration_times
from outages.services import estimation, lifecycle
from tests.cast import ANNA, NOON, RAVI, TOM, after, gasp, meters_at
from tests.outages.services.acting import outage_at, settle
from workforce.models import Assignment, Crew, WorkOrder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unlearned() -> None:
    restoration_times.forget()
    estimation._revised.clear()


@pytest.fixture
def outage() -> Outage:
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    return outage_at("F1")


def crew(outage: Outage, key: str = "c1", **columns: object) -> Crew:
    return Crew.objects.create(key=key, name=key.upper(), kind="trouble", area=outage.area, shift="on", **columns)


def minutes_from(moment: dt.datetime | None, start: dt.datetime) -> float:
    assert moment is not None
    return (moment - start).total_seconds() / 60.0


def past(area: ControlArea, count: int, *, travel: float, repair: float) -> None:
    """Outages of the days before, each with a crew that took so long."""
    for number in range(count):
        began = NOON - dt.timedelta(days=2 + number)
        site, back = began + dt.timedelta(minutes=travel), began + dt.timedelta(minutes=travel + repair)
        row = Outage.objects.create(
            mrid=f"past {number}", area=area, model_key="story", kind="outage", state="restored", confidence="confirmed",
            device_mrid="F2", device_name="F2", phases=7, node=1, started_at=began, predicted_at=began, restored_at=back,
        )  # fmt: skip
        order = WorkOrder.objects.create(
            area=area, subject=f"outage:{row.pk}", title="x", kind="outage", state="completed", created_at=began
        )
        who, _ = Crew.objects.get_or_create(
            key="old", defaults={"name": "Old", "kind": "line", "area": area, "shift": "off"}
        )
        Assignment.objects.create(
            work_order=order,
            crew=who,
            state="completed",
            assigned_by="tom",
            assigned_at=began,
            on_site_at=site,
            ended_at=back,
        )


def test_a_new_outage_is_told_the_setting_and_that_is_kept(outage):
    (kept,) = Expectation.objects.all()
    assert (kept.outage_id, kept.source, kept.etr_at) == (outage.pk, "machine", outage.etr_at)


def test_without_a_crew_on_shift_nothing_better_is_known(outage):
    assert estimation.revise(at=after(60)) == []


def test_with_a_crew_the_estimate_is_what_such_work_took(outage):
    crew(outage)
    past(outage.area, 60, travel=10, repair=20)
    assert estimation.revise(at=after(60)) == [outage.pk]
    outage.refresh_from_db()
    assert 30 <= minutes_from(outage.etr_at, after(60)) <= 75  # a leg nobody timed (assess) keeps its first guess
    assert outage.etr_source == "machine"
    assert outage.etr_at.minute % 15 == 0
    assert [one.source for one in Expectation.objects.order_by("pk")] == ["machine", "machine"]


def test_what_has_not_moved_by_a_step_is_not_told_again(outage):
    crew(outage)
    estimation.revise(at=after(60))
    revision = Outage.objects.get().revision
    assert estimation.revise(at=after(90)) == []
    assert Outage.objects.get().revision == revision


@pytest.mark.parametrize("source", ["operator", "crew"])
def test_what_a_person_said_is_never_overwritten(outage, source):
    crew(outage)
    said = after(9 * 3600)
    lifecycle.set_etr(actor=TOM, outage_id=outage.pk, etr_at=said, source=source, at=after(50))
    assert estimation.revise(at=after(60)) == []
    outage.refresh_from_db()
    assert (outage.etr_at, outage.etr_source) == (said, source)


def test_an_area_that_tells_no_times_is_left_silent(outage):
    Setting.objects.create(key="etr.default_minutes", area=outage.area, value=0, changed_by="x", changed_at=NOON)
    Outage.objects.update(etr_at=None, etr_source="")
    crew(outage)
    assert estimation.revise(at=after(60)) == []


def test_the_machine_looks_again_once_a_minute(outage):
    crew(outage)
    Outage.objects.update(etr_at=None)
    assert [estimation.revise_due(at=after(second)) for second in (60, 90, 100)] == [1, 0, 0]


def test_one_time_for_an_area_spares_what_a_person_said(outage):
    gasp(meters_at("T5"), after(10))
    settle(60)
    other = outage_at("T5")
    lifecycle.set_etr(actor=TOM, outage_id=outage.pk, etr_at=after(4000), at=after(61))
    evening = after(8 * 3600)
    told = estimation.tell_area(actor=ANNA, area=outage.area.key, etr_at=evening, at=after(70))
    assert told == [other.pk]
    assert set(estimation.tell_area(actor=ANNA, area=outage.area.key, etr_at=evening, replace=True, at=after(71))) == {
        outage.pk,
        other.pk,
    }
    assert AuditEntry.objects.filter(action="outage_etr_area").count() == 2
    with pytest.raises(Invalid):
        estimation.tell_area(actor=ANNA, area=outage.area.key, etr_at=NOON, at=after(72))
    with pytest.raises(NotAuthorised):
        estimation.tell_area(actor=RAVI, area=outage.area.key, etr_at=evening, at=after(72))


def test_estimates_are_scored_by_who_gave_them(outage):
    lifecycle.set_etr(actor=TOM, outage_id=outage.pk, etr_at=after(3600), at=after(60))
    lifecycle.set_etr(actor=TOM, outage_id=outage.pk, etr_at=after(5400), at=after(1800))
    lifecycle.restore(actor=TOM, outage_id=outage.pk, occurred_at=after(5400 + 600), at=after(6001))
    scores = restoration_times.accuracy_of(ANNA, NOON, after(9_000))
    first, latest = scores["operator"]
    assert (first.count, first.bias_min, first.within) == (1, 40.0, 0.0)
    assert (latest.bias_min, latest.within, latest.kept) == (10.0, 1.0, 0.0)
    assert scores["all"][1] == latest
    assert scores["machine"][0].count == 1


def test_the_outlook_counts_down_and_says_who_has_no_crew(outage):
    empty = restoration_times.outlook(after(60))
    assert (empty.without_crew, empty.last_hours) == (1, (None, None))
    crew(outage)
    found = restoration_times.outlook(after(60))
    assert found.at[0] == (0.0, 1.0, float(outage.customers_out))
    assert found.at[-1][1] < 0.1
    assert found.last_hours[0] is not None
    assert 0.5 < found.last_hours[0] < 6.0


def test_the_storm_page_forecasts_the_last_customer(outage):
    from tests.people import Person, text

    room = Person("OPR")
    assert "without a crew on shift" in text(room.get("/storm/"))
    crew(outage)
    restoration_times.forget()
    page = text(room.get("/storm/"))
    assert "Last customer back" in page
    assert "in 8 of 10 cases by" in page


@pytest.mark.parametrize(
    ("took_s", "age_s", "same", "good"),
    [
        (0.01, 59, True, True),
        (0.01, 0, False, False),  # cheap: computed anew as soon as an outage moves
        (2.0, 39, False, True),  # costly: rests twenty times as long
        (2.0, 41, False, False),
        (9.0, 59, False, True),
        (9.0, 60, False, False),  # a minute at most
        (2.0, -1, True, False),
    ],
)
def test_an_outlook_that_is_costly_rests_while_outages_move(
    took_s: float, age_s: float, same: bool, good: bool
) -> None:
    began = dt.datetime(2026, 3, 1, 22, tzinfo=dt.UTC)
    nothing = restoration_times.Outlook([], (None, None), 0)
    kept = restoration_times._Kept((5, 900, 17), began, took_s, nothing)
    assert kept.is_good((5, 900, 17) if same else (6, 950, 18), began + dt.timedelta(seconds=age_s)) is good
