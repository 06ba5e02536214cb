"""Rehearse an order: on a copy of the present network, or of the one other orders will have left when its window begins.

Nothing is operated and nothing of the network is written; the answer is kept with the order, for the revision it was computed on.
"""

import datetime as dt
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import authority
from network.domain.phrases import phrase
from network.selectors import critical, state
from network.selectors import tags as hanging
from network.selectors.state import NetworkState
from outages.domain.switching import conflicts, life, rehearsal
from outages.domain.switching.conflicts import Crew, Document, Facts, Finding, Other
from outages.domain.switching.rehearsal import Effect, Rehearsed, Stand
from outages.domain.switching.steps import ENDS, Step
from outages.models import PlannedOutage, SwitchingOrder
from outages.selectors import crew_jobs, rehearsal_words
from outages.services.switching import expected_loads, step_flows
from outages.services.switching.drafting import planned
from outages.services.switching.life_cycle import OrderRefused, areas
from workforce.selectors import crews

PRESENT, FUTURE = "present", "future"
BASES = {PRESENT: "the network as it is now", FUTURE: "the network as other orders will have left it"}
#: A power flow of the rehearsal is taken for so long where neither the order nor the network has changed.
_FLOWS_HOLD = dt.timedelta(minutes=15)
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_ALWAYS = dt.datetime.min.replace(tzinfo=dt.UTC)


def rehearse(
    *, actor: Actor, order_id: int, basis: str = PRESENT, at: dt.datetime, tell: step_flows.Tell | None = None
) -> dict[str, Any]:
    """Rehearse what is left of an order, however long it takes, and keep the answer with it.

    Raises:
        NotFound, NotAuthorised, Invalid: as `rehearsed`.
        OrderRefused: as `keep`.
    """
    row, told = rehearsed(actor=actor, order_id=order_id, basis=basis, at=at, tell=tell)
    keep(row, told, at=at)
    return told


def rehearsed(
    *, actor: Actor, order_id: int, basis: str, at: dt.datetime, tell: step_flows.Tell | None = None
) -> tuple[SwitchingOrder, dict[str, Any]]:
    """An order, and the rehearsal of what is left of it, not kept yet.

    Raises:
        NotFound: no such order.
        NotAuthorised: neither writes nor checks orders here.
        Invalid: no such basis.
    """
    if basis not in BASES:
        raise Invalid(_("no basis %(basis)s") % {"basis": f"{basis!r}"}, field="basis", known=list(BASES))
    row = readable(actor, order_id)
    return row, run(row, basis=basis, at=at, tell=tell)


def keep(row: SwitchingOrder, told: dict[str, Any], *, at: dt.datetime) -> None:
    """Keep an answer with its order.

    Raises:
        OrderRefused: the order was changed meanwhile, so that this answer is of another one.
    """
    kept = SwitchingOrder.objects.filter(pk=row.pk, revision=row.revision)
    if not kept.update(rehearsal=told, rehearsed_revision=row.revision, rehearsed_at=at):
        raise OrderRefused(
            _("%(reference)s was changed while it was rehearsed: rehearse it again") % {"reference": row.reference},
            order=row.pk,
        )
    row.rehearsal, row.rehearsed_revision, row.rehearsed_at = told, row.revision, at


def run_again(row: SwitchingOrder, *, at: dt.datetime) -> dict[str, Any]:
    """On the network as it is now, while somebody waits: with the power flows of the rehearsal where nothing has moved since."""
    return run(row, basis=PRESENT, at=at, until=time.perf_counter() + float(runtime_settings.get(step_flows.FLOW_S)))


def is_fresh(row: SwitchingOrder, *, at: dt.datetime) -> bool:
    """Whether an order can be rehearsed on the network as it is now without solving anything: a rehearsal of just that is kept."""
    if _kept_flows(row, PRESENT, at) is None:
        return False
    present, left = state.present(row.model_key), _left(row)
    return row.rehearsal["of"] == _computed_of(present, left) or _holds(
        row, _touched(present, rehearsal.run(stand_of(present), left), left, at)
    )


