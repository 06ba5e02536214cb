"""A queue that loses nothing, against a real HTTP server that fails."""

import pytest

from integration.simulators import messages
from integration.simulators.client import Answer, Client, Unreachable
from integration.simulators.delivery import Message, Outbox, is_accepted, is_passing
from integration.simulators.messages import Call, MeterEvent, Sender
from tests.integration.simulators.counterpart import Counterpart, running
from tests.integration.simulators.test_messages import AT


def gasp(number: int) -> Message:
    sender = Sender("HES-SIM", f"m-{number}", AT)
    return Message(
        f"m-{number}", messages.device_events(sender, [MeterEvent(f"e-{number}", AT, "3.26.0.85", "M", "U")])
    )


def call(number: int) -> Message:
    sender = Sender("CIS-SIM", f"c-{number}", AT)
    return Message(f"c-{number}", messages.trouble_tickets(sender, [Call(f"c-{number}", f"TT-{number}", AT, "U")]))


def test_a_failing_server_gets_every_message_under_its_one_id_with_the_same_bytes() -> None:
    with running(Counterpart(failing=0.5, seed=4)) as server, Client(server.url, "secret") as client:
        outbox = Outbox("HES-SIM", client.post, workers=4, first_wait_s=0.001)
        for number in range(200):
            outbox.put(gasp(number))
        assert outbox.drain(30) == 0
        outbox.close()
    assert {key for key, _ in server.posts.items()} == {("HES-SIM", f"m-{number}") for number in range(200)}
    assert server.changed == 0
    assert min(server.failures.values()) > 0, "each way of failing was met"
    tally = outbox.tally
    assert (tally.sent, tally.accepted, tally.refused) == (200, 200, 0)
    assert tally.repeats == sum(server.failures.values()) - 200
    assert server.tokens.keys() == {"Bearer secret"}


def test_one_worker_keeps_the_order() -> None:
    seen: list[bytes] = []
    fails = iter([True, False, True, True, False, False])

    def post(body: bytes) -> Answer:
        if next(fails):
            raise Unreachable("away")
        seen.append(body)
        return Answer(200, "OK", ("0.0",))

    outbox = Outbox("SCADA-SIM", post, first_wait_s=0.001)
    wanted = [gasp(number) for number in range(3)]
    for message in wanted:
        outbox.put(message)
    assert outbox.drain(5) == 0
    outbox.close()
    assert seen == [message.body for message in wanted]


def test_what_is_refused_is_not_sent_again_and_holds_nobody_up() -> None:
    with running(Counterpart(refusing=frozenset({"TroubleTickets"}))) as server, Client(server.url, "secret") as client:
        outbox = Outbox("CIS-SIM", client.post)
        outbox.put(call(1))
        outbox.put(gasp(1))
        assert outbox.drain(5) == 0
        outbox.close()
    assert (outbox.tally.sent, outbox.tally.accepted, outbox.tally.refused, outbox.tally.repeats) == (2, 1, 1, 0)
    assert "HTTP 422 2.4" in outbox.tally.refusals[0]


def test_a_repeat_on_purpose_is_counted_once_as_sent_and_its_answer_compared() -> None:
    answers = iter([Answer(200, "OK", ("0.0",)), Answer(200, "OK", ("0.0",)), Answer(409, "FAILED", ("6.1",))])
    outbox = Outbox("HES-SIM", lambda _: next(answers))
    for _ in range(3):
        outbox.put(gasp(1))
    assert outbox.drain(5) == 0
    outbox.close()
    tally = outbox.tally
    assert (tally.sent, tally.accepted, tally.refused, tally.repeats, tally.changed_answers) == (1, 1, 0, 2, 1)


def test_what_is_waiting_when_the_queue_closes_is_told() -> None:
    def post(_: bytes) -> Answer:
        raise Unreachable("nobody there")

    outbox = Outbox("HES-SIM", post, first_wait_s=0.01)
    outbox.put(gasp(1))
    outbox.put(gasp(2))
    assert outbox.drain(0.1) == 2
    outbox.close()
    assert (outbox.tally.sent, outbox.tally.accepted) == (1, 0)


@pytest.mark.parametrize(
    ("answer", "again", "accepted"),
    [
        (Answer(200, "OK", ("0.0",)), False, True),
        (Answer(202, "OK", ("0.3",)), False, True),
        (Answer(200, "PARTIAL", ("2.4",)), False, True),
        (Answer(422, "FAILED", ("2.4",)), False, False),
        (Answer(401, "FAILED", ("7.4",)), False, False),
        (Answer(404), False, False),
        (Answer(200), False, False),
        (Answer(503, "FAILED", ("5.1",)), True, False),
        (Answer(200, "FAILED", ("5.1",)), True, False),
        (Answer(429), True, False),
        (Answer(500), True, False),
    ],
)
def test_answers_are_understood(answer: Answer, again: bool, accepted: bool) -> None:
    assert (is_passing(answer), is_accepted(answer)) == (again, accepted)
