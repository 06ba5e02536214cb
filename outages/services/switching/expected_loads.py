"""What comes back after an interruption takes more than it did: since when each place is without supply, and how much more that is."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.errors import Invalid
from outages.domain.switching import cold_load
from outages.domain.switching.cold_load import Floats, Pickup
from outages.domain.switching.rehearsal import Stand
from outages.models import Interruption

CURVE = runtime_settings.declare(
    "orders.cold_load_curve",
    [[0, 1.0], [15, 1.2], [60, 1.5], [240, 2.0]],
    unit="min, 1",
    help_="Load that comes back, as a multiple, by minutes without supply; straight between the points. [[0, 1]]: as it was.",
)
LASTS = runtime_settings.declare(
    "orders.cold_load_lasts_min", 30, unit="min", help_="After so long with supply a load takes what it did before."
)


def pickup() -> Pickup:
    """As the settings say.

    Raises:
        Invalid: the curve is not made of pairs of numbers.
    """
    try:
        curve = sorted((float(minutes), float(multiple)) for minutes, multiple in runtime_settings.get(CURVE))
    except (TypeError, ValueError):
        curve = []
    if not curve:
        raise Invalid(_("the curve of cold loads must be pairs of minutes and multiple"), field=CURVE)
    return Pickup(tuple(curve), float(runtime_settings.get(LASTS)))


def of_stands(model: str, stands: Sequence[Stand], at: dt.datetime) -> list[Floats | None]:
    """Multiples of the load per node after each step of a rehearsal that begins now."""
    return cold_load.multiples(stands, dead_minutes(model, stands[0], at), pickup())


def dead_minutes(model: str, stand: Stand, at: dt.datetime) -> Floats:
    """Per node of the version, minutes since its supply went, by the ledger; 0 where nobody is known to be without it."""
    found = np.zeros(stand.fitted.base.node_count)
    rows = Interruption.objects.filter(model_key=model, ended_at=None, superseded_at=None)
    for node, began_at in rows.values_list("node", "began_at"):
        if 0 <= node < found.size:
            found[node] = max(found[node], (at - began_at).total_seconds() / 60.0)
    return np.maximum(found, 0.0)
