"""What change and cancel of PlannedOutages have in common: find each by its mRID, do it, name what cannot be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adms.core.errors import Invalid, Refused
from adms.core.services.authority import NotAuthorised
from integration.cim.errors import ReplyError
from integration.cim.nouns.items import ItemRefused
from integration.cim.nouns.planned_outages import Wanted
from integration.services.handled import Handled
from outages.selectors import planned


def to_each(items: Sequence[Wanted], act: Callable[[int, Wanted], None]) -> Handled:
    """2.15 where nobody knows the mRID, 1.7 and 1.8 for what is missing or wrong, 6.1 for what is not possible now."""
    handled = Handled(effects={"planned_outages": []})
    known = planned.ids_by_mrid({item.mrid for item in items})
    for item in items:
        planned_id = known.get(item.mrid)
        if planned_id is None:
            handled.errors.append(ReplyError("2.15", "not known here", item.object_id))
            continue
        try:
            act(planned_id, item)
        except ItemRefused as refused:
            handled.errors.append(refused.error)
        except NotAuthorised:
            raise
        except Refused as refused:
            code = "1.8" if isinstance(refused, Invalid) else "6.1"
            handled.errors.append(ReplyError(code, refused.message, item.object_id))
        else:
            handled.taken += 1
            handled.effects["planned_outages"].append(planned_id)
    return handled
