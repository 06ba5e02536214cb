"""Another version of a network numbers its nodes anew: what is still open moves to the new numbers, in the same transaction.

By the mRID of the node; where that node is gone, by the device or transformer the row names; -1 where both are gone.
"""

from collections.abc import Iterable

from django.db import connection, models

from network.domain.grid import Grid
from network.selectors import grids
from outages.models import Evidence, Interruption, Outage

OVER = ("completed", "cancelled")
_UPDATE = """
UPDATE {table} AS one SET node = moved.after
FROM unnest(%s::int[], %s::text[], %s::int[]) AS moved(before, mrid, after)
WHERE one.node = moved.before AND one.{mrid} = moved.mrid AND one.id = ANY(%s)
"""


def follow(*, model: str, before: str, after: str) -> int:
    """Renumber the open outages, interruptions and evidence of a model; how many rows. Versions go by their grids' checksums."""
    if before == after:
        return 0
    old, new = grids.load(before), grids.load(after)
    return (
        _move(Outage.objects.filter(model_key=model).exclude(state__in=OVER), "device_mrid", old, new)
        + _move(Interruption.objects.filter(model_key=model, ended_at=None), "equipment_mrid", old, new)
        + _move(Evidence.objects.filter(model_key=model, settled_at=None), "equipment_mrid", old, new)
    )


def _move(rows: "models.QuerySet[models.Model]", mrid: str, old: Grid, new: Grid) -> int:
    found = list(rows.values_list("pk", "node", mrid))
    if not found:
        return 0
    places = sorted({(node, name) for _, node, name in found})
    moved = [_node(old, new, node, name) for node, name in places]
    table = rows.model._meta.db_table  # noqa: SLF001 - Django's public table name
    parameters = [[node for node, _ in places], [name for _, name in places], moved, [pk for pk, _, _ in found]]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE.format(table=table, mrid=mrid), parameters)
        return int(cursor.rowcount)


def _node(old: Grid, new: Grid, node: int, mrid: str) -> int:
    if 0 <= node < old.node_count:
        found = new.node_index(old.node_mrid_text(node))
        if found >= 0:
            return found
    return _below(new, mrid)


def _below(grid: Grid, mrid: str) -> int:
    """The node that equipment supplies in the normal state; -1 if it is not there."""
    branch = grid.branch_index(mrid)
    if branch < 0:
        injection = grid.injection_index(mrid)
        return int(grid.injection_node[injection]) if injection >= 0 else -1
    ends: Iterable[int] = (int(grid.branch_to[branch]), int(grid.branch_from[branch]))
    fed = [node for node in ends if int(grid.normal_branch[node]) == branch]
    return fed[0] if fed else int(grid.branch_to[branch])
