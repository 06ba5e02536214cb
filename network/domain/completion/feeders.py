"""Feeder containers for a model that has none, so that its feeders have names."""

from __future__ import annotations

from network.domain.completion.forest import Forest
from network.domain.completion.protection import Feeder
from network.domain.draft import Container, ModelDraft
from network.domain.identity import derived_mrid


def name_feeders(draft: ModelDraft, forest: Forest, feeders: list[Feeder]) -> None:
    """One container per feeder; what lies in no container goes into it."""
    if any(container.cim_class == "Feeder" for container in draft.containers.values()):
        return
    for number, feeder in enumerate(feeders, start=1):
        mrid = derived_mrid(draft.mrid or draft.name, "Feeder", feeder.link.mrid)
        parent = draft.nodes[feeder.start].container_mrid
        draft.containers[mrid] = Container(mrid, f"Feeder {number:02d}", "Feeder", parent)
        _fill(draft, forest, feeder, mrid)


def _fill(draft: ModelDraft, forest: Forest, feeder: Feeder, mrid: str) -> None:
    if feeder.breaker and feeder.breaker.synthetic:
        draft.nodes[feeder.breaker.to_node].container_mrid = mrid
    waiting = [feeder.node]
    for node in waiting:  # grows while it is walked
        if not draft.nodes[node].container_mrid:
            draft.nodes[node].container_mrid = mrid
        for branch, fed in forest.children[node]:
            if not branch.container_mrid:
                branch.container_mrid = mrid
            waiting.append(fed)
