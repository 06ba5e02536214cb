"""Positions and overlay of a model at a past second, replayed from the journal.

Two clocks: `occurred_at` asks what was true in the field, `recorded_at` what was known here. A switch's entries are in one order by
both (a late word about a switch that has moved since is not journalled), so its latest entry up to the second decides. Snapshots
(`network.services.snapshots`) bound how many entries are read.
"""

import datetime as dt
import json
import zlib
from typing import Literal, NamedTuple

import numpy as np

from network.domain.grid import Grid
from network.domain.grid.arrays import Byte, frozen
from network.domain.temporary import Overlay
from network.models import JournalEntry, JournalSnapshot
from network.models.journal import OVERLAY_KINDS

Clock = Literal["occurred_at", "recorded_at"]
#: Where a switch stood, as phase bits, and of which quality.
Stands = dict[str, tuple[int, str]]


class Past(NamedTuple):
    """The switches of a grid at a past second: positions, and branches whose position was of bad quality."""

    positions: Byte
    bad: frozenset[int]


def clock_of(*, as_known: bool) -> Clock:
    """The column that is meant."""
    return "recorded_at" if as_known else "occurred_at"


def positions(model_id: int, grid: Grid, at: dt.datetime, clock: Clock, bad: set[str]) -> Past:
    """Where every switch of a grid stood; those that had not moved stand as the model says.

    Args:
        model_id: the model whose journal is read.
        grid: the version the switches are found in, by mRID.
        at: the second.
        clock: by field time or by what was known.
        bad: qualities that count as bad.
    """
    closed = grid.initial_closed.copy()
    stood = stands(model_id, at, clock)
    branches = grid.branch_indices(list(stood)) if stood else np.empty(0, np.int32)
    poor = []
    for branch, (position, quality) in zip(branches.tolist(), stood.values(), strict=True):
        if branch >= 0:
            closed[branch] = position
            if quality in bad:
                poor.append(branch)
    return Past(frozen(closed), frozenset(poor))


def stands(model_id: int, at: dt.datetime, clock: Clock) -> Stands:
    """Every switch that had moved by then."""
    start = JournalSnapshot.objects.filter(model_id=model_id, **{f"{clock}__lte": at}).order_by("-entry").first()
    stood = unpacked(start) if start else {}
    entries = JournalEntry.objects.filter(model_id=model_id, kind="position", **{f"{clock}__lte": at})
    if start:
        entries = entries.filter(pk__gt=start.entry)
    for mrid, after, quality in entries.order_by("pk").values_list("equipment_mrid", "closed_after", "quality"):
        stood[mrid] = (after or 0, quality)
    return stood


def overlay(model_id: int, at: dt.datetime, clock: Clock) -> Overlay:
    """What lay over the network then."""
    over = Overlay()
    entries = JournalEntry.objects.filter(model_id=model_id, kind__in=OVERLAY_KINDS, **{f"{clock}__lte": at})
    for kind, told, mrid in entries.order_by(clock, "pk").values_list("kind", "data", "equipment_mrid"):
        over = over.after(kind, told, mrid)
    return over


def packed(stood: Stands) -> bytes:
    """As a snapshot keeps it."""
    return zlib.compress(json.dumps(stood, separators=(",", ":")).encode(), 1)


def unpacked(snapshot: JournalSnapshot) -> Stands:
    """What a snapshot keeps."""
    kept: dict[str, list[object]] = json.loads(zlib.decompress(bytes(snapshot.positions)))
    return {mrid: (int(str(position)), str(quality)) for mrid, (position, quality) in kept.items()}
