"""Run prediction over the open evidence of a model and make the outages follow it.

    open reports --attach--> known outages            what nobody moves any more, or is over
         | the rest
         +--engine--> predictions --match--> predicted outages: continued, merged, split, opened, withdrawn

Evidence arrives in batches, each of which runs it once; the sweeper runs it when a hold time has passed meanwhile.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Sequence

import numpy as np
from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from adms.core import actors, runtime_settings
from adms.core.services import backlog
from network.domain.phrases import phrase
from network.selectors import state
from outages.domain import lifecycle, rule_sets
from outages.domain.prediction import engine
from outages.domain.prediction.evidence import CALL
from outages.models import Evidence, Outage
from outages.selectors import kept_pool, known_evidence, learned, trees
from outages.selectors import rule_sets as chosen_rules
from outages.selectors.rule_sets import Sets
from outages.selectors.trees import Devices
from outages.services import attaching, evidence, following, incidents, restoration
from outages.services.incidents import Round

EXPIRY = runtime_settings.declare(
    "prediction.expiry_s",
    3600.0,
    unit="s",
    help_=gettext_noop("A report that no outage explains is laid aside after this time."),
)
RETURN_HOLD = runtime_settings.declare(
    "prediction.return_hold_s",
    120.0,
    unit="s",
    help_=gettext_noop(
        "Meters that have supply again say so one by one: so long after the last, prediction leaves their outage where it is."
    ),
)
ENGINE = actors.system("prediction")
#: How far the clocks of senders may be ahead of ours.
SKEW = dt.timedelta(minutes=10)
#: While messages wait, evidence that is due so long is left to the runs the messages make.
SLACK = dt.timedelta(seconds=5)
#: So many sources' trees are predicted in one transaction, so many due reports looked at in one round.
TOGETHER, MOST_DUE = 6, 5_000


def run(*, model: str, at: dt.datetime, nodes: Collection[int] | None = None) -> list[int]:
    """Predict anew, in the trees these nodes hang on (None: everywhere); ids of the outages that were created or changed."""
    with incidents.begin(models=[model], at=at) as now:
        if nodes is None:
            _expire(now, model)
        predict(now, model, nodes)
    return now.changed


def predict(now: Round, model: str, nodes: Collection[int] | None = None) -> None:
    """Predict anew in a round, in the trees these nodes hang on: what is decided in one source's tree no other tree changes.

    After a load transfer an outage may hold reports in several trees: then these are taken together.
    """
    whole = trees.current(state.present(model))
    touched = np.array(sorted(nodes), np.int64) if nodes is not None else None
    roots = None if touched is None else whole.roots(touched)
    sets, areas = chosen_rules.in_force(), state.areas_of(whole.state.version_id)
    if nodes is None:
        _freeze(now, now.going(model), sets)  # also those whose place hangs on no source any more
    if sets.is_one(areas):
        _predict_in(now, whole, roots, touched, sets, sets.of(areas[0]) if areas else sets.general)
        return
    done = np.zeros(0, np.int64)
    for found, some, own in _by_rules(whole, roots, touched, sets):
        left = np.setdiff1d(some, done)
        if left.size or own.size:
            done = np.union1d(done, _predict_in(now, whole, left, own, sets, found))


def _by_rules(
    whole: Devices, roots: NDArray[np.int64] | None, touched: NDArray[np.int64] | None, sets: Sets
) -> list[tuple[rule_sets.InForce, NDArray[np.int64], NDArray[np.int64]]]:
    """The trees by the rule set of the area their source lies in, each with the nodes that hang on no source (with the first)."""
    every = np.unique(whole.tree.root).astype(np.int64) if roots is None else roots
    loose = np.flatnonzero(whole.places.device_of_node < 0) if touched is None else touched
    loose = loose[whole.at_nodes(loose) < 0]
    area_of = trees.areas_of(whole, every)
    groups: dict[rule_sets.InForce, list[int]] = {}
    for root in every.tolist():
        groups.setdefault(sets.of(area_of.get(root, -1)), []).append(root)
    found = [(rules, np.array(some, np.int64), np.zeros(0, np.int64)) for rules, some in groups.items()]
    if not found:
        return [(sets.general, every, loose)]
    found[0] = (found[0][0], found[0][1], loose)
    return found


def _predict_in(
    now: Round,
    whole: Devices,
    roots: NDArray[np.int64] | None,
    touched: NDArray[np.int64] | None,
    sets: Sets,
    rules: rule_sets.InForce,
) -> NDArray[np.int64]:
    """Predict by one rule set in some trees (None: all); the trees it was done in, more where reports of one outage lie in several."""
    model = whole.state.model
    while True:
        work = _gather(now, model, whole, roots, touched, sets, rules)
        if work is None:
            return np.zeros(0, np.int64) if roots is None else roots
        reached = whole.roots(work.reports.node)
        if roots is None or np.isin(reached, roots).all():
            break
        roots = np.union1d(roots, reached)
    left = attaching.attach(
        now,
        devices=work.devices,
        region=work.region,
        reports=work.reports,
        going=work.going,
        movable=work.movable,
        rules=work.rules,
    )
    before = {one.pk for one in work.movable}  # without those merged meanwhile
    movable = [one for one in _movable(now, work.going) if one.pk in before]
    going = [one for one in work.going if one.state in lifecycle.RUNNING]
    work = dataclasses.replace(work, reports=left, going=going, movable=movable)
    following.follow(now, work, _predict(now, work, whole, sets, rules))
    _note_tried(model, work, now.at)
    return np.zeros(0, np.int64) if roots is None else roots


def _gather(
    now: Round,
    model: str,
    whole: Devices,
    roots: NDArray[np.int64] | None,
    touched: NDArray[np.int64] | None,
    sets: Sets,
    rules: rule_sets.InForce,
) -> following.Run | None:
    """Everything a run works on: outages and open reports of some trees; None where there is nothing."""
    region = None
    if roots is not None and touched is not None:
        region = whole.region(roots, touched)  # touched ones may hang on no source any more
    going = now.going(model) if region is None else now.going_at(model, region)
    _freeze(now, going, sets)
    _release(now, going)
    going = [one for one in going if one.state in lifecycle.RUNNING]
    movable = _movable(now, going)
    reports = kept_pool.dark(model, [one.pk for one in movable], region)
    if not (reports.size or movable):
        return None
    devices = whole if roots is None else whole.within(roots)
    return following.Run(devices, region, reports, going, movable, rules.rules)


def _movable(now: Round, outages: Sequence[Outage]) -> list[Outage]:
    """Predicted outages the engine may move: not those nested in one that goes on, above which all is dark, nor those coming back."""
    found = [
        one
        for one in outages
        if one.state in lifecycle.RUNNING and one.confidence == "predicted" and one.returning_at is None
    ]
    parents = now.get_all({one.parent_id for one in found if one.parent_id is not None})
    going = {one.pk for one in parents if one.state in lifecycle.RUNNING}
    return [one for one in found if one.parent_id not in going]


def _predict(
    now: Round, work: following.Run, whole: Devices, sets: Sets, rules: rule_sets.InForce
) -> list[engine.Prediction]:
    """Translate evidence for the engine the rule set names, and ask it."""
    devices = work.devices
    placed = work.reports.take(devices.at_nodes(work.reports.node) >= 0)
    if not placed.size:
        return []
    known = known_evidence.of(devices, placed, work.region, work.going)
    choose = learned.chooser(whole, sets, rules, now.at)
    return engine.predict(devices.tree, known, work.rules, choose, at=now.at.timestamp())


def _expire(now: Round, model: str) -> None:
    """Reports nobody explains do not wait for ever."""
    border = now.at - dt.timedelta(seconds=runtime_settings.get(EXPIRY))
    alone = Q(
        model_key=model, outage=None, kind__in=evidence.DARK, recorded_at__lt=border, occurred_at__lt=border + SKEW
    )
    evidence.settle(rows=alone, reason=gettext_noop("no outage explains it"), at=now.at)


def _freeze(now: Round, going: Sequence[Outage], sets: Sets) -> None:
    """Predicted outages of some age are probable: people have acted on them."""
    if not any(outage.confidence == "predicted" for outage in going):
        return
    for outage in going:
        after_s = sets.of(outage.area_id).freeze_s
        age = outage.predicted_at.timestamp()
        is_movable = lifecycle.is_movable(outage.confidence, age, now.at.timestamp(), after_s)
        if outage.confidence == "predicted" and not is_movable:
            now.change(outage, confidence="probable")
            now.note(outage, "probable", phrase("kept"), ENGINE)
            now.tell(outage, "probable")


def _release(now: Round, going: Sequence[Outage]) -> None:
    """Outages from which no meter has come back for a while may move again, by those for whom no neighbour speaks."""
    border = _after(now.at, -float(runtime_settings.get(RETURN_HOLD)))
    due = [one for one in going if one.returning_at is not None and one.returning_at <= border]
    for outage in due:
        now.change(outage, returning_at=None)
    restoration.returned(now, [one for one in due if one.state in lifecycle.RUNNING])


# When to run without a new message

_tried: dict[str, frozenset[int]] = {}  # by model, the reports that were due at the latest run and found no outage


def run_due(*, model: str, at: dt.datetime) -> list[int]:
    """Predict where a hold time has passed since the latest run of this process, and keep outages that are old enough as they are.

    Tree by tree, some at a time. While messages come in faster than they are taken, every message's run predicts what is due beside
    it: then only what has waited longer is looked after here.
    """
    changed = _settle_old(model, at)
    returned = _returned(model, at)
    nodes = _due(model, at - (SLACK if backlog.is_behind(subscriber="outages", at=at, by=SLACK) else dt.timedelta()))
    nodes = np.union1d(nodes, returned)
    if nodes.size:
        whole = trees.current(state.present(model))
        device = whole.at_nodes(nodes)
        root = np.where(device >= 0, whole.tree.root[device], -1)
        found = np.unique(root)
        for first in range(0, found.size, TOGETHER):
            some = nodes[np.isin(root, found[first : first + TOGETHER])]
            changed |= set(run(model=model, at=at, nodes=some.tolist()))
    return sorted(changed)


def _settle_old(model: str, at: dt.datetime) -> set[int]:
    """Expire and freeze, where there is something to."""
    predicted = Outage.objects.filter(model_key=model, confidence="predicted", state__in=lifecycle.RUNNING)
    old = predicted.filter(_by_area(lambda one: Q(predicted_at__lte=_after(at, -one.freeze_s))))
    expired = _alone(model).filter(
        recorded_at__lt=_after(at, -runtime_settings.get(EXPIRY)),
        occurred_at__lt=_after(at, -runtime_settings.get(EXPIRY)) + SKEW,
    )
    ids = list(old.values_list("pk", flat=True))
    if not ids and not expired.exists():
        return set()
    with incidents.begin(models=[model], at=at) as now:
        _expire(now, model)
        _freeze(now, now.get_all(ids), chosen_rules.in_force())
    return set(now.changed)


def _returned(model: str, at: dt.datetime) -> NDArray[np.int64]:
    """The nodes of predicted outages from which no meter has come back for a while: who is still dark counts from now on."""
    rows = Outage.objects.filter(model_key=model, state__in=lifecycle.RUNNING, confidence__in=restoration.RETURNING)
    back = rows.filter(returning_at__lte=_after(at, -float(runtime_settings.get(RETURN_HOLD))))
    return np.array(list(back.values_list("node", flat=True)), np.int64)


def _due(model: str, at: dt.datetime) -> NDArray[np.int64]:
    """The nodes of reports that belong to no outage though their hold time has passed, without those tried before."""
    tried = _tried.get(model, frozenset())
    rows = list(
        _alone(model)
        .filter(_by_area(lambda one: _held(one, at)))
        .order_by("occurred_at")
        .values_list("pk", "node")[:MOST_DUE]
    )
    _tried[model] = tried & {pk for pk, _ in rows} if len(rows) < MOST_DUE else tried
    return np.unique(np.array([node for pk, node in rows if pk not in tried], np.int64))


def next_run(*, model: str) -> dt.datetime | None:
    """When there is something to predict or to freeze without a new message; None: nothing waits."""
    sets, is_call = chosen_rules.in_force(), Q(kind="call")
    first = (
        _alone(model)
        .exclude(pk__in=_tried.get(model, ()))
        .values("area_id")
        .annotate(call=Min("occurred_at", filter=is_call), other=Min("occurred_at", filter=~is_call))
        .order_by("area_id")
    )
    moments = []
    for area_id, call, other in first.values_list("area_id", "call", "other"):
        rules = sets.of(area_id).rules
        moments += [_after(call, rules.hold_time_calls_s)] if call else []
        moments += [_after(other, rules.hold_time_gasps_s)] if other else []
    running = Outage.objects.filter(model_key=model, state__in=lifecycle.RUNNING)
    going = running.filter(confidence="predicted")
    oldest = going.values("area_id").annotate(at=Min("predicted_at")).order_by("area_id")
    returning = running.filter(confidence__in=restoration.RETURNING).aggregate(at=Min("returning_at"))["at"]
    moments += [_after(returning, float(runtime_settings.get(RETURN_HOLD)))] if returning else []
    moments += [_after(at, sets.of(area_id).freeze_s) for area_id, at in oldest.values_list("area_id", "at")]
    return min(moments, default=None)


def _by_area(condition: Callable[[rule_sets.InForce], Q]) -> Q:
    """A condition on rows that depends on the rule set of their area."""
    sets = chosen_rules.in_force()
    areas: dict[rule_sets.InForce, list[int]] = {}
    for area_id, rules in sets.of_area.items():
        if rules != sets.general:
            areas.setdefault(rules, []).append(area_id)
    found = condition(sets.general)
    if areas:
        found &= ~Q(area_id__in=[area_id for some in areas.values() for area_id in some])
    for rules, some in areas.items():
        found |= condition(rules) & Q(area_id__in=some)
    return found


def _held(found: rule_sets.InForce, at: dt.datetime) -> Q:
    """Evidence whose hold time has passed."""
    rules = found.rules
    calls = Q(kind="call", occurred_at__lte=_after(at, -rules.hold_time_calls_s))
    return calls | (~Q(kind="call") & Q(occurred_at__lte=_after(at, -rules.hold_time_gasps_s)))


def _alone(model: str) -> QuerySet[Evidence]:
    """Open reports of darkness that belong to no outage."""
    return Evidence.objects.filter(model_key=model, settled_at=None, outage=None, kind__in=evidence.DARK)


def _after(moment: dt.datetime, seconds: float) -> dt.datetime:
    return moment + dt.timedelta(seconds=seconds)


def _note_tried(model: str, work: following.Run, at: dt.datetime) -> None:
    """Remember what this run could not place though it was due, so that the sweeper does not ask again and again."""
    reports, border = work.reports, at.timestamp()
    hold = np.where(reports.kind == CALL, work.rules.hold_time_calls_s, work.rules.hold_time_gasps_s)
    due = reports.id[(reports.outage < 0) & (reports.at + hold <= border)]
    if not due.size:
        return
    left = frozenset(_alone(model).filter(Q(pk__any=due.tolist())).values_list("pk", flat=True))
    if left:
        transaction.on_commit(lambda: _tried.__setitem__(model, _tried.get(model, frozenset()) | left))
