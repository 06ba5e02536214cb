"""The life of a planned outage as data: its states, the steps between them, and which of them need a reason.

>>> may_become("requested", "approved"), may_become("completed", "approved")
(True, False)
"""

#: In the order in which a planned outage usually goes through them.
STATES = ("requested", "approved", "in_execution", "restored", "completed", "rejected", "cancelled")

#: From each state the states it may become.
TRANSITIONS: dict[str, frozenset[str]] = {
    "requested": frozenset({"approved", "rejected", "cancelled"}),
    "approved": frozenset({"in_execution", "cancelled"}),
    "in_execution": frozenset({"restored"}),
    "restored": frozenset({"in_execution", "completed"}),  # a device opened again within the window
    "completed": frozenset(),
    "rejected": frozenset(),
    "cancelled": frozenset(),
}

REASONED = frozenset({"rejected", "cancelled"})
#: Its scope still follows the network: nothing has been opened yet.
WAITING = frozenset({"requested", "approved"})
#: An opening of one of its devices within the window belongs to it.
EXECUTABLE = frozenset({"approved", "in_execution", "restored"})


def may_become(state: str, following: str) -> bool:
    """Whether a planned outage in `state` may take the `following` one."""
    return following in TRANSITIONS[state]
