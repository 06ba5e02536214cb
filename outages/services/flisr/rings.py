"""The ring of a load transfer: made by its first step, opened again by its second, or by one that undoes the first.

close TIE (a ring) -> open SW (handed over)
                   -> SW refuses: open TIE again, then plan anew without SW
                   -> nobody knows where SW stands: the ring stays, which the power flow bore, and a person is asked
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.sequence import TRANSFER, UNDO
from network.selectors import state
from outages.domain.flisr import life
from outages.models import FlisrEvent, FlisrStep
from outages.services.flisr import record

#: Steps that open a ring.
PARTING = (TRANSFER, UNDO)
#: The first step of a transfer, once it was begun: whatever became of it, the tie may be closed.
COMMANDED = Q(purpose=TRANSFER, is_close=True) & ~Q(state__in=(FlisrStep.State.NOT_STARTED, FlisrStep.State.SKIPPED))


@dataclass(frozen=True, slots=True)
class Ring:
    """The two steps that made it, and were to open it."""

    tie: FlisrStep
    part: FlisrStep

    def told(self, why: Phrase | str) -> Phrase:
        """Why a person is needed, and that the ring stands."""
        return phrase("ring_stands", tie=self.tie.equipment_name, part=self.part.equipment_name, why=why)


def is_parting(step: FlisrStep) -> bool:
    """Whether a step opens the ring of a load transfer."""
    return step.purpose in PARTING and not step.is_close


def standing(row: FlisrEvent) -> Ring | None:
    """The ring that an event has made, if it stands still: both its switches are closed by what is known of them."""
    ring = _of(row, row.revision)
    return ring if ring and ring.tie.state in life.STEP_DONE and _is_closed(row, ring) else None


def begun(row: FlisrEvent) -> FlisrStep | None:
    """The tie that waits for the field to close it."""
    ring = _of(row, row.revision)
    return ring.tie if ring and ring.tie.state in (FlisrStep.State.PENDING, FlisrStep.State.INSTRUCTED) else None


def left(row: FlisrEvent) -> Ring | None:
    """A ring that any plan of an event has made, also by a command that was given up: both its switches are closed."""
    for revision in row.steps.filter(COMMANDED).order_by("-revision").values_list("revision", flat=True):
        ring = _of(row, revision)
        if ring is not None and _is_closed(row, ring):
            return ring
    return None


def _of(row: FlisrEvent, revision: int) -> Ring | None:
    pair = list(row.steps.filter(revision=revision, purpose=TRANSFER).order_by("place"))
    return Ring(*pair) if len(pair) == 2 else None


def _is_closed(row: FlisrEvent, ring: Ring) -> bool:
    present = state.present(row.model_key)
    places = [present.grid.branch_index(one.equipment_mrid) for one in (ring.tie, ring.part)]
    return all(place >= 0 and int(present.positions[place]) & ABC for place in places)


def undo(row: FlisrEvent, ring: Ring, why: Phrase | str, at: dt.datetime) -> None:
    """The switch that was to open cannot: the tie is opened again by a step of its own, and everything is planned anew after it."""
    last = row.steps.filter(revision=row.revision).order_by("place").last()
    FlisrStep.objects.create(
        event=row,
        revision=row.revision,
        place=(last.place if last else 0) + 1,
        equipment_mrid=ring.tie.equipment_mrid,
        equipment_name=ring.tie.equipment_name,
        is_close=False,
        is_remote=ring.tie.is_remote,
        purpose=UNDO,
    )
    told = phrase("transfer_undone", step=ring.part.place, name=ring.part.equipment_name, why=why)
    record.note(row, "step", told | {"tie": ring.tie.equipment_name}, at)
    row.next_at = at
    row.save(update_fields=["next_at"])
    record.tell(row, at)


def undone(row: FlisrEvent) -> FlisrStep | None:
    """The step that failed in the middle of the transfer that this planning has undone."""
    if not row.steps.filter(revision=row.revision, purpose=UNDO, state__in=life.STEP_DONE).exists():
        return None
    failed = row.steps.filter(revision=row.revision, purpose=TRANSFER, state=FlisrStep.State.FAILED)
    return failed.order_by("place").last()
