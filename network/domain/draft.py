"""A network model as it comes through the door: plain records by mRID, before it is compiled to arrays.

Readers of foreign formats (integration) fill a ModelDraft, `completion` may add to it, `gate` checks it, `grid.compile_grid`
turns it into arrays, `network.services.models` stores it. Units: V, A, kW, kvar, m, degrees. Phases are bits (see `phases`).

    EnergySource --(node)-- Breaker --(node)-- ACLineSegment --(node)-- PowerTransformer --(node)-- EnergyConsumer
    injection               branch             branch                   branch                      injection
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from network.domain import phases as ph
from network.domain.physics.circuit import Circuit

#: CIM classes of branches that can be opened.
SWITCH_CLASSES = frozenset(
    {"Breaker", "Recloser", "Fuse", "Sectionaliser", "LoadBreakSwitch", "Disconnector", "GroundDisconnector", "Jumper", "Cut", "Switch",
     "DisconnectingCircuitBreaker"}
)  # fmt: skip
#: Of these, the ones that open by themselves on a fault.
PROTECTIVE_CLASSES = frozenset({"Breaker", "Recloser", "Fuse", "Sectionaliser", "DisconnectingCircuitBreaker"})
#: Injections that hold a network alive.
SOURCE_CLASSES = frozenset({"EnergySource", "ExternalNetworkInjection"})
#: Injections somebody wants to be supplied.
CONSUMER_CLASSES = frozenset({"EnergyConsumer", "ConformLoad", "NonConformLoad", "StationSupply"})


@dataclass(slots=True)
class Container:
    """Substation, VoltageLevel, Bay, Line, Feeder or region."""

    mrid: str
    name: str
    cim_class: str
    parent_mrid: str = ""


@dataclass(slots=True)
class Node:
    """A ConnectivityNode. `x`, `y` in the model's coordinate system (`ModelDraft.crs`)."""

    mrid: str
    name: str
    container_mrid: str = ""
    nominal_v: float = 0.0  # line to line
    x: float | None = None
    y: float | None = None


@dataclass(slots=True)
class Branch:
    """Two-terminal equipment: ACLineSegment, any switch, PowerTransformer (a star point node joins three windings)."""

    mrid: str
    name: str
    cim_class: str
    from_node: str  # mRID; for a PowerTransformer the winding of the highest voltage
    to_node: str
    phases: int = ph.ABC
    closed_phases: int = (
        ph.ABC
    )  # as the file says it stands now (Switch.open, SwitchPhase, SSH); equals phases if not a switch
    normal_closed_phases: int = ph.ABC  # Switch.normalOpen
    rated_a: float | None = None
    rated_kva: float | None = None
    length_m: float | None = None
    container_mrid: str = ""
    points: list[tuple[float, float]] = field(default_factory=list)  # the course on the map, from_node to to_node
    attributes: dict[str, Any] = field(default_factory=dict)  # what else the file said, by "Class.attribute"
    synthetic: bool = False

    @property
    def is_switch(self) -> bool:
        """Whether it can be opened."""
        return self.cim_class in SWITCH_CLASSES

    @property
    def is_protective(self) -> bool:
        """Whether it opens by itself on a fault."""
        return self.cim_class in PROTECTIVE_CLASSES


@dataclass(slots=True)
class Injection:
    """One-terminal equipment: EnergySource, EnergyConsumer, shunts, machines, PowerElectronicsConnection."""

    mrid: str
    name: str
    cim_class: str
    node: str
    phases: int = ph.ABC
    p_kw: float = 0.0
    q_kvar: float = 0.0
    customer_count: int | None = None
    container_mrid: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    synthetic: bool = False
    holds_supply: bool = False  # a machine or an equivalent that a reader took as the source where no other reaches

    @property
    def is_source(self) -> bool:
        """Whether it holds a network alive."""
        return self.holds_supply or self.cim_class in SOURCE_CLASSES

    @property
    def is_consumer(self) -> bool:
        """Whether somebody wants it to be supplied."""
        return self.cim_class in CONSUMER_CLASSES


@dataclass(slots=True)
class UsagePoint:
    """Where one customer is supplied. `equipment_mrid` is the service transformer, or the EnergyConsumer where there is none."""

    mrid: str
    name: str
    equipment_mrid: str
    phases: int = ph.ABC
    customer_name: str = ""
    account_number: str = ""
    address: str = ""
    phone: str = ""
    critical: str = ""  # "", "life_support", "hospital", "water", ...
    meter_mrid: str = ""
    meter_number: str = ""
    synthetic: bool = False


@dataclass(slots=True)
class TelemetryPoint:
    """A Discrete or Analog of the SCADA system on a piece of equipment."""

    mrid: str
    name: str
    equipment_mrid: str
    kind: str  # "position", "current", "voltage", "active_power" (W), ..., "fault_indicator", "lockout", "local_mode", "other"
    phases: int = ph.ABC
    synthetic: bool = False


@dataclass(slots=True)
class Finding:
    """What is wrong with a model, where: `severity` error | warning | info, `code` a stable word such as "dangling_reference"."""

    severity: str
    code: str
    cim_class: str = ""
    object: str = ""  # mRID or name
    line: int | None = None
    text: str = ""
    mrid: str = ""  # of the object, where it is known: what a map marks
    file: str = ""  # that defines the object, where a reader told us
    count: int = 1  # how many objects this stands for


@dataclass(frozen=True, slots=True)
class Drawn:
    """Where a diagram of the model has a piece of equipment or a node; with `node`, the wire from the equipment to it."""

    mrid: str
    points: list[tuple[float, float]]  # y downwards
    rotation: float | None = None  # degrees
    node: str = ""


@dataclass(slots=True)
class ModelDraft:
    """One network model: what was taken, what was skipped (by CIM class) and what is wrong with it."""

    name: str
    mrid: str = ""
    source: str = ""
    crs: str = ""  # "EPSG:4326" when x, y are longitude and latitude; "" when they are a drawing's
    containers: dict[str, Container] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    branches: dict[str, Branch] = field(default_factory=dict)
    injections: dict[str, Injection] = field(default_factory=dict)
    usage_points: dict[str, UsagePoint] = field(default_factory=dict)
    telemetry_points: dict[str, TelemetryPoint] = field(default_factory=dict)
    diagrams: dict[str, list[Drawn]] = field(default_factory=dict)  # by mRID of the diagram
    classes: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)  # by mRID: the file and the line that define it
    skipped_attributes: dict[str, dict[str, int]] = field(default_factory=dict)  # not used, by class and attribute
    completion: dict[str, Any] = field(default_factory=dict)  # how it was completed: seed and customers; empty if not
    kept: Any = field(default=None, repr=False, compare=False)  # all its reader read, whatever that is, for the way out
    circuit: Circuit | None = field(default=None, repr=False, compare=False)  # impedances, taps, loads: for physics
    records: bytes = field(default=b"", repr=False, compare=False)  # the same, packed to be stored beside the version

    @property
    def errors(self) -> list[Finding]:
        """The findings that keep the model from being published."""
        return [finding for finding in self.findings if finding.severity == "error"]
