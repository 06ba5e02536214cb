"""Which partner is told what, by the content of a message: filters a partner's account keeps for each noun, as data.

A filter is {"areas": [...], "objects": [...], "verbs": [...], "values": {element: [...]}}; each part that is there must be met.

- areas: keys of control areas; a message that is about none in particular is for all.
- objects: mRIDs or names, one of which the payload holds.
- verbs: as the message is sent.
- values: one of these texts stands in an element of that name, e.g. {"outageKind": ["confirmed"]}.

Who was once told of an object is told of it to its end, whatever areas, objects and values say then: nobody is left with an
outage that never closes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adms.core.errors import Invalid
from integration.cim import namespaces, registry, xml
from integration.cim.registry import Direction
from integration.models import OutboxMessage, Partner

if TYPE_CHECKING:
    from integration.services.outbox import Draft

MOST = 200
_PARTS = frozenset({"areas", "objects", "verbs", "values"})
_NAMES = frozenset({"mRID", "name"})
_ELEMENT = re.compile(r"[A-Za-z_][\w.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A partner that wants to hear of a noun, and what of it."""

    pk: int
    source: str
    wants: Mapping[str, Any] = field(default_factory=dict)


def subscribers_of(noun: str) -> list[Subscriber]:
    """Active partners that want to hear of it and can be told."""
    found = Partner.objects.filter(is_active=True, subscriptions__contains=[noun]).exclude(endpoint_url="")
    rows = found.order_by("pk").values_list("pk", "source", "filters")
    return [Subscriber(pk, source, filters.get(noun) or {}) for pk, source, filters in rows]


def pairs(drafts: Sequence[Draft], subscribers: Sequence[Subscriber]) -> list[tuple[Draft, Subscriber]]:
    """Each message with each of those who are to have it."""
    found = []
    for draft in drafts:
        content = _Content(draft.payload)
        found += [(draft, one) for one in subscribers if _wants(one, draft, content)]
    return found


def is_for_somebody(draft: Draft, subscribers: Sequence[Subscriber]) -> bool:
    """Whether anybody is to have this message."""
    return bool(pairs([draft], subscribers))


def _wants(one: Subscriber, draft: Draft, content: _Content) -> bool:
    wants = one.wants
    if wants.get("verbs") and draft.verb not in wants["verbs"]:
        return False
    areas, objects = wants.get("areas"), wants.get("objects")
    is_met = (
        (not areas or not draft.areas or not draft.areas.isdisjoint(areas))
        and (not objects or not content.named().isdisjoint(objects))
        and all(not content.texts(name).isdisjoint(texts) for name, texts in wants.get("values", {}).items())
    )
    return is_met or OutboxMessage.objects.filter(partner=one.pk, object_key=draft.object_key).exists()


class _Content:
    """What stands in a payload, read when the first filter asks."""

    def __init__(self, payload: str) -> None:
        self._payload = payload
        self._texts: dict[str, set[str]] | None = None

    def texts(self, element: str) -> set[str]:
        """All texts of elements of this name."""
        if self._texts is None:
            self._texts = defaultdict(set)
            for one in xml.parse_message(self._payload.encode()).iter():
                self._texts[namespaces.split(one)[1]].add(" ".join((one.text or "").split()))
        return self._texts.get(element, set())

    def named(self) -> set[str]:
        """MRIDs and names of whatever it is about."""
        return set().union(*(self.texts(one) for one in _NAMES))


def check(filters: Mapping[str, Any], *, areas: Iterable[str]) -> dict[str, Any]:
    """Filters as an account may keep them, without those that ask for nothing.

    Raises:
        Invalid: a noun we do not send, a verb it is not sent with, an area that is none, or something that is no filter.
    """
    known = set(areas)
    told: dict[str, Any] = {}
    for noun, wants in filters.items():
        verbs = {row.verb for row in registry.ROWS if row.direction is Direction.OUT and row.noun == noun}
        if not verbs:
            raise Invalid(f"filters: {noun} is not sent", field="filters")
        if strange := sorted(set(wants) - _PARTS):
            raise Invalid(f"filters: {noun}: there is no filter by {strange[0]}", field="filters")
        _check_known(noun, "verb", wants.get("verbs", ()), verbs)
        _check_known(noun, "control area", wants.get("areas", ()), known)
        if wrong := [one for one in wants.get("values", {}) if not _ELEMENT.fullmatch(one)]:
            raise Invalid(f"filters: {noun}: {wrong[0]} is no element", field="filters")
        for texts in (
            *(wants.get(key, ()) for key in ("areas", "objects", "verbs")),
            *wants.get("values", {}).values(),
        ):
            if len(texts) > MOST or any(not one or len(one) > 200 for one in texts):
                raise Invalid(f"filters: {noun}: {MOST} texts of 200 characters at most", field="filters")
        kept = {key: value for key, value in wants.items() if value}
        told |= {noun: kept} if kept else {}
    return told


def _check_known(noun: str, what: str, given: Iterable[str], known: set[str]) -> None:
    if wrong := sorted(set(given) - known):
        raise Invalid(f"filters: {noun}: no {what} {wrong[0]}; there are {', '.join(sorted(known))}", field="filters")
