"""The load maker of storm.py, a process of its own: head-end, callers and SCADA, each over connections of their own.

    python -m benchmarks._storm_sender < job.json > told.json

Sends every message when its time has come, or as soon as the ones before are answered; what is answered with 503 is sent again,
under the same MessageID, after the time the answer asks for. It ends when storm and overtime are over, whatever is still to be
sent: what was refused until then, or had not had its turn, is counted. The head-end answers questions meanwhile
(`_storm_head_end`). Its own processor time is part of what it tells.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import queue
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MESSAGE = "http://iec.ch/TC57/2011/schema/message"
CODES = ("3.26.0.85", "3.26.0.216")
CALL_LINES = 16  # of the telephone system
ANSWER_S = 60.0  # a connection is waited for at most, and never longer than the run


class Line:
    """One connection of one partner."""

    def __init__(self, port: int, token: str, told: dict[str, Any]) -> None:
        self.port, self.told = port, told
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}
        self.line = self._open()

    def _open(self) -> http.client.HTTPConnection:
        left = self.told["until"] - time.time()
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=min(max(left, 1.0), ANSWER_S))

    def send(self, body: bytes) -> float | None:
        """Send until it is taken; seconds of the attempt that was, None where it was not taken before the end."""
        while time.time() < self.told["until"]:
            began = time.perf_counter()
            try:
                self.line.request("POST", "/cim/v1/messages", body, self.headers)
                answer = self.line.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                self.told["broken"] += 1
                self.line.close()
                self.line = self._open()
                time.sleep(0.5)
                continue
            if answer.status == 200:
                if b">FAILED<" in text or b">PARTIAL<" in text:
                    self.told["partial"].append(text[:400].decode("utf-8", "replace"))
                return time.perf_counter() - began
            if answer.status != 503:
                self.told["partial"].append(f"{answer.status}: {text[:400]!r}")
                return None
            self.told["busy"] += 1
            time.sleep(max(0.0, min(float(answer.getheader("Retry-After") or 2), self.told["until"] - time.time())))
        return None


def main() -> None:
    """Play the job that standard input tells; tell what was accepted and when."""
    from benchmarks import _storm_head_end, _storm_plan

    job = json.loads(sys.stdin.readline())
    storm = _storm_plan.make(job["customers"], job["events"], job["seconds"], job["calls_per_s"])
    print(json.dumps({"ready": True, "distinct": storm.distinct, "faults": storm.faults}), flush=True)
    went = Path(job["go"])
    while not went.exists():
        time.sleep(0.05)
    cpu = time.process_time()
    began = time.time()
    none = {"events": 0, "calls": 0, "positions": 0}
    until = began + job["seconds"] + job["overtime"]
    told: dict[str, Any] = {"busy": 0, "broken": 0, "partial": [], "began": began, "until": until}
    told |= {"unsent": none, "refused": dict(none)}
    work = {
        "events": (_events(storm, job["batch"], began), job["head_end"], job["senders"]),
        "calls": (_calls(storm, began), job["callers"], CALL_LINES),
        "positions": (_positions(storm, began), job["scada"], 1),
    }
    source, token = job["head_end"]
    answers = {"busy": 0, "broken": 0, "partial": [], "until": until + job["patience"]}
    head_end = _storm_head_end.HeadEnd(storm, source, began, Line(job["port"], token, answers).send)
    with head_end.serving(job["head_end_port"]):
        threads = [thread for name in work for thread in _play(name, *work[name], job["port"], told, began)]
        for thread in threads:
            thread.join()
        told |= {"ended": time.time(), "cpu_s": time.process_time() - cpu}
        print(json.dumps(told | {"distinct_taken": _distinct_taken(storm, told["events"])}), flush=True)
        sys.stdin.readline()  # questions are answered until the system has come to rest
        asked = {"asked": head_end.asked, "meters": head_end.meters, "answered": head_end.answered}
        print(json.dumps(asked | {"not_taken": answers["partial"][:2]}), flush=True)
    os._exit(0)


def _distinct_taken(storm: Any, sent: list[tuple[Any, ...]]) -> int:
    """Of the events that were taken those that are not the same as another one."""
    taken = np.zeros(storm.at.size, np.bool_)
    for *_, first, items in sent:
        taken[first : first + items] = True
    return int(storm.distinct_among(taken))


def _play(
    name: str, messages: Any, who: list[str], lines: int, port: int, told: dict[str, Any], began: float
) -> list[threading.Thread]:
    """Threads that share the messages of one sender."""
    source, token = who
    waiting: queue.Queue[Any] = queue.Queue(lines * 4)
    told[name] = sent = []  # (seconds of the answer, seconds late, number of the first item, items)

    def feed() -> None:
        first = 0
        for one in messages:
            waiting.put((first, *one))
            first += one[1]
        for _ in range(lines):
            waiting.put(None)

    def send() -> None:
        line = Line(port, token, told)
        while (one := waiting.get()) is not None:
            first, at, items, verb, noun, payload = one
            if time.time() > told["until"]:
                told["unsent"][name] += items
                continue
            time.sleep(max(0.0, began + at - time.time()))
            body = _message(source, verb, noun, payload)
            late = time.time() - began - at
            took = line.send(body)
            if took is None:
                told["refused"][name] += items
            else:
                sent.append((round(took, 5), round(late, 3), first, items))

    threads = [threading.Thread(target=feed), *(threading.Thread(target=send) for _ in range(lines))]
    for thread in threads:
        thread.start()
    return threads


def _message(source: str, verb: str, noun: str, payload: str) -> bytes:
    number, now = uuid.uuid4(), _time(time.time())
    kind = "RequestMessage" if verb == "create" else "EventMessage"
    return (
        f'<{kind} xmlns="{MESSAGE}"><Header><Verb>{verb}</Verb><Noun>{noun}</Noun><Timestamp>{now}</Timestamp>'
        f"<Source>{source}</Source><MessageID>{number}</MessageID><CorrelationID>{number}</CorrelationID></Header>"
        f"<Payload>{payload}</Payload></{kind}>"
    ).encode()


def _time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()


def _events(storm: Any, batch: int, began: float) -> Any:
    """What the head-end has gathered, in messages of so many events; a message goes when its last event is there."""
    total = storm.at.size
    for first in range(0, total, batch):
        last = min(first + batch, total)
        parts = []
        columns = (
            storm.customer[first:last].tolist(),
            storm.code[first:last].tolist(),
            storm.occurred[first:last].tolist(),
        )
        for customer, code, occurred in zip(*columns, strict=True):
            parts.append(
                f"<EndDeviceEvent><mRID>{uuid.uuid4()}</mRID><createdDateTime>{_time(began + occurred)}</createdDateTime>"
                f"<issuerID>HES</issuerID><Assets><Names><name>M{storm.number(customer)}</name><NameType><name>MeterNumber</name>"
                f'</NameType></Names></Assets><EndDeviceEventType ref="{CODES[code]}"/></EndDeviceEvent>'
            )
        payload = (
            f'<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">{"".join(parts)}</EndDeviceEvents>'
        )
        yield float(storm.at[last - 1]), last - first, "created", "EndDeviceEvents", payload


def _calls(storm: Any, began: float) -> Any:
    for at, customer in storm.calls:
        payload = (
            '<TroubleTickets xmlns="urn:tieline:cim:2026:TroubleTickets#"><TroubleTicket>'
            f"<mRID>{uuid.uuid4()}</mRID><dateTimeOfReport>{_time(began + at)}</dateTimeOfReport><reportingKind>call</reportingKind>"
            f"<troubleCode>NO_POWER</troubleCode><UsagePoint><Names><name>UP-{storm.number(customer)[:-7]}-{storm.number(customer)[-7:]}"
            "</name><NameType><name>UsagePointNumber</name></NameType></Names></UsagePoint></TroubleTicket></TroubleTickets>"
        )
        yield at, 1, "create", "TroubleTickets", payload


def _positions(storm: Any, began: float) -> Any:
    for at, mrid, closed in storm.positions:
        payload = (
            '<MeasurementValues xmlns="urn:tieline:cim:2026:MeasurementValues#"><DiscreteValue>'
            f"<timeStamp>{_time(began + at)}</timeStamp><value>{int(closed)}</value>"
            "<MeasurementValueQuality><source>PROCESS</source><validity>GOOD</validity></MeasurementValueQuality>"
            f"<Switch><mRID>{mrid}</mRID></Switch></DiscreteValue></MeasurementValues>"
        )
        yield at, 1, "changed", "MeasurementValues", payload


if __name__ == "__main__":
    main()
