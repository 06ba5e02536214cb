"""Which symbols have room for their name: the more important first, none over another or over a symbol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from network.domain.diagram.drawing import Symbol

LETTER, LINE_HEIGHT, HALF = 6.2, 12.0, 9.0  # pixels: width of a letter, height of a name, half a symbol
BESIDE, ABOVE = 17.0, 27.0  # where a name begins, from the middle of its symbol
LONGEST = 15  # letters
_FIRST = ("source", "power", "breaker", "recloser")
_CELL = 64.0

Box = tuple[float, float, float, float]  # left, top, right, bottom


def with_room(symbols: Sequence[Symbol], names: Sequence[str]) -> list[bool]:
    """Whether each symbol may bear its name."""
    taken = _Taken()
    for one in symbols:
        taken.add((one.x - HALF, one.y - HALF, one.x + HALF, one.y + HALF))
    found = [False] * len(symbols)
    for i in sorted(range(len(symbols)), key=lambda i: (symbols[i].kind not in _FIRST, i)):
        box = _box(symbols[i], min(len(names[i]), LONGEST))
        found[i] = taken.is_free(box)
        if found[i]:
            taken.add(box)
    return found


def _box(symbol: Symbol, letters: int) -> Box:
    width = letters * LETTER
    if symbol.is_upright:
        return symbol.x + BESIDE, symbol.y - LINE_HEIGHT, symbol.x + BESIDE + width, symbol.y
    return symbol.x - width / 2, symbol.y - ABOVE, symbol.x + width / 2, symbol.y - ABOVE + LINE_HEIGHT


class _Taken:
    """Boxes by coarse cell."""

    def __init__(self) -> None:
        self.boxes: dict[tuple[int, int], list[Box]] = {}

    def add(self, box: Box) -> None:
        for cell in _cells(box):
            self.boxes.setdefault(cell, []).append(box)

    def is_free(self, box: Box) -> bool:
        return not any(_meet(box, other) for cell in _cells(box) for other in self.boxes.get(cell, ()))


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(int(box[0] // _CELL), int(box[2] // _CELL) + 1):
        for row in range(int(box[1] // _CELL), int(box[3] // _CELL) + 1):
            yield column, row


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
