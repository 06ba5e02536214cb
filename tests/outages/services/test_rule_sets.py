"""Rule sets are data: written in versions, followed by area, switched by hand, clock and rate, and taken back."""

import datetime as dt
import importlib

import pytest
from django.apps import apps

from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry, ControlArea, Setting, StoredEvent
from adms.core.services.authority import NotAuthorised
from outages.domain.rule_sets import Plan, Window
from outages.models import Outage, RulePlan, RuleSetVersion, RuleSwitch
from outages.selectors import rule_sets as reading
from outages.services import prediction, rule_sets
from outages.services.rule_sets import RuleSetRefused
from tests.cast import ANNA, NOON, after, gasp, meters_at, person
from tests.outages.services.acting import call, going, outage_at, settle

pytestmark = pytest.mark.django_db
MIA = person("mia", "MGR")
STRICT = {"min_reports_for_transformer": 3}
AREA = "story-s"


def area() -> ControlArea:
    return ControlArea.objects.get(key=AREA)


def write(values, *, name="normal", area=None, seen=None, at=0.0) -> RuleSetVersion:
    return rule_sets.write(actor=MIA, area=area, name=name, values=values, reason="a test", seen=seen, at=after(at))


def switch(name: str, at: float = 0.0) -> RuleSwitch | None:
    return rule_sets.switch(actor=MIA, area=AREA, name=name, at=after(at))


def active() -> str:
    return reading.in_force().of(area().pk).label


# What prediction does with them


def test_prediction_follows_the_area_s_set_and_the_explanation_names_it_with_its_version():
    write({"min_transformers": 1, "min_branches": 1}, name="eager")
    write({"min_transformers": 1, "min_branches": 1, "min_fraction": 0.5}, name="eager")
    switch("eager")
    gasp(meters_at("T1"), NOON)
    settle(31)
    assert going() == {("F1", "new", 9)}
    assert outage_at("F1").explanation["rule_set"] == "eager, version 2"


def test_the_engine_that_acts_is_part_of_the_set():
    write({"engine": "likelihood"}, area=AREA)
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    assert outage_at("F1").explanation["engine"] == "likelihood"


def test_another_area_s_set_changes_nothing_here():
    other = ControlArea.objects.create(key="elsewhere", name="Elsewhere")
    write({"min_reports_for_transformer": 50}, area=other.key)
    gasp(meters_at("T1"), NOON)
    settle(31)
    assert going() == {("T1", "new", 5)}


def test_trees_of_areas_that_follow_different_sets_are_predicted_each_by_its_own():
    second = ControlArea.objects.exclude(key=AREA).exclude(key="elsewhere").first()
    assert second is not None, "the story's second source lies in an area of its own"
    write({"hold_time_gasps_s": 600}, area=second.key)
    gasp(meters_at("T1", "T2"), NOON)
    settle(31)
    assert going() == {("F1", "new", 9)}
    assert outage_at("F1").explanation["rule_set"] == "normal, as built in"


def test_hold_and_freeze_times_are_the_area_s():
    write({"hold_time_calls_s": 300, "freeze_s": 60}, area=AREA)
    call("T1", at=0)
    call("T1", at=1, number=1)
    settle(121)
    assert not Outage.objects.exists()
    assert prediction.next_run(model="story") == after(300)
    prediction.run_due(model="story", at=after(302))
    assert outage_at("T1").confidence == "predicted"
    assert prediction.next_run(model="story") == after(362)
    prediction.run_due(model="story", at=after(363))
    assert outage_at("T1").confidence == "probable"


# Writing


def test_a_set_is_written_in_versions_and_gone_back_to_by_another_one():
    write(STRICT)
    write({"min_reports_for_transformer": 4}, seen=1)
    back = rule_sets.go_back(actor=MIA, area=None, name="normal", version=1, at=after(9))
    assert (back.version, back.values["min_reports_for_transformer"]) == (3, 3)
    assert [row["changes"] for row in reading.told(None, "normal")][1] == [("Reports for a transformer", 3, 4)]
    entry = AuditEntry.objects.filter(action="edit_rules").latest("pk")
    assert (entry.actor, entry.object, entry.before["min_reports_for_transformer"]) == ("mia", "rules:normal/3", 4)


def test_who_saw_an_older_version_is_refused():
    write(STRICT, seen=0)
    with pytest.raises(RuleSetRefused, match="changed meanwhile: version 1 is the latest, you saw 0"):
        write({"min_transformers": 3}, seen=0)


