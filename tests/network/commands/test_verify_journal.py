"""`manage.py verify_journal`: what a whole journal is, and what is found missing or bent."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from network.services import positions
from network.services.positions import PositionReport
from tests.cast import GATEWAY, after, publish

pytestmark = pytest.mark.django_db(transaction=True)


def verdict() -> dict[str, Any]:
    out = StringIO()
    call_command("verify_journal", "--json", stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


@pytest.fixture(autouse=True)
def journal() -> None:
    """CB1 opens and closes, SW1 opens."""
    publish()
    for second, (mrid, is_closed) in enumerate([("CB1", False), ("CB1", True), ("SW1", False)]):
        report = PositionReport("story", mrid, after(second), is_closed=is_closed)
        positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(second))


def past_the_trigger(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE network_journalentry DISABLE TRIGGER ALL")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE network_journalentry ENABLE TRIGGER ALL")


def test_a_journal_nobody_touched_is_whole() -> None:
    found = verdict()
    assert (found["ok"], found["first_bad"]) == (True, None)
    assert found["rows"] >= 3


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM network_journalentry WHERE closed_after = 7 AND kind = 'position'", "is missing"),
        ("DELETE FROM network_journalentry WHERE equipment_mrid = 'SW1'", "the journal ends at"),
        ("UPDATE network_journalentry SET closed_after = 1 WHERE equipment_mrid = 'CB1' AND closed_after = 0", "CB1 stood at 1"),
        ("UPDATE network_switchstate SET closed_phases = 3 WHERE equipment_mrid = 'SW1'", "SW1 is shown at 3, the journal leaves it at 0"),
    ],
)  # fmt: skip
def test_what_is_missing_or_bent_is_named(statement: str, why: str) -> None:
    past_the_trigger(statement)
    found = verdict()
    assert not found["ok"]
    assert why in found["first_bad"]["why"]
