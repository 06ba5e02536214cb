"""Figures with the rows behind them: by hand, in the dialog, as CSV; a corrected row moves them."""

import csv
import datetime as dt
import io

import pytest

from adms.core.models import Setting
from outages.models import Interruption, Outage, ServedDay
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db
MARCH = dt.datetime(2026, 3, 10, 8, 0, tzinfo=dt.UTC)


@pytest.fixture
def march(network) -> list[Interruption]:
    """F1 on 10 March: 5 customers for an hour, 4 for two minutes. 20 customers are served."""
    outage = Outage.objects.create(mrid="march", area_id=network_area(), model_key="story", kind="outage", state="completed", confidence="confirmed", device_mrid="F1",
                                   device_name="F1", feeder="CB1", phases=7, node=1, started_at=MARCH, predicted_at=MARCH, cause="tree")  # fmt: skip
    make = lambda place, customers, minutes: Interruption.objects.create(outage=outage, area_id=outage.area_id, model_key="story", equipment_mrid=place, node=1, feeder="CB1", phases=7,  # noqa: E731
                                                                        usage_points=[100 * int(place[1:]) + n for n in range(customers)], customers=customers, began_at=MARCH, ended_at=MARCH + dt.timedelta(minutes=minutes), is_provisional=False)  # fmt: skip
    return [make("T1", 5, 60), make("T2", 4, 2)]


def network_area() -> int:
    from adms.core.models import ControlArea

    return ControlArea.objects.get(key="story-s").pk


@pytest.fixture
def paul(db) -> Person:
    return Person("MGR", name="paul")


def test_the_figures_of_a_month_are_those_of_a_hand_calculation(march, paul):
    page = text(paul.get("/reliability/", month="2026-03"))
    for name, value in (
        ("SAIDI", "15.0"),
        ("SAIFI", "0.250"),
        ("CAIDI", "60"),
        ("MAIFI", "0.200"),
    ):  # 5*60/20, 5/20, 60, 4/20
        assert f'aria-label="{name} {value}' in page
    assert "<b>1</b> outage" in page
    assert "March 2026" in page


def test_a_figure_opens_the_rows_it_rests_on(march, paul):
    rows = text(paul.fetch("/reliability/rows/", month="2026-03", index="saidi"))
    assert "SAIDI 15.0 min" in rows
    assert "<dt>customer-minutes</dt><dd>300</dd>" in rows
    assert "T1" in rows
    assert "T2" not in rows
    assert "T2" in text(paul.fetch("/reliability/rows/", month="2026-03", index="maifi"))


def test_an_unknown_index_is_refused(paul, network):
    assert paul.fetch("/reliability/rows/", index="beauty").status_code == 422


def test_a_feeder_shows_its_outages_and_causes(march, paul):
    panel = text(paul.fetch("/reliability/feeder/", month="2026-03", feeder="CB1"))
    assert "CB1 · outages in March 2026" in panel
    assert "Tree" in panel


def test_rows_come_as_csv_that_no_spreadsheet_runs(march, paul):
    Interruption.objects.update(feeder="=cmd()")
    answer = paul.get("/reliability/rows.csv", month="2026-03")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["equipment_name"], row["customers"], row["feeder"]) for row in rows] == [
        ("T1", "5", "'=cmd()"),
        ("T2", "4", "'=cmd()"),
    ]


def test_correcting_a_row_keeps_both_and_moves_every_figure(march, paul):
    haas = Person("SOP")
    row = march[0]
    assert "Correct ledger row" in text(haas.fetch(f"/reliability/rows/{row.pk}/correct/"))
    fields = {"began_at": "2026-03-10T08:00:00", "ended_at": "2026-03-10T08:30:00", "reason": "crew's time"}
    assert (
        toast(haas.post(f"/reliability/rows/{row.pk}/correct/", **fields))["text"]
        == f"Ledger row {row.pk} is corrected"
    )
    assert 'aria-label="SAIDI 7.5' in text(paul.get("/reliability/", month="2026-03"))
    row.refresh_from_db()
    assert (row.superseded_reason, row.superseded_at is not None) == ("crew's time", True)
    assert Interruption.objects.filter(superseded_at=None, equipment_mrid="T1").count() == 1
    assert "It was corrected already" in text(haas.post(f"/reliability/rows/{row.pk}/correct/", **fields), 409)


