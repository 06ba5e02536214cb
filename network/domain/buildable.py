"""The part of a faulty draft that can be compiled, so that what is wrong with it can be shown on a map."""

from __future__ import annotations

import dataclasses

from network.domain.draft import ModelDraft

_LONGEST_MRID = 80


def without_loose_ends(draft: ModelDraft) -> ModelDraft:
    """A copy without the objects that hang in the air, share an mRID with another or have one too long to be stored.

    >>> from network.domain.draft import Branch, ModelDraft, Node
    >>> draft = ModelDraft("x", nodes={"a": Node("a", "a")}, branches={"l": Branch("l", "l", "ACLineSegment", "a", "gone")})
    >>> without_loose_ends(draft).branches
    {}
    """
    nodes = {mrid: node for mrid, node in draft.nodes.items() if _is_storable(mrid, node.mrid)}
    branches = {
        mrid: branch
        for mrid, branch in draft.branches.items()
        if _is_storable(mrid, branch.mrid) and branch.from_node in nodes and branch.to_node in nodes
    }
    injections = {
        mrid: injection
        for mrid, injection in draft.injections.items()
        if _is_storable(mrid, injection.mrid) and injection.node in nodes and mrid not in branches
    }
    return dataclasses.replace(
        draft,
        nodes=nodes,
        branches=branches,
        injections=injections,
        usage_points={
            mrid: point
            for mrid, point in draft.usage_points.items()
            if _is_storable(mrid, point.mrid)
            and (point.equipment_mrid in branches or point.equipment_mrid in injections)
        },
        telemetry_points={
            mrid: point
            for mrid, point in draft.telemetry_points.items()
            if _is_storable(mrid, point.mrid)
            and (point.equipment_mrid in branches or point.equipment_mrid in injections)
        },
    )


def _is_storable(key: str, mrid: str) -> bool:
    return key == mrid and len(mrid) <= _LONGEST_MRID
