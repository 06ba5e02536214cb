"""What the map fetches: geometry and names once per model version, the state bytes whenever it lost the thread."""

from http import HTTPStatus

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page

from adms.core import browser
from adms.core.errors import NotFound
from adms.core.services import authority
from network.selectors import display, state

FOREVER = 365 * 24 * 3600


@login_required
@cache_control(private=True, immutable=True, max_age=FOREVER)
def geometry(request: HttpRequest, model: str, version: int) -> HttpResponse:
    """The immutable geometry of a version."""
    present = _present(request, model, version)
    return browser.gzipped(request, display.geometry(present))


@login_required
@cache_control(private=True, immutable=True, max_age=FOREVER)
@gzip_page
def names(request: HttpRequest, model: str, version: int) -> HttpResponse:
    """Names, mRIDs and classes by branch number; of a large network the names of the branches in `of` only."""
    present = _present(request, model, version)
    body = display.names(present, request.GET.get("of", ""))
    return HttpResponse(orjson.dumps(body), content_type="application/json")


@login_required
@cache_control(private=True, no_store=True)
@gzip_page
def states(request: HttpRequest, model: str, version: int) -> HttpResponse:
    """The present state bytes; the header names the version they belong to."""
    _present(request, model, version)
    shown = display.plane(model)
    response = _binary(display.encode_state(shown))
    response["X-Tieline-Version"] = str(shown.version)
    return response


def _present(request: HttpRequest, model: str, version: int) -> state.NetworkState:
    """The published state, for those who may see it; an older version is gone."""
    actor = authority.actor_for(request.user, way="browser")  # type: ignore[arg-type]
    authority.require(actor=actor, action="see_network")
    present = state.present(model)
    if present.version != version:
        raise NotFound(f"version {version} of {model} is not operated any more", status=HTTPStatus.GONE)
    return present


def _binary(data: bytes) -> HttpResponse:
    return HttpResponse(data, content_type="application/octet-stream")
