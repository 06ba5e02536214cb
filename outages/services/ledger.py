"""The interruption ledger: rows open when customers lose supply and close, at field time, when each of them has it back.

A usage point has at most one open row, whichever outages overlap: an outage above one that is already there only takes the
customers who were still supplied. Its rows never overlap in time. A row is a group; where its members fare differently it is
split, the part that stays keeping the row.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import F, Max, Q, QuerySet, Sum
from django.db.models.functions import Greatest
from numpy.typing import NDArray

from metering.selectors import supply
from metering.selectors.supply import Supply
from network.domain.phases import ABC
from network.selectors import equipment
from network.selectors.state import NetworkState
from outages.domain import restoration
from outages.models import Interruption, Outage

_TABLE = Interruption._meta.db_table  # noqa: SLF001
_NAMES = [column.attname for column in Interruption._meta.concrete_fields if not column.primary_key]  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Affected:
    """Usage points out of supply: ids, and where and on which phases they are dark (parallel arrays)."""

    ids: NDArray[np.int64]
    nodes: NDArray[np.int32]
    phases: NDArray[np.uint8]
    equipment: NDArray[np.object_]

    def only(self, chosen: NDArray[np.bool_]) -> "Affected":
        """Some of them."""
        return Affected(self.ids[chosen], self.nodes[chosen], self.phases[chosen], self.equipment[chosen])


def affected_at(found: Supply, lost: restoration.Supply) -> Affected:
    """Of the supplied usage points those who lose supply on some of their phases."""
    points = restoration.Points.of(np.full(len(found.ids), -1), found.ids, found.nodes, found.phases)
    dark = restoration.newly_dark(points, lost)
    return Affected(found.ids, found.nodes, dark, found.equipment).only(dark != 0)


def supplied_at(model: str, nodes: Iterable[int]) -> Supply:
    """Who is supplied at these nodes."""
    return supply.supply_at(model, nodes)


# Rows


def live() -> QuerySet[Interruption]:
    """Rows that count: not replaced by a correction."""
    return Interruption.objects.filter(superseded_at=None)


def open_at(model: str, nodes: Collection[int]) -> list[Interruption]:
    """Open rows at these nodes."""
    rows = live().filter(Q(node__any=[int(node) for node in nodes]), model_key=model, ended_at=None)
    return list(rows.order_by("pk"))


def out_now(model: str, nodes: Collection[int]) -> list[int]:
    """Usage points counted out at these nodes."""
    rows = live().filter(Q(node__any=list(nodes)), model_key=model, ended_at=None)
    return [member for members in rows.order_by().values_list("usage_points", flat=True) for member in members]


def nodes_of(outage_ids: Collection[int]) -> NDArray[np.int64]:
    """Where the customers of these outages are, out or back again: one element a row."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT string_agg(int4send(node), ''::bytea) FROM {_TABLE}"  # noqa: S608
            " WHERE outage_id = ANY(%s) AND superseded_at IS NULL",
            [list(outage_ids)],
        )
        (told,) = cursor.fetchone()
    return np.frombuffer(bytes(told or b""), ">i4").astype(np.int64)


def is_shown_live(present: NetworkState, row: Interruption) -> bool:
    """Whether the network shows the place of a row live on every phase its members miss."""
    live = present.energisation.live
    return 0 <= row.node < live.size and int(live[row.node]) & row.phases == row.phases & ABC


def members_of(rows: Iterable[Interruption]) -> restoration.Points:
    """Every usage point in these rows; `row` is the position of its row."""
    held = list(rows)
    size = [len(row.usage_points) for row in held]
    members = [member for row in held for member in row.usage_points]
    return restoration.Points.of(
        np.repeat(np.arange(len(held)), size),
        members,
        np.repeat(np.array([row.node for row in held], np.int64), size),
        np.repeat(np.array([row.phases for row in held], np.uint8), size),
    )


# Opening


@dataclass(frozen=True, slots=True)
class Opening:
    """Customers of an outage out since a moment."""

    outage: Outage
    affected: Affected
    began_at: dt.datetime


