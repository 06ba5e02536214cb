"""changed(ServiceOrders): pass on how work at a meter stands to who asked for it (A03)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.nouns.service_orders import ServiceOrder
from integration.services import service_orders
from integration.services.handled import Handled


def handle(*, actor: Actor, source: str, items: Sequence[ServiceOrder], at: dt.datetime) -> Handled:  # noqa: ARG001
    """To all who subscribe, but who sent it."""
    return service_orders.pass_on(orders=items, verb="changed", source=source, at=at)
