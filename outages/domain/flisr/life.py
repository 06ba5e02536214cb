"""The states of an event and the ways between them.

watching -> scanning -> planning -> proposed | shadowed | declined | held
proposed -> executing -> done; a step that fails leads back to planning
anything -> reclosed (the device came back before the trigger), over (supply came back otherwise), stopped (by a person)
"""

WATCHING, SCANNING, PLANNING, PROPOSED = "watching", "scanning", "planning", "proposed"
SHADOWED, EXECUTING, HELD, DONE = "shadowed", "executing", "held", "done"
DECLINED, STOPPED, RECLOSED, OVER = "declined", "stopped", "reclosed", "over"

ENDED = frozenset({SHADOWED, DONE, DECLINED, STOPPED, RECLOSED, OVER})
NEXT: dict[str, frozenset[str]] = {
    WATCHING: frozenset({SCANNING, RECLOSED, STOPPED, OVER}),
    SCANNING: frozenset({PLANNING, RECLOSED, STOPPED, OVER}),
    PLANNING: frozenset({PROPOSED, SHADOWED, EXECUTING, DECLINED, HELD, STOPPED, OVER}),
    PROPOSED: frozenset({EXECUTING, PLANNING, STOPPED, OVER}),
    EXECUTING: frozenset({PLANNING, HELD, DONE, STOPPED, OVER}),
    HELD: frozenset({PLANNING, EXECUTING, STOPPED, OVER}),
}
#: A step that has one of these is over.
STEP_ENDED = frozenset({"completed", "already", "failed", "skipped"})
STEP_DONE = frozenset({"completed", "already"})


def may_follow(before: str, after: str) -> bool:
    """Whether an event may go from one state to another.

    >>> may_follow("proposed", "executing"), may_follow("done", "planning")
    (True, False)
    """
    return after in NEXT.get(before, frozenset())
