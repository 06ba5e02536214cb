"""What the eighteen fields of a ReadingType code say (IEC 61968-9): quantity, interval, unit.

>>> energy = of("0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0")
>>> energy.interval_s, energy.is_interval, energy.unit, energy.direction
(900, True, 'kWh', 1)
>>> of("0.2.2.12.1.1.54.0.0.0.0.0.0.0.129.0.29.0").unit
'V'
>>> of("0.0.0.1.19.1.12.0.0.0.0.0.0.0.0.3.72.0").is_energy_register, energy.is_energy_register
(True, False)
>>> of("none").interval_s, of("none").unit
(0, '')
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

_CODE = re.compile(r"(?:-?\d{1,6}\.){17}-?\d{1,6}")
_INTERVAL_S = {1: 600, 2: 900, 3: 60, 4: 86_400, 5: 1800, 6: 300, 7: 3600, 10: 120, 14: 180, 31: 1200, 78: 720,
               79: 7200, 80: 14_400, 81: 21_600, 82: 43_200, 83: 10_800}  # fmt: skip
_UNITS = {5: "A", 23: "°C", 27: "s", 29: "V", 33: "Hz", 38: "W", 61: "VA", 63: "var", 71: "VAh", 72: "Wh", 73: "varh",
          106: "Ah"}  # fmt: skip
_MULTIPLIERS = {-3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
_PERIOD, _ACCUMULATION, _DIRECTION, _KIND, _PHASES, _MULTIPLIER, _UNIT = 2, 3, 4, 6, 14, 15, 16
_DELTA, _REGISTER = 4, 1
NET = 4
_ENERGY, _BILLED = 12, (1, NET, 19)


@dataclass(frozen=True, slots=True)
class ReadingKind:
    """A ReadingType understood. `interval_s` is 0 where the code names no interval; `unit` is empty where we do not know it."""

    code: str
    interval_s: int = 0
    accumulation: int = 0
    direction: int = 0
    quantity: int = 0
    phases: int = 0
    unit: str = ""

    @property
    def is_interval(self) -> bool:
        """Whether each value is what passed within an interval."""
        return self.accumulation == _DELTA and self.interval_s > 0

    @property
    def is_signed(self) -> bool:
        """Whether a value below nothing is right: where both directions are netted."""
        return self.direction == NET

    @property
    def is_energy_register(self) -> bool:
        """Whether it is what a meter has counted of energy, delivered, received or net of both."""
        return self.quantity == _ENERGY and self.accumulation == _REGISTER and self.direction in _BILLED

    @property
    def register(self) -> ReadingKind:
        """The register that the intervals are differences of."""
        fields = self.code.split(".")
        fields[_PERIOD], fields[_ACCUMULATION] = "0", str(_REGISTER)
        return dataclasses.replace(self, code=".".join(fields), interval_s=0, accumulation=_REGISTER)


def is_code(text: str) -> bool:
    """Whether it is a code of eighteen fields."""
    return _CODE.fullmatch(text) is not None


def of(code: str) -> ReadingKind:
    """What a code says; a text that is no code says nothing."""
    if not is_code(code):
        return ReadingKind(code)
    field = [int(one) for one in code.split(".")]
    unit = _UNITS.get(field[_UNIT], "")
    prefix = _MULTIPLIERS.get(field[_MULTIPLIER], f"10^{field[_MULTIPLIER]} ")
    return ReadingKind(
        code,
        _INTERVAL_S.get(field[_PERIOD], 0),
        field[_ACCUMULATION],
        field[_DIRECTION],
        field[_KIND],
        field[_PHASES],
        f"{prefix}{unit}" if unit else "",
    )
