"""Switching orders as lists, pages and messages tell of them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from network.domain import phases as ph
from network.selectors import equipment
from outages.domain.switching import comparison, life
from outages.domain.switching import steps as kinds
from outages.models import OrderRehearsal, OrderVersion, SafetyDocument, SwitchingOrder, SwitchingStep
from outages.models.switching import PURPOSE
from outages.selectors import numbers

SHOWN = {
    "open": _("Not ended"),
    "desk": _("At the desk"),
    "field": _("In the field"),
    "templates": _("Templates"),
    "ended": _("Ended"),
    "all": _("All"),
}
_DESK = ("draft", "requested", "rejected", "prepared", "checked", "approved", "scheduled")


def orders(
    actor: Actor, *, state: str = "", kind: str = "", show: str = "all", area: str = "", plan: int | None = None
) -> QuerySet[SwitchingOrder]:
    """Orders of the areas the actor may see, those that begin next first, with how many steps they have and how many have ended.

    `plan` is the number of a planned outage they are written for.
    """
    found = SwitchingOrder.objects.select_related("area")
    areas = actor.areas_for("see_network")
    if areas is not None:
        found = found.filter(area__key__in=areas)
    found = found.filter(**({"state": state} if state else {}), **({"kind": kind} if kind else {}))
    found = found.filter(_shown(show), **({"area__key": area} if area else {}))
    if plan is not None:
        found = found.filter(planned_outage=plan)
    ended = Count("steps", filter=Q(steps__state__in=kinds.ENDS))
    return found.annotate(step_count=Count("steps"), steps_ended=ended).order_by("begins_at", "pk")


def found(actor: Actor, text: str, limit: int) -> list[SwitchingOrder]:
    """Orders whose number begins so ("1187", "SO-1187"), or with words in their purpose that begin so; the latest first."""
    rows, areas = SwitchingOrder.objects.all(), actor.areas_for("see_network")
    if areas is not None:
        rows = rows.filter(area__key__in=areas)
    digits = text.upper().removeprefix(life.REFERENCE)
    fits = numbers.begins_with(digits)
    words = re.findall(r"\w+", text)
    if words and len(text) > 1:
        query = SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")
        rows = rows.annotate(words=PURPOSE)
        fits |= Q(words=query)
    return list(rows.filter(fits).order_by("-pk")[:limit])


def order(actor: Actor, order_id: int) -> SwitchingOrder:
    """One of them.

    Raises:
        NotFound: there is none, or not in the actor's areas.
    """
    found = orders(actor).filter(pk=order_id).first()
    if found is None:
        raise NotFound(gettext("no switching order %(order_id)s") % {"order_id": order_id}, order=order_id)
    return found


def steps(row: SwitchingOrder) -> list[SwitchingStep]:
    """In sequence."""
    return list(row.steps.order_by("position", "pk"))


def steps_of(keys: set[tuple[int, str]]) -> dict[tuple[int, str], SwitchingStep]:
    """Some steps by the number of their order and their key, whoever asks."""
    found = SwitchingStep.objects.filter(order__in={number for number, _ in keys}, key__in={key for _, key in keys})
    return {(row.order_id, row.key): row for row in found}


def next_steps(row: SwitchingOrder, found: list[SwitchingStep]) -> set[str]:
    """Keys of the steps that may be begun now."""
    if row.state not in life.EXECUTING:
        return set()
    groups, states = [step.group for step in found], [step.state for step in found]
    is_free = row.kind in life.FREE
    return {
        step.key
        for index, step in enumerate(found)
        if step.state not in kinds.ENDS and kinds.waits_for(groups, states, index, is_free=is_free) < 0
    }


def version(row: SwitchingOrder, number: int) -> OrderVersion:
    """One that was kept.

    Raises:
        NotFound: there is none of this number.
    """
    found = row.versions.filter(number=number).first()
    if found is None:
        raise NotFound(
            gettext("%(reference)s has no version %(number)s") % {"reference": row.reference, "number": number},
            order=row.pk,
            version=number,
        )
    return found


def content(row: SwitchingOrder, found: list[SwitchingStep]) -> dict[str, Any]:
    """What it says now, as a version would keep it. Its own heads are compared beside the steps."""
    return {
        "purpose": row.purpose,
        "begins_at": row.begins_at.isoformat() if row.begins_at else "",
        "ends_at": row.ends_at.isoformat() if row.ends_at else "",
        "steps": [said(step) for step in found if not step.is_go_back],
    }


def said(step: SwitchingStep) -> dict[str, Any]:
    """What a step says, in the words of a version."""
    return {
        "key": step.key, "kind": step.kind, "device": step.device_mrid, "name": step.device_name, "terminal": step.terminal,
        "other": step.other_mrid, "other_terminal": step.other_terminal, "phases": ph.text(step.phases), "crew": step.crew,
        "text": step.text, "group": step.group,
    }  # fmt: skip


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Two contents side by side: heads that differ, and the steps line by line."""
    heads = [
        {"name": name, "before": before[name], "after": after[name]}
        for name in ("purpose", "begins_at", "ends_at")
        if before[name] != after[name]
    ]
    return {"heads": heads, "steps": comparison.compare(before["steps"], after["steps"])}


