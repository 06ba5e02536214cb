"""Find anything from anywhere, and do it: outages, orders, devices, customers, crews, pages and commands in one list.

What fits best comes first, together with the others of its kind. A text that begins with ">" asks for pages and commands alone.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.actors import Actor
from network.selectors import one_line, search, versions
from network.selectors.class_word import class_word
from outages.selectors import callers, lists, switching
from outages.views import palette, rows
from outages.views.palette import Pick
from workforce.selectors import crews

FOUND_OF_EACH = 6
ONLY_COMMANDS = ">"


@browser.page("GET")
def find(request: browser.Request) -> HttpResponse:
    """Groups of what fits; with nothing typed, the commands and pages there are."""
    typed = request.GET.get("q", "").replace("\0", "").strip()[:80]
    text = typed.removeprefix(ONLY_COMMANDS).strip()
    found = [*palette.commands(request, text), *palette.pages(request.actor, text)]
    if text and typed == text:
        found = [*_things(request, text), *(one for one in found if len(text) > 1)]
    return render(request, "components/_find_results.html", {"query": typed, "groups": _grouped(found)})


def _grouped(found: Iterable[Pick]) -> list[dict[str, Any]]:
    """Kinds in the order of their best fit, and inside a kind the best first; equals stay as they were found."""
    ranked = sorted(found, key=lambda one: one.rank)
    best: dict[str, int] = {}
    for one in ranked:
        best.setdefault(one.kind, len(best))
    by_kind = groupby(sorted(ranked, key=lambda one: best[one.kind]), key=lambda one: one.kind)
    return [{"kind": kind, "picks": list(picks)} for kind, picks in by_kind]


def _things(request: browser.Request, text: str) -> Iterator[Pick]:
    """What is in the network, in the field and on the books; only what the asker may see."""
    actor = request.actor
    if actor.may("see_network"):
        yield from _outages(request, text)
        yield from _orders(actor, text)
    if len(text) > 1:
        if actor.may("see_network"):
            yield from _network(request, text)
            yield from _crews(actor, text)
        yield from _customers(actor, text)


def _outages(request: browser.Request, text: str) -> Iterator[Pick]:
    for one in rows.shown(lists.found(request.actor, text, FOUND_OF_EACH), request.at):
        about = f"{one['confidence']} · {one['state']} · {one['device_name']} · {one['customers_out']} {_('out')}"
        yield Pick(_("Outage"), str(one["id"]), about, one["url"], _best(text, str(one["id"])))


def _orders(actor: Actor, text: str) -> Iterator[Pick]:
    for row in switching.found(actor, text, FOUND_OF_EACH):
        about, url = f"{row.get_state_display()} · {row.purpose}", reverse("outages:order_page", args=[row.pk])
        yield Pick(_("Switching order"), row.reference, about, url, _best(text, row.reference, str(row.pk)))


def _network(request: browser.Request, text: str) -> Iterator[Pick]:
    shown = _shown_model(request)
    for one in search.feeders(text, limit=FOUND_OF_EACH):
        branch = one.branch if one.model == shown else None
        yield Pick(_("Feeder"), one.name, "", _on_map(one.model, one.branch), one.rank, branch)
    for row in search.find_equipment(text, FOUND_OF_EACH):
        yield _device(row, shown, text)
    for one in one_line.find(text, limit=FOUND_OF_EACH):
        yield Pick(
            _("One-line diagram"), one.name, "", reverse("network:one_line", args=[one.model, one.mrid]), one.rank
        )


def _shown_model(request: browser.Request) -> str:
    """The model on the asker's map: only its devices can be chosen there without loading the page anew."""
    query = parse_qs(urlsplit(request.htmx.current_url or "").query)
    published = [model["key"] for model in versions.operated()]
    return next((key for key in query.get("model", []) if key in published), published[0] if published else "")


def _on_map(model: str, branch: int | None) -> str:
    on_map = f"{reverse('outages:control_room')}?model={model}"
    return on_map if branch is None else f"{on_map}&branch={branch}"


def _device(row: Any, shown: str, text: str) -> Pick:
    model, branch = row.version.model.key, row.index if row.is_branch else None
    about = " / ".join(part for part in (row.substation, row.feeder) if part) or class_word(row.cim_class)
    fit = _best(text, row.name, row.mrid)
    return Pick(_("Device"), row.name, about, _on_map(model, branch), fit, branch if model == shown else None)


def _crews(actor: Actor, text: str) -> Iterator[Pick]:
    for one in crews.crews(actor.areas_for("see_network")):
        fits = [fit for fit in (palette.rank(text, one.key), palette.rank(text, one.name)) if fit is not None]
        if fits:
            live = getattr(one, "live", [])
            about = live[0].work_order.title if live else one.get_shift_display()
            yield Pick(_("Crew"), one.name, about, reverse("outages:dispatch"), min(fits))


def _customers(actor: Actor, text: str) -> Iterator[Pick]:
    if not actor.may("view_customer"):
        return
    for one in callers.search(actor, text, limit=FOUND_OF_EACH):
        name = one["customer"] or one["name"]
        about = f"{one['address']} · {one['account_number']}" + (f" · {_('out')}" if one["is_out"] else "")
        url = f"{reverse('outages:call_new')}?usage_point={one['id']}"
        fit = _best(text, name, one["account_number"], one["address"])
        yield Pick(_("Customer"), name, about, url, fit, is_private=True)


def _best(text: str, *names: str) -> int:
    """How well the best of these names fits, for what is known to fit by something."""
    return min((fit for name in names if (fit := palette.rank(text, name)) is not None), default=palette.INSIDE)
