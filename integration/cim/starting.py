"""From nothing to a first accepted message: what somebody who connects a system types, filled in."""

from __future__ import annotations

import datetime as dt

from integration.cim import namespaces, writer
from integration.cim.nouns import meter_readings
from integration.cim.registry import Row

#: What a sender has to replace by something that is there.
METER = "METER-NUMBER"
#: "Time synchronisation succeeded": an event that nobody acts on.
_HARMLESS = "3.36.116.58"


def rank(row: Row) -> int:
    """Which message of several is the best first one: a question changes nothing, a meter event is complete as it is written here.

    A question for readings comes after them: where nobody has told any yet, it is answered that there are none.
    """
    if row.verb == "get":
        return 2 if row.noun == meter_readings.NOUN else 0
    return 1 if is_complete(row) else 3


def message(row: Row, *, source: str, message_id: str, at: dt.datetime) -> str:
    """A message of this row: complete where it is a question or a meter event, else with an empty payload to fill in."""
    root = "EventMessage" if row.verb.endswith("d") else "ResponseMessage" if row.verb == "reply" else "RequestMessage"
    head = writer.element(
        "Header",
        *(writer.text(name, text) for name, text in (("Verb", row.verb), ("Noun", row.noun))),
        writer.time("Timestamp", at.replace(microsecond=0)),
        writer.text("Source", source),
        writer.text("MessageID", message_id),
        writer.text("CorrelationID", message_id),
    )
    rest = _question(row, at) if row.verb == "get" else writer.container("Payload", _payload(row, at))
    reply = writer.element("Reply", writer.text("Result", "OK")) if row.verb == "reply" else ""
    parts = "\n".join(filter(None, (head, reply, rest)))
    return f'<{root} xmlns="{namespaces.MESSAGE}">\n{parts}\n</{root}>'


def is_complete(row: Row) -> bool:
    """Whether such a message can go as it is written here, but for a meter's number; of others the payload is to be filled in."""
    return row.verb == "get" or row.noun == "EndDeviceEvents"


def _question(row: Row, at: dt.datetime) -> str:
    """What is asked for, where a question must say: the readings of a meter of the day that is just over."""
    if row.noun != meter_readings.NOUN:
        return ""
    ends = at.replace(minute=0, second=0, microsecond=0)
    return writer.element(
        "Request", meter_readings.build([METER], begins=ends - dt.timedelta(days=1), ends=ends, types=())
    )


def _payload(row: Row, at: dt.datetime) -> str:
    namespace = namespaces.PROFILES[row.noun]
    if row.noun != "EndDeviceEvents":
        return writer.container(row.noun, xmlns=namespace)
    event = writer.element(
        "EndDeviceEvent",
        writer.time("createdDateTime", at.replace(microsecond=0)),
        writer.element("Assets", writer.element("Names", writer.text("name", METER))),
        writer.container("EndDeviceEventType", ref=_HARMLESS),
    )
    return writer.element(row.noun, event, xmlns=namespace)


def commands(text: str, *, source: str, address: str, token: str) -> str:
    """Commands of a shell: keep the token, write the message, rehearse it (?dry_run), and send it where that was accepted."""
    file = f"{source.lower()}.token"
    send = (
        f"curl -sS --fail-with-body -w '\\n' -H \"Authorization: Bearer $(cat {file})\" -H 'Content-Type: application/xml' \\\n"
        f"  --data-binary @message.xml '{address}"
    )
    return (
        f"printf '%s' '{token}' > {file}; chmod 600 {file}\n"
        f"cat > message.xml <<'END'\n{text}\nEND\n"
        f"{send}?dry_run' && \\\n{send}'"
    )
