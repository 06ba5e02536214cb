"""Run the steps of an order on a copy of a network state, one after the other, and tell what each of them does.

Nothing of the state that is given changes: every step makes a state of its own, and each prefix of the order has been looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from network.domain import phases as ph
from network.domain import temporary
from network.domain.energisation import Energisation
from network.domain.grid.arrays import Byte, frozen
from network.domain.impact import customers_changed
from network.domain.phrases import Phrase, phrase
from network.domain.temporary import CUT, GROUND, JUMPER, Element, Fitted, Overlay, Place
from outages.domain.switching.steps import SWITCHING, Step, minutes

_ELEMENT = {"cut": CUT, "jumper": JUMPER, "ground": GROUND, "uncut": CUT, "unjumper": JUMPER, "unground": GROUND}


@dataclass(frozen=True, eq=False, slots=True)
class Stand:
    """The network between two steps: overlay, switch positions (u8 phase bits per branch of the version), what is live, and tags.

    `minutes` is how long the steps before it wait, in all.
    """

    fitted: Fitted
    positions: Byte
    energisation: Energisation
    tagged: frozenset[str] = frozenset()  # devices with a tag that blocks operating
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """What one step does. `problem` says why it could not be done at all; then it changes nothing.

    Its words are in `outages.selectors.rehearsal_words`.
    """

    key: str
    lost_customers: int = 0
    lost_critical: int = 0  # critical customers at nodes that lose a phase; counted by who knows customers
    regained_customers: int = 0
    lost_kw: float = 0.0
    regained_kw: float = 0.0
    isolated_nodes: int = 0  # nodes that were live and are dead after it
    makes_loop: bool = False
    parallels_sources: bool = False
    is_live: bool = False  # the place of the step, before it
    nothing_changes: bool = False
    problem: Phrase = field(default_factory=dict)
    customers_out: int = 0  # after it, of those who had supply when the order began


@dataclass(slots=True)
class Rehearsed:
    """The effects in sequence, and the stand after each step (the first is that before any)."""

    effects: list[Effect] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)


def run(start: Stand, steps: Sequence[Step]) -> Rehearsed:
    """Run the steps.

    Args:
        start: the network before the first of them.
        steps: in sequence; steps of a free group in the sequence they are written in (`free_groups` tries the others).
    """
    done = Rehearsed(stands=[start])
    for step, stand, effect in _each(start, steps):
        out = _customers(stand, start.energisation, stand.energisation)
        done.stands.append(stand)
        done.effects.append(replace(effect, key=step.key, customers_out=out))
    return done


def moved(start: Stand, stand: Stand) -> int:
    """How much of the network stands otherwise: switches and temporary elements, for the most changed prefix of an order."""
    other = set(start.fitted.overlay.elements) ^ set(stand.fitted.overlay.elements)
    return int((start.positions != stand.positions).sum()) + len(other)


def _each(start: Stand, steps: Sequence[Step]) -> Iterator[tuple[Step, Stand, Effect]]:
    stand = start
    for step in steps:
        stand, effect = do(stand, step)
        yield step, stand, effect


def do(stand: Stand, step: Step) -> tuple[Stand, Effect]:
    """One step: the network after it, and what it does; the state that is given stays as it is."""
    if step.kind in SWITCHING:
        return _switch(stand, step)
    if step.kind in _ELEMENT:
        return _lay(stand, step)
    effect = Effect(step.key, is_live=_is_live(stand, step))
    if step.kind == "wait":
        return replace(stand, minutes=stand.minutes + (minutes(step.text) or 0)), effect
    if step.kind in {"tag", "untag"}:
        change = stand.tagged.union if step.kind == "tag" else stand.tagged.difference
        return replace(stand, tagged=frozenset(change({step.device}))), effect
    if step.kind == "test_dead" and effect.is_live:
        return stand, replace(effect, problem=phrase("live_here", device=step.name))
    return stand, effect


def _switch(stand: Stand, step: Step) -> tuple[Stand, Effect]:
    base = stand.fitted.base
    branch = base.branch_index(step.device)
    live = _is_live(stand, step)
    if branch < 0 or not base.is_switch[branch]:
        return stand, Effect(step.key, problem=phrase("no_switch", device=step.name or step.device))
    if step.device in stand.tagged:
        return stand, Effect(step.key, is_live=live, problem=phrase("tagged", device=step.name))
    bits = int(base.branch_phases[branch]) & (step.phases or 0xFF)
    before = int(stand.positions[branch])
    wanted = before | bits if step.kind == "close" else before & ~bits
    if wanted == before:
        return stand, Effect(step.key, is_live=live, nothing_changes=True)
    positions = stand.positions.copy()
    positions[branch] = wanted
    positions = frozen(positions)
    moved_ = np.array([branch], np.int32)
    after = temporary.advance(stand.energisation, stand.fitted, stand.fitted, positions, moved_)
    return _judged(stand, replace(stand, positions=positions, energisation=after), step)


def _lay(stand: Stand, step: Step) -> tuple[Stand, Effect]:
    overlay = stand.fitted.overlay
    if step.kind in {"cut", "jumper", "ground"}:
        placed, why = _element(stand, step)
        if placed is None:
            return stand, Effect(step.key, is_live=_is_live(stand, step), problem=why)
        overlay = overlay.placed(placed)
    else:
        standing = _standing(overlay, step)
        if standing is None:
            return stand, Effect(step.key, nothing_changes=True, is_live=_is_live(stand, step))
        overlay = overlay.removed(standing.mrid)
    fitted = temporary.fit(stand.fitted.base, overlay)
    nothing = np.empty(0, np.int32)
    after = temporary.advance(stand.energisation, stand.fitted, fitted, stand.positions, nothing)
    return _judged(stand, replace(stand, fitted=fitted, energisation=after), step)


def _element(stand: Stand, step: Step) -> tuple[Element | None, Phrase]:
    """The element a step would place, or why it cannot be placed."""
    place, other = Place(step.device, step.terminal), Place(step.other, step.other_terminal)
    node = temporary.node_of(stand.fitted.base, place)
    if node < 0:
        return None, phrase("at_no_node", device=step.name or step.device)
    if step.kind == "jumper" and temporary.node_of(stand.fitted.base, other) < 0:
        return None, phrase("far_end_at_no_node", device=step.name)
    if step.kind == "ground" and stand.energisation.live[node]:
        live = ph.text(int(stand.energisation.live[node]))
        return None, phrase("ground_live", end=step.terminal, device=step.name, phases=live)
    slot = stand.fitted.overlay.free_slot() if step.kind == "jumper" else -1
    kind = _ELEMENT[step.kind]
    return Element(f"rehearsed-{step.key}", kind, step.name, step.phases or ph.ABC, place, other, slot), {}


def _standing(overlay: Overlay, step: Step) -> Element | None:
    kind = _ELEMENT[step.kind]
    return next((one for one in overlay.elements if one.kind == kind and one.place.equipment == step.device), None)


def _judged(before: Stand, after: Stand, step: Step) -> tuple[Stand, Effect]:
    """The effect, from the states on both sides; nothing is ever energised onto a ground, nor joined out of step."""
    states = (before.fitted, before.energisation), (after.fitted, after.energisation)
    effect = Effect(step.key, is_live=_is_live(before, step))
    if onto := temporary.newly(temporary.live_grounds, *states):
        return before, replace(effect, problem=phrase("onto_ground", ground=onto[0].name))
    if joined := temporary.newly(temporary.out_of_step, *states):
        return before, replace(effect, problem=phrase("out_of_step", machine=joined[0].name))
    was, now, grid = before.energisation, after.energisation, after.fitted.grid
    size = before.fitted.base.node_count
    loops = np.setdiff1d(now.loops, was.loops)
    apart = now.source[grid.branch_from[loops]] != now.source[grid.branch_to[loops]]
    lost, back = was.live[:size] & ~now.live[:size], now.live[:size] & ~was.live[:size]
    return after, replace(
        effect,
        lost_customers=_customers(before, was, now),
        regained_customers=_customers(before, now, was),
        lost_kw=_kw(before, lost),
        regained_kw=_kw(before, back),
        isolated_nodes=int(((was.live[:size] != 0) & (now.live[:size] == 0)).sum()),
        makes_loop=bool(loops.size),
        parallels_sources=bool(apart.any()),
    )


def _customers(stand: Stand, had: Energisation, has: Energisation) -> int:
    """Customers with all their phases in one state and not in the other."""
    base = stand.fitted.base
    nodes = np.flatnonzero(had.live[: base.node_count] & ~has.live[: base.node_count]).astype(np.int32)
    return customers_changed(base, had, has, nodes)


def _kw(stand: Stand, phases: Byte) -> float:
    grid = stand.fitted.base
    share = np.bitwise_count(phases & ph.ABC) / np.maximum(np.bitwise_count(grid.node_phases & ph.ABC), 1)
    return round(float((grid.node_kw * share).sum()), 3)


def _is_live(stand: Stand, step: Step) -> bool:
    """Whether the place of a step is live: the end it names, of a switch both ends."""
    base, live = stand.fitted.base, stand.energisation.live
    branch = base.branch_index(step.device)
    if branch >= 0 and step.kind in SWITCHING:
        return bool(live[base.branch_from[branch]] | live[base.branch_to[branch]])
    node = temporary.node_of(base, Place(step.device, step.terminal)) if step.device else -1
    return node >= 0 and bool(live[node])
