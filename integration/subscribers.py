"""Reactions to events of lower apps."""

import datetime as dt
from collections.abc import Sequence

from adms.core.events import Recorded
from adms.core.subscriptions import subscribe
from integration.services import outage_messages
from outages.events import OutageChanged


@subscribe("integration.outage_messages", OutageChanged)
def tell_partners(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write the messages to partners into the outbox."""
    outage_messages.announce(batch=batch, at=at)