@pytest.mark.parametrize(("fields", "status"), [
    ({"began_at": "soon", "reason": "because"}, 422), ({"began_at": "2026-03-10T08:00", "ended_at": "2026-03-10T07:00", "reason": "because"}, 422),
    ({"began_at": "2026-03-10T08:00", "ended_at": "2026-03-10T09:00"}, 422), ({"began_at": "2026-03-10T08:00", "reason": "because"}, 409), ({"began_at": "2926-03-10T08:00", "ended_at": "2926-03-10T09:00", "reason": "because"}, 422),
])  # fmt: skip
def test_a_senseless_correction_changes_nothing(fields, status, march):
    text(Person("SOP").post(f"/reliability/rows/{march[0].pk}/correct/", **fields), status)
    assert not Interruption.objects.exclude(superseded_at=None).exists()


def test_who_neither_corrects_nor_drafts_is_refused_and_sees_no_way_to_it(march):
    """A manager drafts: test_corrections."""
    eva = Person("ENG")
    assert eva.post(f"/reliability/rows/{march[0].pk}/correct/").status_code == 403
    assert "Correct…</button>" not in text(eva.fetch("/reliability/rows/", month="2026-03", index="saidi"))
    senior = Person("SOP")
    assert "Correct…</button>" in text(senior.fetch("/reliability/rows/", month="2026-03", index="saidi"))


def test_an_excluded_row_counts_nowhere(march, paul):
    Interruption.objects.filter(pk=march[0].pk).update(excluded_reason="customer's own")
    assert 'aria-label="SAIDI 0.0' in text(paul.get("/reliability/", month="2026-03"))


def test_any_days_can_be_asked_for(march, paul):
    inside = text(paul.get("/reliability/", **{"from": "2026-03-10", "to": "2026-03-10"}))
    assert 'aria-label="SAIDI 15.0' in inside
    assert "10 Mar 2026 to 10 Mar 2026" in inside
    assert 'aria-label="SAIDI 0.0' in text(paul.get("/reliability/", **{"from": "2026-03-11", "to": "2026-03-12"}))


def test_a_major_event_day_is_told_apart_once_the_record_is_long_enough(march, paul):
    years = [MARCH - dt.timedelta(days=365 + 10 * n) for n in range(1, 60)]
    for n, at in enumerate(years):
        past = Outage.objects.create(mrid=f"past{n}", area_id=network_area(), model_key="story", kind="outage", state="completed", confidence="confirmed", device_mrid="F1", device_name="F1", phases=7, node=1, started_at=at, predicted_at=at)  # fmt: skip
        Interruption.objects.create(outage=past, area_id=past.area_id, model_key="story", equipment_mrid="T1", node=1, phases=7, usage_points=[1], customers=1, began_at=at, ended_at=at + dt.timedelta(minutes=10 + n % 3))  # fmt: skip
    without = text(paul.get("/reliability/", month="2026-03"))
    assert "Major event days: 10 Mar" in without
    assert 'aria-label="SAIDI 0.0' in without
    assert 'aria-label="SAIDI 15.0' in text(paul.get("/reliability/", month="2026-03", med="with"))


def test_the_method_is_explained(paul, network):
    page = text(paul.fetch("/reliability/method/"))
    assert "Sustained is longer than 5 minutes; what lasts exactly so long is momentary" in page
    assert "sample standard deviation (n - 1)" in page


def test_all_indices_are_told_with_how_they_are_calculated(march, paul):
    """Five of twenty out for an hour, four others for two minutes."""
    shown = text(paul.fetch("/reliability/indices/", month="2026-03"))
    for name, value in (
        ("SAIFI", "0.2500"), ("CTAIDI", "60.00"), ("CAIFI", "1.000"), ("MAIFI-E", "0.2000"), ("ASIFI", "0.2000"), ("CEMI 1", "0.000"),
        ("CEMSMI 1", "0.000"), ("CELID-s 1", "25.000"), ("CELID-t 4", "0.000"),
    ):  # fmt: skip
        line = shown[shown.index(f"<b>{name}</b>") :]
        assert f'<td class="number">{value}</td>' in line[: line.index("</tr>")], name
    assert "/reliability/indices/?month=2026-03" in text(paul.get("/reliability/", month="2026-03"))


