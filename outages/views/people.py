"""Who works on an outage, as its page shows it: the steps of the work, the crews, what each may report next."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core.actors import Actor
from outages.models import Outage
from outages.selectors.outages import GOING_ON
from workforce.services.work import NEXT

LABELS = {
    "accepted": gettext_lazy("Accept"),
    "en_route": gettext_lazy("En route"),
    "on_site": gettext_lazy("On site"),
    "made_safe": gettext_lazy("Made safe"),
    "suspended": gettext_lazy("Suspend"),
    "completed": gettext_lazy("Done"),
    "released": gettext_lazy("Release"),
}
#: In this order on screen.
STEPS = tuple(LABELS)


def steps(found: Outage, crews: Sequence[Any]) -> list[dict[str, Any]]:
    """How far the work is, with the time each step was first reached."""
    times = [
        (_("Found") if found.confirmed_at == found.predicted_at else _("Predicted"), found.predicted_at),
        (_("Assigned"), _first(crews, "assigned_at")),
        (_("En route"), _first(crews, "en_route_at")),
        (_("On site"), _first(crews, "on_site_at")),
        (_("Restored"), found.restored_at),
        (_("Completed"), found.completed_at),
    ]
    reached = max((i for i, (_label, at) in enumerate(times) if at), default=0)
    is_over = found.state in {"completed", "cancelled"}
    return [
        {"label": label, "at": at, "state": "now" if i == reached and not is_over else "done" if at else ""}
        for i, (label, at) in enumerate(times)
    ]


def _first(crews: Sequence[Any], name: str) -> dt.datetime | None:
    return min((at for crew in crews if (at := getattr(crew, name))), default=None)


def on_it(actor: Actor, found: Outage, crews: Sequence[Any]) -> list[dict[str, Any]]:
    """The crews that are on it; once it is over, those that were."""
    live = [one for one in crews if one.ended_at is None]
    shown = live if found.state in GOING_ON or live else crews
    return [
        {
            "name": one.crew.name,
            "kind": one.crew.get_kind_display(),
            "state": one.get_state_display(),
            "since": since(one),
            "progress": progress(one.pk, one.state) if actor.may("report_work") else [],
        }
        for one in shown
    ]


def since(one: Any) -> dt.datetime:
    """When an assignment came to its present state."""
    stamps: tuple[dt.datetime | None, ...] = (
        one.ended_at,
        one.made_safe_at,
        one.on_site_at,
        one.en_route_at,
        one.accepted_at,
        one.assigned_at,
    )
    return next(at for at in stamps if at is not None)


def progress(assignment: int, state: str) -> list[dict[str, Any]]:
    """What may follow, as buttons."""
    following = NEXT.get(state, set())
    return [
        {"label": LABELS[step], "state": step, "url": reverse("outages:progress", args=[assignment, step])}
        for step in STEPS
        if step in following
    ]


def assign_url(actor: Actor, found: Outage) -> str:
    """Where a crew is chosen, for those who may send one."""
    if found.state not in GOING_ON or not actor.may("dispatch_crew", found.area.key):
        return ""
    return reverse("outages:assign", args=[found.pk])
