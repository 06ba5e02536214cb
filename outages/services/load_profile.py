"""Load by hour of the day, as the utility sets it: for FLISR and, where too few days are known, for switching orders."""

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from outages.domain.flisr import look_ahead

PROFILE = runtime_settings.declare(
    "flisr.load_profile",
    list(look_ahead.DAY),
    help_=gettext_noop("Load by local hour as a share of the daily peak: 24 numbers."),
)
