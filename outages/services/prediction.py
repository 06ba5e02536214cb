"""Run prediction over the open evidence of a model and make the outages follow it.

    open reports --attach--> known outages            what nobody moves any more, or is over
         | the rest
         +--engine--> predictions --match--> predicted outages: continued, merged, split, opened, withdrawn

Evidence arrives in batches, each of which runs it once; the sweeper runs it when a hold time has passed meanwhile.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence

import numpy as np
from django.db import transaction
from django.db.models import Min, Q, QuerySet

from adms.core import actors, runtime_settings
from network.domain.phases import ABC
from network.selectors import state
from outages.domain import lifecycle
from outages.domain.prediction import engine
from outages.domain.prediction.evidence import Fact, Facts
from outages.domain.prediction.rules import RuleSet
from outages.models import Evidence, Outage
from outages.selectors import pool, trees
from outages.selectors.trees import Devices
from outages.services import attaching, evidence, following, incidents
from outages.services.incidents import Round

RULES = runtime_settings.declare(
    "prediction.rules",
    {},
    help_="Changes to the default rule set: thresholds, hold times (s), window (s). See the glossary.",
)
FREEZE = runtime_settings.declare(
    "prediction.freeze_s",
    lifecycle.PROBABLE_AFTER_S,
    unit="s",
    help_="A predicted outage that has not moved for so long is probable: the engine leaves it alone.",
)
EXPIRY = runtime_settings.declare(
    "prediction.expiry_s",
    3600.0,
    unit="s",
    help_="A report that no outage explains is laid aside after this time.",
)
ENGINE = actors.system("prediction")


def rules() -> RuleSet:
    """The rule set in force."""
    return RuleSet().with_changes(**runtime_settings.get(RULES))


def run(*, model: str, at: dt.datetime) -> list[int]:
    """Predict anew; ids of the outages that were created or changed."""
    with incidents.begin(models=[model], at=at) as now:
        predict(now, model)
    return now.changed


def predict(now: Round, model: str) -> None:
    """Predict anew in a round."""
    _expire(now, model)
    _freeze(now, model)
    movable = _movable(now.going(model))
    reports = pool.dark(model, [one.pk for one in movable])
    if not (reports.size or movable):
        return
    devices = trees.devices(state.present(model), now.going(model))
    in_force = rules()
    left = attaching.attach(now, model=model, devices=devices, reports=reports, movable=movable, rules=in_force)
    asked = {one.pk for one in movable}
    movable = [one for one in _movable(now.going(model)) if one.pk in asked]  # without those merged meanwhile
    work = following.Run(devices, left, movable, in_force)
    following.follow(now, work, _predict(now, work))
    _note_tried(model, in_force, now.at)


def _movable(outages: Sequence[Outage]) -> list[Outage]:
    """Predicted outages the engine may move: not those nested in one that goes on, above which all is dark."""
    going = {one.pk for one in outages if one.state in lifecycle.RUNNING}
    return [one for one in outages if one.pk in going and one.confidence == "predicted" and one.parent_id not in going]


def _predict(now: Round, work: following.Run) -> list[engine.Prediction]:
    """Translate evidence for the engine and ask it."""
    devices = work.devices
    placed = work.reports.take(devices.at_nodes(work.reports.node) >= 0)
    if not placed.size:
        return []
    answers = pool.live(devices.state.model, placed).as_facts(devices)
    opened = _opened(devices, now.going(devices.state.model))
    live = _together(answers, devices.telemetered_live(), opened)  # what opened was live until then
    known = placed.as_evidence(devices, live=live, opened=opened)
    return engine.predict(devices.tree, known, work.rules, at=now.at.timestamp())


def _opened(devices: Devices, going: Sequence[Outage]) -> Facts:
    """Devices of confirmed outages that stand open now, since the outage began."""
    found = []
    for outage in going:
        device = devices.of_outage(outage) if outage.confidence == "confirmed" else -1
        if device >= 0:
            branch = int(devices.places.branch[device])
            is_switch = branch >= 0 and devices.state.grid.is_switch[branch]
            phases = outage.phases & ~int(devices.state.closed[branch]) if is_switch else outage.phases
            if phases & ABC:
                found.append(Fact(device, phases, at=outage.started_at.timestamp()))
    return Facts.of(found)


def _together(*facts: Facts) -> Facts:
    columns = [[getattr(one, column.name) for one in facts] for column in dataclasses.fields(Facts)]
    return Facts(*(np.concatenate(column) for column in columns))


def _expire(now: Round, model: str) -> None:
    """Reports nobody explains do not wait for ever."""
    border = now.at - dt.timedelta(seconds=runtime_settings.get(EXPIRY))
    alone = Q(model_key=model, outage=None, kind__in=evidence.DARK, recorded_at__lt=border)
    evidence.settle(rows=alone, reason="no outage explains it", at=now.at)


def _freeze(now: Round, model: str) -> None:
    """Predicted outages of some age are probable: people have acted on them."""
    after_s = runtime_settings.get(FREEZE)
    for outage in now.going(model):
        age = outage.predicted_at.timestamp()
        is_movable = lifecycle.is_movable(outage.confidence, age, now.at.timestamp(), after_s)
        if outage.confidence == "predicted" and not is_movable:
            now.change(outage, confidence="probable")
            now.note(outage, "probable", "Kept as it is from now on", ENGINE)
            now.tell(outage, "probable")


# When to run without a new message

_tried: dict[str, frozenset[int]] = {}  # by model, the reports that were due at the latest run and found no outage


def run_due(*, model: str, at: dt.datetime) -> list[int]:
    """Run if a hold time or the time to freeze an outage has passed since the latest run of this process."""
    due = next_run(model=model)
    return run(model=model, at=at) if due is not None and due <= at else []


def next_run(*, model: str) -> dt.datetime | None:
    """When there is something to predict or to freeze without a new message; None: nothing waits."""
    is_call = Q(kind="call")
    first = (
        _alone(model)
        .exclude(pk__in=_tried.get(model, ()))
        .aggregate(call=Min("occurred_at", filter=is_call), other=Min("occurred_at", filter=~is_call))
    )
    going = Outage.objects.filter(model_key=model, confidence="predicted", state__in=lifecycle.RUNNING)
    oldest = going.aggregate(at=Min("predicted_at"))["at"]
    moments = [_after(first["call"], rules().hold_time_calls_s)] if first["call"] else []
    moments += [_after(first["other"], rules().hold_time_gasps_s)] if first["other"] else []
    moments += [_after(oldest, runtime_settings.get(FREEZE))] if oldest else []
    return min(moments, default=None)


def _alone(model: str) -> QuerySet[Evidence]:
    """Open reports of darkness that belong to no outage."""
    return Evidence.objects.filter(model_key=model, settled_at=None, outage=None, kind__in=evidence.DARK)


def _after(moment: dt.datetime, seconds: float) -> dt.datetime:
    return moment + dt.timedelta(seconds=seconds)


def _note_tried(model: str, in_force: RuleSet, at: dt.datetime) -> None:
    """Remember what this run could not place though it was due, so that the sweeper does not ask again and again."""
    calls = Q(kind="call", occurred_at__lte=_after(at, -in_force.hold_time_calls_s))
    others = ~Q(kind="call") & Q(occurred_at__lte=_after(at, -in_force.hold_time_gasps_s))
    due = frozenset(_alone(model).filter(calls | others).values_list("pk", flat=True))
    transaction.on_commit(lambda: _tried.__setitem__(model, due))