def test_from_the_index_to_the_outage_in_two_clicks(march, paul):
    page = text(paul.get("/reliability/", month="2026-03"))
    assert 'hx-get="/reliability/feeder/?month=2026-03' in page
    outage = f'href="/outages/{march[0].outage_id}/"'
    assert outage in text(paul.fetch("/reliability/feeder/", month="2026-03", group="CB1"))
    assert outage in text(paul.fetch("/reliability/rows/", month="2026-03", index="saidi"))


def test_the_trend_and_the_groups_are_files_as_well(march, paul):
    page = text(paul.get("/reliability/", month="2026-03"))
    for table in ("months", "groups", "outages", "causes"):
        assert f"/reliability/{table}/table.csv?month=2026-03" in page
    months = paul.get("/reliability/months/table.csv", month="2026-03").content.decode().splitlines()
    assert (months[0], len(months)) == ("month,saidi_min,major_event_days_min", 13)
    assert months[-1].startswith("2026-03,15.0,")  # 5 of 20 for an hour
    groups = paul.get("/reliability/groups/table.csv", month="2026-03").content.decode().splitlines()
    assert groups[0] == "name,substation,saidi,saifi,share,outages,cause"
    assert groups[1].startswith("CB1,") and ",15.0,0.25,1.0,1," in groups[1]
    outages = list(
        csv.DictReader(io.StringIO(paul.get("/reliability/outages/table.csv", month="2026-03").content.decode()))
    )
    assert outages
    assert [float(one["customer_minutes"]) for one in outages] == sorted(
        (float(one["customer_minutes"]) for one in outages), reverse=True
    )
    causes = list(
        csv.DictReader(io.StringIO(paul.get("/reliability/causes/table.csv", month="2026-03").content.decode()))
    )
    assert causes[-1]["share_so_far"] == "1.0"
    lost = sum(float(one["customer_minutes"]) for one in outages)
    assert sum(float(one["customer_minutes"]) for one in causes) == pytest.approx(lost)
    of_none = paul.get("/reliability/outages/table.csv", month="2026-03", group="no such feeder").content.decode()
    assert of_none.strip() == ""
    assert paul.get("/reliability/nothing/table.csv").status_code == 404


def test_the_chart_is_zoomed_to_the_days_of_a_part_and_back(march, paul):
    page = text(paul.get("/reliability/", month="2026-03"))
    assert 'data-from="2026-03-01" data-to="2026-03-31"' in page
    zoomed = text(paul.fetch("/reliability/trend/", month="2026-03", zoom_from="2026-02-15", zoom_to="2026-03-10"))
    assert zoomed.count("data-from=") == 24
    assert "SAIDI by day" in zoomed
    assert "Zoom out" in zoomed
    assert "Twelve months" in zoomed
    assert 'href="/reliability/?month=&amp;from=2026-03-01&amp;to=2026-03-01' in zoomed
    days = list(csv.DictReader(io.StringIO(paul.get(
        "/reliability/months/table.csv", month="2026-03", zoom_from="2026-02-15", zoom_to="2026-03-10"
    ).content.decode())))  # fmt: skip
    assert [one["month"] for one in days][:2] == ["2026-02-15", "2026-02-16"]
    assert [one["saidi_min"] for one in days] == [""] * 23 + ["15.0"]  # the ledger begins on the last of them


@pytest.mark.parametrize(
    "zoom", [("x", "y"), ("2026-03-10", "2026-02-01"), ("2020-01-01", "2020-02-01"), ("9999-99-99", "1"), ("", "")]
)
def test_a_part_that_cannot_be_shown_is_all_of_it(march, paul, zoom):
    whole = text(paul.fetch("/reliability/trend/", month="2026-03", zoom_from=zoom[0], zoom_to=zoom[1]))
    assert whole.count("data-from=") == 12
    assert "Zoom out" not in whole


