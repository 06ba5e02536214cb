"""Who comes first with an order, decided by PostgreSQL between real processes: approving, doing a step, commanding it, aborting."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from adms.core.models import AuditEntry, StoredEvent
from adms.core.services import leases
from network.models import Operation, SwitchState
from network.selectors import state
from network.services import operations, positions
from network.services.positions import PositionReport
from outages.models import SwitchingOrder, SwitchingStep
from outages.services.switching import approving, executing
from tests import cast
from tests.cast import ANNA, GATEWAY, NOON, after, person
from tests.network.services.racing import tried
from tests.outages.services.ordering import SUE, step, to_state, written
from tests.races import Attempt, Racers

pytestmark = pytest.mark.django_db(transaction=True)
BEN, PIA = person("ben", "OPR"), person("pia", "SOP")
ROUNDS = 5


def latest() -> SwitchingOrder:
    return SwitchingOrder.objects.latest("pk")


def at(turn: int, seconds: float = 0):
    return after(1_000 + turn * 100 + seconds)


def approve(number: int, turn: int) -> str:
    return tried(lambda: approving.approve(actor=(SUE, PIA)[number], order_id=latest().pk, at=at(turn)))


def do(number: int, turn: int) -> str:
    row = latest()
    return tried(lambda: executing.do(actor=(ANNA, BEN)[number], order_id=row.pk, step=step(row, 1).key, at=at(turn)))


def operate(_number: int, turn: int) -> str:
    row, picked = latest(), Operation.objects.latest("selected_at", "pk")
    command = {"operation_id": picked.pk, "confirmation": "1", "reason": "storm"}
    return tried(
        lambda: executing.operate(actor=ANNA, order_id=row.pk, step=step(row, 2).key, at=at(turn, 2), **command)
    )


def abort_or_operate(number: int, turn: int) -> str:
    if number:
        return operate(number, turn)
    return tried(lambda: executing.abort(actor=ANNA, order_id=latest().pk, reason="stop", at=at(turn, 2)))


def abort_or_do(number: int, turn: int) -> str:
    row = latest()
    if number:
        return tried(lambda: executing.do(actor=BEN, order_id=row.pk, step=step(row, 2).key, at=at(turn, 2)))
    return tried(lambda: executing.abort(actor=ANNA, order_id=row.pk, reason="stop", at=at(turn, 2)))


@pytest.fixture
def race() -> Iterator[Callable[[Attempt], Callable[[int], list[str]]]]:
    started: list[Racers] = []

    def start(go: Attempt) -> Callable[[int], list[str]]:
        state.present("story")
        started.append(Racers(go, 2))
        return started[-1].round

    yield start
    for racers in started:
        racers.end()
    connection.close()


@pytest.fixture(autouse=True)
def network(transactional_db):
    """Overrides the story feeder of this folder: what the processes write is committed."""
    state.forget()
    cast.publish()
    leases.take(actor=ANNA, area=operations.find_switch("story", "SW1").area.key, at=NOON)


def commands() -> int:
    return StoredEvent.objects.filter(name="CommandRequested").count()


def select(turn: int) -> bool:
    """An emergency order under way whose second step moves SW1 to where it does not stand, selected for that; whether it closes it."""
    known = SwitchState.objects.filter(equipment_mrid="SW1").first()
    close = known is not None and not known.closed_phases
    row = written("verify : all are ready", "close SW1" if close else "open SW1", kind="emergency")
    executing.do(actor=ANNA, order_id=row.pk, step=step(row, 1).key, at=at(turn))
    seen = known.number if known else 0
    executing.select(actor=ANNA, order_id=row.pk, step=step(row, 2).key, seen_number=seen, at=at(turn))
    return close


def arrive(turn: int, *, close: bool) -> None:
    report = PositionReport("story", "SW1", at(turn, 10), is_closed=close)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=at(turn, 10))


def test_of_two_approvers_exactly_one_approves_and_the_other_is_told(race):
    run = race(approve)
    for turn in range(ROUNDS):
        row = to_state(written("open SW1", "close SW1"), "checked")
        assert sorted(run(turn)) == ["order_refused", "won"]
        row.refresh_from_db()
        assert row.state == "approved"
        assert row.entries.filter(kind="approved").count() == 1
        approving.cancel(actor=ANNA, order_id=row.pk, reason="next round", at=at(turn, 50))
    assert AuditEntry.objects.filter(action="order_approved", result="refused").count() == ROUNDS


def test_of_two_operators_who_do_the_same_step_one_has_done_it(race):
    run = race(do)
    for turn in range(ROUNDS):
        row = written("verify : all are ready", kind="emergency")
        assert sorted(run(turn)) == ["order_refused", "won"]
        assert step(row, 1).state == "completed"
        assert row.entries.filter(kind="step").count() == 1


def test_a_step_that_is_operated_twice_at_once_is_commanded_once(race):
    run = race(operate)
    for turn in range(ROUNDS):
        close = select(turn)
        said = run(turn)
        assert said.count("won") == 1, said
        assert commands() == turn + 1
        assert step(latest(), 2).state == "pending"
        arrive(turn, close=close)


def test_an_abort_and_a_command_of_its_step_never_both_happen(race):
    """Either the command was first, and the abort waits for what becomes of it; or the abort was, and nothing is commanded."""
    run = race(abort_or_operate)
    for turn in range(ROUNDS):
        close, before = select(turn), commands()
        aborted, operated = run(turn)
        row = latest()
        picked = Operation.objects.latest("selected_at", "pk")
        if operated == "won":
            assert aborted == "order_refused"
            assert (row.state, step(row, 2).state, commands() - before) == ("in_execution", "pending", 1)
            arrive(turn, close=close)
        else:
            assert (aborted, operated) == ("won", "order_refused")
            assert (row.state, step(row, 2).state, commands() - before) == ("aborted", "aborted", 0)
            operations.cancel_operation(actor=ANNA, operation_id=picked.pk, at=at(turn, 20))


def test_a_step_done_while_the_order_is_aborted_is_either_led_back_or_was_never_done(race):
    run = race(abort_or_do)
    for turn in range(ROUNDS):
        row = written("verify : all are ready", "tag F1", "verify : it hangs", kind="emergency")
        executing.do(actor=ANNA, order_id=row.pk, step=step(row, 1).key, at=at(turn))
        aborted, done = run(turn)
        assert aborted == "won"
        row.refresh_from_db()
        back = list(SwitchingStep.objects.filter(order=row, is_go_back=True).values_list("kind", flat=True))
        if done == "won":
            assert (step(row, 2).state, back, row.state) == ("completed", ["untag"], "aborting")
        else:
            assert (step(row, 2).state, back, row.state) == ("aborted", [], "aborted")
