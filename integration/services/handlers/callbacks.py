"""changed(Callbacks): what became of callbacks, from who made them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from adms.core.errors import NotFound, Refused
from adms.core.services.authority import NotAuthorised
from integration.cim.errors import ReplyError
from integration.cim.nouns.callbacks import Outcome
from integration.services.handled import Handled
from outages.services import callback_answers

_OUTCOMES = {"reached": "reached", "notReached": "not_reached", "stillOut": "still_out"}


def handle(*, actor: Actor, source: str, items: Sequence[Outcome], at: dt.datetime) -> Handled:  # noqa: ARG001
    """Note each outcome; the same again changes nothing."""
    handled = Handled(effects={"callbacks": []})
    for item in items:
        try:
            found = callback_answers.answer(
                actor=actor,
                callback_id=callback_answers.number_of(item.mrid),
                outcome=_OUTCOMES[item.outcome],
                answered_at=item.at,
                comment=item.comment,
                at=at,
            )
        except NotAuthorised:
            raise
        except Refused as refused:
            code = "2.15" if isinstance(refused, NotFound) else "1.8"
            handled.errors.append(ReplyError(code, refused.message, item.object_id))
        else:
            handled.taken += 1
            handled.effects["callbacks"].append(found.pk)
    return handled
