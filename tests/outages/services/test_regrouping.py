"""People draw the line that prediction drew wrongly."""

import pytest

from adms.core.errors import Invalid
from adms.core.models import AuditEntry
from outages.models import Evidence, Interruption, Outage
from outages.selectors import outages as reading
from outages.services import lifecycle, prediction, regrouping
from outages.services.incidents import OutageRefused
from tests.cast import NOON, TOM, after, gasp, meters_at
from tests.outages.services.acting import call, going, move, outage_at, rows, settle

pytestmark = pytest.mark.django_db


def two() -> tuple[Outage, Outage]:
    gasp(meters_at("T1", "T2"), NOON)
    gasp(meters_at("T3", "T4"), after(5))
    settle(40)
    return outage_at("F1"), outage_at("F2")


def test_merged_by_hand_two_outages_stay_one():
    one, other = two()
    regrouping.merge(actor=TOM, outage_id=other.pk, into_id=one.pk, at=after(60))
    assert going() == {("F1", "new", 18)}
    assert Outage.objects.get(pk=other.pk).cancelled_reason == f"Merged into outage {one.pk} by tom"
    assert set(Evidence.objects.values_list("outage", flat=True)) == {one.pk}
    assert AuditEntry.objects.get(action="outage_merged").object == f"outage:{one.pk}"
    gasp(meters_at("T5"), after(61))
    settle(100)
    assert going() == {("F1", "new", 18), ("T5", "new", 2)}
    assert {row[2] for row in rows(one)} == {0.0, 5.0}


def test_an_outage_is_not_merged_into_itself_nor_into_one_that_is_over():
    one, other = two()
    with pytest.raises(Invalid, match="two outages"):
        regrouping.merge(actor=TOM, outage_id=one.pk, into_id=one.pk, at=after(60))
    lifecycle.cancel(actor=TOM, outage_id=one.pk, reason="no", at=after(61))
    with pytest.raises(OutageRefused, match="cancelled"):
        regrouping.merge(actor=TOM, outage_id=other.pk, into_id=one.pk, at=after(62))


def test_a_confirmed_outage_is_not_merged_into_a_mere_prediction():
    one, other = two()
    lifecycle.confirm(actor=TOM, outage_id=one.pk, at=after(50))
    with pytest.raises(OutageRefused, match=f"merge outage {other.pk} into it instead"):
        regrouping.merge(actor=TOM, outage_id=one.pk, into_id=other.pk, at=after(60))
    regrouping.merge(actor=TOM, outage_id=other.pk, into_id=one.pk, at=after(60))
    assert going() == {("F1", "new", 18)}
    assert not Interruption.objects.filter(superseded_at=None, is_provisional=True).exists()


def test_moved_up_an_outage_takes_all_below_and_stays_there():
    gasp(meters_at("T1"), NOON)
    settle(31)
    regrouping.move(actor=TOM, outage_id=outage_at("T1").pk, device_mrid="F1", at=after(60))
    prediction.run(model="story", at=after(61))
    outage = outage_at("F1")
    assert (outage.confidence, outage.customers_out) == ("probable", 9)
    assert rows() == [("T1", 5, 0.0, None), ("T2", 4, 0.0, None)]
    assert [s.text for s in reading.explanation(outage)] == ["tom moved it from T1 to F1; no threshold is asked."]
    assert [entry.kind for entry in outage.entries.all()] == ["created", "moved"]


def test_moved_down_an_outage_frees_the_reports_elsewhere_for_prediction():
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    regrouping.move(actor=TOM, outage_id=outage_at("F1").pk, device_mrid="T1", at=after(60))
    assert going() == {("T1", "new", 5)}
    prediction.run(model="story", at=after(61))
    assert going() == {("T1", "new", 5), ("T2", "new", 4)}
    assert rows() == [("T1", 5, 0.0, None), ("T2", 4, 0.0, None)]


def test_a_single_service_is_moved_to_its_transformer():
    call("T1", at=0)
    settle(121)
    regrouping.move(actor=TOM, outage_id=outage_at("T1").pk, device_mrid="T1", at=after(130))
    assert (outage_at("T1").kind, outage_at("T1").customers_out) == ("outage", 5)


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("F2", "neither above nor below F1"),
        ("CB1", "telemetry shows that device closed"),
        ("L1", "no protective device"),
        ("nothing", "no protective device"),
    ],
)
def test_an_outage_is_moved_only_to_where_it_can_be(device, words):
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    with pytest.raises((Invalid, OutageRefused), match=words):
        regrouping.move(actor=TOM, outage_id=outage_at("F1").pk, device_mrid=device, at=after(60))
    assert going() == {("F1", "new", 9)}


def test_two_outages_are_not_moved_to_one_device():
    call("T1", at=0)
    settle(121)
    prediction.run(model="story", at=after(121 + 1200))
    gasp(meters_at("T2"), after(1400))
    settle(1440)
    regrouping.move(actor=TOM, outage_id=outage_at("T2").pk, device_mrid="F1", at=after(1450))
    with pytest.raises(OutageRefused, match="merge them"):
        regrouping.move(actor=TOM, outage_id=outage_at("T1").pk, device_mrid="F1", at=after(1460))


def test_a_confirmed_outage_is_not_moved():
    move("CB1", close=False, at=0)
    settle(1)
    with pytest.raises(OutageRefused, match="confirmed at CB1"):
        regrouping.move(actor=TOM, outage_id=outage_at("CB1").pk, device_mrid="F1", at=after(10))
