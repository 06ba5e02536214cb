"""A person asks meters: of an outage, of one customer, below a device."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.phrasebooks import Phrasebook
from metering.selectors import supply
from metering.services import pings
from metering.services.pings import Question, Requested
from network.selectors import state
from outages.domain import lifecycle, sampling
from outages.models import Outage
from outages.selectors import trees
from outages.services import ledger

#: Whom a person may choose to ask.
SAMPLES = {
    sampling.PER_TRANSFORMER: gettext_lazy("one meter at each transformer"),
    sampling.ALL: gettext_lazy("every meter"),
}

#: Whom a rule asks.
_RULES = Phrasebook(
    {
        "all": gettext_lazy("all"),
        "none": gettext_lazy("nobody"),
        "transformer": gettext_lazy("one at each transformer"),
        "share": gettext_lazy("%(percent)s %% at each transformer"),
    }
)


def whom(rule: sampling.Rule) -> str:
    """Whom a rule asks, in the language of the site."""
    return _RULES.said(sampling.told(rule))


def ask_about_outage(*, actor: Actor, outage_id: int, sample: str, reason: str, at: dt.datetime) -> Requested:
    """Ask meters of those an outage counts as out, or counted while it lasted.

    Raises:
        NotFound: no such outage.
        Invalid: nobody is counted in it, or an unknown sample.
        NotAuthorised: not in this area.
    """
    _require_sample(sample)
    outage = Outage.objects.filter(pk=outage_id).first()
    if outage is None:
        raise NotFound(_("no outage %(outage_id)s") % {"outage_id": outage_id}, outage=outage_id)
    rows = list(ledger.live().filter(outage=outage))
    open_rows = [row for row in rows if row.ended_at is None] or rows
    places = [(row.equipment_mrid, point) for row in open_rows for point in row.usage_points] or _callers(outage)
    if not places:
        raise Invalid(_("outage %(outage_id)s counts no customer") % {"outage_id": outage_id}, field="outage")
    return _ask(actor, f"outage:{outage_id}", sampling.choose(places, sample), str(SAMPLES[sample]), reason, at)


def ask_customer(*, actor: Actor, usage_point: int, reason: str, at: dt.datetime) -> Requested:
    """Ask one customer's meter.

    Raises:
        NotFound: no such customer.
        NotAuthorised: not in this area.
    """
    if usage_point not in supply.places([usage_point]):
        raise NotFound(_("no usage point %(usage_point)s") % {"usage_point": usage_point}, usage_point=usage_point)
    return _ask(actor, f"customer:{usage_point}", [usage_point], _("the customer's own meter"), reason, at)


def ask_below_device(*, actor: Actor, model: str, mrid: str, sample: str, reason: str, at: dt.datetime) -> Requested:
    """Ask meters of those supplied through a device.

    Raises:
        NotFound: no such model.
        Invalid: it supplies nobody, or an unknown sample.
        NotAuthorised: not in this area.
    """
    _require_sample(sample)
    places = places_below(model, mrid)
    if not places:
        raise Invalid(_("nobody is supplied through it"), field="device")
    return _ask(actor, f"device:{mrid}"[:80], sampling.choose(places, sample), str(SAMPLES[sample]), reason, at)


def places_below(model: str, mrid: str) -> list[tuple[str, int]]:
    """(transformer, usage point) of those supplied through a device, as if nothing were out."""
    present = state.present(model)
    going = list(Outage.objects.filter(model_key=model, state__in=lifecycle.RUNNING))
    energised = trees.devices(present, going).energisation
    branch = present.grid.branch_index(mrid)
    if branch < 0:
        return [(mrid, point) for point in supply.at_equipment(model, mrid)]
    ends = int(present.grid.branch_from[branch]), int(present.grid.branch_to[branch])
    fed = next((node for node in ends if energised.parent_branch[node] == branch), None)
    if fed is None:
        return []
    found = supply.supply_at(model, energised.below(fed).tolist())
    return list(zip(found.equipment.tolist(), found.ids.tolist(), strict=True))


def _callers(outage: Outage) -> list[tuple[str, int]]:
    rows = outage.evidence.filter(kind="call").exclude(usage_point=None)
    return list(rows.values_list("equipment_mrid", "usage_point_id"))


def _ask(actor: Actor, reference: str, usage_points: list[int], rule: str, reason: str, at: dt.datetime) -> Requested:
    question = Question("by_hand", reference, rule, reason)
    return pings.request_pings(actor=actor, question=question, usage_points=usage_points, at=at)


def _require_sample(sample: str) -> None:
    if sample not in SAMPLES:
        raise Invalid(
            _("nobody is chosen by %(sample)s") % {"sample": f"{sample!r}"}, field="sample", known=sorted(SAMPLES)
        )
