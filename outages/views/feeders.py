"""Feeders of a period, the worst first; the outages and causes of one, or of the whole network."""

from collections import defaultdict
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from outages.domain.codes import CAUSES
from outages.domain.interruptions import MOMENTARY_MIN, minutes_between
from outages.models import Interruption, Outage
from outages.selectors import periods
from outages.selectors.periods import Span
from outages.views.period import Asked

SHOWN = 200
UNKNOWN = "not known yet"


def worst(span: Span, asked: Asked) -> list[dict[str, Any]]:
    """Each feeder's part of SAIDI, with its main cause."""
    rows = _sustained(span, asked, "")
    known = periods.outages_of(rows)
    total = sum(_minutes(row, asked) for row in rows) or 1.0
    by_feeder: dict[str, list[Interruption]] = defaultdict(list)
    for row in rows:
        by_feeder[row.feeder].append(row)
    shown = [_feeder(name, found, known, total, span, asked) for name, found in by_feeder.items()]
    return sorted(shown, key=lambda one: -one["saidi"])[:SHOWN]


def _feeder(
    name: str, rows: list[Interruption], known: dict[int, Outage], total: float, span: Span, asked: Asked
) -> dict[str, Any]:
    lost = sum(_minutes(row, asked) for row in rows)
    causes = _causes(rows, known, asked)
    return {
        "key": name,
        "name": name or "no feeder",
        "substation": rows[0].area.name,
        "saidi": lost / span.customers if span.customers else 0.0,
        "share": lost / total,
        "outages": len({row.outage_id for row in rows}),
        "cause": causes[0]["label"] if causes else "",
        "url": f"{reverse('outages:reliability_feeder')}?{asked.query}&{urlencode({'feeder': name})}",
        "is_selected": False,
    }


def detail(span: Span, asked: Asked, feeder: str) -> dict[str, Any] | None:
    """One feeder, or the whole network where none is named; None where nothing happened."""
    rows = _sustained(span, asked, feeder)
    if not rows:
        return None
    known = periods.outages_of(rows)
    query = f"{asked.query}&{urlencode({'feeder': feeder, 'index': 'saidi'})}"
    return {
        "name": feeder or "Whole network",
        "causes": _causes(rows, known, asked),
        "outages": _outages(rows, known, asked),
        "rows_url": f"{reverse('outages:reliability_rows')}?{query}",
    }


def _outages(rows: list[Interruption], known: dict[int, Outage], asked: Asked) -> list[dict[str, Any]]:
    """The costliest first."""
    by_outage: dict[int, list[Interruption]] = defaultdict(list)
    for row in rows:
        by_outage[row.outage_id].append(row)
    shown = [_outage(known[number], found, asked) for number, found in by_outage.items()]
    return sorted(shown, key=lambda one: -one["customer_minutes"])[:SHOWN]


def _outage(outage: Outage, rows: list[Interruption], asked: Asked) -> dict[str, Any]:
    began = min(row.began_at for row in rows)
    return {
        "id": outage.pk,
        "url": reverse("outages:outage_page", args=[outage.pk]),
        "started_at": began,
        "lasted": max(row.ended_at or asked.end for row in rows) - began,
        "customers": sum(row.customers for row in rows),
        "customer_minutes": sum(_minutes(row, asked) for row in rows),
        "cause": CAUSES.get(outage.cause, outage.cause),
        "device": outage.device_name,
        "is_provisional": any(row.is_provisional for row in rows),
    }


def _causes(rows: list[Interruption], known: dict[int, Outage], asked: Asked) -> list[dict[str, Any]]:
    """Customer-minutes by cause, the largest first."""
    lost: dict[str, float] = defaultdict(float)
    for row in rows:
        cause = known[row.outage_id].cause
        lost[CAUSES.get(cause, cause) or UNKNOWN] += _minutes(row, asked)
    ordered = sorted(lost.items(), key=lambda one: -one[1])
    return [{"label": label, "value": value, "url": ""} for label, value in ordered]


def _sustained(span: Span, asked: Asked, feeder: str) -> list[Interruption]:
    rows = span.within(asked.begin, asked.end, with_major=asked.with_major, feeder=feeder)
    return [row for row in rows if _length(row, asked) > MOMENTARY_MIN]


def _length(row: Interruption, asked: Asked) -> float:
    return minutes_between(row.began_at, row.ended_at or max(asked.end, row.began_at))


def _minutes(row: Interruption, asked: Asked) -> float:
    return row.customers * _length(row, asked)
