"""The page of the audit trail: refusals with their reason, for whoever reads it, a page at a time."""

import pytest

from adms.core.models import AuditEntry
from adms.core.selectors import audit_trail
from adms.core.services import audit
from tests.cast import ANNA, TOM, after
from tests.people import Person, text

pytestmark = pytest.mark.django_db


def record(number: int, *, result: str = "ok", actor=ANNA, at: float = 0) -> None:
    why = f"reason {number} [blocked-by-interlocking]" if result == "refused" else ""
    audit.record(actor=actor, action="select", object_=f"story/SW{number}", result=result, reason=why, at=after(at))


def told(**wanted: object) -> list[str]:
    return [one.object for one in audit_trail.entries(at=after(10), **wanted)]


def test_refusals_are_shown_first_and_what_was_done_by_asking_for_it():
    record(1)
    record(2, result="refused")
    eve = Person("AUD")
    page = text(eve.get("/audit/"))
    assert "story/SW2" in page and "blocked-by-interlocking" in page
    assert "story/SW1" not in page
    assert "story/SW1" in text(eve.get("/audit/?show=all"))
    assert "Nothing here" in text(eve.get("/audit/?show=failed"))
    assert "Audit trail" in text(eve.get("/accounts/"))


def test_words_are_all_looked_for_in_what_an_entry_says():
    record(1, result="refused")
    record(2, result="refused", actor=TOM)
    assert told(text="tom select") == ["story/SW2"]
    assert told(text="interlocking SW1") == ["story/SW1"]
    assert told(text="nothing of it") == []


def test_older_entries_follow_by_a_link_and_none_is_shown_twice():
    for number in range(audit_trail.PAGE + 5):
        record(number, result="refused")
    eve = Person("AUD")
    first = text(eve.get("/audit/"))
    older = AuditEntry.objects.filter(result="refused").order_by("-pk")[audit_trail.PAGE - 1].pk
    assert f"before={older}" in first
    second = text(eve.get(f"/audit/?before={older}"))
    assert "story/SW4 " in second.replace("<", " <") and "story/SW5 " not in second.replace("<", " <")
    assert "Newest" in second and "Older" not in second


def test_who_does_not_read_the_trail_does_not_see_it():
    assert Person("OPR").get("/audit/").status_code == 403
    assert Person("AUD").get("/audit/?before=x&show=nothing").status_code == 200
