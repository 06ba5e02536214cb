"""The ring of a load transfer: made by its first step, opened again by its second, or by one that undoes the first.

close TIE (a ring) -> open SW (handed over)
                   -> SW refuses: open TIE again, then plan anew without SW
                   -> nobody knows where SW stands: the ring stays, which the power flow bore, and a person is asked
"""

import datetime as dt
from dataclasses import dataclass

from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.sequence import TRANSFER, UNDO
from network.selectors import state
from outages.domain.flisr import life
from outages.models import FlisrEvent, FlisrStep
from outages.services.flisr import record

#: Steps that open a ring.
PARTING = (TRANSFER, UNDO)


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
    pair = list(row.steps.filter(revision=row.revision, purpose=TRANSFER).order_by("place"))
    if len(pair) != 2 or pair[0].state not in life.STEP_DONE:
        return None
    present = state.present(row.model_key)
    places = [present.grid.branch_index(one.equipment_mrid) for one in pair]
    is_closed = all(place >= 0 and int(present.positions[place]) & ABC for place in places)
    return Ring(*pair) if is_closed else None


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
