"""Attach first: reports that belong to a known outage join it and are left out of prediction."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from adms.core import actors
from network.selectors.state import NetworkState
from outages.domain import attach as arithmetic
from outages.domain.prediction.evidence import Facts
from outages.domain.prediction.rules import RuleSet
from outages.models import Interruption, Outage
from outages.selectors import trees
from outages.selectors.pool import Pool
from outages.selectors.runs import Region
from outages.selectors.trees import Devices
from outages.services import evidence, ledger, merging
from outages.services.incidents import Round

ENGINE = actors.system("prediction")


def attach(
    now: Round,
    *,
    devices: Devices,
    region: Region | None,
    reports: Pool,
    going: Sequence[Outage],
    movable: Sequence[Outage],
    rules: RuleSet,
) -> Pool:
    """Let reports join known outages; the reports left for prediction.

    `region` is all of these trees (None: all there are), `going` the outages that go on there. Known is what goes on and the
    engine may not move, and what is over but was going on when a new report was made: that one tells nothing new. A movable
    outage all of whose reports joined known ones is merged into the one that took most.
    """
    moved = {one.pk for one in movable}
    known = [one for one in going if one.pk not in moved]
    still = len(known)
    known += _over(now, devices.state.model, region, reports)
    if not (known and reports.size):
        return reports
    joined = _joined(devices, reports, known, rules)
    joined[(joined >= still) & (reports.outage >= 0)] = -1
    take(now, _by_outage(known, joined, reports))
    _merge_emptied(now, reports, joined, known, movable)
    return reports.take(joined < 0)


def _by_outage(known: Sequence[Outage], joined: NDArray[np.int64], reports: Pool) -> dict[int, list[int]]:
    """The reports each known outage takes, by its number; without those it has already."""
    taken: dict[int, list[int]] = defaultdict(list)
    is_taken = joined >= 0
    columns = (reports.id[is_taken].tolist(), joined[is_taken].tolist(), reports.outage[is_taken].tolist())
    for report, position, owner in zip(*columns, strict=True):
        if owner != known[position].pk:
            taken[known[position].pk].append(report)
    return taken


def take(now: Round, taken: Mapping[int, Sequence[int]]) -> None:
    """Reports join outages, by number; those that are over settle them."""
    evidence.join(outage_of={report: pk for pk, reports in taken.items() for report in reports})
    outages = now.get_all(taken.keys())
    over = [report for one in outages if one.restored_at is not None for report in taken[one.pk]]
    if over:
        evidence.settle(rows=Q(pk__any=over), reason=gettext_noop("from before the restoration"), at=now.at)
    for outage in outages:
        now.joined(outage)


def _over(now: Round, model: str, region: Region | None, reports: Pool) -> list[Outage]:
    """Outages that were restored after the earliest report that belongs to none."""
    new = reports.at[reports.outage < 0]
    if not new.size:
        return []
    since = dt.datetime.fromtimestamp(float(new.min()), dt.UTC)
    over: dict[str, Any] = {"state__in": ("restored", "completed"), "restored_at__gte": since}
    return now.find(model_key=model, **over) if region is None else now.find_at(model, region, **over)


def _joined(devices: Devices, reports: Pool, known: Sequence[Outage], rules: RuleSet) -> NDArray[np.int64]:
    outages = [
        arithmetic.Outage(devices.of_outage(one), one.started_at.timestamp(), _seconds(one.restored_at), one.phases)
        for one in known
    ]
    given = reports.as_evidence(devices, live=Facts.of(), opened=Facts.of())
    counted = _counted(devices.state, known, reports)
    return arithmetic.attach(devices.tree, given, outages, counted, early_s=rules.early_s, late_s=rules.late_s)


def _counted(present: NetworkState, known: Sequence[Outage], reports: Pool) -> arithmetic.Counted:
    """Whom the ledger has in these outages, at the places of the reports.

    Who denied that he came back is still in an outage that does not explain it any more: to it he came back.
    """
    position = {one.pk: place for place, one in enumerate(known)}
    nodes = np.intersect1d(reports.node, ledger.nodes_of(position))  # few: PostgreSQL plans long over very many
    at = Q(outage_id__in=list(position)) & Q(node__any=nodes.tolist())
    rows = list(ledger.live().filter(at)) if nodes.size else []
    size = [len(row.usage_points) for row in rows]
    ended_at = [
        row.began_at if _is_unexplained(present, row, known[position[row.outage_id]]) else row.ended_at for row in rows
    ]
    return arithmetic.Counted.of(
        [member for row in rows for member in row.usage_points],
        np.repeat(np.array([position[row.outage_id] for row in rows], np.int64), size),
        np.repeat(np.array([row.began_at.timestamp() for row in rows]), size),
        np.repeat(np.array([_seconds(at) for at in ended_at]), size),
    )


def _is_unexplained(present: NetworkState, row: Interruption, outage: Outage) -> bool:
    return row.ended_at is None and ledger.is_shown_live(present, row) and not trees.is_hidden(present.grid, outage)


def _seconds(at: dt.datetime | None) -> float:
    return float("inf") if at is None else at.timestamp()


def _merge_emptied(
    now: Round, reports: Pool, joined: NDArray[np.int64], known: Sequence[Outage], movable: Sequence[Outage]
) -> None:
    stays = set(reports.outage[joined < 0].tolist())
    took = set(reports.outage[joined >= 0].tolist()) - stays
    for outage in movable:
        if outage.pk in took:
            own = joined[reports.outage == outage.pk]
            into = known[Counter(own.tolist()).most_common(1)[0][0]]
            reason = f"Part of outage {into.pk}, which took all its reports"
            merging.merge(now, outage=outage, into=into, reason=reason, actor=ENGINE)
