"""Outages as lists and pages show them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from metering.selectors import supply
from network.selectors import equipment
from outages.domain import lifecycle
from outages.domain.prediction.explanation import Explanation
from outages.models import Call, Evidence, Interruption, Outage
from outages.selectors import prediction_words
from workforce.selectors import crews

#: States in which an outage goes on.
GOING_ON = lifecycle.RUNNING


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of an explanation: what it says, the threshold behind it, the evidence it rests on."""

    key: str
    text: str
    value: float | None
    threshold: float | None
    passed: bool | None
    evidence: list[int]
    of: float | None = None  # the whole of which the value is a part
    device: str = ""  # mRID of the device it speaks of
    rule_set: str = ""
    condition: str = ""  # which one was held against the threshold


def outages(actor: Actor, *, going_on: bool | None = None, state: str = "", area: str = "") -> QuerySet[Outage]:
    """Outages the actor may see, the most urgent first."""
    found = Outage.objects.select_related("area", "work_order", "parent").defer("parent__explanation")
    found = found.order_by("-priority", "started_at")
    if going_on is not None:
        found = found.filter(state__in=GOING_ON) if going_on else found.exclude(state__in=GOING_ON)
    if state:
        found = found.filter(state=state)
    if area:
        found = found.filter(area__key=area)
    return found if actor.may("see_network") else found.none()


def outage(actor: Actor, outage_id: int) -> Outage:
    """One outage.

    Raises:
        NotFound: none, or none the actor may see.
    """
    found = outages(actor).filter(pk=outage_id).first()
    if found is None:
        raise NotFound(_("no outage %(outage_id)s") % {"outage_id": outage_id}, outage=outage_id)
    return found


@dataclass(frozen=True, slots=True)
class Described:
    """An outage with what a message tells of it: names of the usage points out now, and of the crews on it."""

    outage: Outage
    names_out: list[str]
    crews: frozenset[str]


def described(ids: Collection[int]) -> dict[int, Described]:
    """Several by their numbers, in a few queries."""
    found = Outage.objects.select_related("area").in_bulk(list(ids))
    rows = Interruption.objects.filter(outage_id__in=list(found), superseded_at=None, ended_at=None)
    out: dict[int, set[int]] = {pk: set() for pk in found}
    for pk, members in rows.values_list("outage_id", "usage_points"):
        out[pk].update(members)
    names = supply.names({point for members in out.values() for point in members})
    on = crews.assignments_for([f"outage:{pk}" for pk in found])
    return {
        pk: Described(
            outage,
            [names[point] for point in out[pk] if point in names],
            frozenset(one.crew.name for one in on.get(f"outage:{pk}", ()) if one.ended_at is None),
        )
        for pk, outage in found.items()
    }


def explanation(found: Outage) -> list[Sentence]:
    """Why this device, in sentences."""
    stored = found.explanation
    if not stored:
        return []
    if stored.get("engine") in _WORDS:
        return [_WORDS[stored["engine"]](found, stored)]
    return sentences(stored)


def sentences(stored: dict[str, Any]) -> list[Sentence]:
    """What an engine wrote of a prediction (`Explanation.to_json`), in sentences."""
    names = _names(stored)
    told = prediction_words.explain(Explanation.from_json(stored), lambda device: names.get(str(device), str(device)))
    return [
        Sentence(
            s.key,
            s.text,
            s.check.value if s.check else None,
            s.check.threshold if s.check else None,
            s.check.passed if s.check else None,
            list(s.evidence),
            s.check.of if s.check else None,
            str(s.device),
            str(stored.get("rule_set", "")),
            s.check.key if s.check else "",
        )
        for s in told
    ]


def _telemetry(found: Outage, stored: dict[str, Any]) -> Sentence:
    shown = {"name": found.device_name, "source": stored.get("source", "telemetry")}
    if stored.get("is_commanded"):
        text = _("%(name)s was reported open by command by %(source)s; no threshold is asked.") % shown
    else:
        text = _("%(name)s was reported open without a command by %(source)s; no threshold is asked.") % shown
    return Sentence("opened", text, value=None, threshold=None, passed=True, evidence=[], device=found.device_mrid)


