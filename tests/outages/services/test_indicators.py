"""Fault indicators of telemetry speak for or against the devices behind them, in both engines (X06)."""

import numpy as np
import pytest

from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.models import AuditEntry
from adms.core.services import retention
from adms.core.services.authority import NotAuthorised
from network.models import IndicatorWord, TelemetryPoint
from network.selectors import state
from network.services import indicator_resets, telemetry
from outages.domain.rule_sets import BUILT_IN, InForce
from outages.models import Evidence
from outages.selectors import indicators, known_evidence, pool, rule_sets, trees
from outages.selectors.recorded import Period
from outages.services import replaying
from outages.services import rule_sets as writing
from tests.cast import ANNA, NOON, TOM, after, deliver, feeder, gasp, meters_at, person, publish
from tests.outages.services.acting import going, outage_at, settle
from tests.people import Person, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(db) -> None:
    """The feeder of the stories, with an indicator at F1 and one on L2, the line behind SW1."""
    state.forget()
    publish(feeder())
    version = state.published_version_id("story")
    for name, mrid in (("FI F1", "F1"), ("FI L2", "L2")):
        TelemetryPoint.objects.create(
            version_id=version, mrid=name, name=name, equipment_mrid=mrid, kind="fault_indicator", phases=7
        )


def says(name: str, *, operated: bool, at: float, quality: str = "good") -> None:
    TelemetryPoint.objects.filter(mrid=name).update(value=float(operated), quality=quality, occurred_at=after(at))


def seen(since: float = 0.0) -> set[tuple[str, bool]]:
    devices = trees.current(state.present("story"))
    found = indicators.of(devices, np.array([-1]), np.array([after(since).timestamp()]))
    return {(devices.mrid(int(device)), bool(yes)) for device, yes in zip(found.device, found.operated, strict=True)}


def test_who_never_said_anything_says_nothing():
    assert seen() == set()


def test_one_at_a_device_speaks_of_that_device():
    says("FI F1", operated=True, at=5)
    assert seen() == {("F1", True)}
    says("FI F1", operated=False, at=-90_000)
    assert seen() == {("F1", False)}


def test_one_on_a_line_speaks_for_the_device_before_it_or_against_those_behind():
    says("FI L2", operated=True, at=5)
    assert seen() == {("CB1", True)}
    says("FI L2", operated=False, at=5)
    assert seen() == {("F2", False), ("T5", False)}


def test_an_operation_of_an_earlier_fault_and_a_word_of_bad_quality_say_nothing():
    says("FI F1", operated=True, at=-3600)
    says("FI L2", operated=False, at=0, quality="suspect")
    assert seen() == set()


def test_prediction_is_given_them_and_names_them():
    general = {"min_fraction": 0.9, "min_branches": 2, "ask_on_prediction": "none"}
    writing.write(actor=person("mia", "MGR"), area=None, name="normal", values=general, reason="strict", at=NOON)
    gasp(meters_at("T3")[:1] + meters_at("T4")[:1], NOON)
    says("FI F1", operated=True, at=1)
    deliver(after(1))
    reports = pool.dark("story", [], None)
    known = known_evidence.of(trees.current(state.present("story")), reports, None, [])
    assert known.indicators.operated.tolist() == [True]
    assert Evidence.objects.count() == 2
    settle(60)
    assert ("F2", "new", 9) in going()
    gasp(meters_at("T1")[:2], after(70))
    settle(130)
    assert rule_sets.named(None, "normal").get("min_fraction") == 0.9
    checks = {one["key"]: one for one in outage_at("F2").explanation["checks"]}
    assert "indicator" not in checks  # none at it or above says anything


EAGER = {"min_fraction": 0.9, "min_transformers": 1, "min_branches": 1, "ask_on_prediction": "none"}


def scada(value: float, at: float, quality: str = "good") -> None:
    """SCADA reports the indicator at F1."""
    said = telemetry.Measurement("FI F1", value, after(at), quality)
    telemetry.record_measurements(measurements=[said], at=after(at))


def replayed(until: float, **changes: object) -> list[tuple[str, int, tuple[str, ...]]]:
    period = Period("story", after(-60), after(until))
    outcome = replaying.run(period=period, rules=InForce.of("other", 1, BUILT_IN["normal"] | EAGER | changes))
    return [(row.replayed.device, row.replayed.customers, row.differences) for row in outcome.rows if row.replayed]


def test_a_replay_hears_what_an_indicator_said_then_and_not_what_it_says_now():
    """One transformer of two is dark: by these rules that is F1 only where the indicator at it operated."""
    writing.write(actor=person("mia", "MGR"), area=None, name="normal", values=EAGER, reason="eager", at=NOON)
    scada(0.0, -3600)
    scada(1.0, -1)
    gasp(meters_at("T1"), NOON)
    settle(40)
    assert going() == {("F1", "new", 9)}
    scada(0.0, 300)
    assert replayed(200) == [("F1", 9, ())]
    assert replayed(200, indicator_factor=1.0) == [("T1", 5, ("device", "customers"))]


