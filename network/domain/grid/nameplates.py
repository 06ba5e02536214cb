"""The names of everything in a grid, to be searched and looked up without a database: branches in their order, then injections."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels import scan

_NAME = "names.bin"


@dataclass(frozen=True, eq=False)
class Nameplates:
    """Texts as they are written and folded for searching, in one run of bytes each; row i ends before offsets[i + 1] - 1."""

    text: NDArray[np.uint8]
    folded: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    is_first: NDArray[np.uint8]  # rows that stand before others that fit as well
    branches: int

    def name(self, row: int) -> str:
        """The name of a row."""
        return self.text[self.offsets[row] : self.offsets[row + 1] - 1].tobytes().decode()

    def search(self, wanted: str, limit: int) -> list[tuple[int, int]]:
        """(rank, row) of the best fits: 0 it is the name, 1 the name begins so, 2 it is in the name; letters of any case."""
        folded = _fold(wanted.encode())
        if not folded or limit < 1:
            return []
        found, counts = np.empty((6, limit), np.int32), np.zeros(6, np.int32)
        needle = np.frombuffer(folded, np.uint8)
        scan.scan(self.folded, self.offsets, needle, self.is_first, found, counts)
        hits = [(rank // 2, int(row)) for rank in range(6) for row in found[rank, : counts[rank]]]
        return hits[:limit]


def plates(names: Sequence[str], is_first: NDArray[np.bool_], branches: int) -> Nameplates:
    """Nameplates of names, branches first."""
    joined = "\n".join([*names, ""]).encode()
    raw = np.frombuffer(joined, np.uint8)
    ends = np.flatnonzero(raw == ord("\n")).astype(np.int64) + 1
    if ends.size != len(names):
        raise ValueError("a name has a line break in it")
    folded = np.frombuffer(_fold(joined), np.uint8)
    return Nameplates(raw, folded, np.concatenate([[0], ends]), is_first.astype(np.uint8), branches)


def beginning(mrids: NDArray[np.bytes_], text: str, limit: int) -> list[int]:
    """Places of the mRIDs that begin with a text, as it is written or in small letters."""
    rows: list[int] = []
    matrix = np.ascontiguousarray(mrids).view(np.uint8).reshape(mrids.size, -1)
    matrix.setflags(write=False)
    for wanted in sorted({text.encode(), text.lower().encode()}):
        if wanted and len(wanted) <= mrids.dtype.itemsize and limit:
            found = np.empty(limit, np.int32)
            count = scan.beginning(matrix, np.frombuffer(wanted, np.uint8), found)
            rows += found[:count].tolist()
    return rows[:limit]


def save(made: Nameplates, folder: Path) -> None:
    """Write them into an existing folder."""
    counts = np.array([made.text.size, made.is_first.size, made.branches], np.int64)
    parts = (counts, made.offsets, made.text, made.folded, made.is_first)
    (folder / _NAME).write_bytes(b"".join(part.tobytes() for part in parts))


def load(folder: Path) -> Nameplates:
    """Map them, so that processes share them."""
    with (folder / _NAME).open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size, rows, branches = np.frombuffer(mapped, np.int64, 3).tolist()
    offsets = np.frombuffer(mapped, np.int64, rows + 1, 24)
    begin = 24 + offsets.nbytes
    text, folded = (np.frombuffer(mapped, np.uint8, size, begin + one * size) for one in (0, 1))
    return Nameplates(text, folded, offsets, np.frombuffer(mapped, np.uint8, rows, begin + 2 * size), branches)


def _fold(text: bytes) -> bytes:
    """Small letters, as long as that leaves every place where it is; else those of A to Z only."""
    folded = text.decode().lower().encode()
    return folded if len(folded) == len(text) else text.lower()
