"""The step by which an island of generation is known to have supply: it waits for the machine's own word, and believes nothing else."""

import datetime as dt

from django.db.models import Max

from adms.core.actors import Actor
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.islands import RUNS_KW
from network.domain.restoration.sequence import ISOLATE
from network.selectors import state
from network.services import island_checks, island_supply
from outages.domain.flisr import life
from outages.models import FlisrEvent, FlisrStep

WAITS = phrase("machine_unread")
STOPPED = phrase("machine_stopped")


def why_not(row: FlisrEvent, step: FlisrStep) -> Phrase:
    """Why an island may not be said to have supply now; empty where its machine carries it."""
    present = state.present(row.model_key)
    faulted = frozenset(node for mrid in row.location.get("nodes", ()) if (node := present.grid.node_index(mrid)) >= 0)
    if why := island_checks.refusal(present=present, machine=step.equipment_mrid, faulted=faulted):
        return why
    kw = island_checks.makes_kw(present=present, machine=step.equipment_mrid, since=_held_off_at(row, step))
    if kw is None:
        return WAITS
    return {} if kw >= RUNS_KW else STOPPED


def energise(row: FlisrEvent, step: FlisrStep, actor: Actor, at: dt.datetime) -> None:
    """Let the network know; `why_not` said nothing against it.

    Raises:
        NotAuthorised: not in this area.
        OverlayRefused: what hangs on the machine is earthed.
    """
    island_supply.hold(
        actor=actor,
        model=row.model_key,
        machine=step.equipment_mrid,
        name=f"Island {step.equipment_name}",
        reason=f"FLISR event {row.pk}, step {step.place}",
        at=at,
    )


def _held_off_at(row: FlisrEvent, step: FlisrStep) -> dt.datetime:
    """When the last switch that holds the fault off had moved: readings from before are of a machine that fed the fault, too."""
    held = row.steps.filter(revision=step.revision, purpose=ISOLATE, state__in=life.STEP_DONE)
    return held.aggregate(latest=Max("ended_at"))["latest"] or row.tripped_at
