"""Tables of what feeder heads measure (branch, phase, p_kw, q_kvar) and of the weights of loads (name, and kva, kwh or weight)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from integration.netfiles import columns
from integration.netfiles.refusals import NetFileRefused

_HEAD = ("branch", "phase", "p_kw", "q_kvar")
_WEIGHTS = ("kva", "kwh", "weight")
_PHASES = ("ABC", "A", "B", "C")


@dataclass(slots=True, frozen=True)
class Head:
    """One row: power in kW and kvar into the feeder, of one phase or, with "ABC", of all together."""

    where: str
    branch: str
    phase: str
    p_kw: float
    q_kvar: float


def read_heads(path: Path) -> list[Head]:
    """The measured heads.

    Raises:
        NetFileRefused: a column is missing, a value is none, or a phase of a branch is said twice.
    """
    heads, seen = [], set[tuple[str, str]]()
    for where, row in columns.rows(path, _HEAD):
        phase = row["phase"].upper() or "ABC"
        if phase not in _PHASES:
            raise NetFileRefused(f"{where}: phase {row['phase']!r} is none of A, B, C, ABC")
        if (row["branch"], phase) in seen:
            raise NetFileRefused(f"{where}: branch {row['branch']} phase {phase} is there twice")
        seen.add((row["branch"], phase))
        numbers = (columns.number(where, name, row[name]) for name in ("p_kw", "q_kvar"))
        heads.append(Head(where, row["branch"], phase, *numbers))
    if not heads:
        raise NetFileRefused(f"{path.name}: no head")
    return heads


def read_weights(path: Path) -> dict[str, float]:
    """The weight of each load by its name: the first of the columns kva, kwh, weight that is there.

    Raises:
        NetFileRefused: there is none of them, or a value is negative.
    """
    weights = {}
    for where, row in columns.rows(path, ("name",)):
        column = next((name for name in _WEIGHTS if name in row), None)
        if column is None:
            raise NetFileRefused(f"{path.name}: no column {' or '.join(_WEIGHTS)}")
        weights[row["name"]] = columns.number(where, column, row[column])
        if weights[row["name"]] < 0:
            raise NetFileRefused(f"{where}: {column} is below zero")
    return weights
