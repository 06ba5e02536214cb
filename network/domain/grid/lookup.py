"""mRIDs to their numbers: a hash table over the texts where they lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels import lookup

Int = NDArray[np.int32]
Text = NDArray[np.bytes_]


class Lookup:
    """Finds the row of a text in a column of distinct texts.

    >>> names = Lookup(np.array([b"Ash", b"Birch"]))
    >>> names.at("Birch"), names.at("Bir"), names.all(["Elm", "Ash"]).tolist()
    (1, -1, [-1, 0])
    """

    def __init__(self, texts: Text) -> None:
        self._width = max(texts.dtype.itemsize, 1)
        self._texts = _bytes(texts, self._width)
        self._table = np.full(max(2, 1 << (2 * texts.size - 1).bit_length() if texts.size else 2), -1, np.int32)
        lookup.fill(self._texts, self._table)
        self._table.setflags(write=False)

    def at(self, text: str) -> int:
        """The row, -1 if there is none."""
        raw = text.encode()
        if len(raw) > self._width or not self._texts.size:
            return -1
        found = np.empty(1, np.int32)
        wanted = np.frombuffer(raw.ljust(self._width, b"\0"), np.uint8).reshape(1, -1)
        lookup.find(self._texts, self._table, wanted, found)
        return int(found[0])

    def all(self, texts: Sequence[str] | Text) -> Int:
        """The rows of many, -1 where there is none."""
        given = texts if isinstance(texts, np.ndarray) else np.array([text.encode() for text in texts], np.bytes_)
        found = np.full(given.size, -1, np.int32)
        if given.size and self._texts.size:
            fits = np.char.str_len(given) <= self._width if given.dtype.itemsize > self._width else slice(None)
            inside = np.empty(found[fits].size, np.int32)
            lookup.find(self._texts, self._table, _bytes(given[fits].astype(f"S{self._width}"), self._width), inside)
            found[fits] = inside
        return found


def _bytes(texts: Text, width: int) -> NDArray[np.uint8]:
    matrix = np.ascontiguousarray(texts).view(np.uint8).reshape(texts.size, width).view()
    matrix.setflags(write=False)
    return matrix
