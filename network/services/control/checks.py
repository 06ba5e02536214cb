"""What the gate asks, one small function each: None where it is content, else a refusal with its AddCause word and who can lift it.

All are asked at select, and all again at operate with what is true then. None of them writes. The order is the order in which a
person would want to hear of it: what no role can lift first stands behind what a phone call can lift.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adms.core import days, runtime_settings
from adms.core.actors import Actor
from adms.core.selectors import persons
from adms.core.services import leases
from network.domain.energisation import Energisation, reenergise
from network.domain.grid.arrays import BRANCH_CLASSES
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.domain.temporary import GENERATION
from network.models import Equipment, Interlock, SwitchState, Tag, TelemetryPoint
from network.selectors import dead_area, state
from network.selectors.state import NetworkState
from network.services import overlays
from network.services.control import automation, freezing, front_end
from network.services.control.requests import AUTOMATIC, Refusal
from network.services.moving import POSITION_AGE
from network.services.overlays import OverlayRefused

BLOCKING = ("inhibit", "clearance")
EARTHING = BRANCH_CLASSES.index("GroundDisconnector")


@dataclass(frozen=True, slots=True)
class Ask:
    """One movement as the checks see it. Positions are phase bits."""

    actor: Actor
    equipment: Equipment
    present: NetworkState
    before: int
    wanted: int
    seen_number: int
    origin: str
    plan: str
    reason: str
    at: dt.datetime
    ahead: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Of the device."""
        return self.equipment.name

    @property
    def closes(self) -> bool:
        """Whether any phase is closed by it."""
        return bool(self.wanted & ~self.before)

    @property
    def position(self) -> SwitchState | None:
        """Where it stands by the journal, if it ever moved."""
        return SwitchState.objects.filter(model_id=self.present.model_id, equipment_mrid=self.equipment.mrid).first()


Check = Callable[[Ask], Refusal | None]


def no_freeze(ask: Ask) -> Refusal | None:
    """Remote control is not frozen; what is operated by hand is only written down, so that goes on."""
    if not (ask.equipment.is_telemetered or ask.actor.is_system):
        return None
    standing = freezing.present()
    if standing is None:
        return None
    since = days.in_words(standing.frozen_at, "%H:%M")
    told = phrase("frozen", who=standing.frozen_by, since=since, why=standing.reason)
    return Refusal(told, "blocked-by-mode", phrase("by_senior_and_second"))


def area_held(ask: Ask) -> Refusal | None:
    """A person holds the area's lease, at this console, or takes it with this first operation; an automation acts under its mode."""
    if ask.actor.is_system:
        return None
    why = leases.refusal(actor=ask.actor, area=ask.equipment.area, at=ask.at)
    if why is None:
        return None
    is_mine = why.data["cause"] == "locked-by-other-client"
    by = "by_you" if is_mine or "holder" not in why.data else "by_holder"  # what nobody holds is theirs to take
    return Refusal(why.message, str(why.data["cause"]), phrase(by), ("console" if is_mine else "area",))


def automation_allowed(ask: Ask) -> Refusal | None:
    """What acts without a person acts as one of the automations, by a plan that has begun and that nobody has closed."""
    if not ask.actor.is_system:
        return None
    if ask.origin in AUTOMATIC and automation.has_begun(
        model_id=ask.present.model_id, origin=ask.origin, plan=ask.plan
    ):
        return None
    return Refusal(phrase("no_plan_begun", who=ask.actor.name), "blocked-by-mode", phrase("by_operator"))


def no_blocking_tag(ask: Ask) -> Refusal | None:
    """No inhibit or clearance tag hangs on it; all of them must be off."""
    blocking = Tag.objects.filter(
        model_id=ask.present.model_id, equipment_mrid=ask.equipment.mrid, removed_at=None, kind__in=BLOCKING
    )
    first = blocking.order_by("placed_at", "pk").first()
    if first is None:
        return None
    who = persons.full_name(first.placed_by)
    told = phrase("tagged", device=ask.name, who=who, text=first.text)
    return Refusal(told, "blocked-by-interlocking", phrase("by_owner_or_senior", who=who))


def as_it_was_seen(ask: Ask) -> Refusal | None:
    """It has not moved since the person saw it."""
    current = ask.position
    if (current.number if current else 0) == ask.seen_number:
        return None
    return Refusal(phrase("moved", device=ask.name), "inconsistent-parameters", phrase("by_looking_again"))


def commissioned(ask: Ask) -> Refusal | None:
    """What is not commissioned is not operated."""
    if ask.equipment.mrid not in ask.present.fitted.overlay.uncommissioned:
        return None
    return Refusal(phrase("not_commissioned", device=ask.name), "blocked-by-process", phrase("by_engineer"))


def moves_at_all(ask: Ask) -> Refusal | None:
    """It does not stand so already."""
    if ask.wanted != ask.before:
        return None
    return Refusal(phrase("stands_so", device=ask.name), "position-reached")


def in_remote(ask: Ask) -> Refusal | None:
    """The device is not switched to local: somebody may stand before it."""
    if not ask.equipment.is_telemetered:
        return None
    points = TelemetryPoint.objects.filter(
        version_id=ask.present.version_id, equipment_mrid=ask.equipment.mrid, kind=dead_area.LOCAL_MODE, value__gte=0.5
    )
    if not points.exists():
        return None
    return Refusal(phrase("in_local", device=ask.name), "blocked-by-switching-hierarchy", phrase("by_who_stands_there"))


