"""P05, P06: switching orders in the browser: written as lines, rehearsed, approved in another window, operated, told by phone, printed."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core import clock, printed
from adms.core.models import Approval, Setting
from network.selectors import equipment
from network.services import operations
from outages.domain.switching import steps as kinds
from outages.models import SwitchingOrder, SwitchingStep
from outages.services.switching import rehearsal_jobs, suggestion_jobs
from outages.views import order_text
from tests import pseudo
from tests.people import PASSWORD, Person, text, toast
from workforce.services import crews

pytestmark = pytest.mark.django_db
LINES = """open F1 @c12
tag F1 : Men at work
verify : nobody at F1

untag F1
close F1 @c12
"""


def written(anna: Person, steps: str = LINES, **other: str) -> SwitchingOrder:
    fields = {"model": "story", "kind": "planned", "purpose": "New fuse", "steps": steps}
    window = {"begins_at": "2031-05-01T08:00", "ends_at": "2031-05-01T10:00"}
    answer = anna.submit("/orders/new/", **fields | window | other)
    assert answer.status_code == 302, text(answer, answer.status_code)[-3000:]
    return SwitchingOrder.objects.latest("pk")


def act(person: Person, row: SwitchingOrder, *verbs: str, **fields: str) -> None:
    for verb in verbs:
        assert "</form>" in text(person.fetch(f"/orders/{row.pk}/do/{verb}/", target="dialog"))
        toast(person.post(f"/orders/{row.pk}/do/{verb}/", **fields))
        rehearsal_jobs.JOBS.run_waiting(clock=clock.now)  # what is checked, approved or issued is rehearsed before


def issued(anna: Person, sue: Person, steps: str = LINES) -> SwitchingOrder:
    row = written(anna, steps)
    act(anna, row, "request", "prepare", "check")
    act(sue, row, "approve")
    act(anna, row, "issue")
    return row


def step(row: SwitchingOrder, number: int) -> SwitchingStep:
    return SwitchingStep.objects.get(order=row, position=number)


def test_an_order_is_written_as_lines_rehearsed_and_approved_by_another(crew):
    anna, sue = Person("OPR", name="anna"), Person("SOP", name="sue")
    row = written(anna)
    kinds = list(row.steps.values_list("kind", "device_mrid", "text", "crew"))
    assert kinds[0] == ("open", "F1", "", "c12")
    assert kinds[1] == ("tag", "F1", "Men at work", "")
    assert [one[0] for one in kinds] == ["open", "tag", "verify", "untag", "close"]
    assert "asked for" in toast(anna.post(f"/orders/{row.pk}/rehearse/", basis="present"))["text"]
    assert "Waits for a worker" in text(anna.get(f"/orders/{row.pk}/"))
    assert rehearsal_jobs.JOBS.run_waiting(clock=clock.now) == 1
    assert "9 customers lose supply" in text(anna.fetch(f"/orders/{row.pk}/rehearse/", target="rehearsal"))
    page = text(anna.get(f"/orders/{row.pk}/"))
    assert '<b class="tone-p1">− 9</b> lose supply' in page
    assert "9 customers lose supply" in page
    act(anna, row, "request", "prepare", "check")
    assert 'disabled title="You have no right' in text(anna.get(f"/orders/{row.pk}/"))
    act(sue, row, "approve")
    assert "approved by sue" in text(anna.get(f"/orders/{row.pk}/"))
    assert "SO-" in text(anna.get("/orders/")) and "SO-" not in text(anna.get("/orders/?show=ended"))


def test_an_order_begins_with_the_steps_of_an_approved_template_and_of_no_other(crew):
    anna, sue = Person("OPR", name="anna"), Person("SOP", name="sue")
    template = written(anna, kind="template", begins_at="", ends_at="")
    way = f"/orders/new/?template={template.pk}"
    assert "is no approved template" in text(anna.get(way), 409)
    assert way not in text(anna.get(f"/orders/{template.pk}/"))
    act(anna, template, "request", "prepare", "check")
    act(sue, template, "approve")
    assert way in text(anna.get(f"/orders/{template.pk}/"))
    assert way not in text(Person("AUD", name="olga").get(f"/orders/{template.pk}/"))
    begun = anna.get(way).content.decode()
    assert "New fuse" in begun
    assert "untag F1\nclose F1 @c12</textarea>" in begun.replace("\r", "")
    made = written(anna, "\n".join(order_text.line(one) for one in template.steps.order_by("position")))
    assert [one.kind for one in made.steps.all()] == [one.kind for one in template.steps.all()]


def test_what_was_not_rehearsed_is_rehearsed_by_a_worker_before_it_is_checked(crew):
    anna, sue = Person("OPR", name="anna"), Person("SOP", name="sue")
    row = written(anna)
    act(anna, row, "request", "prepare")
    told = toast(anna.post(f"/orders/{row.pk}/do/check/"))["text"]
    assert "is rehearsed first, then: Check" in told
    page = text(anna.get(f"/orders/{row.pk}/"))
    assert "Waits for a worker" in page and "Prepared" in page
    assert rehearsal_jobs.JOBS.run_waiting(clock=clock.now) == 1
    row.refresh_from_db()
    assert row.state == "checked"
    # With a rehearsal of just that nobody waits.
    assert "Approve" in toast(sue.post(f"/orders/{row.pk}/do/approve/"))["text"]
    row.refresh_from_db()
    assert (row.state, row.approved_by) == ("approved", "sue")


def test_an_error_of_the_rehearsal_is_told_where_the_order_was_to_be_checked(crew):
    anna = Person("OPR", name="anna")
    row = written(anna, "ground L1/2\nunground L1/2")
    act(anna, row, "request", "prepare", "check")
    row.refresh_from_db()
    assert row.state == "prepared" and row.rehearsal["worst"] == "error"
    page = text(anna.get(f"/orders/{row.pk}/"))
    assert "Not checked:" in page and "finds an error" in page


def suggested(who: Person, **wanted: str) -> str:
    """The page of a suggestion once a worker has answered it."""
    answer = who.submit("/orders/suggest/", **({"model": "story"} | wanted))
    assert answer.status_code == 302, text(answer, answer.status_code)
    assert "Waits for a worker" in text(who.get(answer["Location"]))
    assert suggestion_jobs.JOBS.run_waiting(clock=clock.now) == 1
    return who.get(answer["Location"]).content.decode()


def test_load_is_taken_off_a_breaker_by_a_suggestion_that_becomes_an_order(crew):
    anna = Person("OPR")
    page = suggested(anna, equipment="CB1", goal="unload")
    assert "Closed</dt><dd>TIE" in " ".join(page.split()) and "not solved: the model has no impedances" in page
    assert 'value="load_relief"' in page
    assert "No open switch leads from what it feeds" in suggested(anna, equipment="F1", goal="unload")


def test_what_cannot_be_asked_is_told_beside_the_form_and_what_cannot_be_done_on_the_page(crew):
    anna = Person("OPR")
    assert "is not in the published network" in text(anna.submit("/orders/suggest/", equipment="L99"), 404)
    wrong = anna.submit("/orders/suggest/", goal="rotate", target_kw="much", turn_min="30", turns="4")
    assert "a number is needed" in text(wrong, 422)
    assert "Relief wanted" in text(anna.get("/orders/suggest/?goal=rotate"))
    assert "Nothing is out of its limits" in text(anna.get("/orders/suggest/?goal=relieve"))
    assert "is closed: name an open switch" in suggested(anna, equipment="CB1", goal="cold_load")
    assert "has no impedances" in suggested(anna, equipment="CB1", goal="least_loss")
    assert "is no transformer" in suggested(anna, equipment="L1", goal="take_out")


def test_a_rehearsal_under_way_is_cancelled_on_the_page(crew):
    anna = Person("OPR")
    row = written(anna)
    assert "No rehearsal" in toast(anna.post(f"/orders/{row.pk}/rehearse/cancel/"), 409)["text"]
    toast(anna.post(f"/orders/{row.pk}/rehearse/", basis="future"))
    assert "being rehearsed already" in toast(anna.post(f"/orders/{row.pk}/rehearse/", basis="present"), 409)["text"]
    toast(anna.post(f"/orders/{row.pk}/rehearse/cancel/"))
    assert f"cancelled by {anna.name}" in text(anna.get(f"/orders/{row.pk}/"))
    assert rehearsal_jobs.JOBS.run_waiting(clock=clock.now) == 0


def test_what_is_wrong_with_a_line_is_told_beside_what_was_typed(crew):
    anna = Person("OPR")
    answer = anna.submit("/orders/new/", model="story", purpose="x", steps="open F1\nswitch F2")
    page = text(answer, 422)
    assert "Line 2 cannot be read: switch F2" in page
    assert "open F1" in page
    assert "Say what it is for" in text(anna.submit("/orders/new/", model="story", steps="open F1"), 422)
    assert not SwitchingOrder.objects.exists()


def test_a_step_is_selected_and_operated_in_the_dialog_of_the_device(crew):
    anna, sue = Person("OPR"), Person("SOP")
    row = issued(anna, sue)
    key = step(row, 1).key
    at = f"/orders/{row.pk}/steps/{key}/operate/"
    assert "Step 1 of 2" in text(anna.fetch(at, target="dialog"))
    seen = equipment.position(operations.find_switch("story", "F1"))["seen_number"]
    second = text(anna.post(at, seen_number=str(seen), target="dialog"))
    assert "Step 2 of 2" in second
    execute = second.split('action="')[1].split('"')[0]
    assert "digits are not those" in text(anna.post(execute, confirmation="9", reason="x", target="dialog"))
    done = anna.post(execute, confirmation="1", reason="New fuse", target="dialog")
    assert done.status_code == 302
    assert step(row, 1).state == "completed"
    assert "Done" in text(anna.get(f"/orders/{row.pk}/"))


def test_a_step_beyond_the_guard_asks_for_password_and_second_person_in_the_same_dialog(crew):
    """P05: nobody gets stuck at the guard of size: what it needs is asked for where it is met."""
    anna, sue = Person("OPR", name="anna", password=PASSWORD), Person("SOP", name="sue")
    row = issued(anna, sue)
    told = {"value": 2, "changed_by": "test", "changed_at": clock.now()}
    Setting.objects.update_or_create(key="control.customers_at_once", area=None, defaults=told)
    base = f"/orders/{row.pk}/steps/{step(row, 1).key}"
    first = text(anna.fetch(f"{base}/operate/", target="dialog"))
    assert "Beyond the guard" in first and f'hx-post="{base}/second/"' in first
    seen = str(equipment.position(operations.find_switch("story", "F1"))["seen_number"])
    assert "Not selected:" in text(anna.post(f"{base}/operate/", seen_number=seen, target="dialog"))
    wrong = anna.post(f"{base}/second/", seen_number=seen, password="guess", target="dialog")
    assert "not your password" in text(wrong)
    asked = text(anna.post(f"{base}/second/", seen_number=seen, password=PASSWORD, reason="fuse", target="dialog"))
    assert "Your password is confirmed. A second person is asked" in asked
    toast(sue.post(f"/control/words/{Approval.objects.get().pk}/yes/"))
    assert "Beyond the guard" not in text(anna.fetch(f"{base}/operate/", target="dialog"))
    second = text(anna.post(f"{base}/operate/", seen_number=seen, target="dialog"))
    execute = second.split('action="')[1].split('"')[0]
    assert anna.post(execute, confirmation="1", reason="New fuse", target="dialog").status_code == 302
    assert step(row, 1).state == "completed"
    assert Approval.objects.get().state == "used"


def test_a_crew_is_told_a_step_on_its_phone_and_says_what_became_of_it(crew):
    anna, sue, dias = Person("OPR"), Person("SOP"), Person("CRW", name="dias")
    crews.link_user(key="c12", username="dias", at=clock.now())
    row = issued(anna, sue)
    key = step(row, 1).key
    toast(anna.post(f"/orders/{row.pk}/steps/{key}/instruct/", crew="c12"))
    page = text(dias.get("/crew/"))
    assert "Open F1" in page and "Could not be done" in page
    assert f"<p>CB1 · {row.area.name}</p>" in page  # where it is
    refused = text(dias.post(f"/crew/steps/{row.pk}/{key}/", outcome="failed", note=""), 422)
    assert "Say why it could not be done" in refused
    assert "Open F1" not in text(dias.post(f"/crew/steps/{row.pk}/{key}/", outcome="completed", note="Fuse out"))
    assert (step(row, 1).state, step(row, 1).note) == ("completed", "Fuse out")
    other = step(row, 5).key
    assert dias.post(f"/crew/steps/{row.pk}/{other}/", outcome="completed").status_code == 403


def test_a_document_tells_what_is_missing_and_a_crew_says_it_is_clear(crew):
    anna, sue, dias = Person("OPR", name="anna"), Person("SOP"), Person("CRW", name="dias")
    crews.link_user(key="c12", username="dias", at=clock.now())
    row = issued(anna, sue)
    given = {
        "kind": "clearance",
        "equipment": "T1",
        "work": "New fuse",
        "points": "F1",
        "holder": "anna",
        "crews": "c12",
    }
    toast(anna.post(f"/orders/{row.pk}/documents/new/", **given))
    document = row.documents.get()
    asked = text(anna.fetch(f"/documents/{document.pk}/issue/", target="dialog"))
    assert "F1 is not open" in asked and "F1 carries no tag" in asked
    assert anna.post(f"/documents/{document.pk}/issue/").status_code == 409
    toast(anna.post(f"/orders/{row.pk}/steps/{step(row, 1).key}/instruct/", crew="c12"))
    dias.post(f"/crew/steps/{row.pk}/{step(row, 1).key}/", outcome="completed")
    toast(anna.post(f"/orders/{row.pk}/steps/{step(row, 2).key}/do/"))
    toast(anna.post(f"/documents/{document.pk}/issue/"))
    assert "We are clear" in text(dias.get("/crew/"))
    release = f"/documents/{document.pk}/release/"
    asked = text(anna.fetch(release, target="dialog"))
    assert "Trouble 12 is not clear of it yet" in asked and "disabled>Release" in asked
    assert "not clear of" in text(anna.post(release), 409)
    assert "We are clear" not in text(dias.post(f"/crew/documents/{document.pk}/clear/"))
    assert "is not clear" not in text(anna.fetch(release, target="dialog"))
    toast(anna.post(release))
    assert row.documents.get().state == "released"


def test_versions_side_by_side_and_the_steps_that_stayed_keep_who_they_are(crew):
    anna, sue = Person("OPR"), Person("SOP")
    row = written(anna)
    act(anna, row, "request", "prepare", "check")
    act(sue, row, "approve")
    act(anna, row, "rework", reason="Other words")
    form = text(anna.get(f"/orders/{row.pk}/edit/"))
    assert "tag F1 : Men at work" in form
    before = set(row.steps.values_list("key", flat=True))
    lines = "\n".join(order_text.line(one) for one in row.steps.order_by("position"))
    changed = lines.replace("Men at work", "Women at work")
    row.refresh_from_db()
    fields = {"purpose": "New fuse", "begins_at": "2031-05-01T08:00", "ends_at": "2031-05-01T10:00"}
    stale = anna.submit(f"/orders/{row.pk}/edit/", steps=changed, revision="1", **fields)
    assert "has changed since it was shown" in text(stale, 409)
    anna.submit(f"/orders/{row.pk}/edit/", steps=changed, revision=str(row.revision), **fields)
    assert len(before & set(row.steps.values_list("key", flat=True))) == 4
    page = text(anna.get(f"/orders/{row.pk}/versions/1/0/"))
    assert "+ added" in page and "− removed" in page and "Women at work" in page


def test_an_order_is_printed_with_its_steps_and_signatures(crew):
    anna = Person("OPR")
    row = written(anna)
    answer = anna.get(f"/orders/{row.pk}/print.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-") and len(answer.content) > 2000


def test_a_printed_order_counts_its_pages_and_names_crews_and_what_leads_back(crew, monkeypatch):
    """Pages that fall apart are told from those of another order; whoever reads them sees who is to do what."""
    told: dict[str, list] = {"parts": [], "files": []}
    table, build = printed.table, printed.build
    monkeypatch.setattr(
        printed, "table", lambda head, rows, **more: told["parts"].append(rows) or table(head, rows, **more)
    )
    monkeypatch.setattr(printed, "build", lambda *given, **more: told["files"].append(more) or build(*given, **more))
    anna = Person("OPR")
    row = written(anna, "\n".join(["open F1 @c12", *["note : look again"] * 60, "close F1 @c12"]))
    row.steps.filter(position=62).update(is_go_back=True)
    file = anna.get(f"/orders/{row.pk}/print.pdf").content
    assert max(int(one) for one in re.findall(rb"/Count (\d+)", file)) > 1
    assert told["files"][0]["foot"].startswith(f"{row.reference} · version 1 · Draft · Printed ")
    steps = told["parts"][0]
    assert steps[0][:5] == ["1", "Open", "F1", "", "Trouble 12"]
    assert steps[-1][1] == "Close, back"


def test_page_and_print_call_people_by_their_name_and_tell_the_timeline_in_the_readers_language(crew, monkeypatch):
    anna, sue = Person("OPR", name="anna"), Person("SOP", name="sue")
    row = issued(anna, sue)
    toast(anna.post(f"/orders/{row.pk}/steps/{step(row, 3).key}/leave-out/", reason="1 2"))
    row.entries.filter(kind="prepared").update(told={}, text="1 2 3")  # of old, in no other words than these
    anna.is_called("Änne", "Ög")
    parts: list[list[list[str]]] = []
    table = printed.table
    monkeypatch.setattr(printed, "table", lambda head, rows, **more: parts.append(rows) or table(head, rows, **more))
    with pseudo.language():
        page = text(anna.get(f"/orders/{row.pk}/"))
        assert anna.get(f"/orders/{row.pk}/print.pdf").status_code == 200
    assert "⟦Step 3 left out: ⟦⟦Verify⟧: nobody at F1⟧⟧ · 1 2" in page
    lines = [line for line in parts[-1] if line[1] == "Änne Ög"]
    assert [line[0] for line in lines if "⟦" not in line[0]] == ["1 2 3"]
    assert {line[1] for line in parts[-1]} == {"Änne Ög", "sue"}
    signatures = page.partition("signatures-title")[2]
    assert "Änne Ög" in signatures and "anna" not in signatures
    left = (one.rstrip(" ·") for one in pseudo.unmarked(signatures.partition("</div>")[2]))
    assert {one for one in left if "Ög" not in one} <= {"sue"}


def test_a_step_left_out_needs_a_reason_and_failed_commands_are_told(crew):
    anna, sue = Person("OPR"), Person("SOP")
    row = issued(anna, sue)
    at = f"/orders/{row.pk}/steps/{step(row, 3).key}/leave-out/"
    assert "reason is needed" in text(anna.post(at, reason=" "), 422)
    toast(anna.post(at, reason="Seen yesterday"))
    assert step(row, 3).state == "deleted"
    assert "1 comes first" in text(anna.post(f"/orders/{row.pk}/steps/{step(row, 2).key}/do/"), 409)


def test_who_may_not_sees_no_step_buttons(crew):
    anna, sue, paul = Person("OPR"), Person("SOP"), Person("MGR")
    row = issued(anna, sue)
    assert f"/steps/{step(row, 1).key}/operate/" not in text(paul.get(f"/orders/{row.pk}/"))
    assert f"/steps/{step(row, 1).key}/operate/" in text(anna.get(f"/orders/{row.pk}/"))
    assert paul.get("/orders/new/").status_code == 403
    assert paul.post(f"/orders/{row.pk}/do/complete/").status_code == 403
    assert anna.get("/orders/999/").status_code == 404


@pytest.mark.parametrize(
    "line",
    ["open SW 12", "close SW 12 [AB] @c12", "tag SW 12 : men at work", "test_dead L2/2", "jumper L2/1 > L9/2", "verify : all is well",
     "| open F1", "instruct @c1 : drive to the tie"],
)  # fmt: skip
def test_a_line_reads_as_it_was_written(line):
    (one,) = order_text.read(line, [])
    told = {
        "kind": one.kind, "name": one.device, "terminal": one.terminal, "other": one.other, "other_terminal": one.other_terminal,
        "phases": {3: "AB"}.get(one.phases, ""), "crew": one.crew, "text": one.text,
    }  # fmt: skip
    assert ("| " if one.group else "") + order_text.said(told) == line


def test_free_groups_are_lines_with_a_bar_that_follow_each_other():
    found = order_text.read("| open A\n| open B\nnote : x\n| open C", [])
    assert [one.group for one in found] == [1, 1, 0, 2]
    assert kinds.waits_for([one.group for one in found], ["not_started"] * 4, 1) == -1


def test_a_suggestion_becomes_an_order_with_one_press(crew):
    anna = Person("OPR")
    shown = suggested(anna, equipment="L1", goal="isolate")
    assert "Isolate, and bring others back" in shown
    lines = shown.split('<textarea name="steps" hidden>')[1].split("</textarea>")[0]
    row = written(anna, lines.strip())
    assert [(one.kind, one.device_mrid) for one in row.steps.order_by("position")[:3]] == [
        ("open", "SW1"), ("open", "CB1"), ("close", "TIE"),
    ]  # fmt: skip
    act(anna, row, "request", "prepare", "check")


def test_two_hundred_orders_come_in_pages_and_ask_no_more_queries_than_two(crew):
    anna = Person("OPR")
    written(anna)
    written(anna)

    def asked() -> int:
        text(anna.get("/orders/"))
        with CaptureQueriesContext(connection) as queries:
            text(anna.get("/orders/"))
        return len(queries)

    few = asked()
    first = SwitchingOrder.objects.latest("pk")
    common = {
        "area": first.area,
        "model_key": "story",
        "kind": "planned",
        "state": "draft",
        "created_at": first.created_at,
    }
    made = [SwitchingOrder(mrid=str(uuid.uuid4()), purpose=f"Order {number}", **common) for number in range(200)]
    SwitchingOrder.objects.bulk_create(made)
    step_rows = [
        SwitchingStep(order=order, key=str(number), position=number, kind="note", text="x")
        for order in made
        for number in range(10)
    ]
    SwitchingStep.objects.bulk_create(step_rows)
    assert asked() <= few + 1  # the number of pages
    page = text(anna.get("/orders/"))
    assert page.count("data-row=") == 100
    assert "202" in page and "?page=3" in text(anna.get("/orders/?page=2"))
    assert text(anna.get("/orders/?page=3")).count("data-row=") == 2


def document(anna: Person, row: SwitchingOrder, holder: str) -> int:
    """A clearance of F1 under which crew c12 works, issued; its number."""
    given = {"kind": "clearance", "equipment": "T1", "work": "New fuse", "points": "F1", "crews": ["c12"]}
    toast(anna.post(f"/orders/{row.pk}/documents/new/", **given, holder=holder))
    toast(anna.post(f"/orders/{row.pk}/steps/{step(row, 1).key}/instruct/", crew="c12"))
    toast(anna.post(f"/orders/{row.pk}/steps/{step(row, 1).key}/report/", outcome="completed"))
    toast(anna.post(f"/orders/{row.pk}/steps/{step(row, 2).key}/do/"))
    number = row.documents.get().pk
    assert toast(anna.post(f"/documents/{number}/issue/"))["text"] == f"SD-{number}: Issued"
    return number


def test_who_holds_a_document_on_a_phone_releases_it_there_once_the_crew_is_clear(crew):
    """Without it the permit of somebody who sees crews' pages alone is held for ever."""
    anna, sue, dias = Person("OPR", name="anna"), Person("SOP"), Person("CRW", name="dias")
    crews.link_user(key="c12", username="dias", at=clock.now())
    number = document(anna, issued(anna, sue), "dias")
    page = text(dias.get("/crew/"))
    assert "Not clear yet:" in page and "Release SD" not in page
    assert "not clear of" in text(dias.post(f"/crew/documents/{number}/release/"), 409)
    assert f"Release SD-{number}" in text(dias.post(f"/crew/documents/{number}/clear/"))
    assert f"SD-{number}" not in text(dias.post(f"/crew/documents/{number}/release/"))
    assert SwitchingOrder.objects.get().documents.get().state == "released"


