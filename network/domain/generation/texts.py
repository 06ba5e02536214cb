"""mRIDs, digits and names by the column, for millions of objects at once.

Texts of one call have one width, so that a column of names is a matrix of bytes and nothing is formatted one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from network.domain.grid.arrays import Int, Text

_HEX = np.array([list(f"{value:02x}".encode()) for value in range(256)], np.uint8)
_DASHES = (8, 13, 18, 23)
_PLACES = np.setdiff1d(np.arange(36), _DASHES)


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Values so scrambled that neighbours have nothing in common (splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        values = values + np.uint64(0x9E3779B97F4A7C15)
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))


def mrids(seed: int, kind: int, count: int) -> Text:
    """UUIDs (RFC 9562, version 8) of the objects of a kind, ascending: a running number first, the seed scrambled behind it.

    >>> mrids(1, 3, 2).tolist() == mrids(1, 3, 2).tolist(), len(mrids(1, 3, 2)[0])
    (True, 36)
    """
    numbers = np.arange(count, dtype=np.uint64)
    salt = mixed(np.array([seed], np.uint64)) ^ np.uint64(kind << 40)
    random = mixed(mixed(salt) ^ numbers), mixed(mixed(salt + np.uint64(1)) ^ numbers)
    raw = np.empty((count, 16), np.uint8)
    raw[:, 0:4] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    raw[:, 4:6] = np.frombuffer(kind.to_bytes(2, "big"), np.uint8)
    raw[:, 6:8] = random[0].astype(">u8").view(np.uint8).reshape(-1, 8)[:, :2]
    raw[:, 8:16] = random[1].astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, 6] = (raw[:, 6] & 0x0F) | 0x80
    raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
    out = np.full((count, 36), ord("-"), np.uint8)
    out[:, _PLACES] = _HEX[raw].reshape(count, 32)
    return _as_text(out)


def digits(numbers: NDArray[Any], width: int) -> Text:
    """Decimal numbers with leading zeros.

    >>> digits(np.array([7, 42]), 3).tolist()
    [b'007', b'042']
    """
    powers = 10 ** np.arange(width - 1, -1, -1)
    return _as_text((np.asarray(numbers, np.int64)[:, None] // powers % 10 + ord("0")).astype(np.uint8))


def joined(*parts: Text | bytes) -> Text:
    """Columns side by side; a part given as bytes is the same in every row, and the last column may have texts of any length.

    >>> joined(np.array([b"A1", b"A2"]), b"-F").tolist()
    [b'A1-F', b'A2-F']
    """
    count = next(part.size for part in parts if not isinstance(part, bytes))
    pieces = [
        np.broadcast_to(np.frombuffer(part, np.uint8), (count, len(part)))
        if isinstance(part, bytes)
        else np.ascontiguousarray(part).view(np.uint8).reshape(count, part.dtype.itemsize)
        for part in parts
    ]
    return _as_text(np.concatenate(pieces, axis=1))


def runs(counts: NDArray[Any]) -> tuple[Int, Int]:
    """Per object, its owner and its place among the owner's.

    >>> [found.tolist() for found in runs(np.array([2, 0, 3]))]
    [[0, 0, 2, 2, 2], [0, 1, 0, 1, 2]]
    """
    counts = np.asarray(counts, np.int64)
    owner = np.repeat(np.arange(counts.size), counts)
    place = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner.astype(np.int32), place.astype(np.int32)


def spread(rng: np.random.Generator, totals: NDArray[Any], parts: NDArray[Any], uneven: float = 0.6) -> Int:
    """Each total divided among its parts, unevenly by lot; no part gets nothing unless there are more parts than to divide."""
    owner, place = runs(parts)
    share = totals[owner] / np.maximum(parts[owner], 1)
    lot = rng.uniform(-uneven / 2, uneven / 2, owner.size) * np.maximum(1 - 1 / np.maximum(share, 1), 0)
    lot[place + 1 == parts[owner]] = 0.0
    upper: NDArray[np.int64] = np.rint((place + 1 + lot) * share).astype(np.int64)
    lower = np.where(place == 0, 0, np.concatenate([[0], upper[:-1]]) if upper.size else upper)
    parts_of_it: Int = (upper - lower).astype(np.int32)
    return parts_of_it


def _as_text(matrix: NDArray[np.uint8]) -> Text:
    matrix = np.ascontiguousarray(matrix)
    text: Text = matrix.view(f"S{matrix.shape[1]}").reshape(-1)
    return text
