"""What the map fetches: geometry and names once per model version, the state bytes whenever it lost the thread."""

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from adms.core import browser
from adms.core.errors import Gone
from network.selectors import display, state


@browser.data(may="see_network", is_kept=True)
def geometry(request: browser.Request, model: str, version: int) -> HttpResponse:
    """The immutable geometry of a version."""
    present = _present(model, version)
    return browser.gzipped(request, display.geometry(present))


@browser.data(may="see_network", is_kept=True)
@gzip_page
def names(request: browser.Request, model: str, version: int) -> HttpResponse:
    """Names, mRIDs and classes by branch number; of a large network the names of the branches in `of` only."""
    present = _present(model, version)
    body = display.names(present, request.GET.get("of", ""))
    return HttpResponse(orjson.dumps(body), content_type="application/json")


@browser.data(may="see_network")
@gzip_page
def states(_request: browser.Request, model: str, version: int) -> HttpResponse:
    """The present state bytes; the header names the version they belong to."""
    _present(model, version)
    shown = display.plane(model)
    response = _binary(display.encode_state(shown))
    response["X-Tieline-Version"] = str(shown.version)
    return response


def _present(model: str, version: int) -> state.NetworkState:
    """The published state; an older version is gone."""
    present = state.present(model)
    if present.version != version:
        raise Gone(
            _("version %(version)s of %(model)s is not operated any more") % {"version": version, "model": model}
        )
    return present


def _binary(data: bytes) -> HttpResponse:
    return HttpResponse(data, content_type="application/octet-stream")