def open_rows(*, model: str, openings: Sequence[Opening]) -> None:
    """Open rows for those who have none; earlier openings first. Nobody is out again before he was back."""
    nodes = np.unique(np.concatenate([one.affected.nodes for one in openings] or [np.zeros(0, np.int32)]))
    if not nodes.size:
        return
    is_out, back_at = _known(model, nodes.tolist(), min(one.began_at for one in openings))
    groups: dict[tuple[int, int, int, str, dt.datetime], list[int]] = defaultdict(list)
    for position, opening in enumerate(openings):
        columns = (opening.affected.ids, opening.affected.nodes, opening.affected.phases, opening.affected.equipment)
        for point, node, phases, mrid in zip(*(column.tolist() for column in columns), strict=True):
            if point not in is_out:
                is_out.add(point)
                began_at = max(opening.began_at, back_at.get(point, opening.began_at))
                groups[(position, node, phases, mrid, began_at)].append(point)
    feeders = equipment.feeders_by_mrid(model, {key[3] for key in groups})
    alike = {position: _values(_row(openings[position].outage)) for position in {key[0] for key in groups}}
    _insert(
        (
            alike[position]
            | {"equipment_mrid": mrid, "node": node, "phases": phases, "usage_points": members, "customers": len(members),
               "feeder": feeders.get(mrid) or openings[position].outage.feeder, "began_at": began_at}
        ).values()
        for (position, node, phases, mrid, began_at), members in sorted(groups.items())
    )  # fmt: skip


def _values(row: Interruption) -> dict[str, Any]:
    """The columns of a row but its number, in order."""
    return {name: getattr(row, name) for name in _NAMES}


