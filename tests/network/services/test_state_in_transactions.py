"""The present state inside a transaction: followed once, and not at all where a savepoint took the movement back."""

import pytest
from django.db import transaction

from network.selectors import state
from network.services import positions
from network.services.positions import PositionReport
from tests.cast import GATEWAY, after, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    state.forget()
    publish()
    state.present("story")


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the journal was followed."""
    found: list[int] = []
    advance = state._advance

    def counted(known: state.NetworkState, numbers: dict[int, int]) -> state.NetworkState:
        found.append(sum(numbers.values()))
        return advance(known, numbers)

    monkeypatch.setattr(state, "_advance", counted)
    return found


def move(seconds: float, *, closed: bool) -> None:
    report = PositionReport("story", "SW1", after(seconds), closed, quality="good")
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(seconds))


def is_closed() -> bool:
    present = state.present("story")
    return bool(present.positions[present.grid.branch_index("SW1")])


def test_a_movement_is_followed_once_in_a_transaction(followed):
    move(1, closed=False)
    followed.clear()
    state.forget()
    assert not is_closed()
    move(2, closed=True)
    asked = len(followed)
    assert is_closed()
    assert is_closed()
    assert len(followed) <= asked + 1


def test_what_a_savepoint_took_back_was_not_followed(followed):
    assert is_closed()
    with transaction.atomic():
        move(1, closed=False)
        assert not is_closed()
        transaction.set_rollback(True)
    assert is_closed()
    move(3, closed=True)
    assert is_closed()
