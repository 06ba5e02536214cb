"""Replays as jobs: asked for, done by whoever answers the bell, cancelled at any time. The row is the record.

1. Asking checks what can be checked, keeps the very numbers it is played by, and rings.
2. A worker takes what nobody has (`adms.core.services.long_work`). A replay writes nothing until its end, so that one whose worker
   was killed is simply begun again, ATTEMPTS times at most.
3. The end writes rows and state in one transaction, once: whoever finds the replay ended or cancelled writes nothing.
"""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from adms.core import bell
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import User
from adms.core.services import audit, authority, long_work
from network.domain import phases as ph
from network.selectors import equipment, state
from outages.domain import replay, rule_sets
from outages.domain.rule_sets import InForce, Wrong
from outages.models import PredictionReplay, ReplayRow
from outages.selectors import rule_sets as reading
from outages.services import replaying
from outages.services.replaying import Outcome, Period

log = logging.getLogger(__name__)

BELL = "replays"
ACTION = "replay_predictions"
ATTEMPTS = 3
WAITING = (PredictionReplay.State.QUEUED, PredictionReplay.State.RUNNING)
TOLD_EVERY_S = 0.5
LONGEST = dt.timedelta(days=31)
By = PredictionReplay.By
Clock = Callable[[], dt.datetime]


class ReplayOver(Refused):
    """The replay has ended already."""

    code = "replay_over"
    status = 409


class _Cancelled(Exception):
    """Somebody wants the replay to stop."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be replayed, by what.

    Attributes:
        model, begin, end, step_s: the network model, the period by when evidence was recorded, and what is predicted together.
        area: key of the only control area; "" for all.
        by: then (the sets each area followed), version, copy.
        rules_area, rules, version: a set of an area ("": the general one) by name and number, None for the latest.
        values: of a copy, what differs from that version.
        engine: another than that of the rules; "" for theirs.
    """

    model: str
    begin: dt.datetime
    end: dt.datetime
    step_s: float = 1.0
    area: str = ""
    by: str = By.VERSION
    rules_area: str = ""
    rules: str = "normal"
    version: int | None = None
    values: Mapping[str, Any] | None = None
    engine: str = ""


@transaction.atomic
def ask(*, actor: Actor, wanted: Wanted, at: dt.datetime) -> PredictionReplay:
    """Queue a replay.

    Raises:
        NotAuthorised: the actor may not run replays.
        NotFound: no such model is operated, or no such area, set or version.
        Invalid: the period cannot be replayed, or a value of the copy cannot be.
    """
    authority.require(actor=actor, action=ACTION)
    if wanted.model not in state.models():
        raise NotFound(f"no network model {wanted.model!r} is operated", field="model", known=state.models())
    area = reading.area(wanted.area) if wanted.area else None
    period = Period(wanted.model, wanted.begin, wanted.end, wanted.step_s, (area.pk,) if area else ())
    _check_period(period, wanted.engine, at)
    row = PredictionReplay(
        model_key=wanted.model,
        area=area,
        begins_at=wanted.begin,
        ends_at=wanted.end,
        step_s=wanted.step_s,
        engine=wanted.engine,
        asked_by=actor.name,
        asker={"user_id": actor.user_id, "way": actor.way, "request_id": actor.request_id},
        created_at=at,
        **_rules(wanted),
    )
    row.save()
    told = {"model": wanted.model, "from": wanted.begin.isoformat(), "to": wanted.end.isoformat(), "by": wanted.by,
            "rules": row.rules_name, "version": row.rules_version, "engine": wanted.engine}  # fmt: skip
    audit.record(
        actor=actor, action=ACTION, object_=f"replay:{row.pk}", area=area.key if area else "", after=told, at=at
    )
    transaction.on_commit(lambda: bell.ring(BELL))
    return row


def _check_period(period: Period, engine: str, at: dt.datetime) -> None:
    if period.end - period.begin > LONGEST:
        raise Invalid(f"at most {LONGEST.days} days are replayed at once", field="to")
    if period.begin >= at:
        raise Invalid("nothing is recorded of the future", field="from")
    if not 0 < period.step_s <= 3600:
        raise Invalid("a step is above 0 and at most 3600 seconds", field="step_s")
    replaying.check(period, engine)


