"""Whether a temporary element may be placed where somebody wants it: the same for the operated network and for a study."""

from __future__ import annotations

from dataclasses import dataclass

from network.domain import phases as ph
from network.domain import temporary
from network.domain.energisation import Energisation
from network.domain.temporary import CUT, GENERATION, GROUND, JUMPER, Element, Fitted

#: Levels of voltage further apart than this are not joined.
_VOLTAGE_RATIO = 1.1


@dataclass(frozen=True, slots=True)
class Wanted:
    """An element as it is wanted, what stands there already, and what is live; `name` and `is_line` tell of its equipment."""

    element: Element
    fitted: Fitted
    energisation: Energisation
    name: str
    is_line: bool


def why_not(wanted: Wanted) -> tuple[str, str] | None:
    """Why it may not be placed, as words and as the AddCause word of IEC 61850; None where it may."""
    return _CHECKS[wanted.element.kind](wanted)


def _cut(wanted: Wanted) -> tuple[str, str] | None:
    if not wanted.is_line:
        return f"{wanted.name} is no line: only a line can be cut", "inconsistent-parameters"
    equipment = wanted.element.place.equipment
    if any(one.kind == CUT and one.place.equipment == equipment for one in wanted.fitted.overlay.elements):
        return f"{wanted.name} is cut already", "position-reached"
    return None


def _jumper(wanted: Wanted) -> tuple[str, str] | None:
    grid = wanted.fitted.grid
    one, other = (temporary.node_of(grid, place) for place in (wanted.element.place, wanted.element.other))
    if one == other:
        return "both ends of the jumper are at one node", "inconsistent-parameters"
    volts = [float(grid.node_nominal_v[node]) for node in (one, other)]
    if min(volts) > 0 and max(volts) / min(volts) > _VOLTAGE_RATIO:
        words = f"a jumper from {volts[0] / 1000:g} kV at {wanted.name} to {volts[1] / 1000:g} kV"
        return words, "blocked-by-interlocking"
    return None


def _ground(wanted: Wanted) -> tuple[str, str] | None:
    if live := _live(wanted):
        return f"{live}: what is live is not earthed", "blocked-by-interlocking"
    return None


def _generation(wanted: Wanted) -> tuple[str, str] | None:
    if live := _live(wanted):
        return f"{live}: open it off the network first", "blocked-by-synchrocheck"
    return None


def _live(wanted: Wanted) -> str:
    """Where and on which phases of the element its place is live; empty where it is not."""
    place = wanted.element.place
    live = int(wanted.energisation.live[temporary.node_of(wanted.fitted.grid, place)]) & wanted.element.phases
    return f"end {place.terminal} of {wanted.name} is live on {ph.text(live)}" if live else ""


_CHECKS = {CUT: _cut, JUMPER: _jumper, GROUND: _ground, GENERATION: _generation}