def test_a_replay_does_not_hear_what_was_said_later():
    writing.write(actor=person("mia", "MGR"), area=None, name="normal", values=EAGER, reason="eager", at=NOON)
    gasp(meters_at("T1"), NOON)
    settle(40)
    assert going() == {("T1", "new", 5)}
    scada(1.0, 60)
    assert replayed(50) == [("T1", 5, ())]


def test_one_that_resets_by_itself_does_not_move_the_outage_back():
    writing.write(actor=person("mia", "MGR"), area=None, name="normal", values=EAGER, reason="eager", at=NOON)
    scada(1.0, -1)
    gasp(meters_at("T1")[:3], NOON)
    settle(40)
    assert going() == {("F1", "new", 9)}
    scada(0.0, 60)
    gasp(meters_at("T1")[3:], after(70))
    settle(100)
    assert going() == {("F1", "new", 9)}
    assert [one.text for one in outage_at("F1").entries.filter(kind="moved")] == []
    assert replayed(200) == [("F1", 9, ())]


def test_one_that_has_reset_and_behind_which_nothing_is_dark_any_more_is_one_that_sees_nothing():
    """F1 came back; what is dark now is T5, and the fault of F1 is no sign of another one there."""
    scada(1.0, -1)
    scada(0.0, 60)
    devices = trees.current(state.present("story"))
    told = np.array([after(0).timestamp()])
    behind, beside = (np.array([devices.of_equipment(name, -1)]) for name in ("T1", "T5"))
    assert indicators.of(devices, behind, told).operated.tolist() == [True]
    assert indicators.of(devices, beside, told).operated.tolist() == [False]
    assert indicators.of(devices, behind, told + 3600).operated.tolist() == [False]


def test_what_an_indicator_says_over_and_over_is_kept_once_but_every_operation_is():
    for at, value in ((0, 0.0), (10, 0.0), (20, 1.0), (30, 1.0), (40, 0.0)):
        scada(value, at)
    scada(0.0, 50, quality="suspect")
    kept = IndicatorWord.objects.order_by("pk").values_list("value", "quality", "occurred_at")
    assert [(value, quality, (at - NOON).total_seconds()) for value, quality, at in kept] == [
        (0.0, "good", 0), (1.0, "good", 20), (1.0, "good", 30), (0.0, "good", 40), (0.0, "suspect", 50),
    ]  # fmt: skip


def test_old_words_go_but_the_last_of_each_indicator_stays():
    scada(1.0, 0)
    scada(0.0, 10)
    retention.run(at=after(401 * 86400))
    assert list(IndicatorWord.objects.values_list("value", flat=True)) == [0.0]


def test_what_a_person_reset_counts_no_longer_in_life_and_in_the_replay():
    writing.write(actor=person("mia", "MGR"), area=None, name="normal", values=EAGER, reason="eager", at=NOON)
    scada(1.0, -1)
    gasp(meters_at("T1")[:3], NOON)
    settle(40)
    assert going() == {("F1", "new", 9)}
    indicator_resets.reset(actor=ANNA, point_mrid="FI F1", reason="of the fault of yesterday", at=after(60))
    gasp(meters_at("T1")[3:], after(70))
    settle(110)
    assert going() == {("T1", "new", 5)}
    assert replayed(50) == [("F1", 9, ("device", "customers"))]
    assert replayed(200) == [("T1", 5, ())]
    audited = AuditEntry.objects.get(action="reset_indicator")
    assert (audited.actor, audited.reason) == ("anna", "of the fault of yesterday")
    scada(1.0, 120)
    assert seen(100) == {("F1", True)}


def test_who_may_not_reset_and_what_cannot_be_reset_is_refused():
    def reset(actor: Actor = ANNA, reason: str = "old") -> None:
        indicator_resets.reset(actor=actor, point_mrid="FI F1", reason=reason, at=after(60))

    with pytest.raises(indicator_resets.NothingToReset):
        reset()
    scada(1.0, 0)
    with pytest.raises(NotAuthorised):
        reset(TOM)
    with pytest.raises(Invalid, match="say why"):
        reset(reason=" ")
    reset()
    with pytest.raises(indicator_resets.NothingToReset):
        reset()


def test_the_list_of_points_offers_the_reset_and_the_screen_for_and_against_tells_what_has_reset():
    operator = Person("OPR")
    scada(1.0, -1)
    gasp(meters_at("T1"), NOON)
    settle(40)
    scada(0.0, 60)
    page = text(operator.get(f"/outages/{outage_at('T1').pk}/evidence/"))
    assert "Fault current seen" in page and "reset by itself" in page
    assert "Reset…" in text(operator.get("/telemetry/?show=all"))
    dialog = operator.submit("/telemetry/FI F1/reset/", reason="")
    assert dialog.status_code == 422 and "Say why it is reset" in text(dialog, 422)
    operator.submit("/telemetry/FI F1/reset/", reason="seen before")
    assert "Fault current seen" not in text(operator.get(f"/outages/{outage_at('T1').pk}/evidence/"))
    answer = operator.client.post(
        "/api/v1/telemetry-points/FI F1/reset", {"reason": "again"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "nothing_to_reset")
