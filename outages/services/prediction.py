"""Run prediction over the open evidence of a model and make the outages follow it.

1. Attach first: evidence below a known outage (confirmed, probable or planned) joins it and opens nothing.
2. The pure engine explains the rest: dark evidence as reports, answering meters and telemetered live devices as facts.
3. Each prediction that is due continues the predicted outage it shares most evidence with, or becomes a new one.
4. Predicted outages that no prediction continues are withdrawn.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import transaction

from adms.core import actors, runtime_settings
from network.selectors import equipment, state
from outages.domain.prediction import engine
from outages.domain.prediction.engine import Prediction
from outages.domain.prediction.evidence import CALL, CREW, GASP, PING_OFF, Fact, Report
from outages.domain.prediction.evidence import Evidence as EngineEvidence
from outages.domain.prediction.rules import RuleSet
from outages.models import Evidence, Outage
from outages.selectors import trees
from outages.selectors.trees import Devices
from outages.services import evidence as evidence_service
from outages.services import incidents, ledger, nesting

RULES = runtime_settings.declare(
    "prediction.rules",
    {},
    help_="Changes to the default rule set: thresholds, hold times (s), window (s). See the glossary.",
)
FREEZE = runtime_settings.declare(
    "prediction.freeze_s",
    1200,
    unit="s",
    help_="After this time a predicted outage is probable: the engine leaves it alone.",
)
KINDS = {"call": CALL, "gasp": GASP, "crew_off": CREW, "ping_off": PING_OFF}
ENGINE = actors.system("prediction")


def rules_for(area: str | None = None) -> RuleSet:
    """The rule set in force in an area."""
    return RuleSet().with_changes(**runtime_settings.get(RULES, area))


@transaction.atomic
def run(*, model: str, at: dt.datetime) -> list[int]:
    """Predict anew; ids of the outages that were created or changed."""
    incidents.lock_model(model)
    _freeze(model, at)
    going = list(Outage.objects.filter(model_key=model, state__in=incidents.GOING_ON).order_by("pk"))
    open_evidence = list(Evidence.objects.filter(model_key=model, settled_at=None).order_by("pk"))
    if not open_evidence and not any(outage.confidence == "predicted" for outage in going):
        return []
    present = state.present(model)
    devices = trees.devices(present, outage_branches(going, present))
    fixed = [outage for outage in going if outage.confidence != "predicted"]
    rest = _attach(devices, fixed, open_evidence, at)
    found = [p for p in _predict(devices, rest) if p.due_at <= at.timestamp()]
    return _follow(devices, [o for o in going if o.confidence == "predicted"], found, at)


def waits(*, model: str, at: dt.datetime) -> bool:
    """Whether open evidence waits for its hold time to pass, or a predicted outage to become probable."""
    return Evidence.objects.filter(
        model_key=model,
        settled_at=None,
        outage=None,
        kind__in=evidence_service.DARK,
        recorded_at__gte=at - dt.timedelta(hours=1),
    ).exists()


def outage_branches(going: Sequence[Outage], present: state.NetworkState) -> list[int]:
    """Branches that stand open because an outage opened them."""
    branches = [present.grid.branch_index(outage.device_mrid) for outage in going]
    return [b for b in branches if b >= 0 and present.grid.is_switch[b]]


def _freeze(model: str, at: dt.datetime) -> None:
    """Predicted outages of some age are probable: people have acted on them."""
    border = at - dt.timedelta(seconds=runtime_settings.get(FREEZE))
    old = Outage.objects.filter(
        model_key=model, confidence="predicted", state__in=incidents.GOING_ON, predicted_at__lte=border
    ).order_by("pk")
    for outage in old:
        outage.confidence = "probable"
        incidents.note(
            outage=outage, kind="probable", text="Kept as it is from now on", actor=ENGINE, occurred_at=at, at=at
        )
        incidents.changed(outage=outage, what="probable", at=at)


def _attach(devices: Devices, fixed: list[Outage], found: list[Evidence], at: dt.datetime) -> list[Evidence]:
    """Evidence under an outage nobody moves any more joins it; the deepest such outage where several lie above."""
    if not fixed:
        return found
    owner = np.full(len(devices.state.grid.node_phases), -1, dtype=np.int64)
    sizes = {outage.pk: nodes_of(devices, outage) for outage in fixed}
    for outage in sorted(fixed, key=lambda one: -len(sizes[one.pk])):
        owner[sizes[outage.pk]] = outage.pk
    joined: dict[int, list[int]] = {}
    rest = []
    for piece in found:
        outage_id = int(owner[piece.node]) if 0 <= piece.node < len(owner) else -1
        if outage_id < 0 or piece.kind in evidence_service.LIVE:
            rest.append(piece)
        elif piece.outage_id != outage_id:
            joined.setdefault(outage_id, []).append(piece.pk)
    for outage_id, ids in joined.items():
        evidence_service.join(outage_id=outage_id, evidence_ids=ids)
        outage = next(one for one in fixed if one.pk == outage_id)
        incidents.changed(outage=outage, what="evidence", at=at)
    return rest


def nodes_of(devices: Devices, outage: Outage) -> "np.ndarray[Any, np.dtype[np.int32]]":
    """Grid nodes below an outage's device."""
    if outage.kind == "single":
        return np.array([outage.node], dtype=np.int32)
    return trees.nodes_of(devices, outage.device_mrid, outage.node)


