"""The codes of the audit trail have words: each that a service writes down, each right, each result; pages tell no code."""

import ast
from pathlib import Path

import pytest

from adms.core import audit_words, clock, permissions
from adms.core.models import AuditEntry
from adms.core.services import audit
from tests import pseudo
from tests.cast import ANNA
from tests.people import Person, text

ROOT = Path(__file__).resolve().parents[2]
APPS = ("adms", "network", "metering", "workforce", "outages", "integration")


def written_codes() -> set[str]:
    """The codes that calls of `audit.record` name, by themselves or by a constant of their file."""
    found = set()
    for app in APPS:
        for file in (ROOT / app).rglob("*.py"):
            tree = ast.parse(file.read_text())
            named = {
                target.id: node.value.value
                for node in tree.body
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for call in ast.walk(tree):
                if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("audit.record"):
                    value = next((one.value for one in call.keywords if one.arg == "action"), None)
                    if isinstance(value, ast.Constant):
                        found.add(value.value)
                    elif isinstance(value, ast.Name) and value.id in named:
                        found.add(named[value.id])
    return found


def test_every_code_that_is_written_down_has_words():
    codes = written_codes() | set(permissions.ACTIONS)
    assert len(codes) > 100
    assert {code for code in codes if code not in audit_words.ACTIONS and not code.startswith("order_")} == set()


def test_every_result_has_words():
    assert set(audit_words.RESULTS) == {key for key, _label in AuditEntry._meta.get_field("result").choices}


def test_a_code_of_a_family_says_what_happened():
    assert audit_words.action("order_issued") == "Switching order: issued"
    assert audit_words.action("planned_outage_despite") == "Planned outage: approved despite findings"
    assert audit_words.action("outage_of a new kind") == "Outage: of a new kind"


@pytest.mark.django_db
def test_the_page_tells_words_in_the_readers_language_and_finds_by_them():
    audit.record(actor=ANNA, action="freeze_control", object_="everything", result="refused", at=clock.now())
    eve = Person("AUD")
    page = text(eve.get("/audit/?q=remote"))
    assert "Freeze remote control" in page and "freeze_control" not in page
    with pseudo.language():
        page = text(eve.get("/audit/"))
    assert "⟦Freeze remote control⟧" in page
    assert "⟦Refused⟧</span>" in page


@pytest.mark.django_db
def test_the_page_of_an_account_tells_in_words_what_was_done_to_it():
    Person("OPR", name="ben")
    page = text(Person("ADM").get("/accounts/of/ben/"))
    assert "Make an account" in page and "create_user" not in page
