"""The circuit of each operated version, made of the records that were kept of its files: what the power flow solves."""

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
from network.services import power_flow

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


def running(name: str) -> tuple[Circuit, dict[str, int]]:
    """The circuit of the running model of this name, and the closed phases (bits) of its switches by mRID now.

    Raises:
        NotFound: there is no such model, or its version has no circuit.
    """
    models = state.models()
    if name not in models:
        raise errors.NotFound(f"{name}: no such model; published are {', '.join(models) or 'none'}")
    present = state.present(name)
    if power_flow.circuit_of(present.version_id) is None:
        build_missing()
    circuit = power_flow.circuit_of(present.version_id)
    if circuit is None:
        raise errors.NotFound(f"{name}: its files have no impedances or no source, so it has no circuit")
    mrids = [switch.mrid for switch in circuit.switches]
    places = present.grid.branch_indices(mrids).tolist()
    closed = {mrid: int(present.closed[place]) for mrid, place in zip(mrids, places, strict=True) if place >= 0}
    return circuit, closed
