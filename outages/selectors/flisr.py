"""Events of FLISR as lists and pages show them, its modes, and how ready each feeder is for the automatic one."""

from typing import Any

from django.db.models import Count, FloatField, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import NotFound
from outages.domain.flisr import modes as domain
from outages.domain.flisr.scoring import Readiness
from outages.models import FlisrEvent, FlisrMode

JUDGED, SHARE = "flisr.ready_events", "flisr.ready_share"


def listed(actor: Actor, *, going: bool | None = None, model: str = "") -> QuerySet[FlisrEvent]:
    """The events of the areas the actor may see, the newest first."""
    found = FlisrEvent.objects.select_related("area", "outage")
    areas = actor.areas_for("see_network")
    if areas is not None:
        found = found.filter(area__key__in=areas)
    if going is not None:
        found = found.filter(ended_at__isnull=going)
    return (found.filter(model_key=model) if model else found).order_by("-tripped_at", "-pk")


def one(actor: Actor, event_id: int) -> FlisrEvent:
    """One of them.

    Raises:
        NotFound: there is none, or not in the actor's areas.
    """
    row = listed(actor).filter(pk=event_id).first()
    if row is None:
        raise NotFound(_("no FLISR event %(event_id)s") % {"event_id": event_id}, event=event_id)
    return row


def of_outage(actor: Actor, model: str, device_mrid: str, outage_id: int) -> FlisrEvent | None:
    """The event of an outage: the one that is linked to it, else the one that goes on at its device."""
    mine = Q(outage_id=outage_id) | Q(model_key=model, device_mrid=device_mrid, ended_at=None)
    return listed(actor).filter(mine).first()


def waiting(actor: Actor, model: str = "") -> list[FlisrEvent]:
    """What wants a person: proposed, in execution by hand, held."""
    return list(listed(actor, going=True, model=model).filter(state__in=("proposed", "executing", "held"))[:20])


def searching(actor: Actor, model: str) -> list[FlisrEvent]:
    """Events whose fault is not repaired and whose fault current names lines to look at first."""
    goes_on = Q(ended_at=None) | Q(outage__isnull=False, outage__restored_at=None)
    return list(listed(actor, model=model).filter(goes_on, location__look_first__lines__0__isnull=False))


def modes() -> list[FlisrMode]:
    """The mode that holds of every scope that has one, the system first."""
    newest = (
        FlisrMode.objects.select_related("area").order_by("scope", "key", "-set_at", "-pk").distinct("scope", "key")
    )
    order = {"system": 0, "area": 1, "feeder": 2}
    return sorted(newest, key=lambda row: (order[row.scope], row.name, row.key))


def newest_modes() -> dict[tuple[str, str], FlisrMode]:
    """The same by scope and key."""
    return {(row.scope, row.key): row for row in modes()}


def applying(newest: dict[tuple[str, str], FlisrMode], *, area: str, key: str) -> tuple[str, str]:
    """The mode that applies on a feeder, and the scope that holds it there; `newest` are all that are set."""
    rows = {domain.SYSTEM: newest.get((domain.SYSTEM, "")), domain.AREA: newest.get((domain.AREA, area)),
            domain.FEEDER: newest.get((domain.FEEDER, key))}  # fmt: skip
    held = {scope: row.mode if row else domain.DEFAULTS[scope] for scope, row in rows.items()}
    applies = domain.effective(*held.values())
    return applies, next(scope for scope, mode in held.items() if mode == applies)


def readiness(actor: Actor) -> list[dict[str, Any]]:
    """Per feeder with events: how many have ended, were judged and how, what the plans were worth, and whether it is ready."""
    needed, share = int(runtime_settings.get(JUDGED)), float(runtime_settings.get(SHARE))
    rows = (
        listed(actor)
        .order_by()
        .values("model_key", "feeder_mrid", "feeder", "area__key", "area__name")
        .annotate(
            events=Count("pk", filter=Q(ended_at__isnull=False)),
            right=Count("pk", filter=Q(verdict="right")),
            wrong=Count("pk", filter=Q(verdict="wrong")),
            saved=Sum(Cast(KT("score__saved"), FloatField())),
        )
        .order_by("feeder", "feeder_mrid")
    )
    return [_ready(dict(row), needed, share) for row in rows]


def _ready(row: dict[str, Any], needed: int, share: float) -> dict[str, Any]:
    found = Readiness(row["right"] + row["wrong"], row["right"], needed, share)
    return row | {
        "area": row["area__key"],
        "area_name": row["area__name"],
        "judged": found.judged,
        "share": found.share,
        "is_ready": found.is_ready,
        "needed": needed,
        "saved": row["saved"] or 0.0,
    }
