"""Corrections and frozen reports over REST: S09 and X11 rest on figures that can be corrected, and on reports that cannot."""

import datetime as dt

import pytest

from outages.models import FrozenReport, Interruption
from tests.outages.api.test_reliability import DAY, outage, row
from tests.rest import NORTH, Api, error, publish

pytestmark = pytest.mark.django_db
MAY = {"begin": "2026-05-01T00:00:00Z", "end": "2026-06-01T00:00:00Z"}


@pytest.fixture(autouse=True)
def rows(db):
    """Five of twelve customers out for an hour: SAIDI 25 min."""
    publish()
    return row(outage(NORTH), 5, 60)


@pytest.fixture
def senior():
    return Api("SOP")


def half_an_hour(of: Interruption) -> str:
    return (of.began_at + dt.timedelta(minutes=30)).isoformat()


def test_a_correction_keeps_both_rows_and_both_figures(rows, senior):
    asked = {"rows": [rows.pk], "ended_at": half_an_hour(rows), "reason": "the crew's report"}
    answer = senior.post("corrections", asked)
    assert answer.status_code == 201, answer.content
    (new,) = answer.json()
    assert (new["duration_min"], new["customers"]) == (30.0, 5)
    (told,) = senior.get("corrections", **MAY).json()["results"]
    assert (told["old"]["id"], told["new"]["id"], told["reason"]) == (rows.pk, new["id"], "the crew's report")
    corrected = Interruption.objects.get(replaces=rows)
    assert (told["customer_minutes"], told["corrected_by"]) == (-150.0, corrected.corrected_by)
    figures = senior.get("corrections/figures", **MAY).json()
    assert (figures["original"]["saidi_min"], figures["restated"]["saidi_min"]) == (25.0, 12.5)
    assert error(senior.post("corrections", asked), 409)["code"] == "correction_refused"


def test_who_may_not_correct_is_refused_and_nothing_changes(rows):
    asked = {"rows": [rows.pk], "excluded_reason": "upstream", "reason": "not ours"}
    for role in ("OPR", "DSP", "AUD", "MGR"):
        assert Api(role).post("corrections", asked).status_code == 403, role
    assert error(Api("SOP").post("corrections", asked | {"reason": "no"}), 422)
    assert error(Api("SOP").post("corrections", asked | {"rows": [rows.pk + 99]}), 404)
    assert Interruption.objects.count() == 1


def test_a_frozen_period_is_corrected_by_two_persons_over_rest(rows, senior):
    manager = Api("MGR")
    assert manager.post("reports", MAY | {"name": "May 2026"}).status_code == 201
    asked = {"rows": [rows.pk], "ended_at": half_an_hour(rows), "reason": "the crew's report"}
    refused = error(senior.post("corrections", asked), 409)
    assert refused["code"] == "second_person_needed"
    assert "May 2026" in refused["message"]
    draft = manager.post("corrections/drafts", asked)
    assert draft.status_code == 201, draft.content
    number = draft.json()["id"]
    assert draft.json()["change"] == {"sets_end": True, "ended_at": half_an_hour(rows)}
    assert [one["id"] for one in senior.get("corrections/drafts").json()["results"]] == [number]
    assert manager.post(f"corrections/drafts/{number}/agree", {}).status_code == 403
    assert Api("OPR").post(f"corrections/drafts/{number}/agree", {}).status_code == 403
    (new,) = senior.post(f"corrections/drafts/{number}/agree", {}).json()
    assert new["duration_min"] == 30.0
    (told,) = senior.get("corrections", **MAY).json()["results"]
    assert told["agreed_by"] and told["agreed_by"] != told["corrected_by"]
    assert error(senior.post(f"corrections/drafts/{number}/agree", {}), 404)
    again = {"rows": [new["id"]], "excluded_reason": "upstream", "reason": "not ours"}
    second = manager.post("corrections/drafts", again).json()["id"]
    assert senior.post(f"corrections/drafts/{second}/decline", {"reason": "it was"}).json()["state"] == "declined"
    third = manager.post("corrections/drafts", again).json()["id"]
    assert manager.post(f"corrections/drafts/{third}/withdraw", {}).json()["state"] == "withdrawn"
    assert Api("DSP").post("corrections/drafts", again).status_code == 403


def test_a_report_is_frozen_listed_and_fetched(rows):
    manager = Api("MGR")
    made = manager.post("reports", MAY | {"name": "May 2026"})
    assert made.status_code == 201, made.content
    number = made.json()["id"]
    assert [one["name"] for one in manager.get("reports").json()["results"]] == ["May 2026"]
    document = manager.get(f"reports/{number}").json()["document"]
    (months,) = [one for one in document["tables"] if one["key"] == "months"]
    assert months["rows"][-1][months["columns"].index("SAIDI min")] == 25.0
    for kind, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF-")):
        assert manager.get(f"reports/{number}/{kind}").content.startswith(begins)
    assert error(manager.get("reports/999999/csv"), 404)


def test_a_restatement_over_rest_needs_a_reason_and_a_change(rows):
    manager = Api("MGR")
    number = manager.post("reports", MAY | {"name": "May 2026"}).json()["id"]
    again = {"name": "May 2026 restated", "restates": number, "reason": "crew's times"}
    assert "nothing has changed" in error(manager.post("reports", again), 422)["message"]
    Interruption.objects.filter(pk=rows.pk).update(ended_at=DAY + dt.timedelta(hours=8, minutes=30))
    assert manager.post("reports", again).json()["restates"] == number
    assert FrozenReport.objects.count() == 2
    assert error(manager.post("reports", MAY | {"name": "May 2026"}), 409)["code"] == "report_name_taken"


def test_a_report_without_a_period_or_right_is_refused(rows):
    assert "begin" in str(error(Api("MGR").post("reports", {"name": "Nothing"}), 422))
    assert Api("OPR").post("reports", MAY | {"name": "Mine"}).status_code == 403
    assert not FrozenReport.objects.exists()
