"""Nouns that are read and held against their schema although nothing here acts on them yet: what each item is about, for the answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration.cim import namespaces
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, Parsed

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a payload: its class, and what it is called."""

    noun: str
    kind: str
    named: Identified

    @property
    def object_id(self) -> ObjectId | None:
        """What an error about it names; nothing where the sender named nothing."""
        return self.named.to_object_id(self.kind) if self.named else None


def parse(payload: etree._Element, *, received_at: dt.datetime) -> Parsed[Item]:  # noqa: ARG001 - as all parsers
    """Every object of a validated payload."""
    noun = namespaces.split(payload)[1]
    return items.parse_each(payload, lambda one: Item(noun, namespaces.split(one)[1], items.identified(one)))
