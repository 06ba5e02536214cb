"""Kernel that looks for a piece of text in every row of a table of texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from network.domain.kernels.compiler import kernel, part

Int = NDArray[np.int32]
Long = NDArray[np.int64]
Bytes = NDArray[np.uint8]

#: How a row fits: it is the text, begins with it, has it somewhere.
EXACT, BEGINS, INSIDE = 0, 1, 2


@part
def _is_at(text: Bytes, place: int, wanted: Bytes) -> bool:
    for byte in range(1, wanted.size):  # noqa: SIM110 - what a kernel compiles to the shorter loop
        if text[place + byte] != wanted[byte]:
            return False
    return True


@part
def _place(text: Bytes, start: int, end: int, wanted: Bytes) -> int:
    """Where a row has the text first, -1 if nowhere."""
    first = wanted[0]
    for place in range(start, end - wanted.size + 1):
        if text[place] == first and _is_at(text, place, wanted):
            return place
    return -1


@kernel
def beginning(texts: Bytes, wanted: Bytes, found: Int) -> int:
    """Fill in the rows of a table of one width that begin with the text, as many as there is room for; how many."""
    count = 0
    for row in range(texts.shape[0]):
        if texts[row, wanted.size - 1] == wanted[wanted.size - 1]:
            place = 0
            while place < wanted.size and texts[row, place] == wanted[place]:
                place += 1
            if place == wanted.size:
                found[count] = row
                count += 1
                if count == found.size:
                    break
    return count


@kernel
def scan(text: Bytes, offsets: Long, wanted: Bytes, is_first: Bytes, found: Int, counts: Int) -> None:
    """Fill the first rows of each rank into `found` (6, limit): exact, beginning, inside, each with `is_first` rows before others.

    Row i is text[offsets[i]:offsets[i + 1] - 1]; `counts` (6) begins as zero.
    """
    limit = found.shape[1]
    for row in range(offsets.size - 1):
        start, end = offsets[row], offsets[row + 1] - 1
        place = _place(text, start, end, wanted)
        if place < 0:
            continue
        rank = 2 * (INSIDE if place > start else EXACT if end - start == wanted.size else BEGINS) + 1 - is_first[row]
        if counts[rank] < limit:
            found[rank, counts[rank]] = row
            counts[rank] += 1
