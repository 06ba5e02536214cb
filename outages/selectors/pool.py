"""Open evidence as arrays: what prediction runs on."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from outages.domain.prediction.evidence import CALL, CREW, GASP, PING_OFF, Evidence, Facts
from outages.models import Evidence as Row
from outages.selectors.runs import Region
from outages.selectors.trees import Devices

#: Kinds of evidence of darkness, in the engine's code.
KINDS = {"call": CALL, "gasp": GASP, "crew_off": CREW, "ping_off": PING_OFF}
LIVE = ("restore", "ping_on")

Column = tuple[str, str, str, Any]  # name, what is sent, as what, as what it is kept
#: The columns of a pool as big-endian numbers, which arrive as bytes: a hundred times cheaper than a tuple a report.
_COLUMNS: tuple[Column, ...] = (
    ("id", "int8send(id)", ">i8", np.int64),
    ("kind", "int2send((CASE kind {kinds} ELSE 255 END)::smallint)", ">i2", np.uint8),
    ("usage_point", "int8send(coalesce(usage_point_id, -1))", ">i8", np.int64),
    ("node", "int4send(node)", ">i4", np.int64),
    ("phases", "int2send(phases)", ">i2", np.uint8),
    ("weight", "float8send(weight)", ">f8", np.float64),
    ("at", "float8send(date_part('epoch', occurred_at))", ">f8", np.float64),
    ("outage", "int8send(coalesce(outage_id, -1))", ">i8", np.int64),
)
_OPEN = "model_key = %(model)s AND settled_at IS NULL"
_OF_NONE = f"{_OPEN} AND outage_id IS NULL"
#: Reports that belong to no outage at runs of nodes: one look-up in an index for each run, whatever the planner thinks.
_AT_RUNS = f"""
SELECT e.* FROM unnest(%(low)s::int[], %(high)s::int[]) AS run(low, high)
CROSS JOIN LATERAL (
    SELECT * FROM outages_evidence WHERE {_OF_NONE} AND node BETWEEN run.low AND run.high OFFSET 0
) AS e WHERE kind = ANY(%(kinds)s)
"""  # noqa: S608
#: These, and anywhere those of some outages.
_EVERYWHERE = "SELECT * FROM outages_evidence WHERE "
_DARK_AT = f"{_AT_RUNS} UNION ALL {_EVERYWHERE}{_OPEN} AND outage_id = ANY(%(outages)s) AND kind = ANY(%(kinds)s)"
_DARK = f"{_EVERYWHERE}{_OPEN} AND kind = ANY(%(kinds)s) AND (outage_id IS NULL OR outage_id = ANY(%(outages)s))"
_LIVE = f"{_EVERYWHERE}{_OPEN} AND kind = ANY(%(kinds)s) AND occurred_at >= %(since)s"
_LIVE_AT = f"{_AT_RUNS} AND occurred_at >= %(since)s"


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Reports of darkness, or of life: arrays of one length. Field times are seconds since 1970, -1 is none."""

    id: NDArray[np.int64]
    kind: NDArray[np.uint8]
    usage_point: NDArray[np.int64]
    node: NDArray[np.int64]
    phases: NDArray[np.uint8]
    weight: NDArray[np.float64]
    at: NDArray[np.float64]
    outage: NDArray[np.int64]

    @property
    def size(self) -> int:
        """How many reports."""
        return int(self.id.size)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Pool":
        """Only these reports."""
        return Pool(
            self.id[rows], self.kind[rows], self.usage_point[rows], self.node[rows], self.phases[rows], self.weight[rows],
            self.at[rows], self.outage[rows],
        )  # fmt: skip

    def replaced(self, gone: NDArray[np.int64], fresh: "Pool") -> "Pool":
        """Without the reports of these numbers (ascending), and with fresh ones; in order of their numbers."""
        place = np.minimum(np.searchsorted(gone, self.id), max(gone.size - 1, 0))
        stays = self.take(gone[place] != self.id) if gone.size else self
        columns = [np.concatenate([getattr(part, name) for part in (stays, fresh)]) for name, _, _, _ in _COLUMNS]
        return Pool(*columns).take(np.argsort(columns[0], kind="stable"))

    def as_evidence(self, devices: Devices, *, live: Facts, opened: Facts) -> Evidence:
        """For the engine; the device is -1 where no source reaches the place."""
        at = devices.at_nodes(self.node)
        return Evidence(at, self.usage_point, self.kind, self.at, self.weight, self.phases, self.id, live, opened)

    def as_facts(self, devices: Devices) -> Facts:
        """For the engine, of words of life."""
        device = devices.at_nodes(self.node)
        known = device >= 0
        return Facts(device[known], self.phases[known], self.id[known], self.at[known])


