"""The page of prediction rules: written, switched, taken back, and told in the control room."""

import pytest

from outages.models import RulePlan, RuleSetVersion, RuleSwitch
from tests import pseudo
from tests.people import Person, text, toast

pytestmark = pytest.mark.django_db
AREA = "story-s"
SET = "/rules/sets/all/normal/"


@pytest.fixture
def mia(network) -> Person:
    return Person("MGR", name="mia")


def test_a_set_is_changed_field_by_field_with_its_history_beside_it(mia):
    assert "So many transformers below a device must have reports" in text(mia.get(SET))
    answer = mia.submit(SET, min_transformers="4", reason="too many false ones", seen="0")
    assert answer.status_code == 302
    page = text(mia.get(SET))
    assert "Transformers with reports: 2 → 4" in page
    assert "too many false ones" in page


def test_each_wrong_field_says_what_is_wrong_and_what_was_typed_stays(mia):
    page = text(mia.submit(SET, min_transformers="4", min_fraction="30 %", reason="", seen="0"), 422)
    assert page.count('class="error"') == 2
    assert 'aria-invalid="true" autofocus' in page
    assert 'value="30 %"' in page
    assert 'value="4"' in page
    assert not RuleSetVersion.objects.exists()


def test_going_back_is_confirmed_in_a_dialog_and_makes_a_new_version(mia):
    mia.submit(SET, min_transformers="4", reason="try", seen="0")
    assert "Nothing of the history is lost" in text(mia.fetch(f"{SET}0/", target="dialog"))
    answer = mia.post(f"{SET}0/", seen="1")
    assert (toast(answer)["text"], answer["HX-Redirect"]) == ("normal is at version 2", SET)


def test_a_switch_shows_in_the_control_room_and_is_undone_from_its_toast(mia):
    haas = Person("SOP", AREA, name="haas")
    assert "follows normal" in text(haas.fetch(f"/rules/areas/{AREA}/switch/", target="dialog"))
    told = toast(haas.post(f"/rules/areas/{AREA}/switch/", name="storm", reason="gale warning", seen="0"))
    assert "follows storm" in told["text"]
    room = text(haas.fetch("/outages/intake/"))
    assert "follows the rule set" in room
    assert "gale warning" in room
    assert "follows normal again" in toast(haas.post(told["undo"]))["text"]
    assert "follows the rule set" not in text(haas.fetch("/outages/intake/"))


def test_changes_of_rules_are_told_in_the_readers_language(mia):
    mia.submit(SET, min_transformers="4", reason="1234", seen="0")
    mia.post(f"{SET}0/", seen="1")
    mia.post(toast(mia.post(f"/rules/areas/{AREA}/switch/", name="storm", reason="12", seen="0"))["undo"])
    with pseudo.language():
        page, own = text(mia.get("/rules/")), text(mia.get(SET))
        told = toast(mia.post(f"/rules/areas/{AREA}/switch/", name="storm", seen="2"))["text"]
    assert page.count("⟦switch to storm taken back⟧") == 2  # what it follows, and the latest switch
    assert "⟦Back to the set as built in⟧" in own
    assert told == "⟦story S follows storm⟧"


def test_somebody_who_saw_an_older_state_is_told_so_in_the_dialog(mia):
    mia.post(f"/rules/areas/{AREA}/switch/", name="storm", seen="0")
    page = text(mia.post(f"/rules/areas/{AREA}/switch/", name="normal", seen="0"), 409)
    assert "changed meanwhile: it follows storm" in page


def test_clock_and_rate_are_typed_in_plain_words(mia):
    typed = {
        "is_automatic": "1",
        "normal": "normal",
        "busy": "storm",
        "on_rate": "200",
        "off_rate": "20",
        "calm_minutes": "45",
        "seen": "0",
    }
    assert "not understood" in text(mia.post(f"/rules/areas/{AREA}/plan/", **typed, windows="at night storm"), 422)
    toast(mia.post(f"/rules/areas/{AREA}/plan/", **typed, windows="22:00-6:00 storm"))
    plan = RulePlan.objects.get()
    assert (plan.calm_after_s, plan.windows) == (2700, [{"begin": "22:00", "end": "06:00", "name": "storm"}])
    assert "22:00-06:00 storm" in text(mia.fetch(f"/rules/areas/{AREA}/plan/", target="dialog"))


def test_an_operator_reads_the_rules_and_changes_nothing(network):
    anna = Person("OPR", name="anna")
    assert "Managers and administrators change rule sets." in text(anna.get(SET))
    assert anna.submit(SET, min_transformers="4", reason="no", seen="0").status_code in {403, 422}
    assert anna.post(f"/rules/areas/{AREA}/switch/", name="storm", seen="0").status_code == 403
    assert not RuleSetVersion.objects.exists()
    assert not RuleSwitch.objects.exists()
