"""The street map, where a page has a map that may show it."""

from typing import Any

from django import template

from network.selectors import street_map

register = template.Library()


@register.inclusion_tag("components/map/streets.html")
def streets() -> dict[str, Any]:
    """The button that lays the street map below the network; nothing where the utility has none, the reason where it is broken."""
    try:
        return {"street_map": street_map.street_map(), "trouble": ""}
    except street_map.NoStreetMap as trouble:
        return {"street_map": None, "trouble": trouble.message}


@register.simple_tag
def street_credit() -> str:
    """Whose data the street map is; empty where there is none."""
    try:
        found = street_map.street_map()
    except street_map.NoStreetMap:
        return ""
    return found.credit if found else ""
