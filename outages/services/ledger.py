"""The interruption ledger: rows open when customers lose supply and close, at field time, when each of them has it back.

A usage point has at most one open row, whichever outages overlap: an outage above one that is already there only takes the
customers who were still supplied.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.db.models import Count, QuerySet, Sum
from numpy.typing import NDArray

from metering.selectors import supply
from metering.selectors.supply import Supply
from network.domain.phases import ABC
from network.selectors import equipment
from outages.models import Interruption, Outage


@dataclass(frozen=True, slots=True)
class Affected:
    """Usage points out of supply: ids, and where and on which phases they are (parallel arrays)."""

    ids: NDArray[np.int64]
    nodes: NDArray[np.int32]
    phases: NDArray[np.uint8]
    equipment: NDArray[np.object_]
    critical: NDArray[np.bool_]


def affected_at(model: str, nodes: NDArray[np.int32], dark: NDArray[np.uint8]) -> Affected:
    """The usage points at nodes that are dark on some of the phases each is served by; their `phases` are the dark ones."""
    found = supply.supply_at(model, nodes.tolist())
    phases_dark = np.zeros(int(nodes.max(initial=-1)) + 1, dtype=np.uint8)
    phases_dark[nodes] = dark
    if not len(found.ids):
        return of_supply(found, np.zeros(0, dtype=np.bool_))
    served_dark = phases_dark[found.nodes] & found.phases & ABC
    affected = of_supply(found, served_dark != 0)
    return replace(affected, phases=served_dark[served_dark != 0])


def of_supply(found: Supply, chosen: NDArray[np.bool_]) -> Affected:
    """Some of the usage points."""
    return Affected(
        found.ids[chosen], found.nodes[chosen], found.phases[chosen], found.equipment[chosen], found.critical[chosen]
    )


def open_rows(*, outage: Outage, affected: Affected, began_at: dt.datetime) -> int:
    """Open rows for those who have none; the number of customers newly out."""
    already = set(open_usage_points(outage.model_key, affected.nodes))
    groups: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for i, usage_point in enumerate(affected.ids.tolist()):
        if usage_point not in already:
            groups[(int(affected.nodes[i]), int(affected.phases[i]), str(affected.equipment[i]))].append(usage_point)
    feeders = equipment.feeders_by_mrid(outage.model_key, {key[2] for key in groups})
    Interruption.objects.bulk_create(
        [_row(outage, key, members, feeders, began_at) for key, members in sorted(groups.items())], batch_size=1000
    )
    return sum(len(members) for members in groups.values())


def _row(
    outage: Outage, key: tuple[int, int, str], members: list[int], feeders: dict[str, str], began_at: dt.datetime
) -> Interruption:
    node, phases, mrid = key
    return Interruption(
        outage=outage,
        area_id=outage.area_id,
        model_key=outage.model_key,
        equipment_mrid=mrid,
        node=node,
        feeder=feeders.get(mrid) or outage.feeder,
        phases=phases,
        usage_points=members,
        customers=len(members),
        began_at=began_at,
        is_provisional=outage.confidence != "confirmed",
        is_planned=outage.kind == "planned",
    )


def open_usage_points(model: str, nodes: NDArray[np.int32]) -> list[int]:
    """Usage points at these nodes that have an open row."""
    rows = live().filter(model_key=model, node__in=np.unique(nodes).tolist(), ended_at=None)
    return [member for members in rows.values_list("usage_points", flat=True) for member in members]


def live() -> QuerySet[Interruption]:
    """Rows that count: not replaced by a correction."""
    return Interruption.objects.filter(superseded_at=None)


def close_rows(*, rows: Iterable[Interruption], ended_at: dt.datetime) -> list[int]:
    """Everybody in these rows is back since `ended_at` (never before they went out); their usage points."""
    back: list[int] = []
    changed = []
    for row in rows:
        row.ended_at = max(ended_at, row.began_at)
        back += row.usage_points
        changed.append(row)
    Interruption.objects.bulk_update(changed, ["ended_at"], batch_size=1000)
    return back


def close_some(*, rows: Iterable[Interruption], ended_at: dict[int, dt.datetime]) -> list[int]:
    """Only these usage points are back, each at its own time; rows are split where others stay out."""
    back: list[int] = []
    for row in rows:
        times: dict[dt.datetime, list[int]] = defaultdict(list)
        for member in row.usage_points:
            if member in ended_at:
                times[max(ended_at[member], row.began_at)].append(member)
        for end, members in sorted(times.items()):
            _split(row, members, end)
            back += members
    return back


def _split(row: Interruption, members: list[int], ended_at: dt.datetime) -> None:
    """Close the row, or take the members out of it into a closed row of their own."""
    rest = [member for member in row.usage_points if member not in set(members)]
    if not rest:
        row.ended_at = ended_at
        row.save(update_fields=["ended_at"])
        return
    row.usage_points, row.customers = rest, len(rest)
    row.save(update_fields=["usage_points", "customers"])
    closed = Interruption.objects.get(pk=row.pk)
    closed.pk = None
    closed.usage_points, closed.customers, closed.ended_at = members, len(members), ended_at
    closed.save(force_insert=True)


def drop(*, outage: Outage, keep: Sequence[int], reason: str, at: dt.datetime) -> None:
    """A prediction moved: open provisional rows of customers it no longer covers never were."""
    kept = set(keep)
    for row in live().filter(outage=outage, ended_at=None, is_provisional=True):
        rest = [member for member in row.usage_points if member in kept]
        if len(rest) == len(row.usage_points):
            continue
        if not rest:
            row.superseded_at, row.superseded_reason = at, reason
            row.save(update_fields=["superseded_at", "superseded_reason"])
            continue
        row.usage_points, row.customers = rest, len(rest)
        row.save(update_fields=["usage_points", "customers"])


def count(outage: Outage) -> tuple[int, int]:
    """Customers of an outage: ever affected, and out now."""
    rows = live().filter(outage=outage)
    affected = rows.aggregate(n=Sum("customers"))["n"] or 0
    return affected, rows.filter(ended_at=None).aggregate(n=Sum("customers"))["n"] or 0


def customers_out() -> int:
    """Customers without supply now, in all outages."""
    return live().filter(ended_at=None).aggregate(n=Sum("customers"))["n"] or 0


def rows_by_outage(outage_ids: list[int]) -> dict[int, int]:
    """How many rows each outage has."""
    counted = live().filter(outage_id__in=outage_ids).values("outage_id").annotate(n=Count("pk"))
    return {row["outage_id"]: row["n"] for row in counted}
