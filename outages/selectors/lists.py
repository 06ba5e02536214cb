"""Outages as rows: which of them, how many, with crew and evidence, in a bounded number of queries."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from adms.core.actors import Actor
from network.selectors import abnormal, state
from outages.models import Evidence, Outage
from outages.selectors import numbers, outages
from outages.selectors.outages import GOING_ON
from workforce.selectors import crews

OPEN, VERIFY, RESTORED, COMPLETED, CANCELLED, ALL = "open", "verify", "restored", "completed", "cancelled", "all"
WHICH: dict[str, Q] = {
    OPEN: Q(state__in=GOING_ON),
    VERIFY: Q(state="verify"),
    RESTORED: Q(state="restored"),
    COMPLETED: Q(state="completed"),
    CANCELLED: Q(state="cancelled"),
    ALL: Q(),
}


def listed(actor: Actor, *, show: str, text: str = "", area: str = "") -> QuerySet[Outage]:
    """Open ones with the most urgent first, others with the latest first."""
    found = _matching(actor, text, area).filter(WHICH[show])
    return found if show == OPEN else found.order_by("-started_at", "-pk")


def counts(actor: Actor, *, text: str = "", area: str = "") -> dict[str, int]:
    """How many are in each list."""
    found = _matching(actor, text, area).order_by()
    return found.aggregate(**{key: Count("pk", filter=which) for key, which in WHICH.items()})


def _matching(actor: Actor, text: str, area: str) -> QuerySet[Outage]:
    found = outages.outages(actor, area=area).defer(
        "explanation", "parent__explanation"
    )  # no list shows them, and they are long
    for word in text.split():
        named = Q(device_name__icontains=word) | Q(feeder__icontains=word)
        found = found.filter(named | Q(pk=int(word)) if word.isdecimal() and len(word) < 10 else named)
    return found


def found(actor: Actor, text: str, limit: int) -> list[Outage]:
    """Outages whose number begins with these digits, the latest first; then those going on at a device or feeder called so."""
    rows = outages.outages(actor).defer("explanation", "parent__explanation")
    numbered = list(rows.filter(numbers.begins_with(text)).order_by("-pk")[:limit]) if text.isdecimal() else []
    if len(text) < 2 or len(numbered) >= limit:
        return numbered
    named = Q(device_name__icontains=text) | Q(feeder__icontains=text)
    going_on = rows.filter(named, state__in=GOING_ON).exclude(pk__in=[one.pk for one in numbered])
    return [*numbered, *going_on.order_by("-pk")[: limit - len(numbered)]]


def number_of(mrid: str) -> int | None:
    """The number of the outage of this mRID."""
    return Outage.objects.filter(mrid=mrid).values_list("pk", flat=True).first()


def crews_on(found: Sequence[Outage]) -> dict[int, str]:
    """Who works on each, in words: "Trouble 11 on site", and how many more."""
    ids = {f"outage:{outage.pk}": outage.pk for outage in found}
    told = {}
    for subject, rows in crews.assignments_for(list(ids)).items():
        live = [row for row in rows if row.ended_at is None]
        if live:
            more = f" +{len(live) - 1}" if len(live) > 1 else ""
            told[ids[subject]] = f"{live[0].crew.name} {live[0].get_state_display().lower()}{more}"
    return told


def evidence_counts(ids: Sequence[int]) -> dict[int, int]:
    """How many reports belong to each."""
    rows = Evidence.objects.filter(outage_id__in=ids).order_by().values("outage_id").annotate(n=Count("pk"))
    return {row["outage_id"]: row["n"] for row in rows}


def branches(found: Sequence[Outage]) -> dict[int, int]:
    """Where on the map each device is; those it does not show are left out."""
    grids: dict[str, Any] = {}
    published = set(state.models()) if found else set()
    at = {}
    for outage in found:
        if outage.model_key not in published:
            continue
        if outage.model_key not in grids:
            grids[outage.model_key] = state.present(outage.model_key).grid
        branch = abnormal.branch_of(grids[outage.model_key], outage.device_mrid)
        if branch >= 0:
            at[outage.pk] = branch
    return at
