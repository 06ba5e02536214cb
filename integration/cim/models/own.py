"""What we say in records that CIM has no word for, in our own namespace: who reads it elsewhere may pass over it.

Tieline.isMade       stands only because others need it (a voltage level around a bare node); `Tieline.container` is what it is for us
Tieline.isSynthetic  completion or a reader added it
Tieline.attributes   what a foreign format said of the equipment, as JSON
Tieline.course       where a branch runs now that completion put a device at its end, as JSON; its Location says where it ran
"""

from __future__ import annotations

import json
from typing import Any

from integration.cim.models.store import Record, Store
from network.domain.draft import Container

MADE = "Tieline.isMade"
SYNTHETIC = "Tieline.isSynthetic"
CONTAINER = "Tieline.container"
ATTRIBUTES = "Tieline.attributes"
HOLDS_SUPPLY = "Tieline.holdsSupply"
X, Y = "Tieline.x", "Tieline.y"
COURSE = "Tieline.course"
NAMES = frozenset({MADE, SYNTHETIC, CONTAINER, ATTRIBUTES, HOLDS_SUPPLY, X, Y, COURSE})


def is_made(record: Record) -> bool:
    """Whether it is no part of the model itself."""
    return MADE in record.text


def is_synthetic(record: Record) -> bool:
    """Whether no file of the utility said it."""
    return SYNTHETIC in record.text


def container_mrid(store: Store, taken: dict[str, Container], record: Record, name: str) -> str:
    """MRID of the container that a record stands in for us: of our own word, else of the property; "" where we took none."""
    holder = store.follow(record, CONTAINER) or store.follow(record, name)
    if holder is not None and is_made(holder):
        holder = store.follow(holder, CONTAINER)
    return holder.id if holder is not None and holder.id in taken else ""


def attributes(record: Record) -> dict[str, Any]:
    """What a foreign format said."""
    return dict(json.loads(record.text[ATTRIBUTES]))


def course(record: Record) -> list[tuple[float, float]]:
    """Where a branch runs, from its from_node to its to_node."""
    return [(x, y) for x, y in json.loads(record.text[COURSE])]


def place(record: Record) -> tuple[float | None, float | None]:
    """Coordinates of a node that nothing is located on."""
    return record.number(X), record.number(Y)
