"""Rows of pandapower's tables, collected one by one and created a table at a time: a hundred times faster than row by row."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

#: Table: pandapower's function for many of them, and what it calls their places.
_MANY = {
    "line": ("create_lines_from_parameters", ("from_buses", "to_buses")),
    "switch": ("create_switches", ("buses", "elements")),
    "trafo": ("create_transformers_from_parameters", ("hv_buses", "lv_buses")),
    "load": ("create_loads", ("buses",)),
    "sgen": ("create_sgens", ("buses",)),
}


class Rows:
    """What is to be created; buses are numbered as they are added."""

    def __init__(self) -> None:
        self._buses: list[dict[str, Any]] = []
        self._rows: dict[str, list[tuple[tuple[int, ...], dict[str, Any]]]] = defaultdict(list)

    def bus(self, **columns: Any) -> int:
        """Add a bus; its number."""
        self._buses.append(columns)
        return len(self._buses) - 1

    def add(self, table: str, *places: int, **columns: Any) -> None:
        """Add a row of a table at these buses; all rows of a table have the same columns."""
        self._rows[table].append((places, columns))

    def kilovolt(self, bus: int) -> float:
        """Nominal voltage of a bus, line to line."""
        return float(self._buses[bus]["vn_kv"])

    def create(self, pandapower: Any, net: Any) -> None:
        """Create all of them in an empty net."""
        if self._buses:
            pandapower.create_buses(net, len(self._buses), **_columns(self._buses))
        for table, (function, names) in _MANY.items():
            if rows := self._rows[table]:
                places = {name: [places[i] for places, _ in rows] for i, name in enumerate(names)}
                getattr(pandapower, function)(net, **places, **_columns([columns for _, columns in rows]))


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
