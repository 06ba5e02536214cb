"""Feeders, substations, areas, devices or causes of a period, the worst first; the outages and causes of one, or of everything."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from outages.domain.codes import CAUSES
from outages.domain.interruptions import minutes_between
from outages.models import Interruption, Outage
from outages.selectors import periods, reliability, served_days
from outages.selectors.periods import Span
from outages.views.period import Asked

SHOWN, SHOWN_OUTAGES = 200, 60
UNKNOWN = "not known yet"
NONE = {"feeder": "no feeder", "substation": "no substation", "cause": UNKNOWN, "device": "no device", "area": ""}
Key = Callable[[Interruption], str]


def worst(span: Span, asked: Asked) -> list[dict[str, Any]]:
    """The part of SAIDI of each group, with its main cause."""
    rows = _sustained(span, asked)
    known = periods.outages_of(rows)
    total = sum(_minutes(row, asked) for row in rows) or 1.0
    key = reliability.keys_by(asked.by, rows)
    substations = served_days.substations() if asked.by == "feeder" else {}
    groups: dict[str, list[Interruption]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    shown = [
        _group(name, found, known, total, span, asked) | {"substation": substations.get(name, "") or found[0].area.name}
        for name, found in groups.items()
    ]
    return sorted(shown, key=lambda one: -one["saidi"])[:SHOWN]


def _group(
    name: str, rows: list[Interruption], known: dict[int, Outage], total: float, span: Span, asked: Asked
) -> dict[str, Any]:
    lost = sum(_minutes(row, asked) for row in rows)
    causes = _causes(rows, known, asked)
    customers = span.customers(asked.begin, asked.end)
    return {
        "key": name,
        "name": _label(asked.by, name, rows),
        "saidi": lost / customers if customers else 0.0,
        "saifi": sum(row.customers for row in rows) / customers if customers else 0.0,
        "share": lost / total,
        "outages": len({row.outage_id for row in rows}),
        "cause": causes[0]["label"] if causes else "",
        "url": f"{reverse('outages:reliability_feeder')}?{asked.query}&{urlencode({'group': name})}",
        "is_selected": False,
    }


def _label(by: str, name: str, rows: list[Interruption]) -> str:
    if by == "cause":
        return CAUSES.get(name, name) or UNKNOWN
    return rows[0].area.name if by == "area" else name or NONE[by]


def detail(span: Span, asked: Asked, group: str | None = None) -> dict[str, Any] | None:
    """One group of those the page lists, or all of it where none is named; None where nothing happened."""
    rows = _sustained(span, asked)
    if group is not None:
        key = reliability.keys_by(asked.by, rows)
        rows = [row for row in rows if key(row) == group]
    if not rows:
        return None
    known = periods.outages_of(rows)
    narrowed = {} if group is None else {asked.by: group}
    return {
        "name": "Whole network" if group is None else _label(asked.by, group, rows),
        "causes": _causes(rows, known, asked, narrowed),
        "outages": _outages(rows, known, asked),
        "more": max(0, len({row.outage_id for row in rows}) - SHOWN_OUTAGES),
        "rows_url": f"{reverse('outages:reliability_rows')}?{asked.other(index='saidi', **narrowed)}",
    }


def _outages(rows: list[Interruption], known: dict[int, Outage], asked: Asked) -> list[dict[str, Any]]:
    """The costliest first."""
    by_outage: dict[int, list[Interruption]] = defaultdict(list)
    for row in rows:
        by_outage[row.outage_id].append(row)
    shown = [_outage(known[number], found, asked) for number, found in by_outage.items()]
    return sorted(shown, key=lambda one: -one["customer_minutes"])[:SHOWN_OUTAGES]


def _outage(outage: Outage, rows: list[Interruption], asked: Asked) -> dict[str, Any]:
    began = min(row.began_at for row in rows)
    return {
        "id": outage.pk,
        "url": reverse("outages:outage_page", args=[outage.pk]),
        "started_at": began,
        "lasted": max(row.ended_at or max(asked.end, row.began_at) for row in rows) - began,
        "customers": sum(row.customers for row in rows),
        "customer_minutes": sum(_minutes(row, asked) for row in rows),
        "cause": _cause_of(rows[0], outage),
        "device": rows[0].device_name or outage.device_name,
        "is_provisional": any(row.is_provisional for row in rows),
        "is_restated": any(row.corrected_at for row in rows),
    }


def _cause_of(row: Interruption, outage: Outage) -> str:
    cause = row.cause or outage.cause
    return CAUSES.get(cause, cause)


def _causes(
    rows: list[Interruption], known: dict[int, Outage], asked: Asked, narrowed: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """Customer-minutes by cause, the largest first; each leads to the page narrowed to it."""
    lost: dict[str, float] = defaultdict(float)
    for row in rows:
        lost[row.cause or known[row.outage_id].cause] += _minutes(row, asked)
    ordered = sorted(lost.items(), key=lambda one: -one[1])
    return [
        {
            "label": CAUSES.get(cause, cause) or UNKNOWN,
            "value": value,
            "url": f"{reverse('outages:reliability')}?{asked.other(**{**(narrowed or {}), 'cause': cause})}"
            if cause
            else "",
        }
        for cause, value in ordered
    ]


def _sustained(span: Span, asked: Asked) -> list[Interruption]:
    rows = span.within(asked.begin, asked.end, with_major=asked.with_major)
    return [row for row in rows if _length(row, asked) > span.rules.border_min]


def _length(row: Interruption, asked: Asked) -> float:
    return minutes_between(row.began_at, row.ended_at or max(asked.end, row.began_at))


def _minutes(row: Interruption, asked: Asked) -> float:
    return row.customers * _length(row, asked)
