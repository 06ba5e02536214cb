"""Substations: where they stand, two transformers on two bars each, a breaker per feeder.

source --CB-- o --T1-- o --CB-- bar 1 --+--CB-- feeder 01, 03, ...
|                               |  coupler/open
+----CB-- o --T2-- o --CB-- bar 2 --+--CB-- feeder 02, 04, ...
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.domain.generation.pieces import Pieces
from network.domain.generation.styles import FeederKind, Style
from network.domain.generation.texts import digits, joined, runs
from network.domain.grid.arrays import Float, Int, Text

FEEDERS_EACH = 8
_FIRST = ("Ash", "Birch", "Cedar", "Dun", "Elm", "Fair", "Glen", "Hart", "Iron", "Jasper", "Kings", "Lake", "Maple",
          "North", "Oak", "Pine", "Quarry", "River", "Stone", "Thorn", "Upper", "Vale", "West", "York", "Zion", "Marsh")  # fmt: skip
_CODES = ("AS", "BI", "CE", "DU", "EL", "FA", "GL", "HA", "IR", "JA", "KI", "LA", "MP",
          "NO", "OA", "PI", "QU", "RI", "ST", "TH", "UP", "VA", "WE", "YO", "ZI", "MA")  # fmt: skip
_LAST = ("ford", "bury", "crest", "dale", "edge", "field", "grove", "hurst", "isle", "junction", "kirk", "land", "mont",
         "ness", "over", "port", "quay", "ridge", "side", "ton", "view", "wick", "yard", "zell")  # fmt: skip
MOST = len(_FIRST) * len(_LAST)
_GOLDEN = 2.399963


@dataclass(slots=True)
class Feeders:
    """Feeders of one kind: where they leave their substation, which way they go, whom they supply."""

    kind: FeederKind
    code: Text  # such as ASF-07
    container: Int
    head: Int  # node behind the breaker
    x: Float
    y: Float
    way: Int  # quarter turns from east
    lane: Int  # 0, 1: the second one that goes the same way stays apart from the first
    customers: Int


@dataclass(slots=True)
class Substations:
    """Names, places and sources; container numbers are their own, feeders come behind."""

    name: list[str]
    code: Text
    x: Float
    y: Float
    source_node: Int
    breaker: Int  # feeder breakers: branches
    feeder_name: list[str]
    feeder_of: Int  # substation of each feeder
    feeders: list[Feeders]


def build(pieces: Pieces, style: Style, feeders: list[tuple[FeederKind, Int]]) -> Substations:
    """All substations with their feeders; `feeders` gives the customers of each feeder, kind by kind, the densest first."""
    counts = [-(-customers.size // FEEDERS_EACH) for _, customers in feeders]
    total = sum(counts)
    x, y = _places(feeders, counts)
    name, code = _names(total)
    own = np.arange(total, dtype=np.int32)
    bars, source = _bars(pieces, style, code, x, y, own)
    found = Substations(name, code, x, y, source, np.empty(0, np.int32), [], np.empty(0, np.int32), [])
    first = np.concatenate([[0], np.cumsum(counts)])
    for (kind, customers), start, count in zip(feeders, first, counts, strict=False):
        _leave(pieces, style, found, kind, customers, bars, np.arange(start, start + count))
    return found


def _places(feeders: list[tuple[FeederKind, Int]], counts: list[int]) -> tuple[Float, Float]:
    """Around the centre, each kind in a ring outside of the denser one, by the area its feeders cover."""
    area = np.concatenate(
        [np.full(count, _extent(kind) ** 2) for (kind, _), count in zip(feeders, counts, strict=True)]
    )
    radius = np.sqrt((np.cumsum(area) - area / 2) / np.pi)
    turn = np.arange(area.size) * _GOLDEN
    return radius * np.cos(turn), radius * np.sin(turn)


def _extent(kind: FeederKind) -> float:
    """Side of the square a substation of this kind supplies."""
    transformers = kind.per_feeder / kind.per_transformer
    if kind.is_ring:
        return 4.8 * kind.trunk_step * float(transformers**0.5)
    return 2 * kind.trunk_step * transformers / kind.per_lateral


def _names(total: int) -> tuple[list[str], Text]:
    order = [(one * 7 + one // len(_FIRST)) % len(_FIRST) for one in range(total)]
    places = [(first, one // len(_FIRST)) for one, first in enumerate(order)]
    names = [_FIRST[first] + _LAST[last] for first, last in places]
    codes = [_CODES[first] + _LAST[last][0].upper() for first, last in places]
    return names, np.array([code.encode() for code in codes], "S3")


def _bars(pieces: Pieces, style: Style, code: Text, x: Float, y: Float, own: Int) -> tuple[list[Int], Int]:
    source = pieces.nodes(x, y, style.high_v, own)
    bars = []
    for number, side in ((b"1", -1.0), (b"2", 1.0)):
        high = pieces.nodes(x + side * 12, y + 6, style.high_v, own)
        low = pieces.nodes(x + side * 12, y - 6, style.medium_v, own)
        bar = pieces.nodes(x + side * 12, y - 18, style.medium_v, own)
        pieces.branches("Breaker", joined(code, b" HV", number), source, high, own, rated_a=1250.0)
        pieces.branches("PowerTransformer", joined(code, b" T", number), high, low, own, rated_kva=40_000.0)
        pieces.branches("Breaker", joined(code, b" MV", number), low, bar, own, rated_a=2000.0)
        bars.append(bar)
    pieces.branches("Breaker", joined(code, b" COUPLER"), bars[0], bars[1], own, rated_a=2000.0, normal_closed=0)
    return bars, source


def _leave(
    pieces: Pieces, style: Style, found: Substations, kind: FeederKind, customers: Int, bars: list[Int], stations: Int
) -> None:
    """The breakers of one kind of feeders, dealt evenly to these substations."""
    each = np.bincount(np.arange(customers.size) % max(stations.size, 1), minlength=stations.size)
    owner, place = runs(each)
    station = stations[owner].astype(np.int32)
    number = found.feeder_of.size
    container = (len(found.name) + number + np.arange(customers.size)).astype(np.int32)
    code = joined(found.code[station], b"-", digits(place + 1, 2))
    bar = np.where(place % 2, bars[1][station], bars[0][station]).astype(np.int32)
    x = found.x[station] + (place - (each[owner] - 1) / 2) * 5.0
    y = found.y[station] - 34.0
    head = pieces.nodes(x, y, style.medium_v, container)
    breaker = pieces.branches("Breaker", joined(code, b" CB"), bar, head, container, rated_a=630.0)
    found.breaker = np.concatenate([found.breaker, breaker])
    found.feeder_of = np.concatenate([found.feeder_of, station])
    found.feeder_name += [f"{found.name[one]} {rank + 1:02d}" for one, rank in zip(station, place, strict=True)]
    found.feeders.append(
        Feeders(kind, code, container, head, x, y, (place % 4).astype(np.int32), place // 4, customers)
    )
