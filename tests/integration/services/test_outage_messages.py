"""What partners are told of an outage."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from adms.core.services import dispatch, events
from integration.cim import envelope, schemas
from integration.models import OutboxMessage, Partner
from outages.events import OutageChanged
from outages.models import Interruption, Outage
from tests.integration.services.cast import AT, MillLane, make_partner

NS = "{urn:tieline:cim:2026:UnplannedOutages#}"


@pytest.fixture
def portal(transactional_db: None) -> Partner:
    return make_partner("PORTAL", [], endpoint_url="https://portal.example.org/cim", subscriptions=["UnplannedOutages"])


@pytest.fixture
def outage(mill_lane: MillLane) -> Outage:
    outage = Outage.objects.create(
        mrid="8c3c7b7e-20f1-4b0a-bb1b-3f6f8c4a9d02", area=mill_lane.area, model_key="demo", kind="outage", state="new",
        confidence="predicted", device_mrid="fuse-3", device_name="Fuse <3>", feeder="F-12", phases=7, node=7, customers_affected=2,
        customers_out=2, critical_out=1, started_at=AT - dt.timedelta(minutes=3), predicted_at=AT,
    )  # fmt: skip
    Interruption.objects.create(
        outage=outage, area=mill_lane.area, model_key="demo", equipment_mrid="transformer-1", node=7, phases=7, customers=2,
        usage_points=[point.pk for point in mill_lane.points], began_at=outage.started_at,
    )  # fmt: skip
    return outage


def tell(outage: Outage, *verbs: str) -> list[tuple[envelope.Envelope, dict[str, list[str]]]]:
    """Publish that it changed, let the subscribers run, read what lies in the outbox."""
    before = OutboxMessage.objects.count()
    facts = [
        OutageChanged(outage.pk, outage.mrid, "demo", verb, number, "test", AT) for number, verb in enumerate(verbs)
    ]
    with transaction.atomic():
        events.publish(area_id=outage.area_id, facts=facts, at=AT)
    dispatch.dispatch(clock=lambda: AT)
    return [read(bytes(row.body)) for row in OutboxMessage.objects.order_by("pk")[before:]]


def read(body: bytes) -> tuple[envelope.Envelope, dict[str, list[str]]]:
    got = envelope.read(body)
    assert got.payload is not None
    schemas.validate_payload(got.payload, "UnplannedOutages")
    found: dict[str, list[str]] = {}
    for element in got.payload.iter():
        found.setdefault(element.tag.removeprefix(NS), []).append((element.text or "").strip())
    return got, found


def test_a_predicted_outage_is_created_with_all_a_customer_system_needs(portal: Partner, outage: Outage) -> None:
    ((got, found),) = tell(outage, "created")
    assert (got.verb, got.noun) == ("created", "UnplannedOutages")
    assert (found["outageKind"], found["statusKind"]) == (["predicted"], ["awaitingCrewAssignment"])
    assert (found["metersAffected"], found["originalCustomersServed"], found["customersRestored"]) == (
        ["2"],
        ["2"],
        ["0"],
    )
    assert (found["criticalCount"], found["totalCount"]) == (["1"], ["2"])
    assert found["start"] == ["2026-03-01T10:13:00Z"]
    assert {"SDP-1", "SDP-2", "Fuse <3>"} <= set(found["name"])


@pytest.mark.parametrize(
    ("change", "verb", "kind", "status"),
    [
        ({"state": "assigned", "confidence": "probable"}, "changed", "predicted", ["assigned"]),
        ({"state": "on_site", "confidence": "confirmed"}, "changed", "confirmed", ["arrived"]),
        ({"state": "partly_restored", "customers_out": 1}, "changed", "partiallyRestored", ["arrived"]),
        ({"state": "restored", "customers_out": 0, "restored_at": AT}, "closed", "restored", ["fieldComplete"]),
        ({"state": "completed", "cause": "lightning", "customers_out": 0}, "changed", "closed", ["fieldComplete"]),
        ({"state": "cancelled"}, "canceled", "closed", []),
    ],
)
def test_each_state_is_told_in_cims_words(
    portal: Partner, outage: Outage, change: dict[str, Any], verb: str, kind: str, status: list[str]
) -> None:
    Outage.objects.filter(pk=outage.pk).update(**change)
    ((got, found),) = tell(outage, verb)
    assert (got.verb, found["outageKind"], found.get("statusKind", [])) == (verb, [kind], status)
    if "cause" in change:
        assert (found["cause"], found["causeKind"]) == (["Lightning"], ["lightingStrike"])


def test_an_estimate_is_told_with_how_sure_we_are(portal: Partner, outage: Outage) -> None:
    Outage.objects.filter(pk=outage.pk).update(etr_at=AT + dt.timedelta(hours=2), etr_source="crew")
    ((_, found),) = tell(outage, "changed")
    assert (found["confidenceKind"], found["ert"], found["ertSource"]) == (["high"], ["2026-03-01T12:16:00Z"], ["crew"])


def test_of_many_changes_in_one_batch_the_last_is_told(portal: Partner, outage: Outage) -> None:
    verbs = [got.verb for got, _ in tell(outage, "created", "changed", "changed", "changed", "closed")]
    assert verbs == ["created", "closed"]
    assert [got.verb for got, _ in tell(outage, "changed", "changed")] == ["changed"]


def test_planned_work_is_not_told_as_unplanned(portal: Partner, outage: Outage) -> None:
    Outage.objects.filter(pk=outage.pk).update(kind="planned")
    assert tell(outage, "created") == []


def test_who_does_not_subscribe_is_not_told(outage: Outage) -> None:
    make_partner("GIS", [], endpoint_url="https://gis.example.org/cim", subscriptions=["NetworkModel"])
    assert tell(outage, "created") == []
