"""What the public map says: outages without customers, and the shape of what is served."""

import datetime as dt
import functools
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from network.selectors import display, equipment, state
from outages.domain import lifecycle
from outages.domain.public_map import CAUSES, Cells, band, begun, expected, level, public_id, status
from outages.models import Outage, PlannedOutage

FORMAT = 1
PREFIX = "public_map."
IS_ON = runtime_settings.declare(
    "public_map.is_on",
    default=True,
    help_=gettext_noop("Whether the public outage map is written; off, its figures are taken away."),
)
SECONDS = runtime_settings.declare(
    "public_map.seconds", 60, unit="s", help_=gettext_noop("How often the public outage map is written.")
)
CELL = runtime_settings.declare(
    "public_map.cell_m",
    500,
    unit="m",
    help_=gettext_noop("Places on the public outage map are rounded to squares of this size."),
)
SMALLEST = runtime_settings.declare(
    "public_map.smallest",
    5,
    unit=gettext_noop("customers"),
    help_=gettext_noop(
        "An outage with fewer customers out is not put on the public map; its area's line counts it. 1: all are."
    ),
)
TELLS_CAUSE = runtime_settings.declare(
    "public_map.tells_cause",
    default=True,
    help_=gettext_noop("Whether the public map tells the kind of cause once one is known."),
)
ROUND_TO = runtime_settings.declare(
    "public_map.round_to_min",
    5,
    unit="min",
    help_=gettext_noop("Times on the public map are rounded to steps of so many minutes."),
)
ANNOUNCED_DAYS = runtime_settings.declare(
    "public_map.announced_days",
    7,
    unit="d",
    help_=gettext_noop(
        "The public map tells planned work whose customers were told of it so many days before it begins; 0: not before it begins."
    ),
)
_KINDS = ("outage", "single", "planned")
_COLUMNS = (
    *("mrid", "area__name", "model_key", "kind", "state", "confidence", "x", "y", "customers_out"),
    *("started_at", "etr_at", "etr_source", "cause"),
)
_BY = {"crew": "crew", "operator": "control room", "machine": "estimate"}


def values() -> dict[str, Any]:
    """The settings in force."""
    return runtime_settings.values(PREFIX)


def outages(*, at: dt.datetime) -> dict[str, Any]:
    """The file of figures; nothing in it says who is out."""
    in_force = values()
    rows = list(
        Outage.objects.filter(state__in=lifecycle.RUNNING, kind__in=_KINDS, customers_out__gt=0)
        .order_by("-customers_out", "started_at")
        .values(*_COLUMNS)
    )
    networks = {key: number for number, key in enumerate(state.models())}
    cells = {key: _network(key, in_force[CELL])[0] for key in networks}
    shown = [row for row in rows if row["customers_out"] >= in_force[SMALLEST]]
    return {
        "format": FORMAT,
        "generated_at": at.isoformat(timespec="seconds"),
        "period_s": in_force[SECONDS],
        "smallest": in_force[SMALLEST],
        "summary": _sum(rows),
        "areas": _areas(rows, in_force[SMALLEST]),
        "outages": [_shown(row, networks, cells, in_force, at) for row in shown],
        "announced": _announced(networks, cells, in_force, at),
    }


def service_area() -> dict[str, Any]:
    """The file of the map's ground: for each network the cells in which it has anything."""
    metres = values()[CELL]
    networks = []
    for number, key in enumerate(state.models()):
        cells, is_geographic, occupied = _network(key, metres)
        size = [cells.width, cells.height]
        networks.append({"network": number, "is_geographic": is_geographic, "size": size, "cells": occupied})
    return {"format": FORMAT, "networks": networks}


def _network(model: str, metres: float) -> tuple[Cells, bool, list[list[int]]]:
    return _laid(model, state.published_version_id(model), metres)