def _rules(wanted: Wanted) -> dict[str, Any]:
    """The columns that say by what it is played."""
    if wanted.by not in By.values:
        raise Invalid(f"by {wanted.by!r}: choose then, version or copy", field="by")
    if wanted.by == By.THEN:
        return {"by": By.THEN}
    owner = reading.area(wanted.rules_area) if wanted.rules_area else None
    found = reading.numbered(owner.pk if owner else None, wanted.rules, wanted.version)
    values = dict(found.values)
    if wanted.by == By.COPY:
        try:
            values = rule_sets.check(values | dict(wanted.values or {}))
        except Wrong as wrong:
            raise Invalid(str(wrong), field=next(iter(wrong.complaints)), complaints=wrong.complaints) from wrong
    return {
        "by": wanted.by,
        "rules_area": owner,
        "rules_name": found.name,
        "rules_version": found.version,
        "rules_values": values,
    }


def cancel(*, actor: Actor, replay_id: uuid.UUID, at: dt.datetime) -> None:
    """Stop a replay: nothing of it is kept. Where no worker has it, it ends at once.

    Raises:
        NotAuthorised: the actor may not run replays.
        NotFound: there is none.
        ReplayOver: it has ended already.
    """
    authority.require(actor=actor, action=ACTION)
    with transaction.atomic():
        row = PredictionReplay.objects.select_for_update(no_key=True).filter(pk=replay_id).first()
        if row is None:
            raise NotFound("no such replay", replay=str(replay_id))
        if row.state not in WAITING:
            raise ReplayOver(f"the replay is {row.get_state_display().lower()} already", replay=str(replay_id))
        row.cancelled_by = actor.name
        row.save(update_fields=["cancelled_by"])
        audit.record(actor=actor, action="cancel_replay", object_=f"replay:{row.pk}", at=at)
    with long_work.taken(BELL, replay_id) as is_free:
        if is_free:
            _end_cancelled(replay_id, at)


def run_waiting(*, clock: Clock) -> int:
    """Do all replays that nobody else is doing, the oldest first; how many were done."""
    return long_work.do_waiting(BELL, _waiting(), lambda pk: _run(pk, clock))


def ring_for_waiting() -> bool:
    """Ring again for replays that wait, or whose worker has died; whether there are any."""
    return long_work.ring_for_waiting(BELL, _waiting())


def _waiting() -> list[uuid.UUID]:
    rows = PredictionReplay.objects.filter(state__in=WAITING).order_by("created_at", "pk")
    return list(rows.values_list("pk", flat=True))


def _run(pk: uuid.UUID, clock: Clock) -> bool:
    """One replay, to its end."""
    row = PredictionReplay.objects.select_related("area").get(pk=pk)
    if row.state not in WAITING:
        return False
    if row.cancelled_by:
        return _end_cancelled(pk, clock())
    if row.attempts >= ATTEMPTS:
        return _fail(pk, f"given up: its worker ended {ATTEMPTS} times", clock())
    row.state, row.started_at, row.attempts = PredictionReplay.State.RUNNING, clock(), row.attempts + 1
    row.stage, row.percent = "predict", 1
    row.save(update_fields=["state", "started_at", "attempts", "stage", "percent"])
    try:
        _require_asker(row)
        _keep(row, _play(row), clock)
    except (OperationalError, InterfaceError):
        raise  # the database went away: the replay is as it was, and is taken up again
    except _Cancelled:
        return _end_cancelled(pk, clock())
    except Refused as refusal:
        return _fail(pk, str(refusal), clock())
    except Exception:  # whatever goes wrong, the asker is told and the next replay is done
        incident = uuid.uuid4().hex[:12]
        log.exception("incident %s in replay %s", incident, pk)
        return _fail(pk, f"something went wrong here; it has been logged as incident {incident}", clock())
    return True


def _require_asker(row: PredictionReplay) -> None:
    """Who asked must still be there and have the right."""
    user = User.objects.filter(pk=row.asker.get("user_id"), is_active=True).first()
    if user is None:
        raise authority.NotAuthorised(f"the account of {row.asked_by} is no longer active")
    authority.require(actor=authority.actor_for(user, way=row.asker.get("way", "rest")), action=ACTION)


