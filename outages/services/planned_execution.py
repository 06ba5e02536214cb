"""A planned outage while its devices are open: the outage that comes of it, the window that is over, supply that is back."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_noop

from adms.core import days, runtime_settings
from adms.core.events import Recorded
from adms.core.services import events
from network.domain.phrases import Phrase, phrase
from outages.domain import lifecycle
from outages.domain import planned as life
from outages.domain.switching import life as order_life
from outages.events import PlannedOutageChanged
from outages.models import Outage, PlannedCustomer, PlannedOutage
from outages.services import incidents, ledger, planned_notices, planned_scope
from outages.services.incidents import SYSTEM, Round

EARLY = runtime_settings.declare(
    "planned.early_minutes",
    15,
    unit="min",
    help_=gettext_noop(
        "A device of an approved planned outage that opens no more than this before its window is the planned work begun."
    ),
)
OVERRUN = runtime_settings.declare(
    "planned.overrun_minutes",
    60,
    unit="min",
    help_=gettext_noop(
        "Expected further duration of planned work that is not over at the end of its window, told until somebody says better."
    ),
)

EXPIRES = runtime_settings.declare(
    "planned.expire_minutes",
    60,
    unit="min",
    help_=gettext_noop(
        "So long after its window a planned outage of which no opening was told expires: a person says what becomes of it."
    ),
)


def plan_for(model: str, device_mrid: str, occurred_at: dt.datetime) -> PlannedOutage | None:
    """The planned outage an opening of this device at this time carries out; of several the one that began first."""
    early = dt.timedelta(minutes=runtime_settings.get(EARLY))
    found = PlannedOutage.objects.filter(
        model_key=model,
        device_mrids__contains=[device_mrid],
        state__in=life.EXECUTABLE,
        begins_at__lte=occurred_at + early,
        ends_at__gt=occurred_at,
    )
    return found.select_for_update(no_key=True).order_by("begins_at", "pk").first()


def carry_out(now: Round, *, outage: Outage, plan: PlannedOutage, occurred_at: dt.datetime) -> None:
    """This outage is the planned work: no crew is sent for trouble, and the end of the window is when supply is expected back."""
    if outage.planned_outage_id == plan.pk:
        return
    now.change(outage, kind="planned", planned_outage=plan, cause="planned")
    now.drop_work(outage)
    now.expect(outage, plan.ends_at, "operator", SYSTEM)
    now.note(
        outage,
        "planned",
        phrase("planned_outage", plan=str(plan.pk), purpose=plan.purpose),
        SYSTEM,
        occurred_at=occurred_at,
    )
    plan.state, plan.executed_at, plan.restored_at = "in_execution", plan.executed_at or occurred_at, None
    plan.save(update_fields=["state", "executed_at", "restored_at"])
    _note(plan, "in_execution", phrase("opened", device=outage.device_name, outage=str(outage.pk)), now.at)


def tell_beyond_scope(*, outage: Outage, plan: PlannedOutage, at: dt.datetime) -> None:
    """Who is out and was not known in advance is told on the plan's timeline."""
    rows = ledger.live().filter(outage=outage)
    out = {member for members in rows.values_list("usage_points", flat=True) for member in members}
    known = set(PlannedCustomer.objects.filter(planned_outage=plan).values_list("usage_point_id", flat=True))
    if unknown := len(out - known):
        _note(plan, "beyond_scope", phrase("unknown", customers=unknown), at)


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """A planned outage goes where its outages go: in execution, partly restored, restored; others hear of each step."""
    changed = sorted({one.event.outage_id for one in batch})
    plans = PlannedOutage.objects.filter(outages__in=changed, state__in=life.GOING_ON | {"restored"}).distinct()
    with transaction.atomic(), events.deferred():
        for pk in sorted(plans.values_list("pk", flat=True)):
            plan = PlannedOutage.objects.select_for_update(no_key=True).get(pk=pk)
            before = plan.state
            _follow_outages(plan, at)
            verb = "closed" if plan.state == "restored" != before else "changed"
            fact = PlannedOutageChanged(plan.pk, plan.mrid, verb, plan.state, at)
            events.publish(area_id=plan.area_id, facts=[fact], at=at)


