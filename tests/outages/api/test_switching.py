"""P05 over REST: an order by two people from draft to completed, with the same refusals as everywhere."""

import datetime as dt

import pytest

from adms.core import clock
from adms.core.models import AuditEntry
from outages.services.switching import rehearsal_jobs, suggestion_jobs
from tests.rest import NORTH, SOUTH, Api, error, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network(db) -> None:
    publish()


def wanted(*told: str, **other: object) -> dict[str, object]:
    begins = clock.now() + dt.timedelta(days=1)
    steps = [
        {"kind": one.split()[0], "device": one.split()[1]}
        for one in told or ("open FN", "tag FN", "untag FN", "close FN")
    ]
    window = {"begins_at": begins.isoformat(), "ends_at": (begins + dt.timedelta(hours=2)).isoformat()}
    return {"model": "twin", "purpose": "New fuse", "steps": steps, **window} | other


def verb(api: Api, number: int, *verbs: str) -> dict[str, object]:
    told: dict[str, object] = {}
    for one in verbs:
        answer = api.post(f"switching-orders/{number}/{one}")
        assert answer.status_code in {200, 202}, answer.content
        told = answer.json()
        if answer.status_code == 202:
            assert told["latest_rehearsal"]["then"] == one
            assert rehearsal_jobs.JOBS.run_waiting(clock=clock.now) == 1
            told = api.get(f"switching-orders/{number}").json()
    return told


def operate(api: Api, number: int, key: str, confirmation: str = "") -> dict[str, object]:
    at = f"switching-orders/{number}/steps/{key}"
    seen = api.get("devices/FN").json()["switch"]["seen_number"]
    selected = api.post(f"{at}/select", {"seen_number": seen})
    assert selected.status_code == 200, selected.content
    body = {"operation_id": selected.json()["operation_id"], "confirmation": confirmation, "reason": "New fuse"}
    return api.post(f"{at}/operate", body).json()


def test_from_draft_to_completed_by_two_people():
    anna, sue = Api("OPR", NORTH, name="anna"), Api("SOP", NORTH, name="sue")
    made = anna.post("switching-orders", wanted())
    assert made.status_code == 201, made.content
    order = made.json()
    number, keys = order["id"], [one["key"] for one in order["steps"]]
    asked = anna.post(f"switching-orders/{number}/rehearse")
    assert (asked.status_code, asked.json()["latest_rehearsal"]["state"]) == (202, "queued")
    assert error(anna.post(f"switching-orders/{number}/rehearse"), 409)["code"] == "order_refused"
    assert rehearsal_jobs.JOBS.run_waiting(clock=clock.now) == 1
    told = anna.get(f"switching-orders/{number}").json()
    assert told["latest_rehearsal"]["state"] == "done"
    rehearsed = told["rehearsal"]
    assert [one["lost_customers"] for one in rehearsed["steps"]] == [5, 0, 0, 0]
    assert verb(anna, number, "request", "prepare", "check")["state"] == "checked"
    assert error(anna.post(f"switching-orders/{number}/approve"), 403)["code"] == "no_access_authority"
    assert verb(sue, number, "approve")["approved_by"] == "sue"
    assert verb(anna, number, "schedule", "issue")["state"] == "issued"
    at = f"switching-orders/{number}/steps"
    assert error(anna.post(f"{at}/{keys[1]}/do"), 409)["message"] == "Step 1 comes first"
    assert operate(anna, number, keys[0], "FN")["state"] == "completed"
    for key in keys[1:3]:
        assert anna.post(f"{at}/{key}/do", {"note": "ok"}).json()["state"] == "completed"
    assert operate(anna, number, keys[3])["state"] == "completed"
    done = verb(anna, number, "complete")
    assert (done["state"], done["steps_ended"]) == ("completed", 4)
    assert {"written", "approved", "completed"} <= {line["kind"] for line in done["timeline"]}
    assert anna.get("switching-orders", state="completed").json()["results"][0]["id"] == number


def test_a_rehearsal_is_cancelled_before_a_worker_has_it():
    anna = Api("OPR", NORTH)
    number = anna.post("switching-orders", wanted()).json()["id"]
    anna.post(f"switching-orders/{number}/rehearse", {"basis": "future"})
    told = verb(anna, number, "rehearse/cancel")["latest_rehearsal"]
    assert (told["state"], told["basis"]) == ("cancelled", "future")


