"""The life of an outage as data: its states, the steps between them, and how sure we are of its device.

>>> may_become("new", "assigned"), may_become("completed", "assigned")
(True, False)
>>> needs_reason("completed", "restored")
True
"""

from __future__ import annotations

#: In the order in which an outage usually goes through them.
STATES = (
    "new",
    "acknowledged",
    "assigned",
    "en_route",
    "on_site",
    "made_safe",
    "partly_restored",
    "restored",
    "completed",
    "cancelled",
)

#: Work is going on: the states in which customers may still be out.
RUNNING = frozenset(STATES[:7])
#: Nobody works on it any more.
CLOSED = frozenset({"completed", "cancelled"})

_ENDS = {
    "partly_restored",
    "restored",
    "cancelled",
}  # supply comes back, or the outage proves to be none, at any point of the work

#: From each state the states it may become.
TRANSITIONS: dict[str, frozenset[str]] = {
    "new": frozenset({"acknowledged", "assigned"} | _ENDS),
    "acknowledged": frozenset({"assigned"} | _ENDS),
    "assigned": frozenset({"acknowledged", "en_route", "on_site"} | _ENDS),
    "en_route": frozenset({"acknowledged", "assigned", "on_site"} | _ENDS),
    "on_site": frozenset({"acknowledged", "assigned", "en_route", "made_safe"} | _ENDS),
    "made_safe": frozenset({"acknowledged", "assigned", "en_route", "on_site"} | _ENDS),
    "partly_restored": frozenset(
        {"acknowledged", "assigned", "en_route", "on_site", "made_safe", "restored", "cancelled"}
    ),
    "restored": frozenset({"partly_restored", "acknowledged", "completed", "cancelled"}),  # "still out" takes it back
    "completed": frozenset({"restored"}),
    "cancelled": frozenset({"new"}),
}

#: Steps somebody must give a reason for.
REASONED = frozenset(
    {("completed", "restored"), ("cancelled", "new")} | {(state, "cancelled") for state in STATES if "cancelled" in TRANSITIONS[state]}
)  # fmt: skip

#: What must be filled in before an outage is completed.
COMPLETION_FIELDS = ("cause",)

#: How sure we are of the device. The engine moves a predicted one; a probable one is frozen for the engine; only people
#: move a confirmed one.
CONFIDENCES = ("predicted", "probable", "confirmed")

KINDS = ("outage", "momentary", "hazard", "single", "planned", "voltage", "non_electric")

#: A prediction that has not moved for so long becomes probable (a setting; this is its default).
PROBABLE_AFTER_S = 20 * 60.0


def may_become(state: str, following: str) -> bool:
    """Whether an outage in `state` may take the `following` one."""
    return following in TRANSITIONS[state]


def needs_reason(state: str, following: str) -> bool:
    """Whether that step must be given a reason."""
    return (state, following) in REASONED


def is_movable(confidence: str, predicted_at: float, at: float, probable_after_s: float = PROBABLE_AFTER_S) -> bool:
    """Whether the engine may still move an outage to another device, `at` seconds since 1970.

    >>> is_movable("predicted", predicted_at=0.0, at=60.0), is_movable("predicted", predicted_at=0.0, at=1200.0)
    (True, False)
    """
    return confidence == "predicted" and at - predicted_at < probable_after_s


def combine(confidences: list[str]) -> str:
    """How sure we are of an outage merged from several: as sure as of the surest.

    >>> combine(["predicted", "confirmed"])
    'confirmed'
    """
    return max(confidences, key=CONFIDENCES.index)


def after_work(state: str, crew: str) -> str:
    """The state an outage takes when its crew reports: the crew's own, unless supply has already come back or it does not fit.

    >>> after_work("assigned", "en_route"), after_work("restored", "on_site"), after_work("new", "on_site")
    ('en_route', 'restored', 'new')
    """
    if state == "restored" or crew not in {"assigned", "en_route", "on_site", "made_safe"}:
        return state
    return crew if may_become(state, crew) else state