def _predict(devices: Devices, found: list[Evidence]) -> list[Prediction]:
    """Translate evidence for the engine and ask it."""
    reports, live = [], []
    for piece in found:
        device = devices.device_at(piece.node)
        if device < 0:
            continue
        seconds = piece.occurred_at.timestamp()
        if piece.kind in KINDS:
            usage_point = piece.usage_point_id or -1
            reports.append(
                Report(device, usage_point, KINDS[piece.kind], seconds, piece.weight, piece.phases, piece.pk)
            )
        elif piece.kind in evidence_service.LIVE:
            live.append(Fact(device, piece.phases, piece.pk, seconds))
    answered = {fact.id for fact in live}
    reports = [report for report in reports if report.id not in answered]
    live += _telemetered_live(devices)
    rules = rules_for()
    return engine.predict(devices.tree, EngineEvidence.of(reports, live=live), rules) if reports else []


def _telemetered_live(devices: Devices) -> list[Fact]:
    """Telemetry beats prediction: a device known to be closed, with supply, is live."""
    places, present = devices.places, devices.state
    facts = []
    for device in np.flatnonzero(places.is_telemetered).tolist():
        branch = int(places.branch[device])
        if branch < 0 or branch in present.quality_bad:
            continue
        if present.closed[branch] == present.grid.branch_phases[branch] and present.energisation.branch_live[branch]:
            facts.append(Fact(device))
    return facts


def _follow(devices: Devices, predicted: list[Outage], found: list[Prediction], at: dt.datetime) -> list[int]:
    """Match predictions to predicted outages by shared evidence; move, create, withdraw."""
    belongs = _evidence_of(predicted)
    free = {outage.pk: outage for outage in predicted}
    changed = []
    for prediction in found:
        shared = {pk: len(belongs[pk] & set(prediction.evidence)) for pk in free}
        best = max(shared, key=lambda pk: (shared[pk], -pk), default=None)
        outage = free.pop(best) if best is not None and shared[best] > 0 else None
        changed += _apply(devices, outage, prediction, at)
    for outage in free.values():
        _withdraw(outage, at)
        changed.append(outage.pk)
    return changed


def _evidence_of(predicted: list[Outage]) -> dict[int, set[int]]:
    belongs: dict[int, set[int]] = {outage.pk: set() for outage in predicted}
    for pk, outage_id in Evidence.objects.filter(outage__in=predicted).values_list("pk", "outage_id"):
        belongs[outage_id or 0].add(pk)
    return belongs


