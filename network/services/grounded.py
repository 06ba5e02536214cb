"""Places that people work on under a safety document, and that stay joined to a ground until it is released."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.services import authority
from network.domain import temporary
from network.models import GroundedPlace
from network.selectors import equipment as look_up
from network.services import overlays
from network.services.overlays import OverlayRefused

ACTION = "place_clearance"


@transaction.atomic
def rely_on(
    *, actor: Actor, model: str, equipment_mrid: str, terminal: int, held_for: str, at: dt.datetime
) -> GroundedPlace:
    """From here on nothing that passes here takes the ground away: no removal, no cut, no switch that is opened on the way to it.

    Raises:
        NotFound: no such equipment.
        NotAuthorised: not in this area.
        OverlayRefused: it is joined to no ground.
    """
    where = look_up.find(equipment_mrid, model)
    authority.require(actor=actor, action=ACTION, area=where.area.key)
    present = overlays.lock(model)
    nodes = temporary.ends_of(present.fitted.base, equipment_mrid, terminal)
    if not temporary.is_earthed(present.fitted, present.energisation, nodes):
        raise OverlayRefused(
            _("%(name)s is not grounded") % {"name": where.name}, cause="blocked-by-process", equipment=equipment_mrid
        )
    return GroundedPlace.objects.create(
        model_id=present.model_id,
        area=where.area,
        equipment_mrid=where.mrid,
        equipment_name=where.name,
        terminal=terminal,
        held_for=held_for,
        placed_at=at,
    )


def let_go(*, model_id: int, held_for: str, at: dt.datetime) -> None:
    """The document is released: its places need their grounds no more."""
    GroundedPlace.objects.filter(model_id=model_id, held_for=held_for, released_at=None).update(released_at=at)
