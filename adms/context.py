"""What the frame of every page shows, whatever the page: the figures of the top bar and the number of the request."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from adms.core.services import authority
from outages.selectors import outages


def console(request: HttpRequest) -> dict[str, Any]:
    """`kpi`, asked for only where a template shows it, and `request_id`."""
    return {"kpi": SimpleLazyObject(lambda: _figures(request)), "request_id": getattr(request, "request_id", "")}


def _figures(request: HttpRequest) -> dict[str, int] | None:
    """The figures, for those who may see the network."""
    actor = getattr(request, "actor", None)
    if actor is None and request.user.is_authenticated:
        actor = authority.actor_for(request.user, way="browser")
    return outages.kpis() if actor is not None and actor.may("see_network") else None
