"""What became of a callback: reached, not reached, or "still out", which is a new call and opens the matter again."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.services import audit
from network.domain.phrases import phrase
from outages.models import Call, Callback
from outages.services import callbacks, calls, incidents
from outages.services.calls import CallReport

REACHED, NOT_REACHED, STILL_OUT = "reached", "not_reached", "still_out"
OUTCOMES = (REACHED, NOT_REACHED, STILL_OUT)
SOURCE = "callback"


@transaction.atomic
def answer(
    *,
    actor: Actor,
    callback_id: int,
    outcome: str,
    answered_at: dt.datetime | None = None,
    comment: str = "",
    at: dt.datetime,
) -> Callback:
    """Note the outcome of the latest try. The same outcome again, once it is over, changes nothing.

    Raises:
        NotFound: there is no such callback.
        Invalid: an unknown outcome, or a time in the future.
        CallbackRefused: it ended otherwise.
    """
    if outcome not in OUTCOMES:
        raise Invalid(
            _("unknown outcome %(outcome)s") % {"outcome": f"{outcome!r}"}, field="outcome", known=list(OUTCOMES)
        )
    heard = answered_at or at
    if heard > at + dt.timedelta(minutes=5):
        raise Invalid(_("the time of the answer lies in the future"), field="answered_at")
    found = callbacks.hold(actor=actor, callback_id=callback_id)
    if found.ended_at is not None:
        if found.state == outcome or (found.state == "unreached" and outcome == NOT_REACHED):
            return found
        raise callbacks.CallbackRefused(
            _("it is over: %(state)s") % {"state": found.get_state_display().lower()},
            callback=callback_id,
            state=found.state,
        )
    if outcome == NOT_REACHED:
        _not_reached(found, actor, comment, at)
    elif outcome == REACHED:
        callbacks.end(found, Callback.State.REACHED, answer=comment or phrase("has_supply"), actor=actor, at=at)
    else:
        _still_out(found, actor, min(heard, at), comment, at)
    return found


def number_of(mrid: str) -> int:
    """The number of a callback.

    Raises:
        NotFound: there is none of this mRID.
    """
    number = Callback.objects.filter(mrid=mrid).values_list("pk", flat=True).first()
    if number is None:
        raise NotFound(_("no callback %(mrid)s") % {"mrid": mrid}, callback=mrid)
    return number


def _not_reached(found: Callback, actor: Actor, comment: str, at: dt.datetime) -> None:
    """Once more after a while; a person who calls decides himself when."""
    if found.tries >= int(runtime_settings.get(callbacks.TRIES)):
        told = comment or phrase("not_reached_in", tries=found.tries)
        callbacks.end(found, Callback.State.UNREACHED, answer=told, actor=actor, at=at)
        return
    minutes = float(runtime_settings.get(callbacks.AGAIN))
    again = None if found.is_by_hand else at + dt.timedelta(minutes=minutes)
    tries = found.tries + (1 if found.is_by_hand else 0)
    callbacks.set_answer(found, comment or phrase("not_reached"))
    said = {"answer": found.answer, "answer_told": found.answer_told}
    Callback.objects.filter(pk=found.pk).update(next_try_at=again, tries=tries, **said)
    audit.record(actor=actor, action="callback_not_reached", object_=f"callback:{found.pk}", area=found.area.key, at=at)
    callbacks.tell([found], at)


def _still_out(found: Callback, actor: Actor, heard: dt.datetime, comment: str, at: dt.datetime) -> None:
    """The customer denies it: a call like any other, so that prediction looks for the reason; and he is promised anew.

    The outage that was thought to be over says so on its timeline: its model is locked before anything locks an area.
    """
    if found.outage_id is None:
        _open_again(found, actor, heard, comment, at)
        return
    with incidents.begin(models=[incidents.model_of(found.outage_id)], at=at) as now:
        outage = now.get(found.outage_id)
        call = _open_again(found, actor, heard, comment, at)
        told = phrase("still_out", name=found.name or phrase("a_customer"))
        if call:
            told |= phrase("still_out_call", call=str(call.pk))
        now.note(outage, "still_out", told, actor, occurred_at=heard, data={"callback": found.pk})
        now.tell(outage, "still out")


def _open_again(found: Callback, actor: Actor, heard: dt.datetime, comment: str, at: dt.datetime) -> Call | None:
    callbacks.end(found, Callback.State.STILL_OUT, answer=comment or phrase("no_supply"), actor=actor, at=at)
    if found.usage_point_id is None:
        return None
    call = calls.record_call(actor=actor, report=_report(found, heard, comment), at=at)
    Callback.objects.filter(call=call, state="waiting").update(follows=found)
    return call


def _report(found: Callback, heard: dt.datetime, comment: str) -> CallReport:
    return CallReport(
        found.usage_point_id,
        heard,
        source=SOURCE,
        mrid=f"{found.mrid}",
        caller_name=found.name,
        phone=found.phone,
        comment=comment or _("Called back about outage %(outage)s: still out") % {"outage": found.outage_id},
        wants_callback=True,
    )
