"""CIM messages as other makers write them: IEC 61968-100 envelopes by templates, nothing shared with the reader on the other side."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

POWER_LOST, POWER_RESTORED = "3.26.0.85", "3.26.0.216"
VOLTAGE = "0.0.0.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0"  # phase A, indicating
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MESSAGE = "http://iec.ch/TC57/2011/schema/message"
_ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="{namespace}">
  <Header>
    <Verb>{verb}</Verb>
    <Noun>{noun}</Noun>
    <Revision>2.0</Revision>
    <Timestamp>{at}</Timestamp>
    <Source>{source}</Source>
    <AckRequired>true</AckRequired>
    <MessageID>{id}</MessageID>
    <CorrelationID>{correlation}</CorrelationID>
  </Header>
  {content}
</{root}>
"""


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """Something a meter said."""

    mrid: str
    occurred_at: dt.datetime
    code: str
    meter: str
    usage_point: str
    on_off_count: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A position (0 open, 1 closed) of a Discrete or of the switch itself, or the value of an Analog."""

    kind: str  # Discrete, Switch or Analog
    mrid: str
    value: float
    occurred_at: dt.datetime
    validity: str = "GOOD"
    reason: str = ""  # what moved a switch, where its relay says so


@dataclass(frozen=True, slots=True)
class Call:
    """A customer's call."""

    mrid: str
    number: str
    reported_at: dt.datetime
    usage_point: str
    trouble_code: str = "NO_POWER"
    comment: str = ""
    hazard: str = ""
    phone: str = ""
    is_street_dark: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter answered when it was asked: volts, or (`code`) why nothing."""

    meter: str
    read_at: dt.datetime
    volts: float = 0.0
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, when, under which id."""

    source: str
    message_id: str
    at: dt.datetime


def device_events(sender: Sender, events: Iterable[MeterEvent]) -> bytes:
    """Created EndDeviceEvents."""
    items = "".join(map(_meter_event, events))
    payload = f'<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">{items}</EndDeviceEvents>'
    return _envelope("EventMessage", "created", "EndDeviceEvents", sender, f"<Payload>{payload}</Payload>")


def measurement_values(sender: Sender, values: Iterable[Value]) -> bytes:
    """Changed MeasurementValues."""
    items = "".join(map(_value, values))
    payload = f'<MeasurementValues xmlns="urn:tieline:cim:2026:MeasurementValues#">{items}</MeasurementValues>'
    return _envelope("EventMessage", "changed", "MeasurementValues", sender, f"<Payload>{payload}</Payload>")


def trouble_tickets(sender: Sender, calls: Iterable[Call]) -> bytes:
    """Create TroubleTickets."""
    items = "".join(map(_call, calls))
    payload = f'<TroubleTickets xmlns="urn:tieline:cim:2026:TroubleTickets#">{items}</TroubleTickets>'
    return _envelope("RequestMessage", "create", "TroubleTickets", sender, f"<Payload>{payload}</Payload>")


def meter_readings(sender: Sender, readings: Iterable[Reading], *, correlation_id: str, is_last: bool) -> bytes:
    """Reply MeterReadings: voltages of who answered, an error for each who did not; 0.1 where more follows."""
    told = list(readings)
    items = "".join(
        f"<MeterReading><Meter>{names(one.meter, 'MeterNumber')}</Meter><Readings><timeStamp>{time(one.read_at)}</timeStamp>"
        f'<value>{one.volts:.1f}</value><ReadingType ref="{VOLTAGE}"/></Readings></MeterReading>'
        for one in told
        if not one.code
    )
    missing = (one for one in told if one.code)
    return counted(sender, items, missing, correlation_id=correlation_id, is_last=is_last)


def counted(sender: Sender, items: str, missing: Iterable[Reading], *, correlation_id: str, is_last: bool) -> bytes:
    """The same around MeterReading elements that are written already."""
    errors = "".join(
        f"<Error><code>{one.code}</code><level>FATAL</level><reason>{escaped(one.reason)}</reason>"
        f'<ID idType="MeterNumber" kind="name" objectType="Meter">{escaped(one.meter)}</ID></Error>'
        for one in missing
    )
    first = "" if is_last else "<Error><code>0.1</code><level>INFORM</level></Error>"
    result = "OK" if is_last and not errors else "PARTIAL"
    content = f"<Reply><Result>{result}</Result>{first}{errors}</Reply>"
    if items:
        payload = f'<MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#">{items}</MeterReadings>'
        content += f"<Payload>{payload}</Payload>"
    return _envelope("ResponseMessage", "reply", "MeterReadings", sender, content, correlation_id)


