"""B02: the operation set of an envelope."""

from __future__ import annotations

import pytest

from integration.cim import envelope
from integration.cim.errors import Case, MessageRefused
from tests.integration.cim.messages import compose

GASPS = f'<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">{compose.GASP}</EndDeviceEvents>'


def operation(number: object = 1, verb: str = "create", noun: str = "EndDeviceEvents", more: str = GASPS) -> str:
    return f"<Operation><operationId>{number}</operationId><noun>{noun}</noun><verb>{verb}</verb>{more}</Operation>"


def several(content: str, namespace: str = "http://iec.ch/TC57/2011/schema/message") -> bytes:
    head = compose.header("execute", "OperationSet")
    return compose.message(f"<OperationSet>{content}</OperationSet>", head, root="RequestMessage", namespace=namespace)


def test_its_operations_are_read_in_order_with_their_payloads() -> None:
    data = several(
        "<enforceMsgSequence>true</enforceMsgSequence><enforceTransactionalIntegrity>1</enforceTransactionalIntegrity>"
        + operation(7, "Create")
        + operation(3, "delete", more="<elementOperation>true</elementOperation>")
    )
    read = envelope.read(data)
    assert (read.verb, read.noun, read.payload) == ("execute", "OperationSet", None)
    assert read.operations is not None
    assert (read.operations.is_in_sequence, read.operations.is_whole) == (True, True)
    first, second = read.operations.operations
    assert (first.id, first.verb, first.noun, first.is_element) == (7, "create", "EndDeviceEvents", False)
    assert first.payload is not None
    assert len(first.payload) == 1
    assert (second.id, second.verb, second.is_element, second.payload) == (3, "delete", True, None)


def test_neither_flag_is_set_unless_it_is_said() -> None:
    read = envelope.read(several(operation()))
    assert read.operations is not None
    assert (read.operations.is_in_sequence, read.operations.is_whole) == (False, False)


@pytest.mark.parametrize(("old", "new"), [("MTR-1", "MTR-2"), ("create<", "change<"), (">1</op", ">2</op")])
def test_what_its_operations_say_is_part_of_the_hash(old: str, new: str) -> None:
    data = several(operation())
    assert old.encode() in data
    assert envelope.read(data.replace(old.encode(), new.encode())).body_hash != envelope.read(data).body_hash


def test_the_same_set_in_another_namespace_has_the_same_hash() -> None:
    other = several(operation(), namespace="http://www.iec.ch/TC57/2010/schema/message")
    assert envelope.read(other).body_hash == envelope.read(several(operation())).body_hash


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "operationId of its own"),
        (operation(1) + operation(1), "operationId of its own"),
        (operation("one"), "not a valid value"),
        (operation(-1), "not a valid value"),
        (operation(verb=""), "'verb'"),
        (operation().replace("<verb>create</verb>", ""), "operation 1 names no noun or no verb"),
        (operation(more=GASPS + GASPS), "is not expected"),
        ("<enforceMsgSequence>maybe</enforceMsgSequence>" + operation(), "not a valid value"),
        ("<atOnce>true</atOnce>" + operation(), "'atOnce': This element is not expected"),
    ],
)
def test_a_set_that_is_none_is_refused_with_what_is_wrong(content: str, words: str) -> None:
    with pytest.raises(MessageRefused) as caught:
        envelope.read(several(content))
    assert (caught.value.case, caught.value.code) == (Case.ENVELOPE_INVALID, "1.8")
    assert words in caught.value.details


def test_a_set_of_too_many_is_refused() -> None:
    with pytest.raises(MessageRefused, match="501 operations; 500 are taken"):
        envelope.read(several("".join(operation(number, more="") for number in range(501))))