def follow_orders(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """A planned outage goes on when one of its orders is carried out, also where nobody loses supply by it.

    Before its window only the timeline tells of it: preparing does not stop notices. Where no outage came of it, it is restored
    when its last order has ended.
    """
    changed = sorted({one.event.order_id for one in batch})
    plans = PlannedOutage.objects.filter(orders__in=changed, state__in=life.EXECUTABLE).distinct()
    with transaction.atomic(), events.deferred():
        for pk in sorted(plans.values_list("pk", flat=True)):
            plan = PlannedOutage.objects.select_for_update(no_key=True).get(pk=pk)
            before = plan.state
            _follow_own_orders(plan, at)
            if plan.state != before:
                verb = "closed" if plan.state == "restored" else "changed"
                fact = PlannedOutageChanged(plan.pk, plan.mrid, verb, plan.state, at)
                events.publish(area_id=plan.area_id, facts=[fact], at=at)


def _follow_own_orders(plan: PlannedOutage, at: dt.datetime) -> None:
    orders = list(plan.orders.order_by("pk"))
    going = [one for one in orders if one.state in {"in_execution", "aborting"}]
    early = dt.timedelta(minutes=runtime_settings.get(EARLY))
    if plan.state in {"approved", "notified"} and going and plan.begins_at - early <= at:
        plan.state, plan.executed_at = "in_execution", plan.executed_at or at
        plan.save(update_fields=["state", "executed_at"])
        _note(plan, "in_execution", phrase("carried_out", order=going[0].reference), at)
    elif (
        plan.state in life.GOING_ON
        and all(one.state in order_life.ENDED for one in orders)
        and not plan.outages.exclude(state="cancelled").exists()
    ):
        plan.state, plan.restored_at = "restored", at
        plan.save(update_fields=["state", "restored_at"])
        _note(plan, "restored", phrase("order_ended", order=orders[-1].reference), at)


def _follow_outages(plan: PlannedOutage, at: dt.datetime) -> None:
    """The state its outages say; a line of the timeline where it is another one."""
    own = list(Outage.objects.filter(planned_outage=plan).exclude(state="cancelled"))
    going = [one for one in own if one.state in lifecycle.RUNNING]
    if plan.state not in life.GOING_ON or not own:
        return
    if not going:
        ends = [one.restored_at for one in own if one.restored_at is not None]
        plan.state, plan.restored_at = "restored", max(ends, default=at)
        plan.save(update_fields=["state", "restored_at"])
        _note(plan, "restored", phrase("all_back"), at)
        return
    is_partly = len(going) < len(own) or any(one.state == "partly_restored" for one in going)
    following = "partly_restored" if is_partly else "in_execution"
    if plan.state != following:
        plan.state = following
        plan.save(update_fields=["state"])
        out = sum(one.customers_out for one in going)
        _note(plan, following, phrase("still_out", customers=out), at)


def notice_overruns(*, at: dt.datetime) -> int:
    """Windows that are over while customers are still out: attention, a new time of restoration, and who was told hears of it."""
    late = PlannedOutage.objects.filter(state__in=life.GOING_ON, ends_at__lte=at, overrun_at=None).order_by("pk")
    for plan in late:
        with transaction.atomic(), events.deferred(), incidents.begin(models=[plan.model_key], at=at) as now:
            waiting = PlannedOutage.objects.filter(pk=plan.pk, state__in=life.GOING_ON, overrun_at=None)
            if waiting.update(overrun_at=at):
                _overrun(now, plan)
    return len(late)


def _overrun(now: Round, plan: PlannedOutage) -> None:
    _note(plan, "overrun", phrase("overrun", at=days.in_words(plan.ends_at, "%H:%M")), now.at)
    expected = plan.ends_at
    for outage in now.find(planned_outage=plan, state__in=lifecycle.RUNNING):
        if outage.etr_at is None or outage.etr_at <= now.at:
            later = now.at + dt.timedelta(minutes=now.setting(OVERRUN, outage))
            now.expect(outage, later, "machine", SYSTEM)
        expected = max(expected, outage.etr_at or expected)
        now.note(outage, "overrun", phrase("window_over"), SYSTEM)
        now.tell(outage, "overrun")
    planned_notices.tell_of_end(plan, expected, "overrun", actor=SYSTEM, at=now.at)


def expire(*, at: dt.datetime) -> int:
    """Windows that are over and nothing was opened: a person is to say what becomes of it; how many."""
    ended = at - dt.timedelta(minutes=runtime_settings.get(EXPIRES))
    over = PlannedOutage.objects.filter(state__in=life.WAITING, ends_at__lte=ended).order_by("pk")
    with transaction.atomic(), events.deferred():
        rows = list(over.select_for_update(skip_locked=True, no_key=True))
        for plan in rows:
            _note(plan, "expired", phrase("expired", state=phrase(f"state_{plan.state}")), at)
            plan.state, plan.expired_at = "expired", at
            plan.save(update_fields=["state", "expired_at"])
            fact = PlannedOutageChanged(plan.pk, plan.mrid, "changed", "expired", at)
            events.publish(area_id=plan.area_id, facts=[fact], at=at)
    return len(rows)


def _note(plan: PlannedOutage, kind: str, told: Phrase, at: dt.datetime) -> None:
    planned_scope.note(plan, kind, told, SYSTEM.name, at)
