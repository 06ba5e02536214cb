"""Both engines on one outage, from the evidence as it stands now (X06): where they differ, why, and what taking the other word would do."""

import pytest

from adms.core.errors import Invalid
from adms.core.models import AuditEntry
from outages.models import Interruption, Outage
from outages.selectors import verdicts
from outages.services import lifecycle, prediction, regrouping, rule_sets
from outages.services.incidents import OutageRefused
from tests.cast import NOON, TOM, after, deliver, gasp, meters_at, person
from tests.outages.services.acting import answer, going, outage_at, rows, settle

pytestmark = pytest.mark.django_db
ADMIN = person("admin", "ADM")


def told_of(device: str, at: float = 60) -> tuple[Outage, verdicts.Verdicts]:
    found = outage_at(device)
    return found, verdicts.of(found, after(at))


def test_engines_that_agree_say_so_and_the_one_that_acts_comes_first():
    gasp(meters_at("T1", "T2"), NOON)
    settle(40)
    found, told = told_of("F1")
    assert [(one.engine, one.acts, one.agrees) for one in told.all] == [
        ("rules", True, True),
        ("likelihood", False, True),
    ]
    assert verdicts.in_words(told, told.other, found) == "The likelihood engine agrees: F1, from the same 9 reports."
    assert told.rules.label == "normal, as built in"


def test_where_they_differ_the_other_one_tells_device_customers_margin_and_why():
    """By a set that takes devices to open often, one gasp of two is enough for the engine that weighs."""
    rule_sets.write(actor=ADMIN, area=None, name="normal", values={"prior": 0.02}, reason="try", at=NOON)
    gasp(meters_at("T5")[:1], NOON)
    settle(130)
    found, told = told_of("T5", 200)
    rules, likelihood = told.all
    assert (found.kind, rules.agrees, likelihood.differences) == ("single", True, ["kind"])
    (seen,) = likelihood.found
    assert (seen.believed.device, seen.believed.customers, seen.shared, seen.reports) == ("T5", 2, 1, 1)
    assert seen.margin is not None
    assert seen.margin.condition == "likelihood"
    assert seen.margin.over > 0
    assert {"verdict", "gasps", "no_gasps", "likelihood"} <= {sentence.key for sentence in seen.sentences}
    words = "The likelihood engine takes all of T5 for out, not one service, from 1 of 1 report."
    assert verdicts.in_words(told, likelihood, found) == words
    assert regrouping.preview(outage=found, device_mrid="T5") == regrouping.Preview(gained=1, kept=1, lost=0)


def test_asking_changes_nothing():
    gasp(meters_at("T1", "T2"), NOON)
    settle(40)
    before = list(Outage.objects.values()), list(Interruption.objects.values()), AuditEntry.objects.count()
    verdicts.of(outage_at("F1"), after(4000))
    assert (list(Outage.objects.values()), list(Interruption.objects.values()), AuditEntry.objects.count()) == before


def test_the_rule_set_of_the_area_says_which_one_acts():
    rule_sets.write(actor=ADMIN, area="story-s", name="normal", values={"engine": "likelihood"}, reason="try", at=NOON)
    gasp(meters_at("T1", "T2"), NOON)
    settle(40)
    _, told = told_of("F1")
    assert [(one.engine, one.acts) for one in told.all] == [("likelihood", True), ("rules", False)]
    assert told.rules.label == "normal, version 1"


def test_a_confirmed_outage_is_judged_by_its_reports_alone():
    gasp(meters_at("T1")[:2], NOON)
    settle(40)
    regrouping.move(actor=TOM, outage_id=outage_at("T1").pk, device_mrid="F1", at=after(50))
    lifecycle.confirm(actor=TOM, outage_id=outage_at("F1").pk, at=after(55))
    found, told = told_of("F1")
    assert told.all[0].found[0].believed.device == "T1"
    with pytest.raises(OutageRefused, match="confirmed at F1"):
        regrouping.preview(outage=found, device_mrid="T1")


def test_what_is_over_has_nothing_to_weigh():
    gasp(meters_at("T1", "T2"), NOON)
    settle(40)
    lifecycle.restore(actor=TOM, outage_id=outage_at("F1").pk, occurred_at=after(100), at=after(110))
    _, told = told_of("F1", 120)
    assert (told.nothing, told.all) == ("It is over: its reports are settled.", [])


def test_the_preview_tells_what_the_move_then_does():
    gasp(meters_at("T1"), NOON)
    settle(31)
    found = outage_at("T1")
    assert regrouping.preview(outage=found, device_mrid="F1") == regrouping.Preview(gained=4, kept=5, lost=0)
    regrouping.move(actor=TOM, outage_id=found.pk, device_mrid="F1", reason="fuse seen", at=after(60))
    assert rows() == [("T1", 5, 0.0, None), ("T2", 4, 0.0, None)]
    assert AuditEntry.objects.get(action="outage_moved").reason == "Moved from T1 to F1 by tom: fuse seen"
    back = regrouping.preview(outage=outage_at("F1"), device_mrid="T1")
    assert back == regrouping.Preview(gained=0, kept=5, lost=4)


def test_a_move_is_on_phases_the_device_carries():
    gasp(meters_at("T1"), NOON)
    settle(31)
    with pytest.raises(Invalid, match="none of these phases"):
        regrouping.move(actor=TOM, outage_id=outage_at("T1").pk, device_mrid="F1", phases=8, at=after(60))
    regrouping.move(actor=TOM, outage_id=outage_at("T1").pk, device_mrid="F1", phases=1, at=after(61))
    assert outage_at("F1").phases == 1


def test_a_frozen_outage_that_evidence_has_left_behind_is_contradicted_by_both():
    gasp(meters_at("T1", "T2"), NOON)
    settle(40)
    lifecycle.acknowledge(actor=TOM, outage_id=outage_at("F1").pk, at=after(45))
    prediction.run(model="story", at=after(40 + 1200))
    assert outage_at("F1").confidence == "probable"
    answer(meters_at("T2"), 1300)
    deliver(after(1301))
    _, told = told_of("F1", 1310)
    assert going() == {("F1", "partly_restored", 5)}
    assert [one.found[0].believed.device for one in told.all] == ["T1", "T1"]
