"""What a planned outage would do, before it is asked for. Nothing is written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from adms.core.actors import Actor
from adms.core.services import authority
from metering.selectors import supply
from outages.models import PlannedOutage
from outages.selectors import planned_findings
from outages.selectors.planned_findings import Finding
from outages.services import planned, planned_scope

_SHOWN_CRITICAL = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """Devices by name, customers (on either state of the network), the first critical ones, power, feeders, what speaks against it."""

    devices: list[str]
    customers: int
    critical: int
    critical_shown: list[str]
    kw: float
    feeders: list[str]
    findings: list[Finding]


def preview(
    *,
    actor: Actor,
    model: str,
    devices: Sequence[planned.Wanted],
    begins_at: dt.datetime,
    ends_at: dt.datetime,
    at: dt.datetime,
) -> Preview:
    """Look ahead.

    Raises:
        NotFound, Invalid, NotAuthorised: as a request does.
    """
    planned.require_window(begins_at, ends_at, at)
    found = planned.wanted_devices(model, devices)
    for device, _ in found:
        authority.require(actor=actor, action="request_planned_outage", area=device.area.key)
    told = [{"mrid": device.mrid, "name": device.name, "phases": bits} for device, bits in found]
    ahead = planned_scope.foresee(model, told)
    row = PlannedOutage(
        area=found[0][0].area,
        model_key=model,
        state="requested",
        devices=told,
        device_mrids=[device.mrid for device, _ in found],
        begins_at=begins_at,
        ends_at=ends_at,
    )
    own = [(point, one["in_normal"], one["in_present"]) for point, one in ahead.customers.items()]
    critical = [point for point, one in ahead.customers.items() if one["is_critical"]]
    shown = supply.usage_points(critical[:_SHOWN_CRITICAL]).values()
    may_name = actor.may("view_customer", row.area.key)
    return Preview(
        devices=[device.name for device, _ in found],
        customers=len(own),
        critical=len(critical),
        critical_shown=[f"{one['customer']} ({one['critical'].replace('_', ' ')})" for one in shown]
        if may_name
        else [],
        kw=ahead.kw,
        feeders=ahead.feeders,
        findings=planned_findings.of_request(row, own, at=at),
    )
