"""Safety documents: what each kind asks of its isolation points before it may be issued, and its life.

>>> REQUIREMENTS["permit"]
('open', 'tagged', 'tested', 'grounded')
"""

from network.domain.phrases import gettext_noop

KINDS = {
    "permit": gettext_noop("Permit to work"),
    "clearance": gettext_noop("Clearance"),
    "hold": gettext_noop("Hold"),
    "sanction": gettext_noop("Sanction for test"),
}
STATES = {
    "draft": gettext_noop("Draft"),
    "issued": gettext_noop("Issued"),
    "released": gettext_noop("Released"),
    "cancelled": gettext_noop("Cancelled"),
}
TRANSITIONS = {
    "draft": frozenset({"issued", "cancelled"}),
    "issued": frozenset({"released"}),
    "released": frozenset[str](),
    "cancelled": frozenset[str](),
}
#: What must be true before it is issued. A hold keeps a live device from being operated; a sanction lets testers lift grounds.
REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "permit": ("open", "tagged", "tested", "grounded"),
    "clearance": ("open", "tagged"),
    "hold": ("tagged",),
    "sanction": ("open", "tagged", "tested"),
}


def may_become(state: str, following: str) -> bool:
    """Whether a document in `state` may take the `following` one."""
    return following in TRANSITIONS[state]


def reference(pk: int) -> str:
    """What people call a safety document.

    >>> reference(12)
    'SD-12'
    """
    return f"SD-{pk}"
