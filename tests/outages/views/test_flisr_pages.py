"""FLISR at the screen and over REST: the proposal, taking it, its steps, its end, modes and readiness."""

from __future__ import annotations

import re

import pytest

from adms.core import clock
from adms.core.models import Approval
from integration.services import partners
from integration.services.partners import NewPartner
from network.selectors import state
from network.services import operations, positions
from network.services.positions import PositionReport
from outages.models import FlisrEvent, FlisrStep
from outages.selectors.flisr_words import said
from tests.builders.town import Town
from tests.cast import GATEWAY, NOON, SYSTEM
from tests.outages.services.flisr_acting import allow, answer, pass_time, planned, steps
from tests.people import Person, text, toast
from tests.rest import Api

pytestmark = pytest.mark.django_db


def test_a_proposal_is_read_taken_carried_out_and_judged() -> None:
    state.forget()
    partners.create_partner(
        actor=SYSTEM, partner=NewPartner("SCADA", "SCADA", (), ("Controls",), "http://127.0.0.1:9/"), at=NOON
    )
    town = Town()
    allow("manual")
    event = planned(town)
    operator, dispatcher = Person("OPR"), Person("DSP")
    best = event.plans[0]
    page = text(operator.get(f"/flisr/{event.pk}/"))
    assert said(best["summary"]) in page and "checked by power flow" in page
    assert all(said(reason) in page for reason in event.location["reasons"])
    assert '<td class="muted">FLISR</td>' in page and " ms</small>" not in page
    listed = text(operator.get("/flisr/"))
    assert event.device_name in listed
    # A feeder's mode can be set as soon as it has tripped for the first time
    assert "No feeder has tripped yet" not in listed
    assert "scope=feeder" in text(Person("SOP").get("/flisr/"))
    assert said(best["summary"]) in text(operator.fetch("/flisr/waiting/"))
    assert "See the proposal" in text(operator.fetch(f"/outages/{event.outage_id}/flisr/"))
    take = f"/flisr/{event.pk}/take/0/"
    assert take not in text(dispatcher.get(f"/flisr/{event.pk}/"))
    assert dispatcher.post(take, revision=event.revision).status_code == 403
    assert "made anew" in operator.post(take, revision=event.revision + 1).content.decode()
    assert said(best["summary"]) in text(operator.fetch(take, target="dialog"))
    assert "taken" in toast(operator.post(take, revision=event.revision))["text"]

    for step in steps(event):
        _operate(operator, event, step)
        # The page reads the real clock, so the field's answer must not be older than the operation.
        _answer_now(town)
    _pass_now()
    event.refresh_from_db()
    assert event.state == "done", event.reason

    rest = Api("OPR")
    told = rest.get(f"flisr/events/{event.pk}").json()
    assert [one["state"] for one in told["steps"]] == ["completed"] * len(best["steps"])
    assert told["location"]["bounds"] and "nodes" not in told["location"]
    assert rest.get("flisr/events", going=False).json()["count"] == 1
    acknowledge = f"/flisr/{event.pk}/acknowledge/?verdict=right"
    assert "right" in text(operator.fetch(acknowledge, target="dialog"))
    toast(operator.post(acknowledge, reason="the crew found it there"))
    ready = rest.get("flisr/readiness").json()["feeders"]
    assert [(one["judged"], one["right"], one["is_ready"]) for one in ready] == [(1, 1, False)]
    FlisrEvent.objects.update(plans=[best | {"summary": "a better one"}, best], chosen=1)
    listed = text(operator.get("/flisr/"))
    assert said(best["summary"]) in listed and "a better one" not in listed  # what was taken, not what was best


def test_a_plan_by_remote_control_says_whom_switches_by_hand_would_bring_back() -> None:
    town = Town(has_hand_ties=True)
    allow("manual")
    event = planned(town)
    best, remote = event.plans
    assert (best["by_hand"], remote["by_hand"]) == (1, 0)
    page, missing = text(Person("OPR").get(f"/flisr/{event.pk}/")), best["customers"] - remote["customers"]
    assert f"a plan with more switches by hand brings {missing} of them back" in page
    assert "no more to give" not in page
    asked = text(Person("OPR").fetch(f"/flisr/{event.pk}/take/0/", target="dialog"))
    assert all(f"<li>{' '.join(said(reason).split())}</li>" in asked for reason in best["reasons"])


