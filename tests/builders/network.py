"""A fluent builder of network models, so that a test can draw its feeder and then say it.

    S1 --CB1-- L1 --+-- F1 -- T1 (5 customers)
                    +-- L2 -- TIE/open -- S2

    model = (
        NetworkBuilder()
        .source("S1").breaker("CB1").line("L1").mark("tee")
        .fuse("F1").transformer("T1").customers(5)
        .back_to("tee").line("L2").switch("TIE", closed=False).to("S2")
        .source("S2")
        .draft()
    )

Every word adds one branch from the place where the builder stands and steps to its far node, which is named after the branch
("L1" ends at node "L1"); a source's node bears the name of the source. `back_to` steps to any node or mark. mRIDs are the names.
"""

from __future__ import annotations

from typing import Self

from network.domain import phases as ph
from network.domain.draft import Branch, Container, Injection, ModelDraft, Node, TelemetryPoint, UsagePoint

MEDIUM_VOLTAGE = 20_000.0
LOW_VOLTAGE = 400.0


class NetworkBuilder:
    """Collects a ModelDraft. Phases are letters ("ABC", "A"); "" means all that the branch before carries."""

    def __init__(self, name: str = "test", *, voltage: float = MEDIUM_VOLTAGE) -> None:
        self._draft = ModelDraft(name)
        self._voltage = voltage
        self._at = ""
        self._phases = ph.ABC
        self._marks: dict[str, str] = {}
        self._container = ""
        self._pending = ""  # a branch that has no far node yet

    # Where the builder stands

    def source(self, name: str, *, phases: str = "ABC", voltage: float | None = None) -> Self:
        """A source at a node of its name, and stand there."""
        self._voltage = voltage or self._voltage
        self.node(name)
        self._phases = ph.parse(phases)
        mrid = f"{name} source"
        self._draft.injections[mrid] = Injection(
            mrid, mrid, "EnergySource", name, self._phases, container_mrid=self._container
        )
        return self

    def node(self, name: str) -> Self:
        """Stand at a node, made if it is not there yet."""
        if name not in self._draft.nodes:
            self._draft.nodes[name] = Node(name, name, self._container, self._voltage)
        self._at = name
        return self

    def mark(self, name: str) -> Self:
        """Give the present place a name to come back to."""
        self._marks[name] = self._at
        return self

    def back_to(self, name: str) -> Self:
        """Stand at a node or mark again."""
        self._at = self._marks.get(name, name)
        if self._at not in self._draft.nodes:
            raise KeyError(name)
        self._voltage = self._draft.nodes[self._at].nominal_v
        self._phases = self._phases_at(self._at)
        return self

    def to(self, name: str) -> Self:
        """Let the latest branch end at this node instead, made if need be: closes rings and ties."""
        branch = self._draft.branches[self._pending]
        end = self._marks.get(name, name)
        if branch.to_node == self._pending != end:
            del self._draft.nodes[branch.to_node]
        self.node(end)
        branch.to_node = end
        return self

    def in_container(self, name: str, cim_class: str = "Feeder", *, parent: str = "") -> Self:
        """What follows belongs to this container; "" ends it."""
        self._container = name
        if name:
            self._draft.containers.setdefault(name, Container(name, name, cim_class, parent))
        return self

    # Branches

    def breaker(self, name: str, *, phases: str = "", closed: bool = True, telemetered: bool = True) -> Self:
        """A breaker, telemetered unless said otherwise."""
        self.device("Breaker", name, phases=phases, closed=closed)
        return self.telemetered(name) if telemetered else self

    def recloser(self, name: str, *, phases: str = "", closed: bool = True) -> Self:
        """A recloser."""
        return self.device("Recloser", name, phases=phases, closed=closed)

    def fuse(self, name: str, *, phases: str = "", closed: bool = True) -> Self:
        """A fuse."""
        return self.device("Fuse", name, phases=phases, closed=closed)

    def switch(self, name: str, *, phases: str = "", closed: bool = True) -> Self:
        """A load break switch, which does not open by itself."""
        return self.device("LoadBreakSwitch", name, phases=phases, closed=closed)

    def line(self, name: str, *, phases: str = "", length_m: float = 100.0) -> Self:
        """A line segment."""
        self.device("ACLineSegment", name, phases=phases)
        self._draft.branches[name].length_m = length_m
        return self

    def transformer(self, name: str, *, phases: str = "", voltage: float = LOW_VOLTAGE) -> Self:
        """A transformer down to a voltage, low voltage unless said otherwise."""
        self._voltage = voltage
        self.device("PowerTransformer", name, phases=phases)
        self._draft.branches[name].rated_kva = 100.0
        return self

    def device(self, cim_class: str, name: str, *, phases: str = "", closed: bool = True) -> Self:
        """A branch of any class."""
        start, self._pending = self._at, name
        self._phases = ph.parse(phases) or self._phases
        closed_phases = self._phases if closed else 0
        self.node(name)
        self._draft.branches[name] = Branch(
            name,
            name,
            cim_class,
            start,
            name,
            self._phases,
            closed_phases,
            closed_phases,
            container_mrid=self._container,
        )
        return self

    # What hangs on the latest place

    def customers(self, count: int, *, kw_each: float = 1.0, critical: str = "") -> Self:
        """Customers supplied here: behind the transformer just drawn, else behind a consumer."""
        consumer = f"{self._at} load"
        self._draft.injections[consumer] = Injection(
            consumer, consumer, "EnergyConsumer", self._at, self._phases, p_kw=count * kw_each
        )
        branch = self._draft.branches.get(self._at)
        supplied_by = self._at if branch is not None and branch.cim_class == "PowerTransformer" else consumer
        for number in range(1, count + 1):
            mrid = f"{self._at} customer {number}"
            self._draft.usage_points[mrid] = UsagePoint(
                mrid, mrid, supplied_by, self._phases, critical=critical, meter_mrid=f"{mrid} meter"
            )
        return self

    def load(self, kw: float) -> Self:
        """Load without customers."""
        mrid = f"{self._at} load"
        self._draft.injections[mrid] = Injection(mrid, mrid, "EnergyConsumer", self._at, self._phases, p_kw=kw)
        return self

    def telemetered(self, name: str = "") -> Self:
        """The position of a switch (the latest branch if not named) is telemetered."""
        equipment = name or self._pending
        mrid = f"{equipment} position"
        self._draft.telemetry_points[mrid] = TelemetryPoint(mrid, mrid, equipment, "position")
        return self

    def normally(self, *, closed: bool) -> Self:
        """The normal position of the latest branch, where it differs from the present one."""
        branch = self._draft.branches[self._pending]
        branch.normal_closed_phases = branch.phases if closed else 0
        return self

    def draft(self) -> ModelDraft:
        """The model."""
        return self._draft

    def _phases_at(self, node: str) -> int:
        """All that reaches a node."""
        bits = 0
        for branch in self._draft.branches.values():
            if node in (branch.from_node, branch.to_node):
                bits |= branch.phases
        for injection in self._draft.injections.values():
            if injection.node == node and injection.is_source:
                bits |= injection.phases
        return bits or ph.ABC
