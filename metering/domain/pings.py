"""What the voltages a meter tells mean for its supply.

>>> verdict({1: 231.0, 2: 229.4, 4: 3.1}, below=50.0)
Verdict(answer='part', phases_on=3, phases_off=4)
>>> verdict({0: 230.0}, below=50.0).answer, verdict({}, below=50.0).answer, verdict({7: 0.4}, below=50.0).answer
('on', 'on', 'off')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verdict(NamedTuple):
    """On, part or off; phases as bits, 0 where the meter named none."""

    answer: str
    phases_on: int
    phases_off: int


def verdict(volts: Mapping[int, float], *, below: float) -> Verdict:
    """Voltages by phase bits; under `below` a phase is dark. A meter that tells anything else but voltages has supply."""
    dark = [bits for bits, value in volts.items() if value < below]
    live = [bits for bits, value in volts.items() if value >= below]
    on, off = _together(live), _together(dark)
    if dark and not live:
        return Verdict("off", 0, off)
    if dark and on and off & ~on:
        return Verdict("part", on, off & ~on)
    return Verdict("on", on, 0)


def _together(bits: list[int]) -> int:
    found = 0
    for one in bits:
        found |= one
    return found