def test_nonsense_is_refused_with_every_field_and_nothing_is_written():
    with pytest.raises(Invalid) as refused:
        write({"min_fraction": 3, "window_s": -1})
    assert set(refused.value.data["complaints"]) == {"min_fraction", "window_s"}
    with pytest.raises(Invalid, match="name"):
        write(STRICT, name="No Name")
    with pytest.raises(RuleSetRefused, match="nothing is changed"):
        write(STRICT), write(STRICT)
    assert RuleSetVersion.objects.count() == 1


def test_only_managers_edit_and_one_of_an_area_only_there():
    with pytest.raises(NotAuthorised):
        rule_sets.write(actor=ANNA, area=None, name="normal", values=STRICT, reason="no", at=NOON)
    local = person("lou", "MGR", AREA)
    rule_sets.write(actor=local, area=AREA, name="normal", values=STRICT, reason="ours", at=NOON)
    with pytest.raises(NotAuthorised, match="single areas"):
        rule_sets.write(actor=local, area=None, name="normal", values=STRICT, reason="all", at=NOON)


# Switching


def test_a_switch_by_hand_is_audited_told_and_taken_back():
    made = switch("storm", at=5)
    assert active() == "storm, as built in"
    told = StoredEvent.objects.filter(name="RuleSetSwitched").latest("pk").payload
    assert (told["area"], told["after"], told["how"]) == (AREA, "storm", "hand")
    assert AuditEntry.objects.get(action="switch_rules").after == "storm"
    rule_sets.undo(actor=MIA, switch_id=made.pk, at=after(6))
    assert active() == "normal, as built in"
    with pytest.raises(RuleSetRefused, match="since then"):
        rule_sets.undo(actor=MIA, switch_id=made.pk, at=after(7))


def test_a_set_nobody_has_written_is_not_followed():
    with pytest.raises(NotFound, match="no rule set 'gale'"):
        switch("gale")


def plan(wanted: Plan, at: float = 0.0) -> RulePlan:
    return rule_sets.plan(actor=MIA, area=AREA, wanted=wanted, is_automatic=True, at=after(at))


def test_a_flood_of_evidence_switches_to_the_storm_set_and_calm_switches_back():
    plan(Plan(on_rate=9, off_rate=2, calm_after_s=300))
    assert rule_sets.switch_due(at=after(0)) == 0
    gasp(meters_at("T1", "T2"), after(1))
    settle(2)
    assert rule_sets.switch_due(at=after(3)) == 1
    assert (active(), RuleSwitch.objects.get().how) == ("storm, as built in", "rate")
    assert [rule_sets.switch_due(at=after(at)) for at in (4, 602, 900)] == [0, 0, 0]
    assert rule_sets.switch_due(at=after(903)) == 1
    assert active() == "normal, as built in"


def test_the_clock_switches_and_whoever_switches_by_hand_is_not_overruled():
    local = NOON.astimezone()
    begin = (dt.datetime.combine(local, dt.time()) + dt.timedelta(hours=0)).time()
    plan(Plan(windows=(Window(begin, dt.time(23, 59), "storm"),)))
    assert rule_sets.switch_due(at=NOON) == 1
    assert RulePlan.objects.get().how == "clock"
    made = switch("normal", at=10)
    assert rule_sets.switch_due(at=after(20)) == 0
    rule_sets.undo(actor=MIA, switch_id=made.pk, at=after(30))
    assert (active(), RulePlan.objects.get().is_automatic) == ("storm, as built in", True)


def test_taking_back_what_the_machine_switched_ends_the_automatic():
    plan(Plan(windows=(Window(dt.time(0), dt.time(23, 59), "storm"),)))
    rule_sets.switch_due(at=NOON)
    rule_sets.undo(actor=MIA, switch_id=RuleSwitch.objects.get().pk, at=after(5))
    assert rule_sets.switch_due(at=after(10)) == 0
    assert active() == "normal, as built in"


def test_a_plan_whose_borders_cross_or_whose_sets_are_unknown_is_refused():
    with pytest.raises(Invalid, match="below"):
        plan(Plan(on_rate=5, off_rate=5))
    with pytest.raises(NotFound):
        plan(Plan(busy="gale"))


# Upgrade


def test_the_settings_of_before_become_the_first_version_of_the_normal_set():
    for key, value in (("prediction.rules", {"min_fraction": 0.5}), ("prediction.freeze_s", 600)):
        Setting.objects.create(key=key, value=value, changed_by="adm", changed_at=NOON)
    importlib.import_module("outages.migrations.0006_rule_sets").keep_settings(apps, None)
    found = reading.in_force().general
    assert (found.label, found.rules.min_fraction, found.freeze_s) == ("normal, version 1", 0.5, 600)
    assert not Setting.objects.filter(key__startswith="prediction.rules").exists()
