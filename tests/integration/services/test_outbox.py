"""Messages out, to a real HTTP server on this machine."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connections, transaction

from integration.cim import envelope, schemas
from integration.cim.nouns import unplanned_outages
from integration.models import OutboxMessage, Partner
from integration.services import delivery, outbox
from tests.integration.services.cast import AT, make_partner


class Listener:
    """A partner's endpoint: keeps what it got, answers as told."""

    def __init__(self) -> None:
        self.got: list[envelope.Envelope] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[envelope.Envelope], tuple[int, bytes]] = lambda _: (200, b"")
        self.location = ""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                listener.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                read = envelope.read(listener.bodies[-1])
                listener.got.append(read)
                listener.headers.append(dict(self.headers))
                status, body = listener.answer(read)
                self.send_response(status)
                if listener.location:
                    self.send_header("Location", listener.location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/cim"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def objects(self) -> list[str]:
        return [one.payload[0][0].text for one in self.got if one.payload is not None]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listen(transactional_db: None) -> Iterator[Callable[..., Listener]]:
    opened: list[Listener] = []

    def make(name: str, **more: object) -> Listener:
        opened.append(Listener())
        make_partner(name, [], endpoint_url=opened[-1].url, subscriptions=["UnplannedOutages"], **more)
        return opened[-1]

    yield make
    for one in opened:
        one.close()


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> dt.datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += dt.timedelta(seconds=seconds)


def send(mrid: str, revision: int = 1, verb: str = "changed") -> int:
    outage = unplanned_outages.UnplannedOutage(
        mrid=mrid, number=mrid, kind="predicted", modified_at=AT, meters_affected=revision
    )
    with transaction.atomic():
        return outbox.enqueue(
            verb=verb,
            noun="UnplannedOutages",
            payload=unplanned_outages.build(outage),
            object_key=f"outage:{mrid}",
            cause=f"event:north/{mrid}-{revision}",
            at=AT,
        )


def test_every_subscriber_gets_a_valid_message_with_a_stable_id(listen: Callable[..., Listener]) -> None:
    cis, portal = listen("CIS", endpoint_token="secret"), listen("PORTAL")
    make_partner("GIS", [], subscriptions=["UnplannedOutages"])
    assert send("o-1") == 2
    assert delivery.deliver(clock=Clock()) == 2
    for one in (cis, portal):
        (got,) = one.got
        assert (got.verb, got.noun, got.source, got.ack_required) == ("changed", "UnplannedOutages", "TIELINE", True)
        assert got.message_id == got.correlation_id
        assert got.payload is not None
        schemas.validate_payload(got.payload, "UnplannedOutages")
    assert cis.headers[0]["Authorization"] == "Bearer secret"
    assert "Authorization" not in portal.headers[0]
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}
    assert {str(pk) for pk in OutboxMessage.objects.values_list("message_id", flat=True)} == {
        cis.got[0].message_id,
        portal.got[0].message_id,
    }
    assert Partner.objects.get(name="CIS").latest_delivered_at == AT


def test_the_same_cause_makes_no_second_message(listen: Callable[..., Listener]) -> None:
    cis = listen("CIS")
    assert (send("o-1"), send("o-1")) == (1, 0)
    delivery.deliver(clock=Clock())
    assert len(cis.got) == 1


