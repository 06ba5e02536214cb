"""Reports that never change, their files, and what is reckoned of a utility's own file."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone

from adms.core.models import ControlArea, Setting
from outages.models import FrozenReport, Interruption, ServedDay
from tests.outages.views.ledger_rows import MARCH, outage, row
from tests.people import Person, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(network):
    """4 customers of T1 for an hour, 3 of T2 for three minutes; planned work for 2 of T3; one row that is excluded."""
    of, planned = outage(), outage("planned", cause="planned")
    return [
        row(of, "T1", 4, 60),
        row(of, "T2", 3, 3),
        row(planned, "T3", 2, 90, is_planned=True),
        row(outage("own"), "T4", 1, 500, excluded_reason="customer's own"),
    ]


@pytest.fixture
def paul(db):
    return Person("MGR", name="paul")


def freeze(person, name="March", **more):
    return person.submit("/reliability/reports/", month="2026-03", area="", name=name, **more)


def table(report, key):
    return next(one for one in report.document["tables"] if one["key"] == key)


def test_a_frozen_report_holds_the_tables_of_the_period(rows, paul):
    answer = freeze(paul)
    report = FrozenReport.objects.get()
    assert answer["Location"] == f"/reliability/reports/{report.pk}/"
    month = dict(zip(table(report, "months")["columns"], table(report, "months")["rows"][0], strict=True))
    assert (month["Month"], month["SAIDI min"], month["SAIFI"], month["MAIFI"]) == ("2026-03", 12.0, 0.2, 0.15)
    assert month["SAIDI min planned"] == 9.0
    assert table(report, "british")["rows"][0] == ["unplanned", 1, 4, 240.0, 20.0, 12.0, 15.0]
    assert table(report, "british")["rows"][2][4:6] == [30.0, 21.0]
    (feeder,) = [one for one in table(report, "indian")["rows"] if one[1] == "CB1" and one[3]]
    assert feeder[3:6] == [4, 4.0, 3]
    assert table(report, "excluded")["rows"] == [["customer's own", 1, 1, 500.0]]
    assert table(report, "causes")["rows"][0][:4] == ["Tree", 1, 4, 240.0]
    assert ["CEMI-1", "more than 1 sustained", 0.0] in table(report, "customers")["rows"]
    assert (report.made_by, len(report.sha256)) == ("paul", 64)


def test_the_table_itself_refuses_to_change_a_frozen_report(rows, paul):
    freeze(paul)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        FrozenReport.objects.update(name="other")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        FrozenReport.objects.all().delete()


def test_files_say_what_the_report_says_whatever_the_ledger_says_now(rows, paul):
    freeze(paul)
    report = FrozenReport.objects.get()
    Interruption.objects.filter(pk=rows[0].pk).update(ended_at=MARCH + dt.timedelta(minutes=600))
    file = f"/reliability/reports/{report.pk}/file"
    lines = list(csv.reader(io.StringIO(paul.get(f"{file}.csv").content.decode("utf-8-sig"))))
    assert ["Report", "March"] in lines
    (month,) = [line for line in lines if line[:1] == ["2026-03"] and len(line) == 15]
    assert month[6] == "12.0"
    book = openpyxl.load_workbook(io.BytesIO(paul.get(f"{file}.xlsx").content))
    assert book.sheetnames == [
        "Report",
        "Months",
        "Days",
        "Feeders",
        "Causes",
        "Customers",
        "Indian",
        "British",
        "Excluded",
    ]
    assert book["Months"]["G4"].value == 12
    first, second = (paul.get(f"{file}.pdf").content for _ in range(2))
    assert first.startswith(b"%PDF-")
    assert first == second
    assert paul.get(f"{file}.doc").status_code == 422


def test_a_name_no_spreadsheet_runs(rows, paul):
    freeze(paul, name="=cmd()")
    report = FrozenReport.objects.get()
    book = openpyxl.load_workbook(io.BytesIO(paul.get(f"/reliability/reports/{report.pk}/file.xlsx").content))
    assert (book["Report"]["B1"].value, book["Report"]["B1"].data_type) == ("'=cmd()", "s")


def test_a_restatement_is_a_report_of_its_own(rows, paul):
    freeze(paul)
    first = FrozenReport.objects.get()
    page = f"/reliability/reports/{first.pk}/"
    assert "still give these figures" in text(paul.get(page, compare="1"))
    assert "nothing has changed" in text(freeze(paul, "Again", restates=first.pk, reason="late"), 422).lower()
    Interruption.objects.filter(pk=rows[0].pk).update(ended_at=MARCH + dt.timedelta(minutes=30))
    shown = text(paul.get(page, compare="1"))
    assert "have changed since" in shown
    freeze(paul, "March restated", restates=first.pk, reason="crew's times")
    second = FrozenReport.objects.get(restates=first)
    assert (second.reason, table(second, "months")["rows"][-1][6]) == ("crew's times", 6.0)
    assert table(FrozenReport.objects.get(pk=first.pk), "months")["rows"][-1][6] == 12.0
    assert "March restated" in text(paul.get(page))
    assert "restated later" in text(paul.get("/reliability/reports/"))


def test_a_name_is_taken_once(rows, paul):
    freeze(paul)
    assert "called" in text(freeze(paul), 409)
    assert FrozenReport.objects.count() == 1


def test_figures_of_the_head_are_written_as_people_write_them(rows, paul):
    freeze(paul)
    told = text(paul.get(f"/reliability/reports/{FrozenReport.objects.get().pk}/"))
    assert "<dt>Momentary up to, minutes</dt> <dd> 5 </dd>" in told


def test_an_operator_looks_at_reports_and_freezes_none(rows, paul):
    anna = Person("OPR")
    assert "Freeze" not in text(anna.get("/reliability/reports/"))
    assert freeze(anna).status_code == 403
    assert "not frozen" in text(anna.get("/reliability/reports/preview/", month="2026-03"))


def test_a_past_month_is_related_to_the_customers_of_its_days(rows, paul):
    area = ControlArea.objects.get(key="story-s")
    for day in (1, 2):
        ServedDay.objects.create(day=dt.date(2026, 3, day), area=area, feeder="CB1", customers=5 * day + 5)
    page = text(paul.get("/reliability/", month="2026-03"))
    assert 'aria-label="SAIDI 19.2' in page  # 240 / 12.5
    assert "Customers served: mean of 2 of 31 days kept" in page


def test_the_border_and_the_wording_are_settings_shown_beside_the_figures(rows, paul):
    Setting.objects.create(key="reliability.momentary_minutes", value=2, changed_by="x", changed_at=MARCH)
    Setting.objects.create(key="reliability.wording", value="british", changed_by="x", changed_at=MARCH)
    page = text(paul.get("/reliability/", month="2026-03"))
    assert 'aria-label="CML 12.4 min' in page  # (240 + 9) / 20
    assert 'aria-label="CI 35.0 per 100' in page
    assert "Momentary: up to 2 min" in page
    assert "Sustained is longer than 2 minutes" in text(paul.fetch("/reliability/method/"))


@pytest.mark.parametrize("by", ["area", "substation", "feeder", "cause", "device"])
def test_figures_are_listed_by_any_group_and_lead_to_its_outages(by, rows, paul):
    page = text(paul.get("/reliability/", month="2026-03", by=by))
    assert "12.00" in page
    group = {"area": "story-s", "feeder": "CB1", "cause": "tree", "device": "F1"}.get(by)
    if group:
        panel = text(paul.fetch("/reliability/feeder/", month="2026-03", by=by, group=group))
        assert f"/outages/{rows[0].outage_id}/" in panel


def test_planned_work_has_figures_of_its_own(rows, paul):
    assert 'aria-label="SAIDI 9.0' in text(paul.get("/reliability/", month="2026-03", kind="planned"))
    assert 'aria-label="SAIDI 21.0' in text(paul.get("/reliability/", month="2026-03", kind="both"))


def upload(person, content, **fields):
    file = SimpleUploadedFile("own.csv", content.encode())
    return person.submit("/reliability/file/", interruptions=file, **({"customers_served": "1000"} | fields))


ROWS = "id,off,on,customers,feeder\n1,2026-03-01T10:00,2026-03-01T11:00,500,A\n2,2026-03-02T10:00,2026-03-02T10:05,1000,B\n"


def test_a_file_of_ones_own_gives_every_index_without_a_network(paul):
    page = text(upload(paul, ROWS, by=["feeder"]))
    for figure in ("0.500000", "30.0000", "60.0000", "1.000000"):  # SAIFI, SAIDI, CAIDI, MAIFI
        assert f'<td class="number">{figure}</td>' in page
    assert "2 interruptions" in page


def test_errors_of_a_file_are_told_line_by_line(paul):
    bad = ROWS + "3,soon,2026-03-02T10:05,7,B\n4,2026-03-02T10:00,2026-03-02T09:00,x,B\n"
    page = text(upload(paul, bad), 422)
    assert "line 4: off &#x27;soon&#x27; is no ISO 8601 time" in page
    assert "line 5: customers &#x27;x&#x27; is no number" in page
    assert "nothing was computed" in page


def test_a_file_is_bounded_in_size(paul):
    Setting.objects.create(key="reliability.upload_megabytes", value=0, changed_by="x", changed_at=MARCH)
    assert "MB are more than 0" in text(upload(paul, ROWS), 422)


def test_no_customers_and_no_file_are_refused(paul):
    assert "positive" in text(upload(paul, ROWS, customers_served="0"), 422)
    assert "Choose a CSV file" in text(paul.submit("/reliability/file/", customers_served="5"), 422)


def served(day, customers=20):
    return ServedDay.objects.create(
        day=day, area=ControlArea.objects.get(key="story-s"), feeder="CB1", customers=customers
    )


def months_of(report):
    found = table(report, "months")
    return [dict(zip(found["columns"], line, strict=True)) for line in found["rows"]]


def test_a_report_is_silent_of_months_before_the_ledger_begins_and_says_why(rows, paul):
    paul.submit("/reliability/reports/", month="2026", area="", name="Year")
    report = FrozenReport.objects.get()
    february, march = months_of(report)[1:3]
    assert {february[name] for name in list(february)[1:]} == {None}
    assert march["SAIDI min"] == 12.0
    assert report.document["ledger_begins"] == "2026-03-10"
    assert "The ledger begins on 2026-03-10" in table(report, "months")["note"]
    assert (
        "2026-03-10, where the ledger begins" in paul.get(f"/reliability/reports/{report.pk}/file.csv").content.decode()
    )
    assert "The ledger begins on 2026-03-10" in text(paul.get(f"/reliability/reports/{report.pk}/"))


def test_what_the_ledger_does_not_know_is_not_frozen(rows, paul):
    answer = paul.submit("/reliability/reports/", month="2026-02", area="", name="February")
    assert "the ledger begins on 2026-03-10" in text(answer, status=422)
    assert not FrozenReport.objects.exists()


def test_a_month_that_is_over_and_verified_is_no_preliminary_report(rows, paul):
    freeze(paul)
    assert FrozenReport.objects.get().preliminary == ""
    assert "Preliminary" not in text(paul.get(f"/reliability/reports/{FrozenReport.objects.get().pk}/"))


def test_a_month_that_goes_on_is_frozen_as_preliminary_and_every_file_says_so(rows, paul):
    today = timezone.localdate()
    served(today)
    paul.submit("/reliability/reports/", month=f"{today:%Y-%m}", area="", name="So far")
    report = FrozenReport.objects.get()
    assert report.preliminary == report.document["preliminary"] == f"the day {today} was not over"
    assert "Preliminary" in text(paul.get(f"/reliability/reports/{report.pk}/"))
    assert "preliminary" in text(paul.get("/reliability/reports/"))
    file = f"/reliability/reports/{report.pk}/file"
    assert f"Preliminary,the day {today} was not over" in paul.get(f"{file}.csv").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(paul.get(f"{file}.xlsx").content))
    assert book["Report"]["A2"].value == "Preliminary"


def test_interruptions_that_go_on_or_nobody_verified_make_a_report_preliminary(rows, paul):
    Interruption.objects.filter(pk=rows[0].pk).update(ended_at=None, is_provisional=True)
    freeze(paul)
    told = FrozenReport.objects.get().preliminary
    assert "going on: 1 rows" in told
    assert "nobody had verified: 1 rows" in told
