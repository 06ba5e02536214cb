"""Invented customers with meters. Nobody can take them for real: the names are those of samples, the phone prefix is 555."""

from __future__ import annotations

import random

from network.domain import phases as ph
from network.domain.draft import Injection, ModelDraft, UsagePoint
from network.domain.identity import derived_mrid

_KW_PER_CUSTOMER = 2.5
_FIRST = (
    "Ada", "Ben", "Cleo", "Dina", "Emil", "Fay", "Gus", "Hana", "Ivo", "June", "Kai", "Lena", "Milo", "Nora", "Otto", "Pia",
    "Quin", "Rosa", "Sam", "Tess", "Udo", "Vera", "Wim", "Xenia", "Yara", "Zeno",
)  # fmt: skip
_FAMILY = (
    "Sample", "Example", "Specimen", "Muster", "Testwood", "Mockford", "Demoson", "Placeholder", "Dummett", "Fixture",
    "Templeton-Test", "Fictus", "Nomen", "Anon", "Beispiel", "Exemplar",
)  # fmt: skip
_STREETS = (
    "Example Street", "Specimen Road", "Sample Lane", "Template Avenue", "Mock Hill", "Fixture Close", "Placeholder Way",
    "Test Garden Row", "Dummy Bridge", "Muster Square",
)  # fmt: skip
_TOWN = "Sampletown"
#: Kind of critical customer: one in how many, and how such a one is called.
_CRITICAL = {
    "hospital": (5_000, "Sample Hospital"),
    "water": (3_000, "Specimen Waterworks"),
    "life_support": (300, ""),
}


def add_customers(draft: ModelDraft, rng: random.Random, transformer_of: dict[str, str], total: int | None) -> None:
    """Usage points for every consumer that has none, on its service transformer where there is one."""
    counts = _shares(draft, transformer_of, total)
    critical = _choose_critical(rng, sum(counts.values()))
    number = 0
    first_meter = len(draft.usage_points)
    for mrid, count in counts.items():
        consumer = draft.injections[mrid]
        street = rng.choice(_STREETS)
        for house in range(1, count + 1):
            usage_point = _usage_point(draft, consumer, house, first_meter + number + 1)
            usage_point.equipment_mrid = transformer_of.get(mrid, mrid)
            _describe(usage_point, rng, f"{house} {street}, {_TOWN}", critical.get(number, ""))
            draft.usage_points[usage_point.mrid] = usage_point
            number += 1


def _shares(draft: ModelDraft, transformer_of: dict[str, str], total: int | None) -> dict[str, int]:
    """How many customers each consumer without any gets.

    What a consumer states counts, except that a stated 1 (what exporters write for want of better) gives way to a wanted total.
    """
    supplied = {point.equipment_mrid for point in draft.usage_points.values()}
    bare = [
        one
        for one in draft.injections.values()
        if one.is_consumer and not {one.mrid, transformer_of.get(one.mrid, one.mrid)} & supplied
    ]
    if total is None:
        return {one.mrid: _stated(one) or max(1, round(one.p_kw / _KW_PER_CUSTOMER)) for one in bare}
    fixed = {one.mrid: _stated(one) for one in bare if _stated(one) > 1}
    free = [one for one in bare if one.mrid not in fixed]
    left = total - len(draft.usage_points) - sum(fixed.values())
    shares = fixed | _in_proportion(free, max(0, left))
    return {one.mrid: shares[one.mrid] for one in bare}


def _stated(consumer: Injection) -> int:
    return consumer.customer_count or 0


def _in_proportion(consumers: list[Injection], total: int) -> dict[str, int]:
    """By kW; the largest remainders get what rounding leaves, so that the sum is met exactly."""
    weights = {one.mrid: max(one.p_kw, 0.0) for one in consumers}
    whole = sum(weights.values())
    if whole <= 0:
        weights, whole = dict.fromkeys(weights, 1.0), float(len(weights) or 1)
    exact = {mrid: total * weight / whole for mrid, weight in weights.items()}
    shares = {mrid: int(value) for mrid, value in exact.items()}
    rest = total - sum(shares.values())
    for mrid in sorted(exact, key=lambda one: (shares[one] - exact[one], one))[:rest]:
        shares[mrid] += 1
    return shares


def _choose_critical(rng: random.Random, count: int) -> dict[int, str]:
    """Number of the customer and why they are critical; at least one of each kind where there are customers enough."""
    wanted = [kind for kind, (one_in, _) in _CRITICAL.items() for _ in range(max(1, count // one_in))]
    return dict(zip(rng.sample(range(count), len(wanted)), wanted, strict=True)) if count >= 10 * len(wanted) else {}


def _usage_point(draft: ModelDraft, consumer: Injection, house: int, number: int) -> UsagePoint:
    model = draft.mrid or draft.name
    tag = f"{derived_mrid(model)[:4].upper()}-{number:07d}"  # numbers are unique among all models of an installation
    return UsagePoint(
        derived_mrid(model, "UsagePoint", consumer.mrid, str(house)),
        f"UP-{tag}",
        consumer.mrid,
        phases=consumer.phases & ph.ABC,
        account_number=f"ACC-{tag}",
        phone=f"+49 555 {number:07d}",
        meter_mrid=derived_mrid(model, "Meter", consumer.mrid, str(house)),
        meter_number=f"MTR-{tag}",
        synthetic=True,
    )


def _describe(usage_point: UsagePoint, rng: random.Random, address: str, critical: str) -> None:
    first, family = rng.choice(_FIRST), rng.choice(_FAMILY)
    usage_point.address = address
    usage_point.critical = critical
    usage_point.customer_name = _CRITICAL[critical][1] if critical else ""
    usage_point.customer_name = usage_point.customer_name or f"{first} {family}"
