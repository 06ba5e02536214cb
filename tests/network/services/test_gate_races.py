"""Who comes first, decided by PostgreSQL between real processes: selecting, taking an area, the second word, freezing."""

from collections.abc import Callable

import pytest

from adms.core.models import Approval, AreaLease
from adms.core.services import approvals, leases
from network.models import ControlFreeze, Operation
from network.selectors import state
from network.services import operations
from network.services.control import freezing
from tests import cast
from tests.cast import ANNA, NOON, after, person
from tests.network.services import racing
from tests.races import Racers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def race():
    """Start racers; they end with the test."""
    started: list[Racers] = []

    def start(what: str, count: int) -> Callable[[int], list[str]]:
        racing.warm_up()
        started.append(Racers(racing.ROUNDS[what], count))
        return started[-1].round

    yield start
    for racers in started:
        racers.end()


@pytest.fixture(autouse=True)
def network(transactional_db):
    state.forget()
    return cast.publish()


def test_of_eight_processes_that_select_a_device_exactly_one_gets_it(race):
    leases.take(actor=ANNA, area=operations.find_switch("story", "SW1").area.key, at=NOON)
    run = race("select", 8)
    for number in range(10):
        said = run(number)
        assert sorted(set(said)) == ["object-already-selected", "won"]
        assert said.count("won") == 1
    assert Operation.objects.filter(state="selected").count() == 1


def test_of_two_people_who_take_an_area_exactly_one_holds_it(race):
    run = race("take", 2)
    for number in range(10):
        assert sorted(run(number)) == ["no-access-authority", "won"]
        assert AreaLease.objects.filter(ended_at=None).count() == 1
        AreaLease.objects.filter(ended_at=None).update(ended_at=NOON, ended="given_back")


def test_one_person_at_two_consoles_does_not_get_two_areas_without_a_reason(race):
    run = race("take_both", 2)
    for number in range(10):
        assert sorted(run(number)) == ["invalid", "won"]
        assert AreaLease.objects.filter(ended_at=None).count() == 1
        AreaLease.objects.filter(ended_at=None).update(ended_at=NOON, ended="given_back")


def test_a_second_persons_word_is_used_by_one_of_those_who_use_it_at_once(race):
    run = race("use", 4)
    area = operations.find_switch("story", "SW1").area.key
    for number in range(10):
        wanted = approvals.Wanted("operate_beyond_guard", f"story/{number}", area, "open", "storm")
        row = approvals.ask(actor=ANNA, wanted=wanted, at=NOON)
        approvals.decide(actor=person("ingrid", "SOP"), approval_id=row.pk, is_yes=True, at=NOON)
        assert run(number).count("won") == 1
    assert Approval.objects.filter(state="used").count() == 10


def test_what_a_freeze_overtakes_is_not_commanded_and_what_came_first_is_written(race):
    area = operations.find_switch("story", "SW1").area.key
    leases.take(actor=ANNA, area=area, at=NOON)
    run = race("freeze_or_operate", 2)
    for number in range(10):
        Operation.objects.all().delete()
        row = operations.request_operation(actor=ANNA, request=operations.Request("story", "SW1", False, 0), at=NOON)
        frozen, operated = run(number)
        row.refresh_from_db()
        assert frozen == "won"
        assert (operated, row.state) in {
            ("won", "executing"),
            ("object-not-selected", "cancelled"),
            ("blocked-by-mode", "cancelled"),
        }
        assert not operations.is_waiting(operation_id=row.pk, at=after(1))
        assert freezing.is_frozen()
        ControlFreeze.objects.all().delete()
