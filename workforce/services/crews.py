"""Crews: shift, availability, position."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from adms.core.models import ControlArea, User
from adms.core.services import audit, authority, events
from workforce.events import CrewChanged
from workforce.models import Crew


@transaction.atomic
def create_crew(
    *,
    actor: Actor,
    key: str,
    name: str,
    kind: str,
    area: str,
    members: list[dict[str, object]],
    vehicle: str,
    at: dt.datetime,
) -> Crew:
    """Add a crew, off shift; one of the same key is left as it is."""
    authority.require(actor=actor, action="dispatch_crew", area=area)
    defaults = {
        "name": name,
        "kind": kind,
        "area": ControlArea.objects.get(key=area),
        "shift": "off",
        "members": members,
        "vehicle": vehicle,
    }
    crew, made = Crew.objects.get_or_create(key=key, defaults=defaults)
    if made:
        audit.record(actor=actor, action="create_crew", object_=key, area=area, at=at)
    return crew


@transaction.atomic
def set_shift(*, actor: Actor, key: str, shift: str, reason: str = "", at: dt.datetime) -> Crew:
    """Put a crew on or off shift."""
    crew = get_crew(key)
    authority.require(actor=actor, action="dispatch_crew", area=crew.area.key)
    before = crew.shift
    crew.shift, crew.unavailable_reason = shift, reason
    crew.save(update_fields=["shift", "unavailable_reason"])
    audit.record(
        actor=actor,
        action="set_shift",
        object_=key,
        area=crew.area.key,
        before=before,
        after=shift,
        reason=reason,
        at=at,
    )
    events.publish(area_id=crew.area_id, facts=[CrewChanged(key, at)], at=at)
    return crew


@transaction.atomic
def move_crew(*, actor: Actor, key: str, x: float, y: float, at: dt.datetime) -> Crew:
    """The crew's vehicle is there now, in the coordinates of the network model; an older word changes nothing.

    Raises:
        NotFound: no crew of this key.
        NotAuthorised: not in this area.
    """
    crew = get_crew(key)
    authority.require(actor=actor, action="dispatch_crew", area=crew.area.key)
    if crew.positioned_at is not None and crew.positioned_at > at:
        return crew
    crew.x, crew.y, crew.positioned_at = x, y, at
    crew.save(update_fields=["x", "y", "positioned_at"])
    events.publish(area_id=crew.area_id, facts=[CrewChanged(key, at)], at=at)
    return crew


@transaction.atomic
def link_user(*, key: str, username: str, at: dt.datetime) -> None:
    """Whose telephone reports for the crew."""
    crew = get_crew(key)
    crew.user = User.objects.get(username=username)
    crew.save(update_fields=["user"])
    events.publish(area_id=crew.area_id, facts=[CrewChanged(key, at)], at=at)


def get_crew(key: str) -> Crew:
    """The crew, locked for this transaction.

    Raises:
        NotFound: no crew of this key.
    """
    crew = Crew.objects.select_for_update(of=("self",), no_key=True).select_related("area").filter(key=key).first()
    if crew is None:
        raise NotFound(_("no crew %(key)s") % {"key": key}, crew=key)
    return crew
