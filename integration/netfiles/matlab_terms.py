"""Arithmetic of MATLAB expressions: numbers, columns of matrices, + - * / .* ./ ^, and functions of one number."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

_TOKEN = re.compile(r"\s*((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[A-Za-z_][\w.]*|\.[*/^]|[-+*/^(),:\[\]])")
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "sqrt": np.sqrt,
}
#: Zero-based places along one axis; None is all of them.
Indices = list[int] | None


class NotUnderstood(ValueError):
    """The statement says something this reader does not know."""


def ALL(places: Indices, size: int) -> list[int]:  # noqa: N802 - MATLAB's colon
    """The places along an axis, all of them where none are said."""
    found = list(range(size)) if places is None else places
    if any(not 0 <= place < size for place in found):
        raise NotUnderstood("there is no such row or column")
    return found


class Terms:
    """One expression, read from left to right by recursive descent."""

    def __init__(self, text: str, values: dict[str, Any]) -> None:
        self.values = values
        self.tokens = _tokens(text)
        self.place = 0

    def value(self) -> Any:
        """The value of the whole text."""
        found = self._sum()
        if self.place != len(self.tokens):
            raise NotUnderstood(f"{self._peek()!r} is not expected")
        return found

    def indices(self) -> tuple[Indices, Indices]:
        """The whole text as the places of rows and columns."""
        rows = self._index()
        self._expect(",")
        columns = self._index()
        if self.place != len(self.tokens):
            raise NotUnderstood("two indices are needed")
        return rows, columns

    def _peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self.place += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self._next() != wanted:
            raise NotUnderstood(f"{wanted!r} is missing")

    def _sum(self) -> Any:
        value = self._product()
        while self._peek() in ("+", "-"):
            value = value + self._product() if self._next() == "+" else value - self._product()
        return value

    def _product(self) -> Any:
        value = self._power()
        while self._peek() in ("*", "/", ".*", "./"):
            sign = self._next()
            other = self._power()
            _require_scalar(sign, value, other)
            value = value * other if sign.endswith("*") else value / other
        return value

    def _power(self) -> Any:
        if self._peek() in ("-", "+"):
            return -self._power() if self._next() == "-" else self._power()
        value = self._atom()
        while self._peek() in ("^", ".^"):
            sign = self._next()
            exponent = self._atom()
            if sign == "^" and (_is_matrix(value) or _is_matrix(exponent)):
                raise NotUnderstood("a power of a matrix")
            value = value**exponent
        return value

    def _atom(self) -> Any:
        word = self._next()
        if word == "(":
            value = self._sum()
            self._expect(")")
            return value
        if word[:1].isdigit() or word[:1] == ".":
            return float(word)
        if word in _FUNCTIONS:
            self._expect("(")
            value = _FUNCTIONS[word](self._sum())
            self._expect(")")
            return value
        return self._named(word)

    def _named(self, word: str) -> Any:
        name = word.rpartition(".")[2]
        if not name or name not in self.values:
            raise NotUnderstood(f"{word or 'the end'!r} is not known")
        value = self.values[name]
        if self._peek() != "(":
            return value
        if not _is_matrix(value):
            raise NotUnderstood(f"{word} is no matrix")
        self._next()
        rows = self._index()
        self._expect(",")
        columns = self._index()
        self._expect(")")
        part = value[np.ix_(ALL(rows, value.shape[0]), ALL(columns, value.shape[1]))]
        return float(part[0, 0]) if part.size == 1 else part

    def _index(self) -> Indices:
        """A colon, a number, or a list of numbers in brackets."""
        if self._peek() == ":":
            self._next()
            return None
        if self._peek() != "[":
            return [_place(self._sum())]
        self._next()
        found = []
        while self._peek() != "]":
            if self._peek() == ",":
                self._next()
            found.append(_place(self._sum()))
        self._next()
        return found


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    text = text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise NotUnderstood(f"{text[place : place + 10]!r} is not understood")
        tokens.append(match[1])
        place = match.end()
    return tokens


def _is_matrix(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _require_scalar(sign: str, left: Any, right: Any) -> None:
    """Without the dot MATLAB multiplies and divides as matrices do, which is the same only with a number on one side."""
    numbers = (not _is_matrix(left) or not _is_matrix(right)) if sign == "*" else not _is_matrix(right)
    if not sign.startswith(".") and not numbers:
        raise NotUnderstood("a product or quotient of matrices")


def _place(value: Any) -> int:
    if _is_matrix(value) or float(value) != int(value):
        raise NotUnderstood("an index must be a whole number")
    return int(value) - 1