def run(
    row: SwitchingOrder,
    *,
    basis: str,
    at: dt.datetime,
    until: float | None = None,
    tell: step_flows.Tell | None = None,
) -> dict[str, Any]:
    """The answer: effect of each step, power flow after each, findings, the worst severity, and what it was computed on.

    With `until` flows of the rehearsal that is kept are taken where they are of the same steps on the same state.
    """
    present = state.present(row.model_key)
    others = _overlapping(row)
    start = stand_of(present)
    if basis == FUTURE:
        start = _after_others(start, row, others)
    left = _left(row)
    rehearsed = _with_critical(row.model_key, rehearsal.run(start, left))
    found = conflicts.find(_facts(row, left, others, at), rehearsed)
    of = _computed_of(present, left)
    flows = _kept_flows(row, basis, at) if until is not None else None
    if flows is not None and row.rehearsal["of"] == of:
        touched = row.rehearsal.get("touched", "")
    else:
        touched = _touched(present, rehearsed, left, at) if basis == PRESENT else ""
        flows = flows if _holds(row, touched) else None
    if flows is None:
        loads = expected_loads.of_stands(present, rehearsed.stands, at)
        flows = step_flows.after_each(present, rehearsed, left, at=at, until=until, tell=tell, loads=loads)
    found += step_flows.findings(left, flows)
    if until is not None:
        found += _unsolved(row, left, flows)
    found.sort(key=lambda one: -conflicts.SEVERITIES.index(one.severity))
    return {
        "basis": basis,
        "model_version": present.version,
        "sequence": present.sequence,
        "of": of,
        "touched": touched,
        "steps": [_told(effect, flow) for effect, flow in zip(rehearsed.effects, flows[1:], strict=True)],
        "before": flows[0].told(),
        "findings": [asdict(one) | {"text": rehearsal_words.said(one.told)} for one in found],
        "worst": conflicts.worst(found),
    }


def _computed_of(present: NetworkState, left: Sequence[Step]) -> str:
    """The same where the same steps are rehearsed on the same state."""
    told = repr((present.model, present.version_id, present.sequence, list(left)))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _touched(present: NetworkState, rehearsed: Rehearsed, left: Sequence[Step], at: dt.datetime) -> str:
    """The same where the same steps find the stations they work on as they were, and what comes back dead since the same moments.

    Whatever moves elsewhere leaves it as it was; empty where nobody can tell.
    """
    told = step_flows.touched(present, rehearsed, left)
    if not told:
        return ""
    first = rehearsed.stands[0]
    size = first.fitted.base.node_count
    live = [stand.energisation.live[:size] > 0 for stand in rehearsed.stands]
    dead_min = expected_loads.dead_minutes(present.model, first, at)
    cold = np.flatnonzero(np.logical_or.reduce(live) & ~live[0] & (dead_min > 0.0))
    since = [(int(node), round(at.timestamp() - 60.0 * dead_min[node])) for node in cold]
    return hashlib.blake2b(repr((told, since, list(left))).encode(), digest_size=16).hexdigest()


def _holds(row: SwitchingOrder, touched: str) -> bool:
    """Whether what was rehearsed is as it was; in doubt it is not."""
    return bool(touched) and row.rehearsal.get("touched") == touched


def _unsolved(row: SwitchingOrder, left: Sequence[Step], flows: Sequence[step_flows.Flow]) -> list[Finding]:
    """Nobody decides on states of which a rehearsal knew the figures, and nobody knows them since what it works on has moved."""
    known, unsolved = _flows(row.rehearsal), [place for place, flow in enumerate(flows) if flow.is_out_of_time]
    if not unsolved or not known or any(flow.is_out_of_time for flow in known):
        return []
    first, more = unsolved[0], len(unsolved) - 1
    told = phrase("unsolved_and", more=more) if more else phrase("unsolved")
    told |= {"state": phrase("after_step", step=first) if first else phrase("before_first")}
    return [Finding(conflicts.ERROR, "unsolved", told, left[first - 1].key if first else "")]


def _flows(told: Mapping[str, Any]) -> list[step_flows.Flow]:
    """Of an answer that is kept; none where none is."""
    if not told:
        return []
    return [step_flows.heard(one) for one in (told["before"], *(step["flow"] for step in told["steps"]))]


def _kept_flows(row: SwitchingOrder, basis: str, at: dt.datetime) -> list[step_flows.Flow] | None:
    """The power flows of the rehearsal that is kept, while they are young: loads move on even where no switch does."""
    if row.rehearsal.get("basis") != basis:
        return None
    if row.rehearsed_at is None or not dt.timedelta(0) <= at - row.rehearsed_at <= _FLOWS_HOLD:
        return None
    flows = _flows(row.rehearsal)
    return None if any(flow.is_out_of_time for flow in flows) else flows


