"""What the network and the meters tell about supply, taken into outages and ledger.

A telemetered trip is a confirmed outage at once; a close ends interruptions at field time for those who are live again and are
not held out by an outage of their own further down.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q

from adms.core import actors, runtime_settings
from network.events import EnergisationChanged
from network.selectors import equipment, state
from outages.models import Evidence, Interruption, Outage
from outages.selectors import trees
from outages.services import evidence, incidents, ledger, prediction

NETWORK = actors.system("network")
ENOUGH_METERS = runtime_settings.declare(
    "restoration.enough_meters",
    2,
    unit="meters",
    help_="So many meters of a transformer with supply mean that the transformer has it; one alone may be linked wrongly.",
)
#: Predictions that began this shortly before a trip were about the trip.
SAME_EVENT = dt.timedelta(seconds=90)


@transaction.atomic
def energisation_changed(*, change: EnergisationChanged, reference: str, at: dt.datetime) -> None:
    """Take one movement of a switch into the outages of its model."""
    incidents.lock_model(change.model)
    if change.lost:
        _lost(change, reference, at)
    if change.regained:
        _regained(change, at)


@transaction.atomic
def meters_regained(*, model: str, usage_points: Sequence[int], occurred_at: Sequence[float], at: dt.datetime) -> None:
    """Meters have supply: their rows end at that time, wherever they were counted; their dark evidence is settled."""
    incidents.lock_model(model)
    times = {
        point: dt.datetime.fromtimestamp(seconds, dt.UTC)
        for point, seconds in zip(usage_points, occurred_at, strict=True)
    }
    for point, since in times.items():
        silent = Q(usage_point_id=point, kind__in=evidence.DARK, occurred_at__lte=since)
        evidence.settle(rows=silent, reason="the meter has supply", at=at)
    found = ledger.live().filter(model_key=model, ended_at=None, usage_points__overlap=list(times))
    rows = [row for row in found if any(times.get(m, row.began_at) > row.began_at for m in row.usage_points)]
    later = {
        row.pk: {m: times[m] for m in row.usage_points if times.get(m, row.began_at) > row.began_at} for row in rows
    }
    for row in rows:
        ledger.close_some(rows=[row], ended_at=later[row.pk])
    for outage_id, node in sorted({(row.outage_id, row.node) for row in rows}):
        _transformer_is_back(model, outage_id, node, at)
    _settle_outages({row.outage_id for row in rows}, at)


def _transformer_is_back(model: str, outage_id: int, node: int, at: dt.datetime) -> None:
    """Enough meters of one transformer have supply: so have its others, whose word got lost, unless they deny it since.

    Restoration messages get lost like last gasps do; without this rule the silent third of a street stays out on paper.
    """
    rows = list(ledger.live().filter(model_key=model, outage_id=outage_id, node=node).order_by("pk"))
    still = [row for row in rows if row.ended_at is None]
    back = sorted(row.ended_at for row in rows if row.ended_at is not None for _ in row.usage_points)
    if not still or len(back) < runtime_settings.get(ENOUGH_METERS):
        return
    since = back[runtime_settings.get(ENOUGH_METERS) - 1]
    denied = set(
        Evidence.objects.filter(
            usage_point_id__in=[member for row in still for member in row.usage_points],
            kind__in=evidence.DARK,
            occurred_at__gt=since,
        ).values_list("usage_point_id", flat=True)
    )
    members = {member: since for row in still for member in row.usage_points if member not in denied}
    ledger.close_some(rows=still, ended_at=members)
    silent = Q(usage_point_id__in=list(members), kind__in=evidence.DARK, occurred_at__lte=since)
    evidence.settle(rows=silent, reason="meters at the same transformer have supply", at=at)


def _lost(change: EnergisationChanged, reference: str, at: dt.datetime) -> None:
    """Customers lost supply because a switch opened."""
    nodes = np.array([node for node, _ in change.lost], dtype=np.int32)
    dark = np.array([bits for _, bits in change.lost], dtype=np.uint8)
    affected = ledger.affected_at(change.model, nodes, dark)
    if not len(affected.ids) or _is_over(change):
        return
    outage = _outage_at(change) or _open_outage(change, at)
    trip = _trip(change, outage, reference)
    evidence.join(outage_id=outage.pk, evidence_ids=evidence.record(pieces=[trip], at=at))
    _absorb(outage, change, nodes, at)
    ledger.open_rows(outage=outage, affected=affected, began_at=change.occurred_at)
    ledger.live().filter(outage=outage, is_provisional=True).update(is_provisional=False)
    verb = "created" if outage.revision == 1 else "changed"
    incidents.changed(outage=outage, what="confirmed", verb=verb, at=at)


def _is_over(change: EnergisationChanged) -> bool:
    """Whether this opening belongs to an outage that has been restored since: its rows are closed, it opens nothing again."""
    return Outage.objects.filter(
        model_key=change.model,
        device_mrid=change.equipment_mrid,
        started_at__lte=change.occurred_at + SAME_EVENT,
        restored_at__gt=change.occurred_at,
    ).exists()


def _outage_at(change: EnergisationChanged) -> Outage | None:
    """The going outage of this very device, now confirmed."""
    outage = (
        Outage.objects.select_related("area")
        .filter(model_key=change.model, device_mrid=change.equipment_mrid, state__in=incidents.GOING_ON)
        .exclude(kind="single")
        .first()
    )
    if outage is not None and outage.confidence != "confirmed":
        outage.confidence, outage.confirmed_at = "confirmed", at_or(change)
        incidents.note(
            outage=outage,
            kind="confirmed",
            text=f"{change.name} is open",
            actor=NETWORK,
            occurred_at=change.occurred_at,
            at=change.occurred_at,
        )
    return outage


def at_or(change: EnergisationChanged) -> dt.datetime:
    """When the device was seen open."""
    return change.occurred_at


def _open_outage(change: EnergisationChanged, at: dt.datetime) -> Outage:
    found = equipment.find(change.equipment_mrid, change.model)
    grid = state.present(change.model).grid
    node = int(change.lost[0][0])
    place = int(grid.branch_to[change.branch])
    bits = int(np.bitwise_or.reduce(np.array([b for _, b in change.lost], dtype=np.uint8)))
    words = "opened by command" if change.is_commanded else "opened by itself"
    fields: dict[str, Any] = {
        "area_id": found.area_id,
        "model_key": change.model,
        "kind": "outage",
        "confidence": "confirmed",
        "device_mrid": found.mrid,
        "device_name": found.name,
        "feeder": found.feeder,
        "phases": bits,
        "node": node,
        "x": _number(grid.node_x[place]),
        "y": _number(grid.node_y[place]),
        "started_at": change.occurred_at,
        "confirmed_at": change.occurred_at,
        "etr_at": at + dt.timedelta(hours=2),
        "etr_source": "machine",
        "explanation": _explanation(change),
    }
    return incidents.create(fields=fields, text=f"{found.name} {words} ({change.source})", actor=NETWORK, at=at)


def _explanation(change: EnergisationChanged) -> dict[str, Any]:
    """Telemetry needs no threshold."""
    return {
        "kind": "device",
        "device": change.equipment_mrid,
        "phases": 7,
        "customers": 0,
        "transformers": len(change.lost),
        "usage_point": -1,
        "confidence": "confirmed",
        "evidence": [],
        "stopped_by": None,
        "alternatives": [],
        "rule_set": "",
        "engine": "telemetry",
        "source": change.source,
        "is_commanded": change.is_commanded,
        "checks": [
            {"key": "opened", "value": 1.0, "threshold": 1.0, "passed": True, "of": None, "evidence": [], "devices": []}
        ],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _trip(change: EnergisationChanged, outage: Outage, reference: str) -> evidence.Piece:
    return evidence.Piece(
        "trip",
        reference,
        outage.area_id,
        change.model,
        None,
        change.equipment_mrid,
        outage.node,
        outage.phases,
        change.occurred_at,
    )


def _absorb(outage: Outage, change: EnergisationChanged, nodes: "np.ndarray[Any, Any]", at: dt.datetime) -> None:
    """Predictions about the same event become part of it; older outages below it are nested in it."""
    rows = ledger.live().filter(model_key=change.model, ended_at=None, node__in=nodes.tolist())
    below = Outage.objects.filter(pk__in=rows.values("outage_id"), state__in=incidents.GOING_ON, parent=None).exclude(
        pk=outage.pk
    )
    for inner in below.order_by("pk"):
        if inner.confidence == "predicted" and inner.started_at >= change.occurred_at - SAME_EVENT:
            Interruption.objects.filter(outage=inner, superseded_at=None).update(outage=outage, is_provisional=False)
            Evidence.objects.filter(outage=inner).update(outage=outage)
            inner.calls.update(outage=outage)
            incidents.cancel(
                outage=inner, reason=f"Part of outage {outage.pk}: {change.name} opened", actor=NETWORK, at=at
            )
        else:
            inner.parent = outage
            if inner.confidence == "predicted":
                inner.confidence = "probable"  # what is dark above it can no longer speak for or against it
            incidents.note(
                outage=inner,
                kind="nested",
                text=f"Nested below outage {outage.pk}",
                actor=NETWORK,
                occurred_at=change.occurred_at,
                at=at,
            )
            incidents.changed(outage=inner, what="nested", at=at)


def _regained(change: EnergisationChanged, at: dt.datetime) -> None:
    """Customers are live again: their rows end, except those an outage of their own holds out."""
    live: dict[int, int] = {pair[0]: pair[1] for pair in change.regained}
    going = list(Outage.objects.filter(model_key=change.model, state__in=incidents.GOING_ON))
    held = _held_out(change.model, going)
    found = ledger.live().filter(model_key=change.model, ended_at=None, node__in=list(live))
    rows = [row for row in found if row.node not in held.get(row.outage_id, set()) and _is_back(row, live[row.node])]
    ledger.close_rows(rows=rows, ended_at=change.occurred_at)
    own = Q(outage__in={row.outage_id for row in rows}) | Q(outage=None)
    settled = own & Q(model_key=change.model, node__in=[row.node for row in rows], occurred_at__lte=change.occurred_at)
    evidence.settle(rows=settled & ~Q(kind__in=evidence.LIVE), reason=f"{change.name} closed", at=at)
    _settle_outages({row.outage_id for row in rows}, at)


def _held_out(model: str, going: list[Outage]) -> dict[int, set[int]]:
    """Nodes each outage keeps out although the model shows them live: its device is closed in the model but not in the field."""
    present = state.present(model)
    inside = [outage for outage in going if not _stands_open(present, outage)]
    if not inside:
        return {}
    devices = trees.devices(present, [])
    return {outage.pk: set(prediction.nodes_of(devices, outage).tolist()) for outage in inside}


def _stands_open(present: state.NetworkState, outage: Outage) -> bool:
    """Whether the outage is of the network's making: its device was open, so that closing it gives supply back."""
    if outage.kind == "single":
        return False
    return outage.confidence == "confirmed" and present.grid.is_switch[present.grid.branch_index(outage.device_mrid)]


