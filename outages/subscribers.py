"""Reactions to events of lower apps; each one line of work."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from adms.core import topics
from adms.core.control_events import AuthorityChanged, ControlAlarm
from adms.core.events import Recorded
from adms.core.subscriptions import subscribe
from adms.core.sweeping import sweep
from metering.events import MetersLostPower, MetersRegainedPower, PingsAnswered
from network.events import (
    CommissioningChanged,
    EnergisationChanged,
    MeasurementsChanged,
    ModelPublished,
    OperationEnded,
    SwitchPositionChanged,
    TagChanged,
    TemporaryChanged,
)
from network.selectors import state
from outages.events import (
    CallbackChanged,
    CallRecorded,
    EvidenceJoined,
    FlisrChanged,
    FlisrModeSet,
    OrderRehearsed,
    OutageChanged,
    PlannedNoticeMade,
    PlannedOutageChanged,
    RehearsalMoved,
    RuleSetSwitched,
    SuggestionMoved,
    SwitchingOrderChanged,
)
from outages.services import (
    alarming,
    callbacks,
    crew_work,
    daily_figures,
    estimation,
    evidence,
    intake,
    planned_announcing,
    planned_execution,
    planned_scope,
    prediction,
    public_map,
    replay_jobs,
    rule_sets,
    shift_entries,
    verification,
)
from outages.services.flisr import following as flisr_following
from outages.services.flisr import instructing as flisr_instructing
from outages.services.flisr import machine as flisr
from outages.services.flisr import scoring as flisr_scoring
from outages.services.switching import rehearsal_jobs, reporting, suggestion_jobs
from workforce.events import AssignmentChanged, CrewChanged

A_MINUTE = dt.timedelta(minutes=1)


class _Daily:
    """When the daily job is looked at again by this process."""

    due_at = dt.datetime.min.replace(tzinfo=dt.UTC)


_daily = _Daily()


class _Words:
    """When old words of life are looked for again by this process."""

    due_at = dt.datetime.min.replace(tzinfo=dt.UTC)


_words = _Words()


class _PublicMap:
    """When the public map is written again by this process."""

    due_at = dt.datetime.min.replace(tzinfo=dt.UTC)


_public_map = _PublicMap()


class _Callbacks:
    """When callbacks are looked after again by this process, and behind which one it goes on."""

    due_at = dt.datetime.min.replace(tzinfo=dt.UTC)
    behind = 0


_callbacks = _Callbacks()


class _Alarms:
    """When alarms are looked for again by this process."""

    due_at = dt.datetime.min.replace(tzinfo=dt.UTC)


_alarms = _Alarms()

topics.touch(OutageChanged, "outages", "kpi")
topics.touch(SwitchingOrderChanged, "orders", "planned")
topics.touch(RehearsalMoved, "rehearsals")
topics.touch(OrderRehearsed, "orders")
topics.touch(SuggestionMoved, "suggestions")
topics.touch(EvidenceJoined, "outages")
topics.touch(PlannedOutageChanged, "planned", "calls")
topics.touch(PlannedNoticeMade, "planned")
topics.touch(FlisrChanged, "flisr")
topics.touch(FlisrModeSet, "flisr")
topics.touch(RuleSetSwitched, "outages", "calls")
topics.touch(CallRecorded, "calls", "kpi")
topics.touch(CallbackChanged, "calls")
topics.touch(AssignmentChanged, "crews", "outages")
topics.touch(CrewChanged, "crews")
topics.touch(SwitchPositionChanged, "devices", "kpi")
topics.touch(EnergisationChanged, "devices", "kpi")
topics.touch(OperationEnded, "devices")
topics.touch(TagChanged, "devices")
topics.touch(TemporaryChanged, "devices", "kpi")
topics.touch(CommissioningChanged, "devices", "kpi")
topics.touch(MeasurementsChanged, "devices")
topics.touch(ModelPublished, "devices", "outages")


@subscribe(
    "outages",
    MetersLostPower,
    MetersRegainedPower,
    CallRecorded,
    EnergisationChanged,
    batch=2_000,
    most=10_000,
    weigh=intake.weight,
    is_alone=True,
    is_across=True,
    is_urgent=True,
)
def follow_evidence(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Meters, calls and switches become outages and interruptions."""
    intake.take(batch=batch, at=at)


