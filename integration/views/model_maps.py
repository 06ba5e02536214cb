"""What the map of the gate fetches: geometry, names and normal state of any stored version."""

import orjson
from django.http import HttpResponse
from django.views.decorators.gzip import gzip_page

from adms.core import browser
from network.selectors import map_files, version_maps, versions

READS = ("publish_model", "inspect_messages", "see_network")


@browser.page("GET", may=READS)
def geometry(request: browser.Request, model: str, number: int) -> HttpResponse:
    """Its geometry."""
    found = versions.version(model, number)
    is_geographic = found.summary.get("crs") == "EPSG:4326"
    return browser.gzipped(request, map_files.geometry(found.checksum, is_geographic=is_geographic))


@gzip_page
@browser.page("GET", may=READS)
def names(request: browser.Request, model: str, number: int) -> HttpResponse:
    """Names, mRIDs and classes by branch number; of a large network the names of the branches in `of` only."""
    found = versions.version(model, number)
    body = map_files.names(found.pk, found.checksum, request.GET.get("of", ""))
    return HttpResponse(orjson.dumps(body | {"version": number, "sources": {}}), content_type="application/json")


@gzip_page
@browser.page("GET", may=READS)
def states(request: browser.Request, model: str, number: int) -> HttpResponse:  # noqa: ARG001
    """Its state bytes with every switch in its normal position."""
    found = versions.version(model, number)
    response = _binary(version_maps.states(found.checksum))
    response["X-Tieline-Version"] = str(number)
    return response


def _binary(data: bytes) -> HttpResponse:
    return HttpResponse(data, content_type="application/octet-stream")
