"""The ledger and the figures over REST: each figure rests on rows, and moves when one of them does.

Twelve customers, nine in the north, three in the south. By hand, with a border of five minutes:

    N1   5 customers, 60 min   (sustained)        SAIFI = (5 + 4) / 12 = 0.75
    N2   4 customers, 30 min   (sustained)        SAIDI = (300 + 120) / 12 = 35 min
    S1   3 customers,  5 min   (momentary)        CAIDI = 420 / 9 = 46.67 min, MAIFI = 3 / 12 = 0.25
"""

import datetime as dt

import pytest

from adms.core import clock
from adms.core.models import ControlArea
from outages.models import Interruption, Outage
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db

DAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
PERIOD = {"from": "2026-05-01T00:00:00Z", "to": "2026-05-31T00:00:00Z"}


@pytest.fixture(autouse=True)
def network():
    publish()


@pytest.fixture
def manager():
    return Api("MGR")


def outage(area: str) -> Outage:
    return Outage.objects.create(
        mrid=f"{area}-{Outage.objects.count()}", area=ControlArea.objects.get(key=area), model_key="twin", kind="outage", state="restored",
        confidence="confirmed", device_mrid="FN", device_name="FN", phases=7, node=1, started_at=DAY, predicted_at=DAY,
    )  # fmt: skip


def row(of: Outage, customers: int, minutes: float | None, *, hour: float = 8, **more) -> Interruption:
    began = DAY + dt.timedelta(hours=hour)
    given = {
        "feeder": "Feeder N" if of.area.key == NORTH else "Feeder S",
        "ended_at": None if minutes is None else began + dt.timedelta(minutes=minutes),
        "is_provisional": False,
    }
    return Interruption.objects.create(
        outage=of, area=of.area, model_key="twin", equipment_mrid="TN1", node=1, phases=7, usage_points=list(range(customers)),
        customers=customers, began_at=began, **(given | more),
    )  # fmt: skip


@pytest.fixture
def rows():
    north, south = outage(NORTH), outage(SOUTH)
    return {"N1": row(north, 5, 60), "N2": row(north, 4, 30, hour=9), "S1": row(south, 3, 5)}


def indices(asker: Api, **query):
    answer = asker.get("indices", **(PERIOD | query))
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_figures_equal_those_computed_by_hand(manager, rows):
    told = indices(manager)["figures"]
    assert (told["saifi"], told["saidi_min"], told["maifi"]) == (0.75, 35.0, 0.25)
    assert told["caidi_min"] == pytest.approx(420 / 9)
    assert told["asai"] == pytest.approx(1 - 420 / (12 * 30 * 24 * 60))
    assert (told["ci"], told["cmi"], told["momentary"], told["events"]) == (9, 420, 3, 2)
    assert told["customers_served"] == 12


def test_every_figure_names_its_ledger_rows_and_moves_with_them(manager, rows):
    told = indices(manager)["figures"]
    assert told["rows"]["saidi_min"] == [rows["N1"].pk, rows["N2"].pk]
    assert told["rows"]["maifi"] == [rows["S1"].pk]
    edited = Interruption.objects.get(pk=told["rows"]["saidi_min"][0])
    edited.ended_at += dt.timedelta(minutes=12)
    edited.save()
    assert indices(manager)["figures"]["saidi_min"] == 35 + 5 * 12 / 12
    edited.superseded_at, edited.superseded_reason = clock.now(), "never happened"
    edited.save()
    assert indices(manager)["figures"]["saifi"] == 4 / 12


def test_the_border_of_momentary_interruptions_can_be_moved(manager, rows):
    told = indices(manager, border_minutes=3)["figures"]
    assert (told["ci"], told["maifi"]) == (12, 0)
    told = indices(manager, border_minutes=30)["figures"]
    assert (told["ci"], told["momentary"]) == (5, 7)


