"""Which places another feeder feeds than was built: what a reconfiguration means for energy accounting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.domain.energisation import energise
from network.selectors import equipment, state


@dataclass(frozen=True, slots=True)
class Refed:
    """A place that another feeder feeds than was built: its node, and the feeders by name; "" is none at all."""

    node: int
    feeder: str
    normal_feeder: str


def refed(model: str) -> list[Refed]:
    """Places with customers whose feeder is not the normal one, in order of node."""
    present = state.present(model)
    base, nodes = present.fitted.base, np.unique(present.fitted.base.group_node)
    normal = energise(base, base.normal_closed)
    now, built = present.energisation.feeder[nodes], normal.feeder[nodes]
    is_dead = (present.energisation.live[nodes] == 0) & (normal.live[nodes] != 0)
    changed = (now != built) & ~is_dead
    heads = sorted({int(one) for one in (*now[changed], *built[changed]) if 0 <= one < base.branch_count})
    names = {branch: row.feeder or row.name for branch, row in equipment.by_branch(model, heads).items()}
    rows = zip(nodes[changed].tolist(), now[changed].tolist(), built[changed].tolist(), strict=True)
    found = [Refed(node, names.get(head, ""), names.get(was, "")) for node, head, was in rows]
    return [one for one in found if one.feeder != one.normal_feeder]
