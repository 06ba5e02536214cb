"""An electrical circuit, conductor by conductor: all that a power flow or a fault study needs, and nothing of any solver.

    Source --[Line]-- bus --[Switch]-- bus --[Transformer: windings on buses]-- bus -- Load, Shunt, Generator

Buses are ConnectivityNodes and are named by mRID, as is all equipment. Units: V, A, W, var, VA, ohm, siemens, m, degrees.
Conductors are "A", "B", "C", "N", and "s1", "s2" for the two legs of a split-phase secondary. Neutrals of lines are reduced into
their phases. Equipment that is out of service is not here; open switches are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Conductors = tuple[str, ...]
Triangle = tuple[float, ...]  # lower triangle of a symmetric matrix, row by row: (1,1), (2,1), (2,2), (3,1), ...

ABC: Conductors = ("A", "B", "C")
SPLIT: Conductors = ("s1", "s2")


@dataclass(slots=True, frozen=True)
class Bus:
    """A ConnectivityNode. `nominal_v` is its phase voltage: line to neutral, or leg to neutral of a split-phase secondary."""

    mrid: str
    name: str
    nominal_v: float
    phases: Conductors


@dataclass(slots=True, frozen=True)
class LineCode:
    """Impedance and shunt admittance of one metre of line: lower triangles over the conductors of its lines.

    `sequence` is (r1, x1, g1, b1, r0, x0, g0, b0) where the file gave sequence values; the triangles hold the same then.
    """

    r: Triangle
    x: Triangle
    g: Triangle
    b: Triangle
    sequence: tuple[float, ...] = ()


@dataclass(slots=True, frozen=True)
class Line:
    """ACLineSegment or SeriesCompensator. Totals are those of its code (`Circuit.line_codes`) times `length`.

    `phases` are in the order of the rows of the code. `length` is in m; it is 1 where the code already holds totals.
    """

    mrid: str
    name: str
    from_bus: str
    to_bus: str
    phases: Conductors
    code: str
    length: float
    rated_a: float | None = None


@dataclass(slots=True, frozen=True)
class Switch:
    """Any switch, without impedance. `closed` are the conductors closed in the file's steady state."""

    mrid: str
    name: str
    from_bus: str
    to_bus: str
    phases: Conductors
    closed: Conductors
    rated_a: float | None = None


@dataclass(slots=True, frozen=True)
class TapControl:
    """What moves a tap: `target_v` and `band_v` (whole width) at the relay, behind a voltage transformer of `pt_ratio`.

    Line drop compensation is (ldc_r_v + j ldc_x_v) at `ct_primary_a`. The voltage of `phase` at `bus` is watched. `reverse` is empty
    unless the control follows a turned flow: then (drop R, drop X, delay in s, power in W from which it counts, 1 to go to neutral).
    """

    bus: str
    phase: str
    target_v: float
    band_v: float
    pt_ratio: float = 1.0
    ct_primary_a: float = 0.0
    ldc_r_v: float = 0.0
    ldc_x_v: float = 0.0
    delay_s: float = 15.0
    enabled: bool = True
    reverse: tuple[float, ...] = ()


@dataclass(slots=True, frozen=True)
class TapChanger:
    """Taps of one winding: its voltage is rated_v * (1 + (step - neutral) * step_percent / 100)."""

    mrid: str
    step: float
    neutral: float
    low: float
    high: float
    step_percent: float
    control: TapControl | None = None


@dataclass(slots=True, frozen=True)
class Winding:
    """One winding. `rated_v` is between lines for Y and D, however many phases it has, across the winding for "I" (single phase).

    `phases` are its ends in order: ("A", "N"), ("A", "B"), ("N", "s2"), or the phases of a Y or D winding. `clock` is in hours
    behind the first winding.
    """

    bus: str
    connection: str  # "Y", "D", "Z" or "I"
    phases: Conductors
    rated_v: float
    rated_va: float
    r_ohm: float
    clock: int = 0
    grounded: bool = True
    ground_r_ohm: float = 0.0
    ground_x_ohm: float = 0.0
    taps: TapChanger | None = None


