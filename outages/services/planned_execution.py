"""A planned outage while its devices are open: the outage that comes of it, the window that is over, supply that is back."""

import datetime as dt
from collections.abc import Sequence

from adms.core import runtime_settings
from adms.core.events import Recorded
from outages.domain import lifecycle
from outages.domain import planned as life
from outages.models import Outage, PlannedCustomer, PlannedEntry, PlannedOutage
from outages.services import incidents, ledger
from outages.services.incidents import SYSTEM, Round

EARLY = runtime_settings.declare(
    "planned.early_minutes",
    15,
    unit="min",
    help_="A device of an approved planned outage that opens no more than this before its window is the planned work begun.",
)
OVERRUN = runtime_settings.declare(
    "planned.overrun_minutes",
    60,
    unit="min",
    help_="Expected further duration of planned work that is not over at the end of its window, told until somebody says better.",
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
    return found.select_for_update().order_by("begins_at", "pk").first()


def carry_out(now: Round, *, outage: Outage, plan: PlannedOutage, occurred_at: dt.datetime) -> None:
    """This outage is the planned work: no crew is sent for trouble, and the end of the window is when supply is expected back."""
    if outage.planned_outage_id == plan.pk:
        return
    now.change(outage, kind="planned", planned_outage=plan, cause="planned")
    now.drop_work(outage)
    now.expect(outage, plan.ends_at, "operator", SYSTEM)
    now.note(outage, "planned", f"Planned outage {plan.pk}: {plan.purpose}", SYSTEM, occurred_at=occurred_at)
    plan.state, plan.executed_at, plan.restored_at = "in_execution", plan.executed_at or occurred_at, None
    plan.save(update_fields=["state", "executed_at", "restored_at"])
    _note(plan, "in_execution", f"{outage.device_name} opened: outage {outage.pk}", now.at)


def tell_beyond_scope(*, outage: Outage, plan: PlannedOutage, at: dt.datetime) -> None:
    """Who is out and was not known in advance is told on the plan's timeline."""
    rows = ledger.live().filter(outage=outage)
    out = {member for members in rows.values_list("usage_points", flat=True) for member in members}
    known = set(PlannedCustomer.objects.filter(planned_outage=plan).values_list("usage_point_id", flat=True))
    if unknown := len(out - known):
        _note(plan, "beyond_scope", f"{unknown} customers lost supply who were not known in advance", at)


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """When the last outage of a planned one is restored, so is that."""
    closed = {one.event.outage_id for one in batch if one.event.verb == "closed"}
    plans = PlannedOutage.objects.filter(outages__in=sorted(closed), state="in_execution").distinct()
    for pk in sorted(plans.values_list("pk", flat=True)):
        plan = PlannedOutage.objects.select_for_update().get(pk=pk)
        own = Outage.objects.filter(planned_outage=plan)
        if plan.state == "in_execution" and not own.filter(state__in=lifecycle.RUNNING).exists():
            ends = [one for one in own.values_list("restored_at", flat=True) if one is not None]
            plan.state, plan.restored_at = "restored", max(ends, default=at)
            plan.save(update_fields=["state", "restored_at"])
            _note(plan, "restored", "Everybody has supply again", at)


def notice_overruns(*, at: dt.datetime) -> int:
    """Windows that are over while customers are still out: attention, and a new time of restoration; how many."""
    late = PlannedOutage.objects.filter(state="in_execution", ends_at__lte=at, overrun_at=None).order_by("pk")
    for plan in late:
        with incidents.begin(models=[plan.model_key], at=at) as now:
            if not PlannedOutage.objects.filter(pk=plan.pk, state="in_execution", overrun_at=None).update(
                overrun_at=at
            ):
                continue
            _note(plan, "overrun", f"The window ended at {plan.ends_at:%H:%M} UTC and the work goes on", at)
            for outage in now.find(planned_outage=plan, state__in=lifecycle.RUNNING):
                if outage.etr_at is None or outage.etr_at <= at:
                    later = at + dt.timedelta(minutes=now.setting(OVERRUN, outage))
                    now.expect(outage, later, "machine", SYSTEM)
                now.note(outage, "overrun", "The window of the planned work is over", SYSTEM)
                now.tell(outage, "overrun")
    return len(late)


def _note(plan: PlannedOutage, kind: str, text: str, at: dt.datetime) -> None:
    PlannedEntry.objects.create(planned_outage=plan, kind=kind, text=text[:400], actor=SYSTEM.name, at=at)
