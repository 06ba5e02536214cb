"""What an engine believes beside what an outage is taken for: whether they agree, and where they differ.

>>> taken = Believed("outage", "F1", 7, 9)
>>> differences(taken, [Believed("outage", "F1", 7, 9)]), differences(taken, [Believed("outage", "CB1", 7, 20)])
([], ['device'])
>>> differences(taken, [Believed("outage", "T1", 7, 5), Believed("single", "T2", 7, 1)])
['device', 'number']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.domain import phases as ph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outages.domain.prediction.explanation import Check, Explanation


@dataclass(frozen=True, slots=True)
class Believed:
    """One outage somebody believes in: "outage" or "single" (one service), at a device, on phases, with so many customers."""

    kind: str
    device: str
    phases: int
    customers: int


def differences(taken: Believed, found: Sequence[Believed]) -> list[str]:
    """In what the outages an engine sees in the same reports differ from the one taken, the weightiest of them first in `found`.

    "nothing" (it sees none), "kind", "device", "phases", "number" (it sees several).
    """
    if not found:
        return ["nothing"]
    first = found[0]
    told = [name for name in ("kind", "device") if getattr(taken, name) != getattr(first, name)]
    if first.phases & ph.ABC != taken.phases & ph.ABC and "device" not in told:
        told.append("phases")
    return told + (["number"] if len(found) > 1 else [])


@dataclass(frozen=True, slots=True)
class Margin:
    """How clear a verdict is: the condition that was nearest to turning it, what was counted and what was asked for."""

    condition: str
    value: float
    threshold: float

    @property
    def over(self) -> float:
        """By how much it was met."""
        return self.value - self.threshold


#: Conditions of the rules that ask for at least so many.
_AT_LEAST = frozenset({"transformers", "fraction", "branches", "customer_share", "reports"})


def margin(why: Explanation) -> Margin | None:
    """The likelihood over its rival; of rules the threshold that was met most narrowly, relative to itself."""
    asked = [check for check in why.checks if check.key == "likelihood"]
    asked = asked or [check for check in why.checks if check.key in _AT_LEAST and check.passed]
    if not asked:
        return None
    nearest = min(asked, key=_clearance)
    return Margin(nearest.key, nearest.value, nearest.threshold)


def _clearance(check: Check) -> float:
    return check.value / check.threshold if check.threshold > 0 else check.value
