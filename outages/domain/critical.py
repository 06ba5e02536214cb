"""Kinds of critical customers: what each is called, how long it manages alone, and what it adds to an outage's priority.

>>> kind_of("hospital", DEFAULT).label, kind_of("life_support", DEFAULT).backup_hours
('Hospital', 4.0)
>>> kind_of("dairy_farm", DEFAULT).label
'Dairy farm'
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Kinds as a setting holds them; rank orders lists, backup_hours is what a customer of the kind usually manages alone.
DEFAULT: dict[str, dict[str, Any]] = {
    "life_support": {
        "label": "Life support",
        "rank": 1,
        "backup_hours": 4,
        "note": "Battery of the device; ask whether help is on the way",
    },
    "hospital": {"label": "Hospital", "rank": 2, "backup_hours": 24, "note": "Own generator; ask for its fuel"},
    "water": {"label": "Water works", "rank": 3, "backup_hours": 8, "note": "Reservoir; ask for its level"},
}
_LAST = 99


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind."""

    key: str
    label: str
    rank: int
    backup_hours: float | None
    note: str


def kind_of(key: str, kinds: Mapping[str, Any]) -> Kind:
    """The kind of this key; one nobody described is called by its key and comes last."""
    found = kinds.get(key)
    told: Mapping[str, Any] = found if isinstance(found, dict) else {}
    hours = told.get("backup_hours")
    return Kind(
        key,
        str(told.get("label") or key.replace("_", " ").capitalize()),
        int(told.get("rank", _LAST)),
        float(hours) if isinstance(hours, int | float) and hours > 0 else None,
        str(told.get("note", "")),
    )


def counted(kinds: Iterable[Kind]) -> str:
    """How many of which kind, by rank.

    >>> counted([kind_of("hospital", DEFAULT), kind_of("water", DEFAULT), kind_of("hospital", DEFAULT)])
    '2 × Hospital, 1 × Water works'
    """
    found = Counter((kind.rank, kind.label) for kind in kinds)
    return ", ".join(f"{count} × {label}" for (_, label), count in sorted(found.items()))


def reason(kinds: Iterable[Kind], points_each: int) -> str:
    """Why an outage is more urgent than its customers alone would make it.

    >>> reason([kind_of("hospital", DEFAULT)], 100)
    'Priority raised by 100: 1 × Hospital'
    """
    found = list(kinds)
    return f"Priority raised by {points_each * len(found)}: {counted(found)}" if found else ""
