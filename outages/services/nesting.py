"""Nested outages: who stays out when the outage above is restored, and who was out before it began.

    CB1 opens at 12:00, closes at 12:30          ledger   CB1   12:00 - 12:30   T5
     +-- F1 -- T1, T2   T1 calls at 12:40                 F1    12:00 -         T1, T2   (went on: never came back)
     +-- T5

Prediction finds the nested outage; here its interruptions are found in the ledger.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from adms.core import actors, runtime_settings
from network.domain.phrases import phrase
from network.selectors import state
from network.selectors.state import NetworkState
from outages.domain import restoration
from outages.models import Interruption, Outage
from outages.selectors import trees
from outages.services import evidence, ledger
from outages.services.incidents import Round

STILL_OUT = runtime_settings.declare(
    "restoration.still_out_s",
    restoration.STILL_OUT_S,
    unit="s",
    help_=gettext_noop(
        "Who reports so soon after a restoration that he is dark never came back: a nested outage. Later it is another one."
    ),
)
FINDER = actors.system("nested outage")


@dataclass(frozen=True, slots=True)
class Claim:
    """Customers of a predicted outage, and when each of them is known or believed to be dark (seconds since 1970)."""

    outage: Outage
    affected: ledger.Affected
    dark_at: NDArray[np.float64]


class _Mine(NamedTuple):
    """Who claims a usage point, and since when it is dark."""

    outage: Outage
    dark_at: float


def take_over(now: Round, *, present: NetworkState, claims: Sequence[Claim], early_s: float) -> list[int]:
    """Let interruptions counted elsewhere go on in these outages; ids of the outages that gave some away.

    1. Ended lately, and the customer is dark since with no word of life between: it never ended.
    2. Open in an outage whose device is closed again, so that the network shows the place live: it is not that device.
    3. Open in a known outage, but dark since long before that began: it was this outage first.
    """
    rows = _candidates(now, claims)
    if not rows:
        return []
    mine = _by_usage_point(claims)
    points = _latest(ledger.members_of(rows), mine)
    goes_on = _never_back(now, rows, points, mine) | _is_misplaced(now, present, rows, points, mine, early_s)
    chosen: dict[int, list[int]] = defaultdict(list)
    for row, point in zip(points.row[goes_on].tolist(), points.usage_point[goes_on].tolist(), strict=True):
        chosen[row].append(point)
    return _move(now, {rows[row]: members for row, members in chosen.items()}, mine)


def _by_usage_point(claims: Sequence[Claim]) -> dict[int, _Mine]:
    mine: dict[int, _Mine] = {}
    for claim in claims:
        for point, dark_at in zip(claim.affected.ids.tolist(), claim.dark_at.tolist(), strict=True):
            mine.setdefault(point, _Mine(claim.outage, dark_at))
    return mine


def _candidates(now: Round, claims: Sequence[Claim]) -> list[Interruption]:
    """Rows of other outages at these places, open or lately ended; the latest of each customer last."""
    own = [claim.outage for claim in claims if claim.affected.ids.size]
    if not own:
        return []
    nodes = np.unique(np.concatenate([claim.affected.nodes for claim in claims])).tolist()
    first = min(float(claim.dark_at.min()) for claim in claims if claim.dark_at.size)
    since = dt.datetime.fromtimestamp(first - now.setting(STILL_OUT, own[0]), dt.UTC)
    rows = ledger.live().filter(Q(ended_at=None) | Q(ended_at__gte=since), model_key=own[0].model_key, node__in=nodes)
    return list(rows.exclude(outage__in=own).exclude(outage__kind="single").order_by("ended_at", "pk"))


def _latest(points: restoration.Points, mine: Mapping[int, _Mine]) -> restoration.Points:
    """Of those who are claimed the latest row each."""
    last = {point: place for place, point in enumerate(points.usage_point.tolist()) if point in mine}
    return points.take(np.array(sorted(last.values()), np.int64))


def _never_back(
    now: Round, rows: Sequence[Interruption], points: restoration.Points, mine: Mapping[int, _Mine]
) -> NDArray[np.bool_]:
    ended = np.array([row.ended_at.timestamp() if row.ended_at else np.inf for row in rows])[points.row]
    ids = points.usage_point.tolist()
    lit = {point: since.timestamp() for point, since in evidence.latest_life(usage_points=ids).items()}
    dark_at = np.array([mine[point].dark_at for point in ids])
    live_at = np.array([lit.get(point, -np.inf) for point in ids])
    within_s = now.setting(STILL_OUT, next(iter(mine.values())).outage)
    return restoration.never_back(ended, dark_at, live_at, within_s=within_s)


def _is_misplaced(
    now: Round,
    present: NetworkState,
    rows: Sequence[Interruption],
    points: restoration.Points,
    mine: Mapping[int, _Mine],
    early_s: float,
) -> NDArray[np.bool_]:
    """Open rows that the outage they are in does not explain."""
    holders = {one.pk: one for one in now.get_all({row.outage_id for row in rows})}
    found = np.zeros(points.row.size, np.bool_)
    for place, (position, point) in enumerate(zip(points.row.tolist(), points.usage_point.tolist(), strict=True)):
        row = rows[position]
        if row.ended_at is None and holders[row.outage_id].confidence != "predicted":
            is_hidden = trees.is_hidden(present.grid, holders[row.outage_id])
            is_back = not is_hidden and ledger.is_shown_live(present, row)
            found[place] = is_back or mine[point].dark_at < row.began_at.timestamp() - early_s
    return found


def _move(now: Round, chosen: Mapping[Interruption, Sequence[int]], mine: Mapping[int, _Mine]) -> list[int]:
    """The chosen members' interruptions go on in the outages that claim them, which are nested in those that held them."""
    parts = {}
    for row, members in chosen.items():
        changes = {}
        for member in members:
            dark_at = dt.datetime.fromtimestamp(mine[member].dark_at, dt.UTC)
            changes[member] = {
                "outage_id": mine[member].outage.pk,
                "began_at": min(row.began_at, dark_at),
                "ended_at": None,
                "is_provisional": True,
            }
        parts[row] = ledger.split(row, changes)
    above = {mine[member].outage.pk: row.outage_id for row, members in chosen.items() for member in members}
    givers = sorted({row.outage_id for row in chosen})
    ledger.rewrite(parts)
    for pk, parent_id in above.items():
        _nest(now, now.get(pk), parent_id)
    for giver in now.get_all(givers):
        now.tell(giver, "nested")
    return givers


