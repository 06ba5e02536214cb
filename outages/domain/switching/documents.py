"""Safety documents: what each kind asks of its isolation points before it may be issued, and its life.

>>> REQUIREMENTS["permit"]
('open', 'tagged', 'tested', 'grounded')
"""

KINDS = {"permit": "Permit to work", "clearance": "Clearance", "hold": "Hold", "sanction": "Sanction for test"}
STATES = {"draft": "Draft", "issued": "Issued", "released": "Released", "cancelled": "Cancelled"}
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
