"""The power flow of the operated network: feeder group by feeder group, after every change to one, and every so often for the loads.

The sweeper asks what is due and rings; a worker answers. One worker at a time computes a model (advisory lock); a change that comes
meanwhile is seen by the next round, because a run notes the state it was computed for before it is computed.
"""

import datetime as dt
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext_noop

from adms.core import bell, runtime_settings
from adms.core.services import backlog
from network.domain import charted
from network.domain.feeder_groups import cutting
from network.domain.feeder_groups.compact import CompactCircuits
from network.domain.feeder_groups.cutting import CircuitIndex, Circuits
from network.domain.generation import sheet
from network.domain.physics import packing
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import PowerFlowResult
from network.models import GroupPowerFlow, ModelCircuit, ModelVersion, PowerFlow
from network.selectors import grids, nameplates, state
from network.services import power_flow_groups
from network.services.feeder_readings import Readings
from network.services.power_flow_turns import Turn, Ways

BELL = "power_flow"
OWN = PowerFlow.Source.OWN
EVERY = runtime_settings.declare(
    "power_flow.every_minutes",
    15,
    unit="min",
    help_=gettext_noop("The power flow is computed again this often without any change."),
)
EVERY_LARGE = runtime_settings.declare(
    "power_flow.large_every_minutes",
    240,
    unit="min",
    help_=gettext_noop("Networks of more than 50,000 nodes are computed again this often without any change."),
)
TURN = runtime_settings.declare(
    "power_flow.turn_s",
    20,
    unit="s",
    help_=gettext_noop("A worker solves feeder groups of one network for so long before it takes turns."),
)
KEPT = runtime_settings.declare(
    "power_flow.kept",
    500,
    unit=gettext_noop("runs"),
    help_=gettext_noop("So many results of the power flow are kept for each network model."),
)
V_LOW = runtime_settings.declare(
    "power_flow.v_low", 0.9, unit="pu", help_=gettext_noop("A voltage below this is a violation.")
)
V_HIGH = runtime_settings.declare(
    "power_flow.v_high", 1.1, unit="pu", help_=gettext_noop("A voltage above this is a violation.")
)
#: A large network is summed up as a whole whatever has changed: after that it rests for so many times what it took, so long at most.
#: A storm moves a switch every second or two; while its evidence waits, that is what the processors are for.
REST_TIMES, REST, REST_BEHIND = 4, dt.timedelta(seconds=15), dt.timedelta(seconds=60)
BEHIND = dt.timedelta(seconds=2)
#: Networks of more nodes than this keep the arrays of their newest result only.
LARGE = 50_000
_LOCK_CLASS = zlib.crc32(b"power flow") - 2**31
_circuits: dict[int, Circuits] = {}


def keep_circuit(*, version_id: int, packed: bytes) -> None:
    """Store the circuit of a version; a second one of the same version changes nothing."""
    ModelCircuit.objects.bulk_create([ModelCircuit(version_id=version_id, circuit=packed)], ignore_conflicts=True)


def without_circuit() -> list[int]:
    """Published versions whose circuit nobody has stored yet."""
    rows = ModelVersion.objects.filter(state="published", circuit__isnull=True)
    return list(rows.values_list("pk", flat=True))


def due(*, at: dt.datetime) -> list[str]:
    """Models whose state has changed since their last power flow, with groups that wait, or whose results are too old.

    A large network rests after a run (`_rest`); another version of it does not.
    """
    with_circuit = ModelVersion.objects.filter(state="published", circuit__isnull=False).exclude(circuit__circuit=b"")
    found = []
    for model in with_circuit.values_list("model__key", flat=True):
        latest = _latest(model)
        present = state.present(model)
        since = oldest(present, at)
        if latest is None or latest.version_id != present.version_id:
            found.append(model)
        elif latest.waiting or latest.sequence != present.sequence:
            if at >= latest.computed_at + _rest(latest, present, at):
                found.append(model)
        elif GroupPowerFlow.objects.filter(model__key=model, computed_at__lt=since).exists():
            found.append(model)
    return found


