"""Periods of a calendar: months and years by name, and the twelve months that end with one.

>>> Month.parse("2026-01").shift(-1), str(Month(2026, 9)), len(Month(2026, 1).year_to_here())
(Month(year=2025, number=12), '2026-09', 12)
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

MONTHS_A_YEAR = 12
_NAMED = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month of the calendar."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month | None:
        """The month written as 2026-09; None where it is none."""
        found = _NAMED.fullmatch(text)
        if found is None or not (1 <= int(found[2]) <= MONTHS_A_YEAR and 1900 <= int(found[1]) <= 9000):
            return None
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: dt.date) -> Month:
        """The month a day lies in."""
        return cls(day.year, day.month)

    def shift(self, months: int) -> Month:
        """So many months later."""
        whole = self.year * MONTHS_A_YEAR + self.number - 1 + months
        return Month(whole // MONTHS_A_YEAR, whole % MONTHS_A_YEAR + 1)

    def year_to_here(self) -> list[Month]:
        """The twelve months that end with this one, in order."""
        return [self.shift(-back) for back in range(MONTHS_A_YEAR - 1, -1, -1)]

    @property
    def first(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, self.number, 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"
