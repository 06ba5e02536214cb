"""Who lives at the consumers: usage points with customers, meters, addresses, and the critical ones among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.domain import phases as ph
from network.domain.generation.service import Served
from network.domain.generation.texts import mixed
from network.domain.grid.arrays import Byte, Int

#: What is critical, and one in how many.
CRITICAL = ("", "life_support", "hospital", "water")
_ONE_IN = (0, 250, 20_000, 8_000)
#: Share of the customers of three-phase consumers that use all three phases.
_THREE = 0.3
_GIVEN = ("Ada", "Ben", "Carla", "David", "Emma", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Karin", "Liam", "Mara", "Noah",
          "Olga", "Peter", "Queenie", "Ruth", "Sara", "Tom", "Uma", "Victor", "Wanda", "Xaver", "Yara", "Zoe", "Ahmed", "Bianca",
          "Chen", "Dilan", "Elif", "Farid", "Gita", "Hana", "Ivan", "Jorge", "Kenji", "Lena", "Mateo", "Nadia")  # fmt: skip
_FAMILY = ("Acker", "Baker", "Carter", "Diaz", "Evans", "Fischer", "Garcia", "Hansen", "Ivanov", "Jensen", "Keller", "Lopez",
           "Miller", "Novak", "Olsen", "Parker", "Quinn", "Rossi", "Smith", "Turner", "Ueda", "Vogel", "Weber", "Xu", "Young",
           "Zimmer")  # fmt: skip
_ENDS = ("", "s", "mann", "son", "er", "berg", "field", "wood", "stein", "feld")
_TREES = ("Acacia", "Beech", "Cherry", "Dogwood", "Elder", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Kapok", "Linden",
          "Magnolia", "Nutmeg", "Olive", "Poplar", "Quince", "Rowan", "Spruce", "Tulip", "Umbra", "Viburnum", "Willow",
          "Yew", "Zelkova", "Aspen")  # fmt: skip
_ROADS = ("Street", "Avenue", "Lane", "Road", "Way", "Drive", "Court", "Terrace", "Close", "Hill")
_QUARTERS = ("", "North ", "South ", "East ", "West ", "Old ", "New ", "Upper ", "Lower ", "Little ")
NAMES = [f"{given} {family}{end}" for family in _FAMILY for end in _ENDS for given in _GIVEN]
STREETS = [f"{quarter}{tree} {road}" for quarter in _QUARTERS for tree in _TREES for road in _ROADS]
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(slots=True)
class People:
    """One row per usage point; `name` and `street` are places in NAMES and STREETS, `critical` in CRITICAL."""

    code: str  # begins every number of this utility, so that two utilities share none
    consumer: Int
    phases: Byte
    name: Int
    street: Int
    house: Int
    critical: Byte


def settle(rng: np.random.Generator, seed: int, served: list[Served]) -> People:
    """Everybody, in the order of the consumers."""
    customers, phases, street, house = (
        np.concatenate([getattr(one, name) for one in served]) for name in ("customers", "phases", "street", "house")
    )
    consumer = np.repeat(np.arange(customers.size, dtype=np.int32), customers)
    count = consumer.size
    lot = rng.random(count)
    one = np.uint8(1) << rng.integers(0, 3, count).astype(np.uint8)
    mine = phases[consumer]
    mine = np.where((mine == ph.ABC) & (lot > _THREE), one, mine).astype(np.uint8)
    at = mixed(street.astype(np.uint64)) % np.uint64(len(STREETS))
    return People(
        code=_code(seed, count),
        consumer=consumer,
        phases=mine,
        name=rng.integers(0, len(NAMES), count, dtype=np.int32),
        street=at.astype(np.int32)[consumer],
        house=(house[consumer] + 1).astype(np.int32),
        critical=_critical(rng, count),
    )


def _critical(rng: np.random.Generator, count: int) -> Byte:
    found = np.zeros(count, np.uint8)
    for code, one_in in enumerate(_ONE_IN):
        if one_in:
            found[rng.choice(count, -(-count // one_in), replace=False)] = code
    return found


def _code(seed: int, count: int) -> str:
    value = int(mixed(np.array([seed * 10_000_019 + count], np.uint64))[0])
    letters = []
    for _ in range(5):
        value, place = divmod(value, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters)
