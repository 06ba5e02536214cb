"""Feeders, substations, areas, devices or causes of a period, the worst first; the outages and causes of one, or of everything."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from adms.core.models import ControlArea
from outages.domain.codes import CAUSES
from outages.selectors import ledger_columns as columns
from outages.selectors import reliability, served_days
from outages.selectors.ledger_columns import Rows
from outages.selectors.periods import Span
from outages.views.period import Asked

SHOWN, SHOWN_OUTAGES = 200, 60
UNKNOWN = gettext_lazy("not known yet")
NONE = {
    "feeder": gettext_lazy("no feeder"),
    "substation": gettext_lazy("no substation"),
    "cause": UNKNOWN,
    "device": gettext_lazy("no device"),
    "area": "",
}


@dataclass(frozen=True, slots=True, eq=False)
class Lost:
    """Sustained rows, one element each.

    Attributes:
        rows: where they are in.
        place: their positions in it.
        nth: numbers of their outages.
        customers, minutes: customers, and customer-minutes lost.
        causes: numbers of their causes, named by `cause_names`.
    """

    rows: Rows
    place: NDArray[np.int64]
    nth: NDArray[np.int32]
    customers: NDArray[np.int64]
    minutes: NDArray[np.float64]
    causes: NDArray[np.int64]
    cause_names: dict[int, str]

    def of(self, chosen: NDArray[Any]) -> "Lost":
        """Some of them."""
        return Lost(
            self.rows,
            self.place[chosen],
            self.nth[chosen],
            self.customers[chosen],
            self.minutes[chosen],
            self.causes[chosen],
            self.cause_names,
        )

    def take(self) -> Rows:
        """Their rows, whole."""
        return self.rows[self.place]

    @property
    def by_cause(self) -> list[tuple[str, float]]:
        """Customer-minutes of each cause, the largest first."""
        lost = np.bincount(self.causes, self.minutes)
        told = [(self.cause_names[cause], float(lost[cause])) for cause in np.unique(self.causes).tolist()]
        return sorted(told, key=lambda one: (-one[1], one[0]))


def sustained(span: Span, asked: Asked) -> Lost:
    """The sustained rows of what is asked for."""
    rows = span.within(asked.begin, asked.end, with_major=asked.with_major)
    lengths = columns.minutes(rows, asked.end)
    place = np.flatnonzero(lengths > span.rules.border_min)
    causes, names = reliability.keys_by("cause", rows)
    customers = rows["customers"][place]
    return Lost(rows, place, rows["nth"][place], customers, customers * lengths[place], causes[place], names)


def worst(span: Span, asked: Asked, every: Lost) -> list[dict[str, Any]]:
    """The part of SAIDI of each group, with its main cause."""
    if not every.place.size:
        return []
    if asked.by == "cause":
        keys, names = every.causes, every.cause_names
    else:
        keys, names = reliability.keys_by(asked.by, every.rows)
        keys = keys[every.place]
    first, group = np.unique(keys, return_index=True, return_inverse=True)[1:]
    minutes, customers = np.bincount(group, every.minutes), np.bincount(group, every.customers)
    outages, main = _outages_of(group, every), _main_causes(group, every)
    served, total = span.customers(asked.begin, asked.end), float(every.minutes.sum()) or 1.0
    substations = served_days.substations() if asked.by == "feeder" else {}
    areas = dict(ControlArea.objects.values_list("pk", "name"))
    named = [names[key] for key in keys[first].tolist()]
    area_of = [areas[pk] for pk in every.rows["area"][every.place[first]].tolist()]
    order = sorted(range(len(named)), key=lambda one: (-minutes[one], named[one]))[:SHOWN]
    return [
        {
            "key": named[one],
            "name": area_of[one] if asked.by == "area" else _label(asked.by, named[one]),
            "substation": substations.get(named[one], "") or area_of[one],
            "saidi": float(minutes[one]) / served if served else 0.0,
            "saifi": float(customers[one]) / served if served else 0.0,
            "share": float(minutes[one]) / total,
            "outages": outages[one],
            "cause": cause_label(main[one]),
            "url": f"{reverse('outages:reliability_feeder')}?{asked.query}&{urlencode({'group': named[one]})}",
            "is_selected": False,
        }
        for one in order
    ]


def _outages_of(group: NDArray[np.int64], every: Lost) -> list[int]:
    """How many outages each group has."""
    many = int(every.nth.max()) + 1
    pairs = np.unique(group * many + every.nth)
    return [int(one) for one in np.bincount(pairs // many)]


def _main_causes(group: NDArray[np.int64], every: Lost) -> list[str]:
    """The cause that most customer-minutes of each group are due to, of equal ones the first by name."""
    causes = sorted(np.unique(every.causes).tolist(), key=lambda cause: every.cause_names[cause])
    column = np.zeros(int(every.causes.max()) + 1, np.int64)
    column[causes] = np.arange(len(causes))
    lost = np.bincount(group * len(causes) + column[every.causes], every.minutes, (group.max() + 1) * len(causes))
    return [every.cause_names[causes[one]] for one in lost.reshape(-1, len(causes)).argmax(1).tolist()]


def cause_label(cause: str) -> str:
    """A cause in words."""
    return CAUSES.get(cause, cause) or str(UNKNOWN)


def _label(by: str, name: str) -> str:
    return cause_label(name) if by == "cause" else name or str(NONE[by])


def detail(asked: Asked, lost: Lost, group: str | None = None) -> dict[str, Any] | None:
    """One group of those the page lists, or all of it where none is named; None where nothing happened."""
    lost = _of_group(asked, lost, group)
    if not lost.place.size:
        return None
    name = _("Whole network") if group is None else _label(asked.by, group)
    if group is not None and asked.by == "area":
        name = ControlArea.objects.filter(key=group).values_list("name", flat=True).first() or group
    narrowed = {} if group is None else {asked.by: group}
    outages = _outages(lost, asked)
    told = urlencode({} if group is None else {"group": group})
    return {
        "name": name,
        "causes": _causes(lost, asked, narrowed),
        "outages": outages,
        "more": columns.count_outages(lost.nth) - len(outages),
        "rows_url": f"{reverse('outages:reliability_rows')}?{asked.other(index='saidi', **narrowed)}",
        "csv_urls": {
            what: f"{reverse('outages:reliability_table_csv', args=[what])}?{asked.query}&{told}".rstrip("&")
            for what in ("outages", "causes")
        },
    }


def _of_group(asked: Asked, lost: Lost, group: str | None) -> Lost:
    """What one group of those the page lists lost; all of it where none is named."""
    if group is None:
        return lost
    keys, names = reliability.keys_by(asked.by, lost.rows)
    return lost.of(np.isin(keys[lost.place], [number for number, told in names.items() if told == group]))


def outages_of(asked: Asked, lost: Lost, group: str | None) -> list[dict[str, Any]]:
    """Every outage of a group, the costliest first, as a table of plain values; times with their zone."""
    names = ("id", "started_at", "customers", "customer_minutes", "cause", "device")
    found = _outages(_of_group(asked, lost, group), asked, most=0)
    return [
        {name: one[name] for name in names}
        | {"minutes": one["lasted"].total_seconds() / 60, "restated": int(one["is_restated"])}
        for one in found
    ]


def causes_of(asked: Asked, lost: Lost, group: str | None) -> list[dict[str, Any]]:
    """Customer-minutes of a group by cause, the largest first, each with its share and the share so far."""
    told = _of_group(asked, lost, group).by_cause
    total, so_far, found = sum(value for _, value in told) or 1.0, 0.0, []
    for cause, value in told:
        so_far += value
        share = {"share": value / total, "share_so_far": so_far / total}
        found.append({"cause": cause_label(cause), "customer_minutes": value, **share})
    return found


def _outages(lost: Lost, asked: Asked, most: int = SHOWN_OUTAGES) -> list[dict[str, Any]]:
    """So many (0: all), the costliest first."""
    if not lost.place.size:
        return []
    cost: NDArray[np.float64] = np.bincount(lost.nth, lost.minutes).astype(np.float64)
    there = np.unique(lost.nth)
    outage = np.zeros(cost.size, np.int64)
    outage[lost.nth] = lost.rows["outage"][lost.place]
    costliest = there[np.lexsort((outage[there], -cost[there]))][: most or None]
    rank = np.full(cost.size, -1)
    rank[costliest] = np.arange(costliest.size)
    ranks = rank[lost.nth]
    shown = np.flatnonzero(ranks >= 0)
    return _told(lost.of(shown[np.argsort(ranks[shown], kind="stable")]), asked, cost[costliest])


def _told(lost: Lost, asked: Asked, cost: NDArray[np.float64]) -> list[dict[str, Any]]:
    """One line for each outage, of rows that lie outage by outage; `cost` are their customer-minutes."""
    rows, begins = lost.take(), np.flatnonzero(np.diff(lost.nth, prepend=-1))
    open_until = np.maximum(columns.moment(asked.end), rows["began"])
    ended = np.maximum.reduceat(np.where(rows["ended"] == columns.OPEN, open_until, rows["ended"]), begins)
    device, names = reliability.keys_by("device", rows[begins])
    told = (
        rows["outage"][begins], np.minimum.reduceat(rows["began"], begins), ended,
        np.add.reduceat(rows["customers"], begins), lost.causes[begins], device,
        np.logical_or.reduceat(rows["is_provisional"], begins), np.logical_or.reduceat(rows["is_corrected"], begins), cost,
    )  # fmt: skip
    return [
        {
            "id": number,
            "started_at": columns.when(began),
            "lasted": columns.when(until) - columns.when(began),
            "customers": customers,
            "cause": CAUSES.get(lost.cause_names[cause], lost.cause_names[cause]),
            "device": names[at],
            "is_provisional": is_provisional,
            "is_restated": is_restated,
            "customer_minutes": minutes,
        }
        for number, began, until, customers, cause, at, is_provisional, is_restated, minutes in zip(
            *(column.tolist() for column in told), strict=True
        )
    ]


def _causes(lost: Lost, asked: Asked, narrowed: dict[str, str]) -> list[dict[str, Any]]:
    """Customer-minutes by cause, the largest first; each leads to the page narrowed to it."""
    return [
        {
            "label": cause_label(cause),
            "value": value,
            "url": f"{reverse('outages:reliability')}?{asked.other(**{**narrowed, 'cause': cause})}" if cause else "",
        }
        for cause, value in lost.by_cause
    ]
