"""The shift log and handovers as their pages, files and other systems read them."""

import datetime as dt
import uuid

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from adms.core import permissions
from adms.core.actors import Actor
from adms.core.errors import NotFound
from adms.core.models import Handover, RoleGrant, ShiftEntry

SEES = "see_network"


def entries(
    actor: Actor, *, area: str = "", kind: str = "", text: str = "", since: dt.datetime | None = None
) -> QuerySet[ShiftEntry]:
    """The latest version of every entry of the areas the actor sees, the latest first."""
    later = ShiftEntry.objects.filter(entry=OuterRef("entry"), version__gt=OuterRef("version"))
    found = ShiftEntry.objects.filter(~Exists(later)).select_related("area")
    areas = actor.areas_for(SEES)
    if areas is not None:
        found = found.filter(area__key__in=areas)
    wanted = {"area__key": area, "kind": kind, "occurred_at__gte": since}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    for word in text.split():
        found = found.filter(Q(text__icontains=word) | Q(about__icontains=word))
    return found.order_by("-occurred_at", "-pk")


def versions(actor: Actor, entry: uuid.UUID) -> list[ShiftEntry]:
    """All versions of an entry, the latest first.

    Raises:
        NotFound: there is none, or not in the actor's areas.
    """
    found = list(ShiftEntry.objects.filter(entry=entry).select_related("area").order_by("-version"))
    if not found or not actor.may(SEES, found[0].area.key):
        raise NotFound(_("no entry %(entry)s") % {"entry": entry}, entry=str(entry))
    return found


def for_next(area: str) -> QuerySet[ShiftEntry]:
    """Notes for the next shift since an area was last handed over, the oldest first."""
    latest = Handover.objects.filter(area__key=area, state=Handover.State.ACCEPTED).order_by("-ended_at").first()
    later = ShiftEntry.objects.filter(entry=OuterRef("entry"), version__gt=OuterRef("version"))
    found = ShiftEntry.objects.filter(~Exists(later), area__key=area, kind=ShiftEntry.Kind.NEXT)
    # Measured by when it was signed: what was written between signing and accepting is nobody's yet.
    if latest is not None:
        found = found.filter(recorded_at__gt=latest.signed_at)
    return found.order_by("occurred_at", "pk")


def handed_over(actor: Actor) -> QuerySet[Handover]:
    """Handovers of the areas the actor sees, waiting ones first, then the latest."""
    found = Handover.objects.select_related("area")
    areas = actor.areas_for(SEES)
    if areas is not None:
        found = found.filter(area__key__in=areas)
    return found.order_by(F("ended_at").desc(nulls_first=True), "-signed_at", "-pk")


def handover(actor: Actor, handover_id: int) -> Handover:
    """One of them.

    Raises:
        NotFound: there is none, or not in the actor's areas.
    """
    found = handed_over(actor).filter(pk=handover_id).first()
    if found is None:
        raise NotFound(_("no handover %(handover_id)s") % {"handover_id": handover_id}, handover=handover_id)
    return found


def successors(area: str, but: str) -> list[tuple[str, str]]:
    """(account, name) of who could take a shift over there, except one."""
    roles = permissions.ACTIONS["hand_over_shift"]
    grants = RoleGrant.objects.filter(role__in=roles, user__is_active=True).select_related("user", "area")
    rows = [grant.user for grant in grants if grant.area is None or grant.area.key == area]
    names = {user.username: str(user) for user in rows if user.username != but}
    return sorted(names.items(), key=lambda one: (one[1], one[0]))
