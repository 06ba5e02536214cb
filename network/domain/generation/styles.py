"""How utilities build: kinds of feeders with their sizes, and what lines and transformers are made of.

Figures are typical ones of distribution planning books (Willis, Power Distribution Planning Reference Book, 2nd ed., chapters 7 and
13; Lakervi and Holmes, Electricity Distribution Network Design, 2nd ed., chapters 4 and 6), rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

#: At a power factor of 0.95.
KVAR_PER_KW = 0.3287
#: Resistance and reactance of a transformer, of its rated impedance: a short-circuit voltage of 5 %, of which 1.2 % is resistive.
TRANSFORMER_R = 0.012
TRANSFORMER_X = (0.05**2 - TRANSFORMER_R**2) ** 0.5


def transformer_base(line_v: float, rated_va: float, phases: int) -> float:
    """Ohm of 100 % in each phase: a rating is that of all phases together, so one phase of its own has a third of the ohms.

    >>> round(transformer_base(12_470.0, 75_000.0, 3) / transformer_base(12_470.0, 75_000.0, 1), 9)
    3.0
    """
    return line_v**2 / rated_va * (phases / 3.0)


@dataclass(frozen=True, slots=True)
class Conductor:
    """Ohm per km of the positive and zero sequence at 50 or 60 Hz, and what it carries."""

    name: str
    r: float
    x: float
    r0: float
    x0: float
    rated_a: float


@dataclass(frozen=True, slots=True)
class FeederKind:
    """One way of building a feeder. Counts are means; lengths in m."""

    name: str
    share: float  # of the customers
    is_ring: bool  # cable rings through ring main units, else overhead with laterals
    per_feeder: int  # customers
    per_transformer: int
    per_lateral: int  # transformers
    trunk_step: float
    step: float  # between transformers of a lateral
    lines: int  # low-voltage lines of a transformer
    line_m: float
    three_phase: float  # share of three-phase laterals; two-phase ones are half of the rest's tenth
    main: Conductor
    side: Conductor


@dataclass(frozen=True, slots=True)
class Style:
    """A utility of one continent."""

    name: str
    high_v: float
    medium_v: float
    single_v: float  # low voltage behind a single-phase transformer
    three_v: float
    low: Conductor
    kva: tuple[tuple[float, ...], tuple[float, ...]]  # sizes of single- and three-phase transformers
    kw_each: float  # diversified peak of a customer
    lon: float
    lat: float
    kinds: tuple[FeederKind, ...]

    @property
    def conductors(self) -> tuple[Conductor, ...]:
        """All that is used; branches name them by their place here."""
        return (self.low, *(conductor for kind in self.kinds for conductor in (kind.main, kind.side)))


_RING, _POLES = True, False
_TRUNK = Conductor("336 ACSR", 0.19, 0.39, 0.48, 1.27, 530)
_TAP = Conductor("1/0 ACSR", 0.55, 0.45, 0.86, 1.40, 230)
_CABLE = Conductor("500 Al XLPE", 0.14, 0.13, 0.42, 0.25, 480)
_CABLE_240 = Conductor("NA2XS2Y 3x1x240", 0.125, 0.115, 0.50, 0.30, 420)
_AL1_95 = Conductor("95-AL1/15-ST1A", 0.306, 0.35, 0.45, 1.40, 350)
_TRIPLEX = Conductor("4/0 triplex", 0.275, 0.086, 0.60, 0.20, 310)
_NAYY = Conductor("NAYY 4x150", 0.206, 0.080, 0.82, 0.32, 270)

AMERICAN = Style(
    "american", 115_000.0, 12_470.0, 240.0, 208.0, _TRIPLEX,
    ((10.0, 15.0, 25.0, 37.5, 50.0, 75.0, 100.0, 167.0), (45.0, 75.0, 112.5, 150.0, 225.0, 300.0, 500.0, 750.0, 1000.0)),
    2.4, -93.62, 41.59,
    (
        FeederKind("urban", 0.25, _RING, 2_400, 60, 1, 160, 160, 4, 40, 1.0, _CABLE, _CABLE),
        FeederKind("suburban", 0.50, _POLES, 1_500, 8, 9, 110, 45, 2, 35, 0.15, _TRUNK, _TAP),
        FeederKind("rural", 0.25, _POLES, 700, 3, 14, 320, 130, 1, 40, 0.08, _TRUNK, _TAP),
    ),
)  # fmt: skip
EUROPEAN = Style(
    "european", 110_000.0, 20_000.0, 400.0, 400.0, _NAYY,
    ((50.0,), (50.0, 100.0, 160.0, 250.0, 400.0, 630.0, 800.0, 1000.0)),
    1.6, 8.40, 49.01,
    (
        FeederKind("urban", 0.55, _RING, 2_600, 110, 1, 350, 350, 6, 90, 1.0, _CABLE_240, _CABLE_240),
        FeederKind("suburban", 0.30, _RING, 1_600, 70, 1, 500, 500, 5, 120, 1.0, _CABLE_240, _CABLE_240),
        FeederKind("rural", 0.15, _POLES, 900, 22, 4, 700, 400, 3, 180, 1.0, _AL1_95, _AL1_95),
    ),
)  # fmt: skip
#: Every house with a transformer of its own: feeders of some 5,000 nodes that carry what others carry.
ESTATES = replace(
    AMERICAN,
    name="estates",
    kinds=(FeederKind("estate", 1.0, _POLES, 1_250, 1, 40, 120, 40, 1, 30, 0.15, _TRUNK, _TAP),),
)
STYLES = {style.name: style for style in (AMERICAN, EUROPEAN, ESTATES)}
