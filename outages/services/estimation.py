"""Estimates of restoration by the machine: revised as crews move, never against the word of a person."""

import datetime as dt
import math

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import actors, days, runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea
from adms.core.services import audit, authority
from network.domain.phrases import phrase
from outages.domain import lifecycle
from outages.domain.etr import queue
from outages.models import Outage
from outages.selectors import restoration_times
from outages.services import incidents

STEP = runtime_settings.declare(
    "etr.step_minutes",
    15,
    unit="min",
    help_=gettext_noop(
        "The machine's estimates are told in such steps, and anew only when they move by more than one."
    ),
)
EVERY = runtime_settings.declare(
    "etr.every_s", 60, unit="s", help_=gettext_noop("How often the machine looks at its estimates again.")
)
MACHINE = actors.system("restoration times")
_revised: list[dt.datetime] = []


def revise_due(*, at: dt.datetime) -> int:
    """Revise if the latest time of this process was long enough ago; how many estimates were changed."""
    if _revised and dt.timedelta() <= at - _revised[0] < dt.timedelta(seconds=runtime_settings.get(EVERY)):
        return 0
    _revised[:] = [at]
    return len(revise(at=at))


def revise(*, at: dt.datetime) -> list[int]:
    """Simulate the crews at work and tell new estimates where the machine's own have moved; ids of the outages told of.

    An estimate of a person stays, whatever the simulation says. Where no crew will come the old one stays, too: nothing is known.
    """
    if not Outage.objects.filter(state__in=lifecycle.RUNNING).exclude(kind="planned").exists():
        return []
    present = restoration_times.situation(restoration_times.known(at), at)
    minutes = queue.simulate(present.jobs, present.crews).quantile(runtime_settings.get(restoration_times.SHARE))
    step = runtime_settings.get(STEP)
    wanted = {
        row.pk: moment
        for row, left in zip(present.rows, minutes.tolist(), strict=True)
        if math.isfinite(left) and _is_news(row, moment := _rounded(at, left, step), at, step)
    }
    models = {row.model_key for row in present.rows if row.pk in wanted}
    if not wanted:
        return []
    with incidents.begin(models=models, at=at) as now:
        for outage in now.get_all(sorted(wanted)):
            is_wanted = bool(now.setting(incidents.ETR, outage))  # an area may tell none at all
            if is_wanted and outage.state in lifecycle.RUNNING and _is_news(outage, wanted[outage.pk], at, step):
                now.expect(outage, wanted[outage.pk], "machine", MACHINE)
                now.note(outage, "etr", phrase("etr", at=days.in_words(wanted[outage.pk])), MACHINE)
                now.tell(outage, "etr")
        return now.changed


@transaction.atomic
def tell_area(*, actor: Actor, area: str, etr_at: dt.datetime, replace: bool = False, at: dt.datetime) -> list[int]:
    """One time for every outage that goes on in an area, as in a storm; ids of those it was told for.

    A time a crew or an operator gave stays unless `replace`; what is told counts as an operator's word.

    Raises:
        NotAuthorised: the actor may not change outages there.
        Invalid: the time lies in the past.
        NotFound: there is no such area.
    """
    if not ControlArea.objects.filter(key=area).exists():
        raise NotFound(_("no area %(area)s") % {"area": area}, area=area)
    authority.require(actor=actor, action="change_outage", area=area)
    if etr_at <= at:
        raise Invalid(_("the expected time of restoration lies in the past"), field="etr_at")
    found = Outage.objects.filter(area__key=area, state__in=lifecycle.RUNNING).exclude(kind="planned")
    ids = dict(found.values_list("pk", "model_key"))
    with incidents.begin(models=ids.values(), at=at) as now:
        chosen = [
            outage
            for outage in now.get_all(ids)
            if outage.state in lifecycle.RUNNING and (replace or outage.etr_source in ("", "machine"))
        ]
        for outage in chosen:
            now.expect(outage, etr_at, "operator", actor)
            now.note(outage, "etr", phrase("etr_area", at=days.in_words(etr_at), area=area), actor)
            now.tell(outage, "etr")
    told = [outage.pk for outage in chosen]
    audit.record(
        actor=actor, action="outage_etr_area", object_=f"area:{area}", area=area, at=at,
        after={"etr_at": etr_at.isoformat(), "outages": told},
    )  # fmt: skip
    return told


def _rounded(at: dt.datetime, minutes: float, step: int) -> dt.datetime:
    """The next whole step of the clock after so many minutes."""
    size = step * 60
    return dt.datetime.fromtimestamp(math.ceil((at.timestamp() + minutes * 60.0) / size) * size, dt.UTC)


def _is_news(outage: Outage, moment: dt.datetime, at: dt.datetime, step: int) -> bool:
    """Whether the machine may speak, and has something to say: the old one is past, or off by more than a step."""
    if outage.etr_source not in ("", "machine"):
        return False
    return outage.etr_at is None or outage.etr_at <= at or abs(moment - outage.etr_at) > dt.timedelta(minutes=step)
