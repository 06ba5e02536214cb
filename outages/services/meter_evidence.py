"""Meters' words as evidence."""

import datetime as dt

from metering.events import MetersLostPower, MetersRegainedPower
from metering.selectors import supply
from outages.services import evidence, restoration


def take(*, fact: MetersLostPower | MetersRegainedPower, area_id: int, at: dt.datetime) -> None:
    """Keep one piece of evidence per meter; those who have supply again leave the ledger."""
    places = supply.usage_points(fact.usage_point_ids)
    pieces = []
    for point, meter, seconds in zip(fact.usage_point_ids, fact.meter_ids, fact.occurred_at, strict=True):
        place = places.get(point)
        if place is None or place["node"] < 0:
            continue
        pieces.append(
            evidence.Piece(
                kind=fact.kind,
                reference=f"meter:{meter}:{seconds}",
                area_id=area_id,
                model=fact.model,
                usage_point_id=point,
                equipment_mrid=place["equipment_mrid"],
                node=place["node"],
                phases=place["phases"],
                occurred_at=dt.datetime.fromtimestamp(seconds, dt.UTC),
            )
        )
    evidence.record(pieces=pieces, at=at)
    if isinstance(fact, MetersRegainedPower):
        restoration.meters_regained(
            model=fact.model, usage_points=fact.usage_point_ids, occurred_at=fact.occurred_at, at=at
        )
