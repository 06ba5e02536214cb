"""Messages whose function is not built: refused with 5.2 (transaction not attempted), item by item, and kept in quarantine.

Nothing is taken that would not be acted on: a sender must know that its command or record has no effect here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns.unbuilt import Item
from integration.services.handled import Handled


def handle(*, actor: Actor, source: str, items: Sequence[Item], at: dt.datetime) -> Handled:  # noqa: ARG001
    """An error for each item."""
    return Handled(
        errors=[
            ReplyError("5.2", f"{item.noun} is understood, but nothing is done with it here yet", item.object_id)
            for item in items
        ]
    )
