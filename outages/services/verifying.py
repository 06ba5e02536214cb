"""A caller whose meter answers that it has supply: the fault is in the house until somebody finds otherwise (state VERIFY).

    call, meter answers on ---+-- nothing known yet            -> an outage in state verify: nobody counted out, no crew
                              +-- a single-customer outage     -> that one, unless a crew is on it already
                              +-- a predicted outage of many   -> the call leaves it; the prediction moves by itself
                              +-- a confirmed outage           -> nothing: the two contradict each other, and people see it

The caller is called back; a person completes it, cancels it, or sends a crew all the same.
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from adms.core import actors, runtime_settings
from adms.core.actors import Actor
from metering.selectors import supply
from network.domain.phrases import phrase
from network.selectors import equipment, state
from outages.domain import restoration
from outages.models import Evidence, Outage, RestorationCheck
from outages.services import evidence, ledger
from outages.services.evidence import Piece
from outages.services.incidents import OutageRefused, Round
from outages.services.lifecycle import tell, work_on

CUSTOMER_SIDE = runtime_settings.declare(
    "ping.customer_side_s",
    1800.0,
    unit="s",
    help_=gettext_noop(
        "A meter that answers so soon after its customer called means a fault in the house; later the supply may have come back."
    ),
)
VERIFIER = actors.system("verification of a call")
_DAY = dt.timedelta(days=1)


def take_answers(now: Round, *, pieces: Sequence[Piece]) -> None:
    """Take the answers among these words; before the reports they settle are settled."""
    answered = {
        piece.usage_point_id: piece for piece in pieces if piece.kind == "ping_on" and piece.usage_point_id is not None
    }
    calls = _open_calls(answered)
    for point in sorted({call.usage_point_id or 0 for call in calls}):
        own = [call for call in calls if call.usage_point_id == point]
        _verify(now, own, answered[point])


def _open_calls(answered: dict[int, Piece]) -> list[Evidence]:
    """Calls these answers are about: not settled, of whoever did not also lose supply by another witness."""
    if not answered:
        return []
    open_ones = Evidence.objects.filter(usage_point__in=list(answered), settled_at=None, kind__in=evidence.DARK)
    rows = list(open_ones.exclude(kind="ping_off", weight__lt=1.0).order_by("pk"))
    witnessed = {row.usage_point_id for row in rows if row.kind != "call"}
    within = dt.timedelta(seconds=float(runtime_settings.get(CUSTOMER_SIDE)))
    return [
        row
        for row in rows
        if row.usage_point_id not in witnessed
        and dt.timedelta(0) <= answered[row.usage_point_id or 0].occurred_at - row.occurred_at <= within
    ]


def _verify(now: Round, calls: Sequence[Evidence], answer: Piece) -> None:
    held = [now.get(pk) for pk in sorted({call.outage_id for call in calls if call.outage_id is not None})]
    if any(one.confidence == "confirmed" for one in held):
        return
    single = next((one for one in held if one.kind == "single" and one.state in {"new", "acknowledged"}), None)
    if single is None and any(one.kind == "single" for one in held):
        return
    if single is not None:
        ledger.supersede(
            outage=single, reason=gettext_noop("the caller's meter answered that it has supply"), at=now.at
        )
        now.step(single, "verify")
        now.change(single, etr_at=None, etr_source="")
        now.drop_work(single)
    outage = single or _known(now, answer) or _open(now, calls, answer)
    if outage is None:
        return
    now.change(outage, confidence="probable", explanation=_explanation(answer))
    evidence.join(outage_of={call.pk: outage.pk for call in calls})
    now.note(outage, "verify", phrase("caller_has_supply"), VERIFIER, occurred_at=answer.occurred_at)
    now.tell(outage, "verify")


def _known(now: Round, answer: Piece) -> Outage | None:
    """The one of an earlier call of this customer that nobody has dealt with yet."""
    points = Evidence.objects.filter(usage_point=answer.usage_point_id, kind="call")
    found = now.find(
        state="verify", model_key=answer.model, started_at__gt=now.at - _DAY, pk__in=points.values("outage_id")
    )
    return found[-1] if found else None


def _open(now: Round, calls: Sequence[Evidence], answer: Piece) -> Outage | None:
    device = equipment.published(answer.model).filter(mrid=answer.equipment_mrid).first()
    if device is None:
        return None
    grid = state.present(answer.model).grid
    x, y = float(grid.node_x[answer.node]), float(grid.node_y[answer.node])
    outage = Outage(
        area_id=device.area_id,
        model_key=answer.model,
        kind="single",
        state="verify",
        confidence="probable",
        device_mrid=device.mrid,
        device_name=device.name,
        feeder=device.feeder,
        phases=answer.phases,
        node=answer.node,
        x=x if np.isfinite(x) else None,
        y=y if np.isfinite(y) else None,
        started_at=min(call.occurred_at for call in calls),
        explanation=_explanation(answer),
    )
    now.create(rows=[outage])
    return outage


def _explanation(answer: Piece) -> dict[str, object]:
    return {"engine": "ping", "device": answer.equipment_mrid, "answered_at": answer.occurred_at.isoformat()}


@transaction.atomic
def send_crew(*, actor: Actor, outage_id: int, reason: str, at: dt.datetime) -> Outage:
    """The customer is dark all the same: counted as out since the call, and a crew may be sent.

    Raises:
        OutageRefused: it does not wait to be verified.
    """
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        if outage.state != "verify":
            raise OutageRefused(
                gettext("its caller's meter was not found with supply"), outage=outage_id, state=outage.state
            )
        now.step(outage, "acknowledged")
        now.want_work(outage)
        _count_out(outage)
        tell(now, outage, "acknowledged", phrase("crew_wanted", why=reason), actor)
    return outage


def _count_out(outage: Outage) -> None:
    """The callers are out again, on all their phases: their meters are not believed."""
    points = set(
        Evidence.objects.filter(outage=outage, kind="call")
        .exclude(usage_point=None)
        .values_list("usage_point_id", flat=True)
    )
    supplied = ledger.supplied_at(outage.model_key, [outage.node])
    lost = restoration.Supply.of(np.array([outage.node]), np.array([outage.phases]))
    affected = ledger.affected_at(supplied, lost)
    own = affected.only(np.isin(affected.ids, list(points)))
    ledger.open_rows(model=outage.model_key, openings=[ledger.Opening(outage, own, outage.started_at)])


def callers_to_leave(usage_points: Sequence[int]) -> set[int]:
    """Of these customers those who must not be told that supply is back: counted as out, or their meter is dark or being asked."""
    out = (
        ledger.live()
        .filter(ended_at=None, usage_points__overlap=list(usage_points))
        .values_list("usage_points", flat=True)
    )
    wanted = set(usage_points)
    still = {member for members in out for member in members} & wanted
    dark = {point for point, (power, _) in supply.power_of(wanted).items() if power == "off"}
    waiting = ledger.live().filter(
        outage__in=RestorationCheck.objects.values("pk"), usage_points__overlap=list(usage_points)
    )
    return still | dark | {member for row in waiting for member in row.usage_points} & wanted