def _apply(devices: Devices, outage: Outage | None, prediction: Prediction, at: dt.datetime) -> list[int]:
    """Make one outage be what the prediction says; nothing happens when it already is."""
    fields = _fields(devices, prediction, at)
    known = set(Evidence.objects.filter(outage=outage).values_list("pk", flat=True)) if outage else set()
    if (
        outage
        and outage.device_mrid == fields["device_mrid"]
        and outage.kind == fields["kind"]
        and (set(prediction.evidence) <= known)
    ):
        return []
    if outage is None:
        text = f"Predicted at {fields['device_name']} from {len(prediction.evidence)} reports"
        outage = incidents.create(fields=fields, text=text, actor=ENGINE, at=at)
        verb, what = "created", "predicted"
    else:
        verb, what = "changed", _move(outage, fields, at)
    evidence_service.join(outage_id=outage.pk, evidence_ids=prediction.evidence)
    affected = _affected(devices, outage, prediction)
    ledger.drop(outage=outage, keep=affected.ids.tolist(), reason="the prediction moved", at=at)
    nesting.reopen(outage=outage, affected=affected, at=at)
    ledger.open_rows(outage=outage, affected=affected, began_at=outage.started_at)
    incidents.changed(outage=outage, what=what, verb=verb, at=at)
    return [outage.pk]


def _move(outage: Outage, fields: dict[str, Any], at: dt.datetime) -> str:
    moved = outage.device_mrid != fields["device_mrid"] or outage.kind != fields["kind"]
    if moved:
        text = f"Moved from {outage.device_name} to {fields['device_name']}"
        incidents.note(outage=outage, kind="moved", text=text, actor=ENGINE, occurred_at=at, at=at)
    for name, value in fields.items():
        setattr(outage, name, value)
    return "moved" if moved else "evidence"


def _fields(devices: Devices, prediction: Prediction, at: dt.datetime) -> dict[str, Any]:
    """The columns of an outage that a prediction decides."""
    present = devices.state
    mrid = devices.mrid(prediction.device)
    found = equipment.find(mrid, present.model)
    node = devices.places.node[prediction.device]
    grid = present.grid
    return {
        "area_id": found.area_id,
        "model_key": present.model,
        "kind": "single" if prediction.kind == "single" else "outage",
        "confidence": prediction.confidence,
        "device_mrid": mrid,
        "device_name": found.name,
        "feeder": found.feeder,
        "phases": prediction.phases,
        "node": int(node),
        "x": _number(grid.node_x[node]),
        "y": _number(grid.node_y[node]),
        "started_at": dt.datetime.fromtimestamp(prediction.started_at, dt.UTC),
        "etr_at": at + dt.timedelta(hours=2),
        "etr_source": "machine",
        "explanation": prediction.explanation.to_json(devices.mrid),
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _affected(devices: Devices, outage: Outage, prediction: Prediction) -> ledger.Affected:
    """The customers a prediction means."""
    if prediction.kind == "single":
        nodes = np.array([outage.node], dtype=np.int32)
        whole = ledger.affected_at(outage.model_key, nodes, np.array([7], dtype=np.uint8))
        chosen = whole.ids == prediction.usage_point
        return ledger.Affected(
            whole.ids[chosen],
            whole.nodes[chosen],
            whole.phases[chosen],
            whole.equipment[chosen],
            whole.critical[chosen],
        )
    nodes = devices.nodes_below(prediction.device)
    dark = np.full(len(nodes), prediction.phases, dtype=np.uint8)
    return ledger.affected_at(outage.model_key, nodes, dark)


def _withdraw(outage: Outage, at: dt.datetime) -> None:
    """No prediction speaks for it any more: everybody is back, or it never was."""
    ended = ledger.live().filter(outage=outage, ended_at__isnull=False).order_by("-ended_at").first()
    still = ledger.live().filter(outage=outage, ended_at=None)
    open_dark = Evidence.objects.filter(outage=outage, settled_at=None, kind__in=evidence_service.DARK).exists()
    if open_dark:
        return
    if ended is not None and ended.ended_at is not None:
        ledger.close_rows(rows=list(still), ended_at=ended.ended_at)
        incidents.end(outage=outage, restored_at=ended.ended_at, actor=ENGINE, at=at)
    else:
        incidents.cancel(outage=outage, reason="The evidence was withdrawn", actor=ENGINE, at=at)
