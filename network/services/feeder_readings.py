"""What telemetry says about a feeder group, as state estimation takes it: fresh, of good quality, in A, kW and per unit."""

import datetime as dt
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from network.domain import phases as ph
from network.domain.physics import feeder_estimation
from network.domain.physics.circuit import Circuit
from network.domain.physics.feeder_estimation import ACTIVE, APPARENT, CURRENT, REACTIVE, VOLTAGE, Reading
from network.domain.physics.results import PowerFlowResult
from network.models import TelemetryPoint

OLDEST = runtime_settings.declare(
    "estimation.oldest_s",
    900,
    unit="s",
    help_=gettext_noop("A telemetered value older than this does not count in state estimation."),
)
INSTRUMENT = runtime_settings.declare(
    "estimation.instrument_percent",
    1.0,
    unit="%",
    help_=gettext_noop("Standard deviation of telemetered currents and powers."),
)
VOLTMETER = runtime_settings.declare(
    "estimation.voltage_percent", 0.5, unit="%", help_=gettext_noop("Standard deviation of telemetered voltages.")
)
LOADS = runtime_settings.declare(
    "estimation.load_percent",
    30.0,
    unit="%",
    help_=gettext_noop(
        "Standard deviation of a load from what the model and its feeder head let expect; 0: no state estimation."
    ),
)
_KINDS = (CURRENT, ACTIVE, REACTIVE, APPARENT, VOLTAGE)
_LEAST = {CURRENT: 0.2, ACTIVE: 0.5, REACTIVE: 0.5, APPARENT: 0.5}  # A, kW, kvar, kVA
_LISTED = 20


@dataclass(slots=True)
class Readings:
    """The values of a version's telemetry at a moment."""

    points: dict[str, list[TelemetryPoint]] = field(default_factory=lambda: defaultdict(list))
    share: float = 0.3
    instrument: float = 0.01
    voltmeter: float = 0.005

    @classmethod
    def of_version(cls, version_id: int, at: dt.datetime) -> "Readings":
        """All that count now."""
        since = at - dt.timedelta(seconds=float(runtime_settings.get(OLDEST)))
        rows = TelemetryPoint.objects.filter(
            version_id=version_id, kind__in=_KINDS, value__isnull=False, quality="good", occurred_at__gte=since
        )
        percent = (float(runtime_settings.get(key)) / 100.0 for key in (LOADS, INSTRUMENT, VOLTMETER))
        found = cls(defaultdict(list), *percent)
        if found.share > 0.0:
            for row in rows:
                found.points[row.equipment_mrid].append(row)
        return found

    def of(self, circuit: Circuit) -> list[Reading]:
        """Those on the branches of a circuit."""
        if not self.points:
            return []
        starts = {one.mrid: one.from_bus for one in circuit.lines}
        starts |= {one.mrid: one.from_bus for one in circuit.switches}
        starts |= {one.bank_mrid: one.windings[0].bus for one in circuit.transformers}
        return [
            reading
            for mrid, bus in starts.items()
            for point in self.points.get(mrid, ())
            if (reading := self._reading(point, circuit, bus))
        ]

    def _reading(self, point: TelemetryPoint, circuit: Circuit, bus: str) -> Reading | None:
        """A point as a reading; None where its value cannot be meant."""
        value, phases = float(point.value or 0.0), tuple(ph.text(point.phases & ph.ABC))
        if not math.isfinite(value) or not phases:
            return None
        if point.kind == VOLTAGE:
            return self._voltage(point, circuit, bus, phases)
        if point.kind != CURRENT:
            value /= 1e3
        deviation = max(self.instrument * abs(value), _LEAST[point.kind])
        return Reading(point.mrid, point.equipment_mrid, point.kind, phases, value, deviation)

    def _voltage(self, point: TelemetryPoint, circuit: Circuit, bus: str, phases: tuple[str, ...]) -> Reading | None:
        """In per unit of the bus: between lines or to neutral, whichever the size of the value says."""
        nominal, value = circuit.buses[bus].nominal_v, float(point.value or 0.0)
        for base in (nominal, nominal * math.sqrt(3.0)):
            if nominal and 0.7 < value / base < 1.3:
                return Reading(point.mrid, bus, VOLTAGE, phases, value / base, self.voltmeter)
        return None

    def estimated(self, circuit: Circuit, solve: feeder_estimation.Solve) -> PowerFlowResult | None:
        """The power flow with the loads that readings make most likely; None where nothing is read."""
        readings = self.of(circuit)
        if not any(one.kind != VOLTAGE for one in readings):
            return None
        fixed = frozenset(load.mrid for load in circuit.loads if load.mrid.startswith("head "))  # feeders, solved apart
        found = feeder_estimation.estimate(circuit, readings, solve, share=self.share, fixed=fixed)
        if found.result.converged:
            found.result.estimate = self._told(found.quality)
            return found.result
        return None

    def _told(self, quality: feeder_estimation.Quality) -> dict[str, Any]:
        """What a row keeps of the quality, points by name."""
        by_mrid = {point.mrid: point for points in self.points.values() for point in points}
        return {
            "used": quality.used,
            "fits": quality.fits,
            "objective": quality.objective,
            "limit": quality.limit,
            "residual_percent": quality.residual_percent,
            "suspects": [
                {"mrid": mrid, "name": by_mrid[mrid].name, "normalised_residual": size, "value": by_mrid[mrid].value}
                for mrid, size in quality.suspects[:_LISTED]
            ],
            "unused": [
                {"mrid": mrid, "name": by_mrid[mrid].name, "why": why} for mrid, why in quality.unused[:_LISTED]
            ],
            "checked": len(quality.checked),
        }