def instructed_to(crew: str) -> list[SwitchingStep]:
    """What a crew has been told to do and has not reported, in the sequence it was told."""
    found = SwitchingStep.objects.select_related("order__area").filter(crew=crew, state="instructed")
    return list(found.filter(order__state__in=life.EXECUTING).order_by("instructed_at", "position", "pk"))


def feeders_of(steps: Collection[SwitchingStep]) -> dict[str, str]:
    """Feeder (as built) of the devices of steps, by mRID."""
    found: dict[str, str] = {}
    for model in sorted({step.order.model_key for step in steps}):
        found |= equipment.feeders_by_mrid(model, {one.device_mrid for one in steps if one.order.model_key == model})
    return found


def documents_with(crew: str, holder: str) -> list[SafetyDocument]:
    """Documents under which a crew works and of which it is not clear, and those that somebody (an account) holds."""
    held = SafetyDocument.objects.select_related("order").filter(state="issued").order_by("pk")
    return [one for one in held if one.holder == holder or is_at_work(one, crew)]


def is_at_work(document: SafetyDocument, crew: str) -> bool:
    """Whether a crew works under a document and is not clear of it."""
    return any(entry["key"] == crew and not entry["clear_at"] for entry in document.crews)


def at_work(document: SafetyDocument) -> list[dict[str, str]]:
    """Key and name of each crew that is not clear of a document."""
    return [{"key": one["key"], "name": one["name"]} for one in document.crews if not one["clear_at"]]


def _shown(show: str) -> Q:
    return {
        "open": ~Q(state__in=life.ENDED) & ~Q(kind="template"),
        "desk": Q(state__in=_DESK) & ~Q(kind="template"),
        "field": Q(state__in=life.EXECUTING),
        "templates": Q(kind="template") & ~Q(state__in=life.ENDED),
        "ended": Q(state__in=life.ENDED),
    }.get(show, Q())


def latest_rehearsal(order_id: int) -> OrderRehearsal | None:
    """The rehearsal of an order that was asked for last; None where nobody has asked for one."""
    return OrderRehearsal.objects.filter(order=order_id).order_by("-asked_at", "-pk").first()


def by_id(order_ids: set[int]) -> dict[int, SwitchingOrder]:
    """Some orders, whoever asks."""
    return {row.pk: row for row in SwitchingOrder.objects.select_related("area").filter(pk__in=order_ids)}


def number_of(mrid: str) -> int:
    """The order with an mRID.

    Raises:
        NotFound: there is none.
    """
    found = SwitchingOrder.objects.filter(mrid=mrid).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(gettext("no switching order %(mrid)s") % {"mrid": mrid}, mrid=mrid)
    return found
