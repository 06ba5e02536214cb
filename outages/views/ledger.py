"""Rows of the interruption ledger as templates show them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from network.domain import phases as ph
from outages.domain.interruptions import minutes_between
from outages.models import Interruption
from outages.selectors import figure_rules, reports
from outages.selectors.reliability import PlainRow

#: Of the ledger as a file.
COLUMNS = (
    *("id", "outage", "equipment_name", "feeder", "phases", "customers", "began_at", "ended_at"),
    *("customer_minutes", "is_sustained", "is_provisional"),
)


def shown(
    actor: Actor, rows: Sequence[Interruption], at: dt.datetime, border_min: float | None = None
) -> list[dict[str, Any]]:
    """Each with how long it lasted (so far), what it counts as, and the address of its correction for who may correct it."""
    names = reports.names_of({row.equipment_mrid for row in rows})
    border = figure_rules.rules().border_min if border_min is None else border_min
    return [_shown(actor, row, names.get(row.equipment_mrid, row.equipment_mrid), at, border) for row in rows]


def _shown(actor: Actor, row: Interruption, name: str, at: dt.datetime, border_min: float) -> dict[str, Any]:
    minutes = minutes_between(row.began_at, max(row.ended_at or at, row.began_at))
    may_correct = actor.may("draft_correction", row.area.key)
    return {
        "id": row.pk,
        "outage": row.outage_id,
        "outage_url": reverse("outages:outage_page", args=[row.outage_id]),
        "equipment_name": name,
        "feeder": row.feeder,
        "phases": ph.text(row.phases & ph.ABC),
        "customers": row.customers,
        "began_at": row.began_at,
        "ended_at": row.ended_at,
        "lasted": dt.timedelta(minutes=minutes),
        "customer_minutes": minutes * row.customers,
        "is_provisional": row.is_provisional,
        "is_sustained": minutes > border_min,
        "is_restated": row.corrected_at is not None,
        "is_superseded": row.superseded_at is not None,
        "excluded_reason": row.excluded_reason,
        "superseded_reason": _(row.superseded_reason) if row.superseded_reason else "",
        "correct_url": reverse("outages:correct_row", args=[row.pk]) if may_correct else "",
    }


def plain(rows: Sequence[PlainRow], at: dt.datetime, border_min: float) -> Iterator[tuple[Any, ...]]:
    """The same of a file, in the order of `COLUMNS`."""
    names = reports.names_of({row.equipment_mrid for row in rows})
    spoken = {bits: ph.text(bits & ph.ABC) for bits in {row.phases for row in rows}}
    for row in rows:
        minutes = minutes_between(row.began_at, max(row.ended_at or at, row.began_at))
        yield (
            row.id,
            row.outage,
            names.get(row.equipment_mrid, row.equipment_mrid),
            row.feeder,
            spoken[row.phases],
            row.customers,
            row.began_at,
            row.ended_at,
            minutes * row.customers,
            minutes > border_min,
            row.is_provisional,
        )


def totals(rows: Sequence[Interruption], at: dt.datetime) -> dict[str, float]:
    """Customers and customer-minutes of some rows."""
    minutes = [minutes_between(row.began_at, max(row.ended_at or at, row.began_at)) for row in rows]
    return {
        "customers": sum(row.customers for row in rows),
        "customer_minutes": sum(row.customers * one for row, one in zip(rows, minutes, strict=True)),
    }
