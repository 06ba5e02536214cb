"""Which feeder and substation everything belongs to as built."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from network.domain.grid.arrays import BRANCH_CLASSES, Bool, Int, Text
from network.domain.kernels import feeders

_HIGH_VOLTAGE = 30_000.0  # V; a transformer down from this much or more stands in a substation
_STEP = 1.5
_BREAKERS = frozenset({"Breaker", "DisconnectingCircuitBreaker", "Recloser"})
_Arrays = dict[str, NDArray[Any]]


class _Named(Protocol):
    branch_name: Text


def derive(columns: _Named, arrays: _Arrays, order: Int) -> _Arrays:
    """Feeders and substations per node and branch; `order` is the old number of each branch."""
    substation = _enclosing(arrays, b"Substation")
    feeder = _enclosing(arrays, b"Feeder")
    head = _heads(arrays, feeder, substation)
    fed = _fed_node(arrays, head)
    found = {
        "node_feeder": head,
        "branch_feeder": head[fed] if head.size else head[:0],
        "is_feeder_head": np.zeros(order.size, np.bool_),
    }
    found["is_feeder_head"][head[head >= 0]] = True
    found |= _substations(arrays, substation, fed)
    around = _first(_look_up(feeder, arrays["branch_container"]), _look_up(feeder, arrays["node_container"])[fed])
    return found | _labels(arrays, found, feeder, around, columns.branch_name[order])


def _enclosing(arrays: _Arrays, cim_class: bytes) -> Int:
    """Per container, the nearest of a class around it, itself included; -1 if none."""
    found = np.full(arrays["container_mrid"].size, -1, np.int32)
    for index in range(found.size):
        around = index
        for _ in range(found.size):  # a circle of containers ends too
            if around < 0 or arrays["container_class"][around] == cim_class:
                break
            around = int(arrays["container_parent"][around])
        if around >= 0 and arrays["container_class"][around] == cim_class:
            found[index] = around
    return found


def _look_up(table: Int, indices: Int) -> Int:
    """table[indices], -1 staying -1."""
    return np.where(indices >= 0, table[indices], -1).astype(np.int32) if table.size else np.full_like(indices, -1)


def _heads(arrays: _Arrays, feeder: Int, substation: Int) -> Int:
    """Per node, the head branch of its feeder."""
    breaker = np.array([name in _BREAKERS for name in BRANCH_CLASSES])[arrays["branch_class"]]
    return feeders.heads(
        arrays["normal_parent"],
        arrays["normal_branch"],
        breaker,
        _stations(arrays, substation, feeder),
        _places(arrays),
        _look_up(feeder, arrays["node_container"]),
    )


def _stations(arrays: _Arrays, substation: Int, feeder: Int) -> Bool:
    """The transformers that step down to bars: from high voltage, or in a substation outside of any Feeder container."""
    volts = arrays["node_nominal_v"]
    ends = volts[arrays["branch_from"]], volts[arrays["branch_to"]]
    steps_down = np.maximum(*ends) >= _STEP * np.minimum(*ends)  # a regulator does not
    high = np.maximum(*ends) >= _HIGH_VOLTAGE
    place = arrays["branch_container"]
    inside = (_look_up(substation, place) >= 0) & (_look_up(feeder, place) < 0)
    stations: Bool = arrays["is_transformer"] & ~arrays["service_transformer"] & steps_down & (high | inside)
    return stations


def _places(arrays: _Arrays) -> Int:
    """One per node with customers or load, or where a line ends."""
    ends = arrays["normal_exit"] == np.arange(1, arrays["normal_exit"].size + 1)
    places: Int = ((arrays["node_customers"] > 0) | (arrays["node_kw"] > 0) | ends).astype(np.int32)
    return places


def _fed_node(arrays: _Arrays, head: Int) -> Int:
    """Per branch, the node whose feeder it shares: the one it feeds; outside of the forest, an end that has a feeder."""
    fed = (
        np.where(head[arrays["branch_from"]] >= 0, arrays["branch_from"], arrays["branch_to"])
        if head.size
        else head[:0]
    )
    nodes = np.flatnonzero(arrays["normal_branch"] >= 0)
    fed[arrays["normal_branch"][nodes]] = nodes
    return fed.astype(np.int32)


def _substations(arrays: _Arrays, substation: Int, fed: Int) -> _Arrays:
    node = _look_up(substation, arrays["node_container"])
    feeders.inherit(arrays["normal_parent"], node)
    own = _look_up(substation, arrays["branch_container"])
    return {"node_substation": node, "branch_substation": np.where(own >= 0, own, node[fed]).astype(np.int32)}


def _labels(arrays: _Arrays, found: _Arrays, feeder: Int, around: Int, names: Text) -> _Arrays:
    """Mark nodes and branches with the Feeder container they are in (`around` a branch), else with the head of their feeder."""
    containers = np.unique(feeder[feeder >= 0])
    label_of_container = np.full(feeder.size, -1, np.int32)
    label_of_container[containers] = np.arange(containers.size)
    heads = np.flatnonzero(found["is_feeder_head"])
    own = around[heads]
    alone = heads[own < 0]
    label_of_head = np.full(names.size, -1, np.int32)
    label_of_head[heads[own >= 0]] = label_of_container[own[own >= 0]]
    label_of_head[alone] = containers.size + np.arange(alone.size)
    mrids = np.concatenate([arrays["container_mrid"][containers], arrays["branch_mrid"][alone]])
    texts = np.concatenate([arrays["container_name"][containers], names[alone]])
    of_head = {kind: _look_up(label_of_head, found[f"{kind}_feeder"]) for kind in ("node", "branch")}
    of_node = _look_up(_look_up(label_of_container, feeder), arrays["node_container"])
    return {
        "feeder_label_mrid": mrids,
        "feeder_label_name": texts,
        "node_feeder_label": _first(of_node, of_head["node"]),
        "branch_feeder_label": _first(_look_up(label_of_container, around), of_head["branch"]),
    }


def _first(one: Int, other: Int) -> Int:
    return np.where(one >= 0, one, other).astype(np.int32)
