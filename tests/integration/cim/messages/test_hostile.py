"""Hostile and broken input, as far as it is stopped before any database (reliability-security anchor, section 7).

Times are of the processor: what else the machine does is not the message's fault.
"""

import base64
import gzip
import resource
import time

import pytest

from integration.cim import envelope, payloads, registry, replies
from integration.cim.errors import MessageRefused
from tests.integration.cim.messages import compose

SECRET = "root:x:0:0"
XXE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def take(data: bytes) -> None:
    read = envelope.read(data)
    payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=compose.RECEIVED)


def answer(data: bytes) -> tuple[MessageRefused, bytes]:
    with pytest.raises(MessageRefused) as caught:
        take(data)
    return caught.value, replies.refusal(caught.value)


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_an_external_entity_is_refused_and_no_file_leaks() -> None:
    data = XXE.encode() + compose.gasps().replace(b"MTR-1", b"&e;")
    refusal, reply = answer(data)
    assert (refusal.status, refusal.code, refusal.level) == (400, "1.8", "CATASTROPHIC")
    assert SECRET.encode() not in reply


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-7", "utf-32"])
def test_other_encodings_do_not_smuggle_it_in(encoding: str) -> None:
    text = XXE.replace('version="1.0"', f'version="1.0" encoding="{encoding}"') + compose.gasps().decode().replace(
        "MTR-1", "&e;"
    )
    refusal, reply = answer(text.encode(encoding))
    assert (refusal.status, refusal.code) == (400, "1.8")
    assert SECRET.encode() not in reply


def test_a_billion_laughs_are_refused_at_once() -> None:
    data = f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>'.encode() + compose.gasps().replace(b"MTR-1", b"&l9;")
    before, started = memory_mb(), time.process_time()
    refusal, _ = answer(data)
    assert time.process_time() - started < 0.05
    assert memory_mb() - before < 5
    assert (refusal.status, refusal.code) == (400, "1.8")


@pytest.mark.parametrize("per_event", [1, 80_000])
def test_eighty_thousand_wrong_times_are_answered_within_a_second(per_event: int) -> None:
    """Wherever they are: one in each event, or all in one."""
    wrong = "<createdDateTime>x</createdDateTime>" * per_event
    events = f"<EndDeviceEvent>{wrong}</EndDeviceEvent>\n" * (80_000 // per_event)
    data = compose.gasps(events)
    started = time.process_time()
    refusal, reply = answer(data)
    assert time.process_time() - started < 1
    assert (refusal.status, refusal.code) == (422, "1.8")
    assert 1 <= reply.count(b"<Error>") <= 20
    assert b"line 3" in reply


def test_millions_of_empty_elements_are_refused_before_they_cost_memory() -> None:
    data = compose.gasps("<a/>" * 2_000_000)
    before = memory_mb()
    refusal, _ = answer(data)
    assert memory_mb() - before < 20
    assert (refusal.status, refusal.code) == (413, "3.1")


def test_a_compressed_bomb_is_stopped() -> None:
    bomb = base64.b64encode(gzip.compress(b"<a>" + b" " * 60_000_000)).decode()
    started = time.process_time()
    refusal, _ = answer(compose.message(f"<Compressed>{bomb}</Compressed>"))
    assert time.process_time() - started < 0.2
    assert (refusal.status, refusal.code) == (400, "3.1")


@pytest.mark.parametrize(
    "packed", [b"not gzip", gzip.compress(b"<a/>")[:-4], gzip.compress(b"<a/>") + gzip.compress(b"<b/>")]
)
def test_what_is_not_one_whole_gzip_member_is_refused(packed: bytes) -> None:
    refusal, _ = answer(compose.message(f"<Compressed>{base64.b64encode(packed).decode()}</Compressed>"))
    assert (refusal.status, refusal.code) == (400, "1.8")


def test_a_document_type_inside_compressed_is_refused_too() -> None:
    packed = base64.b64encode(gzip.compress(XXE.encode() + b"<a>&e;</a>")).decode()
    refusal, reply = answer(compose.message(f"<Compressed>{packed}</Compressed>"))
    assert (refusal.status, refusal.code) == (400, "1.8")
    assert SECRET.encode() not in reply


@pytest.mark.parametrize("cut", ["<!-- -->", "<?x y?>"])
def test_a_comment_does_not_cut_a_value(cut: str) -> None:
    read = envelope.read(compose.gasps(compose.GASP.replace("MTR-1", f"MTR{cut}-1")))
    (event,) = payloads.parse(read, registry.incoming(read.verb, read.noun), received_at=compose.RECEIVED).items
    assert event.meter.names[0].name == "MTR-1"
    assert read.body_hash == envelope.read(compose.gasps()).body_hash


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"\x00",
        b"<",
        b"{}",
        compose.gasps()[:-5],
        compose.gasps() + b"<b/>",
        compose.gasps().replace(b"MTR", b"\xff"),
    ],
)
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    refusal, reply = answer(data)
    assert (refusal.status, refusal.code) == (400, "1.8")
    assert reply.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<FaultMessage')


def test_a_hint_where_to_find_a_schema_is_not_followed() -> None:
    hint = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:x file:///etc/passwd'"
    refusal, reply = answer(compose.gasps(f"<EndDeviceEvent {hint}/>"))
    assert refusal.status == 422
    assert SECRET.encode() not in reply


def test_a_header_of_many_thousand_wrong_elements_is_answered_within_a_second() -> None:
    more = "<Property><Value>1</Value></Property>" * 60_000
    started = time.process_time()
    refusal, _ = answer(compose.gasps(head=compose.header(more=more)))
    assert time.process_time() - started < 1
    assert (refusal.status, refusal.code) == (400, "1.8")


def test_a_label_in_the_header_cannot_break_the_answer() -> None:
    refusal, reply = answer(compose.gasps(head=compose.header(noun="&lt;/Error&gt;&amp;")))
    assert (refusal.status, refusal.code) == (422, "2.5")
    assert b"&lt;/Error&gt;&amp; is not taken" in reply
