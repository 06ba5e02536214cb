"""Split, move down, phases, reports, and taking it back, on the page of an outage."""

import pytest

from outages.models import Evidence, Outage
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db) -> Person:
    return Person("OPR", name="anna")


def test_moved_down_to_two_devices_after_a_look_and_taken_back(outage, anna):
    address = f"/outages/{outage.pk}/split/"
    assert f"{address}?to=down" in text(anna.get(f"/outages/{outage.pk}/"))
    choice = text(anna.get(f"{address}?to=down"))
    assert 'value="T1"' in choice
    assert 'value="T2"' in choice
    look = text(anna.post(address, how="down", device=["T1", "T2"]))
    assert "T1: 5 customers counted out now, 4 reports. T2: 4 customers counted out now, 2 reports." in look
    assert Outage.objects.count() == 1
    outage.refresh_from_db()
    fields = {"how": "down", "devices": "T1\nT2", "seen": str(outage.revision)}
    assert "A reason is needed" in text(anna.post(address, **fields), 422)
    assert "is moved down to T1, T2" in toast(anna.post(address, reason="both found blown", **fields))["text"]
    assert set(Outage.objects.values_list("device_mrid", "customers_out")) == {("T1", 5), ("T2", 4)}
    undo = f"/outages/{outage.pk}/undo/"
    assert undo in text(anna.get(f"/outages/{outage.pk}/"))
    assert "Moved down from F1 to T1 and T2" in text(anna.get(undo))
    assert toast(anna.post(undo))["text"].startswith("Taken back: Moved down")
    assert Outage.objects.exclude(state="cancelled").values_list("device_mrid", "customers_out").get() == ("F1", 9)
    assert "nothing was done to it by hand" in text(anna.get(undo), 409).lower()


def test_nothing_chosen_is_said_where_it_is_chosen(outage, anna):
    assert "Between 1 and 50 devices are needed" in text(anna.post(f"/outages/{outage.pk}/split/", how="stay"), 422)
    assert "It carries none of these phases" in text(anna.post(f"/outages/{outage.pk}/phases/"), 422)


def test_phases_are_chosen_looked_at_and_set(outage, anna):
    address = f"/outages/{outage.pk}/phases/"
    assert 'name="phase" value="A" checked' in text(anna.get(address))
    assert "is open on AB" in text(anna.post(address, phase=["A", "B"]))
    outage.refresh_from_db()
    told = toast(anna.post(address, phase="AB", seen=str(outage.revision), reason="C burns"))
    assert told["text"] == f"Outage {outage.pk} is open on AB"


def test_reports_are_set_aside_with_a_reason(outage, anna):
    address = f"/outages/{outage.pk}/reassign/"
    report = Evidence.objects.filter(outage=outage).order_by("pk")[0]
    assert f'value="{report.pk}"' in text(anna.get(address))
    assert "say where they belong" in text(anna.post(address, report=[report.pk], reason="a child"), 422).lower()
    assert toast(anna.post(address, report=[report.pk], to="none", reason="a child"))["text"].startswith("1 reports")
    report.refresh_from_db()
    assert report.outage_id is None


def test_who_may_not_change_it_is_refused_each_of_them(outage):
    paul = Person("MGR")
    outage.refresh_from_db()
    seen = str(outage.revision)
    for word, fields in {
        "split": {"how": "stay", "devices": "T1", "seen": seen, "reason": "why not"},
        "phases": {"phase": "A", "seen": seen, "reason": "why not"},
        "reassign": {"report": [Evidence.objects.first().pk], "to": "none", "reason": "why not"},
    }.items():
        assert paul.post(f"/outages/{outage.pk}/{word}/", **fields).status_code == 403
    assert Outage.objects.values_list("device_mrid", "customers_out").get() == ("F1", 9)
