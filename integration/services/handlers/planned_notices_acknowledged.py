"""reply(PlannedOutageNotifications): critical customers who have said that they know, from who told them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services.authority import NotAuthorised
from integration.cim.errors import ReplyError
from integration.cim.nouns.planned_outage_notifications import Acknowledged
from integration.services import planned_messages
from integration.services.handled import Handled
from outages.services import planned_announcing


def handle(*, actor: Actor, source: str, items: Sequence[Acknowledged], at: dt.datetime) -> Handled:
    """Note each; 2.15 where this partner was told nothing under the CorrelationID or the mRID, 1.8 for who is not critical."""
    handled = Handled(effects={"acknowledged": []})
    for item in items:
        sent = planned_messages.sent_to(source=source, message_id=item.correlation_id)
        if sent is None:
            words = "no notices were sent to you under this CorrelationID"
            handled.errors.append(ReplyError("2.15", words, item.object_id))
            continue
        how = item.how or f"told by {source}"
        try:
            found = planned_announcing.acknowledge_message(actor=actor, sent=sent, mrid=item.mrid, how=how, at=at)
        except NotAuthorised:
            raise
        except Refused as refused:
            code = "2.15" if isinstance(refused, NotFound) else "1.8"
            handled.errors.append(ReplyError(code, refused.message, item.object_id))
        else:
            handled.taken += 1
            handled.effects["acknowledged"].append(found.pk)
    return handled
