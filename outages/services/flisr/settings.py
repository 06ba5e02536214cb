"""The settings of FLISR."""

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from network.domain.restoration.worth import Pace

RECLOSE = runtime_settings.declare(
    "flisr.reclose_s",
    20,
    unit="s",
    help_=gettext_noop(
        "A device that tripped and does not come back within this has locked out, where it does not say so itself."
    ),
)
SCAN = runtime_settings.declare(
    "flisr.scan_s",
    10,
    unit="s",
    help_=gettext_noop("So long FLISR waits for a fresh scan of positions and indicators before it plans."),
)
PLAN = runtime_settings.declare(
    "flisr.plan_s",
    12,
    unit="s",
    help_=gettext_noop("So long FLISR may look for plans; what is not checked by then is listed as such."),
)
LATE = runtime_settings.declare(
    "flisr.late_s",
    30,
    unit="s",
    help_=gettext_noop("After a command timed out, FLISR waits this long for a late position before it plans anew."),
)
AHEAD = runtime_settings.declare(
    "flisr.look_ahead_h",
    4,
    unit="h",
    help_=gettext_noop("Plans must hold at the highest load of the coming hours: so many of them."),
)
REPAIR = runtime_settings.declare(
    "flisr.repair_min",
    120,
    unit="min",
    help_=gettext_noop("Expected repair time: by it plans are ranked, and islands of generation must last so long."),
)
RESERVE = runtime_settings.declare(
    "flisr.island_reserve",
    1.1,
    help_=gettext_noop(
        "An island sustains itself if it is expected to make so many times what it takes, in every hour until the repair."
    ),
)
CURRENT = runtime_settings.declare(
    "flisr.fault_current_tolerance",
    0.05,
    help_=gettext_noop(
        "Share by which a fault current may be wrong that a tripped device tells; by it crews are told where to look first."
    ),
)
REMOTE = runtime_settings.declare(
    "flisr.remote_step_s", 20, unit="s", help_=gettext_noop("A remote-controlled step takes so long.")
)
BY_HAND = runtime_settings.declare(
    "flisr.hand_step_min", 30, unit="min", help_=gettext_noop("A step for which somebody drives there takes so long.")
)
JUDGED = runtime_settings.declare(
    "flisr.ready_events",
    5,
    help_=gettext_noop("A feeder is ready for automatic FLISR after so many judged events at least."),
)
SHARE = runtime_settings.declare(
    "flisr.ready_share", 0.9, help_=gettext_noop("And if so large a share of them was judged right.")
)
MOST_PLANS = runtime_settings.declare(
    "flisr.replans", 5, help_=gettext_noop("So often FLISR plans anew by itself in one event; then a person decides.")
)


def pace() -> Pace:
    """How long steps and the repair take."""
    minute = 60.0
    return Pace(
        float(runtime_settings.get(REMOTE)),
        float(runtime_settings.get(BY_HAND)) * minute,
        float(runtime_settings.get(REPAIR)) * minute,
    )
