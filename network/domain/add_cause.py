"""Words of refusal: the additional cause diagnosis (AddCause) of IEC 61850-7-2, which control systems and their operators know."""

#: Word -> number of the standard.
ADD_CAUSE: dict[str, int] = {
    "blocked-by-switching-hierarchy": 2,  # in local
    "position-reached": 5,
    "blocked-by-mode": 8,  # remote control is frozen, or an automation is not allowed to act
    "blocked-by-process": 9,
    "blocked-by-interlocking": 10,
    "blocked-by-synchrocheck": 11,
    "command-already-in-execution": 12,
    "blocked-by-health": 13,  # quality or age of the position
    "time-limit-over": 16,
    "object-not-selected": 18,
    "object-already-selected": 19,
    "no-access-authority": 20,
    "abortion-by-communication-loss": 23,  # the way to the field is down
    "inconsistent-parameters": 26,
    "locked-by-other-client": 27,
}
