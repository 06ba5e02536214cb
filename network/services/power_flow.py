"""The power flow of the operated network: again after every change that matters, and every so often for the loads.

The sweeper asks what is due and rings; a worker answers. One worker at a time computes a model (advisory lock); a change that comes
meanwhile is seen by the next round, because a run notes the state it was computed for before it is computed.
"""

import dataclasses
import datetime as dt
import time
import zlib
from typing import Any

import numpy as np
from django.db import connection, transaction

from adms.core import bell, runtime_settings
from network.domain import charted
from network.domain.physics import packing
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import PowerFlowResult
from network.models import ModelCircuit, ModelVersion, PowerFlow
from network.selectors import state

BELL = "power_flow"
OWN = PowerFlow.Source.OWN
EVERY = runtime_settings.declare(
    "power_flow.every_minutes", 15, unit="min", help_="The power flow is computed again this often without any change."
)
KEPT = runtime_settings.declare(
    "power_flow.kept", 500, unit="runs", help_="So many results of the power flow are kept for each network model."
)
V_LOW = runtime_settings.declare("power_flow.v_low", 0.9, unit="pu", help_="A voltage below this is a violation.")
V_HIGH = runtime_settings.declare("power_flow.v_high", 1.1, unit="pu", help_="A voltage above this is a violation.")
_LISTED = 500
_LOCK_CLASS = zlib.crc32(b"power flow") - 2**31
_circuits: dict[int, Circuit] = {}


def keep_circuit(*, version_id: int, packed: bytes) -> None:
    """Store the circuit of a version; a second one of the same version changes nothing."""
    ModelCircuit.objects.bulk_create([ModelCircuit(version_id=version_id, circuit=packed)], ignore_conflicts=True)


def without_circuit() -> list[int]:
    """Published versions whose circuit nobody has stored yet."""
    rows = ModelVersion.objects.filter(state="published", circuit__isnull=True)
    return list(rows.values_list("pk", flat=True))


def due(*, at: dt.datetime) -> list[str]:
    """Models whose state has changed since their last power flow, or whose last one is too old."""
    oldest = at - dt.timedelta(minutes=float(runtime_settings.get(EVERY)))
    with_circuit = ModelVersion.objects.filter(state="published", circuit__isnull=False).exclude(circuit__circuit=b"")
    found = []
    for model in with_circuit.values_list("model__key", flat=True):
        latest = _latest(model)
        present = state.present(model)
        if latest is None or latest[:2] != (present.version_id, present.sequence) or latest[2] < oldest:
            found.append(model)
    return found


def ring_for_due(*, at: dt.datetime) -> int:
    """Wake a worker when something is due."""
    models = due(at=at)
    if models:
        bell.ring(BELL)
    return len(models)


def run_due(*, at: dt.datetime) -> int:
    """Compute what is due and nobody else computes; how many."""
    return sum(run(model=model, at=at) is not None for model in due(at=at))


@transaction.atomic
def run(*, model: str, at: dt.datetime) -> PowerFlow | None:
    """Solve one model as it is operated now and keep the result; None where another worker is at it, or it has no circuit."""
    present = state.present(model)
    if not _try_lock(present.model_id) or not (circuit := circuit_of(present.version_id)):
        return None
    began = time.perf_counter()
    result = solve(circuit, present)
    took_ms = round((time.perf_counter() - began) * 1000)
    row = PowerFlow.objects.create(
        model_id=present.model_id,
        version_id=present.version_id,
        sequence=present.sequence,
        computed_at=at,
        took_ms=took_ms,
        engine=result.engine,
        converged=result.converged,
        reason=result.reason,
        figures=figures(result),
        violations=[dataclasses.asdict(one) for one in result.violations[:_LISTED]],
        loading=packed(charted.loading_by_branch(present.fitted.base, result)),
        voltage=packed(charted.voltage_by_node(present.fitted.base, result)),
    )
    drop_old(present.model_id, OWN)
    return row


def solve(circuit: Circuit, present: state.NetworkState) -> PowerFlowResult:
    """A circuit with the switches as they conduct in a state."""
    from network.engines import port  # noqa: PLC0415 - its solvers take seconds to load; a web process never needs them

    mrids = [switch.mrid for switch in circuit.switches]
    places = present.grid.branch_indices(mrids).tolist()
    known = {mrid: int(present.closed[place]) for mrid, place in zip(mrids, places, strict=True) if place >= 0}
    band = (float(runtime_settings.get(V_LOW)), float(runtime_settings.get(V_HIGH)))
    return port.solve(circuit, closed=known, band=band)


def circuit_of(version_id: int) -> Circuit | None:
    """The circuit of a version, kept in this process; None where it has none."""
    if version_id not in _circuits:
        packed = ModelCircuit.objects.filter(version_id=version_id).values_list("circuit", flat=True).first()
        if not packed:
            return None
        _circuits.clear()  # one published version at a time is enough
        _circuits[version_id] = packing.from_bytes(bytes(packed))
    return _circuits[version_id]


def figures(result: PowerFlowResult) -> dict[str, Any]:
    """What a row keeps of a result beside its arrays."""
    names = ("iterations", "loss_kw", "loss_kvar", "source_kw", "source_kvar", "v_min_pu", "v_max_pu")
    told: dict[str, Any] = {name: getattr(result, name) for name in names}
    told["violations"] = len(result.violations)
    return told


def packed(values: charted.Floats) -> bytes:
    """An array as a row keeps it."""
    return zlib.compress(values.astype(np.float32).tobytes(), 1)


def drop_old(model_id: int, source: str) -> None:
    """Keep so many results of one source as the setting says."""
    rows = PowerFlow.objects.filter(model_id=model_id, source=source).order_by("-computed_at")
    beyond = list(rows.values_list("pk", flat=True)[int(runtime_settings.get(KEPT)) :])
    PowerFlow.objects.filter(pk__in=beyond).delete()


def _latest(model: str) -> tuple[int, int, dt.datetime] | None:
    rows = PowerFlow.objects.filter(model__key=model, source=OWN).order_by("-computed_at")
    return rows.values_list("version_id", "sequence", "computed_at").first()


def _try_lock(model_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, model_id])
        return bool(cursor.fetchone()[0])
