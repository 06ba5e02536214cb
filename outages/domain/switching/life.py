"""The life of a switching order as data: kinds, states, and the steps between them.

    draft -> requested -> prepared -> checked -> approved -> scheduled -> issued -> in execution -> completed
               |  ^ rework from most of them, which begins a new version           |      |
            rejected                                                            cancelled  aborting -> aborted

An emergency order, one that an automation proposes, and those that shed load or bring it back in stages are issued when they are
written; a template is only ever approved.

>>> may_become("planned", "checked", "approved"), may_become("planned", "draft", "issued"), first_state("emergency")
(True, False, 'issued')
"""

from network.domain.phrases import gettext_noop

#: What an order is for, with its name on screen.
KINDS = {
    "planned": gettext_noop("Planned"),
    "emergency": gettext_noop("Emergency"),
    "flisr": gettext_noop("FLISR"),
    "load_relief": gettext_noop("Load relief"),
    "load_shed": gettext_noop("Load shed"),
    "cold_load": gettext_noop("Cold-load pickup"),
    "template": gettext_noop("Template"),
    "correction": gettext_noop("Correction"),
    "training": gettext_noop("Training"),
}
#: In the order in which an order usually goes through them.
STATES = {
    "draft": gettext_noop("Draft"),
    "requested": gettext_noop("Requested"),
    "rejected": gettext_noop("Rejected"),
    "prepared": gettext_noop("Prepared"),
    "checked": gettext_noop("Checked"),
    "approved": gettext_noop("Approved"),
    "scheduled": gettext_noop("Scheduled"),
    "issued": gettext_noop("Issued"),
    "in_execution": gettext_noop("In execution"),
    "aborting": gettext_noop("Going back"),
    "completed": gettext_noop("Completed"),
    "aborted": gettext_noop("Aborted"),
    "cancelled": gettext_noop("Cancelled"),
}
_FIELD = {
    "issued": {"in_execution", "cancelled"},
    "in_execution": {"completed", "aborting", "aborted"},
    "aborting": {"aborted"},
    "completed": set[str](),
    "aborted": set[str](),
    "cancelled": set[str](),
}
_DESK = {
    "draft": {"requested", "cancelled"},
    "requested": {"prepared", "rejected", "draft", "cancelled"},
    "rejected": {"draft", "cancelled"},
    "prepared": {"checked", "rejected", "draft", "cancelled"},
    "checked": {"approved", "rejected", "draft", "cancelled"},
}
_PLANNED = {
    **_DESK,
    "approved": {"scheduled", "issued", "draft", "cancelled"},
    "scheduled": {"issued", "draft", "cancelled"},
    **_FIELD,
    "issued": {"in_execution", "draft", "cancelled"},
}
#: A template goes to no crew: approved, it is copied.
_TEMPLATE = {**_DESK, "approved": {"draft", "cancelled"}, "cancelled": set[str]()}
TRANSITIONS: dict[str, dict[str, set[str]]] = {
    kind: _FIELD
    if kind in {"emergency", "flisr", "load_shed", "cold_load"}
    else _TEMPLATE
    if kind == "template"
    else _PLANNED
    for kind in KINDS
}
#: Kinds that are issued when they are written.
URGENT = frozenset(kind for kind in KINDS if "draft" not in TRANSITIONS[kind])
#: Kinds whose steps come in any sequence.
FREE = frozenset({"emergency"})
REASONED = frozenset({"rejected", "cancelled", "aborting", "aborted"})
#: Steps may be written anew.
EDITABLE = frozenset({"draft", "requested"})
#: The content of the version stands: only rework, which begins another version, changes it.
FIXED = frozenset({"prepared", "checked", "approved", "scheduled", "issued", "in_execution", "aborting"})
#: It is in the field, or will be: its devices are taken.
STANDING = frozenset({"approved", "scheduled", "issued", "in_execution", "aborting"})
EXECUTING = frozenset({"issued", "in_execution", "aborting"})
ENDED = frozenset({"completed", "aborted", "cancelled"})


def first_state(kind: str) -> str:
    """The state an order of this kind is written in."""
    return "issued" if kind in URGENT else "draft"


def may_become(kind: str, state: str, following: str) -> bool:
    """Whether an order of this kind in `state` may take the `following` one."""
    return following in TRANSITIONS[kind].get(state, ())


def reachable(kind: str) -> frozenset[str]:
    """All states an order of this kind can ever be in."""
    found, waiting = set[str](), [first_state(kind)]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += TRANSITIONS[kind][state]
    return frozenset(found)


REFERENCE = "SO-"


def reference(pk: int) -> str:
    """What people call an order.

    >>> reference(1187)
    'SO-1187'
    """
    return f"{REFERENCE}{pk}"
