"""The breaker table: where each breaker and recloser stands, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from network.models import JournalEntry
from network.selectors import equipment, state

CLASSES = ("Breaker", "Recloser")


@dataclass(frozen=True, slots=True)
class Breaker:
    """One line of the table. `changed_at` is None where it has stood so since the model was published."""

    mrid: str
    name: str
    feeder: str
    substation: str
    area: str
    is_open: bool  # on any of its phases
    normal_open: bool
    is_doubtful: bool
    changed_at: dt.datetime | None
    source: str
    tripped_by: str = ""  # the protection that opened it, as telemetry told it


def breakers(
    *, mrids: Collection[str] | None = None, area: str = "", feeder: str = "", limit: int = 1_000, offset: int = 0
) -> tuple[list[Breaker], int]:
    """Lines in order of feeder and name, and how many there are in all; only of these breakers where some are named."""
    rows = equipment.published().filter(cim_class__in=CLASSES, is_branch=True)
    if mrids is not None:
        rows = rows.filter(mrid__in=list(mrids))
    exact = {"area__key": area, "feeder": feeder}
    rows = rows.filter(**{key: value for key, value in exact.items() if value})
    chosen = list(rows.order_by("feeder", "name", "pk")[offset : offset + limit])
    present = {key: state.present(key) for key in sorted({row.version.model.key for row in chosen})}
    latest = _latest([row.mrid for row in chosen])
    found = []
    for row in chosen:
        now, entry = present[row.version.model.key], latest.get(row.mrid)
        stands, normal = int(now.positions[row.index]), int(now.fitted.base.normal_closed[row.index])
        found.append(
            Breaker(
                mrid=row.mrid,
                name=row.name,
                feeder=row.feeder,
                substation=row.substation,
                area=row.area.key,
                is_open=bool(row.phases & ~stands),
                normal_open=bool(row.phases & ~normal),
                is_doubtful=row.index in now.quality_bad,
                changed_at=entry.occurred_at if entry else None,
                source=entry.source if entry else "",
                tripped_by=entry.reason if entry and entry.source == "scada" and not entry.closed_after else "",
            )
        )
    return found, rows.count()


def _latest(mrids: Collection[str]) -> dict[str, JournalEntry]:
    rows = JournalEntry.objects.filter(kind="position", equipment_mrid__in=list(mrids))
    return {row.equipment_mrid: row for row in rows.order_by("equipment_mrid", "-pk").distinct("equipment_mrid")}
