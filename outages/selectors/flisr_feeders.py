"""Every feeder with what FLISR may do on it: the mode that is set there, the one that applies, and what holds it back."""

from dataclasses import dataclass

from adms.core.actors import Actor
from network.selectors import feeders as built
from outages.domain.flisr import modes as domain
from outages.models import FlisrMode
from outages.selectors import flisr

ALL, OWN = "all", "own"


@dataclass(frozen=True, slots=True)
class FlisrFeeder:
    """One feeder.

    Attributes:
        key: names it in modes.
        own: the newest row of its own mode; None where nobody has set one.
        applies, held_by: the mode that applies, and the scope whose mode that is.
    """

    head: built.Head
    key: str
    own: FlisrMode | None
    applies: str
    held_by: str


def listed(actor: Actor, *, text: str = "", area: str = "") -> list[FlisrFeeder]:
    """The feeders of the areas the actor may see; `text` is part of their name, of their head's or of their substation's."""
    areas, wanted = actor.areas_for("see_network"), text.strip().lower()
    newest = flisr.newest_modes()
    return [
        _feeder(head, newest)
        for head in built.heads()
        if (areas is None or head.area in areas)
        and area in ("", head.area)
        and any(wanted in name.lower() for name in (head.name, head.device, head.substation))
    ]


def shown(found: list[FlisrFeeder], show: str) -> list[FlisrFeeder]:
    """Those with a mode of their own, those on which one mode applies, or all."""
    if show == OWN:
        return [one for one in found if one.own]
    return [one for one in found if show in (ALL, one.applies)]


def counted(found: list[FlisrFeeder]) -> dict[str, int]:
    """How many there are by each way to show them."""
    return {show: len(shown(found, show)) for show in (ALL, OWN, *domain.MODES)}


def _feeder(head: built.Head, newest: dict[tuple[str, str], FlisrMode]) -> FlisrFeeder:
    key = domain.feeder_key(head.model, head.mrid)
    applies, held_by = flisr.applying(newest, area=head.area, key=key)
    return FlisrFeeder(head, key, newest.get((domain.FEEDER, key)), applies, held_by)