def _insert(rows: Iterable[Iterable[Any]]) -> None:
    """By COPY: when a city's meters come back, each in its own second, there are ten thousand of them."""
    columns = ", ".join(connection.ops.quote_name(name) for name in _NAMES)
    with connection.cursor() as cursor, cursor.copy(f"COPY {_TABLE} ({columns}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row(list(row))


def _known(model: str, nodes: list[int], since: dt.datetime) -> tuple[set[int], dict[int, dt.datetime]]:
    """Who is out at these nodes, and when who was out after `since` was back."""
    rows = live().filter(Q(ended_at=None) | Q(ended_at__gt=since), Q(node__any=nodes), model_key=model)
    is_out: set[int] = set()
    back_at: dict[int, dt.datetime] = {}
    for members, ended_at in rows.order_by("ended_at").values_list("usage_points", "ended_at"):
        if ended_at is None:
            is_out.update(members)
        else:
            back_at.update(dict.fromkeys(members, ended_at))
    return is_out, back_at


def _row(outage: Outage) -> Interruption:
    """What the rows of an outage have in common: an object for each of ten thousand rows takes longer than to store them."""
    return Interruption(
        outage=outage,
        area_id=outage.area_id,
        model_key=outage.model_key,
        is_provisional=outage.confidence != "confirmed",
        is_planned=outage.kind == "planned",
    )


def begin_earlier(*, outage: Outage, since: dt.datetime, only: Q | None = None) -> None:
    """Interruptions that are open began earlier than was known; but nobody is out again before he was back."""
    rows = list(live().filter(only or Q(), outage=outage, ended_at=None, began_at__gt=since))
    if rows:
        _, back_at = _known(outage.model_key, [row.node for row in rows], since)
        free = [row.pk for row in rows if back_at.keys().isdisjoint(row.usage_points)]
        live().filter(pk__in=free).update(began_at=since)


# Splitting and closing


class Part(NamedTuple):
    """Some usage points of a row, and the columns that change for them."""

    members: Sequence[int]
    changes: Mapping[str, Any]


def rewrite(parts: Mapping[Interruption, Sequence[Part]]) -> None:
    """Let rows become these parts of them, which hold every member once; what does not change (else the first) keeps the row."""
    changed: list[Interruption] = []
    split_off: list[list[Any]] = []
    columns: set[str] = set()
    for row, own in parts.items():
        whole = _values(row)
        stays = next((part for part in own if not part.changes), own[0])
        split_off += [list((whole | _columns(part)).values()) for part in own if part is not stays]
        if stays.changes or len(own) > 1:
            values = _columns(stays) if len(own) > 1 else stays.changes
            for name, value in values.items():
                setattr(row, name, value)
            columns |= values.keys()
            changed.append(row)
    if changed:
        Interruption.objects.bulk_update(changed, sorted(columns), batch_size=500)
    _insert(split_off)


def _columns(part: Part) -> dict[str, Any]:
    return {"usage_points": list(part.members), "customers": len(part.members), **part.changes}


def split(row: Interruption, changes: Mapping[int, Mapping[str, Any]]) -> list[Part]:
    """Parts of a row whose members change so; who is not named stays as he is."""
    groups: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for member in row.usage_points:
        groups[tuple(sorted(changes.get(member, {}).items()))].append(member)
    return [Part(members, dict(key)) for key, members in groups.items()]


def given_to(outage: Outage) -> dict[str, Any]:
    """The columns of a row that change when it becomes another outage's: it rests on as much as that outage does."""
    return {"outage_id": outage.pk, "is_provisional": outage.confidence != "confirmed"}


def close_all(*, outage: Outage, ended_at: dt.datetime) -> None:
    """Everybody still out is back since `ended_at`; never before he went out."""
    live().filter(outage=outage, ended_at=None).update(ended_at=Greatest(F("began_at"), ended_at))


def keep_only(*, kept: Mapping[int, Collection[int]], heirs: Mapping[int, int], reason: str, at: dt.datetime) -> None:
    """Predictions moved: of the customers of these outages only the named ones are still theirs.

    Another goes on in the outage that has him now (`heirs`, by usage point). Where somebody at his place came back meanwhile,
    he came back with him. Else he never was out.
    """
    rows = list(live().filter(outage_id__in=list(kept), is_provisional=True).order_by("pk"))
    back_at: dict[tuple[int, int], dt.datetime] = {}
    for row in rows:
        if row.ended_at is not None:
            place = row.outage_id, row.node
            back_at[place] = max(back_at.get(place, row.ended_at), row.ended_at)
    never: dict[str, Any] = {"superseded_at": at, "superseded_reason": reason[:200]}
    parts = {}
    for row in rows:
        gone = set(row.usage_points).difference(kept[row.outage_id])
        if row.ended_at is None and gone:
            back = back_at.get((row.outage_id, row.node))
            fate = {"ended_at": max(back, row.began_at)} if back else never
            parts[row] = split(row, {one: {"outage_id": heirs[one]} if one in heirs else fate for one in gone})
    rewrite(parts)


def supersede(*, outage: Outage, reason: str, at: dt.datetime) -> None:
    """Nothing of an outage counts."""
    live().filter(outage=outage).update(superseded_at=at, superseded_reason=reason[:200])


def mark_planned(outage_ids: Collection[int]) -> None:
    """All interruptions of these outages are planned ones, those too that came from a prediction."""
    if outage_ids:
        live().filter(outage_id__in=list(outage_ids), is_planned=False).update(is_planned=True)


# Figures


@dataclass
class Figures:
    """What the ledger says of an outage."""

    affected: int = 0
    out: int = 0
    ended_at: dt.datetime | None = None  # of the last that ended
    longest: dt.timedelta = field(default_factory=dt.timedelta)  # of those that ended


def figures(outage_ids: Collection[int]) -> dict[int, Figures]:
    """Customers ever affected and out now, when the last came back, how long the longest interruption was."""
    found = {pk: Figures() for pk in outage_ids}
    rows = live().filter(outage_id__in=list(outage_ids)).order_by().values("outage_id")
    sums = rows.annotate(
        affected=Sum("customers"),
        out=Sum("customers", filter=Q(ended_at=None), default=0),
        latest=Max("ended_at"),
        longest=Max(F("ended_at") - F("began_at"), default=dt.timedelta()),
    )
    for row in sums:
        found[row["outage_id"]] = Figures(row["affected"], row["out"], row["latest"], row["longest"])
    return found


def critical_out(outage_ids: Collection[int]) -> dict[int, int]:
    """Critical customers still out, by outage."""
    rows = live().filter(outage_id__in=list(outage_ids), ended_at=None).order_by()
    found = dict.fromkeys(outage_ids, 0)
    nodes: dict[str, set[int]] = defaultdict(set)
    for model, node in rows.values_list("model_key", "node").distinct():
        nodes[model].add(node)
    critical = [point for model, places in nodes.items() for point in supply.critical_ids_at(model, places)]
    if critical:
        held = rows.filter(usage_points__overlap=critical)
        for outage_id, members in held.values_list("outage_id", "usage_points"):
            found[outage_id] += len(set(critical).intersection(members))
    return found
