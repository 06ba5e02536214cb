"""Tell partners of outages: what happened to one becomes created, changed, closed or canceled(UnplannedOutages) in the outbox.

The message says what is so when it is written, not what was so at the event: a partner wants the latest. Of several changes of one
outage in a batch only the last is told; that it began and how it ended always is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from adms.core.events import Recorded
from integration.cim.nouns import unplanned_outages
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.unplanned_outages import UnplannedOutage
from integration.services import outbox, routing
from outages.domain import codes
from outages.selectors import outages

if TYPE_CHECKING:
    from outages.models import Outage

#: Beyond this many the message gives their number only.
MAX_LISTED = 5_000
_NOUN = "UnplannedOutages"
#: Our state to CIM's statusKind, and to outageKind where that does not follow from how sure we are.
_STATUS = {
    "new": "awaitingCrewAssignment",
    "acknowledged": "awaitingCrewAssignment",
    "assigned": "assigned",
    "en_route": "enroute",
    "on_site": "arrived",
    "made_safe": "arrived",
    "partly_restored": "arrived",
    "restored": "fieldComplete",
    "completed": "fieldComplete",
}
_CLOSED = dict.fromkeys(("completed", "cancelled", "verify"), "closed")
_KIND = {"partly_restored": "partiallyRestored", "restored": "restored", **_CLOSED}
_OTHER_NOUNS = frozenset({"planned", "hazard"})  # no interruption, or one that another noun tells of
_BY_PEOPLE = frozenset({"crew", "operator"})


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write the messages for a batch of OutageChanged; the number written. A flood of changes is a handful of queries."""
    partners = routing.subscribers_of(_NOUN)
    if not partners:
        return 0
    latest = {recorded.event.outage_id: recorded.number for recorded in batch}
    told = [one for one in batch if one.event.verb != "changed" or latest[one.event.outage_id] == one.number]
    known = outages.described({recorded.event.outage_id for recorded in told})
    drafts = [_draft(one, known[one.event.outage_id]) for one in told if one.event.outage_id in known]
    written = [draft for draft in drafts if draft is not None]
    return outbox.enqueue_all(partners=partners, noun=_NOUN, drafts=written, at=at)


def _draft(recorded: Recorded, found: outages.Described) -> outbox.Draft | None:
    """What is told of one change; None where it is not for others."""
    fact, outage = recorded.event, found.outage
    key = f"outage:{outage.mrid}"
    if outage.kind in _OTHER_NOUNS:
        return None
    is_customers_own = (
        outage.explanation.get("engine") == "ping"
    )  # the caller's meter has supply: to others it is no outage
    if is_customers_own and not outbox.is_told(object_key=key):
        return None
    verb = "canceled" if outage.state == "verify" else fact.verb
    return outbox.Draft(
        verb, unplanned_outages.build(translate(found, at=fact.at)), key, recorded.reference, frozenset({recorded.area})
    )


def translate(found: outages.Described, *, at: dt.datetime) -> UnplannedOutage:
    """An outage of ours in the words of CIM."""
    outage = found.outage
    device = (Identified(outage.device_mrid, (Name(outage.device_name),) if outage.device_name else ()),)
    return UnplannedOutage(
        mrid=outage.mrid,
        number=str(outage.pk),
        kind=_kind(outage),
        status=_STATUS.get(outage.state, ""),
        cause=codes.CAUSES.get(outage.cause, outage.cause),
        cause_kind=codes.CIM_CAUSE_KIND.get(outage.cause, ""),
        community=outage.feeder,
        modified_at=at,
        created_at=outage.predicted_at,
        reported_start_at=outage.started_at,
        started_at=outage.started_at,
        ended_at=outage.restored_at,
        estimated_restoration_at=outage.etr_at,
        estimate_source=outage.etr_source,
        estimate_confidence="high" if outage.etr_source in _BY_PEOPLE else "low",
        meters_affected=outage.customers_out,
        original_customers_served=outage.customers_affected,
        customers_restored=max(outage.customers_affected - outage.customers_out, 0),
        customers_out=outage.customers_out,
        critical_customers_out=outage.critical_out,
        equipments=device,
        isolation_equipment=device,
        de_energized_usage_points=_usage_points(found.names_out),
        crews=tuple(Identified("", (Name(name),)) for name in sorted(found.crews)),
    )


def _kind(outage: Outage) -> str:
    if outage.state in _KIND:
        return _KIND[outage.state]
    return "confirmed" if outage.confidence == "confirmed" else "predicted"


def _usage_points(names: Sequence[str]) -> tuple[Identified, ...]:
    """Who is out now, by name."""
    if len(names) > MAX_LISTED:
        return ()
    return tuple(Identified("", (Name(name, "UsagePointNumber"),)) for name in sorted(names))
