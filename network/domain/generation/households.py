"""The usage points of a utility: by the column, as they are loaded, and one by one, as files are written from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.domain.generation import texts
from network.domain.generation.assembly import INJECTION, METER, USAGE_POINT
from network.domain.generation.people import CRITICAL, NAMES, STREETS
from network.domain.generation.utility import Utility
from network.domain.grid.arrays import Text

_DIGITS = 7


class Household(NamedTuple):
    """One customer with one meter; `consumer` is the place among the consumers, `phases` as bits."""

    mrid: str
    name: str
    consumer: int
    consumer_mrid: str
    phases: int
    address: str
    account_number: str
    customer_name: str
    phone: str
    critical: str
    meter_mrid: str
    meter_number: str


def household_columns(utility: Utility) -> dict[str, NDArray[Any]]:
    """The fields of all households, in the order of the consumers: texts as bytes, `consumer` and `phases` as numbers."""
    people, count = utility.people, utility.people.consumer.size
    sources = len(utility.substations.name)
    consumers = texts.mrids(utility.seed, INJECTION, sources + utility.consumers["node"].size)[sources:]
    digits = texts.digits(np.arange(1, count + 1), _DIGITS)
    places = digits.view("S1").reshape(count, _DIGITS)
    ends = [np.ascontiguousarray(part).view(f"S{part.shape[1]}").reshape(-1) for part in (places[:, :3], places[:, 3:])]
    code = people.code.encode()
    return {
        "mrid": texts.mrids(utility.seed, USAGE_POINT, count),
        "name": texts.joined(b"UP-", code, b"-", digits),
        "consumer": people.consumer,
        "consumer_mrid": consumers[people.consumer],
        "phases": people.phases,
        "address": np.strings.add(np.strings.add(_numbers(people.house), b" "), _encoded(STREETS)[people.street]),
        "account_number": texts.joined(code, digits),
        "customer_name": _encoded(NAMES)[people.name],
        "phone": texts.joined(b"555-", ends[0], b"-", ends[1]),
        "critical": _encoded(CRITICAL)[people.critical],
        "meter_mrid": texts.mrids(utility.seed, METER, count),
        "meter_number": texts.joined(b"M", code, digits),
    }


def households(utility: Utility) -> Iterator[Household]:
    """All of them, in the order of the consumers."""
    columns = household_columns(utility)
    plain = [(one.astype(str) if one.dtype.kind == "S" else one).tolist() for one in columns.values()]
    return map(Household._make, zip(*plain, strict=True))


def _encoded(words: list[str] | tuple[str, ...]) -> Text:
    return np.array([word.encode() for word in words])


def _numbers(values: NDArray[Any]) -> Text:
    """Decimal numbers without leading zeros: few differ."""
    distinct, place = np.unique(values, return_inverse=True)
    return distinct.astype(np.bytes_)[place]
