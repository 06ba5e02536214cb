"""Service transformers: one for each consumer that stands above low voltage; and which transformer serves whom."""

from __future__ import annotations

import math

from network.domain import phases as ph
from network.domain.completion.forest import LOW_VOLTAGE, Forest
from network.domain.draft import Branch, Injection, ModelDraft, Node
from network.domain.identity import derived_mrid

_SERVICE_V = 400.0
_SINGLE_KVA = (10.0, 15.0, 25.0, 37.5, 50.0, 75.0, 100.0, 167.0, 250.0, 333.0, 500.0)
_THREE_KVA = (50.0, 100.0, 160.0, 250.0, 400.0, 630.0, 800.0, 1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 5000.0, 10000.0)
_LOADING = 0.8  # of the rating, at the load the file states


def add_transformers(draft: ModelDraft) -> None:
    """Each consumer above 1 kV moves behind a transformer of its own."""
    for consumer in list(draft.injections.values()):
        node = draft.nodes[consumer.node]
        if consumer.is_consumer and node.nominal_v > LOW_VOLTAGE:
            _add_transformer(draft, consumer, node)


def _add_transformer(draft: ModelDraft, consumer: Injection, node: Node) -> None:
    mrid = derived_mrid(draft.mrid or draft.name, "PowerTransformer", consumer.mrid)
    low = Node(
        derived_mrid(mrid, "node"), f"{consumer.name} low voltage", node.container_mrid, _SERVICE_V, node.x, node.y
    )
    transformer = Branch(mrid, f"T {consumer.name}", "PowerTransformer", node.mrid, low.mrid, synthetic=True)
    transformer.phases = transformer.closed_phases = transformer.normal_closed_phases = consumer.phases
    transformer.rated_kva = _size(consumer)
    transformer.container_mrid = node.container_mrid
    draft.nodes[low.mrid] = low
    draft.branches[mrid] = transformer
    consumer.node = low.mrid


def _size(consumer: Injection) -> float:
    needed = math.hypot(consumer.p_kw, consumer.q_kvar) / _LOADING
    is_single = (consumer.phases & ph.ABC).bit_count() < 2
    sizes = _SINGLE_KVA if is_single else _THREE_KVA
    return next((size for size in sizes if size >= needed), sizes[-1])


def transformer_of_consumers(draft: ModelDraft, forest: Forest) -> dict[str, str]:
    """By consumer mRID, the nearest transformer above it that ends in low voltage; consumers without one are missing."""
    nearest: dict[str, str] = {}
    for node in forest.order:
        if node not in forest.parent:
            continue
        branch, above = forest.parent[node]
        if branch.cim_class == "PowerTransformer" and 0 < draft.nodes[node].nominal_v <= LOW_VOLTAGE:
            nearest[node] = branch.mrid
        elif above in nearest:
            nearest[node] = nearest[above]
    return {
        mrid: nearest[injection.node]
        for mrid, injection in draft.injections.items()
        if injection.is_consumer and injection.node in nearest
    }
