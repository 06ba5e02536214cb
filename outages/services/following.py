"""Make predicted outages follow the predictions: continue, move, merge, split, open, withdraw."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from adms.core import actors
from metering.selectors.supply import Supply
from network.domain.phases import ABC
from network.domain.phrases import phrase
from network.selectors import equipment
from outages.domain import matching
from outages.domain.prediction.engine import Prediction
from outages.domain.prediction.rules import RuleSet
from outages.domain.restoration import Supply as Lost
from outages.models import Outage
from outages.selectors.pool import Pool
from outages.selectors.runs import Region
from outages.selectors.trees import Devices
from outages.services import evidence, ledger, merging, nesting, restoration
from outages.services.incidents import Round

ENGINE = actors.system("prediction")


@dataclass(frozen=True, slots=True)
class _Target:
    """An outage, the prediction it follows, and whom that means."""

    outage: Outage
    prediction: Prediction
    affected: ledger.Affected


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of prediction works on."""

    devices: Devices
    region: Region | None  # these trees; None: all
    reports: Pool
    going: Sequence[Outage]  # in these trees
    movable: Sequence[Outage]
    rules: RuleSet

    def rows(self, prediction: Prediction) -> NDArray[np.intp]:
        """Where the reports a prediction explains stand among all: these are in order of their numbers."""
        return np.searchsorted(self.reports.id, prediction.reports)

    def place(self, predictions: Sequence[Prediction]) -> NDArray[np.int64]:
        """For each report the position of the prediction that explains it, -1 for none."""
        found = np.full(self.reports.size, -1, np.int64)
        for position, one in enumerate(predictions):
            found[self.rows(one)] = position
        return found


def follow(now: Round, run: Run, found: Sequence[Prediction]) -> None:
    """Make outages be what is predicted.

    1. What a device known to be open explains joins its outage, and so does what is predicted on the device of a known outage.
    2. Each other prediction continues the movable outage it shares most reports with; others that share some are merged
       into that one. One that continues none opens an outage once its hold time has passed.
    3. Customers no longer covered are released before others are taken; interruptions that belong here go on here.
    4. A movable outage no prediction speaks for is over, or it never was.
    """
    known = _known_by_device(run)
    joining = [(known[one.device], one) for one in found if one.kind != "single" and one.device in known]
    others = [one for one in found if one.kind == "single" or one.device not in known]
    movable = {one.pk: one for one in run.movable}
    place = run.place(others)
    matched = matching.match(movable, owner=run.reports.outage, prediction=place, predictions=len(others))
    for continues, absorbed in zip(matched.continues, matched.absorbs, strict=True):
        if continues is not None:
            for pk in absorbed:
                _merge(now, movable[pk], movable[continues])
    follows, grows, opens = _sorted_out(now, run, others, place, [_of(movable, pk) for pk in matched.continues])
    joining = [pair for pair in joining if pair[1].reports.size]
    _grow(now, run, grows)
    if joining or follows or opens:
        _apply(now, run, joining=joining, follows=follows, opens=opens)
    taken = {report: outage for outage, one in joining for report in one.evidence}
    for pk in matched.vacated:
        _vacate(now, run, movable[pk], taken)


def _of(movable: dict[int, Outage], pk: int | None) -> Outage | None:
    return None if pk is None else movable[pk]


def _sorted_out(
    now: Round,
    run: Run,
    predictions: Sequence[Prediction],
    place: NDArray[np.int64],
    continues: Sequence[Outage | None],
) -> tuple[list[tuple[Outage, Prediction]], list[tuple[Outage, Prediction]], list[Prediction]]:
    """Outages that are to be something else, those that only take reports, and predictions that open one (see `follow`)."""
    owner = run.reports.outage
    own = np.array([*(-1 if outage is None else outage.pk for outage in continues), -1], np.int64)
    takes = np.bincount(place[(place >= 0) & (owner != own[place])], minlength=len(continues)) > 0
    shown = set(place[owner >= 0].tolist())
    follows: list[tuple[Outage, Prediction]] = []
    grows: list[tuple[Outage, Prediction]] = []
    opens: list[Prediction] = []
    for position, (outage, one) in enumerate(zip(continues, predictions, strict=True)):
        if outage is None:
            is_due = one.due_at <= now.at.timestamp() or position in shown
            opens += [one] if is_due and _is_enough(run, one) else []
        elif _is_moved(outage, one, run.devices):
            follows.append((outage, one))
        elif takes[position]:
            grows.append((outage, one))
    return follows, grows, opens