def test_groups_are_related_to_their_own_customers(manager, rows):
    for by, north, south in (("area", NORTH, SOUTH), ("feeder", "Feeder N", "Feeder S")):
        groups = {one["key"]: one["figures"] for one in indices(manager, by=by)["groups"]}
        assert groups.keys() == {north, south}
        assert (groups[north]["customers_served"], groups[north]["saifi"]) == (9, 1.0)
        assert (groups[south]["customers_served"], groups[south]["maifi"]) == (3, 1.0)
        assert indices(manager, **{by: north})["figures"] == groups[north]


def test_an_open_interruption_lasts_until_the_end_of_the_period(manager):
    row(outage(NORTH), 12, None, hour=24 * 29)
    told = indices(manager)["figures"]
    assert (told["saidi_min"], told["open_rows"]) == (24 * 60, 1)


def test_minutes_belong_to_the_day_the_event_began(manager):
    late = outage(NORTH)
    row(late, 5, 60, hour=-1)
    row(late, 4, 60, hour=1)
    assert indices(manager)["figures"]["events"] == 0
    before = {"from": "2026-04-01T00:00:00Z", "to": "2026-05-01T00:00:00Z"}
    assert manager.get("indices", **before).json()["figures"]["ci"] == 9


def test_planned_ones_stand_apart_and_excluded_ones_do_not_count(manager):
    row(outage(NORTH), 6, 60, is_planned=True)
    row(outage(NORTH), 3, 60, excluded_reason="transmission")
    assert indices(manager)["figures"]["ci"] == 0
    assert indices(manager, kind="planned")["figures"]["ci"] == 6
    assert indices(manager, kind="both")["figures"]["ci"] == 6


def test_a_group_that_serves_nobody_has_no_figures(manager, rows):
    told = indices(manager, area="nowhere")["figures"]
    assert (told["customers_served"], told["saifi"], told["saidi_min"], told["asai"]) == (0, None, None, None)


def test_the_period_never_ends_in_the_future(manager, rows):
    told = indices(manager, to="2199-01-01T00:00:00Z")
    assert dt.datetime.fromisoformat(told["to"]) <= clock.now()
    assert manager.get("indices").json()["figures"]["ci"] in (0, 9)


def test_rows_are_left_out_where_nobody_wants_them(manager, rows):
    assert indices(manager, rows="false")["figures"]["rows"] == {}


def test_the_ledger_is_listed_and_filtered(manager, rows):
    found = manager.get("interruptions").json()["results"]
    assert [one["id"] for one in found] == [rows["N1"].pk, rows["S1"].pk, rows["N2"].pk]
    assert (found[0]["duration_min"], found[0]["phases"], found[0]["customers"]) == (60.0, "ABC", 5)
    for query, names in (
        ({"feeder": "Feeder S"}, ["S1"]),
        ({"area": NORTH}, ["N1", "N2"]),
        ({"outage": rows["S1"].outage_id}, ["S1"]),
        ({"from": "2026-05-01T08:30:00Z"}, ["N2"]),
        ({"to": "2026-05-01T08:30:00Z"}, ["N1", "S1"]),
    ):
        told = {one["id"] for one in manager.get("interruptions", **query).json()["results"]}
        assert told == {rows[name].pk for name in names}, query


def test_superseded_rows_are_shown_on_demand_only(manager, rows):
    Interruption.objects.filter(pk=rows["N1"].pk).update(superseded_at=DAY, superseded_reason="corrected")
    assert manager.get("interruptions").json()["count"] == 2
    assert manager.get("interruptions", superseded="true").json()["count"] == 3


def test_an_interruption_cannot_be_changed_here(manager, rows):
    assert error(manager.patch("interruptions", {}), 405)["code"] == "method_not_allowed"


def test_before_the_ledger_begins_figures_are_null_and_the_day_is_told(manager, rows):
    told = indices(manager, **{"from": "2026-04-01T00:00:00Z", "to": "2026-05-01T00:00:00Z", "by": "feeder"})
    assert told["ledger_begins"] == "2026-05-01"
    assert {told["figures"][name] for name in ("saifi", "saidi_min", "caidi_min", "maifi", "asai")} == {None}
    assert {one["figures"]["saidi_min"] for one in told["groups"]} == {None}
