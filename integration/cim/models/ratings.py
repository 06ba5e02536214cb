"""The normal current rating of equipment: CurrentLimits by way of their sets, whichever side names the other."""

from __future__ import annotations

from integration.cim.models.build import Build
from integration.cim.models.store import Record, Store

_FOREVER = float("inf")


def ratings_by_equipment(build: Build) -> dict[str, float]:
    """Amperes by equipment key: the least of the normal limits at its ends."""
    amperes = _normal_limit_by_set(build.store)
    rated: dict[str, float] = {}
    for equipment, set_key in _sets_by_equipment(build):
        if set_key in amperes:
            rated[equipment] = min(amperes[set_key], rated.get(equipment, _FOREVER))
    return rated


def _sets_by_equipment(build: Build) -> list[tuple[str, str]]:
    store = build.store
    owner_of = {end.terminal_key: equipment for equipment, ends in build.ends.items() for end in ends}
    pairs = []
    for terminal_key, equipment in owner_of.items():
        of_terminal = store.objects[terminal_key].refs.get("ACDCTerminal.OperationalLimitSet")
        pairs += [(equipment, set_key) for set_key in (of_terminal or "").split()]
    for set_key, record in store.of_class("OperationalLimitSet"):
        terminal = record.refs.get("OperationalLimitSet.Terminal", "")
        equipment = record.refs.get("OperationalLimitSet.Equipment") or owner_of.get(terminal, "")
        if equipment:
            pairs.append((equipment, set_key))
    return pairs


def _normal_limit_by_set(store: Store) -> dict[str, float]:
    """Of the limits of a set, the one that may be carried longest; of equally long ones the least."""
    best: dict[str, tuple[float, float]] = {}
    for _, limit in store.of_class("CurrentLimit"):
        value = limit.number("CurrentLimit.normalValue", limit.number("CurrentLimit.value"))
        owner = limit.refs.get("OperationalLimit.OperationalLimitSet", "")
        if not owner or value is None or value <= 0:
            continue
        rank = (-_duration(store.follow(limit, "OperationalLimit.OperationalLimitType")), value)
        best[owner] = min(rank, best.get(owner, rank))
    return {owner: value for owner, (_, value) in best.items()}


def _duration(kind: Record | None) -> float:
    """Seconds; a permanent limit (PATL) counts as for ever."""
    if kind is None or kind.flag("OperationalLimitType.isInfiniteDuration"):
        return _FOREVER
    permanent = "patl" in (kind.text.get("OperationalLimitType.kind"), kind.text.get("OperationalLimitType.limitType"))
    return _FOREVER if permanent else kind.number("OperationalLimitType.acceptableDuration", _FOREVER) or 0.0