def _play(row: PredictionReplay) -> Outcome:
    areas = (row.area_id,) if row.area_id is not None else ()
    period = Period(row.model_key, row.begins_at, row.ends_at, row.step_s, areas)
    tell = _teller(row.pk)
    if row.by == By.THEN:
        return replaying.run_as_it_was(period=period, engine=row.engine, tell=tell)
    name = f"copy of {row.rules_name}" if row.by == By.COPY else row.rules_name
    rules = InForce.of(name, row.rules_version or 0, row.rules_values)
    return replaying.run(period=period, rules=rules, engine=row.engine, tell=tell)


def _teller(pk: uuid.UUID) -> Callable[[int, int], None]:
    """Writes down how far the replay is, not more often than somebody could look, and stops it where that is wanted."""
    told_at = 0.0

    def tell(done: int, of: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at < TOLD_EVERY_S:
            return
        told_at = time.monotonic()
        row = PredictionReplay.objects.filter(pk=pk)
        row.update(percent=1 + 97 * done // max(of, 1))
        if row.exclude(cancelled_by="").exists():
            raise _Cancelled

    return tell


# The end


def _keep(row: PredictionReplay, outcome: Outcome, clock: Clock) -> None:
    """Rows and the end in one transaction; whoever finds it ended writes nothing."""
    made = _rows(row, outcome)
    summary = replay.summarise(outcome.rows)
    result = {"reports": outcome.reports, "steps": outcome.steps, **summary._asdict()}
    with transaction.atomic():
        held = PredictionReplay.objects.select_for_update(no_key=True).get(pk=row.pk)
        if held.cancelled_by:
            raise _Cancelled
        if held.state != PredictionReplay.State.RUNNING or held.attempts != row.attempts:
            return  # another worker has it, or has ended it
        ReplayRow.objects.bulk_create(made, batch_size=1000, ignore_conflicts=True)
        held.state, held.stage, held.percent = PredictionReplay.State.DONE, "", 100
        held.result, held.ended_at = result, clock()
        held.save(update_fields=["state", "stage", "percent", "result", "ended_at"])


def _rows(row: PredictionReplay, outcome: Outcome) -> list[ReplayRow]:
    devices = {one.device for pair in outcome.rows for one in (pair.replayed, pair.recorded) if one}
    names = dict(equipment.published(row.model_key).filter(mrid__in=devices).values_list("mrid", "name"))
    return [
        ReplayRow(
            replay=row,
            number=number,
            differences=list(one.differences),
            outage=one.recorded.id if one.recorded else None,
            recorded=_recorded(one, names),
            replayed=_replayed(one, names),
            customers=max(side.customers for side in (one.replayed, one.recorded) if side),
            recorded_to_right_s=one.recorded_to_right_s,
            to_right_s=one.to_right_s,
        )
        for number, one in enumerate(outcome.rows, start=1)
    ]


def _recorded(one: replay.Row, names: Mapping[str, str]) -> dict[str, Any] | None:
    theirs = one.recorded
    if theirs is None:
        return None
    return {
        "kind": theirs.kind,
        "device": theirs.device,
        "name": names.get(theirs.device, theirs.device),
        "customers": theirs.customers,
        "first_at": _iso(theirs.first_at),
        "truth": theirs.truth,
        "customer_minutes": one.recorded_customer_minutes,
    }


def _replayed(one: replay.Row, names: Mapping[str, str]) -> dict[str, Any] | None:
    mine = one.replayed
    if mine is None:
        return None
    return {
        "kind": mine.kind,
        "device": mine.device,
        "name": names.get(mine.device, mine.device),
        "phases": ph.text(mine.phases),
        "customers": mine.customers,
        "reports": len(mine.reports),
        "first_at": _iso(mine.first_at),
        "moves": mine.moves,
        "ended": mine.ended,
        "customer_minutes": one.customer_minutes,
    }


def _iso(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()


def _fail(pk: uuid.UUID, words: str, at: dt.datetime) -> bool:
    return _end(pk, PredictionReplay.State.FAILED, words[:2000], at)


def _end_cancelled(pk: uuid.UUID, at: dt.datetime) -> bool:
    by = PredictionReplay.objects.filter(pk=pk).values_list("cancelled_by", flat=True).first()
    return _end(pk, PredictionReplay.State.CANCELLED, f"cancelled by {by}; nothing of it was kept", at)


def _end(pk: uuid.UUID, state: str, error: str, at: dt.datetime) -> bool:
    """The end of a replay that found nothing."""
    rows = PredictionReplay.objects.filter(pk=pk, state__in=WAITING)
    return bool(rows.update(state=state, error=error, ended_at=at))
