"""Whatever bytes come in, the readers of messages either understand them or refuse them with a code; they never break."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.cim import envelope, payloads, registry, replies, soap
from integration.cim.errors import MessageRefused
from tests.integration.cim.messages import compose

SAMPLES = sorted(path.stem for path in compose.SAMPLES.glob("*.xml"))
MODEST = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
PIECES = [
    b"<",
    b">",
    b"/>",
    b"&",
    b"<![CDATA[",
    b"]]>",
    b"\x00",
    b"\xff",
    b" xmlns=''",
    b"<!DOCTYPE a>",
    b"<?a b?>",
    b"1e400",
    b"NaN",
    b"9" * 40,
]
NAMES = st.sampled_from(
    [
        "Header",
        "Payload",
        "Verb",
        "Noun",
        "MessageID",
        "Source",
        "Request",
        "Reply",
        "Error",
        "ID",
        "OperationSet",
        "Operation",
        "operationId",
        "Compressed",
        "mRID",
        "value",
    ]
)


def take(data: bytes) -> None:
    """As far as a message goes before any database, and the answer to it in the form it came in."""
    read = None
    try:
        read = envelope.read(data)
        parsed = payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=compose.RECEIVED)
        answer, status = replies.fault(tuple(parsed.errors)), 200
    except MessageRefused as refused:
        answer, status = replies.refusal(refused), refused.status
        assert 400 <= status < 500
        assert refused.code.split(".")[0] in set("1234567")
    spoken = soap.spoken_in(read, data, status=status)
    if spoken is not None:
        told, _ = soap.answer(answer, status, spoken)
        assert b"Envelope" in told


@pytest.mark.parametrize("name", SAMPLES)
@MODEST
@given(st.data())
def test_a_damaged_message_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """Cut, doubled, overwritten in one place or a few."""
    message = compose.sample(name)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(message)))
        end = data.draw(st.integers(start, min(len(message), start + 40)))
        middle = data.draw(st.sampled_from([b"", message[start:end] * 2, *PIECES]))
        message = message[:start] + middle + message[end:]
    take(message)


ELEMENTS = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="<>&"), max_size=8),
    lambda inside: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", NAMES, st.lists(inside, max_size=4)
    ),
    max_leaves=20,
)


@settings(MODEST, max_examples=300)
@given(
    st.sampled_from(["EventMessage", "RequestMessage", "ResponseMessage", "FaultMessage", "Message"]),
    ELEMENTS,
    st.booleans(),
)
def test_any_tree_of_known_elements_is_read_or_refused(root: str, content: str, has_header: bool) -> None:
    head = compose.header() if has_header else ""
    take(f'<{root} xmlns="http://iec.ch/TC57/2011/schema/message">{head}{content}</{root}>'.encode())
