"""What one racing process does in a round; see test_gate_races."""

from dataclasses import replace

from adms.core.errors import Refused
from adms.core.services import approvals, leases
from network.models import Operation
from network.selectors import state
from network.services import operations
from network.services.control import freezing
from network.services.operations import Request
from tests.cast import ANNA, NOON, after, person


def warm_up() -> None:
    """Load what the first call would load."""
    state.present("story")


def tried(attempt) -> str:
    """won, or the word of the refusal."""
    try:
        attempt()
    except Refused as refused:
        return str(refused.data.get("cause", refused.code))
    return "won"


def select(number: int, turn: int) -> str:
    at = after(turn * 60)
    request = Request("story", "SW1", close=False, seen_number=0)
    return tried(lambda: operations.request_operation(actor=replace(ANNA, session=str(number)), request=request, at=at))


def area() -> str:
    return str(operations.find_switch("story", "SW1").area.key)


def take(number: int, _turn: int) -> str:
    return tried(lambda: leases.take(actor=person(f"operator-{number}", "OPR"), area=area(), at=NOON))


def take_both(number: int, _turn: int) -> str:
    keys = sorted(one.area for one in leases.present(at=NOON))[:2]
    return tried(lambda: leases.take(actor=ANNA, area=keys[number], at=NOON))


def use(_number: int, turn: int) -> str:
    return tried(lambda: approvals.use(actor=ANNA, action="operate_beyond_guard", object_=f"story/{turn}", at=NOON))


def freeze_or_operate(number: int, _turn: int) -> str:
    if number == 0:
        return tried(lambda: freezing.freeze(actor=person("tom", "DSP"), reason="stop", at=NOON))
    row = Operation.objects.get()
    return tried(
        lambda: operations.execute_operation(actor=ANNA, operation_id=row.pk, confirmation="1", reason="test", at=NOON)
    )


ROUNDS = {
    "select": select,
    "take": take,
    "take_both": take_both,
    "use": use,
    "freeze_or_operate": freeze_or_operate,
}
