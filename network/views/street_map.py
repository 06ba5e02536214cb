"""Tiles of the street map, for whoever may see the network."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Gone
from network.domain.pmtiles import BadArchive
from network.selectors import street_map


@browser.data(may="see_network", is_kept=True)
def tile(request: browser.Request, key: str, zoom: int, x: int, y: int) -> HttpResponse:
    """A vector tile (MVT) of the file with this key; nothing (204) where the file has none."""
    found = street_map.street_map()
    if found is None or found.key != key:
        raise Gone(_("there is another street map now, or none"))
    try:
        content = found.tile(zoom, x, y)
    except BadArchive as error:
        raise street_map.NoStreetMap(str(error)) from None
    if not content:
        return HttpResponse(status=204)
    if found.is_gzipped:
        return browser.gzipped(request, content)
    return HttpResponse(content, content_type="application/octet-stream")
