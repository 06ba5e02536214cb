"""Branches by the name people use: FROM-TO, either way round, a parallel one with #2."""

from __future__ import annotations

from typing import Any

from integration.netfiles import plain
from integration.netfiles.refusals import NetFileRefused

_TABLES = (("line", "from_bus", "to_bus"), ("trafo", "hv_bus", "lv_bus"))


def find_branch(net: Any, wanted: str) -> tuple[str, int]:
    """Table and index of a branch by its own name or by FROM-TO.

    Raises:
        NetFileRefused: no branch is called so.
    """
    found = by_name(net).get(wanted)
    if found is None:
        raise NetFileRefused(f"no branch {wanted!r}")
    return found


def by_name(net: Any) -> dict[str, tuple[str, int]]:
    """Table and index of every branch by FROM-TO, TO-FROM and its own name, which wins."""
    names = dict(zip(net.bus.index, net.bus["name"], strict=True))
    places: list[tuple[str, int]] = []
    pairs: list[tuple[str, str]] = []
    own: dict[str, tuple[str, int]] = {}
    for table, start, end in _TABLES:
        frame = net[table]
        for index, name, a, b in zip(frame.index, frame["name"], frame[start], frame[end], strict=True):
            place = (table, int(index))
            places.append(place)
            pairs.append((str(names[a]), str(names[b])))
            own[str(name)] = place
    turned = [(b, a) for a, b in pairs]
    return (
        dict(zip(plain.pair_names(turned), places, strict=True))
        | dict(
            zip(plain.pair_names(pairs), places, strict=True),
        )
        | own
    )
