"""Connected load from the published models: by customer of a service transformer, and as served by feeder."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from metering.selectors import served
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
    return _loads(model, state.published_version_id(model), frozenset(counted.items()))


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


def by_feeder(area: str = "") -> dict[str, float | None]:
    """Connected kVA served now by feeder as built, None where that of one of its customers is not known."""
    grids = {model: state.normal(model)[0] for model in state.models()}
    loads = {model: of_model(model).by_equipment for model in grids}
    found: dict[str, float] = defaultdict(float)
    unknown: set[str] = set()
    for (model, node, mrid), customers in served.by_equipment(grids, area).items():
        if node < grids[model].node_count:
            name = grids[model].node_feeder_name(node)
            each = loads[model].get(mrid)
            found[name] += customers * (each or 0.0)
            if each is None:
                unknown.add(name)
    return {name: None if name in unknown else kva for name, kva in found.items()}


def sources() -> dict[str, int]:
    """Customers of all published models by where their connected load is from."""
    found: Counter[str] = Counter()
    for model in state.models():
        found.update(of_model(model).sources)
    return dict(found)