def _operate(operator: Person, event: FlisrEvent, step: FlisrStep) -> None:
    """Both steps of the dialog."""
    address = f"/flisr/{event.pk}/step/{step.place}/"
    first = text(operator.fetch(address, target="dialog"))
    assert "Step 1 of 2" in first and step.equipment_name in first
    seen = re.search(r'name="seen_number" value="(\d+)"', first)
    assert seen is not None
    assert "moved since" in text(operator.post(address, seen_number=str(int(seen[1]) + 1), target="dialog"))
    second = text(operator.post(address, seen_number=seen[1], target="dialog"))
    execute = second.split('action="')[1].split('"')[0]
    digits = operations.digits_to_type(step.equipment_name)
    done = operator.post(execute, confirmation=digits, reason="the plan", target="dialog")
    assert done.status_code == 302, done.content


def test_a_step_with_a_stale_position_is_done_by_a_senior_operator_with_a_second_persons_word() -> None:
    """P02: FLISR leaves nobody stuck at a guard of the gate."""
    state.forget()
    partners.create_partner(
        actor=SYSTEM, partner=NewPartner("SCADA", "SCADA", (), ("Controls",), "http://127.0.0.1:9/"), at=NOON
    )
    town = Town()
    allow("manual")
    event = planned(town)
    senior, other, operator = Person("SOP", name="ingrid"), Person("OPR", name="ben"), Person("OPR", name="anna")
    toast(senior.post(f"/flisr/{event.pk}/take/0/", revision=event.revision))
    step = steps(event)[0]
    address = f"/flisr/{event.pk}/step/{step.place}/"
    told = PositionReport(
        event.model_key, step.equipment_mrid, clock.now(), is_closed=not step.is_close, quality="stale"
    )
    positions.record_positions(actor=GATEWAY, source="scada", reports=[told], at=clock.now())
    assert "lifted by a senior operator" in text(operator.fetch(address, target="dialog"))
    first = text(senior.fetch(address, target="dialog"))
    assert "Beyond the guard" in first
    seen = first.split('name="seen_number" value="')[1].split('"')[0]
    assert "Not selected:" in text(senior.post(address, seen_number=seen, target="dialog"))
    asked = text(senior.post(f"{address}second/", seen_number=seen, reason="seen by the crew", target="dialog"))
    assert "A second person is asked" in asked
    toast(other.post(f"/control/words/{Approval.objects.get().pk}/yes/"))
    second = text(senior.post(address, seen_number=seen, target="dialog"))
    assert "Step 2 of 2" in second
    execute = second.split('action="')[1].split('"')[0]
    digits = operations.digits_to_type(step.equipment_name)
    assert senior.post(execute, confirmation=digits, reason="seen", target="dialog").status_code == 302
    step.refresh_from_db()
    assert step.state == "pending"
    assert Approval.objects.get().state == "used"


def _answer_now(town: Town) -> None:
    assert answer(town, (clock.now() - NOON).total_seconds()) == 1
    _pass_now()


def _pass_now() -> None:
    pass_time((clock.now() - NOON).total_seconds())


def test_modes_are_set_by_senior_operators_with_a_reason() -> None:
    state.forget()
    town = Town()
    senior, operator = Person("SOP"), Person("OPR")
    address = "/flisr/mode/?scope=system&key="
    assert "as the system" in text(senior.get("/flisr/"))
    assert "What FLISR may do" in text(senior.fetch(address, target="dialog"))
    assert operator.post(address, mode="manual", reason="because").status_code == 403
    assert "say why" in text(senior.post(address, mode="manual", reason="")).lower()
    toast(senior.post(address, mode="manual", reason="ready for it"))
    key = f"{town.key}/{town.mrid(town.head)}"
    told = Api("SOP").post("flisr/modes", {"scope": "feeder", "key": key, "mode": "shadow", "reason": "new"})
    assert told.status_code == 200
    modes = Api("OPR").get("flisr/modes").json()["modes"]
    assert [(one["scope"], one["mode"]) for one in modes] == [("system", "manual"), ("feeder", "shadow")]
    assert not FlisrEvent.objects.exists()
