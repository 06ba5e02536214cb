"""A second person: never the one who asks, by whichever account; good once, for one thing, and not for long."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from adms.core.errors import Invalid, NotFound
from adms.core.models import Approval, AuditEntry
from adms.core.services import approvals, areas
from adms.core.services.approvals import NoApproval, NotSecond, Wanted
from adms.core.services.authority import NotAuthorised
from tests.cast import ANNA, NOON, RAVI, TOM, after, person

pytestmark = pytest.mark.django_db
INGRID, PAUL = person("ingrid", "SOP"), person("paul", "SOP")
THING = {"action": "operate_beyond_guard", "object_": "story/CB1"}


@pytest.fixture(autouse=True)
def places(db):
    return [areas.ensure(key=key, name=key.title()) for key in ("north", "south")]


def ask(actor=ANNA, at=NOON, **more) -> Approval:
    wanted = {
        "action": THING["action"],
        "object": THING["object_"],
        "area": "north",
        "words": "open CB1",
        "reason": "storm",
    }
    return approvals.ask(actor=actor, wanted=Wanted(**(wanted | more)), at=at)


def test_the_word_is_good_once_for_who_asked_and_for_nothing_else():
    row = ask()
    approvals.decide(actor=INGRID, approval_id=row.pk, is_yes=True, at=after(10))
    for actor, thing in ((PAUL, THING), (ANNA, THING | {"object_": "story/CB2"})):
        with pytest.raises(NoApproval):
            approvals.use(actor=actor, **thing, at=after(11))
    assert approvals.use(actor=ANNA, **THING, at=after(12)).decided_by == "ingrid"
    with pytest.raises(NoApproval):
        approvals.use(actor=ANNA, **THING, at=after(13))


@pytest.mark.parametrize("account", ["ingrid", "ingrid-deputy"])
def test_nobody_is_their_own_second_person_by_another_account_either(account):
    row = ask(INGRID)
    with pytest.raises(NotSecond):
        approvals.decide(actor=person(account, "SOP") if account == "ingrid" else replace(
            person(account, "SOP"), person="ingrid"), approval_id=row.pk, is_yes=True, at=NOON)  # fmt: skip
    assert Approval.objects.get().state == "waiting"


def test_the_table_itself_refuses_ones_own_word():
    row = ask()
    with pytest.raises(IntegrityError, match="never_ones_own_second_person"), transaction.atomic():
        Approval.objects.filter(pk=row.pk).update(decided_person="anna", state="approved")


def test_one_of_the_two_is_a_senior_operator():
    row = ask(ANNA)
    with pytest.raises(NotAuthorised):
        approvals.decide(actor=person("ben", "OPR"), approval_id=row.pk, is_yes=True, at=NOON)
    approvals.decide(actor=INGRID, approval_id=row.pk, is_yes=True, at=NOON)
    other = ask(INGRID)
    assert approvals.decide(actor=person("ben", "OPR"), approval_id=other.pk, is_yes=True, at=NOON).state == "approved"


@pytest.mark.parametrize("actor", [TOM, RAVI, person("mei", "ENG"), person("eve", "AUD")])
def test_who_does_not_operate_there_is_no_second_person(actor):
    row = ask(INGRID)
    with pytest.raises(NotAuthorised):
        approvals.decide(actor=actor, approval_id=row.pk, is_yes=True, at=NOON)


def test_a_word_runs_out_unasked_and_unused():
    row = ask()
    with pytest.raises(NotFound):
        approvals.decide(actor=INGRID, approval_id=row.pk, is_yes=True, at=after(600))
    row = ask(at=after(700))
    approvals.decide(actor=INGRID, approval_id=row.pk, is_yes=True, at=after(800))
    with pytest.raises(NoApproval):
        approvals.use(actor=ANNA, **THING, at=after(1400))


def test_no_is_no():
    row = ask()
    approvals.decide(actor=INGRID, approval_id=row.pk, is_yes=False, reason="wait for the crew", at=NOON)
    with pytest.raises(NoApproval):
        approvals.use(actor=ANNA, **THING, at=NOON)
    with pytest.raises(NotFound):
        approvals.decide(actor=INGRID, approval_id=row.pk, is_yes=True, at=NOON)


def test_asking_twice_is_asking_once_and_asking_otherwise_replaces_it():
    first = ask()
    assert ask(at=after(5)).pk == first.pk
    second = ask(details={"wanted": 0})
    assert second.pk != first.pk
    assert list(Approval.objects.order_by("asked_at", "pk").values_list("state", flat=True).distinct()) != ["waiting"]
    assert Approval.objects.get(pk=first.pk).state == "withdrawn"


def test_what_waits_is_shown_to_those_whose_word_counts_and_not_to_the_one_who_asks():
    ask(INGRID)
    seen = {one.name: approvals.waiting(actor=one, at=NOON).count() for one in (INGRID, PAUL, ANNA, RAVI, TOM)}
    assert seen == {"ingrid": 0, "paul": 1, "anna": 1, "ravi": 0, "tom": 0}


def test_a_reason_is_needed_and_all_is_on_the_audit_trail():
    with pytest.raises(Invalid):
        ask(reason=" ")
    row = ask()
    approvals.withdraw(actor=ANNA, approval_id=row.pk, at=NOON)
    with pytest.raises(NotFound):
        approvals.withdraw(actor=PAUL, approval_id=row.pk, at=NOON)
    trail = AuditEntry.objects.order_by("pk").values_list("actor", "action")
    assert list(trail) == [("anna", "ask_second_person"), ("anna", "withdraw_second_word")]