def test_what_was_not_just_rehearsed_is_rehearsed_by_a_worker_before_it_is_checked_while_nobody_waits():
    anna = Api("OPR", NORTH, name="anna")
    number = anna.post("switching-orders", wanted("open FN")).json()["id"]
    verb(anna, number, "request", "prepare")
    waits = anna.post(f"switching-orders/{number}/check")
    assert (waits.status_code, waits.json()["state"]) == (202, "prepared")
    assert waits.json()["latest_rehearsal"]["then"] == "check"
    assert error(anna.post(f"switching-orders/{number}/check"), 409)["message"].endswith("is being rehearsed already")
    assert rehearsal_jobs.JOBS.run_waiting(clock=clock.now) == 1
    assert anna.get(f"switching-orders/{number}").json()["state"] == "checked"
    refused = error(anna.post(f"switching-orders/{number}/approve"), 403)
    assert refused["code"] == "no_access_authority"
    both = Api("SOP", NORTH, name="both")
    own = both.post("switching-orders", wanted("open FN")).json()["id"]
    verb(both, own, "request", "prepare", "check")
    assert "another person does" in error(both.post(f"switching-orders/{own}/approve"), 409)["message"]
    assert AuditEntry.objects.filter(action="order_approved", result="refused").count() == 1


def test_an_order_with_an_error_is_not_checked_and_its_rehearsal_says_why():
    anna = Api("OPR", NORTH, name="anna")
    number = anna.post("switching-orders", wanted("ground TN1")).json()["id"]
    told = verb(anna, number, "request", "prepare", "check")
    assert told["state"] == "prepared"
    assert "finds an error" in told["latest_rehearsal"]["error"]
    assert told["rehearsal"]["worst"] == "error"


def test_versions_are_compared():
    anna, sue = Api("OPR", NORTH), Api("SOP", NORTH)
    number = anna.post("switching-orders", wanted()).json()["id"]
    verb(anna, number, "request", "prepare", "check")
    verb(sue, number, "approve")
    told = anna.post(f"switching-orders/{number}/rework", {"reason": "Another fuse"}).json()
    assert (told["state"], told["version"]) == ("draft", 2)
    body = {name: value for name, value in wanted("open SWN").items() if name != "model"}
    assert anna.patch(f"switching-orders/{number}", body | {"revision": 1}).status_code == 409
    assert anna.patch(f"switching-orders/{number}", body).status_code == 200
    verb(anna, number, "request", "prepare")
    found = anna.get(f"switching-orders/{number}/versions/1/2").json()
    assert sorted(line["what"] for line in found["steps"]) == ["added", *["removed"] * 4]


def test_refusals_name_what_is_wrong():
    anna, south, tom = Api("OPR", NORTH), Api("SOP", SOUTH), Api("DSP")
    assert "LN is no switch" in error(anna.post("switching-orders", wanted("open LN")), 422)["message"]
    assert south.post("switching-orders", wanted()).status_code == 403
    assert anna.post("switching-orders", wanted("open CBS")).status_code == 403
    assert tom.post("switching-orders", wanted(kind="emergency")).status_code == 403
    number = tom.post("switching-orders", wanted()).json()["id"]
    assert south.post(f"switching-orders/{number}/request").status_code == 403
    assert anna.get("switching-orders/999").status_code == 404
    assert error(anna.post(f"switching-orders/{number}/complete"), 409)["code"] == "order_refused"
    verb(anna, number, "request", "prepare")
    assert error(anna.post(f"switching-orders/{number}/reject", {"reason": ""}), 422)["code"] == "invalid"


def test_a_document_is_drafted_and_refused_with_all_that_is_missing():
    anna = Api("OPR", NORTH, name="anna")
    number = anna.post("switching-orders", wanted("open FN", kind="emergency")).json()["id"]
    body = {"kind": "permit", "work": "New fuse", "equipment_mrid": "TN1", "points": ["FN"], "holder": "anna"}
    made = anna.post(f"switching-orders/{number}/documents", body)
    assert made.status_code == 201, made.content
    refused = error(anna.post(f"safety-documents/{made.json()['id']}/issue"), 409)
    assert refused["data"]["lacking"][0] == "FN is not open"
    assert len(refused["data"]["lacking"]) == 4


