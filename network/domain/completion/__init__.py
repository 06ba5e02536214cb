"""Adds to a published test feeder what an outage system needs and the feeder lacks. Everything added is marked synthetic.

Nothing that is there is replaced: a feeder that has its breaker keeps it, a consumer that has customers keeps them.

    source --- bar --[Breaker]-- trunk --- trunk --[Recloser]-- trunk          1 a breaker per feeder head
                                   |                              |            2 a recloser on a long trunk
                                 [Fuse]                  [PowerTransformer]    3 a fuse per lateral
                                   |                              |            4 a service transformer per consumer
                                lateral                  EnergyConsumer        5 telemetry points, customers, meters
"""

from __future__ import annotations

import random

from network.domain.completion import customers as customer_register
from network.domain.completion import feeders, protection, service, telemetry
from network.domain.completion.forest import grow
from network.domain.draft import Finding, ModelDraft


def complete(draft: ModelDraft, seed: int, *, customers: int | None = None, telemetry_share: float = 0.3) -> None:
    """Fill up a draft in place; the same draft and seed give the same result.

    Args:
        draft: as its reader left it.
        seed: of names, critical customers and of the choice which switches are telemetered.
        customers: how many there are to be in all; None for what the consumers state, else one per 2.5 kW.
        telemetry_share: of the switches that are no fuses; feeder breakers and reclosers come first.
    """
    draft.completion = {"seed": seed, "customers": customers}
    rng = random.Random(seed)  # noqa: S311 - invented people, no secrets
    before = _counts(draft)
    service.add_transformers(draft)
    forest = grow(draft)
    heads = protection.add_breakers(draft, forest)
    feeders.name_feeders(draft, forest, heads)
    protection.add_reclosers(draft, forest, heads)
    protection.add_fuses(draft, forest, heads)
    telemetry.add_points(draft, rng, heads, telemetry_share)
    customer_register.add_customers(draft, rng, service.transformer_of_consumers(draft, forest), customers)
    added = {kind: count - before[kind] for kind, count in _counts(draft).items()}
    text = ", ".join(f"{kind} {count}" for kind, count in added.items() if count)
    draft.findings.append(Finding("info", "completed", text=f"synthetic, seed {seed}: {text or 'nothing was missing'}"))


def _counts(draft: ModelDraft) -> dict[str, int]:
    classes = [branch.cim_class for branch in draft.branches.values()]
    return {
        "breakers": classes.count("Breaker"),
        "reclosers": classes.count("Recloser"),
        "fuses": classes.count("Fuse"),
        "transformers": classes.count("PowerTransformer"),
        "telemetry points": len(draft.telemetry_points),
        "customers": len(draft.usage_points),
    }
