"""ServiceOrders: work at a customer's meter that one system asks of another (IEC 61968-6).

Passed on whole, so read only as far as that needs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from integration.cim import namespaces
from integration.cim.errors import ObjectId
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified, ItemRefused, Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

NOUN = "ServiceOrders"
_SPACE = namespaces.PROFILES[NOUN]
_NS = f"{{{_SPACE}}}"
_NUMBER = "ServiceOrderNumber"


@dataclass(frozen=True, slots=True)
class ServiceOrder:
    """One order: what it is called, where the work is, and all that was said of it, as XML."""

    named: Identified
    usage_point: Identified
    meters: tuple[Identified, ...]
    content: str

    @property
    def number(self) -> str:
        """By which two systems mean the same order: its number, else another name, else its mRID."""
        typed = [name.name for name in self.named.names if name.type == _NUMBER]
        return (typed or [name.name for name in self.named.names] or [self.named.mrid])[0]

    @property
    def object_id(self) -> ObjectId:
        """What an error about this order names."""
        return self.named.to_object_id("ServiceOrder")


def parse(payload: _Element, *, received_at: dt.datetime) -> Parsed[ServiceOrder]:  # noqa: ARG001 - as all parsers
    """All orders of a validated payload."""
    return items.parse_each(payload.iterfind(f"{_NS}ServiceOrder"), _order)


def _order(element: _Element) -> ServiceOrder:
    named = items.identified(element)
    if not named:
        raise ItemRefused("1.7", "neither mRID nor Names says which order it is")
    work = element.find(f"{_NS}Work")
    assets = [] if work is None else work.iterfind(f"{_NS}WorkTasks/{_NS}Assets")
    return ServiceOrder(
        named=named,
        usage_point=items.identified(None if work is None else work.find(f"{_NS}UsagePoint")),
        meters=tuple(filter(None, map(items.identified, assets))),
        content=etree.tostring(element, encoding="unicode", with_tail=False),
    )


def build(orders: Sequence[ServiceOrder]) -> str:
    """The payload that says the same of these orders."""
    return f'<{NOUN} xmlns="{_SPACE}">{"".join(one.content for one in orders)}</{NOUN}>'
