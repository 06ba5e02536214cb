"""What every service of an order does: hold it, move it on, tell of it."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, authority, events
from network.domain.phrases import Phrase
from network.selectors import equipment
from outages.domain.switching import life
from outages.events import SwitchingOrderChanged
from outages.models import OrderEntry, SwitchingOrder, SwitchingStep
from outages.selectors import order_words


class OrderRefused(Refused):
    """The order, step or safety document is not in a state for that, or this person may not do it."""

    code = "order_refused"


def hold(actor: Actor, action: str, order_id: int, *, revision: int | None = None) -> SwitchingOrder:
    """The order, locked, for who may do this in every control area it touches.

    Raises:
        NotFound: there is none.
        NotAuthorised: not in one of the areas.
        OrderRefused: it is not as it was seen.
    """
    row = (
        SwitchingOrder.objects.select_for_update(of=("self",), no_key=True)
        .select_related("area")
        .filter(pk=order_id)
        .first()
    )
    if row is None:
        raise NotFound(_("no switching order %(order_id)s") % {"order_id": order_id}, order=order_id)
    for key in areas(row):
        authority.require(actor=actor, action=action, area=key)
    if revision is not None and revision != row.revision:
        raise OrderRefused(
            _("%(reference)s has changed since it was shown") % {"reference": row.reference},
            order=row.pk,
            revision=row.revision,
        )
    return row


def areas(row: SwitchingOrder) -> list[str]:
    """Control areas of its devices, as they are now, and its own."""
    devices = {mrid for pair in row.steps.values_list("device_mrid", "other_mrid") for mrid in pair if mrid}
    found = equipment.published(row.model_key).filter(mrid__in=devices).values_list("area__key", flat=True)
    return sorted({row.area.key, *found})


def move(row: SwitchingOrder, following: str, *, reason: str = "", **values: Any) -> None:
    """Take the next state.

    Raises:
        OrderRefused: it cannot come next.
        Invalid: a reason is needed.
    """
    if not life.may_become(row.kind, row.state, following):
        words = _("%(reference)s is %(state)s: it cannot become %(wanted)s") % {
            "reference": row.reference,
            "state": row.get_state_display().lower(),
            "wanted": str(order_words.STATES[following]).lower(),
        }
        raise OrderRefused(words, order=row.pk, state=row.state, wanted=following)
    if following in life.REASONED and not reason.strip():
        raise Invalid(_("a reason is needed"), field="reason")
    if reason:
        values["reason"] = reason.strip()[:200]
    change(row, state=following, **values)


def change(row: SwitchingOrder, **values: Any) -> None:
    """Write columns, and count the change."""
    row.revision += 1
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=sorted({*values, "revision"}))


def tell(
    row: SwitchingOrder,
    kind: str,
    told: Phrase,
    actor: Actor,
    at: dt.datetime,
    *,
    step: SwitchingStep | None = None,
    occurred_at: dt.datetime | None = None,
) -> None:
    """A line of its timeline, the audit trail and an event: last in a service, because publishing locks the area."""
    name, text = actor.label or actor.name, order_words.said(told)
    OrderEntry.objects.create(
        order=row, version=row.version, kind=kind, told=told, text=text[:600], actor=name, occurred_at=occurred_at or at,
        recorded_at=at,
    )  # fmt: skip
    audit.record(
        actor=actor,
        action=f"order_{kind}"[:60],
        object_=f"switching_order:{row.pk}",
        area=row.area.key,
        after={"version": row.version, "state": row.state} | ({"step": step.key, "as": step.state} if step else {}),
        reason=text,
        at=at,
    )
    fact = SwitchingOrderChanged(
        row.pk, row.mrid, row.model_key, kind, step.key if step else "", step.state if step else "", at
    )
    events.publish(area_id=row.area_id, facts=[fact], at=at)
