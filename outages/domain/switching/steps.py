"""The steps of a switching order: kinds, states, which may be begun now, and the steps that lead back.

>>> [inverse(one) for one in ("open", "ground", "verify")]
['close', 'unground', '']
>>> may_become("not_started", "instructed"), may_become("completed", "instructed")
(True, False)
>>> minutes("20 min"), minutes("a while")
(20, None)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from network.domain.phrases import gettext_noop

#: Kind, with its name on screen.
KINDS = {
    "open": gettext_noop("Open"),
    "close": gettext_noop("Close"),
    "tag": gettext_noop("Place tag"),
    "untag": gettext_noop("Remove tag"),
    "ground": gettext_noop("Place ground"),
    "unground": gettext_noop("Remove ground"),
    "cut": gettext_noop("Cut"),
    "uncut": gettext_noop("Mend the cut"),
    "jumper": gettext_noop("Place jumper"),
    "unjumper": gettext_noop("Remove jumper"),
    "test_dead": gettext_noop("Test dead"),
    "instruct": gettext_noop("Instruct"),
    "verify": gettext_noop("Verify"),
    "note": gettext_noop("Note"),
    "wait": gettext_noop("Wait"),
}
STATES = {
    "not_started": gettext_noop("Not started"),
    "instructed": gettext_noop("Instructed"),
    "pending": gettext_noop("Command sent"),
    "completed": gettext_noop("Done"),
    "already_there": gettext_noop("Already there"),
    "failed": gettext_noop("Failed"),
    "aborted": gettext_noop("Aborted"),
    "deleted": gettext_noop("Left out"),
}
TRANSITIONS: dict[str, frozenset[str]] = {
    "not_started": frozenset({"instructed", "pending", "completed", "already_there", "aborted", "deleted"}),
    "instructed": frozenset({"not_started", "completed", "already_there", "failed", "aborted"}),
    "pending": frozenset({"completed", "failed"}),
    "failed": frozenset({"instructed", "pending", "completed", "already_there", "aborted", "deleted"}),
    "completed": frozenset(),
    "already_there": frozenset(),
    "aborted": frozenset(),
    "deleted": frozenset(),
}
#: Nothing more happens to it. A failed step has no end yet: somebody decides.
ENDS = frozenset({"completed", "already_there", "aborted", "deleted"})
SWITCHING = frozenset({"open", "close"})
TEMPORARY = frozenset({"ground", "unground", "cut", "uncut", "jumper", "unjumper"})
TAGGING = frozenset({"tag", "untag"})
#: Kinds that are words; of a wait, the minutes.
TOLD = frozenset({"instruct", "note", "verify", "wait"})
#: Kinds that name a device.
PLACED = SWITCHING | TEMPORARY | TAGGING | {"test_dead"}
_PAIRS = (("open", "close"), ("tag", "untag"), ("ground", "unground"), ("cut", "uncut"), ("jumper", "unjumper"))
_INVERSE = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it is planned. Steps of one group (not 0) that follow each other may be done in any sequence."""

    key: str
    kind: str
    device: str = ""  # mRID
    name: str = ""
    terminal: int = 1
    other: str = ""  # far end of a jumper
    other_terminal: int = 1
    phases: int = 0  # bits; 0: all the device has
    crew: str = ""  # who is to do it; empty: the control room
    text: str = ""
    group: int = 0
    is_go_back: bool = False


def may_become(state: str, following: str) -> bool:
    """Whether a step in `state` may take the `following` one."""
    return following in TRANSITIONS[state]


def minutes(text: str) -> int | None:
    """How long the text of a wait says, in minutes; None where it says no such thing."""
    found = re.fullmatch(r"\s*([1-9]\d{0,3})\s*(?:min)?\s*", text)
    return int(found[1]) if found else None


def inverse(kind: str) -> str:
    """The kind of step that undoes one; empty where there is nothing to undo."""
    return _INVERSE.get(kind, "")


def waits_for(groups: Sequence[int], states: Sequence[str], index: int, *, is_free: bool = False) -> int:
    """The first step that must have its end before this one is begun; -1 where none must.

    >>> waits_for([0, 1, 1, 0], ["completed", "not_started", "not_started", "not_started"], 2)
    -1
    >>> waits_for([0, 1, 1, 0], ["completed", "completed", "not_started", "not_started"], 3)
    2
    """
    if is_free:
        return -1
    first = index
    while groups[index] and first > 0 and groups[first - 1] == groups[index]:
        first -= 1
    return next((i for i in range(first) if states[i] not in ENDS), -1)


def is_complete(states: Sequence[str]) -> bool:
    """Whether every step has an end; an order without steps has nothing that could have one."""
    return bool(states) and all(state in ENDS for state in states)


def lead_back(done: Sequence[Step]) -> list[Step]:
    """The steps that undo what still stands of what was done, the latest first, to be done by whoever did it.

    What the order itself took back is left alone: undoing both would interrupt once more whoever has supply again, and put a ground
    where nobody has tested dead.

    >>> [one.kind for one in lead_back([Step("a", "open"), Step("b", "test_dead"), Step("c", "ground")])]
    ['unground', 'close']
    >>> [one.key for one in lead_back([Step("a", "open", "F1"), Step("b", "open", "F2"), Step("c", "close", "F1")])]
    ['back-b']
    >>> [one.kind for one in lead_back([Step("a", "open", "F1"), Step("b", "ground", "L"), Step("c", "unground", "L")])]
    ['close']
    """
    return [
        Step(
            f"back-{one.key}"[:36], inverse(one.kind), one.device, one.name, one.terminal, one.other, one.other_terminal, one.phases,
            one.crew, "", 0, is_go_back=True,
        )
        for one in reversed(_standing(done))
        if inverse(one.kind)
    ]  # fmt: skip


def _place(one: Step) -> tuple[object, ...]:
    return one.device, one.terminal, one.other, one.other_terminal, one.phases


def _standing(done: Sequence[Step]) -> list[Step]:
    """What was done, without what a later step at the same place took back."""
    found: list[Step] = []
    for one in done:
        pair = one.kind, inverse(one.kind)
        before = next((other for other in reversed(found) if other.kind in pair and _place(other) == _place(one)), None)
        if before is not None and before.kind == pair[1]:
            found.remove(before)
        else:
            found.append(one)
    return found