def _person(found: Outage, stored: dict[str, Any]) -> Sentence:
    shown = {"actor": stored["actor"], "before": stored["before"], "name": found.device_name}
    text = _("%(actor)s moved it from %(before)s to %(name)s; no threshold is asked.") % shown
    return Sentence("moved", text, value=None, threshold=None, passed=True, evidence=[], device=found.device_mrid)


def _ping(found: Outage, stored: dict[str, Any]) -> Sentence:
    at = timezone.localtime(dt.datetime.fromisoformat(stored["answered_at"]))
    text = _(
        "The caller's meter at %(name)s answered at %(at)s that it has supply: a fault in the house. No crew is sent; "
        "call the customer."
    ) % {"name": found.device_name, "at": f"{at:%H:%M:%S}"}
    return Sentence("verify", text, value=None, threshold=None, passed=True, evidence=[], device=found.device_mrid)


_WORDS = {"telemetry": _telemetry, "person": _person, "ping": _ping}


def _names(stored: dict[str, Any]) -> dict[str, str]:
    weighed = [stored, *(one for one in [stored.get("stopped_by"), *stored.get("alternatives", [])] if one)]
    mrids = {str(one.get("device", "")) for one in weighed}
    for one in weighed:
        mrids |= {str(device) for check in one.get("checks", []) for device in check.get("devices", [])}
    return dict(equipment.published().filter(mrid__in=mrids).values_list("mrid", "name"))


def evidence(found: Outage, limit: int = 500) -> list[dict[str, Any]]:
    """Everything that speaks for or against it, in order of field time, with who and where."""
    rows = list(Evidence.objects.filter(outage=found).order_by("occurred_at", "pk")[:limit])
    rows += list(_answers(found)[:limit])
    points = supply.usage_points({row.usage_point_id for row in rows if row.usage_point_id})
    return [
        _describe(row, points.get(row.usage_point_id or 0, {})) for row in sorted(rows, key=lambda r: r.occurred_at)
    ]


def _answers(found: Outage) -> QuerySet[Evidence]:
    """Live words of customers the outage counts, since it began."""
    members = {
        m for points in Interruption.objects.filter(outage=found).values_list("usage_points", flat=True) for m in points
    }
    return Evidence.objects.filter(
        usage_point_id__in=members, kind__in=("restore", "ping_on"), occurred_at__gte=found.started_at, outage=None
    ).order_by("occurred_at")


def _describe(row: Evidence, point: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "label": row.get_kind_display(),
        "occurred_at": row.occurred_at,
        "recorded_at": row.recorded_at,
        "weight": row.weight,
        "reference": row.reference,
        "is_live": row.kind in ("restore", "ping_on"),
        "settled_reason": row.settled_reason,
        "customer": point.get("customer", ""),
        "address": point.get("address", ""),
        "name": point.get("name", ""),
        "usage_point": row.usage_point_id,
        "equipment_mrid": row.equipment_mrid,
    }


def ledger(found: Outage) -> list[Interruption]:
    """Its rows in the interruption ledger that count."""
    rows = Interruption.objects.filter(outage=found, superseded_at=None)
    return list(rows.order_by("began_at", "equipment_mrid", "pk"))


def calls(found: Outage) -> list[Call]:
    """Calls that belong to it."""
    return list(Call.objects.filter(outage=found).order_by("reported_at"))


def assignments(found: Outage) -> list[Any]:
    """Crews on it, oldest first."""
    subject = f"outage:{found.pk}"
    return crews.assignments_for([subject]).get(subject, [])


def kpis() -> dict[str, int]:
    """The figures of the top bar."""
    out = Interruption.objects.filter(superseded_at=None, ended_at=None).aggregate(n=Sum("customers"))["n"] or 0
    going = Outage.objects.filter(state__in=GOING_ON).aggregate(
        outages=Count("pk"),
        predicted=Count("pk", filter=~Q(confidence="confirmed")),
        unassigned=Count("pk", filter=Q(state__in=("new", "acknowledged"))),
        new=Count("pk", filter=Q(state="new")),
    )
    return {"customers_out": out, **going}


def recent_calls(actor: Actor, limit: int = 50) -> list[Call]:
    """The latest calls, newest first."""
    if not actor.may("enter_call"):
        return []
    return list(Call.objects.select_related("area", "usage_point").order_by("-recorded_at")[:limit])
