"""Select, then operate: the gate every movement passes."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import connection

from adms.core.models import AuditEntry, StoredEvent
from adms.core.services.authority import NotAuthorised
from network.models import JournalEntry, Operation, Tag
from network.selectors import state
from network.services import operations, positions
from network.services.operations import OperationRefused, Request
from network.services.positions import PositionReport
from tests.cast import ANNA, GATEWAY, NOON, RAVI, SYSTEM, TOM, after, person, publish

pytestmark = pytest.mark.django_db


def ask(device: str = "SW1", *, close: bool = False, seen: int = 0) -> Request:
    return Request("story", device, close, seen)


@pytest.fixture(autouse=True)
def network():
    state.forget()
    return publish()


def test_the_look_ahead_says_who_loses_supply():
    operation = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    assert operation.look_ahead["lost_customers"] == 11
    assert operation.look_ahead["regained_customers"] == 0
    assert operation.level == 3
    assert operation.expires_at == after(30)


def test_closing_a_tie_between_live_sources_says_that_it_parallels_them():
    operation = operations.request_operation(actor=ANNA, request=ask("TIE", close=True), at=NOON)
    assert operation.look_ahead["parallels_sources"]


def test_a_telemetered_switch_waits_for_its_reported_position():
    operation = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    operation = operations.execute_operation(
        actor=ANNA, operation_id=operation.pk, confirmation="1", reason="test", at=after(5)
    )
    assert operation.state == "executing"
    assert StoredEvent.objects.filter(name="CommandRequested").count() == 1
    assert state.present("story").closed[state.present("story").grid.branch_index("SW1")] == 7
    report = PositionReport("story", "SW1", after(7), is_closed=False)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(8))
    operation.refresh_from_db()
    entry = JournalEntry.objects.get(kind="position")
    assert (operation.state, entry.operation_id, entry.actor) == ("completed", operation.pk, "anna")
    moved = StoredEvent.objects.get(name="EnergisationChanged").payload
    assert moved["is_commanded"] and len(moved["lost"]) == 3


def test_an_unanswered_command_times_out_and_stays_a_task():
    operation = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    operations.execute_operation(actor=ANNA, operation_id=operation.pk, confirmation="1", reason="test", at=NOON)
    assert operations.end_overdue(at=after(19)) == 0
    assert operations.end_overdue(at=after(21)) == 1
    operation.refresh_from_db()
    assert operation.state == "timed_out"


def test_a_hand_operated_switch_is_recorded_as_reported_by_the_operator():
    operation = operations.request_operation(actor=ANNA, request=ask("F1"), at=NOON)
    operation = operations.execute_operation(
        actor=ANNA, operation_id=operation.pk, confirmation="1", reason="fuse pulled", at=after(3)
    )
    assert operation.state == "completed"
    assert JournalEntry.objects.get(kind="position").quality == "manual"


@pytest.mark.parametrize(("confirmation", "reason"), [("", "because"), ("2", "because"), ("1", ""), ("1", "  ")])
def test_dropping_customers_needs_the_digits_and_a_reason(confirmation, reason):
    operation = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    with pytest.raises(OperationRefused) as refusal:
        operations.execute_operation(
            actor=ANNA, operation_id=operation.pk, confirmation=confirmation, reason=reason, at=NOON
        )
    assert refusal.value.data["cause"] == "inconsistent-parameters"


def test_an_inhibit_tag_blocks_and_a_note_does_not():
    note = operations.place_tag(actor=ANNA, model="story", equipment_mrid="SW1", kind="note", text="look", at=NOON)
    operation = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    operations.place_tag(actor=ANNA, model="story", equipment_mrid="SW1", kind="inhibit", text="men at work", at=NOON)
    with pytest.raises(OperationRefused) as refusal:
        operations.execute_operation(actor=ANNA, operation_id=operation.pk, confirmation="1", reason="x", at=NOON)
    assert refusal.value.data["cause"] == "blocked-by-interlocking"
    assert Tag.objects.filter(removed_at=None).count() == 2
    with pytest.raises(OperationRefused):
        operations.remove_tag(actor=person("ben", "OPR"), tag_id=note.pk, at=NOON)


def test_a_switch_that_moved_since_it_was_shown_is_refused():
    report = PositionReport("story", "SW1", NOON, is_closed=False)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=NOON)
    with pytest.raises(OperationRefused) as refusal:
        operations.request_operation(actor=ANNA, request=ask(close=True, seen=0), at=NOON)
    assert refusal.value.data["cause"] == "inconsistent-parameters"


def test_a_selection_older_than_its_lease_does_not_operate():
    operation = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    with pytest.raises(OperationRefused) as refusal:
        operations.execute_operation(actor=ANNA, operation_id=operation.pk, confirmation="1", reason="x", at=after(31))
    assert refusal.value.data["cause"] == "time-limit-over"


def test_another_operator_cannot_use_a_selection():
    operation = operations.request_operation(actor=ANNA, request=ask(), at=NOON)
    with pytest.raises(OperationRefused) as refusal:
        operations.execute_operation(
            actor=person("ben", "OPR"), operation_id=operation.pk, confirmation="1", reason="x", at=NOON
        )
    assert refusal.value.data["cause"] == "locked-by-other-client"


@pytest.mark.parametrize("actor", [TOM, RAVI, person("eve", "AUD"), person("mei", "ENG")])
def test_who_has_no_authority_is_refused_and_the_refusal_is_on_record(actor):
    with pytest.raises(NotAuthorised):
        operations.request_operation(actor=actor, request=ask(), at=NOON)
    assert AuditEntry.objects.get(actor=actor.name).result == "refused"


def test_a_position_told_twice_moves_nothing_the_second_time():
    report = PositionReport("story", "SW1", NOON, is_closed=False)
    first = positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=NOON)
    again = positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(1))
    assert (first[0].outcome, again[0].outcome) == ("moved", "unchanged")
    assert JournalEntry.objects.filter(kind="position").count() == 1


def test_an_older_word_of_the_field_does_not_overwrite_a_later_one():
    later = PositionReport("story", "SW1", after(10), is_closed=False)
    older = PositionReport("story", "SW1", after(5), is_closed=True)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[later], at=after(11))
    outcome = positions.record_positions(actor=GATEWAY, source="scada", reports=[older], at=after(12))
    assert outcome[0].outcome == "outdated"


def test_the_state_at_any_past_moment_can_be_rebuilt():
    for seconds, is_closed in ((10, False), (20, True), (30, False)):
        report = PositionReport("story", "SW1", after(seconds), is_closed=is_closed)
        positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(seconds + 100))
    told = {}
    for seconds in (5, 15, 25, 35):
        grid, closed = state.as_known_at("story", after(seconds))
        told[seconds] = int(closed[grid.branch_index("SW1")])
    assert told == {5: 7, 15: 0, 25: 7, 35: 0}
    grid, closed = state.as_known_at("story", after(105), by_field_time=False)
    assert closed[grid.branch_index("SW1")] == 7


def test_the_journal_refuses_to_be_changed():
    report = PositionReport("story", "SW1", NOON, is_closed=False)
    positions.record_positions(actor=SYSTEM, source="scada", reports=[report], at=NOON)
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE network_journalentry SET closed_after = 7")


@pytest.mark.django_db(transaction=True)
def test_of_consoles_that_select_at_the_same_instant_exactly_one_wins():
    rounds = 25
    for number in range(rounds):
        barrier = Barrier(6)

        def select(console: str, barrier: Barrier = barrier, number: int = number) -> str:
            barrier.wait()
            try:
                at = NOON + dt.timedelta(minutes=number)
                return str(operations.request_operation(actor=replace(ANNA, session=console), request=ask(), at=at).pk)
            except OperationRefused as refusal:
                assert refusal.data["cause"] == "object-already-selected"
                return ""
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as pool:
            winners = [won for won in pool.map(select, [f"o{i}" for i in range(6)]) if won]
        assert len(winners) == 1
    assert Operation.objects.filter(state="selected").count() == 1
