"""Nested outages: who stays out when the outage above is restored."""

import datetime as dt

from adms.core import actors
from metering.selectors import supply
from outages.models import Interruption, Outage
from outages.services import incidents, ledger

#: Evidence this soon after a restoration tells of customers who never came back.
STILL_OUT = dt.timedelta(minutes=30)
FINDER = actors.system("nested outage")


def reopen(*, outage: Outage, affected: ledger.Affected, at: dt.datetime) -> None:
    """Customers of a new outage whose last interruption was just declared over never had supply: it goes on here.

    Their share of the closed rows is taken back, the new outage is nested in the one that was restored, and their rows
    begin when they first went out.
    """
    if outage.parent_id or outage.confidence == "confirmed":
        return
    members = set(affected.ids.tolist()) - _seen_live(affected.ids.tolist(), at)
    recent = ledger.live().filter(
        model_key=outage.model_key,
        node__in=sorted(set(affected.nodes.tolist())),
        ended_at__gte=at - STILL_OUT,
        ended_at__lte=at,
    )
    above: set[int] = set()
    for row in recent.exclude(outage=outage).exclude(outage__kind="single"):
        stayed = [member for member in row.usage_points if member in members]
        if stayed:
            _take_over(outage, row, stayed, at)
            above.add(row.outage_id)
    if above:
        outage.parent_id = max(above)
        text = f"Nested: these customers stayed out when outage {outage.parent_id} was restored"
        incidents.note(outage=outage, kind="nested", text=text, actor=FINDER, occurred_at=at, at=at)


def _seen_live(usage_points: list[int], at: dt.datetime) -> set[int]:
    """Those whose meter said lately that it has supply: they did come back."""
    known = supply.power_of(usage_points)
    return {point for point, (power, since) in known.items() if power == "on" and since >= at - STILL_OUT}


def _take_over(outage: Outage, row: Interruption, stayed: list[int], at: dt.datetime) -> None:
    rest = [member for member in row.usage_points if member not in set(stayed)]
    continued = Interruption.objects.get(pk=row.pk)
    continued.pk, continued.outage, continued.ended_at = None, outage, None
    continued.usage_points, continued.customers, continued.is_provisional = stayed, len(stayed), True
    continued.save(force_insert=True)
    if rest:
        row.usage_points, row.customers = rest, len(rest)
        row.save(update_fields=["usage_points", "customers"])
    else:
        row.superseded_at, row.superseded_reason = at, f"goes on in nested outage {outage.pk}"
        row.save(update_fields=["superseded_at", "superseded_reason"])
