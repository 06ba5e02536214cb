"""Take equipment into the network or out of it, whatever a file says of its life and wherever it stands."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import audit, authority, events
from network.events import CommissioningChanged
from network.models import Commissioning
from network.selectors import equipment as look_up
from network.services import overlays
from network.services.overlays import OverlayRefused

ACTION = "commission_equipment"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a piece of equipment is to stand. Only `is_commissioned` decides whether it conducts."""

    model: str
    equipment_mrid: str
    is_commissioned: bool
    life: str = Commissioning.Life.EXISTING
    reason: str = ""


@transaction.atomic
def commission(*, actor: Actor, wanted: Wanted, at: dt.datetime) -> Commissioning:
    """Commission or decommission equipment; a later version of the model leaves it as it is.

    Raises:
        NotFound: no such equipment.
        NotAuthorised: not in this area.
        Invalid: an unknown life, or equipment that joins nothing.
        OverlayRefused: it stands so already, or a ground would become live.
    """
    found = look_up.find(wanted.equipment_mrid, wanted.model)
    authority.require(actor=actor, action=ACTION, area=found.area.key)
    if wanted.life not in Commissioning.Life.values:
        raise Invalid(
            gettext("no life %(life)s") % {"life": f"{wanted.life!r}"},
            field="life",
            known=list(Commissioning.Life.values),
        )
    if not found.is_branch:
        raise Invalid(
            gettext("%(name)s joins nothing: lines, switches and transformers are commissioned") % {"name": found.name},
            field="device",
        )
    present = overlays.lock(wanted.model)
    known = Commissioning.objects.filter(model_id=present.model_id, equipment_mrid=found.mrid).first()
    before = {"life": known.life if known else "existing", "is_commissioned": known.is_commissioned if known else True}
    after = {"life": wanted.life, "is_commissioned": wanted.is_commissioned}
    if before == after:
        raise OverlayRefused(gettext("%(name)s stands so already") % {"name": found.name}, cause="position-reached")
    over = present.fitted.overlay.commissioned(found.mrid, is_commissioned=wanted.is_commissioned)
    done = overlays.effect(present, over)
    entry = overlays.Entry("commissioning", found, after, at, "operator", wanted.reason)
    journal = overlays.record(actor=actor, effect_=done, entry=entry, at=at)
    fields = after | {"area": found.area, "number": journal.number, "changed_by": actor.name, "changed_at": at}
    row, _ = Commissioning.objects.update_or_create(
        model_id=present.model_id, equipment_mrid=found.mrid, defaults={**fields, "reason": wanted.reason}
    )
    audit.record(
        actor=actor, action=ACTION, object_=found.mrid, area=found.area.key, before=before, after=after | done.told(),
        reason=wanted.reason, at=at,
    )  # fmt: skip
    fact = CommissioningChanged(wanted.model, found.mrid, wanted.life, is_commissioned=wanted.is_commissioned, at=at)
    events.publish(area_id=found.area_id, facts=[fact], at=at)
    return row
