"""Put feeders into groups of load shedding, or protect them from it."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import audit, authority
from network.selectors import equipment
from outages.models import SheddingPlace

ACTION = "approve_order"  # a senior operator answers for who loses supply first
MOST_GROUPS = 99


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feeder stands: in a group (None: in none), or protected, and why."""

    group: int | None = None
    is_protected: bool = False
    reason: str = ""


@transaction.atomic
def put(*, actor: Actor, model: str, head_mrid: str, place: Place, at: dt.datetime) -> None:
    """Say where a feeder stands, by the mRID of its head.

    Raises:
        NotFound: no such equipment.
        NotAuthorised: not in its area.
        Invalid: it is no switch; protected and in a group; protected without a reason; no such group.
    """
    found = equipment.find(head_mrid, model)
    authority.require(actor=actor, action=ACTION, area=found.area.key)
    if not found.is_switch:
        raise Invalid(_("%(name)s is no switch: a feeder is named by its head") % {"name": found.name}, field="head")
    if place.is_protected and place.group is not None:
        raise Invalid(_("a protected feeder is in no group"), field="group")
    if place.is_protected and not place.reason.strip():
        raise Invalid(_("say why it is protected"), field="reason")
    if place.group is not None and not 1 <= place.group <= MOST_GROUPS:
        raise Invalid(_("groups go from 1 to %(most_groups)s") % {"most_groups": MOST_GROUPS}, field="group")
    row = SheddingPlace.objects.filter(model_key=model, head_mrid=head_mrid).first()
    before = {"group": row.group, "is_protected": row.is_protected} if row else None
    values = {"group": place.group, "is_protected": place.is_protected, "reason": place.reason.strip()[:200]}
    SheddingPlace.objects.update_or_create(
        model_key=model, head_mrid=head_mrid, defaults=values | {"changed_by": actor.name, "changed_at": at}
    )
    audit.record(
        actor=actor, action="put_load_shedding", object_=f"{model}/{head_mrid}", area=found.area.key,
        before=before, after=values, reason=place.reason[:400], at=at,
    )  # fmt: skip
