"""create(PlannedOutages): who plans the work asks for the outage; a person approves it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from adms.core.errors import Invalid, Refused
from adms.core.services import events
from adms.core.services.authority import NotAuthorised
from integration.cim.errors import ReplyError
from integration.cim.nouns.items import Identified, ItemRefused
from integration.cim.nouns.planned_outages import Wanted
from integration.services.handled import Handled
from network.selectors import equipment
from outages.services import planned


def handle(*, actor: Actor, source: str, items: Sequence[Wanted], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Ask for each; an error for each that cannot be: 2.15 for a device nobody knows, 1.7 for a window that is missing."""
    handled = Handled(effects={"planned_outages": []})
    with events.deferred():
        for item in items:
            try:
                row = _request(actor, item, at)
            except ItemRefused as refused:
                handled.errors.append(refused.error)
            except NotAuthorised:
                raise
            except Refused as refused:
                code = "1.8" if isinstance(refused, Invalid) else "6.1"
                handled.errors.append(ReplyError(code, refused.message, item.object_id))
            else:
                handled.taken += 1
                handled.effects["planned_outages"].append(row)
    return handled


def _request(actor: Actor, item: Wanted, at: dt.datetime) -> int:
    if item.begins_at is None or item.ends_at is None or not item.equipments:
        missing = "estimatedPeriod with start and end" if item.equipments else "Equipments"
        raise ItemRefused("1.7", f"{missing} is missing", item.object_id)
    found = [_device(one, item) for one in item.equipments]
    models = sorted({model for model, _ in found})
    if len(models) > 1:
        raise ItemRefused("1.8", f"its devices are in several networks: {', '.join(models)}", item.object_id)
    row = planned.request(
        actor=actor,
        model=models[0],
        devices=[planned.Wanted(mrid) for _, mrid in found],
        begins_at=item.begins_at,
        ends_at=item.ends_at,
        purpose=item.reason,
        order_reference=item.order[:60],
        mrid=item.mrid,
        at=at,
    )
    return row.pk


def _device(named: Identified, item: Wanted) -> tuple[str, str]:
    """Model and mRID of a device, by mRID or by a name that only one has."""
    columns = {"mrid": named.mrid} if named.mrid else {"name__in": [name.name for name in named.names]}
    rows = list(equipment.published().filter(is_branch=True, **columns)[:2])
    if len(rows) != 1:
        words = "is the name of several devices" if rows else "not known here"
        raise ItemRefused("2.15", words, (named.to_object_id("Equipment") if named else item.object_id))
    return rows[0].version.model.key, rows[0].mrid
