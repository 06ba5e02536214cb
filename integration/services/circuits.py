"""The circuit of each operated version, made of the records that were kept of its files: what the power flow solves."""

import datetime as dt
import logging

from django.db import transaction

from adms.core import bell, errors
from integration.cim.models import packing as kept_records
from integration.cim.models import records
from integration.cim.models.reader import draft_of
from network.domain.physics import packing
from network.domain.physics.circuit import Circuit
from network.selectors import records as stored_records
from network.selectors import state
from network.services import power_flow, power_flow_asked
from network.services.power_flow_asked import Answer, Progress

log = logging.getLogger(__name__)

BELL = "circuits"
#: Models of more nodes than this get no circuit by themselves: building it would hold a worker for minutes.
MOST_NODES = 200_000


def ring_for_missing() -> int:
    """Wake a worker when a published version has no circuit yet."""
    missing = power_flow.without_circuit()
    if missing:
        bell.ring(BELL)
    return len(missing)


def build_missing() -> int:
    """Build them; how many. Equipment that completion added is in them too."""
    done = 0
    for version_id in power_flow.without_circuit():
        blob = stored_records.of_version(version_id, most_nodes=MOST_NODES)
        with transaction.atomic():
            power_flow.keep_circuit(version_id=version_id, packed=_packed(blob) if blob else b"")
        done += 1
    return done


def _packed(blob: bytes) -> bytes:
    """The circuit as bytes; none where it cannot be built, which must not keep the network from being operated."""
    try:
        kept = kept_records.unpack(blob)
        store, _ = records.completed(kept)
        circuit = draft_of(store, name=kept.name, mrid=kept.mrid).circuit
    except Exception:
        log.exception("no circuit could be built; the power flow stays silent for this version")
        return b""
    return packing.to_bytes(circuit) if circuit and circuit.sources and _has_impedances(circuit) else b""


def _has_impedances(circuit: Circuit) -> bool:
    """A drawing of lines without ohms is no circuit: its currents would be anybody's guess."""
    return bool(circuit.transformers) or any(any(code.r) or any(code.x) for code in circuit.line_codes.values())


def running(name: str, *, feeder: str = "") -> Circuit:
    """The live circuit of the running model of this name as it conducts now, temporary elements included.

    Args:
        name: key of the model.
        feeder: name or mRID of the head of one; then only the station it hangs on, with all that station feeds.

    Raises:
        NotFound: there is no such model or feeder, its version has no circuit, or it is large and no feeder is named.
    """
    need_circuit(name)
    circuit = power_flow_asked.island(model=name, feeder=feeder)
    if circuit is None:
        raise _without(name)
    return circuit


def solved(name: str, *, wanted: power_flow_asked.Wanted, at: dt.datetime, progress: Progress) -> Answer:
    """The power flow of the running model of this name, see `network.services.power_flow_asked`.

    Raises:
        NotFound: there is no such model, or its version has no circuit.
    """
    need_circuit(name)
    answer = power_flow_asked.answer(model=name, wanted=wanted, at=at, progress=progress)
    if answer is None:
        raise _without(name)
    return answer


def need_circuit(name: str) -> None:
    """Build the circuit of a running model if nobody has yet.

    Raises:
        NotFound: there is no such model.
    """
    models = state.models()
    if name not in models:
        raise errors.NotFound(f"{name}: no such model; published are {', '.join(models) or 'none'}")
    if power_flow.circuits_of(state.present(name).version_id) is None:
        build_missing()


def _without(name: str) -> errors.NotFound:
    return errors.NotFound(f"{name}: its files have no impedances or no source, so it has no circuit")
