"""The registry of messages and the page of interfaces that is written from it (B01, B03)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string

from adms.core.commands import BadInput
from integration.cim import interfaces, registry, schemas
from integration.cim.interfaces import Interface
from integration.cim.irm import Domain, Pattern
from integration.cim.registry import Direction, Row

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("row", registry.ROWS, ids=lambda row: row.key)
def test_every_message_has_a_domain_a_pattern_a_schema_and_who_handles_it(row: Row) -> None:
    assert row.domain in Domain
    assert row.pattern in Pattern
    assert schemas.schema(row.schema) is not None
    if row.direction is Direction.IN:
        assert row.parse is not None
        assert callable(import_string(f"{row.handler}.handle"))


def test_a_message_stands_in_the_registry_once() -> None:
    keys = [row.key for row in registry.ROWS]
    assert sorted(set(keys)) == sorted(keys)


@pytest.mark.parametrize("one", interfaces.interfaces(), ids=lambda one: one.id)
def test_an_interface_names_messages_and_tests_that_are_there(one: Interface) -> None:
    assert one.state in interfaces.STATES
    assert set(one.messages) <= {row.key for row in registry.ROWS}
    assert bool(one.proof) == (one.state != "not yet")
    assert [path for path in one.proof if not list(ROOT.glob(path))] == []


@pytest.mark.parametrize(
    "one", [one for one in interfaces.interfaces() if one.state == "works"], ids=lambda one: one.id
)
def test_an_interface_that_works_is_named_by_a_test_that_proves_it(one: Interface) -> None:
    found = [path for pattern in one.proof for path in ROOT.glob(pattern)]
    files = [file for path in found for file in ([path] if path.is_file() else path.rglob("*.py"))]
    assert any(re.search(rf"\b{one.id}\b", file.read_text()) for file in files)


def test_the_page_of_interfaces_is_what_the_registry_says() -> None:
    call_command("interfaces", check=True)


def test_a_page_that_says_something_else_is_told(tmp_path: Path) -> None:
    page = tmp_path / "interfaces.md"
    with pytest.raises(BadInput, match=r"interfaces\.md is not what the registry says"):
        call_command("interfaces", check=True, page=page)
    call_command("interfaces", write=True, page=page)
    page.write_text(page.read_text().replace("**works**", "**done**", 1))
    with pytest.raises(BadInput):
        call_command("interfaces", check=True, page=page)


def test_patterns_follow_the_verb_unless_a_row_says_otherwise() -> None:
    found = {row.key: row.pattern for row in registry.ROWS}
    assert found["in get PlannedOutages"] is Pattern.QUERY_RESPONSE
    assert found["in create PlannedOutages"] is Pattern.CRUD
    assert found["out changed UnplannedOutages"] is Pattern.PUBLISH_SUBSCRIBE
    assert found["in created EndDeviceEvents"] is Pattern.EVENT_ACTION
    assert found["in changed MeasurementValues"] is Pattern.SEND_RECEIVE
