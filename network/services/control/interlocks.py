"""Rules of pairs of devices, kept as data: one may make a movement only while the other stands so."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import audit, authority
from network.models import Interlock
from network.services.control.devices import find_switch

EDIT = "edit_interlocks"


@transaction.atomic
def make(
    *, actor: Actor, model: str, equipment_mrid: str, close: bool, other_mrid: str, other_closed: bool, text: str = "", at: dt.datetime
) -> Interlock:  # fmt: skip
    """Rule that a device closes (or opens) only while the other one is closed (or open); the same rule again replaces it.

    Raises:
        NotFound: no such switch.
        NotAuthorised: no engineer.
        Invalid: a device cannot rule itself.
    """
    authority.require(actor=actor, action=EDIT)
    device, other = find_switch(model, equipment_mrid), find_switch(model, other_mrid)
    if device.pk == other.pk:
        raise Invalid(gettext("a device cannot be its own interlock"), field="other")
    row, _ = Interlock.objects.update_or_create(
        model_id=device.version.model_id,
        equipment_mrid=equipment_mrid,
        close=close,
        other_mrid=other_mrid,
        defaults={"other_closed": other_closed, "text": text[:200], "made_by": actor.name, "made_at": at},
    )
    after = {"close": close, "other": other_mrid, "other_closed": other_closed}
    audit.record(
        actor=actor, action=EDIT, object_=equipment_mrid, area=device.area.key, after=after, reason=text, at=at
    )
    return row


@transaction.atomic
def remove(*, actor: Actor, interlock_id: int, at: dt.datetime) -> None:
    """Take a rule away.

    Raises:
        NotFound: no such rule.
        NotAuthorised: no engineer.
    """
    authority.require(actor=actor, action=EDIT)
    row = Interlock.objects.select_for_update(no_key=True).filter(pk=interlock_id).first()
    if row is None:
        raise NotFound(gettext("no such interlock"), interlock=interlock_id)
    before = {"close": row.close, "other": row.other_mrid, "other_closed": row.other_closed}
    row.delete()
    audit.record(actor=actor, action=EDIT, object_=row.equipment_mrid, before=before, at=at)
