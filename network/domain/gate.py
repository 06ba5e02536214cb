"""The quality gate: what keeps a draft from being operated (errors), and what a person must accept by name (warnings).

1. Every end on a node, every mRID once and no longer than we store.
2. A source; who is not reached in the normal state, and whether any switching could reach them.
3. Loops and paralleled sources of the normal state, phase by phase.
4. Phases that never arrive; voltages that change without a transformer.
5. Names used twice, ratings missing, customers without a transformer.

What each finding means to an operator and how it is mended is in `finding_words`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from network.domain import phases as ph
from network.domain import reach
from network.domain.draft import Finding, Injection, ModelDraft
from network.domain.findings import Findings

_LONGEST_MRID = 80
_LISTED_PER_KIND = 500
_LOW_VOLTAGE = 1_000.0
_Check = Callable[["_Gate"], None]


class _Gate:
    """The draft, what its switches let through, and the list that fills."""

    def __init__(self, draft: ModelDraft) -> None:
        self.draft = draft
        self.findings = Findings(_LISTED_PER_KIND)
        self.wires = reach.wires_of(draft)
        self.normal = reach.arriving_phases(self.wires, self.wires.normal)
        self.possible = reach.arriving_phases(self.wires, self.wires.phases)

    def find(self, severity: str, code: str, text: str, thing: Any = None) -> None:
        """One finding on an object of the draft, with the line that defines it where a reader told us."""
        if thing is None:
            self.findings.add(severity, code, text)
            return
        file, line = self.draft.places.get(thing.mrid, ("", None))
        self.findings.add(
            severity,
            code,
            text,
            cim_class=getattr(thing, "cim_class", type(thing).__name__),
            object_=f"{thing.name} ({thing.mrid})",
            line=line,
            mrid=thing.mrid,
            file=file,
        )


def check(draft: ModelDraft) -> list[Finding]:
    """Findings about the structure of a draft; those of its reader are in the draft already."""
    gate = _Gate(draft)
    for one in _CHECKS:
        one(gate)
    return gate.findings.listed()


def _check_identity(gate: _Gate) -> None:
    for thing in _objects(gate.draft):
        if len(thing.mrid) > _LONGEST_MRID:
            gate.find("error", "mrid_too_long", f"mRID is longer than {_LONGEST_MRID} characters", thing)
    seen: dict[str, Any] = {}
    for thing in _equipment(gate.draft):
        if thing.mrid in seen:
            gate.find("error", "duplicate_mrid", f"{seen[thing.mrid].name} has the same mRID", thing)
        seen[thing.mrid] = thing


def _objects(draft: ModelDraft) -> Iterable[Any]:
    for kind in (draft.nodes, draft.branches, draft.injections, draft.usage_points, draft.telemetry_points):
        yield from kind.values()


def _equipment(draft: ModelDraft) -> Iterable[Any]:
    yield from draft.branches.values()
    yield from draft.injections.values()


def _check_ends(gate: _Gate) -> None:
    nodes = gate.draft.nodes
    for branch in gate.draft.branches.values():
        if branch.from_node not in nodes or branch.to_node not in nodes:
            gate.find("error", "dangling_terminal", "an end is on no node of the model", branch)
    for injection in gate.draft.injections.values():
        if injection.node not in nodes:
            gate.find("error", "dangling_terminal", "it is on no node of the model", injection)
    equipment = gate.draft.branches.keys() | gate.draft.injections.keys()
    attached: list[Any] = [*gate.draft.usage_points.values(), *gate.draft.telemetry_points.values()]
    for thing in attached:
        if thing.equipment_mrid not in equipment:
            gate.find("error", "dangling_equipment", "the equipment it belongs to is not in the model", thing)


def _check_supply(gate: _Gate) -> None:
    if not any(injection.is_source for injection in gate.draft.injections.values()):
        gate.find("error", "no_source", "nothing feeds this network: no EnergySource, no ExternalNetworkInjection")
        return
    for injection in _consumers(gate):
        node = gate.wires.node_index[injection.node]
        if gate.normal[node]:
            continue
        possible = "a switch would reach it" if gate.possible[node] else "no switch could reach it"
        gate.find("warning", "unreachable_customer", f"without supply in the normal state; {possible}", injection)


def _consumers(gate: _Gate) -> Iterable[Injection]:
    nodes = gate.wires.node_index
    return (one for one in gate.draft.injections.values() if one.is_consumer and one.node in nodes)


def _check_loops(gate: _Gate) -> None:
    for branch in reach.loop_closers(gate.wires):
        gate.find("warning", "loop", "closes a loop in the normal state", branch)
    for sources in reach.paralleled_sources(gate.wires):
        names = ", ".join(source.name for source in sources[:5])
        gate.find("warning", "parallel_sources", f"connected to each other in the normal state: {names}", sources[0])


def _check_phases(gate: _Gate) -> None:
    for injection in _consumers(gate):
        arriving = int(gate.possible[gate.wires.node_index[injection.node]])
        missing = injection.phases & ph.ABC & ~arriving
        if arriving and missing:
            text = f"takes {ph.text(injection.phases)}, only {ph.text(arriving)} can arrive at its node"
            gate.find("warning", "phase_conflict", text, injection)
    for branch, start, end in zip(gate.wires.branches, gate.wires.start, gate.wires.end, strict=True):
        arriving = int(gate.possible[start] | gate.possible[end])
        if arriving and branch.phases & ph.ABC & ~arriving:
            text = f"carries {ph.text(branch.phases)}, only {ph.text(arriving)} can arrive at its ends"
            gate.find("warning", "phase_conflict", text, branch)


def _check_voltages(gate: _Gate) -> None:
    nodes = gate.draft.nodes
    for branch in gate.wires.branches:
        low, high = sorted((nodes[branch.from_node].nominal_v, nodes[branch.to_node].nominal_v))
        if branch.cim_class == "PowerTransformer" or low <= 0 or high / low < 1.1:
            continue
        severity = "error" if high / low > 1.5 else "warning"
        gate.find(severity, "voltage_conflict", f"joins {low:g} V and {high:g} V without a transformer", branch)


def _check_names(gate: _Gate) -> None:
    named: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for thing in _equipment(gate.draft):
        named[thing.cim_class, thing.name].append(thing)
    for things in named.values():
        if len(things) > 1:
            gate.find("warning", "duplicate_name", f"{len(things)} objects of this class have this name", things[1])


def _check_ratings(gate: _Gate) -> None:
    for branch in gate.wires.branches:
        is_transformer = branch.cim_class == "PowerTransformer"
        if not (branch.rated_kva if is_transformer else branch.rated_a):
            unit = "kVA" if is_transformer else "A"
            gate.find("info", "missing_rating", f"no rating in {unit}: its loading cannot be told", branch)


def _check_transformers(gate: _Gate) -> None:
    for consumer in _consumers(gate):
        volts = gate.draft.nodes[consumer.node].nominal_v
        if volts > _LOW_VOLTAGE:
            text = f"supplied at {volts:g} V, above {_LOW_VOLTAGE:g} V, without a service transformer"
            gate.find("info", "customer_without_transformer", text, consumer)


_CHECKS: tuple[_Check, ...] = (
    _check_identity,
    _check_ends,
    _check_supply,
    _check_loops,
    _check_phases,
    _check_voltages,
    _check_names,
    _check_ratings,
    _check_transformers,
)
