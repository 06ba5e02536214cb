"""The usage points of a utility one by one, as rows are written from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from network.domain.generation import texts
from network.domain.generation.assembly import INJECTION, METER, USAGE_POINT
from network.domain.generation.people import CRITICAL, NAMES, STREETS
from network.domain.generation.utility import Utility


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


def households(utility: Utility) -> Iterator[Household]:
    """All of them, in the order of the consumers."""
    people, count = utility.people, utility.people.consumer.size
    sources = len(utility.substations.name)
    consumers = texts.mrids(utility.seed, INJECTION, sources + utility.consumers["node"].size)[sources:]
    rows = zip(
        texts.mrids(utility.seed, USAGE_POINT, count).astype(str).tolist(),
        texts.mrids(utility.seed, METER, count).astype(str).tolist(),
        people.consumer.tolist(),
        consumers.astype(str)[people.consumer].tolist(),
        people.phases.tolist(),
        people.name.tolist(),
        people.street.tolist(),
        people.house.tolist(),
        people.critical.tolist(),
        strict=True,
    )
    code = people.code
    for number, (mrid, meter, consumer, owner, phases, name, street, house, critical) in enumerate(rows, start=1):
        digits = f"{number:07d}"
        yield Household(
            mrid, f"UP-{code}-{digits}", consumer, owner, phases, f"{house} {STREETS[street]}", f"{code}{digits}",
            NAMES[name], f"555-{digits[:3]}-{digits[3:]}", CRITICAL[critical], meter, f"M{code}{digits}",
        )  # fmt: skip
