"""Callbacks to whoever calls customers: create(Callbacks) when one is due; without a subscriber a person is told to call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.events import Recorded
from integration.cim.nouns import callbacks as noun
from integration.cim.nouns.callbacks import NOUN, Wanted
from integration.cim.nouns.items import Identified, Name
from integration.services import outbox, routing
from outages.selectors import callbacks as known
from outages.services import callbacks

_DUE = "due"


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write a message for each try that is due; the number written. One that has moved on since is left out."""
    due = [one for one in batch if one.event.what == _DUE and one.event.tries > 0]
    partners = routing.subscribers_of(NOUN) if due else []
    if not partners:
        for one in due:
            callbacks.note_by_hand(mrid=one.event.mrid)
        return 0
    found = known.to_be_made([one.event.callback_id for one in due])
    drafts = {}
    for one in due:
        row = found.get(one.event.callback_id)
        if row is not None and row.tries == one.event.tries:
            cause, areas = f"callback:{row.mrid}/{row.tries}", frozenset({one.area})
            draft = outbox.Draft(noun.CREATE, noun.build(_wanted(row)), f"callback:{row.mrid}", cause, areas)
            if routing.is_for_somebody(draft, partners):
                drafts[cause] = draft
            else:
                callbacks.note_by_hand(mrid=row.mrid)
    return outbox.enqueue_all(partners=partners, noun=NOUN, drafts=list(drafts.values()), at=at)


def _wanted(row: known.ToBeMade) -> Wanted:
    account = (Name(row.account, "AccountNumber"),) if row.account else ()
    name = (Name(row.name, "CustomerName"),) if row.name else ()
    return Wanted(
        mrid=row.mrid,
        attempt=row.tries,
        reason=row.reason,
        requested_at=row.requested_at,
        restored_at=row.back_at,
        phone=row.phone,
        customer=Identified("", (*account, *name)),
        outage=Identified(row.outage_mrid),
        usage_point=Identified("", (Name(row.usage_point, "UsagePointNumber"),) if row.usage_point else ()),
    )
