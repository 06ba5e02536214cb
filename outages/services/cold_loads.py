"""How much more comes back after an interruption, as the utility sets it: for switching orders and for FLISR alike."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.errors import Invalid
from outages.domain.switching.cold_load import Pickup

CURVE = runtime_settings.declare(
    "orders.cold_load_curve",
    [[0, 1.0], [15, 1.2], [60, 1.5], [240, 2.0]],
    unit="min, 1",
    help_=gettext_noop(
        "Load that comes back, as a multiple, by minutes without supply; straight between the points. [[0, 1]]: as it was."
    ),
)
LASTS = runtime_settings.declare(
    "orders.cold_load_lasts_min",
    30,
    unit="min",
    help_=gettext_noop("After so long with supply a load takes what it did before."),
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
