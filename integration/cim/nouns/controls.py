"""Controls, outgoing: move a switch (own profile on the CIM classes Control and Switch); value 0 opens, 1 closes."""

from __future__ import annotations

import datetime as dt

from integration.cim import namespaces, writer

CREATE = "create"


def build(
    *, operation_id: str, switch_mrid: str, switch_name: str, close: bool, at: dt.datetime, until: dt.datetime
) -> str:
    """The payload: one command, which must not be carried out after `until`."""
    names = writer.element("Names", writer.text("name", switch_name))
    control = writer.element(
        "Control",
        writer.text("mRID", operation_id),
        writer.time("timeStamp", at),
        writer.text("value", "1" if close else "0"),
        writer.time("validUntil", until),
        writer.element("Switch", writer.text("mRID", switch_mrid), names),
    )
    return writer.element("Controls", control, xmlns=namespaces.PROFILES["Controls"])