def way_is_up(ask: Ask) -> Refusal | None:
    """What carries commands to the field can be reached."""
    if not ask.equipment.is_telemetered:
        return None
    down = front_end.down(area=ask.equipment.area.key, at=ask.at)
    if down is None:
        return None
    told = phrase("way_down", way=down.key, since=days.in_words(down.since, "%H:%M"), device=ask.name)
    return Refusal(told, "abortion-by-communication-loss", phrase("by_who_mends"))


def no_live_ground(ask: Ask) -> Refusal | None:
    """Nothing is energised onto a portable ground or a closed earthing switch, and no earthing switch closes onto what is live."""
    grid, present = ask.present.grid, ask.present
    earthing = (
        np.flatnonzero((grid.branch_class == EARTHING) & (present.closed > 0)) if ask.closes else np.empty(0, np.int32)
    )
    if grid.branch_class[ask.equipment.index] == EARTHING and ask.closes:
        ends = (grid.branch_from[ask.equipment.index], grid.branch_to[ask.equipment.index])
        if any(int(present.energisation.live[end]) & ask.wanted & ABC for end in ends):
            told = phrase("live_earthing", device=ask.name)
            return Refusal(told, "blocked-by-interlocking", phrase("by_nobody"))
    if not present.fitted.grounds and not earthing.size:
        return None
    after = _after(ask)
    for branch in earthing:
        if branch != ask.equipment.index and _becomes_live(ask, int(branch), after.live):
            told = phrase("onto_earthing", device=_called(ask, int(branch)))
            return Refusal(told, "blocked-by-interlocking", phrase("by_opening_earthing"))
    try:
        overlays.refuse_live_grounds(present, present.fitted, after)
    except OverlayRefused as refused:
        return Refusal(refused.message, str(refused.data["cause"]), phrase("by_removing_ground"))
    return None


def in_step(ask: Ask) -> Refusal | None:
    """What a machine keeps alive by itself is joined with no other source: nobody has synchronised them."""
    if not ask.closes or not any(one.kind == GENERATION for one in ask.present.fitted.overlay.elements):
        return None
    try:
        overlays.refuse_out_of_step(ask.present, ask.present.fitted, _after(ask))
    except OverlayRefused as refused:
        return Refusal(refused.message, str(refused.data["cause"]), phrase("by_parting_machine"))
    return None


def ground_stays(ask: Ask) -> Refusal | None:
    """No switch opens between people who work under a safety document and the ground they rely on."""
    if not ask.before & ~ask.wanted or not ask.present.fitted.grounds:
        return None
    try:
        overlays.refuse_ungrounded(ask.present, ask.present.fitted, _after(ask))
    except OverlayRefused as refused:
        held_for = str(refused.data["held_for"])
        return Refusal(refused.message, str(refused.data["cause"]), phrase("by_document", document=held_for))
    return None


def _after(ask: Ask) -> Energisation:
    """What is live once it has moved."""
    present, branch = ask.present, ask.equipment.index
    closed = present.closed.copy()
    closed[branch] = present.fitted.conducting_at(branch, ask.wanted)
    return reenergise(present.grid, present.energisation, closed, np.array([branch], np.int32))


def _becomes_live(ask: Ask, branch: int, live: Any) -> bool:
    ends = (ask.present.grid.branch_from[branch], ask.present.grid.branch_to[branch])
    return any(int(live[end]) & ABC and not int(ask.present.energisation.live[end]) & ABC for end in ends)


def interlocks_agree(ask: Ask) -> Refusal | None:
    """Every rule of a pair is kept: the other device stands where this movement needs it."""
    rules = Interlock.objects.filter(
        model_id=ask.present.model_id, equipment_mrid=ask.equipment.mrid, close=ask.closes
    ).order_by("pk")
    for rule in rules:
        branch = ask.present.grid.branch_index(rule.other_mrid)
        if branch < 0 or bool(ask.present.positions[branch]) != rule.other_closed:
            code = ("closed_first" if rule.other_closed else "open_first") + ("_because" if rule.text else "")
            other = rule.other_mrid if branch < 0 else _called(ask, branch)
            told = phrase(code, other=other, why=rule.text)
            return Refusal(told, "blocked-by-interlocking", phrase("by_bringing", other=other))
    return None


def _called(ask: Ask, branch: int) -> str:
    return dead_area.names(ask.present, [branch])[branch]


def quality(ask: Ask) -> Phrase | None:
    """What is wrong with the word we have of its position; None where nothing is."""
    current = ask.position
    if current is not None and current.quality in state.BAD:
        return phrase("bad_quality", device=ask.name, quality=current.quality)
    allowed = float(runtime_settings.get(POSITION_AGE, ask.equipment.area.key))
    if allowed <= 0 or not ask.equipment.is_telemetered:
        return None
    heard = current and (current.heard_at or current.occurred_at)
    if not heard:
        return phrase("never_told", device=ask.name)
    age = (ask.at - heard).total_seconds()
    return phrase("old", device=ask.name, age_s=age) if age > allowed else None


#: In this order. Whether the position is good enough, and size and rate, are guards: two people may pass them (`guards`).
CHECKS: tuple[Check, ...] = (
    no_freeze,
    automation_allowed,
    area_held,
    no_blocking_tag,
    commissioned,
    in_remote,
    way_is_up,
    as_it_was_seen,
    moves_at_all,
    interlocks_agree,
    no_live_ground,
    in_step,
    ground_stays,
)


def first_refusal(ask: Ask) -> Refusal | None:
    """The first check that says no."""
    return next((refusal for check in CHECKS if (refusal := check(ask)) is not None), None)