def _nest(now: Round, outage: Outage, parent_id: int) -> None:
    if outage.parent_id is None:
        now.change(outage, parent_id=parent_id)
        now.note(outage, "nested", phrase("nested_apart", outage=str(parent_id)), FINDER)


def uppers(now: Round, outage: Outage) -> list[Outage]:
    """The outages that go on at devices above an outage's, the one that takes most with it first."""
    devices = trees.devices(state.present(outage.model_key), now.going(outage.model_key))
    place = int(devices.at_nodes(np.array([outage.node]))[0])
    above = {place, *devices.tree.above(place)} if place >= 0 else set()
    others = [one for one in now.going(outage.model_key) if one.pk != outage.pk and one.kind != "single"]
    found = [one for one in others if devices.of_outage(one) in above]
    return sorted(found, key=devices.of_outage)


def count_with(now: Round, outages: Sequence[Outage], *, points: Collection[int], of: Outage) -> None:
    """Usage points that another outage does not count out any more are out with those above it, where these explain it."""
    openings = []
    for one in outages:
        devices = trees.devices(state.present(one.model_key), now.going(one.model_key))
        nodes = devices.nodes_below(devices.of_outage(one))
        lost = restoration.Supply.of(nodes, np.full(nodes.size, one.phases))
        dark = ledger.affected_at(ledger.supplied_at(one.model_key, nodes.tolist()), lost)
        openings.append(ledger.Opening(one, dark.only(np.isin(dark.ids, list(points))), one.started_at))
    if points and openings:
        ledger.open_rows(model=of.model_key, openings=openings)
        for one in outages:
            now.note(one, "taken_in", phrase("taken_in", outage=str(of.pk)), FINDER)
            now.tell(one, "taken in")