@functools.lru_cache(maxsize=16)
def _laid(model: str, _version_id: int, metres: float) -> tuple[Cells, bool, list[list[int]]]:
    """Cells of a version, found once: a network of millions takes a while."""
    present = state.present(model)
    x, y = present.grid.node_x, present.grid.node_y
    is_geographic = display.is_geographic(present)
    known = y[np.isfinite(y)]
    middle = float(known.mean()) if is_geographic and known.size else 0.0
    cells = Cells.of(max(metres, 50), latitude=middle if is_geographic else None)
    return cells, is_geographic, cells.occupied(x, y)


def _shown(
    row: dict[str, Any],
    networks: dict[str, int],
    cells: dict[str, Cells],
    in_force: dict[str, Any],
    at: dt.datetime,
) -> dict[str, Any]:
    grid = cells.get(row["model_key"])
    middle = grid.middle(row["x"], row["y"]) if grid else None
    etr = expected(row["etr_at"], at, in_force[ROUND_TO])
    return {
        "id": public_id(row["mrid"]),
        "area": row["area__name"],
        "network": networks.get(row["model_key"]),
        "place": list(middle) if middle else None,
        "customers": band(row["customers_out"]),
        "level": level(row["customers_out"]),
        "is_planned": row["kind"] == "planned",
        "status": status(row["state"], row["confidence"]),
        "started_at": begun(row["started_at"], in_force[ROUND_TO]).isoformat(),
        "etr_at": etr.isoformat() if etr else None,
        "etr_by": _BY.get(row["etr_source"], "estimate") if etr else "",
        "cause": CAUSES.get(row["cause"], "") if in_force[TELLS_CAUSE] else "",
    }


def _announced(
    networks: dict[str, int], cells: dict[str, Cells], in_force: dict[str, Any], at: dt.datetime
) -> list[dict[str, Any]]:
    """Planned work ahead of which the customers themselves were told first; what is going on is among the outages."""
    until = at + dt.timedelta(days=float(in_force[ANNOUNCED_DAYS]))
    ahead = PlannedOutage.objects.filter(state="notified", begins_at__lte=until, ends_at__gt=at)
    rows = list(
        ahead.filter(customers_known__gte=in_force[SMALLEST]).select_related("area").order_by("begins_at", "pk")
    )
    places = {key: _places(key, {row.device_mrids[0] for row in rows if row.model_key == key}) for key in networks}
    return [
        {
            "id": public_id(row.mrid),
            "area": row.area.name,
            "network": networks.get(row.model_key),
            "place": _middle(cells.get(row.model_key), places.get(row.model_key, {}).get(row.device_mrids[0])),
            "customers": band(row.customers_known),
            "level": level(row.customers_known),
            "begins_at": row.begins_at.isoformat(),
            "ends_at": row.ends_at.isoformat(),
        }
        for row in rows
    ]


def _places(model: str, mrids: Collection[str]) -> dict[str, tuple[float, float]]:
    """Where these switches stand, in the coordinates of their network."""
    if not mrids:
        return {}
    grid = state.present(model).grid
    found = equipment.published(model).filter(mrid__in=mrids, is_branch=True).values_list("mrid", "index")
    nodes = {mrid: int(grid.branch_from[index]) for mrid, index in found}
    return {mrid: (float(grid.node_x[node]), float(grid.node_y[node])) for mrid, node in nodes.items()}


def _middle(grid: Cells | None, place: tuple[float, float] | None) -> list[float] | None:
    middle = grid.middle(*place) if grid and place else None
    return list(middle) if middle else None


def _areas(rows: Sequence[dict[str, Any]], smallest: int) -> list[dict[str, Any]]:
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_name.setdefault(row["area__name"], []).append(row)
    return [
        {"name": name, "small": sum(row["customers_out"] < smallest for row in found), **_sum(found)}
        for name, found in sorted(by_name.items())
    ]


def _sum(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "outages": len(rows),
        "planned": sum(row["kind"] == "planned" for row in rows),
        "customers": band(sum(row["customers_out"] for row in rows)),
    }
