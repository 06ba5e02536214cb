"""Messages that went through the real door, and one that could not be delivered."""

from dataclasses import dataclass

from adms.core import clock
from integration.models import InboxMessage, OutboxMessage, Partner, Quarantine
from tests.integration.cim.messages import compose
from tests.integration.services import cast


@dataclass
class Traffic:
    """What the inspector is to show."""

    good: InboxMessage
    partly: InboxMessage
    refused: Quarantine
    dead: OutboxMessage
    listener: Partner


def receive() -> Traffic:
    """Send them."""
    cast.make_mill_lane()
    hes = cast.make_partner("HES", ["created EndDeviceEvents"])
    listener = cast.make_partner(
        "MAP",
        [],
        subscriptions=["UnplannedOutages"],
        endpoint_url="http://127.0.0.1:9/cim",
        failures=3,
        latest_error="refused",
    )
    strange = compose.GASP.replace("MTR-1", "MTR-99")
    cast.post(hes, compose.gasps(compose.GASP, compose.header(message_id="good-1")))
    cast.post(hes, compose.gasps(compose.GASP + strange, compose.header(message_id="partly-1")))
    cast.post(hes, b"<EventMessage><script>alert(1)</script>")
    at = clock.now()
    dead = OutboxMessage.objects.create(
        partner=listener, cause="event:north/1", object_key="outage:x", verb="created", noun="UnplannedOutages", body=b"<a><b/></a>", state="dead",
        attempts=5, next_attempt_at=at, created_at=at, latest_error="HTTP 400",
    )  # fmt: skip
    inbox = InboxMessage.objects
    return Traffic(
        inbox.get(message_id="good-1"), inbox.get(message_id="partly-1"), Quarantine.objects.get(), dead, listener
    )
