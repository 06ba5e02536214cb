"""What codes of end device events say (IEC 61968-9): `domain.subDomain.eventOrAction`, in what is to be done about them.

>>> is_matched("12.0.257", "12 15.261.139"), is_matched("120.0.257", "12"), is_matched("15.261.216", "12 15.261.139")
(True, False, False)
>>> is_end("12.0.291"), is_end("12.0.257"), domain("12.0.291")
(True, False, 12)
"""

from __future__ import annotations

POWER = frozenset({"26.0.85", "26.0.216"})
SECURITY = 12
#: Events that end what another of the same domain and part began.
_ENDS = frozenset({16, 37, 42, 49, 58, 71, 73, 74, 75, 216, 224, 243, 249, 279, 291})


def domain(code: str) -> int:
    """The first field."""
    return fields(code)[0]


def is_end(code: str) -> bool:
    """Whether it says that something is over."""
    return fields(code)[2] in _ENDS


def is_matched(code: str, patterns: str) -> bool:
    """Whether a code is, or begins with, one of the codes that are listed with spaces between them."""
    return any(f"{code}.".startswith(f"{one}.") for one in patterns.split())


def fields(code: str) -> tuple[int, int, int]:
    """Domain, sub-domain, event or action."""
    first, second, third = (int(one) for one in code.split("."))
    return first, second, third