def _with_critical(model: str, rehearsed: Rehearsed) -> Rehearsed:
    """The same, with the critical customers each step takes from: those at nodes that lose a phase, whichever phase is theirs."""
    stands = rehearsed.stands
    effects = []
    for effect, before, after in zip(rehearsed.effects, stands[:-1], stands[1:], strict=True):
        size = before.fitted.base.node_count
        lost = (
            before.energisation.live[:size] & ~after.energisation.live[:size] if effect.lost_customers else np.zeros(0)
        )
        nodes = [int(node) for node in np.flatnonzero(lost)]
        effects.append(replace(effect, lost_critical=critical.count(model, nodes)))
    return Rehearsed(effects, stands)


def errors(told: Mapping[str, Any]) -> list[str]:
    """What blocks approval, in words."""
    return [rehearsal_words.finding(one) for one in told["findings"] if one["severity"] == conflicts.ERROR]


def stand_of(present: NetworkState) -> Stand:
    """The present network as a rehearsal begins with it."""
    tagged = hanging.blocked_devices(present.model_id)
    return Stand(present.fitted, present.positions, present.energisation, frozenset(tagged))


def readable(actor: Actor, order_id: int) -> SwitchingOrder:
    """The order, for who writes, checks or approves in its areas; it is not held while the power flow is solved."""
    row = SwitchingOrder.objects.select_related("area", "planned_outage").filter(pk=order_id).first()
    if row is None:
        raise NotFound(_("no switching order %(order_id)s") % {"order_id": order_id}, order=order_id)
    for key in areas(row):
        action = "draft_order" if actor.may("draft_order", key) else "check_order"
        authority.require(actor=actor, action=action, area=key)
    return row


def _left(row: SwitchingOrder) -> list[Step]:
    return [planned(step) for step in row.steps.order_by("position", "pk") if step.state not in ENDS]


def _overlapping(row: SwitchingOrder) -> list[SwitchingOrder]:
    """Other orders that are not over and may be carried out in the window of this one."""
    found = SwitchingOrder.objects.filter(model_key=row.model_key).exclude(pk=row.pk)
    found = found.exclude(state__in=life.ENDED | {"rejected"}).exclude(kind__in=("template", "training"))
    if row.begins_at is not None and row.ends_at is not None:
        begins = Q(begins_at=None) | Q(begins_at__lt=row.ends_at)
        found = found.filter(begins & (Q(ends_at=None) | Q(ends_at__gt=row.begins_at)))
    return list(found.prefetch_related("steps").order_by("begins_at", "pk"))


def _after_others(start: Stand, row: SwitchingOrder, others: Sequence[SwitchingOrder]) -> Stand:
    """The network when this window begins: orders that end before it are done, of those that overlap the most changed prefix is."""
    before = SwitchingOrder.objects.filter(
        model_key=row.model_key, state__in=life.STANDING, ends_at__lte=row.begins_at or _ALWAYS
    )
    done = before.exclude(pk=row.pk).exclude(kind__in=("template", "training")).order_by("begins_at", "pk")
    for order in done.prefetch_related("steps"):
        start = rehearsal.run(start, _left(order)).stands[-1]
    for order in others:
        if order.state in life.STANDING and (order.begins_at or _ALWAYS) <= (row.begins_at or _NEVER):
            stands = rehearsal.run(start, _left(order)).stands
            start = max(stands, key=lambda stand: rehearsal.moved(stands[0], stand))
    return start


def _facts(row: SwitchingOrder, left: Sequence[Step], others: Sequence[SwitchingOrder], at: dt.datetime) -> Facts:
    jobs = crew_jobs.elsewhere(row.pk)
    known = {crew.key: Crew(crew.name, crew.shift == "on", jobs.get(crew.key, ())) for crew in crews.crews()}
    documents = [
        Document(
            one.reference,
            one.kind,
            {point["mrid"]: point["name"] for point in one.points},
            one.equipment_mrid,
            one.equipment_name,
            one.terminal,
        )
        for one in row.documents.filter(state="draft")
    ]
    plan: PlannedOutage | None = row.planned_outage
    return Facts(
        kind=row.kind,
        steps=left,
        others=[_other(order) for order in others],
        documents=documents,
        crews=known,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        is_now=row.begins_at is None or row.begins_at <= at,
        planned_customers=None if plan is None else plan.customers.count(),
    )


def _other(order: SwitchingOrder) -> Other:
    steps = [step for step in order.steps.all() if step.state not in ENDS]
    devices = {step.device_mrid: step.device_name for step in steps if step.device_mrid}
    return Other(order.reference, order.state, devices, frozenset(step.crew for step in steps if step.crew))


def _told(effect: Effect, flow: step_flows.Flow) -> dict[str, Any]:
    problem = {"problem": rehearsal_words.said(effect.problem), "problem_told": effect.problem}
    return asdict(effect) | problem | {"flow": flow.told()}
