"""What a power flow answers, whichever engine solved it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, frozen=True)
class BusVoltage:
    """One phase of one bus: `v_pu` on the bus's own nominal phase voltage; phase "ABC" where the result is balanced."""

    name: str
    phase: str
    v_pu: float
    angle_deg: float
    mrid: str = ""


@dataclass(slots=True, frozen=True)
class BranchFlow:
    """One phase of one branch, at its from end; `loading_percent` is None where no rating is known.

    `p_kw` and `q_kvar` flow into the branch there (of all phases where the result is balanced); None where the engine told none.
    `far_kw` and `far_kvar` flow into it at its other end, of balanced results of branches with two.
    """

    name: str
    phase: str
    i_a: float
    loading_percent: float | None
    mrid: str = ""
    p_kw: float | None = None
    q_kvar: float | None = None
    far_kw: float | None = None
    far_kvar: float | None = None


@dataclass(slots=True, frozen=True)
class Violation:
    """What is out of its limits: `kind` voltage_low | voltage_high | overload, with value and limit in the same unit."""

    kind: str
    name: str
    phase: str
    value: float
    limit: float
    mrid: str = ""


@dataclass(slots=True)
class PowerFlowResult:
    """The answer of one engine. Without convergence there are no figures, only the reason.

    Powers in kW and kvar, positive from the source into the network; losses of everything between source and loads.
    `taken` is what the sources give by phase A, B, C. `estimate` tells how telemetry was weighed in, None where none was.
    """

    engine: str
    converged: bool
    reason: str = ""
    iterations: int | None = None
    loss_kw: float | None = None
    loss_kvar: float | None = None
    source_kw: float | None = None
    source_kvar: float | None = None
    buses: list[BusVoltage] = field(default_factory=list)
    branches: list[BranchFlow] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    taken: dict[str, tuple[float, float]] = field(default_factory=dict)
    estimate: dict[str, Any] | None = None

    @property
    def v_min_pu(self) -> float | None:
        """The lowest voltage of an energised bus."""
        return min((bus.v_pu for bus in self.buses), default=None)

    @property
    def v_max_pu(self) -> float | None:
        """The highest voltage of an energised bus."""
        return max((bus.v_pu for bus in self.buses), default=None)
