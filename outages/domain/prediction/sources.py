"""How far each source of evidence is to be believed: data, learned from the evidence where there is enough of it.

Every number here is where learning begins; `strength` says how much evidence it takes to move it.

>>> Sources().with_changes({"calls": {"rate": 0.4}}).calls.rate
0.4
>>> Sources().with_changes({"calls": {"speed": 1}})
Traceback (most recent call last):
ValueError: calls has no 'speed'; it has rate, least, strength, stray, delay_s, late
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Volunteered:
    """Evidence that comes by itself, so that its absence speaks too: calls and last gasps.

    Attributes:
        rate: share of customers without supply who report in the end.
        least: below this the rate is not believed to fall: so few reports are strays.
        strength: how many dark customers it takes to move the rate half way to what they show.
        stray: share of customers with supply who report all the same within the time looked at: own faults, false gasps, wrong links.
        delay_s: mean time from the loss of supply to the report.
        late: share of reports that come at any time.
    """

    rate: float
    least: float
    strength: float
    stray: float
    delay_s: float
    late: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Evidence about one customer or place that was asked for: its absence says nothing.

    Attributes:
        hit: how often it says "dark" (or "operated") where that is so.
        false: and where it is not.
    """

    hit: float
    false: float


@dataclass(frozen=True, slots=True)
class Sources:
    """What the likelihood engine believes before it has seen the evidence.

    Attributes:
        calls, gasps: what comes by itself.
        crew, ping_off, indicator: what was asked for, a fault indicator included.
        stray_strength: how many stray reports it takes to move the stray shares half way to what is seen.
        prior: share of devices that open within the time looked at; `prior_strength` open devices move it half way.
        prior_strength: see `prior`.
        partial: share of the openings of a device of several phases that are not on all of them; so many such openings as
            `partial_strength` says move it half way.
        partial_strength: see `partial`.
    """

    calls: Volunteered = Volunteered(rate=0.2, least=0.03, strength=4, stray=0.0005, delay_s=720, late=0.05)
    gasps: Volunteered = Volunteered(rate=0.6, least=0.01, strength=2, stray=0.0005, delay_s=20, late=0.03)
    crew: Asked = Asked(hit=0.99, false=0.001)
    ping_off: Asked = Asked(hit=0.97, false=0.05)
    indicator: Asked = Asked(hit=0.95, false=0.02)
    stray_strength: float = 1.0
    prior: float = 0.002
    prior_strength: float = 2.0
    partial: float = 0.2
    partial_strength: float = 5.0

    def __post_init__(self) -> None:
        for name in ("calls", "gasps"):
            one = getattr(self, name)
            _shares(name, one, "rate", "least", "stray", "late")
            if one.strength <= 0 or one.delay_s <= 0:
                raise ValueError(f"{name}: strength and delay_s are above 0")
        for name in ("crew", "ping_off", "indicator"):
            one = getattr(self, name)
            _shares(name, one, "hit", "false")
            if one.hit <= one.false:
                raise ValueError(f"{name}: a source that is not oftener right than wrong says nothing")
        _shares("sources", self, "prior", "partial")
        if min(self.stray_strength, self.prior_strength, self.partial_strength) <= 0:
            raise ValueError("stray_strength, prior_strength and partial_strength are above 0")

    def with_changes(self, changes: Mapping[str, Any]) -> Sources:
        """The same but for these: numbers by name, those of one source as a mapping.

        Raises:
            ValueError: a name or a number that is none.
        """
        changed: Sources = _changed("sources", self, changes)
        return changed


def _shares(where: str, one: Any, *names: str) -> None:
    for name in names:
        if not 0 < getattr(one, name) < 1:
            raise ValueError(f"{where}: {name} is a share between 0 and 1, not {getattr(one, name)}")


def _changed(where: str, one: Any, changes: Mapping[str, Any]) -> Any:
    names = [field.name for field in dataclasses.fields(one)]
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in names:
            raise ValueError(f"{where} has no {name!r}; it has {', '.join(names)}")
        present = getattr(one, name)
        if dataclasses.is_dataclass(present):
            if not isinstance(value, Mapping):
                raise ValueError(f"{where}: {name} is a mapping, not {value!r}")
            values[name] = _changed(name, present, value)
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{where}: {name} is a number, not {value!r}")
        else:
            values[name] = float(value)
    return dataclasses.replace(one, **values)


#: What is believed where nobody says otherwise.
USUAL = Sources()
