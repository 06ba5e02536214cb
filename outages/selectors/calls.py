"""Trouble calls, and which place a caller means."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid
from metering.selectors import identification
from outages.models import Call


def calls(
    actor: Actor, *, area: str = "", outage: int | None = None, source: str = "", hazard: bool | None = None
) -> QuerySet[Call]:
    """Calls of the areas whose customers the actor may see, newest first."""
    found = Call.objects.select_related("area").order_by("-recorded_at", "-pk")
    areas = actor.areas_for("view_customer")
    if areas is not None:
        found = found.filter(area__key__in=areas)
    exact: dict[str, Any] = {"area__key": area, "outage_id": outage, "source": source}
    found = found.filter(**{key: value for key, value in exact.items() if value})
    return found if hazard is None else found.exclude(hazard="") if hazard else found.filter(hazard="")


def usage_point(*, mrid: str = "", name: str = "", account_number: str = "") -> int | None:
    """The usage point meant; None where nothing was said.

    Raises:
        Invalid: nothing of this name, or an account with several usage points.
    """
    if not (mrid or name or account_number):
        return None
    found = identification.find_usage_points(
        mrids=[mrid] if mrid else (),
        names=[name] if name else (),
        account_numbers=[account_number] if account_number else (),
    )
    if mrid or name:
        one = found.by_point(mrid, [name] if name else [])
        if one is None:
            raise Invalid(_("no such usage point"), field="usage_point_mrid" if mrid else "usage_point_name")
        return one
    several = found.by_account([account_number])
    if len(several) != 1:
        words = "has several usage points: name one" if several else "is no account of ours"
        raise Invalid(
            _("%(account_number)s %(words)s") % {"account_number": account_number, "words": words},
            field="account_number",
            usage_points=several,
        )
    return several[0]
