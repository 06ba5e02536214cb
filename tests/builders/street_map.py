"""A PMTiles file with vector tiles, written by hand: a few features a layer, bytes as the specifications say."""

import gzip
import itertools
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from network.domain import pmtiles

LINE, AREA, POINT = 2, 3, 1
EXTENT = 4096
Tile = tuple[int, int, int]


@dataclass
class Feature:
    """Parts in units of the tile, x to the right and y down."""

    kind: int
    parts: Sequence[Sequence[tuple[int, int]]]
    about: Mapping[str, str] = field(default_factory=dict)


def vector_tile(**layers: Sequence[Feature]) -> bytes:
    """An MVT tile of named layers."""
    return b"".join(_bytes(3, _layer(name, features)) for name, features in layers.items())


def _layer(name: str, features: Sequence[Feature]) -> bytes:
    keys = sorted({key for one in features for key in one.about})
    values = sorted({value for one in features for value in one.about.values()})
    content = _bytes(1, name.encode()) + _number(15, 2) + _number(5, EXTENT)
    for one in features:
        tags = [place for key, value in one.about.items() for place in (keys.index(key), values.index(value))]
        commands = varints(_commands(one))
        content += _bytes(2, _bytes(2, varints(tags)) + _number(3, one.kind) + _bytes(4, commands))
    content += b"".join(_bytes(3, key.encode()) for key in keys)
    return content + b"".join(_bytes(4, _bytes(1, value.encode())) for value in values)


def _commands(feature: Feature) -> list[int]:
    found, x, y = list[int](), 0, 0
    for part in feature.parts:
        for place, (to_x, to_y) in enumerate(part):
            if place < 2:
                found.append((1 if place == 0 else 2) | (1 if place == 0 else len(part) - 1) << 3)
            found += [_zigzag(to_x - x), _zigzag(to_y - y)]
            x, y = to_x, to_y
        if feature.kind == AREA:
            found.append(7 | 1 << 3)
    return found


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def varints(numbers: Sequence[int]) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    found = bytearray()
    for number in numbers:
        rest = number
        while rest > 127:
            found.append(rest & 127 | 128)
            rest >>= 7
        found.append(rest)
    return bytes(found)


def _bytes(place: int, content: bytes) -> bytes:
    return varints([place << 3 | 2, len(content)]) + content


def _number(place: int, value: int) -> bytes:
    return varints([place << 3, value])


def archive(
    tiles: Mapping[Tile, bytes],
    bounds: tuple[float, float, float, float] = (-180, -85, 180, 85),
    *,
    credit: str = "",
    leaf: int = 0,
    packed: bool = True,
) -> bytes:
    """A file with these tiles; `leaf` entries a directory where it has more than one, none nested deeper."""
    pack = (lambda content: gzip.compress(content, mtime=0)) if packed else bytes
    numbered = sorted((pmtiles.number(*tile), pack(content)) for tile, content in tiles.items())
    at, entries, data = 0, list[tuple[int, int, int, int]](), b""
    for number, content in numbered:
        entries.append((number, 1, len(content), at))
        data += content
        at += len(content)
    leaves = b""
    if leaf:
        above = list[tuple[int, int, int, int]]()
        for start in range(0, len(entries), leaf):
            some = entries[start : start + leaf]
            below = pack(_directory(some))
            above.append((some[0][0], 0, len(below), len(leaves)))
            leaves += below
        entries = above
    root, metadata = pack(_directory(entries)), pack(json.dumps({"attribution": credit}).encode())
    starts = list(itertools.accumulate([len(root), len(metadata), len(leaves)], initial=pmtiles.HEADER_BYTES))
    spans = [
        part for pair in zip(starts, (len(root), len(metadata), len(leaves), len(data)), strict=True) for part in pair
    ]
    zooms = [tile[0] for tile in tiles]
    packing = pmtiles.GZIP if packed else pmtiles.NONE
    edges = [round(degree * 1e7) for degree in bounds]
    head = struct.pack(
        "<7sB11Q6B4iB2i", b"PMTiles", 3, *spans, len(tiles), len(tiles), len(tiles), 1, packing, packing, 1, min(zooms), max(zooms), *edges, 0, 0, 0
    )  # fmt: skip
    return head + root + metadata + leaves + data


def _directory(entries: Sequence[tuple[int, int, int, int]]) -> bytes:
    """First numbers as differences, runs, lengths, offsets (plus one) column after column."""
    first = [entry[0] for entry in entries]
    steps = [first[0], *(later - earlier for earlier, later in itertools.pairwise(first))]
    columns = [steps, [e[1] for e in entries], [e[2] for e in entries], [e[3] + 1 for e in entries]]
    return varints([len(entries), *(number for column in columns for number in column)])
