"""What the map of the gate fetches: geometry, names and normal state of any stored version."""

import orjson
from django.http import HttpResponse
from django.views.decorators.gzip import gzip_page

from adms.core import browser
from network.selectors import version_maps, versions

READS = ("publish_model", "inspect_messages", "see_network")


@gzip_page
@browser.page("GET", may=READS)
def geometry(request: browser.Request, model: str, number: int) -> HttpResponse:  # noqa: ARG001 - `page` has used it
    """Its geometry."""
    found = versions.version(model, number)
    return _binary(version_maps.geometry(found.checksum, is_geographic=found.summary.get("crs") == "EPSG:4326"))


@gzip_page
@browser.page("GET", may=READS)
def names(request: browser.Request, model: str, number: int) -> HttpResponse:  # noqa: ARG001
    """Names, mRIDs and classes by branch number."""
    listed = version_maps.names(versions.version(model, number))
    body = {
        "version": number,
        "branches": [name for name, _, _ in listed],
        "mrids": [mrid for _, mrid, _ in listed],
        "classes": [cim_class for _, _, cim_class in listed],
        "sources": {},
    }
    return HttpResponse(orjson.dumps(body), content_type="application/json")


@browser.page("GET", may=READS)
def states(request: browser.Request, model: str, number: int) -> HttpResponse:  # noqa: ARG001
    """Its state bytes with every switch in its normal position."""
    found = versions.version(model, number)
    response = _binary(version_maps.states(found.checksum))
    response["X-Tieline-Version"] = str(number)
    return response


def _binary(data: bytes) -> HttpResponse:
    return HttpResponse(data, content_type="application/octet-stream")
