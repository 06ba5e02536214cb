"""What holds an island alive where no EnergySource or ExternalNetworkInjection reaches it in the normal state.

Transmission extracts often model the feeding grid as a generator or an EquivalentInjection. So, for each island that has consumers
and no source: its generating SynchronousMachines in service hold it; where it has none, the EquivalentInjection at the highest voltage.
"""

from __future__ import annotations

from collections import defaultdict

from integration.cim.models import classes, identity
from integration.cim.models.build import Build
from network.domain.draft import Injection

_NOT_GENERATING = ("motor", "condenser")


def name_sources(build: Build) -> None:
    """Mark the injections that hold supply by this rule, and say so."""
    islands = _injections_by_island(build)
    for injections in islands.values():
        if any(injection.is_source for injection in injections):
            continue
        if not any(injection.is_consumer for injection in injections):
            continue
        for injection in _holders(build, injections):
            injection.holds_supply = True
            record = build.store.objects[identity.key(injection.mrid)]
            build.store.find(
                "info", "taken_as_source", "no source reaches its island: taken as the source of it", record
            )


def _holders(build: Build, injections: list[Injection]) -> list[Injection]:
    machines = [one for one in injections if one.cim_class == "SynchronousMachine" and _generates(one)]
    if machines:
        return machines
    equivalents = [one for one in injections if one.cim_class in classes.EQUIVALENTS and not _is_off(one)]
    return [max(equivalents, key=lambda one: build.draft.nodes[one.node].nominal_v)] if equivalents else []


def _generates(machine: Injection) -> bool:
    mode = machine.attributes.get("SynchronousMachine.operatingMode") or machine.attributes.get(
        "SynchronousMachine.type", ""
    )
    return not _is_off(machine) and not str(mode).startswith(_NOT_GENERATING)


def _is_off(injection: Injection) -> bool:
    return "out_of_service" in injection.attributes


def _injections_by_island(build: Build) -> dict[str, list[Injection]]:
    """By any node of the island; closed in the normal state."""
    parent: dict[str, str] = {node: node for node in build.draft.nodes}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for branch in build.draft.branches.values():
        if branch.normal_closed_phases:
            parent[root(branch.from_node)] = root(branch.to_node)
    islands: dict[str, list[Injection]] = defaultdict(list)
    for injection in build.draft.injections.values():
        islands[root(injection.node)].append(injection)
    return islands
