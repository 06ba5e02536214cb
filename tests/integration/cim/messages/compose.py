"""Messages for the tests, made by hand so that they may be wrong in exactly one place."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "messages"
RECEIVED = dt.datetime(2026, 3, 1, 10, 16, tzinfo=dt.UTC)
GASP = (
    "<EndDeviceEvent><createdDateTime>2026-03-01T10:15:28Z</createdDateTime>"
    "<Assets><Names><name>MTR-1</name></Names></Assets><EndDeviceEventType ref='3.26.0.85'/></EndDeviceEvent>"
)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.xml").read_bytes()


def header(
    verb: str = "created",
    noun: str = "EndDeviceEvents",
    *,
    source: str = "HES",
    message_id: str = "m-1",
    more: str = "",
) -> str:
    given = {"Verb": verb, "Noun": noun, "Source": source, "MessageID": message_id}
    return "<Header>" + "".join(f"<{key}>{value}</{key}>" for key, value in given.items() if value) + more + "</Header>"


def message(
    payload: str,
    head: str = "",
    *,
    root: str = "EventMessage",
    namespace: str = "http://iec.ch/TC57/2011/schema/message",
) -> bytes:
    content = f"{head or header()}<Payload>{payload}</Payload>"
    return f'<{root} xmlns="{namespace}">\n{content}\n</{root}>'.encode()


def gasps(items: str = GASP, head: str = "") -> bytes:
    return message(
        f'<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">\n{items}\n</EndDeviceEvents>', head
    )


def values(items: str, head: str = "") -> bytes:
    payload = f'<MeasurementValues xmlns="urn:tieline:cim:2026:MeasurementValues#">\n{items}\n</MeasurementValues>'
    return message(payload, head or header("changed", "MeasurementValues", source="SCADA"))
