"""Kernels that find texts of one width in a table: what a dictionary does, at a tenth of its memory and without building objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Bytes = NDArray[np.uint8]

_OFFSET, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@part
def _hash(texts: Bytes, row: int) -> int:
    """FNV-1a (Fowler, Noll, Vo), the upper half folded in."""
    value = _OFFSET
    for byte in texts[row]:
        value = (value ^ np.uint64(byte)) * _PRIME
    return int((value ^ (value >> np.uint64(29))) & np.uint64(0x7FFFFFFF))


@part
def _same(texts: Bytes, row: int, others: Bytes, other: int) -> bool:
    for place in range(texts.shape[1]):  # noqa: SIM110 - what a kernel compiles to the shorter loop
        if texts[row, place] != others[other, place]:
            return False
    return True


@kernel
def fill(texts: Bytes, table: Int) -> None:
    """Note each row's number where its hash says; `table` begins as -1 and has room for twice the rows, a power of two."""
    mask = table.size - 1
    for row in range(texts.shape[0]):
        slot = _hash(texts, row) & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = row


@kernel
def find(texts: Bytes, table: Int, wanted: Bytes, found: Int) -> None:
    """Per wanted text, its row; -1 if there is none."""
    mask = table.size - 1
    for other in range(wanted.shape[0]):
        slot = _hash(wanted, other) & mask
        while table[slot] >= 0 and not _same(texts, table[slot], wanted, other):
            slot = (slot + 1) & mask
        found[other] = table[slot]
