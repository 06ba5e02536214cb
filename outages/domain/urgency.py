"""How urgent an outage is, from 1 to 4, and how long it may wait for a crew before the board marks it.

>>> level(38), level(1012), level(103), level(0, "hazard"), level(1)
(3, 1, 3, 1, 4)
"""

from __future__ import annotations

LEVELS = (1, 2, 3, 4)
#: Priority points (customers out, and 100 for each critical one) from which on an outage is of level 1, 2, 3.
POINTS = (1000, 200, 20)
#: What one critical customer who is out adds; any other customer adds 1.
CRITICAL_POINTS = 100
#: Seconds without a crew after which a waiting outage is marked, by level; level 4 is never marked.
WAITING_LIMITS_S = (60, 300, 900)


def level(points: float, kind: str = "") -> int:
    """1: danger, or many customers; 4: one or a few."""
    if kind == "hazard":
        return 1
    return next((number for number, least in zip(LEVELS, POINTS, strict=False) if points >= least), LEVELS[-1])


def waiting_limit_s(urgency: int) -> float | None:
    """How long an outage of this level may wait.

    >>> waiting_limit_s(2), waiting_limit_s(4)
    (300, None)
    """
    return WAITING_LIMITS_S[urgency - 1] if urgency <= len(WAITING_LIMITS_S) else None
