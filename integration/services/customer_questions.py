"""Ask the customer system who is behind a new outage: get(CustomerMeterDataSet), answered by reply under the same CorrelationID.

Who takes calls and sends crews wants today's telephone numbers and special needs, not those of the last load of the model.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.events import Recorded
from integration.cim import events
from integration.cim.nouns import customer_meter_data as noun
from integration.cim.nouns.customer_meter_data import NOUN
from integration.models import OutboxMessage, Partner
from integration.services import outbox
from outages.selectors import outages
from outages.selectors.outages import Described

MOST = runtime_settings.declare(
    "customer_data.most_asked",
    200,
    help_=gettext_noop("Customers of a new outage whose data is asked of the customer system; 0: nothing is asked."),
)
_IDS = uuid.UUID("7d6f1c1e-52a0-5c0e-8f5a-3f0d7b9a2c44")
_OTHERS = frozenset({"planned", "momentary"})


def ask(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """Write a question for each outage that began; the number written."""
    begun = {recorded.event.outage_id for recorded in batch if recorded.event.verb == "created"}
    most = int(runtime_settings.get(MOST)) if begun else 0
    partners = _customer_systems() if most else []
    if not partners:
        return 0
    found = outages.described(begun)
    asked = [one for _, one in sorted(found.items()) if one.outage.kind not in _OTHERS and one.names_out]
    return sum(_send(partner, one, most, at) for one in asked for partner in partners)


def was_asked(*, correlation_id: str, source: str) -> bool:
    """Whether we asked this partner a question of this id."""
    try:
        number = uuid.UUID(correlation_id)
    except ValueError:
        return False
    return OutboxMessage.objects.filter(message_id=number, noun=NOUN, partner__source=source).exists()


def _customer_systems() -> list[Partner]:
    found = Partner.objects.filter(is_active=True, subscriptions__contains=[NOUN]).exclude(endpoint_url="")
    return list(found.order_by("pk"))


def _send(partner: Partner, found: Described, most: int, at: dt.datetime) -> int:
    message_id = uuid.uuid5(_IDS, f"{partner.pk} {found.outage.mrid}")
    body = events.request_message(
        verb=noun.GET,
        noun=NOUN,
        request=noun.build(sorted(found.names_out)[:most]),
        sender=outbox.sender(),
        message_id=str(message_id),
        reply_address="",
        at=at,
        comment=f"outage {found.outage.pk}",
    )
    request = outbox.Request(message_id, body, noun.GET, NOUN, f"customers:{found.outage.mrid}")
    return outbox.enqueue_requests(partner=partner, requests=[request], at=at)
