"""The few MATLAB words in which MATPOWER cases are written: matrices, and arithmetic that converts their columns.

Nothing is executed: a statement is an assignment read by a small grammar, and whatever else there is refuses the file.

    mpc.bus = [ 1 3 0 0 ...; 2 1 100 60 ...; ];
    Vbase = mpc.bus(1, BASE_KV) * 1e3;
    mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from integration.netfiles.matlab_terms import ALL, Indices, NotUnderstood, Terms
from integration.netfiles.refusals import NetFileRefused

#: What MATPOWER's functions for column numbers return, in their order (manual, appendix B).
_COLUMN_LISTS = {
    "idx_bus": [1, 2, 3, 4, *range(1, 18)],
    "idx_brch": [*range(1, 12), *range(14, 20), 12, 13, 20, 21],
    "idx_gen": [*range(1, 11), *range(22, 26), *range(11, 22)],
}
_CONSTANT_NAMES = (
    "PQ PV REF NONE",
    "BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN",
    "F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS",
    "GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN",
)
_HEADER = re.compile(r"function\b")
_LIST = re.compile(r"\[([\w\s,]*)\]\s*=\s*(\w+)$")
_MATRIX = re.compile(r"([\w.]+)\s*=\s*\[(.*)\]$", re.DOTALL)
_ASIDE = re.compile(r"[\w.]+\s*=\s*(?:'[^']*'|\"[^\"]*\"|\{.*\}|struct\(.*\))$", re.DOTALL)
_PLACE = re.compile(r"([\w.]+)\s*\((.*)\)$", re.DOTALL)
_NEEDED = ("baseMVA", "bus", "gen", "branch")


def read_variables(text: str, name: str) -> dict[str, Any]:
    """The numbers and matrices a case file makes, by their names without the name of the struct.

    Args:
        text: the file's text.
        name: what to call the file in a refusal.

    Raises:
        NetFileRefused: a statement is not understood; the message names its line.
    """
    values: dict[str, Any] = {}
    for line, statement in statements(text):
        try:
            _take(statement, values)
        except NotUnderstood as error:
            shown = " ".join(statement.split())[:80]
            raise NetFileRefused(f"{name}, line {line}: {error}: {shown!r}") from None
    if missing := [field for field in _NEEDED if field not in values]:
        raise NetFileRefused(f"{name}: no MATPOWER case: it has no {', '.join(missing)}")
    return values


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with the line where it begins; comments and continuations are gone."""
    kept: list[str] = []
    depth, began = 0, 1
    for number, raw in enumerate(text.splitlines(), 1):
        line = _without_comment(raw)
        goes_on = "..." in line
        for char in line.partition("...")[0]:
            depth += (char in "[{(") - (char in "]})")
            if char == ";" and depth <= 0:
                yield from _whole(kept, began)
            else:
                if not kept:
                    began = number
                kept.append(char)
        if depth > 0 or goes_on:
            kept.append(" " if goes_on else "\n")
        else:
            yield from _whole(kept, began)
    yield from _whole(kept, began)


def _whole(kept: list[str], began: int) -> Iterator[tuple[int, str]]:
    text = "".join(kept).strip()
    kept.clear()
    if text:
        yield began, text


def _without_comment(line: str) -> str:
    """The line before its %, unless that stands in a text."""
    quoted = False
    for place, char in enumerate(line):
        if char == "'":
            quoted = not quoted
        if char == "%" and not quoted:
            return line[:place]
    return line


def _take(statement: str, values: dict[str, Any]) -> None:
    if _HEADER.match(statement) or _ASIDE.match(statement):
        return
    if statement == "define_constants":
        for names in _CONSTANT_NAMES:
            values.update((name, number) for number, name in enumerate(names.split(), 1))
    elif listed := _LIST.match(statement):
        _take_list(listed[1], listed[2], values)
    elif matrix := _MATRIX.match(statement):
        values[_field(matrix[1])] = _matrix(matrix[2])
    else:
        _assign(statement, values)


def _take_list(names: str, maker: str, values: dict[str, Any]) -> None:
    if maker not in _COLUMN_LISTS:
        raise NotUnderstood(f"{maker} is not known")
    wanted = re.split(r"[\s,]+", names.strip())
    values.update(zip(wanted, _COLUMN_LISTS[maker], strict=False))


def _matrix(body: str) -> NDArray[np.float64]:
    rows = [row.replace(",", " ").split() for row in re.split(r"[;\n]", body)]
    try:
        numbers = [[_number(word) for word in row] for row in rows if row]
    except ValueError as error:
        raise NotUnderstood(f"a matrix of numbers is needed ({error})") from None
    if len({len(row) for row in numbers}) > 1:
        raise NotUnderstood("the rows of the matrix differ in length")
    return np.array(numbers, dtype=np.float64).reshape(len(numbers), -1)


def _number(word: str) -> float:
    """A number, or a small sum of them such as 135/sqrt(3)."""
    try:
        return float(word)
    except ValueError:
        return float(Terms(word, {}).value())


def _assign(statement: str, values: dict[str, Any]) -> None:
    left, equals, right = statement.partition("=")
    if not equals or right.startswith("="):
        raise NotUnderstood("this statement is not understood")
    value = Terms(right, values).value()
    target = left.strip()
    if place := _PLACE.match(target):
        rows, columns = Terms(place[2], values).indices()
        matrix = values.get(_field(place[1]))
        if not isinstance(matrix, np.ndarray):
            raise NotUnderstood(f"{place[1]} is no matrix")
        _set(matrix, rows, columns, value)
    elif re.fullmatch(r"[\w.]+", target):
        values[_field(target)] = value
    else:
        raise NotUnderstood("this statement is not understood")


def _set(matrix: NDArray[np.float64], rows: Indices, columns: Indices, value: Any) -> None:
    places = np.ix_(ALL(rows, matrix.shape[0]), ALL(columns, matrix.shape[1]))
    try:
        matrix[places] = value
    except ValueError:
        raise NotUnderstood("the places and the values do not fit") from None


def _field(name: str) -> str:
    """`bus` of `mpc.bus`."""
    return name.rpartition(".")[2]