def _rest(latest: "_Latest", present: state.NetworkState, at: dt.datetime) -> dt.timedelta:
    """From the beginning of a run until a change after it is computed, or groups that had to wait for their turn."""
    if present.fitted.base.node_count <= LARGE:
        return dt.timedelta()
    took = dt.timedelta(milliseconds=latest.took_ms)
    if backlog.is_urgent_behind(at=at, by=BEHIND):
        return took + REST_BEHIND
    return dt.timedelta() if latest.waiting else took + min(REST_TIMES * took, REST)


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
    """Solve what has changed of a model as it is operated now; None where another worker is at it, or it has no circuit.

    Groups that stay as they were keep their results until they are too old. A large network is solved in turns of
    `power_flow.turn_s`; what waits is due again at once.
    """
    present = state.present(model)
    if not _try_lock(present.model_id) or not (circuits := circuits_of(present.version_id)):
        return None
    began = time.perf_counter()
    groups = cutting.groups_of(circuits, present.fitted, present.energisation, present.closed)
    kept = power_flow_groups.kept(groups, present, oldest(present, at))
    band = (float(runtime_settings.get(V_LOW)), float(runtime_settings.get(V_HIGH)))
    readings = Readings.of_version(present.version_id, at)
    turn = Turn(groups, present, kept, Ways(circuits, readings, lambda circuit: solved(circuit, band)))
    waiting = turn.take(until=began + float(runtime_settings.get(TURN)))
    power_flow_groups.write(groups, present, turn.changed(), kept, turn.took_ms, at)
    whole = power_flow_groups.whole(present, waiting)
    row = PowerFlow.objects.create(
        model_id=present.model_id,
        version_id=present.version_id,
        sequence=present.sequence,
        computed_at=at,
        took_ms=round((time.perf_counter() - began) * 1000),
        engine=whole.engine[:30],
        converged=whole.converged,
        reason=whole.reason,
        figures=whole.figures | {"solved_now": len(turn.took_ms)},
        violations=whole.violations,
        loading=packed(whole.loading) if np.isfinite(whole.voltage).any() else b"",
        voltage=packed(whole.voltage) if np.isfinite(whole.voltage).any() else b"",
    )
    if present.fitted.base.node_count > LARGE:
        power_flow_groups.drop_arrays(present.model_id, 1)
    drop_old(present.model_id, OWN)
    return row


def solved(circuit: Circuit, band: tuple[float, float]) -> PowerFlowResult:
    """The power flow of one group by the engine that suits it."""
    from network.engines import port  # noqa: PLC0415 - its solvers take seconds to load; a web process never needs them

    return port.solve(circuit, band=band)


@contextmanager
def keeping() -> Iterator[None]:
    """Let feeders that are solved again at another voltage of their head stay in the engine; nobody else's answer changes."""
    from network.engines import opendss  # noqa: PLC0415 - as above

    with opendss.kept():
        yield


def circuits_of(version_id: int) -> Circuits | None:
    """What gives the circuit of each feeder group of a version, kept in this process; None where it has no circuit."""
    if version_id not in _circuits:
        row = ModelCircuit.objects.filter(version_id=version_id).values_list("circuit", "version__checksum").first()
        if not row or not row[0]:
            return None
        packed_, checksum = bytes(row[0]), row[1]
        grid = grids.load(checksum)
        found: Circuits
        if packed_.startswith(sheet.MAGIC):
            name = nameplates.load(version_id, checksum).name
            found = CompactCircuits(sheet.from_bytes(packed_), grid, "generated", name)
        else:
            found = CircuitIndex(packing.from_bytes(packed_), grid)
        _circuits.clear()  # one published version at a time is enough
        _circuits[version_id] = found
    return _circuits[version_id]


def circuit_of(version_id: int) -> Circuit | None:
    """The whole circuit of a version as it is built; None where it has none, or is too large for that: ask by feeder group."""
    found = circuits_of(version_id)
    if isinstance(found, CompactCircuits):
        return found.whole() if found.grid.node_count <= LARGE else None
    return found.circuit if isinstance(found, CircuitIndex) else None


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


def oldest(present: state.NetworkState, at: dt.datetime) -> dt.datetime:
    """Results before this are too old."""
    is_large = present.fitted.base.node_count > LARGE
    return at - dt.timedelta(minutes=float(runtime_settings.get(EVERY_LARGE if is_large else EVERY)))


class _Latest(NamedTuple):
    """Of the newest result: what it was computed for, when and how long, and how many groups wait."""

    version_id: int
    sequence: int
    computed_at: dt.datetime
    took_ms: int
    waiting: int | None


def _latest(model: str) -> _Latest | None:
    rows = PowerFlow.objects.filter(model__key=model, source=OWN).order_by("-computed_at", "-pk")
    row = rows.values_list("version_id", "sequence", "computed_at", "took_ms", "figures__waiting").first()
    return None if row is None else _Latest(*row)


def _try_lock(model_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, model_id])
        return bool(cursor.fetchone()[0])
