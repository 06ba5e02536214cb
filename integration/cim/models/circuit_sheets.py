"""Data sheets of transformer tanks: ratings of their ends, short-circuit tests and no-load tests."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

from integration.cim.models.circuit_parts import Parts
from integration.cim.models.store import Record
from network.domain.physics.circuit import Transformer, Winding

Sheet = dict[int, tuple[str, Record]]
_CONNECTIONS = {"Y": "Y", "Yn": "Y", "D": "D", "Z": "Z", "Zn": "Z"}


class Sheets:
    """TransformerTankInfo with its TransformerEndInfos and tests, by key."""

    def __init__(self, parts: Parts) -> None:
        """Index once: many tanks share a sheet."""
        store = parts.build.store
        self._parts = parts
        self._sheets: dict[str, Sheet] = defaultdict(dict)
        self._shorts: dict[str, list[tuple[list[str], Record]]] = defaultdict(list)
        self._idle: dict[str, Record] = {}
        for key, info in store.of_class("TransformerEndInfo"):
            number = int(info.number("TransformerEndInfo.endNumber") or 0)
            self._sheets[info.refs.get("TransformerEndInfo.TransformerTankInfo", "")][number] = (key, info)
        for _, test in store.of_class("ShortCircuitTest"):
            grounded = test.refs.get("ShortCircuitTest.GroundedEnds", "").split()
            self._shorts[test.refs.get("ShortCircuitTest.EnergisedEnd", "")].append((grounded, test))
        for _, test in store.of_class("NoLoadTest"):
            self._idle[test.refs.get("NoLoadTest.EnergisedEnd", "")] = test

    def tank(self, tank: Record, bank: str, numbers: list[int], windings: list[Winding]) -> Transformer:
        """The tank with what its sheet says about the ends of these numbers."""
        sheet = self._sheets.get(tank.refs.get("TransformerTank.TransformerTankInfo", ""), {})
        infos = [sheet.get(number) for number in numbers]
        rated = [self._rated(one, info[1]) if info else one for one, info in zip(windings, infos, strict=True)]
        leakage = []
        for i, info in enumerate(infos):
            for grounded, test in self._shorts.get(info[0], ()) if info else ():
                ends = [j for j, other in enumerate(infos) if other and other[0] in grounded]
                if len(ends) == 1:
                    x = self._reactance(test, rated[i], rated[ends[0]])
                    leakage.append((i, ends[0], x, x))
        g, b = self._core(infos, rated)
        return Transformer(tank.id, tank.name, bank, tuple(rated), tuple(leakage), g, b)

    def _rated(self, winding: Winding, info: Record) -> Winding:
        """Ratings, and the connection where the tank has three phases."""
        units = self._parts.build.units
        kind = _CONNECTIONS.get(info.text.get("TransformerEndInfo.connectionKind", ""), "I")
        bare = tuple(phase for phase in winding.phases if phase != "N")
        is_three_phase = len(bare) == 3
        return replace(
            winding,
            connection=kind if is_three_phase else "I",
            phases=bare if is_three_phase else _two_ends(winding.phases),
            rated_v=units.volts(info, "TransformerEndInfo.ratedU"),
            rated_va=units.kilowatts(info, "TransformerEndInfo.ratedS") * 1000.0,
            r_ohm=info.number("TransformerEndInfo.r") or 0.0,
            clock=int(info.number("TransformerEndInfo.phaseAngleClock") or 0) if is_three_phase else 0,
        )

    def _reactance(self, test: Record, energised: Winding, grounded: Winding) -> float:
        """Ohm at the energised end: what of the leakage impedance is not resistance."""
        z = test.number("ShortCircuitTest.leakageImpedance") or 0.0
        if not grounded.rated_v:
            return z
        r = energised.r_ohm + grounded.r_ohm * (energised.rated_v / grounded.rated_v) ** 2
        return math.sqrt(max(z * z - r * r, 0.0))

    def _core(self, infos: list[tuple[str, Record] | None], rated: list[Winding]) -> tuple[float, float]:
        """No-load loss (kW) and exciting current (percent of the base power) as admittance at the first winding."""
        for info, winding in zip(infos, rated, strict=True):
            test = self._idle.get(info[0]) if info else None
            if test is None:
                continue
            volts = (self._parts.build.units.volts(test, "NoLoadTest.energisedEndVoltage") or winding.rated_v) or 1.0
            base = self._parts.build.units.kilowatts(test, "TransformerTest.basePower") * 1000.0 or winding.rated_va
            loss = (test.number("NoLoadTest.loss") or 0.0) * 1000.0
            apparent = (test.number("NoLoadTest.excitingCurrent") or 0.0) / 100.0 * base
            reactive = math.sqrt(max(apparent**2 - loss**2, 0.0))
            scale = (winding.rated_v / (rated[0].rated_v or volts)) ** 2 / volts**2
            return loss * scale, reactive * scale
        return 0.0, 0.0


def _two_ends(phases: tuple[str, ...]) -> tuple[str, ...]:
    """Both ends of a single winding; one alone goes to neutral.

    >>> _two_ends(("A",)), _two_ends(("s1", "s2", "N")), _two_ends(("B", "A"))
    (('A', 'N'), ('s1', 's2'), ('B', 'A'))
    """
    return (*phases, "N") if len(phases) == 1 else phases[:2]