def _is_back(row: Interruption, regained: int) -> bool:
    """Whether the last phase the group missed is live again; a phase regained before the last is noted on the row."""
    missing = row.phases & ~regained
    if missing and missing != row.phases:
        row.phases = missing
        row.save(update_fields=["phases"])
    return missing == 0


def _settle_outages(outage_ids: set[int], at: dt.datetime) -> None:
    """Outages whose customers came back: partly restored, or restored when nobody is left."""
    for outage in (
        Outage.objects.select_related("area").filter(pk__in=outage_ids, state__in=incidents.GOING_ON).order_by("pk")
    ):
        affected, out = ledger.count(outage)
        if out == 0:
            ended = ledger.live().filter(outage=outage).order_by("-ended_at").values_list("ended_at", flat=True).first()
            incidents.end(outage=outage, restored_at=ended or at, actor=NETWORK, at=at)
        elif out < affected:
            _partly(outage, affected - out, at)


def _partly(outage: Outage, back: int, at: dt.datetime) -> None:
    if outage.confidence == "confirmed" or outage.state != "new":
        outage.state = "partly_restored"
    incidents.note(
        outage=outage,
        kind="partly_restored",
        text=f"{back} customers have supply again",
        actor=NETWORK,
        occurred_at=at,
        at=at,
    )
    incidents.changed(outage=outage, what="partly restored", at=at)
