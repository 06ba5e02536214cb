"""Islands that a machine of their own keeps alive: how they come into the picture of the network, once `island_checks` lets them.

The machine becomes generation in the sense of `network.domain.temporary`, a source of its own at its node. So energisation, the ledger
and the map know that the island has supply. It is taken out again when its readings say that the machine has stopped, or when the
island hangs on the network again.
"""

import datetime as dt

from adms.core import actors
from adms.core.actors import Actor
from network.domain import temporary
from network.domain.energisation import energise
from network.domain.restoration.islands import RUNS_KW
from network.domain.temporary import GENERATION, Place
from network.models import TemporaryElement
from network.selectors import generation, state
from network.services import temporary as placing
from network.services.temporary import NewElement

#: By whom such generation is said to stand.
SOURCE = "flisr"
_KEEPER = actors.system("islands")


def hold(*, actor: Actor, model: str, machine: str, name: str, reason: str, at: dt.datetime) -> TemporaryElement:
    """Let the picture of the network know that a machine carries its island from now on.

    Raises:
        NotFound: no such machine.
        NotAuthorised: not in this area.
        OverlayRefused: its node is live, or it would energise a ground.
    """
    new = NewElement(model, GENERATION, machine, name=name, reason=reason, source=SOURCE)
    return placing.place(actor=actor, new=new, at=at)


def look_after(*, at: dt.datetime) -> int:
    """Take out what carries no island any more; how many."""
    rows = TemporaryElement.objects.filter(source=SOURCE, removed_at=None).select_related("model").order_by("pk")
    ended = [(row, why) for row in rows if (why := _over(row))]
    for row, why in ended:
        placing.remove(actor=_KEEPER, mrid=row.mrid, reason=why, source=SOURCE, at=at)
    return len(ended)


def _over(row: TemporaryElement) -> str:
    """Why a machine carries its island no longer; empty while it does."""
    present = state.present(row.model.key)
    kw = generation.made_kw(present.version_id, row.equipment_mrid, row.placed_at)
    if kw is not None and kw < RUNS_KW:
        return "the machine has stopped"
    node = temporary.node_of(present.grid, Place(row.equipment_mrid, row.terminal, row.node_mrid))
    without = temporary.fit(present.fitted.base, present.fitted.overlay.removed(row.mrid))
    alone = energise(without.grid, without.conducting(present.positions))
    return "the island hangs on the network again" if node < 0 or int(alone.live[node]) & row.phases else ""
