"""Which phase a split-phase secondary hangs on.

    B ---[transformer B, s1 s2]--- node ---(line s1 s2)--- node --- consumer s1 s2

s1 and s2 are the two legs of one winding: both are dark exactly when the primary phase is. They carry its bit.
"""

from __future__ import annotations

from collections import deque

from integration.cim.models.build import Build
from network.domain import phases as ph


def resolve_split_phases(build: Build) -> None:
    """Carry the primary's phase from each split-phase transformer over the secondary wires to the consumers."""
    known = _spread(build)
    for key in build.split:
        record = build.store.objects.get(key)
        if record is None:
            continue
        bits = 0
        for end in build.ends.get(key, ()):
            bits |= known.get(end.node_key, 0)
        if not bits:
            bits = ph.ABC
            build.store.find("warning", "split_phase", "s1 or s2, but no split-phase transformer feeds it", record)
        _set(build, record.id, bits)


def _spread(build: Build) -> dict[str, int]:
    wires: dict[str, list[str]] = {}
    for key in build.split:
        nodes = [end.node_key for end in build.ends.get(key, ())]
        if len(nodes) == 2:
            wires.setdefault(nodes[0], []).append(nodes[1])
            wires.setdefault(nodes[1], []).append(nodes[0])
    known = dict(build.split_nodes)
    waiting = deque(known)
    while waiting:
        node = waiting.popleft()
        for other in wires.get(node, ()):
            if known.get(other, 0) | known[node] != known.get(other, 0):
                known[other] = known.get(other, 0) | known[node]
                waiting.append(other)
    return known


def _set(build: Build, mrid: str, bits: int) -> None:
    injection = build.draft.injections.get(mrid)
    if injection:
        injection.phases = injection.phases & ph.N | bits
    branch = build.draft.branches.get(mrid)
    if branch:
        was_closed, was_normal = bool(branch.closed_phases), bool(branch.normal_closed_phases)
        branch.phases = branch.phases & ph.N | bits
        branch.closed_phases = branch.phases if was_closed or not branch.is_switch else 0
        branch.normal_closed_phases = branch.phases if was_normal or not branch.is_switch else 0
