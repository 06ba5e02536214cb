"""Energy of feeders by the quarter hour, judged."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from network.domain import feeder_energy as arithmetic
from network.domain.feeder_energy import BLOCK_S, Block
from network.models import FeederEnergy

#: Blocks in a row that a line may bridge: two hours.
LONGEST_GAP = 8


@dataclass(frozen=True, slots=True)
class FeederBlocks:
    """A feeder's blocks, one after the other; the first ends a block after `begins_at`."""

    model: str
    feeder: str
    substation: str
    area: str
    begins_at: dt.datetime
    blocks: tuple[Block, ...]

    @property
    def kwh(self) -> float:
        """Of all blocks that say something."""
        return sum(one.kwh for one in self.blocks if one.kwh is not None)

    def ends_at(self, number: int) -> dt.datetime:
        """When a block ends."""
        return self.begins_at + dt.timedelta(seconds=BLOCK_S * (number + 1))


def of_time(
    begins: dt.datetime, ends: dt.datetime, *, area: str = "", model: str = "", feeder: str = ""
) -> list[FeederBlocks]:
    """The feeders that counted anything between two moments, by model, substation and name.

    The points at the heads of a feeder are added up; its block is covered as far as the least of them.
    """
    rows = FeederEnergy.objects.filter(ends_at__gt=begins, ends_at__lte=ends)
    for column, value in (("area__key", area), ("model__key", model), ("feeder", feeder)):
        rows = rows.filter(**{column: value}) if value else rows
    count = round((ends - begins).total_seconds() / BLOCK_S)
    points: dict[tuple[str, str, str, str], dict[str, np.ndarray]] = defaultdict(dict)
    derived: set[tuple[str, str, str, str]] = set()
    columns = (
        "model__key",
        "substation",
        "feeder",
        "area__key",
        "point_mrid",
        "is_derived",
        "ends_at",
        "kwh",
        "covered_s",
    )
    for key_model, substation, name, key_area, point, is_derived, end, kwh, covered in rows.values_list(*columns):
        key = (key_model, substation, name, key_area)
        told = points[key].setdefault(point, np.zeros((2, count)))
        told[:, round((end - begins).total_seconds() / BLOCK_S) - 1] = kwh, covered
        derived |= {key} if is_derived else set()
    found = []
    for key, by_point in sorted(points.items()):
        stacked = np.stack(list(by_point.values()))
        blocks = arithmetic.judge(
            stacked[:, 0].sum(axis=0), stacked[:, 1].min(axis=0), is_derived=key in derived, longest_gap=LONGEST_GAP
        )
        found.append(FeederBlocks(key[0], key[2], key[1], key[3], begins, tuple(blocks)))
    return found