def test_a_change_that_is_rolled_back_sends_nothing(listen: Callable[..., Listener]) -> None:
    listen("CIS")

    def fail_after_sending() -> None:
        with transaction.atomic():
            send("o-1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_sending()
    assert OutboxMessage.objects.count() == 0
    with pytest.raises(outbox.EnqueuedOutsideTransaction):
        outbox.enqueue(verb="changed", noun="UnplannedOutages", payload="", object_key="o", cause="c", at=AT)


def test_messages_about_one_object_arrive_in_order_even_after_a_failure(listen: Callable[..., Listener]) -> None:
    cis, clock = listen("CIS"), Clock()
    failing = {"left": 2}

    def answer(read: envelope.Envelope) -> tuple[int, bytes]:
        if read.payload is not None and read.payload[0][0].text == "o-1" and failing["left"]:
            failing["left"] -= 1
            return 500, b"<html>sorry</html>"
        return 200, b""

    cis.answer = answer
    for revision in (1, 2, 3):
        send("o-1", revision)
        send("o-2", revision)
    delivery.deliver(clock=clock)
    assert cis.objects().count("o-2") == 3
    for _ in range(3):
        clock.move(60)
        delivery.deliver(clock=clock)
    tries = [
        (one.message_id, one.payload[0].findtext("{*}metersAffected"))
        for one in cis.got
        if one.payload is not None and one.payload[0][0].text == "o-1"
    ]
    assert [revision for _, revision in tries] == ["1", "1", "1", "2", "3"]
    assert len({message_id for message_id, _ in tries}) == 3


def test_a_message_that_fails_five_times_is_dead_and_blocks_nobody(listen: Callable[..., Listener]) -> None:
    cis, clock = listen("CIS"), Clock()
    cis.answer = lambda read: (
        (500, b"") if read.payload is not None and read.payload[0][0].text == "poison" else (200, b"")
    )
    send("poison")
    send("o-1")
    for _ in range(8):
        delivery.deliver(clock=clock)
        clock.move(60)
    assert cis.objects().count("poison") == 5
    assert cis.objects().count("o-1") == 1
    dead = OutboxMessage.objects.get(state="dead")
    assert (dead.attempts, dead.latest_error) == (5, "HTTP 500")
    send("poison", 2)
    cis.answer = lambda _: (200, b"")
    assert delivery.deliver(clock=clock) == 1


def test_retries_wait_one_to_sixty_seconds() -> None:
    waits = [[delivery._wait(tries).total_seconds() for _ in range(200)] for tries in range(1, 9)]
    assert min(map(min, waits)) >= 1
    assert max(map(max, waits)) <= 60
    assert max(waits[0]) <= 2
    assert min(waits[-1]) >= 30


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b"", "HTTP 400"),
        (409, b"", "HTTP 409"),
        (302, b"", "HTTP 302"),
        (200, b"<ResponseMessage xmlns='http://iec.ch/TC57/2011/schema/message'><Reply><Result>FAILED</Result><Error><code>2.5</code></Error></Reply></ResponseMessage>", "FAILED 2.5"),
    ],
)  # fmt: skip
def test_what_a_partner_refuses_is_never_repeated(
    listen: Callable[..., Listener], status: int, body: bytes, reason: str
) -> None:
    cis, clock = listen("CIS"), Clock()
    cis.location = "http://127.0.0.1:9/elsewhere"
    cis.answer = lambda _: (status, body)
    send("o-1")
    for _ in range(3):
        delivery.deliver(clock=clock)
        clock.move(120)
    assert len(cis.got) == 1
    assert (OutboxMessage.objects.get().state, OutboxMessage.objects.get().latest_error) == ("dead", reason)


def test_a_partner_that_is_away_is_paused_and_nothing_dies(listen: Callable[..., Listener]) -> None:
    cis, clock = listen("CIS"), Clock()
    cis.answer = lambda _: (503, b"")
    for number in range(20):
        send(f"o-{number}")
    for _ in range(30):
        delivery.deliver(clock=clock)
        clock.move(20)
    assert 8 <= len(cis.got) <= 30  # one knock at a time, not twenty
    partner = Partner.objects.get(name="CIS")
    assert partner.failures >= 8
    assert partner.paused_until is not None
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"pending"}
    cis.answer = lambda _: (200, b"")
    clock.move(61)
    assert delivery.deliver(clock=clock) == 20
    assert (Partner.objects.get(name="CIS").failures, Partner.objects.get(name="CIS").paused_until) == (0, None)


def test_a_slow_partner_does_not_hold_up_the_others(listen: Callable[..., Listener]) -> None:
    slow, quick = listen("SLOW"), listen("QUICK")
    arrived: list[float] = []
    slow.answer = lambda _: (time.sleep(3) or 200, b"")
    quick.answer = lambda _: (arrived.append(time.monotonic()) or 200, b"")
    for number in range(5):
        send(f"o-{number}")
    started = time.monotonic()
    delivery.deliver(clock=Clock(), timeout_s=2)
    assert len(arrived) == 5
    assert max(arrived) - started < 2  # before the slow one timed out
    assert len(slow.got) == 1
    assert "no answer in time" in Partner.objects.get(name="SLOW").latest_error
    assert quick.objects() == [f"o-{number}" for number in range(5)]


def test_two_workers_send_nothing_twice(listen: Callable[..., Listener]) -> None:
    partners = [listen("CIS"), listen("PORTAL")]
    for number in range(40):
        send(f"o-{number % 10}", number)

    def work() -> None:
        delivery.deliver(clock=Clock())
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    delivery.deliver(clock=Clock())
    for partner in partners:
        assert len(partner.got) == 40
        assert len({one.message_id for one in partner.got}) == 40


def test_a_message_claimed_by_who_died_is_sent_again_when_the_lease_is_over(listen: Callable[..., Listener]) -> None:
    cis, clock = listen("CIS"), Clock()
    send("o-1")
    partner = Partner.objects.get(name="CIS")
    (claimed,) = delivery._claim(partner.pk, clock())
    assert delivery.deliver(clock=clock) == 0
    clock.move(61)
    assert delivery.deliver(clock=clock) == 1
    assert [one.message_id for one in cis.got] == [claimed.message_id]
