"""Change what lies over the built network: the one place that journals temporary elements and commissioning.

In one transaction: areas locked, the effect worked out and checked, a numbered journal row, events for whoever lost or regained supply.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Refused
from adms.core.services import areas, events
from network.domain import temporary
from network.domain.energisation import Change, Energisation
from network.domain.impact import customers_changed, with_customers
from network.domain.temporary import Element, Fitted, Overlay
from network.events import EnergisationChanged
from network.models import Equipment, GroundedPlace, JournalEntry
from network.selectors import state
from network.selectors.state import NetworkState


class OverlayRefused(Refused):
    """It may not be placed, removed or commissioned; `data["cause"]` is the IEC 61850 AddCause word."""

    code = "operation_refused"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a changed overlay does to the network as it is switched now."""

    present: NetworkState
    fitted: Fitted
    energisation: Energisation
    change: Change

    def told(self) -> dict[str, Any]:
        """Customers lost and regained, and whether sources are joined, for who is asked to confirm it."""
        grid, before = self.fitted.grid, self.present.energisation
        new_loops = np.setdiff1d(self.energisation.loops, before.loops)
        ends = (
            self.energisation.source[grid.branch_from[new_loops]],
            self.energisation.source[grid.branch_to[new_loops]],
        )
        return {
            "lost_customers": customers_changed(grid, before, self.energisation, self.change.lost_nodes),
            "regained_customers": customers_changed(grid, self.energisation, before, self.change.regained_nodes),
            "makes_loop": bool(new_loops.size),
            "parallels_sources": bool(np.any(ends[0] != ends[1])),
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """The journal row to be written."""

    kind: str
    equipment: Equipment
    told: dict[str, Any]
    occurred_at: dt.datetime
    source: str
    reason: str


def lock(model: str) -> NetworkState:
    """Lock the areas of a model for the rest of the transaction, and give its state."""
    areas.lock(state.areas_of(state.present(model).version_id))
    return state.present(model)


def effect(present: NetworkState, overlay: Overlay) -> Effect:
    """What another overlay would do.

    Raises:
        OverlayRefused: a ground would become live, generation would be joined with another source, or people would lose their ground.
    """
    fitted = temporary.fit(present.fitted.base, overlay)
    nothing = np.empty(0, np.int32)
    after = temporary.advance(present.energisation, present.fitted, fitted, present.positions, nothing)
    refuse_live_grounds(present, fitted, after)
    refuse_out_of_step(present, fitted, after)
    refuse_ungrounded(present, fitted, after)
    return Effect(present, fitted, after, _compare(fitted.base.node_count, present.energisation, after))


def refuse_live_grounds(present: NetworkState, fitted: Fitted, after: Energisation) -> None:
    """Nothing may be energised onto a ground.

    Raises:
        OverlayRefused: naming the ground.
    """
    hit = temporary.newly(temporary.live_grounds, (present.fitted, present.energisation), (fitted, after))
    if hit:
        told = {"ground": hit[0].name, "place": _where(present, hit[0])}
        words = _("it would energise onto %(ground)s at %(place)s: remove the ground first") % told
        raise OverlayRefused(words, cause="blocked-by-interlocking", ground=hit[0].mrid)


def refuse_out_of_step(present: NetworkState, fitted: Fitted, after: Energisation) -> None:
    """Nothing that generation of its own keeps alive is joined with another source.

    Raises:
        OverlayRefused: naming the generation.
    """
    joined = temporary.newly(temporary.out_of_step, (present.fitted, present.energisation), (fitted, after))
    if joined:
        words = _("it would join what %(name)s keeps alive with another source, out of step: part %(name)s first") % {
            "name": joined[0].name
        }
        raise OverlayRefused(words, cause="blocked-by-synchrocheck", generation=joined[0].mrid)


def refuse_ungrounded(present: NetworkState, fitted: Fitted, after: Energisation) -> None:
    """What people work on under a safety document stays joined to a ground.

    Raises:
        OverlayRefused: naming the document that relies on it.
    """
    if not present.fitted.grounds:
        return
    before = (present.fitted, present.energisation)
    for row in GroundedPlace.objects.filter(model_id=present.model_id, released_at=None).order_by("pk"):
        nodes = temporary.ends_of(present.fitted.base, row.equipment_mrid, row.terminal)
        if temporary.is_earthed(*before, nodes) and not temporary.is_earthed(fitted, after, nodes):
            words = f"{row.equipment_name} would lose its ground: people rely on it under {row.held_for}"
            raise OverlayRefused(
                _("%(words)s, whose holder releases it first") % {"words": words},
                cause="blocked-by-interlocking",
                held_for=row.held_for,
            )


def record(*, actor: Actor, effect_: Effect, entry: Entry, at: dt.datetime) -> JournalEntry:
    """Journal it, and publish who lost and who regained supply."""
    present, equipment = effect_.present, entry.equipment
    row = JournalEntry.objects.create(
        area_id=equipment.area_id,
        number=areas.next_numbers(equipment.area_id, "journal_number"),
        model_id=present.model_id,
        kind=entry.kind,
        equipment_mrid=equipment.mrid,
        occurred_at=entry.occurred_at,
        recorded_at=at,
        source=entry.source,
        actor=actor.name,
        reason=entry.reason,
        data=entry.told,
    )
    customers, change = effect_.fitted.grid.node_customers, effect_.change
    lost = with_customers(customers, change.lost_nodes, change.lost_phases)
    regained = with_customers(customers, change.regained_nodes, change.regained_phases)
    if lost or regained:
        fact = EnergisationChanged(
            model=present.model,
            version=present.version,
            equipment_mrid=equipment.mrid,
            name=equipment.name,
            branch=equipment.index if equipment.is_branch else -1,
            occurred_at=entry.occurred_at,
            source=entry.source,
            actor=actor.name,
            is_commanded=True,
            is_protective=False,
            lost=lost,
            regained=regained,
        )
        events.publish(area_id=equipment.area_id, facts=[fact], at=at)
    return row


def _compare(nodes: int, before: Energisation, after: Energisation) -> Change:
    """Who of the version's nodes lost and regained phases; the two may have different room for temporary elements."""
    was, now = before.live[:nodes], after.live[:nodes]
    lost, regained = was & ~now, now & ~was
    at_lost, at_regained = np.flatnonzero(lost).astype(np.int32), np.flatnonzero(regained).astype(np.int32)
    return Change(at_lost, lost[at_lost], at_regained, regained[at_regained])


def _where(present: NetworkState, element: Element) -> str:
    row = Equipment.objects.filter(version_id=present.version_id, mrid=element.place.equipment).only("name").first()
    return row.name if row else element.place.equipment
