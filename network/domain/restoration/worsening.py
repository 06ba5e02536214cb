"""What a switched state makes worse than it was at the same load; only that speaks against it.

A service transformer carries its own customers, from whichever side they are fed: where it carries the same power as before, its
overload is not the plan's doing, though its current rises a little as the voltage falls. A branch that carries more is. A voltage that
was within its limits may not leave them; one that was outside may not get worse.

    before  T7 107 % 40 kVA      after  T7 109 % 40.1 kVA: the same      L3 60 % -> 104 %: worse      0.905 -> 0.897 pu: worse
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from network.domain.physics.results import BranchFlow, BusVoltage, Violation

#: A branch whose power differs by less than this share carries the same.
SAME = 0.03
#: What was outside of its limits may get worse by this share; what was within may leave them by noise only.
WORSE, NOISE = 0.01, 0.002
#: What is remembered of a state: loadings from here on, in percent, and voltages this near to the band, in pu.
NEAR_PERCENT, NEAR_PU = 80.0, 0.05
_UNTOLD = -1.0  # kVA, where the engine did not say

Place = tuple[str, str]  # mRID and phase


@dataclass(frozen=True, slots=True)
class Before:
    """A state to compare with: pu by bus and phase; percent and kVA by branch and phase."""

    volts: Mapping[Place, float] = field(default_factory=dict)
    loads: Mapping[Place, tuple[float, float]] = field(default_factory=dict)

    def near_limits(self, band: tuple[float, float]) -> Before:
        """What of it may ever matter: far from its limits nothing leaves them without getting much worse."""
        low, high = band[0] + NEAR_PU, band[1] - NEAR_PU
        return Before(
            {place: pu for place, pu in self.volts.items() if not low < pu < high},
            {place: told for place, told in self.loads.items() if told[0] >= NEAR_PERCENT},
        )

    def rows(self) -> list[list[str | float]]:
        """As lists, to be stored as JSON, which knows no NaN: voltages have one figure, loadings two."""
        found = list[list[str | float]]()
        for place, pu in self.volts.items():
            found.append([*place, round(pu, 5)])
        for place, (percent, carried) in self.loads.items():
            found.append([*place, round(percent, 2), _UNTOLD if math.isnan(carried) else round(carried, 3)])
        return found

    @staticmethod
    def of_rows(rows: Iterable[Sequence[str | float]]) -> Before:
        """Out of what `rows` gave."""
        volts, loads = dict[Place, float](), dict[Place, tuple[float, float]]()
        for mrid, phase, *figures in rows:
            place, known = (str(mrid), str(phase)), [float(one) for one in figures]
            if len(known) == 1:
                volts[place] = known[0]
            else:
                loads[place] = known[0], math.nan if known[1] == _UNTOLD else known[1]
        return Before(volts, loads)


def before_of(buses: Iterable[BusVoltage], flows: Iterable[BranchFlow]) -> Before:
    """A solved state as one to compare with."""
    return Before(
        {(one.mrid, one.phase): one.v_pu for one in buses},
        {(one.mrid, one.phase): (one.loading_percent, kva(one)) for one in flows if one.loading_percent is not None},
    )


def kva(flow: BranchFlow) -> float:
    """What flows through; NaN where the engine does not say."""
    if flow.p_kw is None or flow.q_kvar is None:
        return math.nan
    return abs(complex(flow.p_kw, flow.q_kvar))


def is_worse(now: Violation, before: Before, now_kva: float = math.nan) -> bool:
    """Whether a violation is the doing of the state it is found in.

    >>> before = Before({("b", "A"): 0.905}, {("t", "A"): (107.0, 40.0)})
    >>> is_worse(Violation("overload", "T", "A", 109.0, 100.0, "t"), before, 40.1)
    False
    >>> is_worse(Violation("overload", "T", "A", 130.0, 100.0, "t"), before, 48.0)
    True
    >>> is_worse(Violation("voltage_low", "B", "A", 0.897, 0.9, "b"), before)
    True
    """
    place = now.mrid, now.phase
    if now.kind == "overload":
        percent, then_kva = before.loads.get(place, (0.0, math.nan))
        if abs(now_kva - then_kva) <= SAME * then_kva:
            return False
        return now.value - percent > _allowed(percent > now.limit) * percent
    pu = before.volts.get(place)
    if pu is None:
        return True
    was_out = pu < now.limit if now.kind == "voltage_low" else pu > now.limit
    return abs(now.value - pu) > _allowed(was_out) * pu and (now.value < pu) == (now.kind == "voltage_low")


def _allowed(was_out: bool) -> float:  # noqa: FBT001 - a fact, not an option
    return WORSE if was_out else NOISE


def fitting_share(violations: Iterable[Violation], before: Before, sag: float, dead: frozenset[str]) -> float:
    """The share of what is picked up that would just fit, taking all to be linear in it; at most 1.

    Args:
        violations: what it makes worse.
        before: without it.
        sag: the share where a voltage is low on what was dead, for there is nothing to compare it with.
        dead: buses (mRID) that were dead.
    """
    found = 1.0
    for one in violations:
        place = one.mrid, one.phase
        if one.kind == "overload":
            percent = before.loads.get(place, (0.0, 0.0))[0]
            found = min(found, _share(one.limit - percent, one.value - percent))
        elif one.mrid in dead or place not in before.volts:
            found = min(found, sag)
        else:
            pu = before.volts[place]
            found = min(found, _share(pu - one.limit, pu - one.value))
    return found


def _share(room: float, asked: float) -> float:
    return max(0.0, room / asked) if asked else 1.0
