"""Replays as jobs (`adms.core.services.long_jobs`): asked for, done by whoever answers the bell, cancelled at any time.

Asking checks what can be checked and keeps the very numbers it is played by. A replay writes nothing until its end; then its rows are
written with it, all or none.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority, long_jobs
from adms.core.services.long_jobs import Clock, Keep, Tell
from network.domain import phases as ph
from network.selectors import equipment, state
from outages.domain import replay_comparison, rule_sets
from outages.domain.rule_sets import InForce, Wrong
from outages.models import PredictionReplay, ReplayRow
from outages.selectors import replays, rule_words
from outages.selectors import rule_sets as reading
from outages.selectors.recorded import Period
from outages.services import replaying
from outages.services.replaying import Outcome

BELL = "replays"
ACTION = "replay_predictions"
LONGEST = dt.timedelta(days=31)
By = PredictionReplay.By


class ReplayOver(Refused):
    """The replay has ended already."""

    code = "replay_over"
    status = 409


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
        raise NotFound(
            _("no network model %(model)s is operated") % {"model": f"{wanted.model!r}"},
            field="model",
            known=state.models(),
        )
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
        **long_jobs.asked_by(actor, at),
        **_rules(wanted),
    )
    row.save()
    told = {"model": wanted.model, "from": wanted.begin.isoformat(), "to": wanted.end.isoformat(), "by": wanted.by,
            "rules": row.rules_name, "version": row.rules_version, "engine": wanted.engine}  # fmt: skip
    audit.record(
        actor=actor, action=ACTION, object_=f"replay:{row.pk}", area=area.key if area else "", after=told, at=at
    )
    JOBS.queued(row, at)
    return row


def _check_period(period: Period, engine: str, at: dt.datetime) -> None:
    if period.end - period.begin > LONGEST:
        raise Invalid(_("at most %(days)s days are replayed at once") % {"days": LONGEST.days}, field="to")
    if period.begin >= at:
        raise Invalid(_("nothing is recorded of the future"), field="from")
    if not 0 < period.step_s <= 3600:
        raise Invalid(_("a step is above 0 and at most 3600 seconds"), field="step_s")
    replaying.check(period, engine)


def _rules(wanted: Wanted) -> dict[str, Any]:
    """The columns that say by what it is played."""
    if wanted.by not in By.values:
        raise Invalid(_("by %(by)s: choose then, version or copy") % {"by": f"{wanted.by!r}"}, field="by")
    if wanted.by == By.THEN:
        return {"by": By.THEN}
    owner = reading.area(wanted.rules_area) if wanted.rules_area else None
    found = reading.numbered(owner.pk if owner else None, wanted.rules, wanted.version)
    values = dict(found.values)
    if wanted.by == By.COPY:
        try:
            values = rule_sets.check(values | dict(wanted.values or {}))
        except Wrong as wrong:
            raise rule_words.refused(wrong) from wrong
    return {
        "by": wanted.by,
        "rules_area": owner,
        "rules_name": found.name,
        "rules_version": found.version,
        "rules_values": values,
    }


@transaction.atomic
def cancel(*, actor: Actor, replay_id: uuid.UUID, at: dt.datetime) -> None:
    """Stop a replay: nothing of it is kept.

    Raises:
        NotAuthorised: the actor may not run replays.
        NotFound: there is none.
        ReplayOver: it has ended already.
    """
    authority.require(actor=actor, action=ACTION)
    row = replays.one(replay_id)
    audit.record(actor=actor, action="cancel_replay", object_=f"replay:{row.pk}", at=at)
    words = f"cancelled by {actor.name}; nothing of it was kept"
    if not JOBS.cancel(PredictionReplay.objects.filter(pk=row.pk), words, at):
        raise ReplayOver(
            _("the replay is %(state)s already") % {"state": row.get_state_display().lower()}, replay=str(replay_id)
        )


def _replay(row: PredictionReplay, tell: Tell, _clock: Clock) -> Keep:
    authority.require(actor=long_jobs.actor_of(row), action=ACTION)
    outcome = _play(row, tell)
    made = _rows(row, outcome)
    result = {"reports": outcome.reports, "steps": outcome.steps, **replay_comparison.summarise(outcome.rows)._asdict()}

    def keep() -> dict[str, Any]:
        ReplayRow.objects.bulk_create(made, batch_size=1000)
        return {"percent": 100, "result": result}

    return keep


def _play(row: PredictionReplay, tell: Tell) -> Outcome:
    areas = (row.area_id,) if row.area_id is not None else ()
    period = Period(row.model_key, row.begins_at, row.ends_at, row.step_s, areas)

    def told(done: int, of: int) -> None:
        tell(stage="predict", percent=1 + 97 * done // max(of, 1))

    if row.by == By.THEN:
        return replaying.run_as_it_was(period=period, engine=row.engine, tell=told)
    name = f"copy of {row.rules_name}" if row.by == By.COPY else row.rules_name
    rules = InForce.of(name, row.rules_version or 0, row.rules_values)
    return replaying.run(period=period, rules=rules, engine=row.engine, tell=told)


JOBS = long_jobs.Life(PredictionReplay, BELL, _replay)


def _rows(row: PredictionReplay, outcome: Outcome) -> list[ReplayRow]:
    devices = {one.device for pair in outcome.rows for one in (pair.replayed, pair.recorded) if one}
    devices |= {one.recorded.as_predicted[1] for one in outcome.rows if one.recorded and one.recorded.as_predicted}
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


def _recorded(one: replay_comparison.Row, names: Mapping[str, str]) -> dict[str, Any] | None:
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
        "by_hand": list(theirs.by_hand),
        "was_at": _was_at(theirs, names),
        "nested_in": theirs.nested_in,
        "is_held": one.is_held,
        "customer_minutes": one.recorded_customer_minutes,
    }


def _was_at(theirs: replay_comparison.Recorded, names: Mapping[str, str]) -> str:
    """Where prediction had it before people moved it; "" where they did not."""
    device = theirs.as_predicted[1] if theirs.as_predicted else theirs.device
    return "" if device == theirs.device else names.get(device, device)


def _replayed(one: replay_comparison.Row, names: Mapping[str, str]) -> dict[str, Any] | None:
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
        "nested_in": mine.nested_in,
        "customer_minutes": one.customer_minutes,
    }


def _iso(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
