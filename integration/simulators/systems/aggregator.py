"""An aggregator of small generators and stores: offers what it can spare, takes dispatches, reports what its group does.

Its messages are those of IEC 61968-5 (DERGroupStatuses, DERGroupDispatches). With --rate it reports that often by itself.
"""

from __future__ import annotations

import uuid
from typing import Any

from integration.simulators import messages
from integration.simulators.incoming import Incoming
from integration.simulators.systems import base
from integration.simulators.systems.base import TAKEN, Answer, System, Tools

_STATUSES = "http://iec.ch/TC57/2017/DERGroupStatuses#"


class Aggregator(System):
    """One group of devices with a power of its own."""

    source = "AGGREGATOR-SIM"
    summary_line = "An aggregator: reports the power of its group as DERGroupStatuses, takes DERGroupDispatches."

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self.group = str(uuid.uuid5(uuid.NAMESPACE_OID, "group 1"))
        self.power_kw, self.dispatches = 350.0, 0

    def begin(self) -> None:
        """Report, again and again where a rate is given."""
        if self.tools.rate:
            self.report()
            self.after(1.0 / self.tools.rate, self.begin)

    def take(self, message: Incoming) -> Answer:
        """A dispatch sets the power of the group."""
        if (message.verb, message.noun) != ("create", "DERGroupDispatches"):
            return super().take(message)
        payload = base.payload(message, message.noun)
        values = (
            [one.text or "" for one in payload.iter() if base.local(one) == "nominalYValue"]
            if payload is not None
            else []
        )
        try:
            self.power_kw = float(values[0])
        except (IndexError, ValueError):
            return "1.7", "no nominalYValue says what is wanted"
        self.dispatches += 1
        self.after(1.0, self.report)
        return TAKEN

    def report(self) -> None:
        """What the group does now."""
        at = messages.time(self.at)
        curve = f"<nominalYValue>{self.power_kw}</nominalYValue><timeStamp>{at}</timeStamp>"
        parameter = (
            "<DERMonitorableParameter><DERParameter>activePower</DERParameter><flowDirection>reverse</flowDirection>"
            f"<yMultiplier>k</yMultiplier><yUnit>W</yUnit><DERCurveData>{curve}</DERCurveData></DERMonitorableParameter>"
        )
        group = f"<EndDeviceGroup><mRID>{self.group}</mRID>{parameter}</EndDeviceGroup>"
        content = f'<DERGroupStatuses xmlns="{_STATUSES}">{group}</DERGroupStatuses>'
        self.send("EventMessage", "changed", "DERGroupStatuses", content)

    def state(self) -> dict[str, Any]:
        """Power and counts."""
        return {"power_kw": self.power_kw, "dispatches": self.dispatches}