def _known_by_device(run: Run) -> dict[int, Outage]:
    """The outages the engine may not move, by device."""
    movable = {one.pk for one in run.movable}
    known = {run.devices.of_outage(one): one for one in reversed(run.going) if one.pk not in movable}
    known.pop(-1, None)
    return known


def _is_enough(run: Run, prediction: Prediction) -> bool:
    """A single meter that merely did not answer opens no outage: three in a hundred never do."""
    if prediction.kind != "single":
        return True
    return bool((run.reports.weight[run.rows(prediction)] >= 1.0).any())


def _is_moved(outage: Outage, prediction: Prediction, devices: Devices) -> bool:
    """Whether the outage is to be something else, somewhere else, on other phases or since earlier."""
    return (
        outage.device_mrid != devices.mrid(prediction.device)
        or outage.kind != _kind(prediction)
        or outage.phases != prediction.phases
        or _time(prediction.started_at) < outage.started_at
    )


def _grow(now: Round, run: Run, grows: Sequence[tuple[Outage, Prediction]]) -> None:
    """Outages that stay what they are take further reports: a storm's most frequent case, and the cheapest.

    Only who reports now may have to be counted out again. The explanation is told anew each time the reports have grown by a quarter.
    """
    joins: dict[int, int] = {}
    targets = []
    for outage, prediction in grows:
        own = run.rows(prediction)
        rows = run.reports.take(own[run.reports.outage[own] != outage.pk])
        joins |= dict.fromkeys(rows.id.tolist(), outage.pk)
        points = rows.usage_point[rows.usage_point >= 0]
        targets.append((outage, prediction, np.unique(rows.node[np.isin(rows.usage_point, points)]), np.unique(points)))
        now.joined(outage)
        if rows.size * 5 > own.size:
            now.change(outage, explanation=prediction.explanation.to_json(run.devices.mrid))
    if not targets:
        return
    evidence.join(outage_of=joins)
    _count_again(now, run, targets)


def _count_again(
    now: Round, run: Run, targets: Sequence[tuple[Outage, Prediction, NDArray[np.int64], NDArray[np.int64]]]
) -> None:
    """Who reports anew that he is dark, and is counted out nowhere."""
    points = np.unique(np.concatenate([one[3] for one in targets]))
    nodes = np.unique(np.concatenate([one[2] for one in targets]))
    out = ledger.out_now(run.devices.state.model, nodes.tolist())
    missing = points[~np.isin(points, out)]
    if not missing.size:
        return
    supplied = _supplied(run, [one for _, one, own, mine in targets if np.isin(mine, missing).any()])
    chosen = []
    for outage, prediction, _, mine in targets:
        wanted = np.intersect1d(mine, missing)
        if wanted.size:
            affected = _affected(run, supplied, prediction)
            chosen.append(_Target(outage, prediction, affected.only(np.isin(affected.ids, wanted))))
            now.tell(outage, "evidence")
    _count_out(now, run, chosen, 0)


# Apply


