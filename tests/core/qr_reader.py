"""Reads a QR code of level M in byte mode from its dark modules, written from the standard's tables and from nothing of the product.

1. Format bits beside the finders name level and mask; both copies must agree and be one of the 32 code words.
2. The mask is taken off and the modules are read in pairs of columns from the lower right, function patterns left out.
3. Codewords are dealt back to their blocks; each block must be a code word of Reed-Solomon: every syndrome zero.
4. Mode 0100, the count of bytes, the bytes.
"""

from __future__ import annotations

#: Level M by version: error correction codewords per block, and the data codewords of each block (ISO/IEC 18004, table 9).
BLOCKS = {
    1: (10, [16]),
    2: (16, [28]),
    3: (26, [44]),
    4: (18, [32] * 2),
    5: (24, [43] * 2),
    6: (16, [27] * 4),
    7: (18, [31] * 4),
}
#: Centres of alignment patterns (annex E).
CENTRES = {1: [], 2: [6, 18], 3: [6, 22], 4: [6, 26], 5: [6, 30], 6: [6, 34], 7: [6, 22, 38]}
MASKS = (
    lambda x, y: (x + y) % 2,
    lambda x, y: y % 2,  # noqa: ARG005
    lambda x, y: x % 3,  # noqa: ARG005
    lambda x, y: (x + y) % 3,
    lambda x, y: (x // 3 + y // 2) % 2,
    lambda x, y: x * y % 2 + x * y % 3,
    lambda x, y: (x * y % 2 + x * y % 3) % 2,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2,
)
Dark = set[tuple[int, int]]  # (column, row)


def read(dark: Dark, size: int) -> bytes:
    """The bytes of a code of `size` by `size` modules."""
    version = (size - 17) // 4
    words = _codewords(dark, size, version, _mask(dark, size))
    bits = "".join(f"{one:08b}" for one in _data(words, version))
    assert bits[:4] == "0100", "byte mode"
    count = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * at : 20 + 8 * at], 2) for at in range(count))


def _mask(dark: Dark, size: int) -> int:
    first = [(8, y) for y in (0, 1, 2, 3, 4, 5, 7, 8)] + [(x, 8) for x in (7, 5, 4, 3, 2, 1, 0)]
    second = [(size - 1 - i, 8) for i in range(8)] + [(8, size - 7 + i) for i in range(7)]
    one, other = (sum((at in dark) << i for i, at in enumerate(places)) for places in (first, second))
    assert one == other, "the two copies of the format differ"
    assert (8, size - 8) in dark
    known = {_format(level_and_mask): level_and_mask for level_and_mask in range(32)}
    found = known[one]
    assert found >> 3 == 0, "level M"
    return found & 7


def _format(data: int) -> int:
    rest = data
    for _ in range(10):
        rest = (rest << 1) ^ ((rest >> 9) * 0x537)
    return (data << 10 | rest) ^ 0x5412


def _function(size: int, version: int) -> Dark:
    found = {(x, y) for x in range(9) for y in range(9)}
    found |= {(x, y) for x in range(size - 8, size) for y in range(9)}
    found |= {(y, x) for x, y in found}
    found |= {(6, at) for at in range(size)} | {(at, 6) for at in range(size)}
    finders = {(6, 6), (6, size - 7), (size - 7, 6)}
    for centre in ((x, y) for x in CENTRES[version] for y in CENTRES[version] if (x, y) not in finders):
        found |= {(centre[0] + x, centre[1] + y) for x in range(-2, 3) for y in range(-2, 3)}
    if version >= 7:
        found |= {(x, y) for x in range(size - 11, size - 8) for y in range(6)}
        found |= {(y, x) for x in range(size - 11, size - 8) for y in range(6)}
    return found


def _codewords(dark: Dark, size: int, version: int, mask: int) -> list[int]:
    function, bits, is_upward = _function(size, version), "", True
    for right in (x for x in range(size - 1, 0, -1) if (x > 6 and (size - 1 - x) % 2 == 0) or x in (5, 3, 1)):
        for y in range(size - 1, -1, -1) if is_upward else range(size):
            for x in (right, right - 1):
                if (x, y) not in function:
                    bits += str(int(((x, y) in dark) ^ (MASKS[mask](x, y) == 0)))
        is_upward = not is_upward
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits) // 8 * 8, 8)]


def _data(words: list[int], version: int) -> list[int]:
    extra, lengths = BLOCKS[version]
    blocks: list[list[int]] = [[] for _ in lengths]
    rest = iter(words)
    for at in range(max(lengths)):
        for block, length in zip(blocks, lengths, strict=True):
            if at < length:
                block.append(next(rest))
    for _ in range(extra):
        for block in blocks:
            block.append(next(rest))
    for block in blocks:
        assert all(_syndrome(block, power) == 0 for power in range(extra)), "not a code word"
    return [word for block, length in zip(blocks, lengths, strict=True) for word in block[:length]]


def _syndrome(block: list[int], power: int) -> int:
    root, value = 1, 0
    for _ in range(power):
        root = _times(root, 2)
    for word in block:
        value = _times(value, root) ^ word
    return value


def _times(one: int, other: int) -> int:
    """A product in GF(256) over x^8 + x^4 + x^3 + x^2 + 1."""
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one, other = (one << 1) ^ (0x11D if one & 0x80 else 0), other >> 1
    return product
