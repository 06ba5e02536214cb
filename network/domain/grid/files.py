"""A grid as one run of bytes: a line of JSON that says where each array lies, then the arrays, aligned for memory mapping.

The same bytes are stored in PostgreSQL and, as `grid.bin` in a folder, mapped by every process of a machine.
"""

from __future__ import annotations

import dataclasses
import json
import mmap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from network.domain.grid.arrays import Grid

#: Raised whenever the arrays or their meaning change; a stored grid of another format is compiled anew from its model.
FORMAT = 2
_ALIGNMENT = 64
_MAGIC = b"tieline grid\n"
_NAME = "grid.bin"


class GridUnreadable(ValueError):
    """The bytes are not a whole grid of this format."""


def to_blob(grid: Grid) -> bytes:
    """All arrays in one run of bytes. Equal grids give equal bytes."""
    arrays = {field.name: np.ascontiguousarray(getattr(grid, field.name)) for field in dataclasses.fields(grid)}
    table: dict[str, list[Any]] = {}
    parts: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        table[name] = [array.dtype.str, list(array.shape), offset]
        padding = -array.nbytes % _ALIGNMENT
        parts += [array.tobytes(), bytes(padding)]
        offset += array.nbytes + padding
    head = _MAGIC + json.dumps({"format": FORMAT, "size": offset, "arrays": table}, separators=(",", ":")).encode()
    head += b" " * (-(len(head) + 1) % _ALIGNMENT) + b"\n"
    return b"".join([head, *parts])


def from_blob(blob: bytes | mmap.mmap) -> Grid:
    """The grid in these bytes, without copying them.

    Raises:
        GridUnreadable: cut short, of another format, or no grid at all.
    """
    end = blob.find(b"\n", len(_MAGIC)) if blob[: len(_MAGIC)] == _MAGIC else -1
    if end < 0:
        raise GridUnreadable("these bytes are not a grid")
    head = json.loads(blob[len(_MAGIC) : end])
    names = {field.name for field in dataclasses.fields(Grid)}
    if head["format"] != FORMAT or set(head["arrays"]) != names:
        raise GridUnreadable(f"grid of format {head['format']}, this program reads {FORMAT}: import the model again")
    if len(blob) < end + 1 + head["size"]:
        raise GridUnreadable("the grid is cut short")
    return Grid(**{name: _array(blob, end + 1, *entry) for name, entry in head["arrays"].items()})


def _array(blob: bytes | mmap.mmap, start: int, dtype: str, shape: list[int], offset: int) -> Any:
    count = int(np.prod(shape))  # frombuffer refuses a count of zero at the end
    flat = np.frombuffer(blob, dtype, count, start + offset) if count else np.empty(0, dtype)
    array = flat.reshape(shape)
    array.setflags(write=False)
    return array


def save(grid: Grid, folder: Path) -> None:
    """Write a grid into an existing folder."""
    (folder / _NAME).write_bytes(to_blob(grid))


def save_pieces(pieces: Iterable[bytes], folder: Path) -> None:
    """Write the bytes of a grid, piece by piece, into an existing folder: no process need hold them all.

    Raises:
        GridUnreadable: cut short, of another format, or no grid at all.
    """
    with (folder / _NAME).open("wb") as file:
        file.writelines(pieces)
    load(folder)


def load(folder: Path) -> Grid:
    """The grid in a folder, memory-mapped: processes share it, and only what is used is read.

    Raises:
        GridUnreadable: cut short, of another format, or no grid at all.
    """
    with (folder / _NAME).open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise GridUnreadable("the file is empty") from error
    return from_blob(mapped)
