"""The life of an outage as data: its states, the steps between them, and how sure we are of its device.

>>> may_become("new", "assigned"), may_become("completed", "assigned")
(True, False)
>>> needs_reason("completed", "restored")
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    "verify",  # the caller's meter has supply: the fault is in the house until somebody finds otherwise, no crew is sent
)

#: Work is going on: the states in which customers may still be out.
RUNNING = frozenset(STATES[:7])

#: The state of an outage by how far an assignment to it is; assignments in other states move nothing.
_BY_WORK = {
    "assigned": "assigned",
    "accepted": "assigned",
    "en_route": "en_route",
    "on_site": "on_site",
    "made_safe": "made_safe",
}
#: Crews come and go in any order; supply comes back, or the outage proves to be none, at any point of the work.
_ANY_TIME = frozenset({"acknowledged", *_BY_WORK.values(), "partly_restored", "restored", "cancelled", "verify"})

#: From each state the states it may become.
TRANSITIONS: dict[str, frozenset[str]] = {
    **{state: _ANY_TIME - {state} for state in STATES[:6]},
    "partly_restored": frozenset({"restored", "cancelled"}),  # what crews do then is told by their assignments
    "restored": frozenset({"acknowledged", "completed"}),  # its device opened again: it goes on
    "completed": frozenset({"restored"}),
    "cancelled": frozenset(),
    "verify": frozenset({"acknowledged", "completed", "cancelled"}),  # a crew is wanted after all; or it is settled
}

#: Steps somebody must give a reason for.
REASONED = frozenset(
    {("completed", "restored")} | {(state, "cancelled") for state in STATES if "cancelled" in TRANSITIONS[state]}
)

#: How sure we are of the device. The engine moves a predicted one; a probable one is frozen for the engine; only people
#: move a confirmed one.
CONFIDENCES = ("predicted", "probable", "confirmed")

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


def after_work(state: str, assignments: Iterable[str]) -> str:
    """The state an outage takes from its crews, given how far each of them is: that of the one furthest on.

    With no crew left it waits for one again. Supply outranks work: what is partly or wholly restored stays so.

    >>> after_work("assigned", ["en_route", "accepted"]), after_work("on_site", ["released"])
    ('en_route', 'acknowledged')
    >>> after_work("restored", ["on_site"]), after_work("new", [])
    ('restored', 'new')
    """
    if state not in RUNNING or state == "partly_restored":
        return state
    steps = [_BY_WORK[one] for one in assignments if one in _BY_WORK]
    if steps:
        return max(steps, key=STATES.index)
    return "acknowledged" if state in _BY_WORK.values() else state
