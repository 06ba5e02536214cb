"""Where a tile lies in a PMTiles file, version 3: its header and its directories, after the published specification.

Tiles are numbered along a Hilbert curve, the zooms one after the other; a directory says for runs of numbers where their bytes lie, or
which directory knows more. Nothing here reads files: the bytes of the header and of directories come in, places go out.
"""

import gzip
import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HEADER_BYTES = 127
NONE, GZIP = 1, 2
VECTOR = 1
_HEADER = struct.Struct("<7sB11Q6B4iB2i")
_DEGREE = 1e7
#: Directories nest this deep at most; a file that goes on is a circle.
_DEEPEST = 4

#: Bytes of a file: offset, length.
Span = tuple[int, int]


class BadArchive(ValueError):
    """The file is no PMTiles file that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself. Spans count from its beginning; `bounds` is west, south, east, north in degrees."""

    root: Span
    metadata: Span
    leaves: Span
    tiles: Span
    packing: int  # of directories and metadata: NONE or GZIP
    tile_packing: int
    least: int
    most: int
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Directory:
    """Runs of tile numbers, growing. A run of length 0 is a directory that knows more."""

    first: tuple[int, ...]
    runs: tuple[int, ...]
    lengths: tuple[int, ...]
    offsets: tuple[int, ...]

    def entry(self, number: int) -> tuple[int, Span] | None:
        """Run length and span of the entry that speaks of a tile; None where the file has no such tile."""
        place = bisect_right(self.first, number) - 1
        if place < 0 or (self.runs[place] and number >= self.first[place] + self.runs[place]):
            return None
        return self.runs[place], (self.offsets[place], self.lengths[place])


def header(file: bytes) -> Header:
    """Read the first `HEADER_BYTES` of a file.

    Raises:
        BadArchive: no PMTiles of version 3, no vector tiles, or packed otherwise than by gzip.
    """
    if len(file) < HEADER_BYTES or file[:7] != b"PMTiles":
        raise BadArchive("it is no PMTiles file")
    fields = _HEADER.unpack_from(file)
    version, spans, rest = fields[1], fields[2:13], fields[13:]
    _clustered, packing, tile_packing, kind, least, most = rest[:6]
    if version != 3:
        raise BadArchive(f"it is PMTiles of version {version}: version 3 is read")
    if kind != VECTOR:
        raise BadArchive("its tiles are pictures: vector tiles (MVT) are read")
    if packing not in {NONE, GZIP} or tile_packing not in {NONE, GZIP}:
        raise BadArchive("it is packed otherwise than by gzip")
    west, south, east, north = (value / _DEGREE for value in rest[6:10])
    root, metadata, leaves, tiles = ((spans[i], spans[i + 1]) for i in range(0, 8, 2))
    return Header(root, metadata, leaves, tiles, packing, tile_packing, least, most, (west, south, east, north))


def unpacked(content: bytes, packing: int) -> bytes:
    """A directory or the metadata as it was before it was packed.

    Raises:
        BadArchive: the content is broken.
    """
    try:
        return gzip.decompress(content) if packing == GZIP else content
    except (OSError, EOFError, zlib.error) as error:
        raise BadArchive(f"its content is broken ({error})") from None


def directory(content: bytes) -> Directory:
    """Read an unpacked directory: the number of entries, then first numbers, runs, lengths and offsets, one column after the other.

    >>> directory(bytes([2, 5, 3, 1, 2, 10, 20, 1, 0]))
    Directory(first=(5, 8), runs=(1, 2), lengths=(10, 20), offsets=(0, 10))

    Raises:
        BadArchive: the content ends too early.
    """
    numbers = _numbers(content)
    try:
        count = next(numbers)
        first, number = list[int](), 0
        for _ in range(count):
            number += next(numbers)
            first.append(number)
        runs = tuple(next(numbers) for _ in range(count))
        lengths = tuple(next(numbers) for _ in range(count))
        offsets = list[int]()
        for place in range(count):
            told = next(numbers)
            offsets.append(told - 1 if told else offsets[-1] + lengths[place - 1])
    except (StopIteration, RuntimeError, IndexError):
        raise BadArchive("a directory of it is broken") from None
    return Directory(tuple(first), runs, lengths, tuple(offsets))


def find(head: Header, tile: int, read: Callable[[Span], Directory]) -> Span | None:
    """Where in the file a tile lies; None where it has none. `read` gives the directory of a span.

    Raises:
        BadArchive: its directories go round in a circle.
    """
    span = head.root
    for _ in range(_DEEPEST):
        entry = read(span).entry(tile)
        if entry is None:
            return None
        run, (offset, length) = entry
        if run:
            return head.tiles[0] + offset, length
        span = head.leaves[0] + offset, length
    raise BadArchive("its directories lead to no end")


def number(zoom: int, x: int, y: int) -> int:
    """The number of a tile: those of smaller zooms come before, those of its own along a Hilbert curve.

    >>> [number(*tile) for tile in ((0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0), (2, 0, 0))]
    [0, 1, 2, 3, 4, 5]
    >>> number(12, 3423, 1763)
    19078479
    """
    found = ((1 << 2 * zoom) - 1) // 3
    for bit in range(zoom - 1, -1, -1):
        side = 1 << bit
        right, low = bool(x & side), bool(y & side)
        found += side * side * ((3 * right) ^ low)
        if not low:
            if right:
                x, y = side - 1 - (x & side - 1), side - 1 - (y & side - 1)
            x, y = y, x
    return found


def _numbers(content: bytes) -> Iterator[int]:
    """The numbers of a column file: seven bits a byte, the lowest first, the top bit says that more follow."""
    found = shift = 0
    for byte in content:
        found |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield found
            found = shift = 0
