"""NetworkChanges, outgoing: what is operated now and how it differs from what was built, a noun of our own (P07, X09).

`created` tells of a version of a model that became the operated one, `changed` of a reconfiguration. Each message carries the whole
difference as it stands, so that who missed one is right again with the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from integration.cim import namespaces, writer
from integration.cim.nouns import items
from integration.cim.nouns.items import Identified

NOUN, CREATED, CHANGED = "NetworkChanges", "created", "changed"


@dataclass(frozen=True, slots=True)
class SwitchChange:
    """A switch that does not stand as it normally does."""

    switch: Identified
    is_open: bool
    feeder: str = ""
    since: dt.datetime | None = None
    phases: str = ""


@dataclass(frozen=True, slots=True)
class TransformerChange:
    """A service transformer that another feeder feeds than was built; "" is none."""

    transformer: Identified
    feeder: str
    normal_feeder: str


@dataclass(frozen=True, slots=True)
class NetworkChange:
    """One model."""

    model: str
    version: int
    sequence: int
    occurred_at: dt.datetime
    full_model: str  # where the model is to be had, below our address
    switches: Sequence[SwitchChange] = ()
    transformers: Sequence[TransformerChange] = ()
    is_complete: bool = True  # false: there were more than a message holds; fetch the model instead


def build(one: NetworkChange) -> str:
    """The payload."""
    change = writer.element(
        "NetworkChange",
        writer.text("fullModel", one.full_model),
        writer.flag("isComplete", value=one.is_complete),
        writer.time("occurredDateTime", one.occurred_at),
        writer.text("sequence", one.sequence),
        writer.text("version", one.version),
        writer.element("Names", writer.text("name", one.model)),
        *map(_switch, one.switches),
        *map(_transformer, one.transformers),
    )
    return writer.element(NOUN, change, xmlns=namespaces.PROFILES[NOUN])


def _switch(one: SwitchChange) -> str:
    return writer.element(
        "SwitchChange",
        writer.text("feeder", one.feeder),
        writer.flag("open", value=one.is_open),
        writer.text("phases", one.phases),
        writer.time("sinceDateTime", one.since),
        items.write_identified("Switch", one.switch),
    )


def _transformer(one: TransformerChange) -> str:
    return writer.element(
        "TransformerChange",
        writer.text("feeder", one.feeder),
        writer.text("normalFeeder", one.normal_feeder),
        items.write_identified("Transformer", one.transformer),
    )
