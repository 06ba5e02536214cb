"""Connected load from the published models: by customer of a service transformer, and as served by feeder."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from metering.selectors import served
from network.domain.grid import Grid
from network.selectors import equipment, state
from outages.domain import connected_load as domain


@dataclass(frozen=True, slots=True)
class Loads:
    """Of one model: kVA of each customer by his equipment; of how many customers it is from what, "" where nothing is known."""

    by_equipment: Mapping[str, float]
    sources: Mapping[str, int]


def of_model(model: str) -> Loads:
    """The connected load of a published model's customers."""
    counted: Counter[str] = Counter()
    for (_, _, mrid), customers in served.by_equipment([model]).items():
        counted[mrid] += customers
    return _of(model, counted)


def _of(model: str, customers: Mapping[str, int]) -> Loads:
    return _loads(model, state.published_version_id(model), frozenset(customers.items()))


@functools.lru_cache(maxsize=16)
def _loads(model: str, _version_id: int, counted: frozenset[tuple[str, int]]) -> Loads:
    """Asked again only where the version or somebody's equipment is another."""
    customers = dict(counted)
    powers = {one["mrid"]: one for one in equipment.powers(model, customers)}
    each: dict[str, float] = {}
    sources: Counter[str] = Counter()
    for mrid, count in customers.items():
        found = domain.of_equipment(powers.get(mrid, {}))
        sources[found[1] if found else ""] += count
        if found:
            each[mrid] = found[0] / count
    return Loads(each, dict(sources))


@dataclass(slots=True)
class Fed:
    """What a feeder serves: customers, and their connected kVA, None where that of one of them is not known."""

    customers: int = 0
    kva: float | None = 0.0

    def add(self, customers: int, each: float | None) -> None:
        """Customers of so many kVA each."""
        self.customers += customers
        self.kva = None if self.kva is None or each is None else self.kva + customers * each


def by_feeder(area: str = "") -> dict[str, float | None]:
    """Connected kVA served now by feeder as built, None where that of one of its customers is not known."""
    grids = _grids()
    loads = {model: of_model(model).by_equipment for model in grids}
    found: dict[str, Fed] = defaultdict(Fed)
    for (model, node, mrid), customers in served.by_equipment(grids, area).items():
        if node < grids[model].node_count:
            found[grids[model].node_feeder_name(node)].add(customers, loads[model].get(mrid))
    return {name: fed.kva for name, fed in found.items()}


def by_area() -> dict[str, dict[str, Fed]]:
    """What every feeder as built serves now, by control area: all areas by one look at the customers."""
    grids = _grids()
    rows = served.by_area_and_equipment(grids)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, model, _, mrid), customers in rows.items():
        counted[model][mrid] += customers
    loads = {model: _of(model, customers).by_equipment for model, customers in counted.items()}
    found: dict[str, dict[str, Fed]] = defaultdict(lambda: defaultdict(Fed))
    for (area, model, node, mrid), customers in rows.items():
        if node < grids[model].node_count:
            found[area][grids[model].node_feeder_name(node)].add(customers, loads[model].get(mrid))
    return found


def _grids() -> dict[str, Grid]:
    """The published grids as built."""
    return {model: state.normal(model)[0] for model in state.models()}


def sources() -> dict[str, int]:
    """Customers of all published models by where their connected load is from."""
    found: Counter[str] = Counter()
    for model in state.models():
        found.update(of_model(model).sources)
    return dict(found)