def test_columns_that_say_nothing_of_a_group_are_left_out(march, paul):
    def heads(by: str) -> str:
        page = text(paul.get("/reliability/", month="2026-03", by=by))
        table = page[
            page.index('id="feeders-title"') if 'id="feeders-title"' in page else page.index("Share of total") - 600 :
        ]
        return table[table.index("<thead>") : table.index("</thead>")]

    assert "Substation" in heads("feeder") and "Main cause" in heads("feeder")
    assert "Area" in heads("device") and "Substation" not in heads("device")
    assert "Main cause" not in heads("cause") and "Substation" not in heads("cause")


def test_of_months_before_the_ledger_begins_nothing_is_known_which_is_not_nought(march, paul):
    page = text(paul.get("/reliability/", month="2026-02"))
    assert 'aria-label="SAIDI —' in page
    assert "The ledger begins on 10 Mar 2026: nothing is known of this period" in page
    assert "Nothing is known of this period" in page
    lines = list(
        csv.DictReader(io.StringIO(paul.get("/reliability/months/table.csv", month="2026-03").content.decode()))
    )
    assert [line["saidi_min"] for line in lines] == [""] * 11 + ["15.0"]


def test_a_month_in_which_the_ledger_begins_is_one_of_the_days_since(march, paul):
    page = text(paul.get("/reliability/", month="2026-03"))
    assert "The ledger begins on 10 Mar 2026: the figures are of the days since" in page
    assert "since 10 Mar 2026 15.0" in page
    assert "Feb: — not known" in page
    assert "— = not known, before the ledger begins" in page


def test_a_month_without_interruption_after_the_ledger_began_is_nought(march, paul):
    page = text(paul.get("/reliability/", month="2026-04"))
    assert 'aria-label="SAIDI 0.0' in page
    assert "No interruptions in this period" in page


def test_availability_is_of_the_hours_the_ledger_knows(march, paul):
    page = text(paul.fetch("/reliability/indices/", month="2026-03"))
    assert f"{1 - 15 / (22 * 1440):.6f}" in page  # 10 to 31 March, in UTC


def keep(day):
    return ServedDay.objects.create(day=day, area_id=network_area(), feeder="CB1", customers=20)


def test_one_old_row_does_not_make_the_months_since_known(march, paul):
    keep(dt.date(2026, 3, 5))
    Interruption.objects.filter(pk=march[1].pk).update(
        began_at=MARCH - dt.timedelta(days=800), ended_at=MARCH - dt.timedelta(days=799)
    )
    page = text(paul.get("/reliability/", month="2026-02"))
    assert 'aria-label="SAIDI —' in page
    assert "The ledger begins on 5 Mar 2026: nothing is known of this period" in page
    page = text(paul.get("/reliability/", month="2026-04"))
    assert "The ledger counts from 5 Mar 2026 on, the first day whose customers were kept" in page
    assert "1 row of the ledger is older (of 31 Dec 2023) and counts in no figure" in page
    assert 'aria-label="SAIDI —' in text(paul.get("/reliability/", month="2023-12"))


def test_a_row_from_before_the_ledger_counts_in_no_figure_of_the_month_in_which_it_begins(march, paul):
    keep(dt.date(2026, 3, 11))
    page = text(paul.get("/reliability/", month="2026-03"))
    assert 'aria-label="SAIDI 0.0' in page
    assert "2 rows of the ledger are older (the oldest of 10 Mar 2026) and count in no figure" in page


def test_who_brings_earlier_years_along_states_the_day_they_are_whole_from(march, paul):
    keep(dt.date(2026, 3, 11))
    stated = Setting.objects.create(
        key="reliability.ledger_begins", value="2026-02-01", changed_by="x", changed_at=MARCH
    )
    page = text(paul.get("/reliability/", month="2026-03"))
    assert 'aria-label="SAIDI 15.0' in page
    assert "The ledger counts from 1 Feb 2026 on, as was stated" in page
    assert 'aria-label="SAIDI 0.0' in text(paul.get("/reliability/", month="2026-02"))
    for wrong in ("1.2.2026", "2026-02-30"):
        stated.value = wrong
        stated.save()
        page = text(paul.get("/reliability/", month="2026-03"))
        assert f"“{wrong}” was stated as its first day, which is no day" in page
        assert "The ledger counts from 11 Mar 2026 on, the first day" in page


def test_an_empty_ledger_says_so(network, paul):
    assert "The ledger is empty yet" in text(paul.get("/reliability/"))
