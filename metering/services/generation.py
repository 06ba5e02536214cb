"""Which meters have a generator behind them: told by whoever keeps the contracts, an engineer or an external system."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from adms.core.services import audit, authority
from metering.models import Meter

#: Meters that a refusal names.
_NAMED = 20


@transaction.atomic
def mark(*, actor: Actor, numbers: Collection[str], has_generation: bool, at: dt.datetime) -> int:
    """Say of meters, by number, whether a generator feeds in behind them; how many changed.

    Raises:
        NotAuthorised: the actor may not.
        NotFound: some of the numbers are no meters; nothing is changed.
    """
    authority.require(actor=actor, action="mark_generation")
    rows = Meter.objects.select_for_update(no_key=True).filter(number__in=set(numbers)).order_by("pk")
    found = dict(rows.values_list("number", "has_generation"))
    if missing := sorted(set(numbers) - set(found)):
        raise NotFound(
            _("no meter %(meters)s") % {"meters": ", ".join(missing[:_NAMED])},
            field="numbers",
            unknown=missing[:_NAMED],
        )
    changed = sorted(number for number, held in found.items() if held != has_generation)
    Meter.objects.filter(number__in=changed).update(has_generation=has_generation)
    if changed:
        told = {"has_generation": has_generation, "meters": len(changed), "numbers": changed[:_NAMED]}
        audit.record(actor=actor, action="mark_generation", object_="meters", after=told, at=at)
    return len(changed)
