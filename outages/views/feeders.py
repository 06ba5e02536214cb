"""Feeders, substations, areas, devices or causes of a period, the worst first; the outages and causes of one, or of everything."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.http import urlencode
from numpy.typing import NDArray

from adms.core.models import ControlArea
from outages.domain.codes import CAUSES
from outages.selectors import ledger_columns as columns
from outages.selectors import reliability, served_days
from outages.selectors.ledger_columns import Rows
from outages.selectors.periods import Span
from outages.views.period import Asked

SHOWN, SHOWN_OUTAGES = 200, 60
UNKNOWN = "not known yet"
NONE = {"feeder": "no feeder", "substation": "no substation", "cause": UNKNOWN, "device": "no device", "area": ""}


@dataclass(frozen=True, slots=True, eq=False)
class _Lost:
    """Sustained rows, one element each, with the customer-minutes lost and the cause of each."""

    rows: Rows
    minutes: NDArray[np.float64]
    causes: NDArray[np.int64]
    cause_names: dict[int, str]

    def of(self, chosen: NDArray[Any]) -> "_Lost":
        """Some of them."""
        return _Lost(self.rows[chosen], self.minutes[chosen], self.causes[chosen], self.cause_names)

    @property
    def by_cause(self) -> list[tuple[str, float]]:
        """Customer-minutes of each cause, the largest first."""
        causes, place = np.unique(self.causes, return_inverse=True)
        lost = np.bincount(place, self.minutes, causes.size)
        told = [(self.cause_names[cause], value) for cause, value in zip(causes.tolist(), lost.tolist(), strict=True)]
        return sorted(told, key=lambda one: (-one[1], one[0]))


def _sustained(span: Span, asked: Asked) -> _Lost:
    rows = span.within(asked.begin, asked.end, with_major=asked.with_major)
    lengths = columns.minutes(rows, asked.end)
    lasting = lengths > span.rules.border_min
    rows = rows[lasting]
    return _Lost(rows, rows["customers"] * lengths[lasting], *reliability.keys_by("cause", rows))


def worst(span: Span, asked: Asked) -> list[dict[str, Any]]:
    """The part of SAIDI of each group, with its main cause."""
    every = _sustained(span, asked)
    keys, names = reliability.keys_by(asked.by, every.rows)
    found, place = np.unique(keys, return_inverse=True)
    order = np.argsort(place, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(place, minlength=found.size))[:-1]) if found.size else []
    groups = [(names[key], every.of(part)) for key, part in zip(found.tolist(), parts, strict=True)]
    groups = sorted(groups, key=lambda one: (-float(one[1].minutes.sum()), one[0]))[:SHOWN]
    total, customers = float(every.minutes.sum()) or 1.0, span.customers(asked.begin, asked.end)
    substations = served_days.substations() if asked.by == "feeder" else {}
    areas = dict(ControlArea.objects.values_list("pk", "name"))
    return [
        _group(name, lost, total, customers, asked)
        | {
            "name": areas[lost.rows["area"][0]] if asked.by == "area" else _label(asked.by, name),
            "substation": substations.get(name, "") or areas[lost.rows["area"][0]],
        }
        for name, lost in groups
    ]


def _group(name: str, lost: _Lost, total: float, customers: float, asked: Asked) -> dict[str, Any]:
    minutes = float(lost.minutes.sum())
    return {
        "key": name,
        "saidi": minutes / customers if customers else 0.0,
        "saifi": int(lost.rows["customers"].sum()) / customers if customers else 0.0,
        "share": minutes / total,
        "outages": int(np.unique(lost.rows["outage"]).size),
        "cause": cause_label(lost.by_cause[0][0]),
        "url": f"{reverse('outages:reliability_feeder')}?{asked.query}&{urlencode({'group': name})}",
        "is_selected": False,
    }


def cause_label(cause: str) -> str:
    """A cause in words."""
    return CAUSES.get(cause, cause) or UNKNOWN


def _label(by: str, name: str) -> str:
    return cause_label(name) if by == "cause" else name or NONE[by]


def detail(span: Span, asked: Asked, group: str | None = None) -> dict[str, Any] | None:
    """One group of those the page lists, or all of it where none is named; None where nothing happened."""
    lost = _sustained(span, asked)
    name = "Whole network"
    if group is not None:
        keys, names = reliability.keys_by(asked.by, lost.rows)
        lost = lost.of(np.isin(keys, [number for number, told in names.items() if told == group]))
        name = _label(asked.by, group)
        if asked.by == "area":
            name = ControlArea.objects.filter(key=group).values_list("name", flat=True).first() or group
    if not lost.rows.size:
        return None
    narrowed = {} if group is None else {asked.by: group}
    outages = _outages(lost, asked)
    return {
        "name": name,
        "causes": _causes(lost, asked, narrowed),
        "outages": outages,
        "more": int(np.unique(lost.rows["outage"]).size) - len(outages),
        "rows_url": f"{reverse('outages:reliability_rows')}?{asked.other(index='saidi', **narrowed)}",
    }


def _outages(lost: _Lost, asked: Asked) -> list[dict[str, Any]]:
    """The costliest first."""
    outages, place = np.unique(lost.rows["outage"], return_inverse=True)
    cost = np.bincount(place, lost.minutes, outages.size)
    costliest = np.lexsort((outages, -cost))[:SHOWN_OUTAGES]
    rows_of = [lost.of(place == one) for one in costliest.tolist()]
    devices = _devices([lost.rows for lost in rows_of])
    return [
        _outage(own, device, asked) | {"customer_minutes": float(cost[one])}
        for own, device, one in zip(rows_of, devices, costliest.tolist(), strict=True)
    ]


def _devices(parts: list[Rows]) -> list[str]:
    """The device of each outage, given its rows."""
    keys, names = reliability.keys_by("device", np.array([part[0] for part in parts], columns.ROW))
    return [names[key] for key in keys.tolist()]


def _outage(lost: _Lost, device: str, asked: Asked) -> dict[str, Any]:
    rows = lost.rows
    number, began = int(rows["outage"][0]), columns.when(rows["began"].min())
    ended = np.where(rows["ended"] == columns.OPEN, np.maximum(columns.moment(asked.end), rows["began"]), rows["ended"])
    cause = lost.cause_names[int(lost.causes[0])]
    return {
        "id": number,
        "url": reverse("outages:outage_page", args=[number]),
        "started_at": began,
        "lasted": columns.when(ended.max()) - began,
        "customers": int(rows["customers"].sum()),
        "cause": CAUSES.get(cause, cause),
        "device": device,
        "is_provisional": bool(rows["is_provisional"].any()),
        "is_restated": bool(rows["is_corrected"].any()),
    }


def _causes(lost: _Lost, asked: Asked, narrowed: dict[str, str]) -> list[dict[str, Any]]:
    """Customer-minutes by cause, the largest first; each leads to the page narrowed to it."""
    return [
        {
            "label": cause_label(cause),
            "value": value,
            "url": f"{reverse('outages:reliability')}?{asked.other(**{**narrowed, 'cause': cause})}" if cause else "",
        }
        for cause, value in lost.by_cause
    ]
