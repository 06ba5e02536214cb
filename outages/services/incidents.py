"""The one place that creates and changes outages: state, timeline, ledger figures and the outgoing event go together."""

import datetime as dt
import uuid
import zlib
from typing import Any

import numpy as np
from django.db import connection

from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services import events
from metering.selectors import supply
from outages.events import OutageChanged
from outages.models import Outage, OutageEntry
from outages.services import ledger
from workforce.services import work

#: States in which an outage is still going on.
GOING_ON = ("new", "acknowledged", "assigned", "en_route", "on_site", "made_safe", "partly_restored")
#: Priority points: per customer out, per critical customer out.
PRIORITY_CRITICAL = 100


class OutageRefused(Refused):
    """The outage is not in a state for that."""

    code = "outage_refused"


def lock_model(model: str) -> None:
    """One writer of outages per network model at a time, until the transaction ends. Taken before any area is locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [zlib.crc32(b"outages") - 2**31, zlib.crc32(model.encode()) - 2**31]
        )


def get(outage_id: int) -> Outage:
    """The outage, with its model locked for this transaction.

    Raises:
        NotFound: there is none.
    """
    model = Outage.objects.filter(pk=outage_id).values_list("model_key", flat=True).first()
    if model is None:
        raise NotFound(f"no outage {outage_id}", outage=outage_id)
    lock_model(model)
    return Outage.objects.select_related("area").get(pk=outage_id)


def create(*, fields: dict[str, Any], text: str, actor: Actor, at: dt.datetime) -> Outage:
    """A new outage with its first line; its work order is raised with it. Call `changed` once its ledger rows are open."""
    outage = Outage.objects.create(mrid=str(uuid.uuid4()), state="new", predicted_at=at, **fields)
    note(outage=outage, kind="created", text=text, actor=actor, occurred_at=outage.started_at, at=at)
    order = work.raise_work_order(
        area_id=outage.area_id,
        subject=f"outage:{outage.pk}",
        title=f"{outage.get_kind_display()} at {outage.device_name}",
        kind=outage.kind,
        priority=outage.priority,
        equipment_mrid=outage.device_mrid,
        x=outage.x,
        y=outage.y,
        at=at,
    )
    outage.work_order = order
    outage.save(update_fields=["work_order"])
    return outage


def note(
    *, outage: Outage, kind: str, text: str, actor: Actor, occurred_at: dt.datetime, at: dt.datetime, data: Any = None
) -> None:
    """One line on the timeline."""
    OutageEntry.objects.create(
        outage=outage,
        kind=kind,
        text=text[:400],
        data=data or {},
        actor=actor.label or actor.name,
        occurred_at=occurred_at,
        recorded_at=at,
    )


def changed(*, outage: Outage, what: str, at: dt.datetime, verb: str = "changed") -> None:
    """Refresh the customer figures from the ledger, raise the revision, save, and tell. Call it last."""
    affected, out = ledger.count(outage)
    outage.customers_affected, outage.customers_out = affected, out
    outage.critical_out = critical_out(outage)
    outage.priority = out + PRIORITY_CRITICAL * outage.critical_out
    outage.revision += 1
    outage.save()
    fact = OutageChanged(outage.pk, outage.mrid, outage.model_key, verb, outage.revision, what, at)
    events.publish(area_id=outage.area_id, facts=[fact], at=at)


def critical_out(outage: Outage) -> int:
    """Critical customers among those still out."""
    rows = ledger.live().filter(outage=outage, ended_at=None).values_list("node", "usage_points")
    members = {member for _, points in rows for member in points}
    if not members:
        return 0
    found = supply.supply_at(outage.model_key, {node for node, _ in rows})
    return int(found.critical[np.isin(found.ids, list(members))].sum())


def end(*, outage: Outage, restored_at: dt.datetime, actor: Actor, at: dt.datetime) -> None:
    """Nobody is out any more: the outage is restored; a short one was momentary."""
    outage.state, outage.restored_at = "restored", restored_at
    note(outage=outage, kind="restored", text="Everybody has supply again", actor=actor, occurred_at=restored_at, at=at)
    changed(outage=outage, what="restored", verb="closed", at=at)


def cancel(*, outage: Outage, reason: str, actor: Actor, at: dt.datetime) -> None:
    """It was no outage, or another one took it over."""
    outage.state, outage.cancelled_reason = "cancelled", reason[:200]
    ledger.drop(outage=outage, keep=[], reason=reason, at=at)
    note(outage=outage, kind="cancelled", text=reason, actor=actor, occurred_at=at, at=at)
    work.close_work_order(actor=actor, subject=f"outage:{outage.pk}", state="cancelled", at=at)
    changed(outage=outage, what="cancelled", verb="canceled", at=at)
