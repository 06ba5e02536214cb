"""The gate: one version with its findings, its difference to the operated one, and its map."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from adms.core import browser
from adms.core.actors import Actor
from integration.selectors import gate
from integration.services import dossiers
from integration.services.dossiers import Difference
from integration.views import model_shown as shown
from network.domain.comparison import KINDS
from network.selectors import version_maps, versions

if TYPE_CHECKING:
    from network.models import ModelVersion

READS = ("publish_model", "inspect_messages")
TABS = ("findings", "difference", "map")
LISTED = 60
MARKED = 60
LABELLED = 6
PAGE_SIZE = 100
KIND_WORDS = {
    "added": _("Added"),
    "removed": _("Removed"),
    "changed": _("Changed"),
    "connection": _("Connections"),
    "normal_open": _("Normally open points"),
    "customer": _("Customers moved"),
    "feeder": _("Feeders"),
}
PRIORITIES = {"error": 1, "warning": 2, "info": 4}


@browser.page("GET", may=READS)
def model_version(request: browser.Request, model: str, number: int) -> HttpResponse:
    """One version in three tabs."""
    found = versions.version(model, number)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "findings"
    running = versions.running(key=model)
    difference = dossiers.difference(found.pk)
    classes = gate.classes(found)
    context = _head(request.actor, found, running, difference, classes) | {"tab": tab, "now": request.at}
    if tab == "findings":
        context |= _findings(found, classes)
    elif tab == "difference":
        context |= _difference(request, difference)
    context["map"] = _map(request, found, tab, difference)
    return render(request, "integration/models/version.html", context)


def _head(
    actor: Actor,
    found: "ModelVersion",
    running: "ModelVersion | None",
    difference: Difference | None,
    classes: list[gate.FindingClass],
) -> dict[str, Any]:
    totals = gate.totals(classes)
    told = shown.version(found)
    is_stale = difference is not None and difference.compared_with != (running.number if running else None)
    needs_acceptance = bool(totals["warning"]) and not told["accepted"]
    return {
        "version": told,
        "running": running.number if running else None,
        "totals": totals,
        "differences": sum(sum(one.values()) for one in difference.counts.values()) if difference else None,
        "compared_with": difference.compared_with if difference else None,
        "is_compared": difference is not None,
        "is_stale": is_stale and found.state == "staged",
        "is_blocked": found.state == "staged" and totals["error"] > 0,
        "needs_acceptance": found.state == "staged" and not totals["error"] and needs_acceptance,
        "is_ready": found.state == "staged" and not totals["error"] and not needs_acceptance and not is_stale,
        "fallback": _fallback(found),
        "may_publish": actor.may("publish_model"),
        "may_export": actor.may("export_model"),
        "urls": {
            name: reverse(f"integration:model_{name}", args=[found.model.key, found.number])
            for name in ("accept", "publish", "back", "discard", "compare")
        },
    }


def _fallback(found: "ModelVersion") -> dict[str, Any] | None:
    """Of a published version: the one that was published before it."""
    if found.state != "published":
        return None
    retired = versions.versions(model=found.model.key, state="retired").exclude(published_at=None)
    before = retired.defer("grid", "findings").order_by("-published_at").first()
    if before is None:
        return None
    return {"number": before.number, "url": reverse("integration:model_back", args=[before.model.key, before.number])}


def _findings(found: "ModelVersion", classes: list[gate.FindingClass]) -> dict[str, Any]:
    """The classes with their first rows; the worst of them are marked on the map."""
    marked = 0
    told = []
    for one in classes:
        rows = gate.with_places(found, one.rows[:LISTED])
        for row in rows:
            row["name"] = row["object"].removesuffix(f" ({row.get('mrid', '')})")
            row["label"] = row["name"] if marked < LABELLED else ""
            row["is_marked"] = row["branch"] is not None and row["severity"] != "info" and marked < MARKED
            row["priority"] = PRIORITIES[row["severity"]]
            marked += row["is_marked"]
        told.append({"key": one.key, "words": one.words, "severity": one.severity, "counts": one.counts, "rows": rows,
                     "count": sum(one.counts.values()), "more": len(one.rows) - len(rows)})  # fmt: skip
    return {"classes": told}


def _difference(request: browser.Request, difference: Difference | None) -> dict[str, Any]:
    """One page of the changes that are asked for, and how many there are of each kind and class."""
    kind, cim_class = request.GET.get("kind", ""), request.GET.get("class", "")[:60]
    text = request.GET.get("q", "").strip()[:120]
    kind = kind if kind in KINDS else ""
    counts = difference.counts if difference else {}
    rows = gate.chosen(difference.changes if difference else [], kind=kind, cim_class=cim_class, text=text)
    page = browser.paged(request, rows, PAGE_SIZE)
    is_before = request.GET.get("side") == "before"
    page.object_list = [
        row | {"kind_words": KIND_WORDS[row["kind"]], "place": row["branch_before" if is_before else "branch"]}
        for row in page.object_list
    ]
    classes = sorted({name for key, by_class in counts.items() if kind in ("", key) for name in by_class})
    return {
        "page": page,
        "q": text,
        "cim_class": cim_class,
        "cim_classes": classes,
        "kind": kind,
        "kinds": [{"key": "", "label": _("All"), "count": sum(sum(one.values()) for one in counts.values())}]
        + [
            {"key": key, "label": KIND_WORDS[key], "count": sum(counts[key].values())} for key in KINDS if key in counts
        ],
        "by_class": _by_class(counts),
    }


def _by_class(counts: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """Added, removed, changed by class."""
    names = sorted({name for kind in ("added", "removed", "changed") for name in counts.get(kind, {})})
    return [
        {"name": name} | {kind: counts.get(kind, {}).get(name, 0) for kind in ("added", "removed", "changed")}
        for name in names
    ]


def _map(
    request: browser.Request, found: "ModelVersion", tab: str, difference: Difference | None
) -> dict[str, Any] | None:
    """Which version the map shows, and what it lights: of the difference the new side, or the old one where it is asked for."""
    if found.state == "discarded" or not version_maps.has_places(found.checksum):
        return None
    is_before = request.GET.get("side") == "before" and tab != "findings" and difference is not None
    compared_with = difference.compared_with if difference else None
    number = compared_with if is_before and compared_with else found.number
    light = _lights(difference, is_before=is_before) if difference and tab != "findings" else {}
    return {
        "base": f"/models/{found.model.key}/",
        "number": number,
        "light": light,
        "is_before": is_before,
        "has_sides": bool(compared_with) and tab != "findings",
    }


def _lights(difference: Difference, *, is_before: bool) -> dict[str, list[int]]:
    """Branches by colour: added green, changed blue; on the old side removed red."""
    place = "branch_before" if is_before else "branch"
    lights: dict[str, set[int]] = {"lit": set(), "lost": set(), "gained": set()}
    for row in difference.changes:
        colour = {"added": "gained", "removed": "lost"}.get(row["kind"], "lit")
        if row[place] >= 0:
            lights[colour].add(row[place])
    lights["lit"] -= lights["lost"] | lights["gained"]
    return {colour: sorted(branches)[:20_000] for colour, branches in lights.items()}
