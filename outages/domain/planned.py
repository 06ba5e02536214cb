"""The life of a planned outage as data: its states, the steps between them, and which of them need a reason.

>>> may_become("requested", "approved"), may_become("completed", "approved")
(True, False)
"""

#: In the order in which a planned outage usually goes through them.
STATES = (
    *("requested", "approved", "notified", "in_execution", "partly_restored", "restored", "completed"),
    *("rejected", "cancelled", "expired"),
)

#: From each state the states it may become.
TRANSITIONS: dict[str, frozenset[str]] = {
    "requested": frozenset({"approved", "rejected", "cancelled", "expired"}),
    "approved": frozenset(
        {"requested", "notified", "in_execution", "cancelled", "expired"}
    ),  # asked anew: other window
    "notified": frozenset({"requested", "in_execution", "cancelled", "expired"}),
    "in_execution": frozenset({"partly_restored", "restored"}),
    "partly_restored": frozenset({"in_execution", "restored"}),
    "restored": frozenset({"in_execution", "completed"}),  # a device opened again within the window
    "expired": frozenset({"requested", "cancelled"}),  # a person says what becomes of it
    "completed": frozenset(),
    "rejected": frozenset(),
    "cancelled": frozenset(),
}

REASONED = frozenset({"rejected", "cancelled"})
#: Its scope still follows the network: nothing has been opened yet.
WAITING = frozenset({"requested", "approved", "notified"})
#: An opening of one of its devices within the window belongs to it.
EXECUTABLE = frozenset({"approved", "notified", "in_execution", "partly_restored", "restored"})
#: Its devices are open, or some of them.
GOING_ON = frozenset({"in_execution", "partly_restored"})
#: Nothing happens to it any more.
ENDED = frozenset({"completed", "rejected", "cancelled"})
#: A person is to do something: decide, tell the customers, say what becomes of work that never began, finish.
TO_DO = frozenset({"requested", "approved", "expired", "restored"})


def may_become(state: str, following: str) -> bool:
    """Whether a planned outage in `state` may take the `following` one."""
    return following in TRANSITIONS[state]