@dataclass(slots=True, frozen=True)
class Transformer:
    """A PowerTransformer, or one tank of a bank. Winding numbers count from 0.

    `leakage` is (winding, winding, x, x0): reactance between them in ohm as seen from the first of the pair. No-load admittance
    in siemens at winding 0, as seen by its rated voltage: loss = core_g * rated_v**2, and the same for core_b and reactive power.
    """

    mrid: str
    name: str
    bank_mrid: str
    windings: tuple[Winding, ...]
    leakage: tuple[tuple[int, int, float, float], ...]
    core_g: float = 0.0
    core_b: float = 0.0


@dataclass(slots=True, frozen=True)
class ShuntControl:
    """What switches a capacitor: mode as RegulatingControlModeKind, `low` and `high` in V, var, A or power factor.

    `element` is the equipment whose terminal is watched.
    """

    mode: str
    element: str
    bus: str
    phase: str
    low: float
    high: float
    delay_s: float = 15.0
    enabled: bool = True


@dataclass(slots=True, frozen=True)
class Shunt:
    """A shunt: admittance of each phase in siemens (capacitive b is positive) with all sections that are in."""

    mrid: str
    name: str
    bus: str
    phases: Conductors
    connection: str  # "Y" or "D"
    nominal_v: float
    g: float
    b: float
    control: ShuntControl | None = None


@dataclass(slots=True, frozen=True)
class Response:
    """How a load follows the voltage: shares of constant impedance, current and power, or else exponents."""

    p_zip: tuple[float, float, float] = (0.0, 0.0, 1.0)
    q_zip: tuple[float, float, float] = (0.0, 0.0, 1.0)
    exponents: tuple[float, float] | None = None


CONSTANT_POWER = Response()


@dataclass(slots=True, frozen=True)
class Load:
    """A consumer. Y: `phases` to neutral, one p, q each. D: between `phases` (two), or around (three).

    p and q at the bus's nominal voltage: one per phase of Y, one in all for a D of two phases, three (AB, BC, CA) for a D of three.
    """

    mrid: str
    name: str
    bus: str
    phases: Conductors
    connection: str
    p_w: tuple[float, ...]
    q_var: tuple[float, ...]
    response: Response = CONSTANT_POWER


@dataclass(slots=True, frozen=True)
class Generator:
    """A machine, an inverter or an equivalent: what each phase to neutral produces. `kind` is its CIM class or unit class.

    `target_v` (line to line) is the voltage it holds at its own bus, None where it only delivers what is said.
    """

    mrid: str
    name: str
    bus: str
    phases: Conductors
    kind: str
    p_w: tuple[float, ...]
    q_var: tuple[float, ...]
    rated_va: float = 0.0
    target_v: float | None = None
    q_min_var: float | None = None
    q_max_var: float | None = None
    max_fault_pu: float | None = None


@dataclass(slots=True, frozen=True)
class Source:
    """What can hold an island alive: a voltage (line to line, degrees of phase A) behind an impedance.

    In each island the sources of the least `rank` are its reference; the others deliver p_w and q_var, and hold their voltage
    if they regulate. A `is_stiff` source holds its voltage at the bus: its impedance counts for faults only.
    """

    mrid: str
    name: str
    bus: str
    phases: Conductors
    voltage_v: float
    angle_deg: float
    r_ohm: float
    x_ohm: float
    r0_ohm: float
    x0_ohm: float
    is_stiff: bool = False
    rank: int = 0
    regulates: bool = False
    p_w: float = 0.0
    q_var: float = 0.0


@dataclass(slots=True)
class Circuit:
    """One model's circuit; `findings` are sentences about what could not be taken as it is written."""

    name: str
    frequency_hz: float
    buses: dict[str, Bus] = field(default_factory=dict)
    line_codes: dict[str, LineCode] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    transformers: list[Transformer] = field(default_factory=list)
    shunts: list[Shunt] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    generators: list[Generator] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