def dark(model: str, movable: Collection[int], region: Region | None = None) -> Pool:
    """Open reports of darkness that belong to no outage (in this region; None: anywhere), or to one the engine may still move."""
    asked = {"model": model, "kinds": list(KINDS), "outages": list(movable)}
    if region is None:
        return _read(_DARK, asked)
    return _read_at(_DARK_AT, asked, region)


def live(model: str, reports: Pool, region: Region | None = None) -> Pool:
    """Words of life (in this region) since the first of these reports, of whoever has not said since then that he is dark."""
    if not reports.size:
        return reports
    since = dt.datetime.fromtimestamp(float(reports.at.min()), dt.UTC)
    asked: dict[str, Any] = {"model": model, "kinds": list(LIVE), "since": since}
    words = _read(_LIVE, asked) if region is None else _read_at(_LIVE_AT, asked, region)
    return still_live(reports, words)


def still_live(reports: Pool, words: Pool) -> Pool:
    """Of words of life those of whoever has not said since then that he is dark; none from before the first report."""
    if not (reports.size and words.size):
        return words.take(np.zeros(0, np.int64))
    return words.take((words.at >= _latest(reports, words.usage_point)) & (words.at >= reports.at.min()))


def of_rows(rows: Sequence[Row]) -> Pool:
    """Of rows that are at hand."""
    columns = zip(*((row.pk, KINDS.get(row.kind, 255), row.usage_point_id or -1, row.node, row.phases, row.weight,
                     row.occurred_at.timestamp(), row.outage_id or -1) for row in rows), strict=True)  # fmt: skip
    values = list(columns) or [()] * len(_COLUMNS)
    return Pool(*(np.array(one, kind) for one, (_, _, _, kind) in zip(values, _COLUMNS, strict=True)))


def _read_at(rows: str, asked: dict[str, Any], region: Region) -> Pool:
    """The same in a region, and of the outages asked for wherever they are."""
    found = _read(rows, asked | {"low": region.low, "high": region.high})
    return found.take((found.outage >= 0) | region.has(found.node))


def _read(rows: str, asked: dict[str, Any]) -> Pool:
    """The reports a statement gives, in order of their numbers."""
    return read_with(rows, asked, ())[0]


def read_with(rows: str, asked: dict[str, Any], more: Sequence[Column]) -> tuple[Pool, list[NDArray[Any]]]:
    """The reports a statement gives, in order of their numbers, and further columns of them."""
    kinds = " ".join(f"WHEN '{kind}' THEN {code}" for kind, code in KINDS.items())
    wanted = (*_COLUMNS, *more)
    columns = ", ".join(f"string_agg({sent.format(kinds=kinds)}, ''::bytea)" for _, sent, _, _ in wanted)
    query = f"SELECT {columns} FROM (SELECT * FROM ({rows}) AS open ORDER BY id) AS found"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        told = cursor.fetchone()
    found = [
        np.frombuffer(bytes(sent or b""), code).astype(kind)
        for sent, (_, _, code, kind) in zip(told, wanted, strict=True)
    ]
    return Pool(*found[: len(_COLUMNS)]), found[len(_COLUMNS) :]


def _latest(reports: Pool, usage_points: NDArray[np.int64]) -> NDArray[np.float64]:
    """When each of these last said that he is dark; -inf where never."""
    order = np.lexsort((reports.at, reports.usage_point))
    points, at = reports.usage_point[order], reports.at[order]
    last = np.searchsorted(points, usage_points, side="right") - 1
    return np.where((last >= 0) & (points[last] == usage_points), at[last], -np.inf)
