"""What speaks for an outage and what against it, as arrays; the order in which it is given never matters.

>>> evidence = Evidence.of([Report(6, usage_point=71), Report(4, usage_point=80, kind=GASP)], live=[Fact(5, id=900)])
>>> evidence.size, evidence.live.device.tolist()
(2, [5])
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

#: Kinds of report.
CALL, GASP, CREW, PING_OFF = 0, 1, 2, 3
KIND_NAMES = ("call", "gasp", "crew", "ping_off")

#: Weights are counted in thousandths, so that no sum depends on its order.
UNIT = 1000


class Report(NamedTuple):
    """Somebody or something without supply.

    Attributes:
        device: index of the transformer it is at.
        usage_point: id of the usage point; -1 when unknown. Several reports of one usage point count once, by the heaviest.
        kind: CALL, GASP, CREW or PING_OFF.
        at: seconds since 1970 at which the supply was missing.
        weight: 1 is one full report.
        phases: phase bits that are dark; 0 when unknown.
        id: under which the report is shown in an explanation.
    """

    device: int
    usage_point: int = -1
    kind: int = CALL
    at: float = 0.0
    weight: float = 1.0
    phases: int = 0
    id: int = -1


class Fact(NamedTuple):
    """A device known to be live (a meter at it answers, or it is telemetered, closed and live) or known to be open.

    Attributes:
        device: index of the device.
        phases: phase bits this holds for; 0 for all it carries.
        id: under which the fact is shown in an explanation.
        at: seconds since 1970 at which it was seen, infinite when unknown. What was seen live before the first report of its
            tree contradicts nothing; what opened explains only reports since then (and a little before: `RuleSet.early_s`).
    """

    device: int
    phases: int = 0
    id: int = -1
    at: float = float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Facts as arrays of one length; see `Fact`."""

    device: NDArray[np.int32]
    phases: NDArray[np.uint8]
    id: NDArray[np.int64]
    at: NDArray[np.float64]

    @classmethod
    def of(cls, facts: Iterable[Fact] = ()) -> Facts:
        """The arrays of these facts."""
        rows = list(facts)
        return cls(
            device=np.array([row.device for row in rows], np.int32),
            phases=np.array([row.phases for row in rows], np.uint8),
            id=np.array([row.id for row in rows], np.int64),
            at=np.array([row.at for row in rows], np.float64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Indicators:
    """Fault indicators, arrays of one length. Each stands where its device stands, before anything below it.

    Attributes:
        device: the device it stands at.
        operated: whether a fault's current passed, so that something at or below the device is open.
        id: under which it is shown.
    """

    device: NDArray[np.int32]
    operated: NDArray[np.bool_]
    id: NDArray[np.int64]

    @classmethod
    def of(cls, states: Iterable[tuple[int, bool, int]] = ()) -> Indicators:
        """The arrays of (device, operated, id)."""
        rows = list(states)
        return cls(
            np.array([row[0] for row in rows], np.int32),
            np.array([row[1] for row in rows], np.bool_),
            np.array([row[2] for row in rows], np.int64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Reports (arrays of one length, see `Report`) and what is known for certain.

    Attributes:
        live: devices that have supply: a transformer one of whose meters answered after the reports, or a telemetered device
            that is closed and live. Nothing is predicted on them nor above them, on those phases.
        opened: devices SCADA or a crew knows to be open: confirmed at once, everything below them explained.
        indicators: fault indicators, weighed by the engine that weighs.
    """

    device: NDArray[np.int32]
    usage_point: NDArray[np.int64]
    kind: NDArray[np.uint8]
    at: NDArray[np.float64]
    weight: NDArray[np.float64]
    phases: NDArray[np.uint8]
    id: NDArray[np.int64]
    live: Facts
    opened: Facts
    indicators: Indicators = dataclasses.field(default_factory=Indicators.of)

    @classmethod
    def of(
        cls,
        reports: Iterable[Report],
        *,
        live: Iterable[Fact] = (),
        opened: Iterable[Fact] = (),
        indicators: Iterable[tuple[int, bool, int]] = (),
    ) -> Evidence:
        """The arrays of these reports and facts."""
        rows = list(reports)
        return cls(
            device=np.array([row.device for row in rows], np.int32),
            usage_point=np.array([row.usage_point for row in rows], np.int64),
            kind=np.array([row.kind for row in rows], np.uint8),
            at=np.array([row.at for row in rows], np.float64),
            weight=np.array([row.weight for row in rows], np.float64),
            phases=np.array([row.phases for row in rows], np.uint8),
            id=np.array([row.id for row in rows], np.int64),
            live=Facts.of(live),
            opened=Facts.of(opened),
            indicators=Indicators.of(indicators),
        )

    @property
    def size(self) -> int:
        """How many reports."""
        return int(self.device.size)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | Sequence[int]) -> Evidence:
        """The same certain facts with only these reports."""
        chosen = np.asarray(rows)
        return Evidence(
            device=self.device[chosen],
            usage_point=self.usage_point[chosen],
            kind=self.kind[chosen],
            at=self.at[chosen],
            weight=self.weight[chosen],
            phases=self.phases[chosen],
            id=self.id[chosen],
            live=self.live,
            opened=self.opened,
            indicators=self.indicators,
        )