@subscribe("outages.flisr", EnergisationChanged, SwitchPositionChanged, OperationEnded, MeasurementsChanged)
def follow_network(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Devices that trip begin events of FLISR; positions and ended operations move its steps."""
    flisr_following.follow(batch=batch, at=at)


@subscribe("outages.flisr.orders", SwitchingOrderChanged, FlisrChanged)
def follow_flisr_orders(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """What crews report moves events of FLISR on whose steps they were told."""
    flisr_instructing.follow(batch=batch, at=at)


@sweep("flisr")
def move_flisr_on(at: dt.datetime) -> int:
    """What waited long enough goes on; plans are a worker's business."""
    return flisr.sweep(at=at) + flisr_scoring.score_due(at=at)


@subscribe("outages.work", AssignmentChanged)
def follow_work(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Crews' progress moves the outage they work on."""
    crew_work.follow(batch=batch, at=at)


# Questions wait for one lock anyway.
@subscribe("outages.verification", CallRecorded, OutageChanged, PingsAnswered, batch=400, is_alone=True, is_across=True)
def verify(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """What evidence leaves open is asked of meters."""
    verification.follow(batch=batch, at=at)


@subscribe("outages.planned", OutageChanged, is_across=True)
def follow_planned(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Planned outages go where their outages go, and are over when their last device is closed."""
    planned_execution.follow(batch=batch, at=at)


@subscribe("outages.planned.orders", SwitchingOrderChanged)
def follow_planned_orders(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Planned outages go on with the orders that carry them out."""
    planned_execution.follow_orders(batch=batch, at=at)


@subscribe("outages.switching", OperationEnded)
def settle_steps(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Commands that have come to their end settle the steps of switching orders that wait for them."""
    reporting.follow(batch=batch, at=at)


@subscribe("outages.alarms", OutageChanged, FlisrChanged, batch=400, is_across=True)
def raise_alarms(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """New outages and waiting plans call somebody."""
    alarming.follow(batch=batch, at=at)


@subscribe(
    "outages.shift_log",
    OutageChanged,
    SwitchingOrderChanged,
    FlisrChanged,
    AuthorityChanged,
    ControlAlarm,
    batch=400,
    is_across=True,
)
def write_shift_log(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """What a shift has to know writes itself down."""
    shift_entries.follow(batch=batch, at=at)


@sweep("outage alarms", pause_s=1)
def watch_for_alarms(at: dt.datetime) -> int:
    """Announced times that have passed."""
    if at < _alarms.due_at:
        return 0
    _alarms.due_at = at + dt.timedelta(seconds=30)
    return alarming.watch(at=at)


@sweep("planned outages", pause_s=2)
def look_after_planned(at: dt.datetime) -> int:
    """Who will lose supply follows the network; notices that are due go out; a window over with customers out is noticed."""
    with transaction.atomic():
        planned_scope.compute_due(at=at)
    planned_execution.expire(at=at)
    planned_announcing.announce_due(at=at)
    return planned_execution.notice_overruns(at=at)


@sweep("restoration checks", pause_s=1)
def verify_restorations(at: dt.datetime) -> int:
    """Whether everybody is back, a while after a restoration."""
    with transaction.atomic():
        return verification.ask_after_restorations(at=at)


@sweep("reliability days", pause_s=5)
def keep_daily_figures(at: dt.datetime) -> int:
    """Customers served today and the indices of the days that are over become rows; looked after once a minute."""
    if at < _daily.due_at:
        return 0
    done = daily_figures.run_due(at=at)
    _daily.due_at = at if done else at + A_MINUTE
    return done


@sweep("callbacks", pause_s=1)
def make_callbacks(at: dt.datetime) -> int:
    """Who has supply again, or was not reached, is called; part by part where very many wait."""
    if at < _callbacks.due_at:
        return 0
    _callbacks.due_at = at + dt.timedelta(seconds=2)
    done, _callbacks.behind = callbacks.look_after(behind=_callbacks.behind, at=at)
    return done


@sweep("public map", pause_s=1)
def write_public_map(at: dt.datetime) -> int:
    """The files everybody may see."""
    if at < _public_map.due_at:
        return 0
    _public_map.due_at = at + dt.timedelta(seconds=public_map.period())
    public_map.write(at=at)
    return 0


@sweep("predictions")
def predict_what_is_due(at: dt.datetime) -> int:
    """Evidence whose hold time has passed becomes a prediction without a new message."""
    return sum(len(prediction.run_due(model=model, at=at)) for model in state.models())


@sweep("words of life", pause_s=5)
def settle_old_words(at: dt.datetime) -> int:
    """Words of life that no report is held against any more; looked after once an hour, on and on while there are many."""
    if at < _words.due_at:
        return 0
    done = sum(evidence.settle_old_words(model=model, at=at) for model in state.models())
    _words.due_at = at if done else at + dt.timedelta(hours=1)
    return done


@sweep("rule sets", pause_s=1)
def switch_rule_sets(at: dt.datetime) -> int:
    """Areas whose automatic is on follow the clock and the rate of evidence."""
    return rule_sets.switch_due(at=at)


@sweep("replays", pause_s=5)
def ring_for_replays(_: dt.datetime) -> int:
    """Ring again for replays whose ring was lost or whose worker died; done here, one would hold up all other sweeps."""
    replay_jobs.JOBS.ring_for_waiting()
    return 0


@sweep("rehearsals", pause_s=5)
def ring_for_rehearsals(_: dt.datetime) -> int:
    """Ring again for rehearsals whose ring was lost or whose worker died."""
    rehearsal_jobs.JOBS.ring_for_waiting()
    return 0


@sweep("suggestions", pause_s=5)
def ring_for_suggestions(_: dt.datetime) -> int:
    """Ring again for suggestions whose ring was lost or whose worker died."""
    suggestion_jobs.JOBS.ring_for_waiting()
    return 0


@sweep("restoration times", pause_s=5)
def revise_restoration_times(at: dt.datetime) -> int:
    """As crews move, so do the machine's estimates."""
    estimation.revise_due(at=at)
    return 0
