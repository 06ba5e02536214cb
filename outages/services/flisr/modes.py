"""What FLISR may do: set by people, kept as history, the lower of system, area and feeder applies."""

import datetime as dt
import zlib
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea
from adms.core.services import audit, authority, events
from network.selectors import equipment, state
from outages.domain.flisr import modes
from outages.events import FlisrModeSet
from outages.models import FlisrMode

SET = "set_flisr_mode"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mode for a scope: `key` is "" of the system, of an area its key, of a feeder `modes.feeder_key`."""

    scope: str
    key: str
    mode: str
    reason: str = ""


def now(scope: str, key: str = "") -> str:
    """The mode that is set there, or what holds until somebody sets one."""
    return set_for(scope, key) or modes.DEFAULTS[scope]


def set_for(scope: str, key: str = "") -> str:
    """The mode that somebody has set there; empty where nobody has."""
    newest = FlisrMode.objects.filter(scope=scope, key=key).order_by("-set_at", "-pk").first()
    return newest.mode if newest else ""


def effective(*, model: str, area: str, feeder_mrid: str) -> str:
    """What FLISR may do on a feeder."""
    feeder = now(modes.FEEDER, modes.feeder_key(model, feeder_mrid))
    return modes.effective(now(modes.SYSTEM), now(modes.AREA, area), feeder)


@transaction.atomic
def set_mode(*, actor: Actor, wanted: Wanted, at: dt.datetime) -> FlisrMode:
    """Set what FLISR may do. Setting what is set already changes nothing.

    Raises:
        Invalid: no such scope or mode, no feeder begins at the device, or no reason.
        NotFound: no such area or feeder.
        NotAuthorised: no senior operator of the area; of the system one of all areas.
    """
    _known(wanted.scope)
    if wanted.mode not in modes.MODES:
        raise Invalid(gettext("no mode %(mode)s") % {"mode": f"{wanted.mode!r}"}, field="mode", known=list(modes.MODES))
    if len(wanted.reason.strip()) < 3:
        raise Invalid(gettext("say why"), field="reason")
    area, name = _place(wanted)
    if area is not None:
        authority.require(actor=actor, action=SET, area=area.key)
    else:
        _require_everywhere(actor)
    _alone(wanted)
    before = now(wanted.scope, wanted.key)
    if before == wanted.mode and FlisrMode.objects.filter(scope=wanted.scope, key=wanted.key).exists():
        return FlisrMode.objects.filter(scope=wanted.scope, key=wanted.key).order_by("-set_at", "-pk")[0]
    row = FlisrMode.objects.create(
        scope=wanted.scope,
        key=wanted.key,
        name=name,
        area=area,
        mode=wanted.mode,
        reason=wanted.reason[:200],
        set_by=actor.name,
        set_at=at,
    )
    audit.record(
        actor=actor,
        action=SET,
        object_=f"{wanted.scope} {wanted.key}".strip(),
        area=area.key if area else "",
        before={"mode": before},
        after={"mode": wanted.mode},
        reason=wanted.reason,
        at=at,
    )
    fact = FlisrModeSet(wanted.scope, wanted.key, before, wanted.mode, at)
    told = [area.pk] if area else list(ControlArea.objects.order_by("pk").values_list("pk", flat=True))
    for area_id in told:
        events.publish(area_id=area_id, facts=[fact], at=at)
    return row


def _known(scope: str) -> None:
    if scope not in modes.SCOPES:
        known = list(modes.SCOPES)
        raise Invalid(gettext("no scope %(scope)s") % {"scope": f"{scope!r}"}, field="scope", known=known)


def _require_everywhere(actor: Actor) -> None:
    """The system's mode is for who may set that of every area."""
    for key in ControlArea.objects.order_by("pk").values_list("key", flat=True):
        authority.require(actor=actor, action=SET, area=key)
    authority.require(actor=actor, action=SET)


def _alone(wanted: Wanted) -> None:
    """One after the other, so that what was before is what the audit says."""
    with connection.cursor() as cursor:
        place = zlib.crc32(f"{wanted.scope} {wanted.key}".encode()) - 2**31
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [zlib.crc32(b"flisr mode") - 2**31, place])


def _place(wanted: Wanted) -> tuple[ControlArea | None, str]:
    """The area the mode is of (None: all), and what the scope is called."""
    if wanted.scope == modes.SYSTEM:
        if wanted.key:
            raise Invalid(gettext("the system has no key"), field="key")
        return None, ""
    if wanted.scope == modes.AREA:
        area = ControlArea.objects.filter(key=wanted.key).first()
        if area is None:
            raise NotFound(gettext("no area %(key)s") % {"key": wanted.key}, area=wanted.key)
        return area, area.name
    model, _, mrid = wanted.key.partition("/")
    found = equipment.find(mrid, model)
    grid = state.present(model).grid
    head = grid.branch_index(mrid)
    if head < 0 or not grid.is_feeder_head[head]:
        raise Invalid(gettext("no feeder begins at %(device)s") % {"device": found.name}, field="key")
    return found.area, grid.feeder_name(head) or found.feeder or found.name


def place_name(wanted: Wanted) -> str:
    """What the scope of a mode is called; empty for the system.

    Raises:
        Invalid: no such scope, or no feeder begins there.
        NotFound: no such area or feeder.
    """
    _known(wanted.scope)
    return _place(wanted)[1]