def _apply(
    now: Round,
    run: Run,
    *,
    joining: Sequence[tuple[Outage, Prediction]],
    follows: Sequence[tuple[Outage, Prediction]],
    opens: Sequence[Prediction],
) -> None:
    """Columns, then ledger rows, then evidence, for all predictions together."""
    names = _equipment(run, [one for _, one in follows] + list(opens))
    for outage, prediction in joining:
        now.change(outage, phases=outage.phases | prediction.phases)
    for outage, prediction in follows:
        _move(now, outage, _fields(run.devices, names, prediction))
    created = [Outage(**_fields(run.devices, names, one)) for one in opens]
    now.create(rows=created)
    pairs = [*joining, *follows, *zip(created, opens, strict=True)]
    supplied = _supplied(run, [one for _, one in pairs])
    targets = [_Target(outage, one, _affected(run, supplied, one)) for outage, one in pairs]
    kept = {one.outage.pk: one.affected.ids.tolist() for one in targets[len(joining) : len(joining) + len(follows)]}
    heirs = {point: one.outage.pk for one in reversed(targets) for point in one.affected.ids.tolist()}
    if kept:
        ledger.keep_only(kept=kept, heirs=heirs, reason=gettext_noop("the prediction moved"), at=now.at)
    _count_out(now, run, targets, len(joining))
    evidence.join(outage_of={report: one.outage.pk for one in targets for report in one.prediction.evidence})
    for outage, prediction in zip(created, opens, strict=True):
        told = phrase("predicted", device=outage.device_name, reports=len(prediction.evidence))
        now.note(outage, "created", told, ENGINE, occurred_at=outage.started_at)
    for outage, _ in joining:
        now.tell(outage, "evidence")
    _discard_empty(now, run, targets[len(joining) + len(follows) :])


def _count_out(now: Round, run: Run, targets: Sequence[_Target], known: int) -> None:
    """Ledger rows of all targets; the first `known` of them take no interruptions from others."""
    claims = [nesting.Claim(one.outage, one.affected, _dark_at(run, one)) for one in targets[known:]]
    givers = nesting.take_over(now, present=run.devices.state, claims=claims, early_s=run.rules.early_s)
    since = [_time(one.prediction.started_at) for one in targets]
    openings = [
        ledger.Opening(one.outage, one.affected, max(at, one.outage.started_at))
        for one, at in zip(targets, since, strict=True)
    ]
    ledger.open_rows(model=run.devices.state.model, openings=openings)
    restoration.progress(now, outage_ids=givers, occurred_at=now.at)


def _dark_at(run: Run, target: _Target) -> NDArray[np.float64]:
    """When each customer meant was last said to be dark; who said nothing is since the first report of the prediction."""
    reports = run.reports.take(run.rows(target.prediction))
    last = dict(sorted(zip(reports.usage_point.tolist(), reports.at.tolist(), strict=True), key=lambda pair: pair[1]))
    first = target.prediction.started_at
    return np.array([last.get(point, first) for point in target.affected.ids.tolist()], np.float64)


def _discard_empty(now: Round, run: Run, created: Sequence[_Target]) -> None:
    """Where everybody is counted out already, no outage is opened: the reports belong where the customers are counted."""
    having = set(
        ledger.live().filter(outage__in=[one.outage.pk for one in created]).values_list("outage_id", flat=True)
    )
    empty = [one for one in created if one.outage.pk not in having]
    if not empty:
        return
    nodes = np.unique(np.concatenate([one.affected.nodes for one in empty]))
    rows = ledger.open_at(run.devices.state.model, nodes.tolist())
    holder = {member: row.outage_id for row in rows for member in row.usage_points}
    points = dict(zip(run.reports.id.tolist(), run.reports.usage_point.tolist(), strict=True))
    evidence.join(outage_of={one: holder.get(points[one]) for made in empty for one in made.prediction.evidence})
    now.discard([one.outage for one in empty])


def _move(now: Round, outage: Outage, fields: dict[str, Any]) -> None:
    """The outage is what its prediction says now; it began no later than was known before."""
    is_moved = outage.device_mrid != fields["device_mrid"] or outage.kind != fields["kind"]
    if is_moved:
        told = phrase("moved", before=outage.device_name, device=fields["device_name"])
        now.note(outage, "moved", told, ENGINE, data=_why(fields))
        fields["predicted_at"] = now.at
    if fields["started_at"] < outage.started_at:
        from_the_start = Q(began_at=outage.started_at, is_provisional=True)
        ledger.begin_earlier(outage=outage, since=fields["started_at"], only=from_the_start)
    else:
        del fields["started_at"]
    now.change(outage, **fields)
    now.tell(outage, "moved" if is_moved else "evidence")


