"""Meters are marked as having generation, all or none (R09)."""

import pytest

from adms.core.models import AuditEntry
from metering.models import Meter
from tests.rest import Api, error, publish

pytestmark = pytest.mark.django_db
ADDRESS = "meters/generation"


@pytest.fixture(autouse=True)
def network(db) -> None:
    publish()


def marked() -> set[str]:
    return set(Meter.objects.filter(has_generation=True).values_list("number", flat=True))


def test_meters_are_marked_and_unmarked_and_that_is_on_the_audit_trail():
    engineer = Api("ENG")
    body = {"numbers": ["M0001", "M0002"], "has_generation": True}
    assert [engineer.post(ADDRESS, body).json() for _ in range(2)] == [{"changed": 2}, {"changed": 0}]
    assert marked() == {"M0001", "M0002"}
    assert Api("INT").post(ADDRESS, {"numbers": ["M0001"], "has_generation": False}).json() == {"changed": 1}
    assert marked() == {"M0002"}
    assert AuditEntry.objects.filter(action="mark_generation").count() == 2


def test_a_number_nobody_knows_changes_nothing():
    wrong = Api("ENG").post(ADDRESS, {"numbers": ["M0001", "M9999"], "has_generation": True})
    assert error(wrong, 404)["data"]["unknown"] == ["M9999"]
    assert marked() == set()


@pytest.mark.parametrize("role", ["OPR", "DSP", "MGR", "AUD"])
def test_others_may_not(role):
    answer = Api(role).post(ADDRESS, {"numbers": ["M0001"], "has_generation": True})
    assert error(answer, 403)["code"] == "no_access_authority"