def test_nobody_but_the_holder_is_offered_to_release_a_document_on_a_phone(crew):
    anna, sue, dias = Person("OPR", name="anna"), Person("SOP"), Person("CRW", name="dias")
    crews.link_user(key="c12", username="dias", at=clock.now())
    number = document(anna, issued(anna, sue), "anna")
    assert "Release SD" not in text(dias.post(f"/crew/documents/{number}/clear/"))
    assert "who alone releases it" in text(dias.post(f"/crew/documents/{number}/release/"), 409)


def test_an_operator_writes_down_that_a_crew_is_clear_as_it_said_by_radio(crew):
    anna, sue = Person("OPR", name="anna"), Person("SOP")
    row = issued(anna, sue)
    number = document(anna, row, "anna")
    assert f'aria-label="Crew is clear SD-{number}"' in text(anna.get(f"/orders/{row.pk}/"))
    assert 'value="c12"' in text(anna.fetch(f"/documents/{number}/clear/", target="dialog"))
    toast(anna.post(f"/documents/{number}/clear/", crew="c12"))
    assert "Crew is clear" not in text(anna.get(f"/orders/{row.pk}/"))
    assert toast(anna.post(f"/documents/{number}/release/"))["text"] == f"SD-{number}: Released"


def test_the_form_of_a_document_knows_the_points_the_people_and_the_crews(crew):
    anna = Person("OPR", name="anna")
    Person("AUD", name="olga")
    row = written(anna)
    form = text(anna.fetch(f"/orders/{row.pk}/documents/new/", target="dialog"))
    assert 'value="F1"' in form and 'value="anna"' in form and 'value="c12"' in form
    assert 'value="olga"' not in form
    given = {"kind": "clearance", "equipment": "T1", "work": "", "points": "F1", "holder": "anna", "crews": ["c12"]}
    again = text(anna.post(f"/orders/{row.pk}/documents/new/", **given), 422)
    assert "checked" in again.split('value="c12"')[1][:40]


def test_a_document_is_issued_only_in_the_field_and_nobody_works_under_a_draft(crew):
    anna = Person("OPR", name="anna")
    row = written(anna)
    given = {"kind": "clearance", "equipment": "T1", "work": "x", "points": "F1", "holder": "anna", "crews": ["c12"]}
    toast(anna.post(f"/orders/{row.pk}/documents/new/", **given))
    page = text(anna.get(f"/orders/{row.pk}/"))
    number = row.documents.get().pk
    assert f'aria-label="Issue SD-{number}"' not in page and "not clear" not in page
