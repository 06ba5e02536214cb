"""Outages as templates show them: words, levels, addresses."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from outages.domain import urgency
from outages.domain.codes import CAUSES
from outages.models import Outage
from outages.selectors import lists
from outages.selectors.outages import GOING_ON


def shown(found: Sequence[Outage], at: dt.datetime) -> list[dict[str, Any]]:
    """Rows of any list of outages."""
    evidence = lists.evidence_counts([outage.pk for outage in found])
    rows = with_crews(found, at)
    return [row | {"evidence": evidence.get(outage.pk, 0)} for outage, row in zip(found, rows, strict=True)]


def with_crews(found: Sequence[Outage], at: dt.datetime) -> list[dict[str, Any]]:
    """The same where nobody asks how many reports there are: that grows with every message of a storm."""
    crews, branches = lists.crews_on(found), lists.branches(found)
    return [
        head(outage, at) | {"device_branch": branches.get(outage.pk), "crew": crews.get(outage.pk, "")}
        for outage in found
    ]


def head(outage: Outage, at: dt.datetime) -> dict[str, Any]:
    """What is known of an outage without asking further."""
    is_open = outage.state in GOING_ON
    ended_at = None if is_open else outage.restored_at or outage.completed_at or outage.predicted_at
    return {
        "id": outage.pk,
        "url": reverse("outages:outage_page", args=[outage.pk]),
        "priority": level(outage),
        "is_new": outage.state == Outage.State.NEW,
        "is_open": is_open,
        "kind": outage.get_kind_display(),
        "state": outage.get_state_display(),
        "confidence": outage.get_confidence_display(),
        "device_name": outage.device_name,
        "model": outage.model_key,
        "feeder": outage.feeder,
        "area": outage.area.name,
        "customers_out": outage.customers_out,
        "customers_affected": outage.customers_affected,
        "critical_out": outage.critical_out,
        "started_at": outage.started_at,
        "ended_at": ended_at,
        "lasted": outage.restored_at - outage.started_at if outage.restored_at and not is_open else None,
        "etr_at": outage.etr_at,
        "etr_source": outage.etr_source,
        "is_etr_over": is_open and outage.etr_at is not None and outage.etr_at < at,
        "cause": CAUSES.get(outage.cause, outage.cause),
    }


def level(outage: Outage) -> int:
    """Its urgency; one that is over asks for nothing."""
    if outage.state not in GOING_ON:
        return urgency.LEVELS[-1]
    return urgency.level(outage.priority, outage.kind)