def _why(fields: dict[str, Any]) -> dict[str, Any]:
    """What stopped the climb at this turn, kept with its line: the outage itself keeps its latest explanation only."""
    told = fields["explanation"]
    return {"device": told["device"], "stopped_by": told.get("stopped_by"), "reports": len(told["evidence"])}


def _merge(now: Round, outage: Outage, into: Outage) -> None:
    reason = phrase("one_device", outage=str(into.pk))
    merging.merge(now, outage=outage, into=into, reason=reason, actor=ENGINE)


def _vacate(now: Round, run: Run, outage: Outage, taken: dict[int, Outage]) -> None:
    """No prediction speaks for it: a known outage took its reports, its place is not in the tree, or everybody is back."""
    own = run.reports.take(run.reports.outage == outage.pk)
    heirs = Counter(taken[report].pk for report in own.id.tolist() if report in taken)
    if heirs:
        _merge(now, outage, now.get(heirs.most_common(1)[0][0]))
        return
    if own.size and (run.devices.at_nodes(own.node) < 0).any():
        return
    ended_at = ledger.figures([outage.pk])[outage.pk].ended_at
    if ended_at is None:
        now.cancel(outage, reason=phrase("withdrawn"), actor=ENGINE)
    else:
        ledger.close_all(outage=outage, ended_at=ended_at)
        now.end(outage, restored_at=ended_at, actor=ENGINE)


# Translate


def _equipment(run: Run, predictions: Sequence[Prediction]) -> dict[str, Any]:
    mrids = {run.devices.mrid(one.device) for one in predictions}
    return {row.mrid: row for row in equipment.published(run.devices.state.model).filter(mrid__in=mrids)}


def _fields(devices: Devices, names: dict[str, Any], prediction: Prediction) -> dict[str, Any]:
    """The columns of an outage that a prediction decides."""
    return {
        **place(devices, prediction.device, names[devices.mrid(prediction.device)]),
        "kind": _kind(prediction),
        "confidence": "predicted",
        "phases": prediction.phases,
        "started_at": _time(prediction.started_at),
        "explanation": prediction.explanation.to_json(devices.mrid),
    }


def place(devices: Devices, device: int, found: Any) -> dict[str, Any]:
    """The columns that say where an outage is, from a device and its equipment."""
    node, grid = int(devices.places.node[device]), devices.state.grid
    x, y = float(grid.node_x[node]), float(grid.node_y[node])
    return {
        "area": found.area,
        "model_key": devices.state.model,
        "device_mrid": found.mrid,
        "device_name": found.name,
        "feeder": found.feeder,
        "node": node,
        "x": x if np.isfinite(x) else None,
        "y": y if np.isfinite(y) else None,
    }


def _kind(prediction: Prediction) -> str:
    return "single" if prediction.kind == "single" else "outage"


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _nodes(devices: Devices, prediction: Prediction) -> NDArray[np.int32]:
    if prediction.kind == "single":
        return devices.places.node[prediction.device : prediction.device + 1]
    return devices.nodes_below(prediction.device)


def _supplied(run: Run, predictions: Sequence[Prediction]) -> Supply:
    """Everybody at the places of these predictions."""
    nodes = [_nodes(run.devices, one) for one in predictions]
    wanted = np.unique(np.concatenate(nodes)) if nodes else np.zeros(0, np.int32)
    return ledger.supplied_at(run.devices.state.model, wanted.tolist())


def _affected(run: Run, supplied: Supply, prediction: Prediction) -> ledger.Affected:
    """The customers a prediction means. Of those below a device known to be open all are counted, but who came back and reports."""
    nodes = _nodes(run.devices, prediction)
    bits = ABC if prediction.kind == "single" else prediction.phases
    found = ledger.affected_at(supplied, Lost.of(nodes, np.full(nodes.size, bits)))
    if prediction.kind == "single":
        return found.only(found.ids == prediction.usage_point)
    if prediction.confidence == "confirmed":
        reporting = run.reports.usage_point[run.rows(prediction)]
        return found.only(np.isin(found.ids, reporting))
    return found
