"""Options of a Request, which narrow a question: those we know, and numbers among them."""

from __future__ import annotations

from collections.abc import Collection

from integration.cim.envelope import Request
from integration.cim.errors import Case, MessageRefused

LIMIT, OFFSET = "limit", "offset"
_DIGITS = 9


def of(request: Request | None, known: Collection[str]) -> dict[str, str]:
    """The options of a request, by name.

    Raises:
        MessageRefused: one of them is not known.
    """
    found = dict(request.options) if request is not None else {}
    if unknown := sorted(set(found) - set(known)):
        raise MessageRefused(Case.PAYLOAD_INVALID, f"Option {unknown[0]} is not known; known are: {', '.join(known)}")
    return found


def part(options: dict[str, str], *, usual: int, most: int) -> tuple[int, int]:
    """How many things are wanted (1 to `most`), and after how many.

    Raises:
        MessageRefused: one of the two is no number.
    """
    return min(max(_number(options, LIMIT, usual), 1), most), _number(options, OFFSET, 0)


def _number(options: dict[str, str], name: str, usual: int) -> int:
    text = options.get(name, str(usual))
    if not text.isdecimal() or len(text) > _DIGITS:
        raise MessageRefused(Case.PAYLOAD_INVALID, f"Option {name} is a number, not {text[:40]}")
    return int(text)
