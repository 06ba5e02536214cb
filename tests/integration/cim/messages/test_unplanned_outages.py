"""UnplannedOutages as we send them."""

import dataclasses
import datetime as dt

import pytest

from integration.cim import envelope, events, schemas
from integration.cim.canonical import canonical
from integration.cim.nouns import unplanned_outages
from integration.cim.nouns.items import Identified, Name
from tests.integration.cim.messages import compose

AT = dt.datetime(2026, 3, 1, 10, 45, tzinfo=dt.UTC)
STARTED = dt.datetime(2026, 3, 1, 10, 15, 28, tzinfo=dt.UTC)
OUTAGE = unplanned_outages.UnplannedOutage(
    mrid="8c3c7b7e-20f1-4b0a-bb1b-3f6f8c4a9d02",
    number="INC-2026-0007",
    kind="partiallyRestored",
    status="assigned",
    cause="Beech <12 m> on the line",
    cause_kind="treeDown",
    modified_at=AT,
    reported_start_at=STARTED,
    started_at=STARTED,
    estimated_restoration_at=dt.datetime(2026, 3, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=1))),
    estimate_source="crew",
    estimate_confidence="low",
    meters_affected=171,
    original_customers_served=212,
    customers_restored=41,
    customers_out=171,
    critical_customers_out=2,
    equipments=(Identified("7b2f9e0a-3f2c-4d8e-8f5e-2c9a0c6f1b44", (Name("F-12 fuse 3"),)),),
    isolation_equipment=(Identified("1d0f4c77-7f2b-43d2-a2c1-9d0f6a3b5e10"),),
    de_energized_usage_points=(Identified("9a1f6b52-6a35-4a9f-8f1b-6d3c2a1b0003"),),
    crews=(Identified("", (Name("Line crew 2"),)),),
)


def message(outage: unplanned_outages.UnplannedOutage, verb: str = "changed") -> bytes:
    return events.message(
        verb=verb,
        noun="UnplannedOutages",
        payload=unplanned_outages.build(outage),
        sender="TIELINE",
        message_id="4f1a5a2b-6d08-4b60-8a0e-53a2a1d0a7f3",
        at=AT,
    )


def test_an_outage_is_written_as_the_sample_says() -> None:
    written, sample = envelope.read(message(OUTAGE)), envelope.read(compose.sample("unplanned_outage"))
    assert written.payload is not None
    assert sample.payload is not None
    for read in (written, sample):
        for element in read.payload.iter():  # layout is not content
            element.tail = None
            element.text = None if len(element) else element.text
    assert canonical(written.payload) == canonical(sample.payload)
    assert dataclasses.replace(written, payload=None, body_hash="") == dataclasses.replace(
        sample, payload=None, body_hash=""
    )


@pytest.mark.parametrize("kind", sorted(unplanned_outages.KINDS))
def test_every_kind_makes_a_valid_message(kind: str) -> None:
    least = unplanned_outages.UnplannedOutage(mrid="o-1", number="1", kind=kind, modified_at=AT)
    for outage in (least, dataclasses.replace(OUTAGE, kind=kind, ended_at=AT)):
        payload = envelope.read(message(outage, "closed")).payload
        assert payload is not None
        schemas.validate_payload(payload, "UnplannedOutages")


def test_zero_customers_are_said_and_unknown_ones_are_not() -> None:
    assert "<totalCount>0</totalCount>" in unplanned_outages.build(dataclasses.replace(OUTAGE, customers_out=0))
    assert "summary" not in unplanned_outages.build(dataclasses.replace(OUTAGE, customers_out=None))


def test_a_word_that_is_not_cims_never_leaves() -> None:
    with pytest.raises(ValueError, match="lightningStrike"):
        unplanned_outages.build(dataclasses.replace(OUTAGE, cause_kind="lightningStrike"))