def test_suggestions_are_found_by_a_worker_and_may_be_sent_back_as_steps():
    anna = Api("OPR", NORTH, name="anna")
    body = {"model": "twin", "equipment_mrid": "TN1"}
    asked = anna.post("switching-orders/suggestions", body)
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    place = f"switching-orders/suggestions/{asked.json()['id']}"
    assert anna.get(place).json()["suggestions"] == []
    assert suggestion_jobs.JOBS.run_waiting(clock=clock.now) == 1
    done = anna.get(place).json()
    told = done["suggestions"]
    assert (done["state"], told[0]["points"], told[0]["during_work"], told[0]["problems"]) == ("done", ["FN"], 5, [])
    assert told[0]["unchecked"] == "the model has no impedances"
    made = anna.post("switching-orders", wanted() | {"steps": told[0]["steps"]})
    assert made.status_code == 201, made.content
    south = Api("OPR", SOUTH)
    assert south.post("switching-orders/suggestions", body).status_code == 403
    assert south.get(place).status_code == 404
    assert error(anna.post(f"{place}/cancel"), 409)["message"] == "this suggestion is not under way"


def test_a_later_question_ends_the_one_before_and_one_that_waits_is_cancelled():
    anna = Api("OPR", NORTH, name="anna")
    body = {"model": "twin", "equipment_mrid": "TN1"}
    first, second = (anna.post("switching-orders/suggestions", body).json()["id"] for _ in range(2))
    assert anna.get(f"switching-orders/suggestions/{first}").json()["error"] == "asked anew"
    assert anna.post(f"switching-orders/suggestions/{second}/cancel").json()["state"] == "cancelled"
    assert suggestion_jobs.JOBS.run_waiting(clock=clock.now) == 0


def test_feeders_are_put_into_groups_by_a_senior_operator_of_their_area():
    anna, sue = Api("OPR", NORTH), Api("SOP", NORTH)
    body = {"model": "twin", "head": "CBN", "group": 1, "reason": "rota of 2026"}
    assert anna.post("load-shedding/feeders", body).status_code == 403
    told = sue.post("load-shedding/feeders", body)
    assert told.status_code == 200, told.content
    by_head = {one["head"]: one for one in told.json()["feeders"]}
    assert (by_head["CBN"]["group"], by_head["CBN"]["customers"] > 0) == (1, True)
    protected = body | {"is_protected": True}
    assert "in no group" in error(sue.post("load-shedding/feeders", protected), 422)["message"]
    unsaid = protected | {"group": None, "reason": ""}
    assert "say why" in error(sue.post("load-shedding/feeders", unsaid), 422)["message"]
    assert error(sue.post("load-shedding/feeders", body | {"head": "CBS"}), 403)
    rotate = {"model": "twin", "goal": "rotate", "target_kw": 5, "turn_min": 30}
    assert "turns must be" in error(anna.post("switching-orders/suggestions", rotate), 422)["message"]


def test_an_approved_template_is_copied_and_no_other():
    anna, sue = Api("OPR", NORTH), Api("SOP", NORTH)
    number = anna.post("switching-orders", wanted(kind="template")).json()["id"]
    copied = {name: value for name, value in wanted().items() if name not in {"model", "steps"}}
    assert "no approved template" in error(anna.post(f"switching-orders/{number}/copies", copied), 409)["message"]
    verb(anna, number, "request", "prepare", "check")
    assert verb(sue, number, "approve")["state"] == "approved"
    assert error(anna.post(f"switching-orders/{number}/issue"), 409)["code"] == "order_refused"
    made = anna.post(f"switching-orders/{number}/copies", copied).json()
    assert (made["kind"], made["state"], [one["kind"] for one in made["steps"]]) == (
        "planned",
        "draft",
        ["open", "tag", "untag", "close"],
    )


def test_what_was_tried_in_a_study_is_written_as_an_order_without_its_faults():
    anna = Api("OPR", NORTH)
    study = anna.post("studies", {"model": "twin", "name": "Around the fuse", "base": "present"}).json()["study"]
    for device, action in (("FN", "open"), ("SWN", "open"), ("SWN", "close"), ("FN", "fault")):
        assert anna.post(f"studies/{study}/actions", {"device": device, "action": action}).status_code == 201
    error(anna.post(f"switching-orders/of-study/{study + 1}", {}), 404)
    error(Api("OPR", NORTH).post(f"switching-orders/of-study/{study}", {}), 404)
    answer = anna.post(f"switching-orders/of-study/{study}", {})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["purpose"], told["state"]) == ("Around the fuse", "draft")
    assert [(one["kind"], one["device"]) for one in told["steps"]] == [
        ("open", "FN"),
        ("open", "SWN"),
        ("close", "SWN"),
    ]
    untouched = anna.post("studies", {"model": "twin", "name": "Nothing", "base": "present"}).json()["study"]
    refused = error(anna.post(f"switching-orders/of-study/{untouched}", {}), 409)
    assert refused["message"].startswith("nothing was switched in this study")