def reply(sender: Sender, *, noun: str, correlation_id: str, code: str = "0.0", reason: str = "") -> bytes:
    """A ResponseMessage: OK where the code begins with 0, else FAILED."""
    is_ok = code.startswith("0")
    told = f"<code>{code}</code><level>{'INFORM' if is_ok else 'FATAL'}</level>" + text("reason", reason)
    content = f"<Reply><Result>{'OK' if is_ok else 'FAILED'}</Result><Error>{told}</Error></Reply>"
    return _envelope("ResponseMessage", "reply", noun, sender, content, correlation_id)


def written(root: str, verb: str, noun: str, sender: Sender, payload: str, *, correlation_id: str = "") -> bytes:
    """Any other message, around a payload its system wrote itself."""
    reply = "<Reply><Result>OK</Result><Error><code>0.0</code></Error></Reply>" if verb == "reply" else ""
    return _envelope(root, verb, noun, sender, f"{reply}<Payload>{payload}</Payload>", correlation_id)


def asked(verb: str, noun: str, sender: Sender, question: str) -> bytes:
    """A RequestMessage whose Request holds a question its system wrote itself."""
    return _envelope("RequestMessage", verb, noun, sender, f"<Request>{question}</Request>")


def _envelope(root: str, verb: str, noun: str, sender: Sender, content: str, correlation_id: str = "") -> bytes:
    return _ENVELOPE.format(
        root=root,
        namespace=_MESSAGE,
        verb=verb,
        noun=escaped(noun),
        at=time(sender.at),
        source=escaped(sender.source),
        id=escaped(sender.message_id),
        correlation=escaped(correlation_id or sender.message_id),
        content=content,
    ).encode()


def _meter_event(event: MeterEvent) -> str:
    is_lost = event.code == POWER_LOST
    return (
        "<EndDeviceEvent>"
        f"<mRID>{escaped(event.mrid)}</mRID><createdDateTime>{time(event.occurred_at)}</createdDateTime>"
        f"<severity>{'critical' if is_lost else 'normal'}</severity>"
        f"<Assets>{names(event.meter, 'MeterNumber')}</Assets>"
        f"<EndDeviceEventDetails><name>powerOnOffCount</name><value>{event.on_off_count}</value></EndDeviceEventDetails>"
        f'<EndDeviceEventType ref="{event.code}"/>'
        f"<UsagePoint>{names(event.usage_point, 'UsagePointNumber')}</UsagePoint>"
        "</EndDeviceEvent>"
    )


def _value(value: Value) -> str:
    tag = "AnalogValue" if value.kind == "Analog" else "DiscreteValue"
    number = f"{value.value:.1f}" if value.kind == "Analog" else f"{value.value:.0f}"
    return (
        f"<{tag}>{text('reason', value.reason)}<timeStamp>{time(value.occurred_at)}</timeStamp><value>{number}</value>"
        f"<{value.kind}><mRID>{escaped(value.mrid)}</mRID></{value.kind}>"
        f"<MeasurementValueQuality><source>PROCESS</source><validity>{value.validity}</validity></MeasurementValueQuality></{tag}>"
    )


def _call(call: Call) -> str:
    wanted = f"<contactType>sms</contactType><contactValue>{escaped(call.phone)}</contactValue>"
    return (
        f"<TroubleTicket><mRID>{escaped(call.mrid)}</mRID>{text('comment', call.comment)}"
        f"<dateTimeOfReport>{time(call.reported_at)}</dateTimeOfReport>"
        f"<multiplePremises>{'true' if call.is_street_dark else 'false'}</multiplePremises>"
        f"<reportingKind>call</reportingKind><troubleCode>{escaped(call.trouble_code)}</troubleCode>"
        + (f"<Hazard><type>{escaped(call.hazard)}</type></Hazard>" if call.hazard else "")
        + names(call.number, "TicketNumber")
        + (f"<Notification>{wanted}<trigger>powerRestored</trigger></Notification>" if call.phone else "")
        + f"<UsagePoint>{names(call.usage_point, 'UsagePointNumber')}</UsagePoint></TroubleTicket>"
    )


def names(name: str, kind: str) -> str:
    """One name with its type."""
    return f"<Names><name>{escaped(name)}</name><NameType><name>{kind}</name></NameType></Names>"


def text(tag: str, words: str) -> str:
    """An element with text; nothing where there is none."""
    return f"<{tag}>{escaped(words)}</{tag}>" if words else ""


def time(at: dt.datetime) -> str:
    """A moment in UTC, to the millisecond."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def escaped(words: str) -> str:
    """Text that cannot be taken for markup; characters that XML does not have are left out."""
    return html.escape(_NOT_XML.sub("", words))
