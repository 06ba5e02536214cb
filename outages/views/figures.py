"""The indices of a period as tiles, and what is behind them."""

from typing import Any

from django.urls import reverse

from outages.domain.interruptions import MOMENTARY_MIN
from outages.selectors.periods import Span
from outages.selectors.reliability import Figures
from outages.views import period
from outages.views.period import Asked

#: key: (name, attribute of Figures, unit, decimal places, formula)
INDICES = {
    "saidi": ("SAIDI", "saidi_min", "min", 1, "Σ customer-minutes of sustained interruptions ÷ customers served"),
    "saifi": ("SAIFI", "saifi", "", 3, "Σ customers interrupted for longer than the border ÷ customers served"),
    "caidi": ("CAIDI", "caidi_min", "min", 0, "Σ customer-minutes ÷ Σ customers interrupted"),
    "maifi": ("MAIFI", "maifi", "", 3, "Σ customers interrupted momentarily ÷ customers served"),
}


def of_period(span: Span, asked: Asked, feeder: str = "") -> Figures:
    """The figures that were asked for."""
    return span.figures(asked.begin, asked.end, with_major=asked.with_major, feeder=feeder)


def tiles(span: Span, asked: Asked, targets: dict[str, float]) -> list[dict[str, Any]]:
    """Each index with its target and its value over twelve months."""
    found = of_period(span, asked)
    first, _ = period.bounds(asked.month.year_to_here()[0])
    year = span.figures(first, asked.end, with_major=asked.with_major)
    return [_tile(key, found, year, targets.get(key) if "-" in asked.key else None, asked) for key in INDICES]


def _tile(key: str, found: Figures, year: Figures, target: float | None, asked: Asked) -> dict[str, Any]:
    name, attribute, unit, places, _ = INDICES[key]
    value = getattr(found, attribute)
    return {
        "key": key,
        "name": name,
        "value": value,
        "unit": unit,
        "places": places,
        "target": target,
        "over": value - target if target is not None and value is not None and value > target else None,
        "twelve_months": getattr(year, attribute),
        "rows_url": f"{reverse('outages:reliability_rows')}?{asked.query}&index={key}",
    }


def behind(span: Span, asked: Asked) -> dict[str, Any]:
    """What the figures rest on, in numbers."""
    found = of_period(span, asked)
    sustained = _outages(span, asked, found.rows["saifi"])
    days = sorted(day for day in span.major if asked.from_date <= day <= asked.to_date)
    return {
        "interruptions": found.events,
        "sustained": len(sustained),
        "momentary": found.events - len(sustained),
        "customers": found.ci + found.momentary,
        "customer_minutes": found.cmi,
        "provisional": found.provisional_rows,
        "med_days": [f"{day:%d %b}" for day in days],
        "border_min": int(MOMENTARY_MIN),
        "served": found.customers_served,
    }


def _outages(span: Span, asked: Asked, rows: list[int]) -> set[int]:
    """The outages these rows belong to."""
    wanted = set(rows)
    within = span.within(asked.begin, asked.end, with_major=asked.with_major)
    return {row.outage_id for row in within if row.pk in wanted}


def sums(key: str, found: Figures) -> list[dict[str, Any]]:
    """The parts of an index: what is divided by what."""
    minutes = {"label": "customer-minutes", "value": found.cmi, "places": 0}
    interrupted = {"label": "customers interrupted", "value": found.ci, "places": 0}
    momentary = {"label": "momentarily interrupted", "value": found.momentary, "places": 0}
    served = {"label": "customers served", "value": found.customers_served, "places": 0}
    return {
        "saidi": [minutes, served],
        "saifi": [interrupted, served],
        "caidi": [minutes, interrupted],
        "maifi": [momentary, served],
    }[key]
