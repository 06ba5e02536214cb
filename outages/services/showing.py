"""Positions that the network shows because of what a person said of an outage, and which he took back before they were taken in.

Confirming an outage shows its device open, cancelling it closed again, taking that back open once more. The bell that tells
of it may ring after all three: then neither the opening nor the closing was ever so, and must leave nothing in the ledger.
"""

from network.events import EnergisationChanged
from outages.models import ManualAction, Outage

#: The source of positions that people report.
CREW = "crew"


def cancelled_by(change: EnergisationChanged) -> Outage | None:
    """The outage whose confirmation showed this opening, where it was cancelled since: it was none."""
    if change.source != CREW:
        return None
    none = Outage.objects.filter(model_key=change.model, device_mrid=change.equipment_mrid, state="cancelled")
    return none.filter(confirmed_at__isnull=False, started_at=change.occurred_at).order_by("-pk").first()


def is_undone(change: EnergisationChanged) -> bool:
    """Whether this closing showed the cancellation of an outage that goes on all the same: the cancellation was taken back."""
    if change.source != CREW:
        return False
    done = ManualAction.objects.filter(kind=ManualAction.Kind.CANCELLED, at=change.occurred_at, undone_at__isnull=False)
    return done.filter(outage__model_key=change.model, outage__device_mrid=change.equipment_mrid).exists()
